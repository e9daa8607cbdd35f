"""Reviewers: who they are, what they read, how many, and whom they are close to; the list shows how much they have."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.questions import CASE_LANGUAGES, SECTORS, label_of
from people import events
from people.admin import OnlyQuestions
from people.forms import CountrySelect
from people.models import User
from people.narrowing import Narrowing, ShortSightedList
from people.places import BEYOND_COUNTRIES, country_choices
from people.typing_in import SeenMixin, WhyField
from reviews import assigning
from reviews.admin.history import HistoryPages
from reviews.conflicts import domain_of, is_free_mail
from reviews.models import Assignment, Dossier, Reviewer, Round

MAY_GIVE = "reviews.assign_dossier"
#: So many countries can be named, and so many empty boxes wait for the next ones.
MOST_COUNTRIES, EMPTY_BOXES, FEWEST_BOXES = 40, 3, 6
MOST_DOMAINS = 40


# -- What is typed -----------------------------------------------------------------------------------------------------


class CountriesWidget(forms.Widget):
    """Several countries: a select for each, and some that are still empty. Typing finds a country in each of them."""

    use_fieldset = True

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        attrs = attrs or {}
        described = {key: attrs[key] for key in ("aria-describedby", "aria-invalid") if key in attrs}
        chosen = [code for code in value or [] if code]
        boxes = [*chosen, *[""] * max(EMPTY_BOXES, FEWEST_BOXES - len(chosen))]
        selects = (
            CountrySelect().render(
                name,
                code,
                {
                    "id": f"{attrs.get('id', name)}_{number}",
                    "aria-label": _("Country %(n)s") % {"n": number + 1},
                    **described,
                },
            )
            for number, code in enumerate(boxes[:MOST_COUNTRIES])
        )
        return format_html(
            '<div class="several" id="{}">{}</div>',
            attrs.get("id", name),
            format_html_join("", "{}", ((select,) for select in selects)),
        )

    def value_from_datadict(self, data, files, name) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, ()))

    def value_omitted_from_data(self, data, files, name) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""


class CountriesField(forms.Field):
    widget = CountriesWidget

    def to_python(self, value) -> list[str]:
        codes = list(dict.fromkeys(code for code in value or [] if code))
        if not set(codes) <= {code for code, _name in country_choices()}:
            raise ValidationError(_("Choose countries from the list."))
        return codes[:MOST_COUNTRIES]

    def has_changed(self, initial, data) -> bool:
        return list(initial or []) != list(dict.fromkeys(code for code in data or [] if code))


class DomainsField(forms.CharField):
    """Mail domains, one a line, as people type them: with or without the sign @, or a whole address."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 40, "dir": "ltr", "spellcheck": "false"})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value) -> list[str]:
        lines = [line.strip() for line in super().to_python(value).replace(",", "\n").split("\n")]
        lines = [line for line in lines if line][:MOST_DOMAINS]
        domains = {line: domain_of(line) for line in lines}
        if wrong := [line for line, domain in domains.items() if not domain]:
            raise ValidationError(_("No mail domain: %(line)s"), params={"line": ", ".join(wrong)})
        if free := sorted(domain for domain in domains.values() if is_free_mail(domain)):
            raise ValidationError(
                _("Anybody can have an address there, so it says nothing about a conflict: %(domain)s"),
                params={"domain": ", ".join(free)},
            )
        return sorted(set(domains.values()))

    def has_changed(self, initial, data) -> bool:
        try:
            return sorted(initial or []) != self.to_python(data)
        except ValidationError:
            return True


class StaffField(forms.ModelChoiceField):
    """Staff by name and address, for two may bear the same name."""

    def label_from_instance(self, user: User) -> str:
        return f"{user.name} ({user.email})" if user.name else user.email


class ReviewerForm(SeenMixin, forms.ModelForm):
    user = StaffField(
        User.objects.none(),
        label=gettext_lazy("person"),
        help_text=gettext_lazy("Staff who have an account and are no reviewers yet."),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("languages read"),
        choices=CASE_LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one language.")},
    )
    sectors = forms.MultipleChoiceField(
        label=gettext_lazy("themes known well"),
        choices=SECTORS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: anything. Cases on these themes come to them first."),
    )
    countries = CountriesField(
        label=gettext_lazy("countries known well"),
        required=False,
        help_text=gettext_lazy("None chosen: anywhere. Save to get more boxes."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("own country"),
        required=False,
        choices=lambda: [("", ""), *country_choices()],
        widget=CountrySelect,
        help_text=gettext_lazy("They get no case in which it takes part."),
    )
    domains = DomainsField(
        label=gettext_lazy("mail domains of their own"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Beside that of their address; one a line, such as ministry.example."),
    )

    class Meta:
        model = Reviewer
        fields = [
            "user",
            "active",
            "cap",
            "languages",
            "sectors",
            "countries",
            "country",
            "organisation",
            "domains",
        ]

    why = WhyField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            staff = User.objects.filter(is_staff=True, is_active=True, reviewer__isnull=True)
            self.fields["user"].queryset = staff.order_by("name", "email")
        if "organisation" in self.fields:
            self.fields["organisation"].help_text = _("They get no case in which it takes part.")
            self.fields["organisation"].widget.attrs["dir"] = "auto"
        if "active" in self.fields:
            self.fields["active"].help_text = _(
                "Switched off they get no more cases and no letters; what they have and wrote stays."
            )

    def clean_country(self) -> str:
        country = self.cleaned_data["country"]
        if country in dict(BEYOND_COUNTRIES):
            raise ValidationError(_("Choose a country."))
        return country

    def clean(self) -> dict:
        said = super().clean()
        self.look_whether_it_changed()
        return said


# -- The list ----------------------------------------------------------------------------------------------------------


class ByActivity(Narrowing):
    title = gettext_lazy("takes cases")
    parameter_name = "active"

    def lookups(self, request, model_admin):
        return (("yes", _("Yes")), ("no", _("No")))

    def narrow(self, reviewers: QuerySet, value: str) -> QuerySet:
        takes = Q(active=True, user__is_active=True, user__is_staff=True)
        return reviewers.filter(takes) if value == "yes" else reviewers.exclude(takes)


@admin.register(Reviewer)
class ReviewerAdmin(HistoryPages, OnlyQuestions):
    PAGES = (("take-back/", "take_back", "take_back_view"),)

    form = ReviewerForm
    list_display = ["user"]
    list_filter = [ByActivity]
    list_per_page = 50
    show_full_result_count = False
    sortable_by: list[str] = []
    ordering = ["user__name", "user__email"]
    actions = None
    change_form_template = "admin/reviews/reviewer/change_form.html"

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ShortSightedList]:
        return ShortSightedList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Reviewer | None:
        """While it is being saved the row is locked, so that of two who save at once the second sees the first."""
        reviewers = self.get_queryset(request)
        if request.method == "POST":
            reviewers = reviewers.select_for_update(of=("self",))
        try:
            return reviewers.get(pk=object_id)
        except (Reviewer.DoesNotExist, ValueError, OverflowError):
            return None

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": _("Reviewers"), **(extra_context or {})})
        if isinstance(response, TemplateResponse) and (shown := (response.context_data or {}).get("cl")):
            round_ = Round.objects.newest()
            loads = loads_of(shown.result_list, round_, request.arrived_at)
            response.context_data |= {
                "round": round_,
                "may_give": request.user.has_perm(MAY_GIVE),
                "rows": [row_of(reviewer, loads[reviewer.pk]) for reviewer in shown.result_list],
            }
        return response

    # -- The form ------------------------------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Reviewer | None = None) -> list[str]:
        fields = list(ReviewerForm.Meta.fields)
        typed = obj is not None and self.has_change_permission(request, obj)
        return [*fields, "why", "seen"] if typed else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Reviewer | None = None) -> list[str]:
        return ["user"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Reviewer | None = None) -> bool:
        """A reviewer is switched off: what they wrote names them."""
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        more = {}
        if str(object_id).isdecimal() and (reviewer := Reviewer.objects.filter(pk=int(object_id)).first()):
            more["unread"] = Assignment.objects.to_read().filter(reviewer=reviewer).count()
            more["may_give"] = request.user.has_perm(MAY_GIVE)
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Reviewer, form: ReviewerForm, change: bool) -> None:
        fields = [name for name in form.changed_data if name not in ("seen", "why")]
        why = form.cleaned_data.get("why", "")
        if change and not fields:
            return
        obj._history_user, obj._history_date, obj._change_reason = request.user, request.arrived_at, why
        obj.save(update_fields=fields if change else None)
        events.record(
            "reviewer changed" if change else "reviewer added",
            about=("reviewer", obj.pk),
            at=request.arrived_at,
            by=request.user,
            reason=why,
            facts={"fields": fields},
        )
        if not obj.user.has_perm("reviews.read_dossier"):
            messages.warning(
                request,
                _("%(name)s cannot open any case yet: their account needs the group Reviewers.")
                % {"name": obj},
            )

    # -- Everything taken back ---------------------------------------------------------------------------------------

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say why; whatever they have not finished waits for other reviewers then."""
        reviewer = self._reviewer_for(request, pk)
        typed, error = request.POST.get("reason", "").replace("\0", "")[:2000], ""
        if request.POST.get("do") == "take-back":
            try:
                taken = assigning.take_back_unread(
                    reviewer, reason=typed, by=request.user, at=request.arrived_at
                )
            except assigning.NotPossible as refusal:
                error = refusal.args[0]
            else:
                words = ngettext("%(n)d case is taken back.", "%(n)d cases are taken back.", taken)
                messages.success(request, words % {"n": taken})
                return HttpResponseRedirect(reverse("admin:reviews_reviewer_change", args=[reviewer.pk]))
        trail = [
            (_("Reviewers"), reverse("admin:reviews_reviewer_changelist")),
            (str(reviewer), reverse("admin:reviews_reviewer_change", args=[reviewer.pk])),
        ]
        unread = Assignment.objects.to_read().filter(reviewer=reviewer).count()
        context = {"reviewer": reviewer, "unread": unread, "reason": typed, "error": error}
        title = _("Take back what is not finished")
        return self.page(request, "reviewer/take_back", title=title, trail=trail, **context)

    def _reviewer_for(self, request: HttpRequest, pk: int) -> Reviewer:
        if not request.user.has_perms(["reviews.view_reviewer", MAY_GIVE]):
            raise PermissionDenied
        try:
            return Reviewer.objects.select_related("user").get(pk=int(pk))
        except (Reviewer.DoesNotExist, ValueError, OverflowError):
            raise Http404


def loads_of(reviewers: list[Reviewer], round_: Round | None, at) -> dict[int, dict[str, int]]:
    """How much each of these has in this round: given, finished, to read, overdue. One statement."""
    nothing = {"given": 0, "finished": 0, "overdue": 0}
    found = {reviewer.pk: dict(nothing) for reviewer in reviewers}
    late = Q(finished_at=None, due_at__lt=at) & ~Q(dossier__step__in=assigning.OVER)
    rows = Assignment.objects.active().filter(dossier__round=round_, reviewer__in=list(found))
    counted = (
        rows.exclude(dossier__step=Dossier.Step.OUT)
        .order_by()
        .values("reviewer")
        .annotate(
            given=Count("pk"),
            finished=Count("pk", filter=Q(finished_at__isnull=False)),
            overdue=Count("pk", filter=late),
        )
    )
    for row in counted:
        found[row["reviewer"]] = {name: row[name] for name in nothing}
    return found


def row_of(reviewer: Reviewer, load: dict[str, int]) -> dict:
    """One line of the list, in words."""
    return {
        "url": f"{reviewer.pk}/change/",
        "cases": f"{reverse('admin:reviews_dossier_changelist')}?reviewer={reviewer.pk}",
        "name": str(reviewer),
        "takes": assigning.takes_cases(reviewer),
        "languages": ", ".join(label_of(CASE_LANGUAGES, each) for each in reviewer.languages),
        "themes": ", ".join(label_of(SECTORS, each) for each in reviewer.sectors),
        "cap": reviewer.cap,
        "bar": bar_of(load["given"], 0, reviewer.cap),
        **load,
    }


#: Measures of a bar, in units of its own.
BAR_WIDTH, BAR_HEIGHT = 120, 12


def bar_of(has: int, gets: int, cap: int) -> dict[str, int]:
    """A bar of what somebody has and would get, on the length of what they take."""
    scale = BAR_WIDTH / max(cap, has + gets, 1)
    old, new = round(has * scale), round(gets * scale)
    return {
        "width": BAR_WIDTH,
        "height": BAR_HEIGHT,
        "cap": round(cap * scale),
        "has": old,
        "gets": min(new, BAR_WIDTH - old),
    }
