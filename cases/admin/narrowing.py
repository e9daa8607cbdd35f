"""The questions by which staff narrow the list of cases. Choices come from the form, never from the table."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Call, Case, Facet, Submission
from cases.questions import BORDERS, MECHANISMS, SECTORS, STAGES
from people.narrowing import Narrowing
from people.places import LEVELS, country_choices


class ByStatus(Narrowing):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return Case.Status.choices

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        return cases.filter(status=value)


class ByFacet(Narrowing):
    """By what the latest submission says: one probe of the index of facets for each case looked at."""

    kind = ""
    known: tuple = ()

    def lookups(self, request, model_admin):
        return self.known

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        return cases.filter(Exists(Facet.objects.filter(kind=self.kind, value=value, case=OuterRef("pk"))))


class ByCountry(ByFacet):
    title = _("country")
    parameter_name = kind = "country"

    def lookups(self, request, model_admin):
        return country_choices()


class ByLevel(ByFacet):
    title = _("level")
    parameter_name = kind = "level"
    known = LEVELS


class BySector(ByFacet):
    title = _("sector")
    parameter_name = kind = "sector"
    known = SECTORS


class ByStage(ByFacet):
    title = _("stage")
    parameter_name = kind = "stage"
    known = STAGES


class ByMechanism(ByFacet):
    title = _("mechanism")
    parameter_name = kind = "mechanism"
    known = MECHANISMS


class ByBorder(ByFacet):
    title = _("kind of border")
    parameter_name = kind = "border"
    known = BORDERS


class ByDeadline(Narrowing):
    """How a case stands to the deadline: when it was handed in, or what is asked for it."""

    title = _("deadline")
    parameter_name = "deadline"

    def lookups(self, request, model_admin):
        return (
            ("open", _("Handed in in time")),
            ("grace", _("Handed in within the grace")),
            ("reopened", _("Handed in after reopening")),
            ("late", _("Kept late, not handed in")),
            ("asking", _("Asks for reopening")),
        )

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        if value == "late":
            return cases.filter(KEPT_LATE)
        if value == "asking":
            return cases.asking_for_reopening()
        return cases.filter(latest__in=Submission.objects.filter(in_time=value))


#: Written in after the close, and not handed in since.
KEPT_LATE = Q(late_at__isnull=False) & (Q(handed_in_at__isnull=True) | Q(handed_in_at__lt=F("late_at")))


class ByCall(Narrowing):
    title = _("call")
    parameter_name = "call"

    def lookups(self, request, model_admin):
        return [(str(pk), str(year)) for pk, year in Call.objects.values_list("pk", "year")]

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        return cases.filter(call=int(value))


class ByPublication(Narrowing):
    title = _("public version")
    parameter_name = "publication"

    def lookups(self, request, model_admin):
        return (("begin", _("Accepted, public version to begin")), ("begun", _("Has a public version")))

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        if value == "begin":
            return cases.filter(status=Case.Status.ACCEPTED, public__isnull=True)
        return cases.filter(public__isnull=False)


class InOrder(Narrowing):
    """Not a way of narrowing, but asked in the same breath."""

    title = _("order")
    parameter_name = "order"
    first = _("Handed in last")
    ORDERS = {
        "": (F("handed_in_at").desc(nulls_last=True), "-pk"),
        "earliest": (F("handed_in_at").asc(nulls_last=True), "pk"),
        "reference": (F("reference").asc(nulls_last=True), "pk"),
        "begun": ("-pk",),
    }

    def lookups(self, request, model_admin):
        return (
            ("earliest", _("Handed in first")),
            ("reference", _("By reference")),
            ("begun", _("Begun last")),
        )

    def narrow(self, cases: QuerySet, value: str) -> QuerySet:
        return cases


NARROWINGS = [
    ByStatus,
    ByCountry,
    ByLevel,
    BySector,
    ByStage,
    ByMechanism,
    ByBorder,
    ByDeadline,
    ByPublication,
    ByCall,
]
