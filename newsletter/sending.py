"""One letter to everybody who wants a topic: promised in one row, written into the outbox piece by piece.

Killed in the middle and run again, a mailing writes to nobody twice and leaves nobody out: each piece moves ``last``
in its own transaction, and the key of a letter names the mailing and the address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from time import monotonic

from django import db
from django.db import connection, transaction

from newsletter import letters
from newsletter.models import Issue, Mailing, Subscription
from outbox import posting

log = logging.getLogger(__name__)

#: How many readers one transaction looks after.
BATCH = 500
#: A run ends by itself after this long, so that the worker can deliver letters in between; the next one goes on.
RUN = timedelta(seconds=10)
#: An issue that could not be delivered for so long is of no use any more.
STALE = timedelta(days=14)


def tell(
    topic: str,
    *,
    key: str,
    template: str,
    contexts: Mapping[str, dict],
    subject: tuple[str, object],
    at: datetime,
    expires_at: datetime | None = None,
) -> bool:
    """Promise one letter to everybody who wants ``topic`` by now; whether it was not promised already.

    For rooms above, inside the transaction of what they tell; ``contexts`` hold what the template is told, for each
    language. Whoever has a letter with the key ``<key>:<address>`` already, from whatever room, gets no other.
    """
    _mailing, made = Mailing.objects.get_or_create(
        key=key,
        defaults={
            "topics": [topic],
            "template": template,
            "contexts": dict(contexts),
            "subject_kind": subject[0],
            "subject_id": str(subject[1]),
            "begun_at": at,
            "expires_at": expires_at,
        },
    )
    return made


def let_go(subject: tuple[str, object], *, at: datetime) -> None:
    """What was told about ``subject`` is no longer true: what has not left yet never will."""
    under_way = Mailing.objects.under_way().filter(subject_kind=subject[0], subject_id=str(subject[1]))
    under_way.update(ended_at=at)
    posting.expire(subject, kinds=[letters.NEWS], at=at)


def was_told(keys: Iterable[str]) -> set[str]:
    """Which of these have been promised. One statement."""
    return set(Mailing.objects.filter(key__in=list(keys)).values_list("key", flat=True))


# -- The sweep ---------------------------------------------------------------------------------------------------------


def carry_on(at: datetime) -> int:
    """Begin with the issues whose time has come, and go on with every mailing, for ``RUN`` at most; returns how many
    letters were written.

    Safe to repeat and to run twice at once. A mailing that cannot be written keeps no other from its readers.
    """
    written, end = 0, monotonic() + RUN.total_seconds()
    for pk in list(Issue.objects.due(at).order_by("due_at").values_list("pk", flat=True)):
        _begin(pk, at=at)
    for pk in list(Mailing.objects.under_way().order_by("pk").values_list("pk", flat=True)):
        try:
            written += _write_all(pk, at=at, end=end)
        except db.Error:
            raise
        except Exception:
            log.exception("The letters of mailing %s cannot be written.", pk)
    return written


@transaction.atomic
def _begin(pk: int, *, at: datetime) -> None:
    """From now on an issue cannot be called back, and stands on its page."""
    issue = Issue.objects.select_for_update().get(pk=pk)
    if issue.state != Issue.State.SCHEDULED:
        return
    Mailing.objects.create(
        key=f"{letters.NEWS}:{issue.pk}",
        topics=issue.topics,
        template="newsletter/issue",
        contexts=letters.contexts_of(issue),
        subject_kind="issue",
        subject_id=str(issue.pk),
        begun_at=at,
        expires_at=at + STALE,
    )
    issue.state, issue.begun_at = Issue.State.SENDING, at
    issue._history_date = at  # type: ignore[attr-defined]
    issue.save(update_fields=["state", "begun_at"])


def _write_all(pk: int, *, at: datetime, end: float) -> int:
    written = 0
    while monotonic() < end and (some := _write_some(pk, at=at)) is not None:
        written += some
    return written


@transaction.atomic
def _write_some(pk: int, *, at: datetime) -> int | None:
    """Write to the next readers in order of their subscriptions; None once there are none left, or somebody else is
    at it."""
    skip = connection.features.has_select_for_update_skip_locked
    mailing = Mailing.objects.under_way().select_for_update(skip_locked=skip).filter(pk=pk).first()
    if mailing is None:
        return None
    # Whoever says yes after it has begun gets the next one; the end is the same for every piece.
    readers = Subscription.objects.readers(mailing.topics).filter(confirmed_at__lte=mailing.begun_at)
    some = list(readers.filter(pk__gt=mailing.last).select_related("address").order_by("pk")[:BATCH])
    if not some or not mailing.is_of_use(at):
        _end(mailing, at=at)
        return None
    posting.post_many(letters.of_mailing(mailing, reader, at=at) for reader in some)
    mailing.last, mailing.written = some[-1].pk, mailing.written + len(some)
    mailing.save(update_fields=["last", "written"])
    return len(some)


def _end(mailing: Mailing, *, at: datetime) -> None:
    mailing.ended_at = at
    mailing.save(update_fields=["ended_at"])
    if mailing.subject_kind == "issue":
        sending = Issue.objects.filter(pk=mailing.subject_id, state=Issue.State.SENDING)
        sending.update(state=Issue.State.SENT, sent_at=at)
