"""Staff, the addresses that letters go to, and the book of events."""

from __future__ import annotations

from functools import cached_property

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from people import events
from people.models import Address, Event, User, normal

#: Counting stops here, so that a list costs the same at any number of rows. Who seeks one further back narrows the list.
FAR_ENOUGH = 5_000


class ShortSightedPaginator(Paginator):
    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:FAR_ENOUGH].count()


class OnlyQuestions(admin.ModelAdmin):
    """A list that answers the questions it shows and no other.

    Django lets an address ask for any column (``?context__icontains=…``, ``?to__regex=…``): texts that no page shows
    could be read letter by letter, one request could keep a processor busy for minutes, and many end in a fault.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        asked = set()
        for question in self.get_list_filter(request):
            if isinstance(question, str):
                asked |= {question, f"{question}__exact", f"{question}__id__exact", f"{question}__isnull"}
            else:
                asked.add(question.parameter_name)
        return lookup in asked

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(key.isascii() and key.isdecimal() and len(key) < 19 for key in ticked):
            raise BadRequest("What was ticked is no row.")
        return super().changelist_view(request, extra_context)


class ReadOnly(OnlyQuestions):
    """Rows that are read in the office and never typed there."""

    list_per_page = 50
    show_full_result_count = False
    paginator = ShortSightedPaginator
    sortable_by: list[str] = []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


# -- Staff -------------------------------------------------------------------------------------------------------


class NewStaffForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        return normal(self.cleaned_data["email"])


class StaffForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        return normal(self.cleaned_data["email"])


@admin.register(User)
class StaffAdmin(OnlyQuestions, auth_admin.UserAdmin):
    """People are switched off rather than deleted, because the book of events names them."""

    add_form = NewStaffForm
    form = StaffForm
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            _("What they may do"),
            {"fields": ("is_active", "is_staff", "groups", "is_superuser")},
        ),
        (_("When"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )
    list_display = ("email", "name", "is_staff", "is_active", "is_superuser", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser hands out rights, so that nobody can give themselves more than they have."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's address and password are changed by superusers alone."""
        if obj and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(OnlyQuestions, auth_admin.GroupAdmin):
    """What the members of a group may do, ticked one by one; rights go to groups, never to one person."""

    filter_horizontal = ()
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}


# -- Addresses -----------------------------------------------------------------------------------------------------


class SuppressedFilter(admin.SimpleListFilter):
    title = _("letters")
    parameter_name = "letters"

    def lookups(self, request, model_admin) -> list[tuple[str, str]]:
        return [("none", _("no letters")), ("unanswered", _("not answered yet"))]

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        if self.value() == "none":
            return queryset.filter(suppressed_at__isnull=False)
        return queryset.filter(confirmed_at__isnull=True) if self.value() == "unanswered" else queryset


class WhyForm(ActionForm):
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=200,
        help_text=_("Stays in the book of events, so name nobody."),
    )


@admin.register(Address)
class AddressAdmin(ReadOnly):
    """Looked up, and shut for letters when somebody asks or a mailbox is dead; corrected by their owners alone."""

    list_display = ["email", "language", "confirmed_at", "suppressed_at", "created_at"]
    list_filter = [SuppressedFilter]
    search_fields = ["email"]
    search_help_text = _("The beginning of an address")
    fields = [
        "email",
        "language",
        "time_zone",
        "created_at",
        "confirmed_at",
        "suppressed_at",
        "stopped_kinds",
        "past_words",
    ]
    ordering = ["-pk"]
    actions = ["suppress", "allow"]
    action_form = WhyForm

    def get_search_results(self, request, queryset, search_term):
        """By the beginning, which an index can find."""
        term = normal(search_term)
        return (queryset.filter(email__startswith=term) if term else queryset), False

    def has_suppress_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("people.change_address")

    @admin.action(description=_("No more letters to these addresses"), permissions=["suppress"])
    def suppress(self, request: HttpRequest, queryset: QuerySet) -> None:
        changed = self._write_down(request, queryset.filter(suppressed_at__isnull=True), "letters stopped")
        said = ngettext(
            "%(n)d address gets no more letters.", "%(n)d addresses get no more letters.", changed
        )
        self.message_user(request, said % {"n": changed}, messages.SUCCESS)

    @admin.action(description=_("Letters again to these addresses"), permissions=["suppress"])
    def allow(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Whoever lifts what a bounce, a complaint or a colleague has stopped says why."""
        if not request.POST.get("why", "").strip():
            self.message_user(request, _("Say why; nothing was changed."), messages.ERROR)
            return
        changed = self._write_down(request, queryset.filter(suppressed_at__isnull=False), "letters allowed")
        said = ngettext("%(n)d address gets letters again.", "%(n)d addresses get letters again.", changed)
        self.message_user(request, said % {"n": changed}, messages.SUCCESS)

    @transaction.atomic
    def _write_down(self, request: HttpRequest, addresses: QuerySet, action: str) -> int:
        keys = list(addresses.order_by("pk").values_list("pk", flat=True))
        when = request.arrived_at if action == "letters stopped" else None
        Address.objects.filter(pk__in=keys).update(suppressed_at=when)
        why = request.POST.get("why", "").strip()[:200]
        for pk in keys:
            events.record(action, about=("address", pk), at=request.arrived_at, by=request.user, reason=why)
        return len(keys)

    @admin.display(description=_("how letters were stopped and allowed"))
    def past_words(self, address: Address) -> str:
        """The newest first; by whom stands in the book of events."""
        words = {"letters stopped": _("stopped"), "letters allowed": _("allowed again")}
        about = Event.objects.filter(object_kind="address", object_id=str(address.pk), action__in=words)
        lines = (
            (f"{event.at:%Y-%m-%d %H:%M} UTC", words[event.action], event.get_actor_display(), event.reason)
            for event in about.order_by("-at")[:20]
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} ({}) {}</li>", lines))


# -- Events --------------------------------------------------------------------------------------------------------


@admin.register(Event)
class EventAdmin(ReadOnly):
    """The book: read, never written by hand, and never changed. Personal values stand apart and are not shown."""

    list_display = ["at", "who", "action", "about", "reason"]
    list_filter = ["actor"]
    search_fields = ["object_id"]
    search_help_text = _("What it is about, for example: case 147")
    fields = ["at", "who", "action", "about", "reason", "facts", "request_id"]
    ordering = ["-at"]
    actions = None

    @admin.display(description=_("by"))
    def who(self, event: Event) -> str:
        return event.staff_email or str(event.get_actor_display())

    @admin.display(description=_("about"))
    def about(self, event: Event) -> str:
        return f"{event.object_kind} {event.object_id}"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        staff = User.objects.filter(pk=OuterRef("actor_id")).values("email")
        named = Case(When(actor=Event.Actor.STAFF, then=Subquery(staff[:1])), default=Value(""))
        return super().get_queryset(request).annotate(staff_email=named)

    def get_search_results(self, request, queryset, search_term):
        kind, _space, pk = search_term.strip().rpartition(" ")
        if not pk:
            return queryset, False
        return queryset.filter(Q(object_kind=kind.lower()) if kind else Q(), object_id=pk), False

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        return super().changelist_view(
            request, {"title": _("Everything that was done"), **(extra_context or {})}
        )
