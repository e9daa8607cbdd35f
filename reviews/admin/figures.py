"""Seeing fairly: how a round goes, how reviewers score, the ranking, and what to talk about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.questions import lang_of
from papers import plots
from reviews import counting, seeing
from reviews.admin.pages import RoundPages
from reviews.models import Criterion, Dossier, Review, Reviewer, Round
from reviews.models.round import HIGHEST, POINTS
from reviews.ranking import ENOUGH, ENOUGH_FOR_DRIFT, Habit, normalised, score_of

MAY_SEE = "reviews.see_scores"
PER_PAGE = 50
LAST_PAGE = 10_000
#: A plot of days shows so many, the last ones; the table too.
DAYS_SHOWN = 42
#: Up to so many stand under their columns one by one; of more only one a week.
DAYS_NAMED = 9


class FigurePages(RoundPages):
    PAGES = (
        ("figures/", "figures", "figures_view"),
        ("ranking/", "ranking", "ranking_view"),
        ("discuss/", "discuss", "discuss_view"),
        ("count/", "count", "count_view"),
    )
    DEEDS = (
        ("figures", gettext_lazy("Figures"), MAY_SEE),
        ("ranking", gettext_lazy("Ranking"), MAY_SEE),
        ("discuss", gettext_lazy("To discuss"), MAY_SEE),
    )

    def figures_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Progress, distribution of scores, and reviewers side by side; all of it as it was counted last."""
        round_ = self.round_for(request, pk, MAY_SEE)
        figures = round_.figures or {}
        reads = bool(seeing.hidden_from(request.user))
        return self.round_page(
            request,
            round_,
            "figures",
            title=_("Figures"),
            figures=figures,
            is_counted=bool(figures),
            tells_too_much=reads and figures.get("reviews", 0) < ENOUGH,
            steps=_steps(figures),
            means=_means(figures),
            criteria=_criteria(round_, figures),
            reviewers=_reviewers(figures, fewest=ENOUGH if reads else 1),
            days=_days(figures),
            enough=ENOUGH,
            enough_for_drift=ENOUGH_FOR_DRIFT,
        )

    def ranking_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cases by mean, or by normalised mean, each with the reviews it comes from and why they were normalised.

        A case that this person has still to read is in neither list: where it stands would tell how it was scored.
        """
        round_ = self.round_for(request, pk, MAY_SEE)
        by = "plain" if request.GET.get("by") == "plain" else "normalised"
        order = "plain_mean" if by == "plain" else "normalised_mean"
        ranked = Dossier.objects.filter(round=round_, **{f"{order}__isnull": False}).order_by(
            F(order).desc(), "pk"
        )
        return self._listed(request, round_, "ranking", ranked, title=_("Ranking"), by=by)

    def discuss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cases whose reviewers do not agree, the widest spread first."""
        round_ = self.round_for(request, pk, MAY_SEE)
        apart = Dossier.objects.filter(round=round_).to_discuss().order_by("-spread", "pk")
        return self._listed(request, round_, "discuss", apart, title=_("To discuss"))

    def _listed(
        self,
        request: HttpRequest,
        round_: Round,
        template: str,
        dossiers: QuerySet[Dossier],
        *,
        title: str,
        **context: Any,
    ) -> HttpResponse:
        """A case that somebody has still to read stands nowhere: its place alone would tell what others gave."""
        number = _page_asked(request)
        start = (number - 1) * PER_PAGE
        found = list(
            dossiers.filter(seeing.open_to(request.user))
            .select_related("case", "submission", "decision")
            .only(
                "plain_mean",
                "normalised_mean",
                "spread",
                "discuss",
                "step",
                "case__reference",
                "submission__title",
                "submission__language",
                "decision__outcome",
            )[start : start + PER_PAGE + 1]
        )
        shown = found[:PER_PAGE]
        return self.round_page(
            request,
            round_,
            template,
            title=title,
            rows=_rows(round_, shown, first=start + 1),
            reads=bool(seeing.hidden_from(request.user)),
            number=number,
            before=number - 1,
            after=number + 1 if len(found) > PER_PAGE else None,
            **context,
        )

    def count_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Count now, for somebody who does not wish to wait for the sweep."""
        round_ = self.round_for(request, pk, MAY_SEE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        counting.count(round_, at=request.arrived_at)
        messages.success(request, _("Counted again."))
        return self.back_to(round_, "figures")


def _page_asked(request: HttpRequest) -> int:
    asked = request.GET.get("p", "1")
    return min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() and len(asked) < 7 else 1


# -- Rows of the ranking -------------------------------------------------------------------------------------------


def _rows(round_: Round, dossiers: list[Dossier], *, first: int) -> list[dict[str, Any]]:
    """Two statements however many cases: the weights and the reviews."""
    reviews = _reviews_of(round_, [dossier.pk for dossier in dossiers])
    return [
        {
            "place": place,
            "pk": dossier.pk,
            "reference": dossier.case.reference,
            "title": dossier.submission.title,
            "lang": lang_of(dossier.submission.language),
            "step": dossier.get_step_display(),
            "step_key": dossier.step,
            "outcome": dossier.decision.get_outcome_display() if dossier.decision else "",
            "plain": _two(dossier.plain_mean),
            "normalised": _two(dossier.normalised_mean),
            "spread": _two(dossier.spread),
            "discuss": dossier.discuss,
            "reviews": reviews.get(dossier.pk, []),
        }
        for place, dossier in enumerate(dossiers, first)
    ]


def _reviews_of(round_: Round, keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    weights = dict(round_.criteria.values_list("key", "weight"))
    figures = round_.figures or {}
    habits = {int(pk): _habit(facts) for pk, facts in figures.get("reviewers", {}).items()}
    mean, deviation = figures.get("mean", 0), figures.get("deviation", 0)
    found = defaultdict(list)
    finished = Review.objects.finished().filter(assignment__dossier__in=keys)
    people = finished.select_related("assignment__reviewer__user").order_by("finished_at", "pk")
    for review in people:
        score = score_of(review.scores, weights)
        if score is None:
            continue
        reviewer = review.assignment.reviewer
        habit = habits.get(reviewer.pk)
        found[review.assignment.dossier_id].append(
            {
                "who": str(reviewer),
                "score": _two(score),
                "normalised": _two(normalised(score, habit, mean, deviation)) if habit else _two(score),
                "why": _why(habit, mean),
                "advice": review.get_advice_display(),
            }
        )
    return found


def _habit(facts: dict) -> Habit:
    return Habit(facts["n"], facts["mean"], facts["deviation"], facts["drift"])


def _why(habit: Habit | None, mean: float) -> str:
    """Why a score was moved, in words."""
    if habit is None or not habit.is_enough:
        return _("stands as it is: fewer than %(n)s reviews by this reviewer") % {"n": ENOUGH}
    if habit.deviation == 0:
        return _("this reviewer gave every case the same")
    apart = habit.mean - mean
    if abs(apart) < 0.05:
        return _("this reviewer’s mean is that of all")
    kind = _("kinder than all by %(n)s") if apart > 0 else _("stricter than all by %(n)s")
    return kind % {"n": _two(abs(apart))}


def _two(value) -> str:
    return "–" if value is None else f"{value:.2f}"


# -- Figures: for each plot the same numbers as a table --------------------------------------------------------------


def _steps(figures: dict) -> dict[str, Any]:
    counted = figures.get("steps", {})
    rows = [(str(words), counted.get(step, 0)) for step, words in Dossier.Step.choices]
    return {
        "rows": rows,
        "plot": plots.bars(
            [words for words, _n in rows],
            {_("Cases"): [n for _words, n in rows]},
            says=_("How many cases stand at which step"),
        ),
    }


def _means(figures: dict) -> dict[str, Any]:
    counted = figures.get("means", [])
    width = 1 / counting.BARS_A_POINT
    rows = [(f"{n * width:.1f}–{(n + 1) * width:.1f}", many) for n, many in enumerate(counted)]
    return {
        "rows": rows,
        "plot": plots.columns(
            [words for words, _n in rows],
            {_("Cases"): [n for _words, n in rows]},
            says=_("How many cases have which mean"),
        )
        if figures.get("cases")
        else "",
    }


def _criteria(round_: Round, figures: dict) -> dict[str, Any]:
    counted = figures.get("criteria", {})
    rows = []
    for criterion in Criterion.objects.filter(round=round_):
        facts = counted.get(criterion.key, {})
        rows.append(
            {
                "title": criterion.title_text,
                "weight": criterion.weight,
                "points": facts.get("points", [0] * len(POINTS)),
                "mean": facts.get("mean"),
                "mean_words": _two(facts.get("mean")),
            }
        )
    return {
        "rows": rows,
        "plot": plots.bars(
            [row["title"] for row in rows],
            {_("Mean of the points"): [row["mean"] for row in rows]},
            says=_("Mean of the points for each criterion, from 0 to 4"),
            highest=HIGHEST,
        )
        if figures.get("reviews")
        else "",
    }


def _reviewers(figures: dict, *, fewest: int) -> dict[str, Any]:
    """Of somebody with fewer reviews than ``fewest`` only how many they are."""
    counted = figures.get("reviewers", {})
    people = Reviewer.objects.filter(pk__in=[int(pk) for pk in counted]).select_related("user")
    names = {reviewer.pk: str(reviewer) for reviewer in people}
    mean = figures.get("mean", 0)
    rows = sorted(
        (
            {
                "name": names.get(int(pk), _("Somebody who has left")),
                "n": facts["n"],
                "mean": facts["mean"] if facts["n"] >= fewest else None,
                **_habit_in_words(facts, mean, fewest=fewest),
            }
            for pk, facts in counted.items()
        ),
        key=lambda row: (row["mean"] is None, -(row["mean"] or 0), row["name"]),
    )
    return {
        "rows": rows,
        "plot": plots.bars(
            [row["name"] for row in rows],
            {_("Mean of their scores"): [row["mean"] for row in rows]},
            says=_("Mean of the scores of each reviewer, from 0 to 4"),
            highest=HIGHEST,
        ),
    }


def _habit_in_words(facts: dict, mean: float, *, fewest: int) -> dict[str, str]:
    drift = facts["drift"]
    said = {
        "mean_words": _two(facts["mean"]),
        "apart": f"{facts['mean'] - mean:+.2f}",
        "deviation": _two(facts["deviation"]),
        "drift": "–" if drift is None else f"{drift:+.2f}",
    }
    return said if facts["n"] >= fewest else dict.fromkeys(said, "–")


def _days(figures: dict) -> dict[str, Any]:
    counted = figures.get("days", {})
    days = list(_every_day(counted))[-DAYS_SHOWN:]
    rows = [(day.isoformat(), counted.get(day.isoformat(), 0)) for day in days]
    return {
        "rows": [row for row in reversed(rows) if row[1]],
        "plot": plots.columns(
            [day[5:] for day, _n in rows],
            {_("Reviews finished"): [n for _day, n in rows]},
            says=_("Reviews finished on each day"),
            every=1 if len(rows) <= DAYS_NAMED else 7,
        ),
    }


def _every_day(counted: Iterable[str]) -> Iterable[date]:
    named = sorted(date.fromisoformat(day) for day in counted)
    if named:
        yield from (named[0] + timedelta(days=n) for n in range((named[-1] - named[0]).days + 1))
