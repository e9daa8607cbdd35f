"""The questions by which staff narrow the list of cases in review. Each asks columns of the dossier that are indexed."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Call, Facet
from cases.questions import SECTORS
from people.narrowing import Narrowing
from people.places import country_choices
from reviews import seeing
from reviews.models import Answer, Assignment, Dossier, Reviewer


class ByStep(Narrowing):
    title = _("step")
    parameter_name = "step"

    def lookups(self, request, model_admin):
        return Dossier.Step.choices

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        return dossiers.filter(step=value)


class ByMark(Narrowing):
    """What somebody at the desk should not miss."""

    title = _("mark")
    parameter_name = "mark"

    def lookups(self, request, model_admin):
        self.at = getattr(request, "arrived_at", None) or timezone.now()
        self.user = request.user
        return (
            ("overdue", _("review overdue")),
            ("came-back", _("came back from its author")),
            ("asked", _("author asked, no answer yet")),
            ("discuss", _("to discuss")),
            ("duplicate", _("likely duplicate")),
            ("not-eligible", _("not eligible as computed")),
        )

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        if value == "overdue":
            return dossiers.overdue(self.at)
        if value == "discuss":
            return self._to_discuss(dossiers)
        marked = {
            "came-back": dossiers.come_back,
            "asked": dossiers.waiting_for_author,
            "duplicate": dossiers.likely_duplicates,
            "not-eligible": dossiers.not_eligible,
        }
        return marked[value]()

    def _to_discuss(self, dossiers: QuerySet) -> QuerySet:
        """That scores lie apart is told only to those who may see them."""
        if not self.user.has_perm("reviews.see_scores"):
            return dossiers.none()
        return dossiers.to_discuss().filter(seeing.open_to(self.user))


class ByVerdict(Narrowing):
    title = _("screening")
    parameter_name = "screening"

    def lookups(self, request, model_admin):
        return (
            (Answer.YES, _("all four tests hold")),
            (Answer.UNCLEAR, _("not clear yet")),
            (Answer.NO, _("a test fails")),
        )

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        return dossiers.filter(verdict=value)


class ByReviewer(Narrowing):
    title = _("reviewer")
    parameter_name = "reviewer"

    def lookups(self, request, model_admin):
        people = Reviewer.objects.select_related("user").only("user__name", "user__email")
        return tuple((str(reviewer.pk), str(reviewer)) for reviewer in people[:200])

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        given = Assignment.objects.active().filter(reviewer=int(value), dossier=OuterRef("pk"))
        return dossiers.filter(Exists(given))


class ByFacet(Narrowing):
    kind = ""

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        said = Facet.objects.filter(kind=self.kind, value=value, case=OuterRef("case"))
        return dossiers.filter(Exists(said))


class ByCountry(ByFacet):
    title = _("country")
    parameter_name = kind = "country"

    def lookups(self, request, model_admin):
        return country_choices()


class BySector(ByFacet):
    title = _("sector")
    parameter_name = kind = "sector"

    def lookups(self, request, model_admin):
        return SECTORS


class ByRound(Narrowing):
    title = _("call")
    parameter_name = "call"

    def lookups(self, request, model_admin):
        return tuple((str(year), str(year)) for year in Call.objects.values_list("year", flat=True))

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        return dossiers.filter(round__call__year=int(value))


class InOrder(Narrowing):
    title = _("order")
    parameter_name = "order"
    first = _("Newest first")
    ORDERS = {
        "": ["-pk"],
        "oldest": ["pk"],
        "due": [F("due_at").asc(nulls_last=True), "pk"],
    }

    def lookups(self, request, model_admin):
        return (("oldest", _("Oldest first")), ("due", _("Due first")))

    def narrow(self, dossiers: QuerySet, value: str) -> QuerySet:
        return dossiers  # the list itself sorts


NARROWINGS = [ByStep, ByVerdict, ByMark, ByReviewer, ByCountry, BySector, ByRound, InOrder]
