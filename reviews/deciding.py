"""Decisions: written alone or for many cases at once, told to authors when staff release them.

A decision that is written waits. Releasing tells all that wait, in one transaction: the case changes its status, the
author gets the letter. Locks are taken in the order round, case, dossier, cases and dossiers by their keys; what is
true is looked at again once they are held. ``at`` is the instant at which the request arrived.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cases.models import Case, Colleague
from outbox.posting import post_many
from people import events
from people.models import User
from reviews import letters
from reviews.assigning import CONFLICT
from reviews.conflicts import conflicts_of
from reviews.discretion import reviewers_named
from reviews.models import Assignment, Decision, Dossier, Release, Review, Round
from reviews.settling import settle_many

#: So many cases are decided in one go at most.
MOST_AT_ONCE = 500
#: What the scores come to is told to authors from so many finished reviews on: of one alone they would know it all.
FEWEST_REVIEWS = 2
LONGEST_REASONS = 10_000

_Outcome = Decision.Outcome


@dataclass(frozen=True)
class Verdict:
    """What is to be decided: one outcome with its reasons, for one case or for many."""

    outcome: str
    reasons: str
    why_changed: str = ""


@dataclass
class Entry:
    """One case with a decision and the letter that tells it; or why it cannot be decided, or told, so.

    ``told`` is the decision that the author knows, if any.
    """

    dossier: Dossier
    decision: Decision
    told: Decision | None
    author: Colleague
    refusals: list[str] = field(default_factory=list)

    def letter(self, *, at: datetime) -> dict:
        write = letters.decision_changed if self.told else letters.decision
        return write(self.decision, self.author, at=at)


@dataclass
class Plan:
    """What would be written; ``fingerprint`` tells whether the world is still the one that was looked at."""

    entries: list[Entry]
    fingerprint: str

    @property
    def sound(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.refusals]

    @property
    def refused(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.refusals]


class Moved(Exception):
    """The world is another one than the plan that was shown; ``plan`` is the one that would hold now."""

    def __init__(self, plan: Plan):
        self.plan = plan
        super().__init__()


# -- Deciding ----------------------------------------------------------------------------------------------------------


def plan(dossiers: Collection[int], verdict: Verdict, *, by: User, at: datetime) -> Plan:
    """What deciding these cases so would write, and what speaks against it. Writes nothing.

    A few statements, however many cases they are.
    """
    found = list(
        Dossier.objects.filter(pk__in=dossiers)
        .select_related("round", "case__call", "submission", "decision__release")
        .order_by("pk")
    )
    return _planned(found, verdict, by=by, at=at)


@transaction.atomic
def decide(
    dossiers: Collection[int], verdict: Verdict, *, seen: str, by: User, at: datetime
) -> list[Decision]:
    """Write the decision for each case of the plan that nothing speaks against; authors are told later.

    ``seen`` is the fingerprint of the plan that was looked at. Raises Moved when it would be another one now:
    somebody else has decided, the author has handed in again or withdrawn. So pressing twice decides once.
    """
    held = _held(dossiers)
    now = _planned(held, verdict, by=by, at=at)
    if now.fingerprint != seen:
        raise Moved(now)
    written = Decision.objects.bulk_create([entry.decision for entry in now.sound])
    settle_many([entry.dossier for entry in now.sound])
    _record("decision written", now.sound, by=by, at=at)
    return written


def _record(action: str, entries: Iterable[Entry], *, by: User, at: datetime) -> None:
    """An event for each case, with why its decision was changed as the reason."""
    by_reason: dict[str, list] = {}
    for entry in entries:
        facts = {
            "outcome": entry.decision.outcome,
            "number": entry.decision.number,
            "was": entry.dossier.case.status,  # as it was found
        }
        about = ("case", entry.dossier.case_id)
        by_reason.setdefault(entry.decision.why_changed, []).append((about, facts))
    for reason, abouts in by_reason.items():
        events.record_many(action, abouts, at=at, by=by, reason=reason)


def _held(dossiers: Collection[int]) -> list[Dossier]:
    """These dossiers, fresh, they and their cases locked; what may change is asked for once the locks are held."""
    cases = Dossier.objects.filter(pk__in=dossiers).values("case")
    list(Case.objects.locked().filter(pk__in=cases).order_by("pk").values_list("pk"))
    list(Dossier.objects.locked().filter(pk__in=dossiers).order_by("pk").values_list("pk"))
    return _found(dossiers)


def _found(dossiers: Collection[int]) -> list[Dossier]:
    found = Dossier.objects.filter(pk__in=dossiers)
    return list(found.select_related("round", "case__call", "submission", "decision").order_by("pk"))


def _planned(dossiers: list[Dossier], verdict: Verdict, *, by: User, at: datetime) -> Plan:
    authors = letters.authors_of([dossier.case for dossier in dossiers])
    told = _told(dossiers)
    conflicts = conflicts_of(by, dossiers) if dossiers else {}
    points = points_of(dossiers)
    shaken = _shaken(dossiers)
    named = reviewers_named(verdict.reasons, dossiers)
    entries = []
    for dossier in dossiers:
        before = dossier.decision
        decision = Decision(
            dossier=dossier,
            number=before.number + 1 if before else 1,
            submission=dossier.submission,
            outcome=verdict.outcome,
            reasons=verdict.reasons,
            why_changed=verdict.why_changed if before else "",
            points=points.get(dossier.pk),
            decided_by=by,
            decided_at=at,
        )
        refusals = [
            *_too_close(conflicts.get(dossier.pk, [])),
            *(
                _("The reasons name a reviewer of this case (“%(who)s”). Reviewers stay unknown to authors.")
                % {"who": who}
                for who in named.get(dossier.pk, [])[:1]
            ),
            *_against(dossier, before, verdict, is_shaken=dossier.pk in shaken),
        ]
        entries.append(Entry(dossier, decision, told.get(dossier.pk), authors[dossier.case_id], refusals))
    return Plan(entries, _fingerprint(entries, verdict))


def _told(dossiers: Collection[Dossier]) -> dict[int, Decision]:
    """By dossier: the decision that its author was told last."""
    released = Decision.objects.told().filter(dossier__in=[each.pk for each in dossiers])
    return {decision.dossier_id: decision for decision in released.order_by("number")}


def _too_close(reasons: Iterable[str]) -> list[str]:
    return [_("You are in a conflict of interest: %(why)s") % {"why": why} for why in reasons]


def _shaken(dossiers: Collection[Dossier]) -> set[int]:
    """Those whose decision rests on a review of somebody who has declared a conflict of interest since, by key."""
    since = Assignment.objects.filter(
        dossier__in=[each.pk for each in dossiers],
        ended_why=CONFLICT,
        finished_at__isnull=False,
        ended_at__gt=F("dossier__decision__decided_at"),
    )
    return set(since.values_list("dossier", flat=True))


def _against(dossier: Dossier, before: Decision | None, verdict: Verdict, *, is_shaken: bool) -> list[str]:
    """What speaks against deciding this case so, whoever does it."""
    case, wrong = dossier.case, []
    if not verdict.reasons.strip():
        wrong.append(_("Give the author the reasons."))
    if case.latest_id != dossier.submission_id:
        wrong.append(_("It has been handed in again this very moment. Look at it first."))
    if not may_be_decided(case, verdict.outcome):
        wrong.append(
            _("Its status is “%(status)s”, from which this decision cannot follow.")
            % {"status": case.get_status_display()}
        )
    if verdict.outcome == _Outcome.PUBLISH and not has_public_sponsor(dossier.submission.answers):
        wrong.append(_("It names no public sponsor, and without one it cannot be published."))
    if before and not verdict.why_changed.strip():
        wrong.append(
            _("It is decided already: %(outcome)s. To change that, say why.")
            % {"outcome": before.get_outcome_display()}
        )
    if (
        before
        and not is_shaken
        and (before.outcome, before.reasons) == (verdict.outcome, verdict.reasons)
        and before.submission_id == dossier.submission_id
    ):
        wrong.append(_("It is decided exactly so already."))
    return wrong


def may_be_decided(case: Case, outcome: str) -> bool:
    """Whether a case in its status may come to be what this outcome makes of it, or is that already. What is public, or
    was and keeps its page, is taken down first."""
    if case.status in (Case.Status.PUBLISHED, Case.Status.ARCHIVED):
        return False
    status = Decision.STATUS[_Outcome(outcome)]
    return case.status == status or case.may_become(status)


def has_public_sponsor(answers: dict) -> bool:
    """A public employee who is involved hands in for themselves; anybody else names the official behind the case."""
    return answers.get("public_employee") == "yes" or bool((answers.get("sponsor_name") or "").strip())


def points_of(dossiers: Iterable[Dossier]) -> dict[int, dict[str, int]]:
    """By dossier: for each criterion the point nearest to the mean of all scores (the higher one of two that are
    equally near), where enough reviews are finished. One statement."""
    scores: dict[int, list[dict]] = {}
    finished = Review.objects.finished().filter(assignment__dossier__in=[each.pk for each in dossiers])
    for pk, given in finished.values_list("assignment__dossier", "scores"):
        scores.setdefault(pk, []).append(given)
    found = {}
    for pk, reviews in scores.items():
        if len(reviews) >= FEWEST_REVIEWS:
            keys = {key for given in reviews for key in given}
            by_key = {key: [given[key] for given in reviews if given.get(key) is not None] for key in keys}
            found[pk] = {
                key: int(fmean(each) + 0.5) for key, each in by_key.items() if len(each) >= FEWEST_REVIEWS
            }
    return found


def _fingerprint(entries: list[Entry], verdict: Verdict) -> str:
    world = [
        [
            entry.dossier.pk,
            entry.dossier.submission_id,
            entry.dossier.case.status,
            entry.decision.number,
            entry.told.pk if entry.told else 0,
            entry.author.pk,
            entry.author.name,
            entry.decision.points,
            entry.refusals,
        ]
        for entry in entries
    ]
    told = json.dumps([verdict.outcome, verdict.reasons, verdict.why_changed, world], sort_keys=True)
    # With our key: what the reviews come to could be found out from a bare digest by trying.
    return salted_hmac("reviews.deciding", told, algorithm="sha256").hexdigest()


# -- Releasing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Released:
    """What one press of «Release» came to. ``left_out``: reference of the case, and why."""

    release: Release | None
    told: int
    left_out: list[tuple[str, str]]


def waiting(round_: Round, *, by: User) -> list[Entry]:
    """The decisions that wait to be told, with what speaks against it that this person tells them now. A few
    statements."""
    pending = Decision.objects.pending().filter(dossier__round=round_)
    return _entries_of(list(pending.values_list("dossier", flat=True)), by=by)


def _entries_of(keys: Collection[int], *, by: User) -> list[Entry]:
    pending = Decision.objects.pending().filter(dossier__in=keys).order_by("dossier__case__reference")
    found = list(pending.select_related("submission", "dossier__round", "dossier__case__call"))
    dossiers = [decision.dossier for decision in found]
    told, shaken = _told(dossiers), _shaken(dossiers)
    conflicts = conflicts_of(by, dossiers) if dossiers else {}
    authors = letters.authors_of([dossier.case for dossier in dossiers])
    return [
        Entry(
            decision.dossier,
            decision,
            told.get(decision.dossier_id),
            authors[decision.dossier.case_id],
            [
                *_too_close(conflicts.get(decision.dossier_id, [])),
                *_against_telling(decision.dossier, decision, is_shaken=decision.dossier_id in shaken),
            ],
        )
        for decision in found
    ]


def _against_telling(dossier: Dossier, decision: Decision, *, is_shaken: bool) -> list[str]:
    case = dossier.case
    if case.status == Case.Status.WITHDRAWN:
        return [_("It has been withdrawn.")]
    if not may_be_decided(case, decision.outcome):
        return [
            _("Its status is “%(status)s” by now, from which this decision cannot follow.")
            % {"status": case.get_status_display()}
        ]
    if case.latest_id != decision.submission_id:
        return [_("It has been handed in again since it was decided. Decide anew.")]
    if is_shaken:
        return [_("A reviewer has declared a conflict of interest since it was decided. Decide anew.")]
    return []


@transaction.atomic
def release(round_: Round, decisions: Collection[int], *, by: User, at: datetime) -> Released:
    """Tell the authors of these decisions, all together: one letter each, and each case has its new status.

    ``decisions`` are those that were looked at. One that is no longer the last word on its case, or was told by
    somebody else meanwhile, is passed over; left out and said are those whose case was withdrawn or has come back, whose
    reviewer has declared a conflict of interest since, or with whose case whoever releases is in conflict themselves.
    Two managers at once write one set of letters: the second waits, and finds nothing left to tell.
    """
    Round.objects.locked().get(pk=round_.pk)
    asked = Decision.objects.filter(pk__in=decisions, dossier__round=round_).values_list("dossier", flat=True)
    dossiers = list(asked)
    _held(dossiers)
    entries = [entry for entry in _entries_of(dossiers, by=by) if entry.decision.pk in set(decisions)]
    left_out = [
        (entry.dossier.case.reference or "", entry.refusals[0]) for entry in entries if entry.refusals
    ]
    told = [entry for entry in entries if not entry.refusals]
    if not told:
        return Released(None, 0, left_out)
    made = Release.objects.create(round=round_, released_at=at, released_by=by)
    Decision.objects.filter(pk__in=[entry.decision.pk for entry in told]).update(release=made)
    post_many(entry.letter(at=at) for entry in told)
    _move(told)
    settle_many([entry.dossier for entry in told])
    _record("decided", told, by=by, at=at)
    facts = {"release": made.pk, "decisions": len(told)}
    events.record("decisions released", about=("round", round_.pk), at=at, by=by, facts=facts)
    return Released(made, len(told), left_out)


def _move(told: Iterable[Entry]) -> None:
    """Give each case the status that its decision makes of it; the cases are held."""
    cases: dict[str, list[int]] = {}
    for entry in told:
        cases.setdefault(entry.decision.outcome, []).append(entry.dossier.case_id)
    for outcome, keys in cases.items():
        Case.objects.filter(pk__in=keys).update(status=Decision.STATUS[_Outcome(outcome)])
