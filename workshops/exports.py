"""Registrations and the log of seats as tables for a spreadsheet: complete, and read row by row. Instants are UTC, as ISO 8601."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from newsletter import subscribing
from papers.sheets import Table, harmless
from people import times
from people.places import LEVELS, country_name
from workshops import registering
from workshops.models import Registration, Step

#: Rows fetched at once.
CHUNK = 1000


# -- Tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column: its title, the field it tells, and how it says a value that is not empty."""

    title: str
    field: str
    say: Callable[[Any], str] = str


def registrations_table(registrations: QuerySet[Registration], *, addresses: bool, needs: bool) -> Table:
    """A line of titles, then one line a registration in the order given; memory does not grow with their number.

    E-mail addresses only with ``addresses``, what people need to take part only with ``needs``.
    """
    registrations = registrations.annotate(recorded=registering.is_recorded(), news=subscribing.gets_news())
    hidden = ({"address__email"} if not addresses else set()) | ({"access_needs"} if not needs else set())
    return _table(registrations, [column for column in _columns() if column.field not in hidden])


def log_table(steps: QuerySet[Step]) -> Table:
    """The log of joins and promotions, oldest first; people by name and turn."""
    columns = [
        Column(_("At (UTC)"), "at", _instant),
        Column(_("Workshop"), "workshop__slug"),
        Column(_("Turn"), "registration__turn"),
        Column(_("Name"), "registration__name"),
        Column(_("Was"), "was", _word_of(Registration.Status.choices)),
        Column(_("Became"), "became", _word_of(Registration.Status.choices)),
        Column(_("Why"), "why", why_words),
    ]
    return _table(steps.order_by("pk"), columns)


def why_words(why: str) -> str:
    """Why a seat changed hands, in words."""
    known = {
        "registered": _("registered"),
        "promoted": _("next in line"),
        "offered": _("seat offered"),
        "offer taken": _("took the offered seat"),
        "offer declined": _("declined the offered seat"),
        "offer lapsed": _("did not answer the offer in time"),
        "given back": _("gave it back"),
        "swapped": _("changed sessions"),
        "exchanged": _("exchanged seats with others who wished it"),
        "seated elsewhere": _("has a seat in another session"),
        "erased": _("erased"),
        "address not confirmed": _("address not confirmed in time"),
        "no answer": _("did not say whether they come"),
        "cancelled": _("workshop cancelled"),
    }
    return known.get(why, why)


def _columns() -> list[Column]:
    return [
        Column(_("Workshop"), "workshop__slug"),
        Column(_("Turn"), "turn"),
        Column(_("Status"), "status", _word_of(Registration.Status.choices)),
        Column(_("Name"), "name"),
        Column(_("E-mail"), "address__email"),
        Column(_("Organisation"), "organisation"),
        Column(_("Country code"), "country"),
        Column(_("Country"), "country", country_name),
        Column(_("Level of government"), "level", _word_of(LEVELS)),
        Column(_("Role"), "role"),
        Column(_("Language"), "address__language"),
        Column(_("Time zone"), "address__time_zone"),
        Column(_("Hopes to work on"), "hopes"),
        Column(_("Brings a case"), "brings"),
        Column(_("Access needs"), "access_needs"),
        Column(_("May be recorded"), "recorded", _yes_or_no),
        Column(_("Gets news"), "news", _yes_or_no),
        Column(_("Group"), "group__number"),
        Column(_("Registered (UTC)"), "registered_at", _instant),
        Column(_("Seated (UTC)"), "seated_at", _instant),
        Column(_("Address confirmed (UTC)"), "address__confirmed_at", _instant),
        Column(_("Says they come (UTC)"), "reconfirmed_at", _instant),
        Column(_("Came (UTC)"), "attended_at", _instant),
        Column(_("Ended (UTC)"), "ended_at", _instant),
    ]


def _table(rows: QuerySet, columns: list[Column]) -> Table:
    yield [column.title for column in columns]
    fields = list(dict.fromkeys(column.field for column in columns))
    places = [(fields.index(column.field), column.say) for column in columns]
    for values in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        yield [harmless(say(values[n])) if values[n] not in (None, "") else "" for n, say in places]


def _word_of(choices: Iterable[tuple[str, Any]]) -> Callable[[str], str]:
    words = {str(key): str(word) for key, word in choices}
    return lambda key: words.get(key, key)


def _yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _instant(instant: datetime) -> str:
    return instant.astimezone(times.UTC).strftime("%Y-%m-%d %H:%M:%S")
