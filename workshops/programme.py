"""The programme's three sessions: 3, 7 and 10 June, as wall-clock times in Paris. Staff edit them afterwards."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from workshops.models import Series, Workshop

PARIS = ZoneInfo("Europe/Paris")
#: Day of June, beginning and end: the source writes «CET» for dates in June, and means Paris.
SESSIONS = ((3, (15, 30), (18, 0)), (7, (9, 0), (11, 30)), (10, (10, 0), (12, 30)))

INTRODUCTION = (
    "Three online sessions with the same content: two and a half hours with people who do this work. Name what makes "
    "it hard, picture it working well, and say what has to happen. They are free, and you do not need a case to come."
)
PROMISE = (
    "You meet practitioners from other governments, name the pain points of working across borders, and leave with "
    "recommendations that all of you have shaped."
)
AGENDA = """\
Pain points: what makes it hard to work across borders
Visions: what it would look like if it worked well
Recommendations: the steps that lead there"""
AUDIENCE = (
    "People in governments and public bodies who work across borders, or want to, and those who help them."
)


@transaction.atomic
def load_series(year: int) -> tuple[Series, bool]:
    """The series of a year with its three sessions, made if it is missing; what staff edited stays. Safe to repeat."""
    series, made = Series.objects.get_or_create(
        year=year,
        defaults={
            "title": {"en": f"Workshops {year}"},
            "introduction": {"en": INTRODUCTION},
            "contact_email": settings.CONTACT_EMAIL,
        },
    )
    if made:
        for day, begins, ends in SESSIONS:
            Workshop.objects.create(
                series=series,
                slug=f"{year}-june-{day}",
                title={"en": "Innovating together across borders"},
                promise={"en": PROMISE},
                agenda={"en": AGENDA},
                audience={"en": AUDIENCE},
                starts_at=datetime(year, 6, day, *begins, tzinfo=PARIS),
                ends_at=datetime(year, 6, day, *ends, tzinfo=PARIS),
            )
    return series, made
