"""What came of a session: recorded by staff, worded anew, and shown with whatever cites it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.module_loading import import_string

from people import events
from people.models import User
from workshops.models import Result, Workshop

#: Results of one session.
MOST = 30


class IsCited(Exception):
    """Something that can be read cites this result, so it stays."""


class ChangedMeanwhile(Exception):
    """Somebody else has worded it anew, or taken it out."""


@transaction.atomic
def record(
    workshop: Workshop, *, title: dict[str, str], words: dict[str, str], by: User, at: datetime
) -> Result:
    """One more result, with the next number. The row of the session decides which of two comes first."""
    workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
    last = workshop.results.aggregate(last=Max("number"))["last"] or 0
    result = Result.objects.create(
        workshop=workshop, number=last + 1, title=title, words=words, said_at=at, changed_at=at
    )
    _note("result recorded", result, by=by, at=at)
    return result


@transaction.atomic
def reword(
    result: Result, *, title: dict[str, str], words: dict[str, str], seen: int, by: User, at: datetime
) -> bool:
    """Other words for a result, in its next edition; whether there was anything to change. Raises ChangedMeanwhile when
    its edition is no longer ``seen``."""
    there = Result.objects.select_for_update().filter(pk=result.pk).first()
    if there is None:
        raise ChangedMeanwhile
    if (there.title, there.words) == (title, words):
        return False
    if there.edition != seen:
        raise ChangedMeanwhile
    there.title, there.words, there.changed_at = title, words, at
    there.edition += 1
    there.save()
    _note("result reworded", there, by=by, at=at)
    return True


@transaction.atomic
def take_out(result: Result, *, by: User, at: datetime) -> None:
    """Raises IsCited."""
    _note("result taken out", result, by=by, at=at)
    try:
        result.delete()
    except ProtectedError:
        raise IsCited from None


def _note(action: str, result: Result, *, by: User, at: datetime) -> None:
    facts = {"result": result.number, "edition": result.edition}
    events.record(action, about=("workshop", result.workshop_id), at=at, by=by, facts=facts)


def shown(workshop: Workshop, *, at: datetime) -> dict[str, list[Any]]:
    """What came of a session and where that is cited: nothing before it has begun, and then not asked for."""
    if at < workshop.starts_at:
        return {"results": [], "cited_in": []}
    results = list(workshop.results.all())
    cited_in = [
        place
        for room in (settings.SESSION_CITATIONS if results else ())
        for place in import_string(room)(workshop.pk)
    ]
    return {"results": results, "cited_in": cited_in}
