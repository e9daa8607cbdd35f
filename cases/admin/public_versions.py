"""Public versions in the office: the list with what waits, the page of one, its text, and what is different."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import pictures, preparing, showing, waiting
from cases.admin import public_file
from cases.admin.public_deeds import PublicDeeds
from cases.admin.public_forms import EditForm
from cases.admin.public_pages import MAY_EDIT, PublicPages
from cases.models import Partner, PublicCase, YearlyCheck
from cases.preparing import SavedMeanwhile
from cases.views.copies import download_of
from cases.views.public_files import picture_response
from people.admin import ReadOnly
from people.narrowing import Narrowing, ShortSightedList

PARTNERS_WAIT = Exists(Partner.objects.to_look_at().filter(public_case=OuterRef("pk")))
CHECK_WAITS = Exists(
    YearlyCheck.objects.filter(public_case=OuterRef("pk"), looked_at__isnull=True).exclude(answer="")
)


class ByState(Narrowing):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return PublicCase.State.choices

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(state=value)


class ByOrigin(Narrowing):
    title = gettext_lazy("origin")
    parameter_name = "origin"

    def lookups(self, request, model_admin):
        return PublicCase.Origin.choices

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(origin=value)


class ByWaiting(Narrowing):
    """What somebody has to do."""

    title = gettext_lazy("what waits")
    parameter_name = "waits"

    def lookups(self, request, model_admin):
        return (
            ("ask", gettext_lazy("The author is to be asked")),
            ("author", gettext_lazy("The author has not answered")),
            ("wishes", gettext_lazy("The author wishes changes or refuses")),
            ("agreed", gettext_lazy("The author agrees, to be published")),
            ("partners", gettext_lazy("A partner said something")),
            ("changed", gettext_lazy("Something has changed, says the author")),
            ("take-down", gettext_lazy("The author wants it taken down")),
        )

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(CONDITIONS[value])


#: What each way of waiting means; the front page counts the same.
CONDITIONS: dict[str, Q] = {
    **waiting.CONDITIONS,
    "partners": Q(partners_wait=True),
    "changed": Q(check_waits=True),
    "take-down": Q(withdrawal_asked_at__isnull=False),
}


class PublicList(ShortSightedList):
    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return ["-pk"]


@admin.register(PublicCase)
class PublicCaseAdmin(PublicDeeds, PublicPages, ReadOnly):
    """What is public, was, or will be; every change is a deed with a page of its own."""

    list_display = ["title", "state"]
    list_filter = [ByState, ByWaiting, ByOrigin]
    search_fields = ["title"]  # what is searched is told in get_search_results
    search_help_text = gettext_lazy("Reference or title")
    actions = None

    PAGES = (
        ("edit/", "edit", "edit_view"),
        ("compare/", "compare", "compare_view"),
        ("preview/", "preview", "preview_view"),
        ("picture/<str:code>-<int:width>.webp", "picture", "picture_view"),
        ("file/<str:code>/", "file", "file_view"),
    )
    DEEDS = (
        ("edit", gettext_lazy("Edit the text"), MAY_EDIT),
        ("compare", gettext_lazy("What is different"), "cases.view_publiccase"),
        ("preview", gettext_lazy("As readers would see it"), "cases.view_publiccase"),
    )

    # -- The list ------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return PublicList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            waiting.with_last_answer(super().get_queryset(request))
            .select_related("case")
            .defer("facets", "card", "short", "case__answers", "case__versions")
            .annotate(partners_wait=PARTNERS_WAIT, check_waits=CHECK_WAITS)
        )

    def get_search_results(self, request, queryset, search_term):
        for word in search_term.replace("\0", "").split()[:5]:
            queryset = queryset.filter(
                Q(title__icontains=word)
                | Q(case__reference__istartswith=word)
                | Q(case__title__icontains=word)
            )
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Public versions"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            response.context_data |= {"rows": [public_file.row_of(public) for public in shown.result_list]}
        return response

    # -- One of them ---------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        raise PermissionDenied

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        public = self.public_for(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.public_page(
            request,
            public,
            "reading",
            title="",
            deeds=self.deeds_for(request, public),
            may_edit=request.user.has_perm(MAY_EDIT),
            **public_file.contents(public, reader=request.user, at=request.arrived_at),
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        public = self.public_for(request, object_id)
        return HttpResponseRedirect(reverse("admin:cases_publiccase_change", args=[public.pk]) + "#history")

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The text, its pictures and files. Nothing of it is public by being saved."""
        public = self.public_for(request, pk, MAY_EDIT)
        form = EditForm(public, request.POST if request.method == "POST" else None)
        status = 200
        if form.is_bound:
            status = 422
            if form.is_valid():
                try:
                    made = self._pictures(request, public, form)
                    preparing.save(
                        public,
                        form.content(made),
                        version=form.cleaned_data["version"],
                        by=request.user,
                        at=request.arrived_at,
                    )
                except pictures.NoPicture as error:
                    form.add_error(None, str(error))
                except SavedMeanwhile as meanwhile:
                    form.take_turns(meanwhile.public)
                    status = 409
                else:
                    messages.success(request, _("The text is saved. Nothing of it is public yet."))
                    return self.back_to(public, "compare")
        response = self.public_page(request, public, "edit", title=_("Edit the text"), form=form)
        response.status_code = status
        return response

    def _pictures(self, request: HttpRequest, public: PublicCase, form: EditForm) -> dict[str, Any]:
        """The pictures of the chosen files, made now if need be. Raises NoPicture."""
        codes = form.shown_pictures()
        if not codes or public.case is None:
            return {}
        found = public.case.attachments.filter(code__in=codes, kind="image")
        return {each.code: pictures.made_of(public, each, at=request.arrived_at) for each in found}

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Word by word beside what was handed in."""
        rights = [MAY_EDIT] if request.method == "POST" else []
        public = self.public_for(request, pk, *rights)
        if request.method == "POST":
            preparing.rest_on_newest(public, by=request.user, at=request.arrived_at)
            messages.success(request, _("Compared with the newest version from now on."))
            return self.back_to(public, "compare")
        rows = preparing.differences(public)
        is_older = bool(public.case and public.made_from_id != public.case.latest_id)
        return self.public_page(
            request,
            public,
            "compare",
            title=_("What is different"),
            rows=rows,
            changed=len(rows.changed),
            newer=public.case.latest.number if is_older and public.case and public.case.latest else 0,
            may_edit=request.user.has_perm(MAY_EDIT),
        )

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        public = self.public_for(request, pk)
        address = reverse("admin:cases_publiccase_picture", args=[public.pk, "CODE", 0])
        shown = showing.before_readers(
            public, public.draft, pictures_at=address.replace("-0.webp", "-WIDTH.webp")
        )
        return self.public_page(request, public, "preview", title=_("As readers would see it"), shown=shown)

    def picture_view(self, request: HttpRequest, pk: int, code: str, width: int) -> HttpResponse:
        found = self.public_for(request, pk).pictures.filter(code=code).first()
        if found is None:
            raise Http404
        return picture_response(request, found, width, is_public=False)

    def file_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """A file of the version that the public one rests on, so that staff can look before they offer it."""
        public = self.public_for(request, pk)
        named = [file["code"] for file in public.made_from.files] if public.made_from else []
        attachment = public.case.attachments.filter(code=code).first() if public.case else None
        if attachment is None or code not in named:
            raise Http404
        return download_of(attachment)
