"""The round of a call and its rubric: five criteria to begin with, which staff edit until the first score is saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from cases.models import Call
from reviews.models import Criterion, Round

#: key, title, question, and what 0, 1, 2, 3 and 4 points mean.
PRESET: tuple[tuple[str, str, str, tuple[str, str, str, str, str]], ...] = (
    (
        "novelty",
        "Novelty",
        "Is it new for the organisations that do it?",
        (
            "Nothing new: it continues what was done before.",
            "A small improvement of something that was there.",
            "Known elsewhere, taken over as it was.",
            "Known elsewhere, changed so that it fits here.",
            "New in kind: we know of nothing like it.",
        ),
    ),
    (
        "implementation",
        "Implementation",
        "Has it begun to reach its users?",
        (
            "An idea; nothing has begun.",
            "Decided and prepared, no users yet.",
            "A first try with few users.",
            "In use in at least one place, with the teething troubles behind it.",
            "In regular use in all the places that take part.",
        ),
    ),
    (
        "impact",
        "Impact",
        "What has changed for people, and how does one know?",
        (
            "No effect is named.",
            "Effects are hoped for, without grounds.",
            "Effects are likely, with grounds that one can follow.",
            "Effects are described and shown by examples.",
            "Effects are measured, also those that were not wished for.",
        ),
    ),
    (
        "collaboration",
        "Collaboration across borders",
        "Do several jurisdictions share the work, and would one alone not get there?",
        (
            "One jurisdiction acts; others are named only.",
            "The others are kept informed.",
            "Tasks are shared, decisions are taken by one.",
            "Work and decisions are shared.",
            "Work, decisions and responsibility are shared and agreed in writing.",
        ),
    ),
    (
        "replicability",
        "Replicability",
        "Could others learn from it or take it over?",
        (
            "It hangs on conditions that exist nowhere else.",
            "Others would have to begin almost anew.",
            "Parts of it can be taken over.",
            "It is described so that others can take it over.",
            "Others have taken it over.",
        ),
    ),
)


@transaction.atomic
def round_of(call: Call) -> Round:
    """The round of this call, made with the preset rubric where there is none. Safe to repeat and under races."""
    round_, made = Round.objects.get_or_create(call=call)
    if made:
        for position, (key, title, question, anchors) in enumerate(PRESET, 1):
            meant: dict[str, Any] = {f"anchor_{n}": {"en": words} for n, words in enumerate(anchors)}
            Criterion.objects.create(
                round=round_,
                key=key,
                position=position,
                title={"en": title},
                question={"en": question},
                **meant,
            )
    return round_


def begin(round_: Round, *, at: datetime) -> None:
    """Close the rubric: the first score is about to be saved. Inside the caller's transaction; harmless when repeated.

    Whoever edits the rubric holds the row of the round, so that one of the two comes first.
    """
    if round_.begun_at is None:
        Round.objects.filter(pk=round_.pk, begun_at__isnull=True).update(begun_at=at)
