"""The questions to take home: a team prepares its answers together, offline, and pastes them in afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext as _

from cases.attachments import MOST_BYTES, MOST_FILE, MOST_FILES
from cases.questions import COLUMNS, FEWEST_JURISDICTIONS, MOST_JURISDICTIONS, Kind, Question, Section
from papers.text import indented, underlined

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_BOX = "☐"
#: Characters that somebody writes on one line of the document, for the room that an answer gets.
_A_LINE = 80
_MOST_LINES = 24


def questions_txt(sections: Iterable[Section], call_title: str, deadline_text: str, language: str) -> str:
    """All questions as plain text, in ``language``."""
    with override(language):
        blocks = [underlined(call_title, "="), *_introduction(deadline_text)]
        for section in sections:
            blocks.append("\n" + underlined(str(section.title), "-"))
            blocks += _said_of(section)
            for question in section.questions:
                blocks.append(_question_txt(question))
            if section.key == "jurisdictions":
                blocks += [_place_txt(number) for number in range(1, FEWEST_JURISDICTIONS + 1)]
        return "\n\n".join(blocks) + "\n"


def _question_txt(question: Question) -> str:
    lines = [str(question.label), indented(_rules(question))]
    if question.help:
        lines.append(indented(str(question.help)))
    lines += [indented(f"[ ] {words}") for _key, words in question.choices]
    if question.kind is Kind.TICK:
        lines.append(indented("[ ] " + _("Yes, I agree")))
    elif not question.choices:
        lines.append(indented("…"))
    return "\n".join(lines)


def _place_txt(number: int) -> str:
    lines = [_("Jurisdiction %(number)d") % {"number": number}]
    lines += [indented(f"{column.label}: …") for column in COLUMNS.values()]
    return "\n".join([*lines, indented("[ ] " + _("This one leads"))])


# -- What both say ---------------------------------------------------------------------------------------------


def _introduction(deadline_text: str) -> list[str]:
    return [
        _("Deadline: %(deadline)s") % {"deadline": deadline_text},
        _(
            "These are all the questions of the form. Prepare your answers here, with everybody who takes part, and "
            "copy them into the form. Only what is handed in there counts; please do not send this document."
        ),
    ]


def _said_of(section: Section) -> list[str]:
    said = [str(section.hint)] if section.hint else []
    if section.key == "jurisdictions":
        said.append(
            _(
                "At least %(fewest)d different ones, at most %(most)d. Two cities or regions of one country count as "
                "two. Say which one leads."
            )
            % {"fewest": FEWEST_JURISDICTIONS, "most": MOST_JURISDICTIONS}
        )
    if section.key == "materials":
        said.append(
            _(
                "Pictures (JPG, PNG), documents (PDF, DOC, DOCX, ODT, PPT, PPTX, XLS, XLSX, TXT) and sound (MP3, "
                "M4A, OGG, WAV): at most %(files)d files, %(each)d MB each and %(all)d MB together. For each picture, "
                "say what it shows."
            )
            % {"files": MOST_FILES, "each": MOST_FILE // 2**20, "all": MOST_BYTES // 2**20}
        )
    return said


def _rules(question: Question) -> str:
    """Whether an answer is needed, and how long it may be."""
    rules = [_("Required") if question.required else _("Optional")]
    if question.limit:
        rules.append(
            ngettext("at most %(n)d character", "at most %(n)d characters", question.limit)
            % {"n": question.limit}
        )
    if question.kind is Kind.ONE:
        rules.append(_("one answer"))
    return " · ".join(rules)


# -- Word ------------------------------------------------------------------------------------------------------


def questions_docx(sections: Iterable[Section], call_title: str, deadline_text: str, language: str) -> bytes:
    """All questions as a Word document in ``language``, with headings, room for answers, and its language set."""
    with override(language):
        paper = _Word(call_title, language, rtl=get_language_bidi())
        paper.title(call_title)
        for words in _introduction(deadline_text):
            paper.line(words)
        for section in sections:
            paper.heading(str(section.title), level=1)
            for words in _said_of(section):
                paper.line(words)
            if section.key == "jurisdictions":
                for number in range(1, FEWEST_JURISDICTIONS + 2):
                    paper.heading(_("Jurisdiction %(number)d") % {"number": number}, level=2)
                    paper.fields([str(column.label) for column in COLUMNS.values()])
                    paper.choice(_("This one leads"))
            for question in section.questions:
                paper.question(question)
        return paper.finished()


class _Word:
    """A document of Word, with what python-docx leaves out: its language and its direction."""

    def __init__(self, title: str, language: str, *, rtl: bool) -> None:
        from docx import Document as blank_document  # noqa: PLC0415 (a hundred milliseconds that few requests need)
        from docx.oxml import OxmlElement  # noqa: PLC0415
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Mm, Pt, RGBColor  # noqa: PLC0415

        self.document: Document = blank_document()
        self._element, self._qn, self.rtl = OxmlElement, qn, rtl
        about = self.document.core_properties
        about.title, about.author, about.comments, about.language = title, "", "", language
        self._set_language(language)
        styles = self.document.styles
        for name, size in (("Normal", 11), ("Title", 22), ("Heading 1", 16), ("Heading 2", 12)):
            styles[name].font.size = Pt(size)
            if name != "Normal":
                styles[name].font.color.rgb = RGBColor(27, 34, 48)
        styles["Normal"].font.name = "Calibri"
        page = self.document.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(25)
        self._soft = RGBColor(84, 92, 107)

    def _set_language(self, language: str) -> None:
        """The language of all text, which spelling checkers and screen readers go by."""
        qn = self._qn
        defaults = self.document.styles.element.find(
            f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}"
        )
        lang = defaults.find(qn("w:lang"))
        if lang is None:
            lang = self._element("w:lang")
            defaults.append(lang)
        lang.set(qn("w:val"), language)
        lang.set(qn("w:bidi" if self.rtl else "w:eastAsia"), language)

    def title(self, words: str) -> None:
        self._turned(self.document.add_paragraph(words, style="Title"))

    def heading(self, words: str, *, level: int) -> None:
        self._turned(self.document.add_heading(words, level))

    def line(self, words: str) -> Paragraph:
        return self._turned(self.document.add_paragraph(words))

    def question(self, question: Question) -> None:
        self.heading(str(question.label), level=2)
        rules = self.line(_rules(question))
        for run in rules.runs:
            run.font.color.rgb = self._soft
        rules.paragraph_format.keep_with_next = True
        if question.help:
            self.line(str(question.help)).paragraph_format.keep_with_next = True
        for _key, words in question.choices:
            self.choice(str(words))
        if question.kind is Kind.TICK:
            self.choice(_("Yes, I agree"))
        elif not question.choices:
            self.room(
                (question.limit or _A_LINE) if question.is_long or question.kind is Kind.URLS else _A_LINE
            )

    def choice(self, words: str) -> None:
        self.line(f"{_BOX} {words}").paragraph_format.space_after = 0

    def room(self, characters: int) -> None:
        """A framed field that grows with the answer."""
        field = self._table(1, 1).cell(0, 0)
        self._turned(field.paragraphs[0])
        for _line in range(min(-(-characters // _A_LINE), _MOST_LINES) - 1):
            self._turned(field.add_paragraph())
        self.line("").paragraph_format.space_after = 0

    def fields(self, labels: list[str]) -> None:
        table = self._table(len(labels), 2)
        for row, label in zip(table.rows, labels, strict=True):
            row.cells[0].text = label
            for cell in row.cells:
                self._turned(cell.paragraphs[0])
        self.line("").paragraph_format.space_after = 0

    def _table(self, rows: int, columns: int):
        table = self.document.add_table(rows, columns, style="Table Grid")
        if self.rtl:
            properties = table._tbl.tblPr
            mark = self._element("w:bidiVisual")
            style = properties.find(self._qn("w:tblStyle"))
            style.addnext(mark)
        return table

    def _turned(self, paragraph: Paragraph) -> Paragraph:
        """Right to left where the language is: the paragraph, and each run in it."""
        if self.rtl:
            properties = paragraph._p.get_or_add_pPr()
            properties.insert_element_before(
                self._element("w:bidi"),
                "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents",
                "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment", "w:textboxTightWrap",
                "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
            )  # fmt: skip
            for run in paragraph.runs:
                run.font.rtl = True
        return paragraph

    def finished(self) -> bytes:
        body = io.BytesIO()
        self.document.save(body)
        return body.getvalue()
