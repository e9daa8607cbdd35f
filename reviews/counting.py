"""Statistics and ranking are counted by a sweep and stand in rows, so that no page counts them, however many there are.

Whatever changes a dossier marks it to be counted (``settling.settle``). The sweep takes the marks away before it
looks, so that what changes meanwhile is counted the next time; a sweep that did not run is made up for by the next.
It holds no row of a round, and dossiers in the order in which everybody holds them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from statistics import fmean
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from reviews.models import Dossier, Review, Round
from reviews.ranking import Ranking, Scored, ranking_of, score_of

#: So many rows are read, and written, at once.
CHUNK = 1000
_THOUSANDTH = Decimal("0.001")
#: The histogram of means: so many bars to one point.
BARS_A_POINT = 2


def count_changed(*, at: datetime) -> int:
    """Count each round of which a case has changed since it was counted; returns how many. Safe to repeat, and twice at once."""
    changed = Round.objects.filter(dossiers__to_count=True).select_related("call").distinct()
    for round_ in changed:
        count(round_, at=at)
    return len(changed)


def count(round_: Round, *, at: datetime) -> Ranking:
    """Count one round anew: means, spread and «to discuss» of each case, and the figures of the round."""
    _take_marks_away(round_)
    weights = dict(round_.criteria.values_list("key", "weight"))
    points: dict[str, Counter[int]] = {key: Counter() for key in weights}
    ranking = ranking_of(_scored(round_, weights, points))
    _write_places(round_, ranking)
    figures = _figures(round_, ranking, points)
    Round.objects.filter(pk=round_.pk).update(figures=figures, counted_at=at)
    return ranking


def _take_marks_away(round_: Round) -> None:
    """A batch at a time, so that nobody waits long."""
    marked = Dossier.objects.filter(round=round_.pk, to_count=True).order_by("pk")
    while True:
        with transaction.atomic():
            keys = list(marked.locked().values_list("pk", flat=True)[:CHUNK])
            Dossier.objects.filter(pk__in=keys).update(to_count=False)
        if len(keys) < CHUNK:
            return


def _scored(round_: Round, weights: dict[str, int], points: dict[str, Counter[int]]) -> Iterator[Scored]:
    finished = Review.objects.finished().filter(assignment__dossier__round=round_)
    rows: QuerySet[Any, Any] = finished.order_by("pk").values_list(
        "assignment__dossier", "assignment__reviewer", "scores", "advice", "finished_at"
    )
    for dossier, reviewer, scores, advice, finished_at in rows.iterator(chunk_size=CHUNK):
        score = score_of(scores, weights)
        if score is None:
            continue
        for key in weights:
            points[key][scores[key]] += 1
        yield Scored(dossier, reviewer, score, advice, finished_at)


def _write_places(round_: Round, ranking: Ranking) -> None:
    """Write what has changed, and nothing else: most cases stay as they are from one sweep to the next."""
    fields = ("plain_mean", "normalised_mean", "spread", "discuss")
    changed = []
    dossiers = Dossier.objects.filter(round=round_.pk).only(*fields).order_by("pk")
    for dossier in dossiers.iterator(chunk_size=CHUNK):
        place = ranking.places.get(dossier.pk)
        values: dict[str, Any] = dict.fromkeys(fields)
        values["discuss"] = False
        if place:
            spread = _rounded(place.spread)
            values = {
                "plain_mean": _rounded(place.plain_mean),
                "normalised_mean": _rounded(place.normalised_mean),
                "spread": spread,
                "discuss": place.n > 1 and (spread >= round_.discuss_from or place.advice_differs),
            }
        if any(getattr(dossier, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(dossier, name, value)
            changed.append(dossier)
        if len(changed) >= CHUNK:
            _write(changed, fields)
            changed = []
    if changed:
        _write(changed, fields)


@transaction.atomic
def _write(changed: list[Dossier], fields: tuple[str, ...]) -> None:
    held = Dossier.objects.filter(pk__in=[dossier.pk for dossier in changed]).order_by("pk").locked()
    list(held.values_list("pk", flat=True))
    Dossier.objects.bulk_update(changed, fields, batch_size=200)


def _rounded(value: float) -> Decimal:
    return Decimal(value).quantize(_THOUSANDTH)


def _figures(round_: Round, ranking: Ranking, points: dict[str, Counter[int]]) -> dict[str, Any]:
    """What the pages with statistics show, as plain JSON: no names, reviewers by key."""
    steps = dict(round_.dossiers.order_by().values_list("step").annotate(n=Count("pk")))
    bars: Counter[int] = Counter()
    for place in ranking.places.values():
        bars[min(int(place.plain_mean * BARS_A_POINT), 4 * BARS_A_POINT - 1)] += 1
    days = defaultdict(int)
    finished: QuerySet[Any, Any] = Review.objects.finished().filter(assignment__dossier__round=round_)
    for instant in finished.values_list("finished_at", flat=True).iterator(chunk_size=CHUNK):
        days[instant.astimezone(round_.call.zone).date().isoformat()] += 1
    return {
        "steps": steps,
        "reviews": ranking.n,
        "cases": len(ranking.places),
        "mean": round(ranking.mean, 3),
        "deviation": round(ranking.deviation, 3),
        "means": [bars[n] for n in range(4 * BARS_A_POINT)],
        "criteria": {
            key: {
                "points": [given[n] for n in range(5)],
                "mean": round(fmean(given.elements()), 3) if given else None,
            }
            for key, given in points.items()
        },
        "reviewers": {
            str(reviewer): {
                "n": habit.n,
                "mean": round(habit.mean, 3),
                "deviation": round(habit.deviation, 3),
                "drift": None if habit.drift is None else round(habit.drift, 3),
            }
            for reviewer, habit in sorted(ranking.habits.items())
        },
        "days": dict(sorted(days.items())),
    }
