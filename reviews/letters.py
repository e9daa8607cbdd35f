"""Everything this room says by mail: one function for each letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from people.models import Address
from reviews.models import Assignment, Reviewer

DIGEST = "review-digest"
#: So many cases are named under each heading of a digest; the others are counted.
NAMED = 30


def digest(
    reviewer: Reviewer,
    to: Address,
    parts: Mapping[str, Sequence[Assignment]],
    *,
    to_read: int,
    day: date,
    zone: str,
    at: datetime,
    true_until: datetime,
) -> dict:
    """«Your cases today»: what ``post_many`` needs. ``parts``: «overdue», «due» and «new» → assignments. It names
    references and titles only, for the review may be blind."""
    return {
        "kind": DIGEST,
        "key": f"{DIGEST}:{reviewer.pk}:{day.isoformat()}",
        "to": to,
        "template": "reviews/digest",
        "subject": ("reviewer", reviewer.pk),
        "context": {
            "name": str(reviewer),
            "parts": [_part(kind, given) for kind, given in parts.items() if given],
            "counts": {kind: len(given) for kind, given in parts.items()},
            "to_read": to_read,
            "zone": zone,
        },
        "at": at,
        "expires_at": true_until,
    }


def _part(kind: str, given: Sequence[Assignment]) -> dict:
    return {
        "kind": kind,
        "cases": [
            {
                "reference": each.dossier.case.reference,
                "title": each.dossier.submission.title,
                "due_at": each.due_at.isoformat(),
            }
            for each in given[:NAMED]
        ],
        "more": max(0, len(given) - NAMED),
    }
