"""What waits for staff, in numbers: for the front page of the office and the top of its list of cases."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from cases.models import Agreement, Case, Partner, PublicCase, YearlyCheck

_Answer = Agreement.Answer


@dataclass(frozen=True)
class Waiting:
    handed_in: int
    asking: int  # for their case to be reopened
    drafts: int


def waiting() -> Waiting:
    """Two statements, both answered by an index alone."""
    by_status = dict(Case.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return Waiting(
        handed_in=by_status.get(Case.Status.HANDED_IN, 0),
        asking=Case.objects.asking_for_reopening().count(),
        drafts=by_status.get(Case.Status.DRAFT, 0),
    )


# -- Public versions ---------------------------------------------------------------------------------------------------


#: What somebody has to do with public versions: the list is narrowed by these, and the front page counts them.
CONDITIONS: dict[str, Q] = {
    "ask": Q(state=PublicCase.State.PREPARING, last_answer__isnull=True),
    "author": Q(last_answer=""),
    "wishes": Q(last_answer__in=[_Answer.WISHES, _Answer.REFUSED]),
    "agreed": Q(state=PublicCase.State.PREPARING, last_answer=_Answer.AGREED),
}


def with_last_answer(rows: QuerySet[PublicCase]) -> QuerySet[PublicCase]:
    """Each with what its author answered last; None where nobody asked, "" where they are silent."""
    asked = Agreement.objects.filter(public_case=OuterRef("pk")).order_by("-pk").values("answer")
    return rows.annotate(last_answer=Subquery(asked[:1]))


def of_public_versions() -> dict[str, int]:
    """How much of each kind waits for staff, by the name by which the list is narrowed. Six statements, each
    answered by what waits and not by how much there is."""
    unfinished = with_last_answer(PublicCase.objects.filter(state=PublicCase.State.PREPARING))
    asked = with_last_answer(PublicCase.objects.filter(pk__in=Agreement.objects.filter(
        answer__in=[_Answer.WISHES, _Answer.REFUSED]
    ).values("public_case")))  # fmt: skip
    return {
        "begin": Case.objects.filter(status=Case.Status.ACCEPTED, public__isnull=True).count(),
        "agreed": unfinished.filter(CONDITIONS["agreed"]).count(),
        "wishes": asked.filter(CONDITIONS["wishes"]).count(),
        "partners": Partner.objects.to_look_at().values("public_case").distinct().count(),
        "changed": YearlyCheck.objects.filter(looked_at__isnull=True)
        .exclude(answer="")
        .values("public_case")
        .distinct()
        .count(),
        "take-down": PublicCase.objects.filter(withdrawal_asked_at__isnull=False).count(),
    }
