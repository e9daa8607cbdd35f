"""Series: what their sessions share."""

from __future__ import annotations

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people import events
from people.abbreviations import misnomers_of
from people.admin import OnlyQuestions
from people.texts import in_language
from people.typing_in import SeenMixin
from workshops.models import Series


class SeriesForm(SeenMixin, ModelForm):
    class Meta:
        model = Series
        fields = ["year", "title", "introduction", "one_seat_each", "contact_email", "listed"]

    def clean(self) -> dict:
        said = super().clean()
        self.look_whether_it_changed()
        return said


@admin.register(Series)
class SeriesAdmin(OnlyQuestions):
    form = SeriesForm
    list_display = ["title_words", "year", "listed", "its_workshops"]
    list_display_links = ["title_words"]
    sortable_by: list[str] = []
    actions = None

    def get_fields(self, request: HttpRequest, obj: Series | None = None) -> list[str]:
        may_write = obj is None or self.has_change_permission(request, obj)
        texts = ["title", "introduction"] if may_write else ["title_words", "introduction_words"]
        return [
            "year",
            *texts,
            "one_seat_each",
            "contact_email",
            "listed",
            *(["seen"] if obj and may_write else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Series | None = None) -> list[str]:
        shown = ["title_words", "introduction_words"]
        if obj and obj.workshops.filter(registrations__isnull=False).exists():
            # The rule is written into each registration; changed later it would hold for some and not for others.
            return [*shown, "one_seat_each"]
        return shown

    def save_model(self, request: HttpRequest, obj: Series, form: SeriesForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        events.record(
            "series changed" if change else "series made",
            about=("series", obj.pk),
            at=request.arrived_at,
            by=request.user,
            facts={"fields": [name for name in form.changed_data if name != "seen"]},
            request_id=request.id,
        )
        first = obj.workshops.order_by("starts_at").first()
        for wrong in misnomers_of(obj, at=first.starts_at) if first else []:
            messages.warning(request, str(wrong))

    def has_delete_permission(self, request: HttpRequest, obj: Series | None = None) -> bool:
        """A series with sessions stays."""
        return super().has_delete_permission(request, obj) and not (obj and obj.workshops.exists())

    @admin.display(description=gettext_lazy("title"))
    def title_words(self, series: Series) -> str:
        return series.title_text or str(series.year)

    @admin.display(description=gettext_lazy("introduction"))
    def introduction_words(self, series: Series) -> str:
        return in_language(series.introduction) or "–"

    @admin.display(description=gettext_lazy("workshops"))
    def its_workshops(self, series: Series) -> str:
        address = reverse("admin:workshops_workshop_changelist")
        words = _("Workshops of %(year)s") % {"year": series.year}
        return format_html('<a href="{}?series__id__exact={}">{}</a>', address, series.pk, words)
