"""The review as tables: cases, reviews and decisions, complete, one row at a time.

The columns are resources of django-import-export; rows are streamed through them rather than collected, so that
10,000 cases need no more memory than ten. A spreadsheet gets words, JSON the same values under stable keys, with
numbers as numbers. Instants are UTC, as ISO 8601.

What a person must not see is not in the file either: contact addresses only for those who may see addresses, scores
of a case not before one's own review of it is finished, and in a blind round, for whoever reads in it, nothing that
the reading page hides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Resource

from cases import answers
from cases.questions import BORDERS, QUESTIONS, Kind, label_of
from papers.sheets import Table, harmless
from people.models import User
from reviews import assigning, blinding, seeing
from reviews.blinding import Cover
from reviews.models import Answer, Assignment, Decision, Dossier, Review, Round, Screening
from reviews.ranking import score_of

#: Rows fetched at once; each case comes with all of its answers, some fifty kilobytes while its line is written.
CHUNK = 50
TABLES = ("cases", "reviews", "decisions")


@dataclass(frozen=True)
class Sight:
    """What one person may have in a file: ``hidden`` are cases whose scores are not theirs to see yet, ``blind``
    rounds in which they read without knowing whose cases they are."""

    addresses: bool
    scores: bool
    hidden: frozenset[int]
    blind: frozenset[int]

    def sees_scores(self, dossier_id: int) -> bool:
        return self.scores and dossier_id not in self.hidden


def sight_of(user: User) -> Sight:
    """Two statements."""
    reads = Assignment.objects.active().filter(reviewer__user=user, dossier__round=OuterRef("pk"))
    blind = Round.objects.filter(Exists(reads), blind=True)
    return Sight(
        addresses=user.has_perm("people.view_address"),
        scores=user.has_perm("reviews.see_scores"),
        hidden=frozenset(seeing.hidden_from(user)),
        blind=frozenset(blind.values_list("pk", flat=True)),
    )


class Told(Field):
    """A column that a function tells from the row."""

    def __init__(self, title: str, say: Callable[[Any], Any]):
        super().__init__(column_name=str(title))
        self.say = say

    def export(self, instance: Model, **kwargs: Any) -> Any:
        return self.say(instance)


class Columns(Resource):
    """A resource whose columns are made for one person and one kind of row, in the order in which they are given."""

    def __init__(self, columns: dict[str, Told]):
        super().__init__()
        self.fields = columns

    def get_export_order(self) -> list[str]:
        return list(self.fields)


# -- What is in which table ------------------------------------------------------------------------------------------


def rows_of(table: str, dossiers: QuerySet[Dossier], *, sight: Sight) -> tuple[Columns, QuerySet]:
    """The resource and the rows of one of ``TABLES``, for these cases."""
    chosen = dossiers.order_by().values("pk")
    if table == "reviews":
        reviews = Review.objects.filter(assignment__dossier__in=chosen)
        reviews = reviews.exclude(assignment__dossier__in=sight.hidden)
        reviews = reviews.select_related(
            "assignment__dossier__case", "assignment__reviewer__user", "submission"
        ).defer(*_unread("assignment__dossier__case"), "submission__content")
        return _reviews(reviews, sight), reviews.order_by("assignment__dossier", "pk")
    if table == "decisions":
        decisions = Decision.objects.filter(dossier__in=chosen)
        decisions = decisions.select_related(
            "dossier__case", "dossier__submission", "submission", "decided_by", "release__released_by"
        ).order_by("dossier", "number")
        decisions = decisions.defer(*_unread("dossier__case"), "submission__content")
        if sight.blind:  # what has to be covered stands in what was handed in
            return _decisions(sight), decisions.prefetch_related("dossier__case__colleagues")
        return _decisions(sight), decisions.defer("dossier__submission__content")
    cases = Dossier.objects.filter(pk__in=chosen).order_by("pk")
    cases = cases.select_related("case", "submission", "screening", "decision__release").defer(
        *_unread("case")
    )
    return _cases(sight), cases.prefetch_related("case__colleagues") if sight.blind else cases


def _unread(case: str) -> list[str]:
    """The working copy of a case, which is its authors' and long; no table has it."""
    return [f"{case}__answers", f"{case}__versions"]


def _cases(sight: Sight) -> Columns:
    columns = {
        "reference": Told(_("Reference"), lambda d: d.case.reference),
        "title": Told(_("Title"), lambda d: said_of(d, sight).get("title", "")),
        "version": Told(_("Version"), lambda d: d.submission.number),
        "arrived_at": Told(_("Arrived (UTC)"), lambda d: _instant(d.submission.arrived_at)),
        "language": Told(_("Language"), lambda d: d.submission.language),
        "border": Told(_("Kind of border"), lambda d: label_of(BORDERS, d.submission.border_kind)),
        "status": Told(_("Status"), lambda d: str(d.case.get_status_display())),
        "step": Told(_("Step of the review"), lambda d: str(d.get_step_display())),
        **_screening_columns(sight),
        "reviewers": Told(_("Reviewers"), lambda d: d.readers),
        "reviews_finished": Told(_("Reviews finished"), lambda d: d.finished),
        "mean": Told(_("Mean"), _score("plain_mean", sight)),
        "normalised_mean": Told(_("Normalised mean"), _score("normalised_mean", sight)),
        "spread": Told(_("Spread"), _score("spread", sight)),
        "decision": Told(
            _("Decision"), lambda d: str(d.decision.get_outcome_display()) if d.decision else ""
        ),
        "released_at": Told(
            _("Author told (UTC)"),
            lambda d: _instant(d.decision.release.released_at) if d.decision and d.decision.release else "",
        ),
        "jurisdictions": Told(
            _("Jurisdictions"),
            lambda d: "; ".join(
                answers.place(row) for row in answers.rows_of(said_of(d, sight)) if answers.said(row)
            ),
        ),
    }
    for key, question in QUESTIONS.items():
        if "." in key or question.kind is Kind.TICK:
            continue
        if question.kind is Kind.EMAIL and not sight.addresses:
            continue
        columns[f"answer_{key}"] = Told(str(question.label), _answer(key, sight))
    return Columns(columns)


def _screening_columns(sight: Sight) -> dict[str, Told]:
    columns = {
        "screening": Told(_("Screening"), lambda d: _of_screening(d, "verdict")),
    }
    for test in Screening.TESTS:
        words = Screening.name_of(test)
        columns[f"screening_{test}"] = Told(words, lambda d, test=test: _of_screening(d, test))
        columns[f"screening_{test}_note"] = Told(
            _("%(test)s: note") % {"test": words},
            lambda d, test=test: words_for(d, sight, _of_screening(d, f"{test}_note")),
        )
    return columns


def _of_screening(dossier: Dossier, field: str) -> str:
    screening = getattr(dossier, "screening", None)
    said = str(getattr(screening, field)) if screening else ""
    return said if field.endswith("_note") or not said else str(Answer(said).label)


def _score(field: str, sight: Sight) -> Callable[[Dossier], float | None]:
    def say(dossier: Dossier) -> float | None:
        value: Decimal | None = getattr(dossier, field)
        return float(value) if value is not None and sight.sees_scores(dossier.pk) else None

    return say


def said_of(dossier: Dossier, sight: Sight) -> dict:
    """The answers as this person may have them, read once for each row."""
    if not hasattr(dossier, "_said"):
        said, cover = dossier.submission.answers, cover_for(dossier, sight)
        dossier._said = blinding.covered(said, cover) if cover else said  # type: ignore[attr-defined]
    return dossier._said  # type: ignore[attr-defined]


def cover_for(dossier: Dossier, sight: Sight) -> Cover | None:
    """What hides from a blind reader who it is, made once for each row; None for everybody else."""
    if dossier.round_id not in sight.blind:
        return None
    if not hasattr(dossier, "_cover"):
        names = [part.name for part in dossier.case.colleagues.all()]
        dossier._cover = blinding.cover_of(dossier.submission.answers, names)  # type: ignore[attr-defined]
    return dossier._cover  # type: ignore[attr-defined]


def words_for(dossier: Dossier, sight: Sight, words: str) -> str:
    """What colleagues wrote about a case, as this person may have it."""
    cover = cover_for(dossier, sight)
    return cover(words) if cover else words


def _answer(key: str, sight: Sight) -> Callable[[Dossier], str]:
    def say(dossier: Dossier) -> str:
        return answers.in_words(QUESTIONS[key], said_of(dossier, sight).get(key))

    return say


def _reviews(reviews: QuerySet[Review], sight: Sight) -> Columns:
    rounds = Round.objects.filter(dossiers__assignments__review__in=reviews).distinct()
    weights = {round_.pk: dict(round_.criteria.values_list("key", "weight")) for round_ in rounds}
    keys = list(dict.fromkeys(key for of_round in weights.values() for key in of_round))
    columns = {
        "reference": Told(_("Reference"), lambda r: r.assignment.dossier.case.reference),
        "version": Told(_("Version read"), lambda r: r.submission.number),
        "reviewer": Told(_("Reviewer"), lambda r: str(r.assignment.reviewer)),
        "given_at": Told(_("Given (UTC)"), lambda r: _instant(r.assignment.given_at)),
        "due_at": Told(_("Due (UTC)"), lambda r: _instant(r.assignment.due_at)),
        "finished_at": Told(_("Finished (UTC)"), lambda r: _instant(r.finished_at)),
        "ended_at": Told(_("Ended (UTC)"), lambda r: _instant(r.assignment.ended_at)),
        "ended_why": Told(_("Ended because"), lambda r: assigning.why_ended(r.assignment)),
    }
    if sight.scores:
        for key in keys:
            columns[f"points_{key}"] = Told(
                _("Points: %(criterion)s") % {"criterion": key},
                _once_finished(lambda r, key=key: r.scores.get(key), None),
            )
        columns |= {
            "score": Told(
                _("Score"),
                _once_finished(
                    lambda r: score_of(r.scores, weights.get(r.assignment.dossier.round_id, {})), None
                ),
            ),
            "advice": Told(_("Advice"), _once_finished(lambda r: str(r.get_advice_display()))),
            "comments": Told(_("Comments for colleagues"), _once_finished(lambda r: r.comments)),
            "words_for_author": Told(_("Words for the author"), _once_finished(lambda r: r.words_for_author)),
        }
    return Columns(columns)


def _once_finished(say: Callable[[Review], Any], else_say: Any = "") -> Callable[[Review], Any]:
    """What somebody is still writing is theirs alone, as on the page of the case."""
    return lambda review: say(review) if review.finished_at else else_say


def _decisions(sight: Sight) -> Columns:
    return Columns(
        {
            "reference": Told(_("Reference"), lambda d: d.dossier.case.reference),
            "title": Told(_("Title"), lambda d: words_for(d.dossier, sight, d.submission.title)),
            "number": Told(_("Number of the decision"), lambda d: d.number),
            "version": Told(_("Version decided on"), lambda d: d.submission.number),
            "decision": Told(_("Decision"), lambda d: str(d.get_outcome_display())),
            "reasons": Told(_("Reasons for the author"), lambda d: words_for(d.dossier, sight, d.reasons)),
            "why_changed": Told(
                _("Why it was changed"), lambda d: words_for(d.dossier, sight, d.why_changed)
            ),
            "decided_by": Told(_("Decided by"), lambda d: str(d.decided_by)),
            "decided_at": Told(_("Decided (UTC)"), lambda d: _instant(d.decided_at)),
            "released_by": Told(_("Released by"), lambda d: str(d.release.released_by) if d.release else ""),
            "released_at": Told(
                _("Released (UTC)"), lambda d: _instant(d.release.released_at) if d.release else ""
            ),
        }
    )


def _instant(instant: datetime | None) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if instant else ""


# -- Rows, one at a time ---------------------------------------------------------------------------------------------


def sheet(resource: Columns, rows: QuerySet) -> Table:
    """A line of titles, then one line a row; nothing in it that a spreadsheet would run."""
    yield [harmless(title) for title in resource.get_export_headers()]
    for row in rows.iterator(chunk_size=CHUNK):
        yield ["" if value is None else harmless(value) for value in resource.export_resource(row)]


def objects(resource: Columns, rows: QuerySet) -> Iterator[dict[str, Any]]:
    """One object a row, by the stable key of each column; what is not there is null or ""."""
    keys = list(resource.fields)
    for row in rows.iterator(chunk_size=CHUNK):
        yield dict(zip(keys, resource.export_resource(row), strict=True))
