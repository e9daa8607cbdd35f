"""A picture of a page for those who share it: title and topic beside a piece of the atlas, as PNG of 1200 × 630.

Tints meet at dash-dot lines, and one solid line crosses them. Words are shaped and ordered by Raqm, in the fonts of the
papers; a title that is too long is cut. Always the same bytes for the same words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 1200, 630
#: What whoever shares a page is told of its picture.
SIZE = (WIDTH, HEIGHT)
FONTS = Path(__file__).parent / "fonts"

_PLATE = 330  # the piece of the atlas
_MARGIN = 64
_SIZES = (76, 68, 60, 52, 46)
_MOST_LINES = 4
#: However long a title is, so much of it is measured.
_MOST_SIGNS = 240
_FINE = 2  # the atlas is drawn so many times larger, and made smaller again

_PAPER, _INK, _SOFT, _EDGE, _ACT, _MARK = "#ffffff", "#13272f", "#46575f", "#5f7078", "#0b5277", "#f6c244"
_TINTS = {"lilac": "#e5e3f3", "sand": "#f6eacc", "sage": "#dcead9", "sea": "#dfebef", "rose": "#f7e1db"}
_INKS = {"lilac": "#463c82", "sand": "#664700", "sage": "#265634", "sea": "#0b4a6b", "rose": "#87301f"}

Point = tuple[float, float]


@dataclass(frozen=True)
class Plate:
    """What stands on the picture. ``tint`` is one of the atlas's, ``direction`` that of the title."""

    title: str
    eyebrow: str = ""
    foot: str = ""
    tint: str = "sea"
    direction: str = "ltr"


def png_of(plate: Plate) -> bytes:
    """The picture; takes some 60 ms."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (5 MiB that few requests need)

    picture = Image.new("RGB", SIZE, _PAPER)
    rtl = plate.direction == "rtl"
    atlas = _atlas(plate.tint)
    picture.paste(
        atlas.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rtl else atlas, (0 if rtl else WIDTH - _PLATE, 0)
    )
    draw = ImageDraw.Draw(picture)
    left = _MARGIN + (_PLATE if rtl else 0)
    words = _Words(draw, left=left, right=left + WIDTH - _PLATE - 2 * _MARGIN, rtl=rtl)
    if plate.eyebrow:
        words.line(plate.eyebrow, y=72, size=30, fill=_INKS.get(plate.tint, _ACT))
    words.title(plate.title, top=128, bottom=HEIGHT - 120)
    words.line(plate.foot, y=HEIGHT - 84, size=26, fill=_SOFT, bold=False)
    file = BytesIO()
    picture.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


# -- Words -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _font(name: str, size: int) -> Any:
    from PIL import ImageFont  # noqa: PLC0415

    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.RAQM)


def _is_arabic(word: str) -> bool:
    return any(
        "\u0600" <= sign <= "\u06ff" or "\u0750" <= sign <= "\u077f" or "\ufb50" <= sign <= "\ufeff"
        for sign in word
    )


class _Words:
    """Lines of words between two edges, from the side at which the language begins."""

    def __init__(self, draw: ImageDraw, *, left: int, right: int, rtl: bool) -> None:
        self.draw, self.left, self.right, self.rtl = draw, left, right, rtl

    def title(self, text: str, *, top: int, bottom: int) -> None:
        words = text[:_MOST_SIGNS].split()
        for size in _SIZES:
            lines = self.broken(words, size)
            if len(lines) <= _MOST_LINES and len(lines) * size * 1.25 <= bottom - top:
                break
        if len(lines) > _MOST_LINES:
            lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1].rstrip('.,;:')} …"]
        for number, line in enumerate(lines):
            self.line(line, y=top + number * size * 1.25, size=size, fill=_INK)

    def broken(self, words: list[str], size: int) -> list[str]:
        """As many words to a line as fit; a word that is too long for one is cut."""
        room = self.right - self.left - size  # for the sign that says that more follows
        lines: list[str] = []
        for word in words:
            while len(word) > 1 and self.length(word, size) > room:
                word = word[: len(word) * 3 // 4]
            if lines and self.length(f"{lines[-1]} {word}", size) <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def length(self, text: str, size: int) -> float:
        return sum(font.getlength(run, direction=way) for run, font, way in self.runs(text, size))

    def line(self, text: str, *, y: float, size: int, fill: str, bold: bool = True) -> None:
        x = float(self.right if self.rtl else self.left)
        for run, font, way in self.runs(text, size, bold=bold):
            long = font.getlength(run, direction=way)
            self.draw.text(
                (x - long if self.rtl else x, y + size), run, fill=fill, font=font, direction=way, anchor="ls"
            )
            x += -long if self.rtl else long

    def runs(self, text: str, size: int, *, bold: bool = True) -> list[tuple[str, Any, str]]:
        """Words of one script after the other, each with its font and direction."""
        weight = "Bold" if bold else "Regular"
        grouped: list[tuple[bool, list[str]]] = []
        for word in text.split():
            if not grouped or grouped[-1][0] != _is_arabic(word):
                grouped.append((_is_arabic(word), []))
            grouped[-1][1].append(word)
        names = {True: f"NotoNaskhArabic-{weight}.ttf", False: f"NotoSans-{weight}.ttf"}
        return [
            (
                " ".join(words) if number == len(grouped) else self.spaced(words),
                _font(names[arabic], size),
                "rtl" if arabic else "ltr",
            )
            for number, (arabic, words) in enumerate(grouped, 1)
        ]

    def spaced(self, words: list[str]) -> str:
        """With the space that parts a run from the next, which Raqm puts where reading goes on."""
        return f"{' '.join(words)} " if self.rtl == _is_arabic(words[0]) else f" {' '.join(words)}"


# -- The atlas ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _atlas(tint: str) -> Image:
    """A piece of the atlas whose largest land has the tint of the topic."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    width, height = _PLATE * _FINE, HEIGHT * _FINE
    picture = Image.new("RGB", (width, height), _TINTS.get(tint, _TINTS["sea"]))
    draw = ImageDraw.Draw(picture)
    others = [colour for name, colour in _TINTS.items() if name != tint]
    upper = [(x, height * 0.30 + _wave(x, 46, 0.4)) for x in range(-8, width + 9, 8)]
    lower = [(x, height * 0.72 + _wave(x, 58, 2.1)) for x in range(-8, width + 9, 8)]
    between = range(height * 26 // 100, height * 76 // 100, 8)
    middle = [(width * 0.62 + _wave(y, 40, 1.2), y) for y in between]
    draw.polygon([*middle, (width + 8, height * 0.76), (width + 8, height * 0.26)], fill=others[2])
    _dash_dot(draw, middle)
    draw.polygon([(-8, -8), (width + 8, -8), *reversed(upper)], fill=others[0])
    draw.polygon([*lower, (width + 8, height + 8), (-8, height + 8)], fill=others[1])
    _dash_dot(draw, upper)
    _dash_dot(draw, lower)
    way = [
        (width * (0.18 + 0.6 * t) + 90 * math.sin(t * 7.5), height * (0.90 - 0.80 * t)) for t in _steps(120)
    ]
    draw.line(way, fill=_ACT, width=7 * _FINE, joint="curve")
    for number, at in enumerate((0, 46, 120)):
        _stop(draw, way[at], fill=_MARK if number == 2 else _PAPER)
    return picture.resize((_PLATE, HEIGHT), Image.Resampling.LANCZOS)


def _steps(number: int) -> list[float]:
    return [step / number for step in range(number + 1)]


def _wave(at: float, high: float, begins: float) -> float:
    return high * (math.sin(at / 118 + begins) + 0.45 * math.sin(at / 47 + begins * 2.3))


def _dash_dot(draw: ImageDraw, line: Sequence[Point]) -> None:
    """The line of a border: a dash, a dot, a dash."""
    pattern = [14 * _FINE, 6 * _FINE, 3 * _FINE, 6 * _FINE]
    step, left = 0, float(pattern[0])
    for (x1, y1), (x2, y2) in zip(line, line[1:], strict=False):
        long = math.hypot(x2 - x1, y2 - y1)
        gone = 0.0
        while gone < long:
            piece = min(left, long - gone)
            a, b = gone / long, (gone + piece) / long
            if step % 2 == 0:
                ends = [(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t) for t in (a, b)]
                draw.line(ends, fill=_EDGE, width=2 * _FINE)
            gone, left = gone + piece, left - piece
            if left <= 0:
                step += 1
                left = float(pattern[step % 4])


def _stop(draw: ImageDraw, at: Point, *, fill: str) -> None:
    r = 17 * _FINE
    box = (at[0] - r, at[1] - r, at[0] + r, at[1] + r)
    draw.ellipse(box, fill=fill, outline=_INK if fill == _MARK else _ACT, width=4 * _FINE)
