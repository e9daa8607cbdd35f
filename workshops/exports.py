"""Registrations and the log of seats for a spreadsheet: complete, streamed, and nothing in it that would be run.

A cell that begins like a formula gets an apostrophe, as OWASP advises for CSV. Instants are UTC, as ISO 8601.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from people import times
from people.places import LEVELS, country_name
from workshops import registering
from workshops.models import Registration, Step

#: What spreadsheets take for the beginning of a formula, also in its full-width shape and after a line break.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
#: Signs that no spreadsheet file can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What the name of a sheet cannot hold.
_SHEET = re.compile(r"[\[\]:*?/\\]")
#: Rows fetched at once, and lines sent at once.
CHUNK = 1000
LINES = 200

Table = Iterator[list[str]]


def harmless(value: Any) -> str:
    """The text of a cell, as a spreadsheet shows it and never runs it."""
    text = _CONTROL.sub("", value if isinstance(value, str) else str(value))
    return f"'{text}" if text.startswith(FORMULA) else text


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
    registrations = registrations.annotate(recorded=registering.is_recorded(), news=registering.gets_news())
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


# -- Files -----------------------------------------------------------------------------------------------------------


def csv_lines(table: Table) -> Iterator[bytes]:
    """CSV piece by piece, in UTF-8 with the mark by which spreadsheets know it."""
    yield b"\xef\xbb\xbf"
    written = StringIO()
    writer = csv.writer(written)
    for number, line in enumerate(table, start=1):
        writer.writerow(line)
        if number % LINES == 0:
            yield _taken_from(written)
    yield _taken_from(written)


def _taken_from(written: StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


def xlsx_file(table: Table, *, title: str) -> IO[bytes]:
    """A workbook with one sheet, written to a temporary file row by row; memory does not grow with the rows."""
    from openpyxl import Workbook  # noqa: PLC0415 (8 MiB that few requests need)

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET.sub(" ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    for line in table:
        sheet.append(line)
    file = TemporaryFile()  # noqa: SIM115 (the answer that sends it closes it)
    book.save(file)
    file.seek(0)
    return file
