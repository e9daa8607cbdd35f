"""Workshops: their words, their time and their seats; what happens to them is said before it happens."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from people import times
from people.abbreviations import misnomers_in, misnomers_of
from people.admin import OnlyQuestions
from people.texts import TranslatedField, in_language
from workshops import planning, seating
from workshops.admin.day import DayPages
from workshops.admin.forms import CancelForm, MoveForm, WorkshopForm
from workshops.admin.groups import GroupPages
from workshops.admin.letters import LetterPages
from workshops.admin.pages import WorkshopPages, as_read, when
from workshops.admin.results import ResultPages
from workshops.figures import counts_of
from workshops.models import Registration, Series, Workshop

WORDS = tuple(field.name for field in Workshop._meta.fields if isinstance(field, TranslatedField))
TIMES = ("zone_name", "starts_at", "ends_at")
#: Told to people on the day, by their own way in; readers of the office have no use for it.
WAYS_IN = ("meeting_url", "phone")
MAY_CHANGE = "workshops.change_workshop"


def in_words(name: str):
    """A column that shows a translated text as text, for those who may only read."""

    @admin.display(description=Workshop._meta.get_field(name).verbose_name)
    def words(admin_: WorkshopAdmin, workshop: Workshop) -> str:
        return in_language(getattr(workshop, name)) or "–"

    return words


@admin.register(Workshop)
class WorkshopAdmin(GroupPages, LetterPages, DayPages, ResultPages, WorkshopPages, OnlyQuestions):
    form = WorkshopForm
    list_display = ["title_words", "when_words", "status_words", "seats_words", "people_words"]
    list_display_links = ["title_words"]
    list_filter = ["status", "series"]
    list_per_page = 50
    ordering = ["-starts_at"]
    sortable_by: list[str] = []
    actions = None
    change_form_template = "admin/workshops/workshop/change_form.html"

    # -- The list --------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Workshops"), **(extra_context or {})})
        if shown := getattr(response, "context_data", None) and response.context_data.get("cl"):
            workshops = list(shown.result_list)
            counts = counts_of(workshops)
            for workshop in workshops:
                workshop.counts = counts.get(workshop.pk)
                workshop.needs_way_in = workshop.lacks_way_in(request.arrived_at)
            shown.result_list = workshops
        return response

    @admin.display(description=gettext_lazy("title"))
    def title_words(self, workshop: Workshop) -> str:
        return workshop.title_text or workshop.slug

    @admin.display(description=gettext_lazy("when"))
    def when_words(self, workshop: Workshop) -> str:
        return when(workshop) if workshop.pk else "–"

    @admin.display(description=gettext_lazy("status"))
    def status_words(self, workshop: Workshop) -> str:
        if not workshop.needs_way_in:
            return workshop.get_status_display()
        return format_html(
            '{} <span class="mark">{}</span>', workshop.get_status_display(), _("no way in yet")
        )

    @admin.display(description=gettext_lazy("seats"))
    def seats_words(self, workshop: Workshop) -> str:
        taken = workshop.counts.seated if workshop.counts else 0
        return _("%(taken)s of %(all)s taken") % {"taken": taken, "all": workshop.capacity}

    @admin.display(description=gettext_lazy("people"))
    def people_words(self, workshop: Workshop) -> str:
        counts = workshop.counts
        words = _("%(waiting)s waiting, %(came)s came") % {
            "waiting": counts.waiting if counts else 0,
            "came": counts.attended if counts else 0,
        }
        address = reverse("admin:workshops_registration_changelist")
        return format_html('<a href="{}?workshop={}">{}</a>', address, workshop.pk, words)

    # -- The form --------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field=None) -> Workshop | None:
        """While it is being saved its series is locked, as whenever a seat changes hands."""
        if request.method == "POST" and str(object_id).isdecimal():
            series = Workshop.objects.filter(pk=int(object_id)).values("series")
            list(Series.objects.select_for_update().filter(pk__in=series))
        try:
            return self.get_queryset(request).select_related("series").get(pk=object_id)
        except (Workshop.DoesNotExist, ValueError, OverflowError):
            return None

    def get_fieldsets(self, request: HttpRequest, obj: Workshop | None = None) -> list:
        may_write = obj is None or self.has_change_permission(request, obj)
        words = list(WORDS) if may_write else [f"words_of_{name}" for name in WORDS]
        dates = list(TIMES) if obj is None else ["when_words", "zone_name"]
        hidden = ["seen"] if obj is not None and may_write else []
        way_in = [*WAYS_IN, "opens_minutes"] if request.user.has_perm(MAY_CHANGE) else ["opens_minutes"]
        *texts, access = words
        return [
            (None, {"fields": ["series", "slug", *texts, "language", *hidden]}),
            (_("Time and seats"), {"fields": [*dates, "capacity", "status"]}),
            (_("Who may register"), {"fields": ["open_to", "domains"]}),
            (_("The way in"), {"fields": [*way_in, access]}),
            (_("What people have to confirm"), {"fields": ["confirm_hours", "silence_costs_seat"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Workshop | None = None) -> list[str]:
        shown = ["when_words", *(f"words_of_{name}" for name in WORDS)]
        if obj is None:
            return shown
        fixed = ["starts_at", "ends_at", "zone_name"]
        if obj.registrations.exists():
            fixed += ["series", "slug"]  # both stand in what people have been sent
        if obj.status == Workshop.Status.CANCELLED:
            fixed.append("status")
        return [*shown, *fixed]

    def has_delete_permission(self, request: HttpRequest, obj: Workshop | None = None) -> bool:
        """A session that anybody has ever registered for stays; it can be cancelled."""
        return super().has_delete_permission(request, obj) and not (obj and obj.registrations.exists())

    def save_model(self, request: HttpRequest, obj: Workshop, form: WorkshopForm, change: bool) -> None:
        """Only what was changed is written; seats change hands where seats are given."""
        fields = [name for name in form.changed_data if name != "seen" and form.is_another(name)]
        if not change:
            super().save_model(request, obj, form, change)
        else:
            obj.save(update_fields=[name for name in fields if name != "capacity"])
            if "capacity" in fields:
                seating.change_capacity(obj, obj.capacity, at=request.arrived_at, by=request.user)
        told = planning.changed(
            obj,
            fields,
            by=request.user,
            at=request.arrived_at,
            made=not change,
            old_title=form.initial.get("title"),
        )
        if told:
            self._say(request, _("The workshop has another name."), told)
        for wrong in misnomers_of(obj, at=obj.starts_at):
            messages.warning(request, str(wrong))

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        may_change = request.user.has_perm(MAY_CHANGE)
        more = {
            "may_change": may_change,
            "may_duplicate": request.user.has_perm("workshops.add_workshop"),
            "may_write": request.user.has_perm("workshops.write_to_registrants"),
            "may_see_people": request.user.has_perm("workshops.view_registration"),
            "may_group": request.user.has_perm("workshops.view_group"),
        }
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    # -- What happens to a session -----------------------------------------------------------------------------------

    def get_urls(self) -> list:
        return [
            self.address("duplicate/", require_POST(self.duplicate_view), "duplicate"),
            self.address("move/", self.move_view, "move"),
            self.address("cancel/", self.cancel_view, "cancel"),
            *super().get_urls(),
        ]

    def duplicate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self.workshop_for(request, pk, "workshops.add_workshop")
        copy = planning.duplicate(workshop, by=request.user, at=request.arrived_at)
        self.log_addition(request, copy, _("Duplicated from %(slug)s.") % {"slug": workshop.slug})
        messages.success(
            request,
            _("This is the copy. It is not announced: set its time and its way in, then its status."),
        )
        return self.back(copy)

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter a time; see who is told what; confirm."""
        workshop = self.workshop_for(request, pk, MAY_CHANGE)
        at = request.arrived_at
        form = MoveForm(workshop, at, request.POST if request.method == "POST" else None)
        settled = settled_words(workshop, at)
        if form.is_bound and form.is_valid() and "change" not in request.POST and not settled:
            new = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at")}
            if "confirm" not in request.POST:
                letter = planning.letter_if_moved(workshop, **new, by=request.user, at=at)
                told = times.span(new["starts_at"], new["ends_at"], workshop.zone)
                facts = [(_("Time now"), when(workshop)), (_("New time"), told)]
                return self._preview(request, workshop, form, facts, letter, "move")
            try:
                with transaction.atomic():
                    self._check_stand(request, workshop)
                    reason = form.cleaned_data["reason"]
                    told = seating.move(workshop, **new, at=at, by=request.user, reason=reason)
                    self.log_change(request, workshop, _("Moved."))
            except Changed:
                return self._look_again(request, workshop, "move")
            except seating.NotPossible as error:
                form.add_error(None, error.args[0])
            else:
                self._say(request, _("The workshop has moved."), told)
                for wrong in misnomers_of(workshop, at=new["starts_at"]):
                    messages.warning(request, str(wrong))
                return self.back(workshop)
        context = {
            "form": form,
            "lead": settled
            or _("Everybody who has a seat, an offer or a number in line is told the new time."),
            "button": "" if settled else _("See who is told what"),
        }
        return self.page(request, workshop, "deed", _("Move this workshop"), context)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say why; see who is told what; confirm."""
        workshop = self.workshop_for(request, pk, MAY_CHANGE)
        at = request.arrived_at
        form = CancelForm(request.POST if request.method == "POST" else None)
        settled = settled_words(workshop, at)
        if form.is_bound and form.is_valid() and "change" not in request.POST and not settled:
            reason = form.cleaned_data["reason"]
            if "confirm" not in request.POST:
                letter = planning.letter_if_cancelled(workshop, reason, by=request.user, at=at)
                for wrong in misnomers_in(reason, at=workshop.starts_at):
                    messages.warning(request, str(wrong))
                facts = [(_("Time"), when(workshop)), (_("What people read as the reason"), reason)]
                return self._preview(request, workshop, form, facts, letter, "cancel")
            try:
                with transaction.atomic():
                    self._check_stand(request, workshop)
                    told = seating.cancel(workshop, at=at, by=request.user, reason=reason)
                    self.log_change(request, workshop, _("Cancelled."))
            except Changed:
                return self._look_again(request, workshop, "cancel")
            except seating.NotPossible as error:
                form.add_error(None, error.args[0])
            else:
                self._say(request, _("The workshop is cancelled."), told)
                return self.back(workshop)
        context = {
            "form": form,
            "lead": settled
            or _("Everybody who has a seat, an offer or a number in line is told. It cannot be undone."),
            "button": "" if settled else _("See who is told what"),
        }
        return self.page(request, workshop, "deed", _("Cancel this workshop"), context)

    def _preview(
        self, request: HttpRequest, workshop: Workshop, form, facts: list, letter: dict, deed: str
    ) -> HttpResponse:
        status = Registration.Status
        claims = workshop.registrations.active()
        counts = {
            "told": claims.filter(address__suppressed_at=None).count(),
            "seated": claims.filter(status=status.SEATED).count(),
            "offered": claims.filter(status=status.OFFERED).count(),
            "waiting": claims.filter(status=status.WAITING).count(),
            "shut": claims.filter(address__suppressed_at__isnull=False).count(),
        }
        context = {
            "facts": facts,
            "counts": counts,
            "letter": as_read(letter),
            "sent": [(name, request.POST.get(name, "")) for name in form.fields],
            "expected": stand_of(workshop),
            "deed": deed,
        }
        title = _("Move this workshop") if deed == "move" else _("Cancel this workshop")
        return self.page(request, workshop, "deed_preview", title, context)

    def _check_stand(self, request: HttpRequest, workshop: Workshop) -> None:
        """Raises Changed when the preview showed another state than the one that stands, which is locked now."""
        Series.objects.select_for_update().get(pk=workshop.series_id)
        workshop.refresh_from_db(fields=["starts_at", "ends_at", "schedule", "status"])
        if request.POST.get("expected") != stand_of(workshop):
            raise Changed

    def _look_again(self, request: HttpRequest, workshop: Workshop, deed: str) -> HttpResponse:
        words = _("Somebody else has just changed this workshop. Please look at it again: %(when)s.")
        messages.error(request, words % {"when": when(workshop)})
        return self.back(workshop, deed)

    def _say(self, request: HttpRequest, words: str, told: int) -> None:
        letters = ngettext("%(n)d letter is on its way.", "%(n)d letters are on their way.", told)
        messages.success(request, f"{words} {letters % {'n': told}}")


for _name in WORDS:
    setattr(WorkshopAdmin, f"words_of_{_name}", in_words(_name))


class Changed(Exception):
    """Between a preview and its button somebody else has moved or cancelled the workshop."""


def settled_words(workshop: Workshop, at: datetime) -> str:
    """Why a workshop can be moved and cancelled no more, or ""."""
    if workshop.status == Workshop.Status.CANCELLED:
        return _("This workshop is cancelled already.")
    if workshop.is_over(at):
        return _("This workshop is over. For another one like it, duplicate it.")
    return ""


def stand_of(workshop: Workshop) -> str:
    """What must not have changed between a preview and its button."""
    return f"{workshop.schedule}:{workshop.status}"
