"""A booklet: longer than a paper, with contents, chapters in the outline, pictures, bars, notes. As PDF, with fpdf2.

It is set twice: the contents name pages that only the first setting tells.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from django.utils.translation import override

from papers.paper import Paper, PaperSection
from papers.pdf import _INK, _MARGIN, _RULE, _SOFT, _plain, _Sheet

# Millimetres.
_INDENT = 8.0
_HIGHEST = 120.0  # of a picture
_BAR, _BAR_LABEL, _BAR_NUMBER = 5.5, 62.0, 14.0
_BAR_INK = (11, 82, 119)


@dataclass(frozen=True)
class Line:
    """A heading (``level`` 2 or 3), paragraph, item, quotation, caption or note; ``mark`` stands before it."""

    kind: Literal["heading", "paragraph", "item", "quote", "caption", "note"]
    words: str
    level: int = 1
    mark: str = ""


@dataclass(frozen=True)
class Image:
    """A picture as bytes that Pillow reads. ``alt`` is read out; without it the picture is decoration."""

    data: bytes
    alt: str = ""


@dataclass(frozen=True)
class Bars:
    """Counts as lying bars, each with its number beside it."""

    title: str
    rows: Sequence[tuple[str, int]]


Part = Line | Image | Bars


@dataclass(frozen=True)
class Booklet:
    """``paper`` is its head (title, facts, foot, language); ``contents`` the word over the list of chapters."""

    paper: Paper
    contents: str
    parts: Sequence[Part] = field(default_factory=list)


def pdf_of(booklet: Booklet) -> bytes:
    """The same booklet gives the same bytes."""
    with override(booklet.paper.language):
        first = _Book(booklet, pages={})
        second = _Book(booklet, pages=first.found)
        return second.finished()


class _Book(_Sheet):
    """``pages`` says on which page each heading stands, by its place among them, as far as that is known."""

    def __init__(self, booklet: Booklet, pages: dict[int, int]):
        super().__init__(replace(booklet.paper, sections=[PaperSection("", [("", _all_words(booklet))])]))
        self.pages = pages
        self.found: dict[int, int] = {}
        self.write(replace(booklet.paper, sections=[]))
        self._contents(booklet)
        for part in booklet.parts:
            if isinstance(part, Line):
                self._line(part)
            elif isinstance(part, Image):
                self._image(part)
            else:
                self._bars(part)

    def _contents(self, booklet: Booklet) -> None:
        headings = [part for part in booklet.parts if isinstance(part, Line) and part.kind == "heading"]
        if len(headings) > 1:
            self.space(6)
            self.text(booklet.contents, size=14, bold=True, tag="H2")
            for number, heading in enumerate(headings):
                page = str(self.pages.get(number, ""))
                self._beside(heading.words, page, indent=_INDENT * (heading.level - 2), number=number)
        self.new_page()

    def _beside(self, words: str, page: str, *, indent: float, number: int) -> None:
        """A heading with its page at the end of the line, and a way there."""
        height, wide = 6.2, self.pdf.epw - _BAR_NUMBER - indent
        lines = self.lines(words, size=10.5, bold=False, width=wide)
        self.need(height * len(lines))
        top, on = self.pdf.y, self.pdf.page
        start = _MARGIN + (_BAR_NUMBER if self.rtl else indent)
        self.draw(lines, x=start, width=wide, height=height, size=10.5, tag="P", force_paper=True)
        under = self.pdf.y
        if page and self.pdf.page == on:
            self.pdf.y = top
            x = _MARGIN if self.rtl else _MARGIN + self.pdf.epw - _BAR_NUMBER
            # Digits stand at the far edge, whichever way the words run.
            shown = self.lines(page, size=10.5, bold=False, width=_BAR_NUMBER)
            self.draw(
                [(line, not self.rtl) for line, _rtl in shown],
                x=x,
                width=_BAR_NUMBER,
                height=height,
                size=10.5,
                color=_SOFT,
            )
            to = self.pdf.add_link(page=int(page))
            self.pdf.link(_MARGIN, top, self.pdf.epw, under - top, to)
        self.pdf.y = under

    def _line(self, line: Line) -> None:
        if line.kind == "heading":
            big = line.level == 2
            self.need(34 if big else 24)
            self.space(7 if big else 4)
            self.found[len(self.found)] = self.pdf.page
            self.pdf.start_section(_plain(line.words) or "–", level=0 if big else 1)
            self.text(line.words, size=15 if big else 12, bold=True, tag="H2" if big else "H3")
            self.space(1.5)
        elif line.kind in ("item", "note"):
            small = line.kind == "note"
            self._marked(line.mark, line.words, indent=_INDENT * line.level, size=9 if small else 10.5)
        elif line.kind == "quote":
            self._marked("", line.words, indent=_INDENT, size=11)
        elif line.kind == "caption":
            self.text(line.words, size=9, color=_SOFT)
            self.space(4)
        else:
            self.text(line.words, size=10.5)
            self.space(2.5)

    def _marked(self, mark: str, words: str, *, indent: float, size: float) -> None:
        """A paragraph that begins further in, with its mark before it."""
        height = size * 0.352778 * 1.45
        wide = self.pdf.epw - indent
        lines = self.lines(words, size=size, bold=False, width=wide)
        rtl = lines[0][1] if lines else self.rtl
        self.need(height * min(len(lines), 2))
        top = self.pdf.y
        if mark:
            x = _MARGIN + self.pdf.epw - indent if rtl else _MARGIN + indent - _INDENT
            self.draw(
                [(mark, rtl)], x=x, width=_INDENT - 1.5, height=height, size=size, color=_SOFT, tag="Lbl"
            )
            self.pdf.y = top
        self.draw(
            lines, x=_MARGIN if rtl else _MARGIN + indent, width=wide, height=height, size=size, tag="P"
        )
        self.space(1.6)

    def _image(self, image: Image) -> None:
        from PIL import Image as Pictures  # noqa: PLC0415 (4 MiB that most requests never need)

        opened = Pictures.open(io.BytesIO(image.data))
        wide = self.pdf.epw
        high = wide * opened.height / opened.width
        if high > _HIGHEST:
            wide, high = wide * _HIGHEST / high, _HIGHEST
        self.need(high + 8)
        self.space(3)
        x = _MARGIN + (self.pdf.epw - wide if self.rtl else 0)
        if image.alt:
            mark = self.marks[self.pdf.page]
            self.marks[self.pdf.page] += 1
            self.pdf._add_marked_content(struct_type="/Figure", mcid=mark, alt_text=_plain(image.alt))
            self.pdf._out(f"/Figure <</MCID {mark}>> BDC")
        else:
            self._artifact_begins()
        self.pdf.image(opened, x=x, y=self.pdf.y, w=wide, h=high)
        self._artifact_ends()
        self.pdf.y += high + 2

    def _bars(self, bars: Bars) -> None:
        self.need(20 + _BAR)
        self.space(3)
        self.text(bars.title, size=10.5, bold=True, tag="P", keep_with_next=True)
        most = max((n for _label, n in bars.rows), default=1) or 1
        room = self.pdf.epw - _BAR_LABEL - _BAR_NUMBER - 3
        for label, n in bars.rows:
            lines = self.lines(label, size=9, bold=False, width=_BAR_LABEL)
            high = max(_BAR, len(lines) * 4.6) + 1
            self.need(high)
            top = self.pdf.y
            label_x = _MARGIN + self.pdf.epw - _BAR_LABEL if self.rtl else _MARGIN
            self.draw(lines, x=label_x, width=_BAR_LABEL, height=4.6, size=9, color=_INK, force_paper=True)
            long = room * n / most
            x = label_x - 3 - long if self.rtl else _MARGIN + _BAR_LABEL + 3
            self._artifact_begins()
            self.pdf.set_fill_color(*_BAR_INK)
            self.pdf.rect(x, top + 0.6, long, _BAR - 2.2, style="F")
            self.pdf.set_draw_color(*_RULE)
            self._artifact_ends()
            self.pdf.y = top
            number_x = x - _BAR_NUMBER - 1 if self.rtl else x + long + 1.5
            self.draw([(str(n), self.rtl)], x=number_x, width=_BAR_NUMBER, height=4.6, size=9, color=_SOFT)
            self.pdf.y = top + high
        self.space(2)


def _all_words(booklet: Booklet) -> str:
    """What the fonts are asked about before anything is set."""
    said = []
    for part in booklet.parts:
        if isinstance(part, Line):
            said.append(f"{part.mark} {part.words}")
        elif isinstance(part, Bars):
            said += [part.title, *(label for label, _n in part.rows)]
    return "\n".join(said)
