"""What a row said before, and what was done with it: who, when, from what to what, and why.

Values are read from django-simple-history, deeds from the book of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from people.models import Event, User
from people.texts import in_language
from reviews.admin.pages import Pages

#: So many records of each kind of row are shown, the newest.
SHOWN = 100


class HistoryPages(Pages):
    """Mixed into an admin whose rows keep their history; ``histories_of`` says which records belong to the object.

    ``BOOK`` are the deeds that change none of its values: the action of an event, and words for it and its facts.
    """

    BOOK: dict[str, Any] = {}

    def histories_of(self, row: Model) -> list[Any]:
        """Querysets of historical records: the object's own, and those of rows that belong to it."""
        return [row.history.all()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        records = [
            record
            for history in self.histories_of(row)
            for record in history.select_related("history_user")[: SHOWN + 1]
        ]
        steps = [*steps_of(records), *self._deeds_with(row)]
        name = f"admin:reviews_{self.opts.model_name}"
        return self.page(
            request,
            "history",
            title=_("History"),
            trail=[
                (capfirst(self.opts.verbose_name_plural), reverse(f"{name}_changelist")),
                (str(row), reverse(f"{name}_change", args=[row.pk])),
            ],
            steps=sorted(steps, key=lambda step: step["order"], reverse=True)[:SHOWN],
        )

    def _deeds_with(self, row: Model) -> Iterator[dict[str, Any]]:
        about = Event.objects.filter(object_kind=self.opts.model_name, object_id=str(row.pk))
        found = list(about.filter(action__in=self.BOOK).order_by("-at", "-pk")[:SHOWN])
        people = User.objects.in_bulk({event.actor_id for event in found if event.actor_id})
        for event in found:
            yield {
                "order": (event.at, event.pk),
                "at": event.at,
                "by": str(people.get(event.actor_id) or event.get_actor_display()),
                "what": str(self.BOOK[event.action] % event.facts),
                "changes": [],
                "why": event.reason,
            }


def steps_of(records: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """One entry for each record, with what it changed against the one before it."""
    kind_and_row = lambda record: (record._meta.label, record.id)  # noqa: E731
    for _row, versions in groupby(sorted(records, key=kind_and_row), kind_and_row):
        before = None
        for record in sorted(versions, key=lambda record: (record.history_date, record.history_id)):
            changes = list(_changes(before, record))
            if changes or record.history_type != "~":
                yield {
                    "order": (record.history_date, record.history_id),
                    "at": record.history_date,
                    "by": str(record.history_user or _("the portal itself")),
                    "what": _what(record),
                    "changes": changes if record.history_type == "~" else [],
                    "why": record.history_change_reason or "",
                }
            before = record


def _what(record: Any) -> str:
    kind = capfirst(record.instance_type._meta.verbose_name)
    words = {"+": _("%(kind)s added"), "-": _("%(kind)s removed"), "~": _("%(kind)s changed")}
    title = in_language(getattr(record, "title", None))
    said = words[record.history_type] % {"kind": kind}
    return f"{said}: {title}" if title else said


def _changes(before: Any, record: Any) -> Iterator[tuple[str, str, str]]:
    if before is None:
        return
    for field in record.tracked_fields:
        was, said = getattr(before, field.attname), getattr(record, field.attname)
        if was != said:
            yield capfirst(str(field.verbose_name)), _words(field, was), _words(field, said)


def _words(field: Any, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return in_language(value) if all(isinstance(v, str) for v in value.values()) else str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return f"{value:%Y-%m-%d %H:%M} UTC" if hasattr(value, "hour") else str(value)
