"""The round of a call and its rubric: five criteria to begin with, which staff edit until the first score is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from cases.models import Call
from people import events
from people.models import User
from people.typing_in import fingerprint
from reviews.models import Criterion, Round
from reviews.models.round import POINTS

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


# -- Editing -------------------------------------------------------------------------------------------------------


class Begun(Exception):
    """The first score was saved: from then on the rubric stays as it is. ``at`` says when that was."""

    def __init__(self, at: datetime):
        super().__init__(at)
        self.at = at


class EditedMeanwhile(Exception):
    """Somebody else saved the rubric since it was opened."""


@dataclass(frozen=True)
class Line:
    """One criterion as it shall be. ``pk`` None: a new one; the key of one that exists stays as it is.

    ``title``, ``question`` and the five ``anchors`` are words by language.
    """

    pk: int | None
    key: str
    weight: int
    title: dict[str, str]
    question: dict[str, str]
    anchors: Sequence[dict[str, str]] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Any]:
        said = {name: value for name, value in asdict(self).items() if name not in ("pk", "key", "anchors")}
        return said | {f"anchor_{points}": self.anchors[points] for points in POINTS}


def seen(criteria: Iterable[Criterion]) -> str:
    """A short digest of a whole rubric, to notice that somebody else saved it meanwhile."""
    rows = " ".join(fingerprint(one) for one in criteria)
    return hashlib.sha256(rows.encode()).hexdigest()[:16]


@transaction.atomic
def edit(
    round_: Round, lines: Sequence[Line], *, was: str, by: User, at: datetime, why: str = ""
) -> list[str]:
    """Put these lines, in this order, in the place of the rubric; what is not among them goes. Returns the keys of
    all that was added, changed or removed.

    ``was`` is the digest of the rubric that was edited (see ``seen``). Raises Begun or EditedMeanwhile, and then
    nothing is written. Every change goes into the history of its criterion with person, time and reason.
    """
    round_ = Round.objects.locked().get(pk=round_.pk)
    if round_.begun_at is not None:
        raise Begun(round_.begun_at)
    there = {one.pk: one for one in round_.criteria.all()}
    if seen(there.values()) != was:
        raise EditedMeanwhile
    facts: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for pk, one in there.items():
        if pk not in {line.pk for line in lines}:
            facts["removed"].append(one.key)
            _by(one, by, at, why).delete()
    for position, line in enumerate(lines, 1):
        found = there.get(line.pk or 0)
        one = found or Criterion(round=round_, key=line.key)
        values = {**line.values, "position": position}
        if found and all(getattr(one, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(one, name, value)
        facts["changed" if found else "added"].append(one.key)
        _by(one, by, at, why).save()
    touched = [key for keys in facts.values() for key in keys]
    if touched:
        events.record("rubric changed", about=("round", round_.pk), at=at, by=by, reason=why, facts=facts)
    return touched


def _by(one: Any, by: User, at: datetime, why: str) -> Any:
    """The criterion with the hand, the hour and the reason that its history is to show."""
    one._history_user, one._history_date, one._change_reason = by, at, why
    return one
