"""Pages below an issue: how it reads, whom it reaches, when it leaves, what was done with it."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from newsletter import issuing, letters
from newsletter.admin.forms import LeavingForm
from newsletter.models import Block, Issue, Mailing, Topic
from newsletter.models.issue import ZONE
from outbox.delivery import preview_html, written
from outbox.models import OutboxMessage
from outbox.posting import unsent
from people import times
from people.models import Address, Event, User
from people.texts import in_language

MAY_SEND = "newsletter.send_issue"
#: So much of a history is shown, the newest.
SHOWN = 100


class IssuePages:
    """Mixed into the admin of issues: a page is an address below the issue's own."""

    def get_urls(self) -> list:
        def below(route: str, view, name: str):
            return path(
                f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"newsletter_issue_{name}"
            )

        return [
            below("look/", self.look_view, "look"),
            below("html/<str:language>/", self.html_view, "html"),
            below("send/", self.send_view, "send"),
            below("try/", require_POST(self.try_view), "try"),
            below("call-back/", require_POST(self.call_back_view), "call_back"),
            *super().get_urls(),
        ]

    def issue_for(self, request: HttpRequest, pk: int, *rights: str) -> Issue:
        """The issue, for those who may view issues and have all of ``rights``; else 404 or 403."""
        issue = Issue.objects.filter(pk=pk).first() if pk < 2**63 else None
        if issue is None:
            raise Http404
        if not self.has_view_permission(request, issue) or not request.user.has_perms(rights):
            raise PermissionDenied
        return issue

    def page(
        self, request: HttpRequest, issue: Issue, template: str, title: str, **context: Any
    ) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "issue": issue,
            "original": issue,
            "title": title,
            "subtitle": str(issue),
            "leaves": said(issue.due_at),
        }
        return TemplateResponse(request, f"admin/newsletter/issue/{template}.html", frame | context)

    def back(self, issue: Issue, name: str = "look") -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:newsletter_issue_{name}", args=[issue.pk]))

    # -- How it reads ------------------------------------------------------------------------------------------------

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letter in each of its languages, as text and as a page; what is missing; whom it reaches."""
        issue = self.issue_for(request, pk)
        shown = []
        for language in issue.languages:
            words = written(sample(issue, language, request), blank_links=True)
            shown.append(
                {
                    "code": language,
                    "name": get_language_info(language)["name_translated"],
                    "subject": words.subject,
                    "text": words.text,
                }
            )
        return self.page(
            request,
            issue,
            "look",
            _("Look at it"),
            shown=shown,
            gaps=issuing.gaps(issue),
            reach=reach_in_words(issue),
            mailing=Mailing.objects.filter(key=f"{letters.NEWS}:{issue.pk}").first(),
            may_send=request.user.has_perm(MAY_SEND),
            may_change=self.has_change_permission(request, issue),
            me=request.user.email,
        )

    @method_decorator(csp_replace({"frame-ancestors": ["'self'"]}))
    @method_decorator(xframe_options_sameorigin)
    def html_view(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """The letter as a page that only our own pages may show inside a frame."""
        issue = self.issue_for(request, pk)
        if language not in issue.languages:
            raise Http404
        return HttpResponse(preview_html(sample(issue, language, request)))

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = self.issue_for(request, pk)
        if not (self.has_change_permission(request, issue) or request.user.has_perm(MAY_SEND)):
            raise PermissionDenied
        n = issuing.try_on(issue, by=request.user, at=request.arrived_at)
        words = ngettext(
            "%(n)d letter is on its way to you, %(email)s. Nobody else gets it.",
            "%(n)d letters, one for each language, are on their way to you, %(email)s. Nobody else gets them.",
            n,
        )
        messages.success(request, words % {"n": n, "email": request.user.email})
        return self.back(issue)

    # -- When it leaves ----------------------------------------------------------------------------------------------

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say when; see whom it reaches; confirm. Nothing happens before that."""
        issue = self.issue_for(request, pk, MAY_SEND)
        if not issue.is_editable:
            messages.info(request, _("It is scheduled or sent already."))
            return self.back(issue)
        form = LeavingForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid() and "change" not in request.POST:
            due_at = form.cleaned_data["due_at"]
            if "confirm" not in request.POST:
                return self.page(
                    request,
                    issue,
                    "send_preview",
                    _("Send it"),
                    sent=[(name, request.POST.get(name, "")) for name in form.fields],
                    due=said(due_at),
                    reach=reach_in_words(issue),
                    gaps=issuing.gaps(issue),
                )
            try:
                seen = int(request.POST.get("seen", "")[:9])
                done = issuing.schedule(
                    issue, due_at=due_at, seen=seen, by=request.user, at=request.arrived_at
                )
            except (issuing.NotPossible, ValueError) as trouble:
                words = (
                    trouble.args[0] if isinstance(trouble, issuing.NotPossible) else _("Please look again.")
                )
                form.add_error(None, words)
                issue.refresh_from_db()
            else:
                messages.success(request, _("It leaves: %(when)s.") % {"when": said(done.due_at)})
                return self.back(issue)
        return self.page(request, issue, "send", _("Send it"), form=form, gaps=issuing.gaps(issue))

    def call_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = self.issue_for(request, pk, MAY_SEND)
        try:
            issuing.call_back(issue, by=request.user, at=request.arrived_at)
        except issuing.NotPossible as trouble:
            messages.error(request, trouble.args[0])
        else:
            messages.success(request, _("It is a draft again; nobody has got it."))
        return self.back(issue)

    # -- What was done with it ---------------------------------------------------------------------------------------

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Who changed what, with what stood there before, and who sent it or called it back; newest first."""
        issue = self.get_object(request, object_id)
        if not self.has_view_permission(request, issue):
            raise PermissionDenied
        if issue is None:
            raise Http404
        records = [
            *issue.history.select_related("history_user")[: SHOWN + 1],
            *Block.history.filter(issue_id=issue.pk).select_related("history_user")[: SHOWN + 1],
        ]
        steps = sorted([*steps_of(records), *deeds_with(issue)], key=lambda step: step["at"], reverse=True)
        return self.page(request, issue, "history", _("History"), steps=steps[:SHOWN])


def sample(issue: Issue, language: str, request: HttpRequest) -> OutboxMessage:
    """The letter as whoever looks would get it; nothing is saved."""
    reader = Address(pk=0, email=request.user.email, language=language)
    return unsent(**letters.issue_to_try(issue, to=reader, language=language, at=request.arrived_at))


def said(instant) -> str:
    """«Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)»."""
    return times.in_full(instant, ZONE) if instant else ""


def reach_in_words(issue: Issue) -> dict[str, Any]:
    """Whom it would reach now: {"n", "topics", "rows"}, a row for each language with a number for each topic."""
    reach = issuing.reach_of(issue)
    chosen = [topic for topic in Topic.values if topic in issue.topics]
    return {
        "n": reach.n,
        "topics": [Topic(topic).label for topic in chosen],
        "rows": [
            {
                "language": language_name(row["language"]),
                "goes_in": language_name(row["goes_in"]),
                "n": row["n"],
                "counts": [row[topic] for topic in chosen],
            }
            for row in reach.rows
        ],
    }


def language_name(code: str) -> str:
    """«English» in the language of the office; the code itself for one that Django does not know."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code


# -- Histories -----------------------------------------------------------------------------------------------------------

_PASSED_OVER = {"id", "version", "made_at"}


def steps_of(records: list[Any]) -> list[dict[str, Any]]:
    """One step for each saving that changed something: {"at", "by", "what", "changes"}."""
    found, before = [], {}
    for record in sorted(records, key=lambda record: (record.history_date, record.history_id)):
        row = (record._meta.label, record.id)
        changes = list(_changes(before.get(row), record))
        if changes or record.history_type != "~":
            kind = capfirst(record.instance_type._meta.verbose_name)
            words = {"+": _("%(what)s added"), "-": _("%(what)s removed"), "~": _("%(what)s changed")}
            title = in_language(record.title)
            found.append(
                {
                    "at": record.history_date,
                    "by": str(record.history_user or _("the portal itself")),
                    "what": words[record.history_type] % {"what": f"{kind}: {title}" if title else kind},
                    "changes": changes,
                    "why": "",
                }
            )
        before[row] = record
    return found


def _changes(before: Any, record: Any):
    if before is None or record.history_type != "~":
        return
    for field in record.tracked_fields:
        was, is_ = getattr(before, field.attname), getattr(record, field.attname)
        if was != is_ and field.name not in _PASSED_OVER:
            yield capfirst(str(field.verbose_name)), _words(field, was), _words(field, is_)


def _words(field: Any, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict):
        return "\n".join(f"{code}: {words}" for code, words in value.items() if words) or "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return f"{value:%Y-%m-%d %H:%M} UTC" if hasattr(value, "hour") else str(value)


def deeds_with(issue: Issue) -> list[dict[str, Any]]:
    words = {
        "issue scheduled": _("Scheduled; it reached %(readers)s readers then"),
        "issue called back": _("Called back"),
    }
    done = list(
        Event.objects.filter(object_kind="issue", object_id=str(issue.pk), action__in=words).order_by("-at")[
            :SHOWN
        ]
    )
    people = User.objects.in_bulk({event.actor_id for event in done if event.actor_id})
    return [
        {
            "at": event.at,
            "by": str(people.get(event.actor_id) or event.get_actor_display()),
            "what": words[event.action] % {"readers": event.facts.get("readers", 0)},
            "changes": [],
            "why": event.reason,
        }
        for event in done
    ]
