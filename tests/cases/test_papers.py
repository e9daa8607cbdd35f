"""Papers that people take away: what stands on them, in every script that they promise."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import time
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from docx import Document
from docx.oxml.ns import qn

from cases.attachments import inspect
from cases.questionnaire import questions_docx, questions_txt
from cases.questions import COLUMNS, QUESTIONS, SECTIONS
from papers import Paper, PaperSection, pdf_of, text_of
from papers.pdf import FONTS

LATIN = "Two cities on either side of the river Maas run one “flood warning” service — since 2024 (≤ 15 min → sirens)."
GREEK = "Η συνεργασία των δήμων άρχισε το 2024."
CYRILLIC = "Сотрудничество городов началось в 2024 году."
ARABIC = "تتعاون مدينتان على جانبي الحدود منذ عام 2024 مع OPSI (إنذار مبكر)."

RECEIPT = Paper(
    title="Flood warning without borders",
    subtitle="Receipt: we have your case",
    facts=[("Reference", "XB-2027-0147"), ("Digest (SHA-256)", "9f86d081" * 8)],
    sections=[
        PaperSection("The case in brief", [("Title", "Flood warning without borders"), ("Overview", LATIN)]),
        PaperSection("Results", [("What changed?", f"{GREEK}\n\n{CYRILLIC}"), ("In Arabic", ARABIC)]),
    ],
    footer="Innovation across borders",
    made_at=datetime(2027, 5, 21, 21, 59, 59, tzinfo=UTC),
)
IN_ARABIC = replace(RECEIPT, title="إنذار الفيضانات بلا حدود", language="ar", direction="rtl")


class Read:
    """Enough of a PDF reader to see what ours say: the letters page by page, in the order of the pen."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.objects = dict(re.findall(rb"(?s)(\d+) 0 obj\n(.*?)\nendobj", body))
        self.maps = {name: self._letters(ref) for name, ref in re.findall(rb"/(F\d+) (\d+) 0 R", body)}

    def _stream(self, ref: bytes) -> bytes:
        content = re.search(rb"(?s)stream\n(.*)\nendstream", self.objects[ref]).group(1)
        return zlib.decompress(content) if b"/FlateDecode" in self.objects[ref] else content

    def _letters(self, ref: bytes) -> dict[int, str]:
        to_unicode = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[ref]).group(1)
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]{4,})>", self._stream(to_unicode))
        return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}

    @property
    def pages(self) -> list[bytes]:
        return [self._stream(ref) for ref in re.findall(rb"/Contents (\d+) 0 R", self.body)]

    @property
    def text(self) -> str:
        return "".join(self.said(page) for page in self.pages)

    def said(self, content: bytes) -> str:
        said, drawn_with = [], {}
        for font, string, end in re.findall(
            rb"(?s)/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj|(EMC)", content
        ):
            if font:
                drawn_with = self.maps[font]
            elif end:
                said.append("\n")
            else:
                codes = re.sub(rb"(?s)\\(.)", lambda found: b"\r" if found[1] == b"r" else found[1], string)
                pairs = zip(codes[::2], codes[1::2], strict=True)
                said.append("".join(drawn_with.get(high << 8 | low, "?") for high, low in pairs))
        return "".join(said)

    def starts_of(self, words: str) -> list[float]:
        """Where, in points from the left, the pieces of content begin that hold these words."""
        pieces = [piece for page in self.pages for piece in re.findall(rb"(?s)BDC\n(.*?)\nEMC", page)]
        return [
            float(re.search(rb"BT ([\d.]+) [\d.]+ Td", piece)[1])
            for piece in pieces
            if words in self.said(piece)
        ]


def letters(words: str) -> str:
    """Without spaces and line ends, which are drawn where lines break."""
    return re.sub(r"\s", "", words)


# -- PDF -------------------------------------------------------------------------------------------------------


def test_a_pdf_holds_every_word_in_latin_greek_and_cyrillic():
    said = letters(Read(pdf_of(RECEIPT)).text)

    for words in (RECEIPT.title, RECEIPT.subtitle, "XB-2027-0147", "9f86d081" * 8, LATIN, GREEK, CYRILLIC):
        assert letters(words) in said


def test_each_page_has_its_number_and_the_foot():
    long = replace(RECEIPT, sections=[PaperSection("All of it", [("Overview", f"{LATIN} " * 100)])])

    said = letters(Read(pdf_of(long)).text)

    assert re.findall(r"Page\dof\d", said) == ["Page1of3", "Page2of3", "Page3of3"]
    assert said.count("Innovationacrossborders") == 3


def test_arabic_letters_are_joined():
    read = Read(pdf_of(replace(RECEIPT, sections=[PaperSection("s", [("q", "ببب")])])))
    joined = [name for name, table in read.maps.items() if sum("ب" in text for text in table.values()) >= 3]

    assert joined, "the first, the middle and the last ب are three different shapes"


def test_arabic_runs_from_right_to_left_whatever_the_paper_does():
    for paper in (RECEIPT, IN_ARABIC):
        read = Read(pdf_of(paper))
        [arabic], [latin] = read.starts_of("OPSI"), read.starts_of("Two cities")

        assert latin < 58, "at the left margin"
        assert arabic > 200, "ends at the right margin"
        line = read.text.split("In Arabic\n")[1].split("\n")[0]
        assert line.index("ركبم") < line.index("OPSI") < line.index("2024"), (
            "drawn from the left, the end comes first"
        )


def test_a_paper_in_arabic_has_its_columns_the_other_way_round():
    [left] = Read(pdf_of(RECEIPT)).starts_of("Reference")
    [right] = Read(pdf_of(IN_ARABIC)).starts_of("Reference")

    assert left < 60
    assert right > 400


def test_each_line_is_drawn_in_its_own_font_after_lines_of_another_script():
    mixed = [("q", f"{ARABIC}\n{LATIN}\n{ARABIC} {GREEK}\n{LATIN}")]

    said = letters(Read(pdf_of(replace(RECEIPT, sections=[PaperSection("s", mixed)]))).text)

    assert said.count(letters(LATIN)) == 2
    assert all(word in said for word in GREEK.split()[:-1])


def test_what_cannot_be_drawn_is_shown_as_a_box_and_said_at_the_beginning():
    missing = replace(RECEIPT, sections=[PaperSection("s", [("Title", "水の橋 and 😀")])])

    said = letters(Read(pdf_of(missing)).text)

    assert "□□□and□" in said
    assert letters("shows □ in their place: U+306E, U+6A4B, U+6C34, U+1F600. The web page") in said
    assert said.index("U+306E") < said.index("□□□and□")


def test_nothing_is_said_about_missing_characters_when_all_are_there():
    assert "cannotdraw" not in letters(Read(pdf_of(RECEIPT)).text)


def test_long_lists_of_missing_characters_are_cut_short():
    chinese = "".join(chr(0x4E00 + n) for n in range(1000))

    said = letters(Read(pdf_of(replace(RECEIPT, title=chinese))).text)

    assert said.count("U+") == 24
    assert "and976more" in said


def test_marks_that_nobody_sees_are_left_out():
    said = letters(Read(pdf_of(replace(RECEIPT, title="Flood\u200b\u00ad warn\u202eing\x00\ufeff"))).text)

    assert "Floodwarning" in said
    assert "□" not in said


def test_words_longer_than_a_line_are_broken_and_kept_whole():
    address = "https://example.org/" + "a-very-long-path/" * 30 + "x" * 900
    read = Read(pdf_of(replace(RECEIPT, sections=[PaperSection("s", [("Web page", address)])])))

    assert address in letters(read.text)
    assert read.starts_of("xxxxxxxx") and all(at < 58 for at in read.starts_of("xxxxxxxx"))


def test_line_ends_of_every_kind_are_line_ends():
    said = Read(
        pdf_of(replace(RECEIPT, sections=[PaperSection("s", [("q", "one\r\ntwo\rthree\u2028four")])]))
    ).text

    assert re.findall(r"one|two|three|four", said) == ["one", "two", "three", "four"]
    assert "onetwo" not in said.replace(" ", "")


def test_the_same_paper_is_the_same_bytes_in_every_process():
    program = (
        "import django; django.setup(); import hashlib; from tests.cases.test_papers import RECEIPT; "
        "from papers import pdf_of; print(hashlib.sha256(pdf_of(RECEIPT)).hexdigest())"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True,
        env={"DJANGO_SETTINGS_MODULE": "opsi_portal.settings.test", "PYTHONHASHSEED": "1", "PATH": ""},
    )  # fmt: skip

    assert elsewhere.stdout.strip() == hashlib.sha256(pdf_of(RECEIPT)).hexdigest()
    assert pdf_of(RECEIPT) != pdf_of(replace(RECEIPT, title="Another"))


def test_the_pdf_says_its_title_its_language_and_when_it_was_made():
    body = pdf_of(RECEIPT)

    assert b"/Lang (en)" in body
    assert b"/Title (Flood warning without borders)" in body
    assert b"/CreationDate (D:20270521215959Z" in body
    assert b"/DisplayDocTitle true" in body
    assert b"/Lang (ar)" in pdf_of(IN_ARABIC)


def test_screen_readers_find_headings_paragraphs_and_an_outline():
    body = pdf_of(RECEIPT)

    tags = re.findall(rb"/S /(H1|H2|H3|P)\b", body)
    assert (tags.count(b"H1"), tags.count(b"H2"), tags.count(b"H3")) == (1, 2, 4)
    assert tags.count(b"P") >= 9
    assert b"/Marked true" in body
    assert re.findall(rb"/Title \((.*?)\)", body)[:2] == [b"The case in brief", b"Results"]


def test_every_piece_of_content_is_in_the_structure_or_marked_as_decoration():
    long = replace(RECEIPT, sections=RECEIPT.sections * 4)
    read = Read(pdf_of(long))

    for number, page in enumerate(read.pages):
        marks = [int(mark) for mark in re.findall(rb"/MCID (\d+)", page)]
        assert marks == list(range(len(marks))), f"page {number}"
        drawn = re.sub(rb"(?s)(BDC|BMC)\n.*?\nEMC", b"", page)
        assert b"Tj" not in drawn
        assert page.count(b"BDC") + page.count(b"BMC") == page.count(b"EMC")


def test_a_whole_case_of_forty_thousand_characters_takes_little_time():
    whole = replace(
        RECEIPT, sections=[PaperSection("All", [(f"Question {n}", f"{LATIN} " * 45) for n in range(8)])]
    )
    pdf_of(RECEIPT)

    began = time.process_time()
    pdf_of(whole)

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "ب" * 100_000, "(" * 50_000, "a\u0301" * 20_000, "\u200d" * 1000, ""]
)
def test_text_that_nobody_writes_costs_seconds_at_most(text):
    began = time.process_time()

    assert pdf_of(replace(RECEIPT, sections=[PaperSection("s", [("q", text)])])).startswith(b"%PDF-")
    assert time.process_time() - began < 10


def test_what_is_longer_than_any_case_is_cut_and_said():
    endless = replace(RECEIPT, sections=[PaperSection("s", [("one", "word " * 24_000), ("two", "more")])])

    said = letters(Read(pdf_of(endless)).text)

    assert (
        letters("[4 more characters are left out here. The web page and the plain text have them.]") in said
    )


def test_our_own_pdf_and_document_pass_our_own_gate():
    document = questions_docx(SECTIONS, "The call", "Friday 21 May 2027, 23:59", "en")

    assert inspect(ContentFile(pdf_of(RECEIPT)), "receipt.pdf").kind == "document"
    assert inspect(ContentFile(document), "questions.docx").kind == "document"


def test_importing_the_papers_loads_none_of_their_heavy_libraries():
    program = "import django; django.setup(); import papers, cases.questionnaire, sys; print({'fpdf', 'docx'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True,
        env={"DJANGO_SETTINGS_MODULE": "opsi_portal.settings.test", "PATH": ""},
    )  # fmt: skip

    assert done.stdout.strip() == "set()"


def test_the_fonts_come_with_their_licence():
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()
    assert sum(font.stat().st_size for font in FONTS.glob("*.ttf")) < 2 * 2**20


# -- Plain text ------------------------------------------------------------------------------------------------


def test_plain_text_holds_everything_in_order():
    paper = Paper(
        "A case", "A copy", [("Reference", "XB-2027-0147")], [PaperSection("Results", [("What changed?", "A\nlot 水")])],
        "Innovation across borders",
    )  # fmt: skip

    assert text_of(paper) == (
        "A case\n======\n\nA copy\n\nReference: XB-2027-0147\n\n\n"
        "Results\n-------\n\nWhat changed?\n    A\n    lot 水\n\n\nInnovation across borders\n"
    )


# -- The questions ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document():
    return Document(
        io.BytesIO(questions_docx(SECTIONS, "The call 2027", "Friday 21 May 2027, 23:59 (Paris)", "en"))
    )


def words_of(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_both_documents_hold_every_question_with_its_rules_and_choices(document):
    plain = questions_txt(SECTIONS, "The call 2027", "Friday 21 May 2027, 23:59 (Paris)", "en")

    for said in (words_of(document), plain):
        assert "The call 2027" in said
        assert "Deadline: Friday 21 May 2027, 23:59 (Paris)" in said
        for question in [*QUESTIONS.values(), *COLUMNS.values()]:
            assert str(question.label) in said
        for question in QUESTIONS.values():
            assert str(question.help) in said
            assert all(str(words) in said for _key, words in question.choices)
        assert "Required · at most 5000 characters" in said
        assert "20 MB each and 60 MB together" in said


def test_headings_are_real_headings(document):
    levels = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style.name != "Normal"]

    assert levels[0] == "Title"
    assert levels.count("Heading 1") == len(SECTIONS)
    assert levels.count("Heading 2") == len(QUESTIONS) + 3


def test_the_document_knows_its_language_and_title(document):
    properties = document.core_properties
    lang = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")

    assert (properties.title, properties.language, properties.author) == ("The call 2027", "en", "")
    assert lang.get(qn("w:val")) == "en"


def test_open_questions_have_room_for_their_answers(document):
    rooms = [len(table.cell(0, 0).paragraphs) for table in document.tables if len(table.columns) == 1]

    assert max(rooms) == 24
    assert len(rooms) == sum(not q.choices and q.kind.value != "tick" for q in QUESTIONS.values())


def test_in_arabic_the_document_runs_from_right_to_left():
    body = questions_docx(SECTIONS, "الدعوة", "الجمعة 21 مايو", "ar")
    document = Document(io.BytesIO(body))

    turned = [paragraph._p.pPr is not None and paragraph._p.pPr.find(qn("w:bidi")) is not None
              for paragraph in document.paragraphs if paragraph.text]  # fmt: skip
    assert all(turned)
    assert all(table._tbl.tblPr.find(qn("w:bidiVisual")) is not None for table in document.tables)
    assert all(run.font.rtl for paragraph in document.paragraphs for run in paragraph.runs)
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
