"""How long authors wait: counted for each round from what really happened, and what can be expected from it.

``Round.waits`` holds for each step ``{"n", "median", "ninetieth", "longest"}``, in seconds. No date of a single review
goes into it, nor onto any page of an author: who reads a case, and when, is nobody's business outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from django.db.models import Exists, Min, OuterRef
from django.utils.translation import ngettext

from reviews.models import Dossier, Round

#: Fewer cases say nothing about the next one.
ENOUGH = 20
#: From the first hand-in to the first look; from there to our letter; and both together.
LOOK, DECISION, WHOLE = "look", "decision", "whole"

_UNDECIDED = [step for step in Dossier.Step.values if step not in (Dossier.Step.DECIDED, Dossier.Step.OUT)]


# -- Counting ----------------------------------------------------------------------------------------------------------


def count() -> int:
    """Count anew for each round in which somebody waits; returns for how many. Safe to repeat."""
    waiting = Dossier.objects.filter(round=OuterRef("pk"), step__in=_UNDECIDED)
    rounds = list(Round.objects.filter(Exists(waiting)).only("pk"))
    for round_ in rounds:
        Round.objects.filter(pk=round_.pk).update(waits=waits_of(round_))
    return len(rounds)


def waits_of(round_: Round) -> dict[str, dict]:
    """What ``Round.waits`` would hold now. One statement."""
    lasted: dict[str, list[float]] = {LOOK: [], DECISION: [], WHOLE: []}
    rows = Dossier.objects.filter(round=round_).annotate(
        handed_in=Min("case__submissions__arrived_at"), told=Min("decisions__release__released_at")
    )
    for handed_in, told, looked in rows.with_first_look().values_list("handed_in", "told", "looked_at"):
        spans = {LOOK: (handed_in, looked), DECISION: (looked, told), WHOLE: (handed_in, told)}
        for step, (since, until) in spans.items():
            if since and until and until >= since:
                lasted[step].append((until - since).total_seconds())
    return {step: _summed_up(seconds) for step, seconds in lasted.items() if seconds}


def _summed_up(seconds: list[float]) -> dict[str, float]:
    """The 90 % point is the shortest span that nine in ten did not exceed."""
    ranked = sorted(seconds)
    ninetieth = ranked[ceil(len(ranked) * 0.9) - 1]
    return {"n": len(ranked), "median": median(ranked), "ninetieth": ninetieth, "longest": ranked[-1]}


# -- Expecting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expectation:
    """What can be said of a step that began at some instant.

    ``by``: when we expect it to be done; None when no day can be named. ``slower``: half of the cases went faster.
    ``late``: nine in ten went faster, or the day that was promised is over. ``usual`` and ``most``: how long half of
    the cases took at most, and nine in ten; None until enough cases have taken the step.
    """

    by: datetime | None
    slower: bool = False
    late: bool = False
    usual: timedelta | None = None
    most: timedelta | None = None


def expected(
    since: datetime, wait: dict | None, *, promised: datetime | None = None, at: datetime
) -> Expectation:
    """What is expected at ``at`` of a step begun at ``since``, from how long others waited and what was promised.

    The day moves only when it has passed: from the median to the 90 % point, to the longest that it ever took, to
    the promised day. A promised day that comes first is kept to.
    """
    ahead = promised if promised and promised > at else None
    broken = promised is not None and ahead is None
    if not wait or wait["n"] < ENOUGH:
        return Expectation(by=ahead, late=broken)
    usual, most, longest = (timedelta(seconds=wait[name]) for name in ("median", "ninetieth", "longest"))
    marks = [since + span for span in (usual, most, longest) if since + span > at]
    return Expectation(
        by=min(filter(None, [marks[0] if marks else None, ahead]), default=None),
        slower=since + usual <= at,
        late=broken or since + most <= at,
        usual=usual,
        most=most,
    )


def in_days(span: timedelta) -> str:
    """«12 days»: a day that has begun counts."""
    days = max(1, ceil(span / timedelta(days=1)))
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
