"""Who gets news, and the record of what they agreed to: read here, and changed by their readers alone."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from newsletter.admin.pages import language_name
from newsletter.models import Subscription, Topic
from newsletter.wordings import WORDINGS
from people.admin import ReadOnly
from people.models import Address, normal

#: Addresses that one search may reach.
PEOPLE_FOUND = 200


class TopicFilter(admin.SimpleListFilter):
    title = _("topic")
    parameter_name = "topic"

    def lookups(self, request, model_admin) -> list[tuple[str, str]]:
        return list(Topic.choices)

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        return (
            queryset.filter(**{f"wants_{self.value()}": True}) if self.value() in Topic.values else queryset
        )


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    list_display = [
        "address",
        "state",
        "spoken",
        "topics_words",
        "letters_words",
        "confirmed_at",
        "left_at",
    ]
    list_filter = ["state", TopicFilter]
    list_select_related = ["address"]
    search_fields = ["address__email"]
    search_help_text = _("The beginning of an address")
    fields = [
        "address",
        "state",
        "letters_words",
        "spoken",
        "topics_words",
        "asked_at",
        "confirmed_at",
        "left_at",
        "record_words",
    ]
    actions = None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str):
        """By the beginning of an address, which an index can find."""
        term = normal(search_term)
        if not term:
            return queryset, False
        people = Address.objects.filter(email__startswith=term).values_list("pk", flat=True)[:PEOPLE_FOUND]
        return queryset.filter(address__in=list(people)), False

    @admin.display(description=_("language"))
    def spoken(self, subscription: Subscription) -> str:
        return language_name(subscription.language)

    @admin.display(description=_("topics"))
    def topics_words(self, subscription: Subscription) -> str:
        return "; ".join(str(Topic(topic).label) for topic in subscription.topics) or "–"

    @admin.display(description=_("letters"))
    def letters_words(self, subscription: Subscription) -> str:
        return _("This address takes no letters.") if subscription.address.suppressed_at else "–"

    @admin.display(description=_("the record"))
    def record_words(self, subscription: Subscription) -> str:
        lines = (
            (
                f"{record.at:%Y-%m-%d %H:%M:%S} UTC",
                record.get_what_display(),
                record.get_where_display(),
                "; ".join(str(Topic(topic).label) for topic in record.topics if topic in Topic.values),
                f"{record.wording} ({language_name(record.language)}): {WORDINGS.get(record.wording, '')}"
                if record.wording
                else "",
            )
            for record in subscription.records.all()
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}, {}. {} <q>{}</q></li>", lines))
