"""Figures from the library's data: cases counted by one of their facets, and the counts in words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from cases.answers import label_of
from cases.models import PublicCase
from cases.questions import BORDERS, INSTRUMENTS, MECHANISMS, SECTORS, STAGES
from outputs.blocks import COUNTED
from people.places import LEVELS, country_name

#: A figure has so many lines at most; the table tells the rest as one, which no bar could be compared with.
MOST_LINES = 15
REST = "…"

_CHOICES: dict[str, Any] = {
    "sector": SECTORS,
    "stage": STAGES,
    "mechanism": MECHANISMS,
    "instrument": INSTRUMENTS,
    "border": BORDERS,
    "level": LEVELS,
}


def counted(kinds: set[str]) -> dict[str, dict]:
    """For each kind of facet ``{"rows": [[value, n], …], "of": cases on show}``, the most frequent first and years in
    their order. One statement, which fetches the facets of every case on show."""
    found: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    of = 0
    for facets in PublicCase.objects.on_show().values_list("facets", flat=True).iterator(2000):
        of += 1
        for facet in facets:
            kind, _colon, value = facet.partition(":")
            if kind in found:
                found[kind][value] += 1
    return {kind: {"rows": _rows(kind, counts), "of": of} for kind, counts in found.items()}


def _rows(kind: str, counts: Counter[str]) -> list[list]:
    if kind == "year":
        return [[value, n] for value, n in sorted(counts.items())][-MOST_LINES:]
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    shown = [[value, n] for value, n in rows[:MOST_LINES]]
    if rest := sum(n for _value, n in rows[MOST_LINES:]):
        shown.append([REST, rest])
    return shown


def in_words(kind: str, value: str) -> str:
    """A value of a facet as people read it."""
    if value == REST:
        return _("All others together")
    if kind == "country":
        return country_name(value)
    return str(label_of(_CHOICES[kind], value)) if kind in _CHOICES else value


def name_of(kind: str) -> str:
    return str(dict(COUNTED)[kind])
