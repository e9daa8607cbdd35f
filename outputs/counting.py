"""Figures from the library's data: cases counted by one of their facets, and the counts in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from cases import card_index
from cases.answers import label_of
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
    their order. Counted in memory; no row of a case is fetched for it."""
    shelf = card_index.snapshot()
    return {
        kind: {"rows": _rows(kind, shelf.counts(kind, shelf.everything)), "of": len(shelf)} for kind in kinds
    }


def _rows(kind: str, counts: dict[str, int]) -> list[list]:
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
