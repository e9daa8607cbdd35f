"""«Still true?»: once a year the author of a public case is asked, and answers with one click.

Who is asked is found by what is true now, so that an outage is caught up with and nobody is asked twice. A case that
nobody confirms stays: its page says since when.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from cases import preparing, public_letters
from cases.drafting import NotAllowed
from cases.models import Colleague, PublicCase, YearlyCheck
from cases.shelving import shelve
from outbox import posting
from people import events
from people.models import User

_Answer = YearlyCheck.Answer
YEAR = timedelta(days=365)
LONGEST_WORDS = 5_000
BATCH = 100

#: What the book says of each answer.
ANSWERED: dict[str, str] = {
    _Answer.STILL_TRUE: "said that it is still true",
    _Answer.CHANGED: "said that something has changed",
    _Answer.ENDED: "said that it has ended",
}


def ask_due(at: datetime) -> int:
    """Ask the authors of public cases that nobody confirmed or was asked about for a year; returns how many.

    Safe to repeat and to run twice at once.
    """
    asked = 0
    while batch := _ask_some(at):
        asked += batch
    return asked


@transaction.atomic
def _ask_some(at: datetime) -> int:
    lately = YearlyCheck.objects.filter(public_case=OuterRef("pk"), asked_at__gt=at - YEAR)
    long_ago = Q(confirmed_at__lte=at - YEAR) | Q(confirmed_at__isnull=True, published_at__lte=at - YEAR)
    due = PublicCase.objects.on_show().filter(~Exists(lately), long_ago, case__isnull=False)
    can_skip = connection.features.has_select_for_update_skip_locked
    found = due.select_for_update(of=("self",), skip_locked=can_skip, no_key=True)
    batch = list(found.select_related("case__call").order_by("pk")[:BATCH])
    asked = []
    for public in batch:
        author = public_letters.author_of(public)
        check = YearlyCheck.objects.create(public_case=public, asked_of=author, asked_at=at)
        asked.append(public_letters.still_true(check, at=at))
    posting.post_many(asked)
    return len(batch)


def open_check(public: PublicCase) -> YearlyCheck | None:
    """The question that waits for an answer, if one does."""
    last = public.yearly_checks.order_by("pk").last()
    return last if last and not last.answer else None


@transaction.atomic
def answer(public: PublicCase, *, said: str, words: str = "", by: Colleague, at: datetime) -> YearlyCheck:
    """Keep what the author says: whether or not we have just asked. «Still true» confirms it for another year.

    What has changed is for staff to take up; nothing public changes by itself. Pressing twice counts once. Raises
    NotAllowed for anybody but the author, for no answer, without words where something has changed, and for a case that
    is not public.
    """
    if not by.is_author or by.removed_at is not None:
        raise NotAllowed(_("Only the author of the case can do this."))
    if said not in _Answer.values:
        raise NotAllowed(_("Choose an answer."))
    words = words.replace("\r\n", "\n").strip()[:LONGEST_WORDS]
    if said == _Answer.CHANGED and not words:
        raise NotAllowed(_("Write what has changed, so that we can correct it."))
    public = PublicCase.objects.locked().get(pk=public.pk)
    if not public.is_on_show:
        raise NotAllowed(_("It is not public."))
    last = public.yearly_checks.order_by("pk").last()
    lately = last is not None and last.answered_at is not None and last.answered_at > at - timedelta(days=1)
    if last and lately and (last.answer, last.words) == (said, words):
        return last
    if last is None or last.answer:
        last = YearlyCheck(public_case=public, asked_at=at)
    last.asked_of, last.answer, last.words, last.answered_at = by, said, words, at
    last.looked_at = at if said == _Answer.STILL_TRUE else None
    last.save()
    if said == _Answer.STILL_TRUE:
        public.confirmed_at = max(at, public.confirmed_at or at)
        public.save(update_fields=["confirmed_at"])
    posting.expire(("case", public.case_id), kinds=[public_letters.STILL_TRUE], at=at)
    events.record(ANSWERED[said], about=preparing.about(public), at=at, by=by.address)
    if said == _Answer.STILL_TRUE:
        shelve(public)
    return last


@transaction.atomic
def looked_at(check: YearlyCheck, *, by: User, at: datetime) -> YearlyCheck:
    """Staff have taken up what the author said. Harmless when repeated."""
    check = YearlyCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    if check.looked_at is None and check.answer:
        check.looked_at = at
        check.save(update_fields=["looked_at"])
        public = check.public_case
        events.record("looked at the yearly answer", about=preparing.about(public), at=at, by=by)
    return check
