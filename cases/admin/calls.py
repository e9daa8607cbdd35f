"""Calls: their words and dates, example answers, and one action that moves a deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import formats, translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import announcing, submitting
from cases.admin.forms import CallForm, ExampleForm, ExtensionForm
from cases.drafting import NotAllowed
from cases.models import Call, Example
from cases.questions import QUESTIONS
from people import events, times
from people.abbreviations import misnomers_of
from people.admin import OnlyQuestions
from people.texts import TranslatedField, in_language

#: Set by the plain form until the first draft is begun; from then on people count on them.
DATES = ("year", "opens_at", "closes_at")
WORDS = tuple(field.name for field in Call._meta.fields if isinstance(field, TranslatedField))


def said(instant: datetime, call: Call) -> str:
    """«Friday 21 May 2027, 23:59 Paris time (CEST, UTC+2)»."""
    return times.in_full(instant, call.zone)


def in_words(name: str):
    """A column that shows a translated text as text, for those who may only read."""

    @admin.display(description=Call._meta.get_field(name).verbose_name)
    def words(admin_: CallAdmin, call: Call) -> str:
        return in_language(getattr(call, name)) or "–"

    return words


class ExampleInline(admin.StackedInline):
    model = Example
    form = ExampleForm
    extra = 0
    max_num = sum(question.is_long for question in QUESTIONS.values())
    readonly_fields = ["question_words", "example_words"]

    def get_fields(self, request: HttpRequest, obj: Call | None = None) -> list[str]:
        may_write = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return ["question", "words"] if may_write else ["question_words", "example_words"]

    @admin.display(description=gettext_lazy("question"))
    def question_words(self, example: Example) -> str:
        question = QUESTIONS.get(example.question)
        return str(question.label) if question else example.question

    @admin.display(description=gettext_lazy("example answer"))
    def example_words(self, example: Example) -> str:
        return in_language(example.words)


@dataclass(frozen=True)
class Mention:
    """A text that staff wrote by hand and that still names the old deadline."""

    field: str
    language: str


@admin.register(Call)
class CallAdmin(OnlyQuestions):
    form = CallForm
    inlines = [ExampleInline]
    list_display = ["title_words", "year", "opens_words", "deadline_words", "listed", "its_cases"]
    list_display_links = ["title_words"]
    sortable_by: list[str] = []
    change_form_template = "admin/cases/call/change_form.html"

    # -- The form ------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Call | None:
        """While it is being saved the call is locked, so that no extension and no first draft can cross it."""
        calls = self.get_queryset(request)
        if request.method == "POST":
            calls = calls.select_for_update()
        try:
            return calls.get(pk=object_id)
        except (Call.DoesNotExist, ValueError, OverflowError):
            return None

    def get_fieldsets(self, request: HttpRequest, obj: Call | None = None) -> list:
        fixed = obj is not None and ("closes_at" in self.get_readonly_fields(request, obj))
        may_write = obj is None or self.has_change_permission(request, obj)
        words = list(WORDS) if may_write else [f"words_of_{name}" for name in WORDS]
        dates = ["opens_words", "deadline_words"] if fixed else ["opens_at", "closes_at"]
        history = ["moved_words"] if obj is not None and obj.extensions.exists() else []
        hidden = ["seen"] if obj is not None and may_write else []
        return [
            (None, {"fields": ["year", *words, *hidden]}),
            (_("Dates"), {"fields": [*dates, "zone_name", "grace_minutes", *history]}),
            (_("Public"), {"fields": ["contact_email", "listed"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Call | None = None) -> list[str]:
        shown = ["opens_words", "deadline_words", "moved_words", *(f"words_of_{name}" for name in WORDS)]
        if obj is None:
            return shown
        if not self.has_change_permission(request, obj) or obj.cases.exists():
            return [*shown, *DATES]
        return shown

    def save_model(self, request: HttpRequest, obj: Call, form: CallForm, change: bool) -> None:
        """Only what the form shows is written; a deadline it does not show cannot be put back by it."""
        if not change:
            super().save_model(request, obj, form, change)
        else:
            obj.save(update_fields=[name for name in form.fields if name != "seen"])
        events.record(
            "call changed" if change else "call made",
            about=("call", obj.pk),
            at=request.arrived_at,
            by=request.user,
            facts={"fields": [name for name in form.changed_data if name != "seen"]},
        )
        for wrong in misnomers_of(obj, at=times.last_minute(obj.closes_at)):
            messages.warning(request, str(wrong))

    def has_delete_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        """A call with cases stays."""
        return super().has_delete_permission(request, obj) and not (obj and obj.cases.exists())

    def get_actions(self, request: HttpRequest) -> dict:
        return {}

    # -- The list ------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("title"))
    def title_words(self, call: Call) -> str:
        return call.title_text or str(call.year)

    @admin.display(description=gettext_lazy("opens at"))
    def opens_words(self, call: Call) -> str:
        return said(call.opens_at, call) if call.opens_at else "–"

    @admin.display(description=gettext_lazy("deadline"))
    def deadline_words(self, call: Call) -> str:
        return said(times.last_minute(call.closes_at), call) if call.closes_at else "–"

    @admin.display(description=gettext_lazy("how the deadline has moved"))
    def moved_words(self, call: Call) -> str:
        """The history that the page of the call shows; lines come by «Extend the deadline» alone."""
        steps = (
            (
                _("%(before)s → %(after)s") % {"before": step["from_words"], "after": step["to_words"]},
                step["reason"],
            )
            for step in announcing.extensions_of(call)
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", steps))

    @admin.display(description=gettext_lazy("cases"))
    def its_cases(self, call: Call) -> str:
        address = reverse("admin:cases_case_changelist")
        return format_html(
            '<a href="{}?call={}">{}</a>', address, call.pk, _("Cases of %(year)s") % {"year": call.year}
        )

    # -- Extending the deadline ------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        extend = self.admin_site.admin_view(self.extend_view)
        return [path("<int:pk>/extend/", extend, name="cases_call_extend"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        may_extend = self.has_change_permission(request)
        return super().change_view(
            request, object_id, form_url, {"may_extend": may_extend, **(extra_context or {})}
        )

    def extend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter a day and a reason; see whom and what it reaches; confirm."""
        call = Call.objects.filter(pk=pk).first()
        if call is None:
            raise Http404
        if not self.has_change_permission(request, call):
            raise PermissionDenied
        form = ExtensionForm(call, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid() and "change" not in request.POST:
            if "confirm" not in request.POST:
                return self._preview(request, call, form)
            try:
                return self._extend(request, call, form)
            except submitting.DeadlineMoved:
                call.refresh_from_db()
                messages.error(
                    request,
                    _("Somebody else has just moved the deadline, to %(deadline)s. Please look at it again.")
                    % {"deadline": said(times.last_minute(call.closes_at), call)},
                )
                return HttpResponseRedirect(reverse("admin:cases_call_extend", args=[call.pk]))
            except NotAllowed as error:
                form.add_error(None, error.args[0])
        context = {"form": form, "deadline": said(times.last_minute(call.closes_at), call)}
        return self._page(request, call, "admin/cases/call/extend.html", context)

    def _preview(self, request: HttpRequest, call: Call, form: ExtensionForm) -> HttpResponse:
        closes_at = form.cleaned_data["closes_at"]
        reason = form.cleaned_data["reason"]
        context = {
            "form": form,
            "sent": [(name, value) for name, value in request.POST.items() if name in _names_of(form)],
            "expected": call.closes_at.isoformat(),
            "before": said(times.last_minute(call.closes_at), call),
            "after": said(times.last_minute(closes_at), call),
            "reasons": [(language, words) for language, words in reason.items()],
            "reach": submitting.reach_of_extension(call, closes_at, at=request.arrived_at),
            "mentions": mentions_of_deadline(call),
        }
        return self._page(request, call, "admin/cases/call/extend_preview.html", context)

    def _extend(self, request: HttpRequest, call: Call, form: ExtensionForm) -> HttpResponse:
        """Raises DeadlineMoved when the preview showed another deadline than the one that stands."""
        try:
            expected = datetime.fromisoformat(request.POST.get("expected", ""))
        except ValueError:
            raise submitting.DeadlineMoved
        extension = submitting.extend_deadline(
            call,
            closes_at=form.cleaned_data["closes_at"],
            expected=expected,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=request.arrived_at,
        )
        self.log_change(request, call, _("Deadline extended."))
        messages.success(
            request,
            _("The deadline is now %(deadline)s. The letters are on their way.")
            % {"deadline": said(times.last_minute(extension.closes_at), call)},
        )
        return HttpResponseRedirect(reverse("admin:cases_call_change", args=[call.pk]))

    def _page(self, request: HttpRequest, call: Call, template: str, context: dict) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": call,
            "title": _("Extend the deadline"),
            "subtitle": call.title_text,
        }
        return TemplateResponse(request, template, frame | context)


for _name in WORDS:
    setattr(CallAdmin, f"words_of_{_name}", in_words(_name))


def mentions_of_deadline(call: Call) -> list[Mention]:
    """The texts of the call that name the day of its deadline: nobody but staff can change those."""
    day = times.last_minute(call.closes_at).astimezone(call.zone)
    found = []
    for name in WORDS:
        for language, words in (getattr(call, name) or {}).items():
            with translation.override(language):
                named = {
                    formats.date_format(day, "j F"),
                    formats.date_format(day, "F j"),
                    day.strftime("%Y-%m-%d"),
                }
            if any(date in words for date in named):
                found.append(Mention(str(Call._meta.get_field(name).verbose_name), language))
    return found


def _names_of(form: ExtensionForm) -> set[str]:
    """What the browser sends under for the fields of this form, one name for each box."""
    return {f"{name}{suffix}" for name, field in form.fields.items() for suffix in field.widget.widgets_names}
