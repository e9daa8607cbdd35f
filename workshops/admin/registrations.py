"""Registrations: the list, one person's page, and what staff do for people: confirm, give back, note who came, add."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from papers import sheets
from people import events
from people.admin import ReadOnly
from people.models import normal
from people.narrowing import ShortSightedList
from people.places import LEVELS, country_name
from workshops import attending, by_hand, erasing, exports, seating
from workshops.admin import person_file
from workshops.admin.forms import ByHandForm, ErasingForm, GivingBackForm
from workshops.admin.letters import MAY_WRITE
from workshops.admin.narrowing import NARROWINGS, InOrder
from workshops.models import Registration, Step

#: So many words of a search are looked for; each has to be found.
MOST_WORDS = 5
#: What may stand in the address of the list.
ASKED = {question.parameter_name for question in (*NARROWINGS, InOrder)}
MAY_ERASE = "workshops.delete_registration"
SEES_ADDRESSES, SEES_NEEDS = "people.view_address", "workshops.see_access_needs"


class RegistrationList(ShortSightedList):
    """A page of registrations, in the order that was asked for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list:
        return list(InOrder.ORDERS.get(self.params.get("order", ""), InOrder.ORDERS[""]))


@admin.register(Registration)
class RegistrationAdmin(ReadOnly):
    """People and their seats. What they said of themselves is theirs to correct; seats change hands by deeds alone."""

    list_display = ["name", "status"]
    list_filter = [*NARROWINGS, InOrder]
    search_fields = ["name"]  # what is searched is told in get_search_results
    search_help_text = gettext_lazy("Name, organisation, or the beginning of an address")
    actions = ["confirm", "give_back", "mark_attended", "mark_absent"]

    # -- The list ------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return RegistrationList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in ASKED

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("workshop", "address")
            .only(
                "name",
                "organisation",
                "country",
                "level",
                "status",
                "turn",
                "registered_at",
                "reconfirmed_at",
                "attended_at",
                "erased_at",
                "workshop__slug",
                "workshop__zone_name",
                "address__email",
                "address__confirmed_at",
                "address__suppressed_at",
            )
        )

    def get_search_results(self, request, queryset, search_term):
        for word in search_term.replace("\0", "").split()[:MOST_WORDS]:
            holds = Q(name__icontains=word) | Q(organisation__icontains=word)
            if "@" in word and request.user.has_perm(SEES_ADDRESSES):
                holds |= Q(address__email__startswith=normal(word))
            queryset = queryset.filter(holds)
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Registrations"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            response.context_data |= {
                "rows": [
                    row_of(each, addresses=request.user.has_perm(SEES_ADDRESSES))
                    for each in shown.result_list
                ],
                "deeds": [(name, words) for _f, name, words in self.get_actions(request).values()],
                "may_add": self.has_add_permission(request),
                "address_of_letter": self._address_of_letter(request, shown),
                "address_of_export": shown.get_query_string(remove=["p"]),
            }
        return response

    def _address_of_letter(self, request: HttpRequest, shown: ChangeList) -> str:
        """Where a letter is written to those whom the list shows; "" while it shows more than one workshop."""
        workshop = request.GET.get("workshop", "")
        if not (workshop.isdecimal() and len(workshop) < 12 and request.user.has_perm(MAY_WRITE)):
            return ""
        address = reverse("admin:workshops_workshop_write", args=[int(workshop)])
        return address + shown.get_query_string(remove=["p"])

    # -- Deeds of the list -----------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshops.add_registration")

    def has_seat_permission(self, request: HttpRequest) -> bool:
        """Whoever may change registrations confirms them, gives seats back and notes who came."""
        return request.user.has_perm("workshops.change_registration")

    @admin.action(description=gettext_lazy("Confirm: they said that they come"), permissions=["seat"])
    def confirm(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = by_hand.confirm(keys_of(queryset), by=request.user, at=request.arrived_at)
        said = ngettext("%(n)d person is confirmed.", "%(n)d people are confirmed.", done.changed)
        messages.success(request, said % {"n": done.changed})
        for name, words in done.refused:
            messages.warning(request, f"{name}: {words}")

    @admin.action(description=gettext_lazy("Cancel: give their seats back"), permissions=["seat"])
    def give_back(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Asks first, because everybody is told and the next in line move up."""
        keys = keys_of(queryset)
        form = GivingBackForm(request.POST if "confirm" in request.POST else None)
        if form.is_bound and form.is_valid():
            reason = form.cleaned_data["reason"]
            done = by_hand.give_back(keys, reason=reason, by=request.user, at=request.arrived_at)
            said = ngettext("%(n)d registration has ended.", "%(n)d registrations have ended.", done.changed)
            messages.success(request, said % {"n": done.changed})
            for name, words in done.refused:
                messages.warning(request, f"{name}: {words}")
            return None
        found = list(Registration.objects.filter(pk__in=keys).active().select_related("workshop"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Give seats back"),
            "form": form,
            "people": [(each.name, each.workshop.slug, each.get_status_display()) for each in found],
            "keys": [each.pk for each in found],
            "seats": sum(each.status in Registration.HOLDING for each in found),
        }
        return TemplateResponse(request, "admin/workshops/registration/give_back.html", context)

    @admin.action(description=gettext_lazy("They came"), permissions=["seat"])
    def mark_attended(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._mark(request, queryset, came=True)

    @admin.action(description=gettext_lazy("They did not come"), permissions=["seat"])
    def mark_absent(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._mark(request, queryset, came=False)

    def _mark(self, request: HttpRequest, queryset: QuerySet, *, came: bool) -> None:
        changed = attending.mark_attended(
            keys_of(queryset), came=came, at=request.arrived_at, by=request.user
        )
        words = ngettext("%(n)d person is noted.", "%(n)d people are noted.", changed)
        messages.success(request, words % {"n": changed})

    # -- One person ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        def mine(route: str, view, name: str):
            return path(route, self.admin_site.admin_view(view), name=f"workshops_registration_{name}")

        return [
            mine("export/<str:kind>/", require_POST(self.export_view), "export"),
            mine("log/<str:kind>/", require_POST(self.log_view), "log"),
            mine("<int:pk>/erase/", self.erase_view, "erase"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        registration = self._found(request, object_id)
        context = person_file.contents(registration, reader=request.user, at=request.arrived_at)
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "registration": registration,
            "may_change": self.has_seat_permission(request) and registration.is_active,
            "may_erase": request.user.has_perm(MAY_ERASE) and not registration.erased_at,
        }
        return TemplateResponse(request, "admin/workshops/registration/reading.html", frame | context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        registration = self._found(request, object_id)
        address = reverse("admin:workshops_registration_change", args=[registration.pk])
        return HttpResponseRedirect(address + "#history")

    def _found(self, request: HttpRequest, pk: str) -> Registration:
        """The registration for those who may read it; else 404 or 403."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = Registration.objects.select_related("workshop__series", "address", "group")
            return found.get(pk=int(pk))
        except (Registration.DoesNotExist, ValueError, OverflowError):
            raise Http404

    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Somebody asks to be forgotten: what goes is said first, and why is written down."""
        if not request.user.has_perm(MAY_ERASE):
            raise PermissionDenied
        registration = self._found(request, str(pk))
        if registration.erased_at:
            raise Http404
        form = ErasingForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            reason = form.cleaned_data["reason"]
            done = erasing.erase(registration, reason=reason, by=request.user, at=request.arrived_at)
            said = ngettext("%(n)d registration is erased.", "%(n)d registrations are erased.", done)
            messages.success(request, said % {"n": done})
            return HttpResponseRedirect(reverse("admin:workshops_registration_changelist"))
        theirs = erasing.of_the_same_person(registration).select_related("workshop").order_by("pk")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Erase this person"),
            "registration": registration,
            "theirs": [(each.workshop.slug, each.get_status_display()) for each in theirs],
            "form": form,
        }
        return TemplateResponse(request, "admin/workshops/registration/erase.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        """Somebody on the phone: the same questions, the same seat, the same letter."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = request.arrived_at
        asked = {"workshop": request.GET.get("workshop", "")}
        form = ByHandForm(at, request.POST if request.method == "POST" else None, initial=asked)
        if form.is_bound and form.is_valid() and (added := self._taken_down(request, form)):
            return HttpResponseRedirect(reverse("admin:workshops_registration_change", args=[added.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Register somebody by hand"),
            "form": form,
        }
        return TemplateResponse(request, "admin/workshops/registration/add.html", context)

    def _taken_down(self, request: HttpRequest, form: ByHandForm) -> Registration | None:
        """The registration, or None when the form has to say why there is none."""
        said = form.cleaned_data
        try:
            registration = by_hand.take_down(
                said["workshop"],
                email=said["email"],
                details=form.details(),
                recording=said["recording"],
                news=said["news"],
                by=request.user,
                at=request.arrived_at,
            )
        except seating.SeatedElsewhere as trouble:
            held = trouble.registration
            words = _(
                "This person has a seat in %(slug)s already. Give that one back first, or let them change."
            )
            form.add_error("workshop", words % {"slug": held.workshop.slug})
            return None
        except seating.NotPossible as error:
            form.add_error("workshop", error.args[0])
            return None
        if not registration.is_new:
            messages.info(request, _("This person was registered already; this is their registration."))
        elif registration.has_seat():
            messages.success(request, _("They have a seat. The letter is on its way."))
        else:
            words = _("They are on the waiting list, in place %(n)d. The letter is on its way.")
            messages.success(request, words % {"n": registration.place_in_line()})
        return registration

    # -- Exports ---------------------------------------------------------------------------------------------------

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """What the list shows, all of it, as CSV or XLSX."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = self.get_changelist_instance(request)
        table = exports.registrations_table(
            shown.queryset,
            addresses=request.user.has_perm(SEES_ADDRESSES),
            needs=request.user.has_perm(SEES_NEEDS),
        )
        return self._sent(request, table, kind, "registrations")

    def log_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The log of joins and promotions of one workshop."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        workshop = request.GET.get("workshop", "")
        if not workshop.isdecimal() or len(workshop) > 12:
            raise Http404
        table = exports.log_table(Step.objects.filter(workshop=int(workshop)))
        return self._sent(request, table, kind, "log")

    def _sent(self, request: HttpRequest, table: sheets.Table, kind: str, name: str) -> HttpResponse:
        if kind not in ("csv", "xlsx"):
            raise Http404
        asked = {key: request.GET[key] for key in ASKED if request.GET.get(key)}
        events.record(
            f"{name} exported",
            about=("registrations", request.GET.get("workshop", "")[:12] or "all"),
            at=request.arrived_at,
            by=request.user,
            facts={"kind": kind, "asked": asked},
            request_id=request.id,
        )
        return sheets.download(table, kind=kind, name=f"{name}-{request.arrived_at:%Y-%m-%d}")


def keys_of(queryset: QuerySet) -> list[int]:
    return list(queryset.order_by().values_list("pk", flat=True))


def row_of(registration: Registration, *, addresses: bool) -> dict:
    """One line of the list, in words."""
    zone = registration.workshop.zone
    return {
        "pk": registration.pk,
        "url": f"{registration.pk}/change/",
        "name": str(registration),
        "email": registration.address.email if addresses and not registration.erased_at else "",
        "organisation": registration.organisation,
        "country": country_name(registration.country),
        "level": _LEVELS.get(registration.level, registration.level),
        "workshop": registration.workshop.slug,
        "status": registration.get_status_display(),
        "status_key": registration.status,
        "registered": f"{registration.registered_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "marks": marks_of(registration),
    }


_LEVELS = dict(LEVELS)


def marks_of(registration: Registration) -> list[tuple[str, str]]:
    """Facts beside the status: (how it is coloured, words)."""
    marks = []
    if registration.attended_at:
        marks.append(("good", _("came")))
    elif registration.reconfirmed_at:
        marks.append(("good", _("comes")))
    if registration.erased_at:
        pass
    elif registration.address.suppressed_at:
        marks.append(("warn", _("takes no letters")))
    elif not registration.address.confirmed_at and registration.is_active:
        marks.append(("warn", _("address not confirmed")))
    return marks
