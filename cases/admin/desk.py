"""The desk: the list of cases with what waits, one case as text, and what staff may do about it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import publishing, submitting
from cases.admin import case_file
from cases.admin.forms import ReopeningForm, WithdrawalForm
from cases.admin.narrowing import NARROWINGS, InOrder
from cases.drafting import NotAllowed
from cases.models import Case, Colleague, PublicCase
from cases.questions import BORDERS, label_of, lang_of
from cases.views.copies import download_of
from cases.waiting import waiting
from people import times
from people.admin import ReadOnly
from people.models import normal
from people.narrowing import ShortSightedList

#: So many words of a search are looked for; each has to be found.
MOST_WORDS = 5


class CaseList(ShortSightedList):
    """A page of cases, in the order that was asked for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return list(InOrder.ORDERS.get(self.params.get("order", ""), InOrder.ORDERS[""]))


@admin.register(Case)
class CaseAdmin(ReadOnly):
    """What was handed in is read here; nobody in the office writes in a case, and nobody sees a draft's answers."""

    list_display = ["reference", "title", "status"]
    list_filter = [*NARROWINGS, InOrder]
    search_fields = ["reference"]  # what is searched is told in get_search_results
    search_help_text = gettext_lazy("Reference, title, organisation, or the beginning of an author’s address")
    actions = None

    # -- The list ------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return CaseList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("call", "latest")
            .only(
                "reference",
                "status",
                "title",
                "handed_in_at",
                "late_at",
                "reopening_asked_at",
                "reopened_until",
                "call__year",
                "call__zone_name",
                "latest__title",
                "latest__organisation",
                "latest__border_kind",
                "latest__in_time",
                "latest__number",
                "latest__language",
            )
        )

    def get_search_results(self, request, queryset, search_term):
        for word in search_term.replace("\0", "").split()[:MOST_WORDS]:
            queryset = queryset.filter(self._holding(request, word))
        return queryset, False

    def _holding(self, request: HttpRequest, word: str) -> Q:
        """The latest submission says it, or a draft is called so; an address is found by how it begins."""
        holds = (
            Q(reference__istartswith=word)
            | Q(latest__title__icontains=word)
            | Q(latest__organisation__icontains=word)
            | Q(latest__isnull=True, title__icontains=word)
        )
        if "@" in word and request.user.has_perm("people.view_address"):
            parts = Colleague.objects.filter(
                role=Colleague.Role.AUTHOR, address__email__startswith=normal(word)
            )
            holds |= Q(pk__in=parts.values("case"))
        return holds

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Cases"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            response.context_data |= {
                "waiting": waiting(),
                "rows": [row_of(case, request.arrived_at) for case in shown.result_list],
            }
        return response

    # -- One case ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        def mine(route: str, view, name: str):
            return path(route, self.admin_site.admin_view(view), name=f"cases_case_{name}")

        return [
            mine("<int:pk>/version/<int:number>/", self.version_view, "version"),
            mine("<int:pk>/file/<str:code>/", self.file_view, "file"),
            mine("<int:pk>/reopen/", self.reopen_view, "reopen"),
            mine("<int:pk>/withdraw/", self.withdraw_view, "withdraw"),
            mine("<int:pk>/prepare/", self.prepare_view, "prepare"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        raise PermissionDenied

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        return self._reading(request, self._found(request, object_id))

    def version_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        return self._reading(request, self._found(request, pk), number=number)

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        case = self._found(request, object_id)
        return HttpResponseRedirect(reverse("admin:cases_case_change", args=[case.pk]) + "#history")

    def file_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """A file that was handed in, as a download. Files of a draft stay with its authors."""
        case = self._found(request, pk)
        attachment = case.attachments.filter(code=code).first()
        named = (file["code"] for submission in case.submissions.all() for file in submission.files)
        if attachment is None or code not in named:
            raise Http404
        return download_of(attachment)

    def _found(self, request: HttpRequest, pk: int | str) -> Case:
        """The case for those who may read it; else 404 or 403."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return (
                Case.objects.select_related("call", "latest__by").defer("answers", "versions").get(pk=int(pk))
            )
        except (Case.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def _reading(self, request: HttpRequest, case: Case, number: int | None = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        submission = case.latest
        if number is not None and (submission is None or number != submission.number):
            submission = case.submissions.select_related("by").filter(number=number).first()
            if submission is None:
                raise Http404
        context = case_file.contents(case, submission, reader=request.user, at=request.arrived_at)
        context["may_reopen"] = request.user.has_perm("cases.reopen_case") and can_be_reopened(case)
        context["may_withdraw"] = request.user.has_perm("cases.withdraw_case") and case.may_become(
            Case.Status.WITHDRAWN
        )
        context["public"] = PublicCase.objects.filter(case=case).only("pk", "case").first()
        context["may_prepare"] = case.status == Case.Status.ACCEPTED and request.user.has_perm(
            "cases.change_publiccase"
        )
        return self._page(request, case, "admin/cases/case/reading.html", context)

    # -- Doing -----------------------------------------------------------------------------------------------

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let this one case be changed and handed in until an instant."""
        case = self._found(request, pk)
        if not request.user.has_perm("cases.reopen_case"):
            raise PermissionDenied
        form = ReopeningForm(case.call, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            until = form.cleaned_data["until"]
            try:
                submitting.reopen(
                    case,
                    until=until,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at=request.arrived_at,
                )
            except NotAllowed as error:
                form.add_error(None, error.args[0])
            else:
                said = times.in_full(times.last_minute(until), case.call.zone)
                messages.success(
                    request,
                    _("The case is open until %(until)s. Its author is told by letter.") % {"until": said},
                )
                return HttpResponseRedirect(reverse("admin:cases_case_change", args=[case.pk]))
        context = {
            "form": form,
            "title": _("Reopen this case"),
            "button": _("Reopen"),
            "what_follows": [
                _(
                    "Its author and colleagues can change it and hand it in until then, whatever the call says."
                ),
                _("The author gets a letter with the new deadline. It ends by itself."),
            ],
            "city": times.city_name(case.call.zone),
        }
        return self._page(request, case, "admin/cases/case/deed.html", context)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the case out of the review for its author."""
        case = self._found(request, pk)
        if not request.user.has_perm("cases.withdraw_case"):
            raise PermissionDenied
        form = WithdrawalForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                submitting.withdraw(
                    case, by=request.user, reason=form.cleaned_data["reason"], at=request.arrived_at
                )
            except NotAllowed as error:
                form.add_error(None, error.args[0])
            else:
                messages.success(request, _("The case is withdrawn. Its author is told by letter."))
                return HttpResponseRedirect(reverse("admin:cases_case_change", args=[case.pk]))
        context = {
            "form": form,
            "title": _("Withdraw on behalf of the author"),
            "button": _("Withdraw"),
            "what_follows": [
                _("The case is not read any further. What was handed in and its receipts stay."),
                _("The author gets a letter that says so. Until the deadline they can hand in again."),
            ],
        }
        return self._page(request, case, "admin/cases/case/deed.html", context)

    def prepare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin the public version of an accepted case; a button alone, for it begins with what was handed in."""
        case = self._found(request, pk)
        if not request.user.has_perm("cases.change_publiccase"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            public = publishing.start(case, by=request.user, at=request.arrived_at)
        except NotAllowed as error:
            messages.error(request, error.args[0])
            return HttpResponseRedirect(reverse("admin:cases_case_change", args=[case.pk]))
        return HttpResponseRedirect(reverse("admin:cases_publiccase_edit", args=[public.pk]))

    def _page(self, request: HttpRequest, case: Case, template: str, context: dict) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "case": case,
            "name": case.reference or _("Draft %(n)s") % {"n": case.pk},
            "heading": title_of(case),
            "heading_lang": lang_of(case.latest.language) if case.latest else None,
        }
        return TemplateResponse(request, template, frame | context)


def title_of(case: Case) -> str:
    """What the latest submission is called; a draft goes by its working title."""
    title = case.latest.title if case.latest else case.title
    return title or _("Untitled draft")


def can_be_reopened(case: Case) -> bool:
    return case.may_become(Case.Status.HANDED_IN)


def row_of(case: Case, at) -> dict:
    """One line of the list, in words."""
    zone = case.call.zone
    handed_in = case.latest is not None
    return {
        "url": f"{case.pk}/change/",
        "reference": case.reference or _("Draft %(n)s") % {"n": case.pk},
        "title": title_of(case),
        "lang": lang_of(case.latest.language) if handed_in else None,
        "status": case.get_status_display(),
        "status_key": case.status,
        "organisation": case.latest.organisation if handed_in else "",
        "border": label_of(BORDERS, case.latest.border_kind) if handed_in else "",
        "handed_in": f"{case.handed_in_at.astimezone(zone):%Y-%m-%d %H:%M}" if case.handed_in_at else "",
        "marks": marks_of(case, at),
    }


def marks_of(case: Case, at) -> list[str]:
    """Facts beside the status that somebody at the desk should not miss."""
    marks = []
    if case.reopening_asked_at:
        marks.append(_("asks for reopening"))
    if case.reopened_until and at < case.reopened_until:
        marks.append(_("reopened"))
    if case.late_at and (case.handed_in_at is None or case.handed_in_at < case.late_at):
        marks.append(_("kept late"))
    if case.latest and case.latest.in_time == "grace":
        marks.append(_("within the grace"))
    if case.latest and case.latest.in_time == "reopened":
        marks.append(_("after reopening"))
    return marks
