"""The baseline: what the published cases say in figures, overall and for one call; in words, plots and tables.

Worked out of the index in memory, once for each state of the shelf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases import atlas, finding, network
from cases.card_index import Bits, Snapshot
from papers import plots

#: Below so many cases no share is told in percent: one case more would turn it round.
FEW = 10
#: So many lines a plot has; the table beside it has all.
LINES = 15
#: A row of years longer than this is drawn with gaps closed.
MOST_YEARS = 60
#: A case of more places than these counts as one «of so many and more».
MANY_PLACES = 6

Link = Callable[[dict[str, tuple[str, ...]]], str]


@dataclass(frozen=True)
class Line:
    """One line of a table: a value in words, how many cases have it, which part of all, and their address."""

    words: str
    n: int
    share: str
    url: str


def figures(shelf: Snapshot, *, call: str, link: Link, at: datetime) -> dict[str, Any]:
    """Everything that the page tells. ``call`` is the year of a call, or "" for all cases; ``link`` gives the address of
    the cases with these values."""
    among: Bits = shelf.having(f"call:{call}") if call else shelf.everything
    told = shelf.remember(("baseline", get_language(), call), lambda: _work_out(shelf, among, call, link))
    confirmed = (shelf.confirmed(at) & among).bit_count()
    return {**told, "confirmed": _confirmed(confirmed, told["n"], link, call)}


def _work_out(shelf: Snapshot, among: Bits, call: str, link: Link) -> dict[str, Any]:
    n = among.bit_count()
    chosen: dict[str, tuple[str, ...]] = {"call": (call,)} if call else {}

    def to(**more: tuple[str, ...]) -> str:
        return link({**chosen, **more})

    countries, pairs = shelf.counts("country", among), shelf.pair_counts(among)
    sections = [
        _section(kind, title, shelf.counts(kind, among), n, lambda value, kind=kind: to(**{kind: (value,)}))
        for kind, title in (
            ("mechanism", _("How they work together")),
            ("sector", _("In which sectors")),
            ("border", _("Which borders they cross")),
            ("instrument", _("On what they rest")),
            ("level", _("Which levels of government take part")),
            ("stage", _("How far they are")),
        )
    ]
    return {
        "n": n,
        "in_words": _in_words(n, countries, pairs, call),
        "sections": [section for section in sections if section["lines"]],
        "years": _years(shelf.counts("year", among), n, lambda value: to(year=(value,))),
        "countries": _section("country", _("Where"), countries, n, lambda value: to(country=(value,))),
        "sizes": _sizes(shelf, among, n),
        "pairs": network.pair_lines(pairs, lambda pair: to(pair=(pair,)))[:LINES],
        "all_pairs": len(pairs),
        "map": atlas.world_map(
            countries,
            pairs,
            place_link=lambda code: to(country=(code,)),
            pair_link=lambda pair: to(pair=(pair,)),
        ),
        "url": to(),
    }


# -- In words --------------------------------------------------------------------------------------------------------


def part(n: int, of: int) -> str:
    """«3 of 5 cases»; from ten cases on with the share: «38 of 100 cases (38%)»."""
    words = ngettext("%(n)s of %(of)s case", "%(n)s of %(of)s cases", of) % {"n": n, "of": of}
    return words if of < FEW else f"{words} ({share(n, of)})"


def share(n: int, of: int) -> str:
    """A whole percent, never 0% of something nor 100% of not all; "" where there are too few cases to tell one."""
    if of < FEW:
        return ""
    percent = round(100 * n / of)
    if n and not percent:
        return _("under 1%")
    if n < of and percent == 100:
        return _("over 99%")
    return _("%(n)s%%") % {"n": percent}


def _in_words(n: int, countries: dict[str, int], pairs: dict[str, int], call: str) -> list[str]:
    if not n:
        return []
    told = [
        ngettext("%(n)s case is published", "%(n)s cases are published", n) % {"n": n}
        + (" " + _("of the call of %(year)s.") % {"year": call} if call else ".")
    ]
    if countries:
        told.append(
            ngettext("They come from %(n)s place", "They come from %(n)s different places", len(countries))
            % {"n": len(countries)}
            + ": "
            + _("countries, the European Union and international organisations.")
        )
    if pairs:
        strongest, most = max(pairs.items(), key=lambda one: (one[1], [-ord(sign) for sign in one[0]]))
        told.append(
            ngettext(
                "In them %(n)s pair of places works together.",
                "In them %(n)s pairs of places work together.",
                len(pairs),
            )
            % {"n": len(pairs)}
        )
        if list(pairs.values()).count(most) == 1 and most > 1:
            told.append(
                _("Most often these two do: %(pair)s, in %(part)s.")
                % {"pair": atlas.pair_name(strongest), "part": part(most, n)}
            )
    return told


def leading(lines: Sequence[Line], of: int, *, several: bool) -> str:
    """What a table shows, in a sentence: what leads, or that nothing does."""
    if not lines or not of:
        return ""
    first = [line for line in lines if line.n == lines[0].n]
    if len(first) > 2 or len(lines) == 2 == len(first):
        said = _("Nothing stands out: the most frequent answers are equally frequent.")
    elif len(first) == 2:
        said = _("Most frequent are %(one)s and %(other)s, each in %(part)s.") % {
            "one": _quoted(first[0].words),
            "other": _quoted(first[1].words),
            "part": part(first[0].n, of),
        }
    else:
        said = _("Most frequent is %(one)s, in %(part)s.") % {
            "one": _quoted(first[0].words),
            "part": part(first[0].n, of),
        }
    if several and sum(line.n for line in lines) > of:
        said += " " + _("A case can have several, so the numbers add up to more than all cases.")
    return said


def _quoted(words: str) -> str:
    return _("“%(words)s”") % {"words": words}


def _confirmed(confirmed: int, n: int, link: Link, call: str) -> dict[str, str] | None:
    if not n:
        return None
    chosen: dict[str, tuple[str, ...]] = {"call": (call,)} if call else {}
    return {
        "words": _("Confirmed as true within the last 12 months: %(part)s.") % {"part": part(confirmed, n)},
        "url": link({**chosen, "confirmed": ("year",)}) if confirmed else "",
    }


# -- Tables and plots ------------------------------------------------------------------------------------------------


def _section(
    kind: str, title: str, counted: dict[str, int], of: int, url: Callable[[str], str]
) -> dict[str, Any]:
    named = sorted(((-n, finding.words_for(kind, value), value) for value, n in counted.items()))
    lines = [Line(said, -n, share(-n, of), url(value)) for n, said, value in named]
    shown, labels = lines[:LINES], [_label(kind, said, value) for _n, said, value in named[:LINES]]
    return {
        "key": kind,
        "title": title,
        "column": finding.kind_in_words(kind),
        "lines": lines,
        "words": leading(lines, of, several=kind != "border"),
        "cut": len(lines) - len(shown),
        "plot": plots.bars(
            labels,
            {_("Cases"): [line.n for line in shown]},
            says=_("%(title)s: cases by “%(kind)s”. The table beside has the same numbers.")
            % {"title": title, "kind": finding.kind_in_words(kind)},
        ),
    }


def _label(kind: str, said: str, value: str) -> str:
    """A value as the plot has room for it; the table has it whole."""
    short = {
        "mechanism": {
            "transnational-body": _("Transnational body"),
            "dedicated-entity": _("Dedicated entity"),
            "network": _("Network"),
            "emerging-governance": _("Emerging governance"),
            "collective-intelligence": _("Collective intelligence"),
            "experiments": _("Experiments and tests"),
            "joint-service": _("Joint policy or service"),
            "digital-architecture": _("Digital architecture"),
            "skills": _("Skills and capacity"),
        },
        "border": {
            "international-national": _("Nations"),
            "international-subnational": _("Regions or cities abroad"),
            "international-mixed": _("Levels abroad"),
            "within-regions": _("Regions of a country"),
            "within-cities": _("Cities of a country"),
            "across-levels": _("Levels of a country"),
        },
    }
    return short.get(kind, {}).get(value, said)


def _years(counted: dict[str, int], of: int, url: Callable[[str], str]) -> dict[str, Any]:
    known = sorted(int(year) for year in counted)
    span = range(known[0], known[-1] + 1) if known else range(0)
    drawn = list(span) if len(span) <= MOST_YEARS else known
    lines = [
        Line(str(year), counted[str(year)], share(counted[str(year)], of), url(str(year))) for year in known
    ]
    words = ""
    if known:
        middle = sorted(year for year in known for _case in range(counted[str(year)]))
        told = len(middle)
        words = (
            _("The first began in %(first)s and the latest in %(last)s.")
            % {"first": known[0], "last": known[-1]}
            if known[0] < known[-1]
            else _("All began in %(year)s.") % {"year": known[0]}
        )
        if told >= FEW:
            words += " " + _("Half of them began in %(year)s or later.") % {"year": middle[told // 2]}
        if told < of:
            words += " " + _("The year is not known of %(part)s.") % {"part": part(of - told, of)}
    return {
        "key": "year",
        "title": _("Since when"),
        "column": _("Year"),
        "lines": lines,
        "words": words,
        "cut": 0,
        "plot": plots.columns(
            [str(year) for year in drawn],
            {_("Cases"): [counted.get(str(year), 0) for year in drawn]},
            says=_("How many cases were put into practice in each year"),
            every=1 if len(drawn) <= 8 else 5 if len(drawn) <= 30 else 10,
        ),
    }


def _sizes(shelf: Snapshot, among: Bits, of: int) -> dict[str, Any]:
    """How many different countries take part in a case."""
    counted = Counter(min(len(row.countries), MANY_PLACES) for row in shelf.rows_of(among) if row.countries)
    lines = []
    for size in sorted(counted):
        said = (
            _("%(n)s and more") % {"n": size}
            if size == MANY_PLACES
            else _("One country")
            if size == 1
            else str(size)
        )
        lines.append(Line(said, counted[size], share(counted[size], of), ""))
    inside = counted.get(1, 0)
    return {
        "key": "size",
        "title": _("How many countries take part"),
        "column": _("Countries in a case"),
        "lines": lines,
        "words": _("Within one country: %(part)s.") % {"part": part(inside, of)} if of else "",
        "cut": 0,
        "plot": plots.columns(
            [line.words for line in lines],
            {_("Cases"): [line.n for line in lines]},
            says=_("How many cases have how many countries"),
        ),
    }
