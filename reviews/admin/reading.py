"""A reviewer's pile, and the page on which one case is read and scored."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.views.copies import download_of
from people import times
from people.admin import ReadOnly
from people.narrowing import Narrowing, ShortSightedList
from reviews import assigning, blinding, reviewing
from reviews.admin import reading_desk, review_words
from reviews.admin.pages import Pages
from reviews.admin.reading_form import ConflictForm, ReviewForm
from reviews.models import Assignment, Criterion, Dossier, Review, Reviewer

MAY_READ = "reviews.read_dossier"
#: The columns of an assignment and of its review …
OWN = (
    *(field.name for field in Assignment._meta.concrete_fields),
    *(f"review__{field.name}" for field in Review._meta.concrete_fields),
)
#: … and what a page needs of what hangs on them: the texts of the call and the figures of the round are long.
NEEDED = (
    *(f"dossier__{name}" for name in ("step", "case", "round", "submission")),
    *(f"dossier__round__{name}" for name in ("blind", "begun_at")),
    *(f"dossier__case__{name}" for name in ("reference", "call")),
    "dossier__case__call__zone_name",
    *(f"dossier__submission__{name}" for name in ("number", "arrived_at", "title", "language", "content")),
    "review__submission__number",
    "review__submission__content",
)


class ByDone(Narrowing):
    """What is to be read, unless somebody asks for more."""

    title = gettext_lazy("show")
    parameter_name = "show"
    first = gettext_lazy("to read")

    def lookups(self, request, model_admin):
        return (("finished", gettext_lazy("finished")), ("all", gettext_lazy("all")))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.value()
        if asked == "finished":
            return queryset.filter(finished_at__isnull=False)
        return queryset if asked else queryset.wanted()


class Pile(ShortSightedList):
    """What is due first lies on top, as on the reading page."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return ["due_at", "pk"]


@admin.register(Assignment)
class AssignmentAdmin(Pages, ReadOnly):
    """«My pile»: nobody, whatever their role, sees the pile of somebody else here."""

    called = gettext_lazy("My pile")
    list_display = ["dossier"]
    list_select_related: tuple[str, ...] = ()  # not False, for which Django fetches all that hangs on a case
    list_filter = [ByDone]
    actions = None
    PAGES = (("save/", "save", "save_view"), ("file/<str:code>/", "file", "file_view"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_READ)

    def has_view_permission(self, request: HttpRequest, obj: Assignment | None = None) -> bool:
        return request.user.has_perm(MAY_READ)

    # -- The pile ------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return Pile

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            Assignment.objects.of(request.user)
            .active()
            .only("due_at")  # what its lines show is asked for those of one page
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("My pile"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            response.context_data |= self._lines(request, [one.pk for one in shown.result_list])
        return response

    def _lines(self, request: HttpRequest, keys: list[int]) -> dict[str, Any]:
        pile = Assignment.objects.filter(pk__in=keys).order_by("due_at", "pk")
        reviewer = Reviewer.objects.filter(user=request.user).values_list("pk", flat=True).first()
        return {
            "rows": reading_desk.listed(pile, at=request.arrived_at),
            "progress": reading_desk.progress_of(reviewer or 0),
        }

    # -- One case ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        raise PermissionDenied

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        one = self._mine(request, object_id)
        return HttpResponseRedirect(reverse("admin:reviews_assignment_change", args=[one.pk]) + "#history")

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        one = self._mine(request, object_id)
        if request.method == "POST":
            deeds = {"clear": self._clear, "conflict": self._conflict}
            return deeds.get(request.POST.get("do", ""), self._save)(request, one)
        if one.ended_at is not None:
            return self._no_longer(request, one)
        if one.cleared_at is None:
            return self._asking(request, one)
        return self._reading(request, one)

    def save_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page sends by itself while somebody types; the answer is for its script."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        one = self._mine(request, pk)
        criteria = self._criteria(one)
        form = ReviewForm(criteria, request.POST)
        if not form.is_valid():
            return JsonResponse({"said": " ".join(errors_of(form).values())}, status=422)
        try:
            review = self._kept(request, one, form)
        except reviewing.SavedElsewhere as other:
            theirs = elsewhere(other, criteria)
            return JsonResponse({"version": other.review.version, "theirs": theirs}, status=409)
        except reviewing.Incomplete:
            return JsonResponse({"said": _("A finished review stays complete.")}, status=422)
        except (reviewing.NotYours, reviewing.Over, reviewing.NotAsked):
            return JsonResponse({"said": _("This case is no longer yours to review.")}, status=410)
        points = [review.scores.get(one.key) for one in criteria]
        return JsonResponse(
            {
                "version": review.version,
                "saved_at": review.saved_at.isoformat(),
                "scored": reading_desk.scored_in_words(points),
            }
        )

    def file_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """A file of the case, for those who read it; where the round is blind, under a name that says nothing."""
        one = self._mine(request, pk)
        dossier = one.dossier
        if one.ended_at is not None or one.cleared_at is None or dossier.step == Dossier.Step.OUT:
            raise PermissionDenied
        files = dossier.submission.files
        number = next((n for n, file in enumerate(files, 1) if file["code"] == code), 0)
        attachment = dossier.case.attachments.filter(code=code).first()
        if attachment is None or not number:
            raise Http404
        if dossier.round.blind:
            attachment.name = blinding.download_named(dossier.case.reference or "", number, files[number - 1])
        return download_of(attachment)

    # -- What is pressed -----------------------------------------------------------------------------------------

    def _clear(self, request: HttpRequest, one: Assignment) -> HttpResponse:
        try:
            reviewing.clear(one, at=request.arrived_at)
        except (reviewing.NotYours, reviewing.Over):
            return self._no_longer(request, self._mine(request, one.pk))
        return self._to(one)

    def _conflict(self, request: HttpRequest, one: Assignment) -> HttpResponse:
        if one.ended_at is not None:
            return self._no_longer(request, one)
        form = ConflictForm(request.POST)
        if not form.is_valid():
            page = self._asking if one.cleared_at is None else self._reading
            return page(request, one, conflict=form.shown, status=422)
        assigning.declare_conflict(one, reason=form.cleaned_data["reason"], at=request.arrived_at)
        said = _("Thank you for saying so. %(case)s is no longer on your pile.")
        messages.success(request, said % {"case": one.dossier.case.reference})
        return HttpResponseRedirect(reverse("admin:reviews_assignment_changelist"))

    def _save(self, request: HttpRequest, one: Assignment) -> HttpResponse:
        criteria = self._criteria(one)
        form = ReviewForm(criteria, request.POST)
        if one.ended_at is not None:
            return self._no_longer(request, one, form)
        if not form.is_valid():
            return self._reading(request, one, form=form, errors=errors_of(form), status=422)
        try:
            self._kept(request, one, form)
            if request.POST.get("do") == "finish":
                reviewing.finish(one, at=request.arrived_at)
        except reviewing.SavedElsewhere as other:
            return self._reading(request, self._mine(request, one.pk), form=form, other=other, status=409)
        except reviewing.Incomplete as missing:
            errors = {name: lacking(name) for name in missing.fields}
            return self._reading(request, self._mine(request, one.pk), form=form, errors=errors, status=422)
        except reviewing.NotAsked:
            return self._to(one)
        except (reviewing.NotYours, reviewing.Over):
            return self._no_longer(request, self._mine(request, one.pk), form)
        if request.POST.get("do") == "finish":
            return self._onwards(request, one)
        return self._to(one, "#rubric")

    def _kept(self, request: HttpRequest, one: Assignment, form: ReviewForm) -> Review:
        said = form.cleaned_data
        return reviewing.save(one, form.values, said["version"], at=request.arrived_at, read=said.get("read"))

    def _onwards(self, request: HttpRequest, one: Assignment) -> HttpResponse:
        """To the next case of the pile, and say where the colleagues' reviews of this one can be seen."""
        said = _("Your review of {case} is finished. What colleagues gave can be seen there.")
        address = reverse("admin:reviews_assignment_change", args=[one.pk])
        link = format_html('<a href="{}">{}</a>', address, one.dossier.case.reference)
        messages.success(request, format_html(said, case=link))
        if following := reading_desk.next_to_read(one):
            return self._to(following, "#content-start")  # else the browser goes on with the old fragment
        messages.success(request, _("That was the last one on your pile. Thank you."))
        return HttpResponseRedirect(reverse("admin:reviews_assignment_changelist"))

    def _to(self, one: Assignment, anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:reviews_assignment_change", args=[one.pk]) + anchor)

    # -- What is shown -------------------------------------------------------------------------------------------

    def _mine(self, request: HttpRequest, pk: int | str) -> Assignment:
        """What this person was given, also if it has ended since; else 404 or 403."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Assignment.objects.of(request.user).select_related(
            "dossier__round", "dossier__case__call", "dossier__submission", "review__submission"
        )
        try:
            return rows.only(*OWN, *NEEDED).get(pk=int(pk))
        except (Assignment.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def _criteria(self, one: Assignment) -> list[Criterion]:
        return list(one.dossier.round.criteria.order_by("position", "pk"))

    def _asking(
        self,
        request: HttpRequest,
        one: Assignment,
        *,
        conflict: dict[str, str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Title and places, and the question whether there is a conflict of interest; nothing else yet."""
        context = reading_desk.before_opening(one) | (conflict or {})
        return self._shown(request, one, "asking", context, status)

    def _reading(
        self,
        request: HttpRequest,
        one: Assignment,
        *,
        form: ReviewForm | None = None,
        errors: dict[str, str] | None = None,
        other: reviewing.SavedElsewhere | None = None,
        conflict: dict[str, str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The case beside its rubric; with what was typed where it could not be kept, or is not complete."""
        if one.dossier.step == Dossier.Step.OUT:
            return self._no_longer(request, one, form)
        criteria, review = self._criteria(one), getattr(one, "review", None)
        zone = one.dossier.case.call.zone
        context = reading_desk.contents(one, user=request.user, at=request.arrived_at) | {
            "rubric": reading_desk.rubric_of(
                review, criteria, typed=form.typed if form else {}, errors=errors or {}
            ),
            "version": review.version if review else 0,
            "read": one.dossier.submission_id,
            "number": one.dossier.submission.number,
            "was_number": review.submission.number if review else None,
            "saved": times.clock(review.saved_at, zone) if review else "",
            "city": times.city_name(zone),
            "errors": [(name, named(name, criteria), words) for name, words in (errors or {}).items()],
            "elsewhere": elsewhere(other, criteria).values() if other else [],
            "over": reviewing.is_over(one),
            "others": reading_desk.others_of(one, criteria, user=request.user),
            "changes": review_words.changes_in(review.history, criteria, most=reading_desk.SHOWN)
            if review and review.finished_at not in (None, review.saved_at)
            else [],
            **(conflict or {}),
        }
        return self._shown(request, one, "reading", context, status)

    def _no_longer(
        self, request: HttpRequest, one: Assignment, form: ReviewForm | None = None
    ) -> HttpResponse:
        """The case is not this person's to review any more. What they had just typed stands there to be copied."""
        context = {
            "why": one.ended_why if one.ended_at else "",
            "withdrawn": one.dossier.step == Dossier.Step.OUT,
            "typed": typed_in_words(form, self._criteria(one)) if form else [],
            "heading": "",
        }
        return self._shown(request, one, "no_longer", context, 410)

    def _shown(
        self, request: HttpRequest, one: Assignment, template: str, context: dict[str, Any], status: int
    ) -> HttpResponse:
        name = one.dossier.case.reference
        response = self.page(
            request,
            f"assignment/{template}",
            title=name,
            trail=[(_("My pile"), reverse("admin:reviews_assignment_changelist"))],
            assignment=one,
            name=name,
            **context,
        )
        response.status_code = status
        return response


def errors_of(form: ReviewForm) -> dict[str, str]:
    """What is wrong, by field; what concerns the whole stands under «rubric»."""
    return {
        ("rubric" if name == "__all__" else name): " ".join(map(str, found))
        for name, found in form.errors.items()
    }


def named(name: str, criteria: list[Criterion]) -> str:
    """What the page calls a field; "" for the rubric as a whole."""
    if name == "advice":
        return _("Your advice")
    return "" if name in ("rubric", "version", "read") else review_words.label_of_field(name, criteria)


def lacking(name: str) -> str:
    return _("Choose an advice.") if name == "advice" else _("Give 0 to 4 points.")


def elsewhere(other: reviewing.SavedElsewhere, criteria: list[Criterion]) -> dict[str, dict[str, Any]]:
    """What stands where two windows differ: how the field is called, its value, and the value in words."""
    found = {}
    for name in other.fields:
        label, words = review_words.in_words(other.review, name, criteria)
        found[name] = {"label": label, "words": words, "value": reviewing.value_of(other.review, name)}
    return found


def typed_in_words(form: ReviewForm, criteria: list[Criterion]) -> list[tuple[str, str]]:
    typed = form.typed
    sent = Review(
        scores={one.key: typed[name] for one in criteria if (name := reviewing.score_of(one.key)) in typed},
        **{name: typed[name] for name in reviewing.WORDS if name in typed},
    )
    said = [review_words.in_words(sent, name, criteria) for name in typed]
    return [(label, words) for label, words in said if words]
