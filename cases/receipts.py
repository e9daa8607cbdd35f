"""Receipts: what one says, and how anybody who holds its code can check it."""

from __future__ import annotations

from cases.models import Submission
from people.codes import spelled


def check(code: str) -> dict | None:
    """What ``/verify/<code>`` may say about a submission: nothing personal. None for an unknown code."""
    spelled_code = spelled(code)
    if spelled_code is None:
        return None
    submission = Submission.objects.select_related("case__call").filter(code=spelled_code).first()
    if submission is None:
        return None
    return {
        "kind": "case",
        "code": submission.code,
        "reference": submission.case.reference,
        "number": submission.number,
        "arrived_at": submission.arrived_at,
        "zone": submission.case.call.zone,
        "digest": submission.digest,
        "intact": submission.is_intact,
    }
