"""Whether letters leave, in two statements: for the page of the probe and the top of the admin."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q

from outbox.models import OutboxMessage, Pulse

_State = OutboxMessage.State


def vital_signs(at: datetime) -> dict:
    """``worker_age``: seconds since the worker's last sign of life, None if there never was one.

    ``oldest_due``: seconds by which the letter that waits longest is late, 0 when none is, counted from
    the instant it was promised for, so that retries do not make it look fresh. ``failed``: letters that
    were given up and not yet looked after.
    """
    beat_at = Pulse.objects.filter(pk=Pulse.ROW).values_list("beat_at", flat=True).first()
    letters = OutboxMessage.objects.filter(state__in=[_State.WAITING, _State.FAILED]).aggregate(
        oldest=Min("promised_at", filter=Q(state=_State.WAITING, promised_at__lte=at)),
        failed=Count("pk", filter=Q(state=_State.FAILED)),
    )
    return {
        "worker_age": None if beat_at is None else _seconds(at, beat_at),
        "oldest_due": _seconds(at, letters["oldest"]) if letters["oldest"] else 0,
        "failed": letters["failed"],
    }


def _seconds(at: datetime, since: datetime) -> float:
    return max(0.0, (at - since).total_seconds())
