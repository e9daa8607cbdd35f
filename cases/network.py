"""Who works with whom: a square of places in which each field is as full as two of them have cases in common.

A square can be read with five places and with thirty, its order is that of the numbers, and nothing in it is placed by
chance. The table beside it has every pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cases import atlas
from people.places import country_name

#: So many places the square has, those with most cases in common with others; so many pairs the table has.
MOST_PLACES, MOST_LINES = 24, 500
#: Measures in pixels: a field is as large as a finger needs; names have room for so many letters.
FIELD, NAMES, LETTERS = 26, 190, 24

Link = Callable[[str], str]


@dataclass(frozen=True)
class PairLine:
    words: str
    n: int
    url: str


def pair_lines(pairs: Mapping[str, int], link: Link) -> list[PairLine]:
    """All pairs, the most frequent first."""
    named = sorted((-n, atlas.pair_name(pair), pair) for pair, n in pairs.items())
    return [PairLine(words, -n, link(pair)) for n, words, pair in named]


def who_with_whom(pairs: Mapping[str, int], link: Link) -> dict[str, Any]:
    """The square and its table. ``link`` gives the address of the cases of a pair such as «DE-FR»."""
    strength: dict[str, int] = {}
    partners: dict[str, int] = {}
    for pair, n in pairs.items():
        for code in pair.split("-"):
            strength[code] = strength.get(code, 0) + n
            partners[code] = partners.get(code, 0) + 1
    order = sorted(strength, key=lambda code: (-strength[code], code))
    shown = order[:MOST_PLACES]
    lines = pair_lines(pairs, link)
    return {
        "svg": _square(shown, pairs, link) if len(shown) > 1 else "",
        "lines": lines[:MOST_LINES],
        "more": max(0, len(lines) - MOST_LINES),
        "places": len(order),
        "shown": len(shown),
        "partners": [
            {"name": country_name(code), "partners": partners[code], "n": strength[code]} for code in order
        ],
    }


def _square(order: list[str], pairs: Mapping[str, int], link: Link) -> SafeString:
    most = max(pairs.values())
    side = NAMES + FIELD * len(order) + 4
    parts = []
    for number, code in enumerate(order):
        at = NAMES + FIELD * number
        name = escape(_cut(country_name(code)))
        middle = at + FIELD / 2
        parts.append(f'<path d="M{NAMES} {at}H{side - 4}M{at} {NAMES}V{side - 4}"/>')
        parts.append(f'<text x="{NAMES - 8}" y="{middle + 4:.0f}" text-anchor="end">{name}</text>')
        parts.append(f'<text transform="translate({middle + 4:.0f} {NAMES - 8}) rotate(-90)">{name}</text>')
        parts.append(
            f'<rect class="own" x="{at + 3}" y="{at + 3}" width="{FIELD - 6}" height="{FIELD - 6}"/>'
        )
    place = {code: number for number, code in enumerate(order)}
    for pair, n in sorted(pairs.items()):
        one, _dash, other = pair.partition("-")
        if one not in place or other not in place:
            continue
        size = 5 + (FIELD - 8) * math.sqrt(n / most)
        size = min(size, FIELD - 2)
        for row, column in ((place[one], place[other]), (place[other], place[one])):
            x = NAMES + FIELD * column + (FIELD - size) / 2
            y = NAMES + FIELD * row + (FIELD - size) / 2
            parts.append(
                f'<a href="{escape(link(pair))}" tabindex="-1" aria-hidden="true">'
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}"/></a>'
            )
    says = _("Who works with whom, as a square of places. The table below has the same numbers.")
    return mark_safe(  # noqa: S308 -- names and addresses are escaped
        f'<svg class="who-with" viewBox="0 0 {side} {side}" width="{side}" height="{side}" role="group" '
        f'aria-label="{escape(says)}">{"".join(parts)}</svg>'
    )


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1].rstrip() + "…"
