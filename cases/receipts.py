"""Receipts: what one says, and how anybody who holds its code can check it."""

from __future__ import annotations

import re

from cases.models import Submission
from cases.models.submission import CODE_ALPHABET, CODE_LENGTH, spelled

_FOREIGN = re.compile(f"[^{CODE_ALPHABET}]")


def check(code: str) -> dict | None:
    """What ``/verify/<code>`` may say about a submission: nothing personal. None for an unknown code."""
    signs = _FOREIGN.sub("", code.upper())
    if len(signs) != CODE_LENGTH:
        return None
    submission = Submission.objects.select_related("case__call").filter(code=spelled(signs)).first()
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
