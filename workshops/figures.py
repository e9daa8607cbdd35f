"""Figures of a workshop: who registered, waits and came, by country and by level, for a plot and the table beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from papers import plots
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
class Figures:
    """``total`` is told at the top, ``countries`` and ``levels`` each as a table with a plot."""

    total: Row
    ended: int
    said_they_come: int
    countries: list[Row]
    levels: list[Row]

    @property
    def country_plot(self) -> SafeString:
        return plot_of(self.countries, says=_("How many hold a seat or wait, by country"))

    @property
    def level_plot(self) -> SafeString:
        return plot_of(self.levels, says=_("How many hold a seat or wait, by level of government"))


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


def plot_of(rows: list[Row], *, says: str) -> SafeString:
    """Seats and the waiting list, a bar for each row."""
    shown = rows if len(rows) <= MOST_BARS else [*rows[: MOST_BARS - 1], _rest(rows[MOST_BARS - 1 :])]
    seated, waiting = [row.seated for row in shown], [row.waiting for row in shown]
    return plots.bars(
        [row.label for row in shown], {_("Seats"): seated, _("Waiting"): waiting}, says=says, stacked=True
    )


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
    def plot(self) -> SafeString:
        return plots.bars(
            [row.label for row in self.marks],
            {_("People"): [row.seated for row in self.marks]},
            says=_("How many found it how useful, from 5 (very) to 1 (not at all)"),
        )


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
