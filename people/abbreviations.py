"""Abbreviations of zones that are not in force on the day they are written about: «CET» for a day in June.

Staff are warned and may be right all the same (a quotation, say), so nothing is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils import formats
from django.utils.translation import gettext as _

from people import times
from people.texts import TranslatedField

#: In winter, in summer, and where. An abbreviation that some place uses all year round is never wrong: "".
TWINS = (
    ("CET", "CEST", "Europe/Paris"),
    ("MEZ", "MESZ", "Europe/Berlin"),
    ("WET", "WEST", "Europe/Lisbon"),
    ("EET", "EEST", "Europe/Athens"),
    ("", "BST", "Europe/London"),
    ("EST", "EDT", "America/New_York"),
    ("", "CDT", "America/Chicago"),
    ("", "MDT", "America/Denver"),
    ("PST", "PDT", "America/Los_Angeles"),
    ("NZST", "NZDT", "Pacific/Auckland"),
    ("", "AEDT", "Australia/Sydney"),
)
_ZONES = {name: (zone, bool(n)) for *names, zone in TWINS for n, name in enumerate(names) if name}
_TYPED = re.compile(rf"(?<![\w-])(?:{'|'.join(_ZONES)})(?![\w-])")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAY = re.compile(
    r"\b(?P<day>\d{1,2})\.?\s+(?P<month>[A-Za-z]{3,9})\.?(?:\s+(?P<year>\d{4}))?"
    r"|\b(?P<month2>[A-Za-z]{3,9})\.?\s+(?P<day2>\d{1,2})\b(?:,?\s+(?P<year2>\d{4}))?"
    r"|\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
)


@dataclass(frozen=True)
class Misnomer:
    """One abbreviation where it does not hold: in which text, and on which day."""

    typed: str
    at: datetime
    zone: ZoneInfo
    where: str = ""

    def __str__(self) -> str:
        told = {
            "typed": self.typed,
            "day": formats.date_format(self.at.astimezone(self.zone), "j F Y"),
            "now": times.zone_words(self.at, self.zone),
            "where": self.where,
        }
        if not self.where:
            return _("“%(typed)s” is not in force on %(day)s. Right is: %(now)s.") % told
        return _("%(where)s: “%(typed)s” is not in force on %(day)s. Right is: %(now)s.") % told


def misnomers_in(text: str, *, at: datetime) -> list[Misnomer]:
    """What is wrong in a text. Each line speaks of the days that it names (in English or as 2027-06-03), a line
    that names none of ``at``. Each abbreviation is reported once."""
    found: dict[str, Misnomer] = {}
    for line in text.splitlines():
        typed = _TYPED.findall(line)
        if not typed:
            continue
        days = list(_days_in(line, at=at)) or [at]
        for name in typed:
            zone, is_summer = ZoneInfo(_ZONES[name][0]), _ZONES[name][1]
            if not any(bool(day.astimezone(zone).dst()) == is_summer for day in days):
                found.setdefault(name, Misnomer(name, days[0], zone))
    return list(found.values())


def misnomers_of(row: Model, *, at: datetime) -> list[Misnomer]:
    """What is wrong in any translated text of a row, with the name of the text."""
    return [
        Misnomer(wrong.typed, wrong.at, wrong.zone, where=str(field.verbose_name).capitalize())
        for field in row._meta.fields
        if isinstance(field, TranslatedField)
        for words in (getattr(row, field.name) or {}).values()
        for wrong in misnomers_in(words, at=at)
    ]


def _days_in(line: str, *, at: datetime) -> Iterator[datetime]:
    """Noon (UTC) of each day that a line names; a day without a year is one of the year of ``at``."""
    for match in _DAY.finditer(line):
        part = match.groupdict()
        try:
            if part["iso"]:
                yield datetime.fromisoformat(part["iso"]).replace(hour=12, tzinfo=times.UTC)
                continue
            month = (part["month"] or part["month2"]).lower()
            numbers = [n for n, name in enumerate(_MONTHS, start=1) if name.startswith(month)]
            if not numbers:
                continue
            year, day = part["year"] or part["year2"] or at.year, part["day"] or part["day2"]
            yield datetime(int(year), numbers[0], int(day), 12, tzinfo=times.UTC)
        except ValueError:
            continue  # the 30th of February is nobody's day
