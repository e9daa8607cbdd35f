"""Lists of the office that cost the same at any number of rows, and the questions by which staff narrow them."""

from __future__ import annotations

from functools import lru_cache

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

#: Found rows are counted no further than this.
COUNTED = 1_000
LAST_PAGE = 10_000
ALL = _("All")


class Narrowing(admin.SimpleListFilter):
    """One question: a select whose options are written once per language and process (a country select of 250
    costs 9 ms otherwise). What is not among the choices narrows nothing."""

    first = ALL

    def value(self) -> str | None:
        asked = super().value()
        return asked if asked in self._known else None

    @property
    def _known(self) -> set[str]:
        return {str(key) for key, _words in self.lookup_choices}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return self.narrow(queryset, value) if value else queryset

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        raise NotImplementedError

    def choices(self, changelist) -> list:
        return []

    def options(self) -> SafeString:
        choices = (("", self.first), *self.lookup_choices)
        written = options_of(tuple((str(key), str(words)) for key, words in choices), get_language())
        value = self.value()
        if value is None:
            return written
        mark = format_html('value="{}"', value)
        return mark_safe(written.replace(mark, mark + " selected", 1))  # noqa: S308 – both are escaped


@lru_cache(maxsize=64)
def options_of(choices: tuple[tuple[str, str], ...], language: str | None) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', choices)


class ShortSightedList(ChangeList):
    """A page of rows costs the same at any number of them: it never asks how many there are in all."""

    def get_results(self, request: HttpRequest) -> None:
        self.page_num = min(max(self.page_num, 1), LAST_PAGE)
        start = (self.page_num - 1) * self.list_per_page
        # Of the rows before this page the database looks at nothing but their keys.
        keys = self.queryset.values("pk")[start : start + self.list_per_page + 1]
        found = list(self.queryset.filter(pk__in=keys))
        self.has_next = len(found) > self.list_per_page
        self.result_list = found[: self.list_per_page]
        self.result_count = start + len(self.result_list)
        if self.has_next:
            self.result_count = self.queryset.order_by().values("pk")[: COUNTED + 1].count()
        self.counted_out = self.result_count > COUNTED
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = False
        self.multi_page = self.has_next or self.page_num > 1
        self.show_admin_actions = False

    @property
    def next_page(self) -> str:
        return self.get_query_string({"p": self.page_num + 1}) if self.has_next else ""

    @property
    def page_before(self) -> str:
        return self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else ""
