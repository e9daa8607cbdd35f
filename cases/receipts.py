"""Receipts: what one says, and how anybody who holds its code can check it."""

from __future__ import annotations

import re

from cases.models import Submission
from cases.models.submission import CODE_ALPHABET

_FOREIGN = re.compile(f"[^{CODE_ALPHABET}]")


def check(code: str) -> dict | None:
    """What ``/verify/<code>`` may say about a submission: nothing personal. None for an unknown code."""
    signs = _FOREIGN.sub("", code.upper())
    if len(signs) != 26:
        return None
    spelled = "-".join((signs[:4], signs[4:8], signs[8:12], signs[12:16], signs[16:20], signs[20:]))
    submission = Submission.objects.select_related("case__call").filter(code=spelled).first()
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
