"""Figures of a workshop: who registered, waits and came, by country and by level, for a plot and the table beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from people.places import LEVELS, country_name
from workshops.models import Registration, Workshop

_Status = Registration.Status
COUNTS = {
    "seated": Count("pk", filter=Q(status__in=Registration.HOLDING)),
    "waiting": Count("pk", filter=Q(status=_Status.WAITING)),
    "attended": Count("pk", filter=Q(attended_at__isnull=False, status=_Status.SEATED)),
}

#: A plot is readable up to so many bars; the table beside it has all of them.
MOST_BARS = 12
#: Measures of a plot, in units of its own (it is drawn as wide as the page lets it).
WIDTH, LABELS, LINE, BAR = 400, 150, 26, 16


@dataclass(frozen=True)
class Row:
    """One line of a table: how many hold a seat, wait, and came."""

    label: str
    seated: int
    waiting: int
    attended: int

    @property
    def claims(self) -> int:
        return self.seated + self.waiting


@dataclass(frozen=True)
class Bar:
    """One bar of a plot: its label, the words at its end, and where each part lies."""

    label: str
    words: str
    y: int
    middle: int
    seated_width: int
    waiting_x: int
    waiting_width: int
    end: int


@dataclass(frozen=True)
class Plot:
    bars: list[Bar]
    width: int
    height: int
    start: int
    thick: int


@dataclass(frozen=True)
class Figures:
    """``total`` is told at the top, ``countries`` and ``levels`` each as a table with a plot."""

    total: Row
    ended: int
    said_they_come: int
    countries: list[Row]
    levels: list[Row]

    @property
    def country_plot(self) -> Plot:
        return plot_of(self.countries)

    @property
    def level_plot(self) -> Plot:
        return plot_of(self.levels)


def figures_of(workshop: Workshop) -> Figures:
    """Three statements, however many have registered."""
    claims = workshop.registrations.active().order_by()
    total = workshop.registrations.aggregate(
        **COUNTS,
        ended=Count("pk", filter=~Q(status__in=Registration.ACTIVE)),
        come=Count("pk", filter=Q(status=_Status.SEATED, reconfirmed_at__isnull=False)),
    )
    ended, come = total.pop("ended"), total.pop("come")
    levels = dict(LEVELS)
    return Figures(
        total=Row(_("All"), **total),
        ended=ended,
        said_they_come=come,
        countries=_rows(claims.values("country").annotate(**COUNTS), "country", country_name),
        levels=_rows(
            claims.values("level").annotate(**COUNTS), "level", lambda key: str(levels.get(key, key))
        ),
    )


def _rows(counted: Iterable[Any], field: str, say) -> list[Row]:
    rows = [
        Row(say(line[field]) if line[field] else _("Not told"), **{name: line[name] for name in COUNTS})
        for line in counted
    ]
    return sorted(rows, key=lambda row: (-row.claims, row.label))


def plot_of(rows: list[Row]) -> Plot:
    """Bars side by side with their labels: seats, then the waiting list, to one scale."""
    shown = rows if len(rows) <= MOST_BARS else [*rows[: MOST_BARS - 1], _rest(rows[MOST_BARS - 1 :])]
    longest = max((row.claims for row in shown), default=0) or 1
    scale = (WIDTH - LABELS - 56) / longest
    bars = []
    for number, row in enumerate(shown):
        top = number * LINE
        seated, waiting = round(row.seated * scale), round(row.waiting * scale)
        words = f"{row.seated} + {row.waiting}" if row.waiting else str(row.seated)
        bars.append(
            Bar(
                label=row.label if len(row.label) <= 20 else row.label[:19].rstrip() + "…",
                words=words,
                y=top + (LINE - BAR) // 2,
                middle=top + LINE // 2,
                seated_width=seated,
                waiting_x=LABELS + seated,
                waiting_width=waiting,
                end=LABELS + seated + waiting + 6,
            )
        )
    return Plot(bars, WIDTH, max(1, len(bars)) * LINE, LABELS, BAR)


def _rest(rows: list[Row]) -> Row:
    return Row(
        _("%(n)d others") % {"n": len(rows)},
        seated=sum(row.seated for row in rows),
        waiting=sum(row.waiting for row in rows),
        attended=sum(row.attended for row in rows),
    )


@dataclass(frozen=True)
class Feedback:
    """What people thought, nobody knows who: how many answered, how useful it was (``marks``, 5 first, and on
    average), and their words."""

    answers: int
    average: float | None
    marks: list[Row]
    learned: list[str]
    better: list[str]

    @property
    def plot(self) -> Plot:
        return plot_of(self.marks)


def feedback_of(workshop: Workshop) -> Feedback:
    """Two statements. Words come in the order of the alphabet, so that not even the order tells who wrote them."""
    counted = dict(
        workshop.answers.order_by().values_list("useful").annotate(n=Count("pk")).values_list("useful", "n")
    )
    marked = {mark: n for mark, n in counted.items() if mark is not None}
    words = list(workshop.answers.values_list("learned", "better"))
    total = sum(marked.values())
    return Feedback(
        answers=sum(counted.values()),
        average=sum(mark * n for mark, n in marked.items()) / total if total else None,
        marks=[Row(str(mark), marked.get(mark, 0), 0, 0) for mark in range(5, 0, -1)],
        learned=sorted(learned for learned, _better in words if learned),
        better=sorted(better for _learned, better in words if better),
    )


def counts_of(workshops: list[Workshop]) -> dict[int, Row]:
    """How each of several workshops stands, by key. One statement."""
    counted = Registration.objects.filter(workshop__in=workshops).order_by().values("workshop")
    lines: Iterable[Any] = counted.annotate(**COUNTS)
    return {line["workshop"]: Row("", **{name: line[name] for name in COUNTS}) for line in lines}
