"""PDF with fpdf2: Latin, Greek, Cyrillic and Arabic; what it cannot draw, it says.

Lines are broken here and not by fpdf2: each word is measured once, which makes a long case ten times faster, and
each line can be given its place in the structure that screen readers follow.
"""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from papers.paper import Paper

if TYPE_CHECKING:
    from fpdf import FPDF

# It tells about every glyph, at a level at which others tell what happens to cases.
logging.getLogger("fontTools").setLevel(logging.WARNING)

FONTS = Path(__file__).parent / "fonts"
_FONT_FILES = (
    ("sans", "", "NotoSans-Regular.ttf"),
    ("sans", "B", "NotoSans-Bold.ttf"),
    ("naskh", "", "NotoNaskhArabic-Regular.ttf"),
    ("naskh", "B", "NotoNaskhArabic-Bold.ttf"),
    ("signs", "", "NotoSansMath-Signs.ttf"),
    ("marks", "", "NotoSansSymbols2-Signs.ttf"),
)

# Millimetres on A4, points for letters.
_MARGIN, _FOOT = 20.0, 22.0
_LABELS = 42.0  # the column with the names of the facts
_GAP = 4.0
_INK, _SOFT, _RULE = (27, 34, 48), (84, 92, 107), (190, 196, 206)

#: Characters drawn of all answers of a document: half as many again as the form has room for, and some seconds' work.
_MOST_DRAWN = 60_000
#: A line costs as much as so many characters, however few stand on it.
_LINE_COSTS = 20

#: No line has room for so many letters.
_MOST_ON_A_LINE = 400

#: Stands for what the fonts do not have.
_MISSING = "□"
_MOST_MISSING_NAMED = 24
#: Joiners matter to Arabic letters; the other invisible marks are left out.
_JOINERS = "\u200c\u200d"
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BREAK_AFTER = re.compile(r"(?<=[/?&=\-–—_.,;:%#@+])(?=\w)")

#: Made without a date, a paper still needs one: the first day of PDF.
_NO_DATE = datetime(1993, 6, 15, tzinfo=UTC)


def pdf_of(paper: Paper) -> bytes:
    """The paper as PDF. The same paper gives the same bytes. Takes about half a second for a long case."""
    with override(paper.language):
        sheet = _Sheet(paper)
        sheet.write(paper)
        return sheet.finished()


class _Sheet:
    """Pages, filled from the top, in the direction of the paper."""

    def __init__(self, paper: Paper) -> None:
        from fpdf import FPDF  # noqa: PLC0415 (a quarter of a second and 33 MiB that few requests need)
        from fpdf.prefs import ViewerPreferences  # noqa: PLC0415

        class Numbered(FPDF):
            """Puts the foot on each page, outside what screen readers read."""

            def footer(self) -> None:
                sheet.foot()

        sheet = self
        self.rtl = paper.direction == "rtl"
        self.footer_words = paper.footer
        self.pdf: FPDF = Numbered(format="A4")
        self.pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.pdf.set_auto_page_break(False)
        self.pdf.c_margin = 0
        self.pdf.set_title(_plain(paper.title))
        self.pdf.set_subject(_plain(paper.subtitle))
        self.pdf.set_lang(paper.language)
        self.pdf.set_producer("")
        self.pdf.set_creation_date((paper.made_at or _NO_DATE).astimezone(UTC))
        self.pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        for family, style, name in _FONT_FILES:
            self.pdf.add_font(family, style, FONTS / name)
        self.pdf.set_fallback_fonts(["naskh", "signs", "marks"], exact_match=False)
        fonts = self.pdf.fonts.values()  # all of them ours, of the kind that has a map
        self.drawable = frozenset().union(*(font.cmap for font in fonts))  # type: ignore[union-attr]
        self.widths: dict[tuple[str, float, str], float] = {}
        self.left = _MOST_DRAWN * paper.documents
        self.marks: Counter[int] = Counter()  # pieces of marked content on each page
        self.new_page()

    # -- What is on the paper ----------------------------------------------------------------------------------

    def write(self, paper: Paper) -> None:
        self.text(paper.title, size=18, bold=True, tag="H1")
        if paper.subtitle:
            self.text(paper.subtitle, size=12, color=_SOFT)
        note = self._note_on_missing(paper)
        if note:
            self.space(2)
            self.text(note, size=9.5, bold=True)
        self.space(4)
        for label, value in paper.facts:
            self.fact(label, value)
        for section in paper.sections:
            self.section(section.title)
            for label, text in section.items:
                self.answer(label, text)

    def _note_on_missing(self, paper: Paper) -> str:
        """Which characters the fonts do not have, said before they are met; "" when all can be drawn."""
        said = [paper.title, paper.subtitle, paper.footer, *(word for fact in paper.facts for word in fact)]
        for section in paper.sections:
            said += [section.title, *(word for item in section.items for word in item)]
        missing = Counter(sign for words in said for sign in _plain(words) if not self._can_draw(sign))
        if not missing:
            return ""
        named = [f"U+{ord(sign):04X}" for sign in sorted(missing)[:_MOST_MISSING_NAMED]]
        more = len(missing) - len(named)
        if more:
            named.append(ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
        return _(
            "This PDF cannot draw some of the characters and shows %(box)s in their place: %(named)s. "
            "The web page and the plain text have them all."
        ) % {"box": _MISSING, "named": ", ".join(named)}

    def section(self, title: str) -> None:
        self.need(30)
        self.space(6)
        self.rule()
        self.space(3)
        self.pdf.start_section(_plain(title) or "–")
        self.text(title, size=14, bold=True, tag="H2")
        self.space(1)

    def answer(self, label: str, text: str) -> None:
        self.space(2)
        self.text(label, size=10.5, bold=True, tag="H3", keep_with_next=True)
        room = _room(text, self.left)
        self.left -= room[1]
        if room[0] < len(text):
            text = text[: room[0]] + "\n" + _left_out(len(text) - room[0])
        self.text(text, size=10.5)
        self.space(1.5)

    def fact(self, label: str, value: str) -> None:
        """A name and its value side by side, in two columns that follow the direction of the paper."""
        wide = self.pdf.epw - _LABELS - _GAP
        names = self.lines(label, size=9.5, bold=True, width=_LABELS)
        values = self.lines(value, size=9.5, bold=False, width=wide)
        height = 5.2
        self.need(min(max(len(names), len(values)), 20) * height)
        label_x = _MARGIN + wide + _GAP if self.rtl else _MARGIN
        value_x = _MARGIN if self.rtl else _MARGIN + _LABELS + _GAP
        top, page = self.pdf.y, self.pdf.page
        self.draw(
            names, x=label_x, width=_LABELS, height=height, size=9.5, bold=True, color=_SOFT, force_paper=True
        )
        under = self.pdf.y
        if self.pdf.page == page:
            self.pdf.y = top
        self.draw(values, x=value_x, width=wide, height=height, size=9.5, force_paper=True)
        if self.pdf.page == page:
            self.pdf.y = max(self.pdf.y, under)

    def text(
        self,
        words: str,
        *,
        size: float,
        bold: bool = False,
        color: tuple[int, int, int] = _INK,
        tag: str = "P",
        keep_with_next: bool = False,
    ) -> None:
        height = size * 0.352778 * 1.45
        lines = self.lines(words, size=size, bold=bold, width=self.pdf.epw)
        if keep_with_next:
            self.need(height * (min(len(lines), 6) + 2))
        self.draw(
            lines, x=_MARGIN, width=self.pdf.epw, height=height, size=size, bold=bold, color=color, tag=tag
        )

    # -- Lines -------------------------------------------------------------------------------------------------

    def lines(self, words: str, *, size: float, bold: bool, width: float) -> list[tuple[str, bool]]:
        """What goes on each line, and whether its paragraph runs from right to left."""
        self._set_font(size, bold)
        lines: list[tuple[str, bool]] = []
        for paragraph in _plain(words).split("\n"):
            drawn = "".join(sign if self._can_draw(sign) else _MISSING for sign in paragraph)
            rtl = _runs_right_to_left(drawn, otherwise=self.rtl)
            lines += [(line, rtl) for line in self._broken(drawn, width)] or [("", rtl)]
        return lines

    def _broken(self, paragraph: str, width: float) -> Iterator[str]:
        line, used, space = "", 0.0, self._width(" ")
        for word in paragraph.split(" "):
            for number, piece in enumerate(self._pieces(word, width)):
                gap = space if line and not number else 0.0
                long = self._width(piece)
                if line and used + gap + long > width:
                    yield line
                    line, used, gap = "", 0.0, 0.0
                line += (" " if gap else "") + piece
                used += gap + long
        if line:
            yield line

    def _pieces(self, word: str, width: float) -> Iterator[str]:
        """A word, in pieces only if no line could hold it: after a mark if there is one, else anywhere."""
        if self._width(word) <= width:
            yield word
            return
        for part in _BREAK_AFTER.split(word):
            if self._width(part) <= width:
                yield part
            else:
                yield from self._chopped(part, width)

    def _chopped(self, part: str, width: float) -> Iterator[str]:
        """By the widths of its letters one by one, which joined letters never exceed; accents stay with theirs."""
        begin, used = 0, 0.0
        for at, sign in enumerate(part):
            wide = self._width(sign)
            if used + wide > width and not unicodedata.combining(sign):
                yield part[begin:at]
                begin, used = at, 0.0
            used += wide
        yield part[begin:]

    def _width(self, word: str) -> float:
        if len(word) > _MOST_ON_A_LINE:
            return math.inf
        key = (self.pdf.font_style, self.pdf.font_size_pt, word)
        if key not in self.widths:
            self.widths[key] = self.pdf.get_string_width(word)
        return self.widths[key]

    def _set_font(self, size: float, bold: bool) -> None:
        # fpdf2 takes the font of the line's first letter for the one that was set, and sets nothing that it believes
        # to be set: after a line that begins in another script, the next would be drawn with the wrong letters.
        self.pdf.font_family = ""
        self.pdf.set_font("sans", "B" if bold else "", size)
        self.pdf.set_text_shaping(True)

    def _can_draw(self, sign: str) -> bool:
        return sign in "\n " or ord(sign) in self.drawable

    def draw(
        self,
        lines: list[tuple[str, bool]],
        *,
        x: float,
        width: float,
        height: float,
        size: float,
        bold: bool = False,
        color: tuple[int, int, int] = _INK,
        tag: str = "P",
        force_paper: bool = False,
    ) -> None:
        """Line after line from where the pen stands; ``force_paper`` aligns with the paper, not with the words."""
        element = _Element(self.pdf, self.marks, tag)
        for words, rtl in lines:
            if self.need(height):
                element.leave_page()
            self._set_font(size, bold)
            self.pdf.set_text_shaping(True, direction="rtl" if rtl else "ltr")
            self.pdf.set_text_color(*color)
            if words:
                right = self.rtl if force_paper else rtl
                element.begin()
                self.pdf.set_xy(x, self.pdf.y)
                self.pdf.cell(width, height, words, align="R" if right else "L", new_x="LEFT", new_y="TOP")
                element.end()
            self.pdf.y += height

    # -- Pages -------------------------------------------------------------------------------------------------

    def new_page(self) -> None:
        self.pdf.add_page()
        self.pdf.set_y(_MARGIN)

    def need(self, height: float) -> bool:
        """Begin a page unless this much room is left, in millimetres. Whether one was begun."""
        if self.pdf.y + height <= self.pdf.h - _FOOT or self.pdf.y <= _MARGIN:
            return False
        self.new_page()
        return True

    def space(self, height: float) -> None:
        if self.pdf.y > _MARGIN:
            self.pdf.y += height

    def rule(self) -> None:
        if self.pdf.y > _MARGIN:
            self._artifact_begins()
            self.pdf.set_draw_color(*_RULE)
            self.pdf.line(_MARGIN, self.pdf.y, self.pdf.w - _MARGIN, self.pdf.y)
            self._artifact_ends()

    def foot(self) -> None:
        self._artifact_begins()
        self._set_font(8.5, False)
        self.pdf.set_text_shaping(True, direction="rtl" if self.rtl else "ltr")
        self.pdf.set_text_color(*_SOFT)
        number = _("Page %(number)d of %(all)s") % {
            "number": self.pdf.page,
            "all": self.pdf.str_alias_nb_pages,
        }
        sides = ("R", "L") if self.rtl else ("L", "R")
        words = "".join(sign if self._can_draw(sign) else _MISSING for sign in _plain(self.footer_words))
        for align, said in zip(sides, (words.replace("\n", " "), number), strict=True):
            self.pdf.set_xy(_MARGIN, self.pdf.h - 14)
            self.pdf.cell(self.pdf.epw, 4, said, align=align)
        self._artifact_ends()

    def _artifact_begins(self) -> None:
        self.pdf._out("/Artifact BMC")

    def _artifact_ends(self) -> None:
        self.pdf._out("EMC")

    def finished(self) -> bytes:
        return bytes(self.pdf.output())


class _Element:
    """One paragraph or heading in the structure tree, with the marked content of its lines.

    fpdf2 makes such elements for pictures only; this puts text into the same tree.
    """

    def __init__(self, pdf: FPDF, marks: Counter[int], tag: str) -> None:
        self.pdf, self.marks, self.tag = pdf, marks, tag
        self.element = None

    def begin(self) -> None:
        tree, page = self.pdf.struct_builder, self.pdf.page
        mark = self.marks[page]
        self.marks[page] += 1
        if self.element is None:
            self.element = self.pdf._add_marked_content(struct_type=f"/{self.tag}", mcid=mark)
        else:
            self.element.k.append(mark)
            tree.struct_tree_root.parent_tree.nums[tree.spid_per_page_number[page]].append(self.element)
        self.pdf._out(f"/{self.tag} <</MCID {mark}>> BDC")

    def end(self) -> None:
        self.pdf._out("EMC")

    def leave_page(self) -> None:
        """An element belongs to one page: the rest of a paragraph is another."""
        self.element = None


def _room(text: str, left: int) -> tuple[int, int]:
    """How many characters of ``text`` are drawn when ``left`` may be spent, and what they cost."""
    at = cost = 0
    for line in text[:left].splitlines(keepends=True):
        if cost + len(line) + _LINE_COSTS > left:
            fits = max(0, left - cost - _LINE_COSTS)
            return at + fits, left
        at, cost = at + len(line), cost + len(line) + _LINE_COSTS
    return (at, cost) if at == len(text) else (at, left)


def _left_out(count: int) -> str:
    return ngettext(
        "[%(n)d more character is left out here. The web page and the plain text have it.]",
        "[%(n)d more characters are left out here. The web page and the plain text have them.]",
        count,
    ) % {"n": count}


def _plain(words: str) -> str:
    """Composed letters, ordinary spaces, no marks that cannot be seen."""
    words = unicodedata.normalize("NFC", str(words)).replace("\r\n", "\n").replace("\r", "\n")
    words = _INVISIBLE.sub("", words)
    return "".join(_seen(sign) for sign in words)


def _seen(sign: str) -> str:
    if sign == "\n" or sign in _JOINERS:
        return sign
    category = unicodedata.category(sign)
    if category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs" or sign == "\t":
        return " "
    return "" if category in ("Cc", "Cf", "Cs") else sign


def _runs_right_to_left(paragraph: str, *, otherwise: bool) -> bool:
    """By the first letter that has a direction, as browsers do for dir=auto."""
    for sign in paragraph:
        direction = unicodedata.bidirectional(sign)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return otherwise
