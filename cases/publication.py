"""What becomes of an accepted case, as its author sees it (named in ``CASE_TIMELINES``, after the review)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Agreement, Case, PublicCase
from people import times

_State, _Answer = PublicCase.State, Agreement.Answer
DONE, NOW, TURN = "done", "now", "turn"


@dataclass
class Step:
    """One step in words. ``link``: address and words of what can be done here."""

    state: str
    what: str
    when: str = ""
    words: list[str] = field(default_factory=list)
    link: tuple[str, str] | None = None


def timelines_of(cases: Collection[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """The steps of publication of each of these cases that staff have begun to prepare, by its key. One statement,
    and one more where there are any."""
    if not cases:
        return {}
    found = list(
        PublicCase.objects.filter(case__in=cases)
        .select_related("case__call")
        .only(
            "state", "published_at", "renewed_at", "left_at", "withdrawal_asked_at", "case__code", "case__status",
            "case__call__zone_name",
        )
    )  # fmt: skip
    asked: dict[int, Agreement] = {}
    if found:
        rows = Agreement.objects.filter(public_case__in=found).defer("content").order_by("pk")
        asked = {each.public_case_id: each for each in rows}
    return {
        public.case.pk: {
            "title": _("Where your case stands"),
            "steps": _steps(public, public.case, asked.get(public.pk)),
        }
        for public in found
        if public.case and (public.published_at or public.case.status == Case.Status.ACCEPTED)
    }


def _steps(public: PublicCase, case: Case, asked: Agreement | None) -> list[Step]:
    zone = case.call.zone
    address = reverse("cases:public_version", args=[case.code])
    look = (address, _("Look at the public version"))
    if public.state == _State.PREPARING and asked is None:
        return [
            Step(NOW, _("Publication"), words=[_("We prepare the public version, and show it to you first.")])
        ]
    steps = []
    if asked is not None:
        steps.append(_agreement(asked, look, zone))
    if public.published_at:
        words = []
        if public.renewed_at and public.renewed_at > public.published_at:
            words = [_("Corrected on %(day)s.") % {"day": times.day(public.renewed_at, zone)}]
        if public.withdrawal_asked_at:
            words.append(_("You asked us to take it down; we answer you."))
        steps.append(Step(DONE, _("Public"), times.day(public.published_at, zone), words, look))
    elif asked is not None and asked.answer == _Answer.AGREED:
        steps.append(Step(NOW, _("Publication"), words=[_("We publish it next, and write to you.")]))
    if public.state == _State.UNPUBLISHED and public.left_at:
        steps.append(Step(DONE, _("Taken down"), times.day(public.left_at, zone)))
    if public.state == _State.ARCHIVED and public.left_at:
        words = [_("Its page stays, with a note that says so.")]
        steps.append(Step(DONE, _("Archived"), times.day(public.left_at, zone), words))
    return steps


def _agreement(asked: Agreement, look: tuple[str, str], zone: ZoneInfo) -> Step:
    step = Step(DONE, _("We showed you the public version"), times.day(asked.asked_at, zone), link=look)
    answered = times.day(asked.answered_at, zone) if asked.answered_at else ""
    if not asked.answer:
        step.state = TURN
        step.words = [_("Please look at it, and tell us whether you agree.")]
    elif asked.answer == _Answer.AGREED:
        step.words = [_("You agreed on %(day)s.") % {"day": answered}]
    elif asked.answer == _Answer.WISHES:
        step.words = [_("You told us on %(day)s what you wish to be different.") % {"day": answered}]
    else:
        step.words = [_("You told us on %(day)s that you do not want it published.") % {"day": answered}]
    return step
