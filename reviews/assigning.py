"""Cases are given to reviewers, taken back, and passed on when somebody declares a conflict.

Locks in the order of the house: round, dossiers, reviewers. Whoever gives something out holds the round, so that no
cap is passed by two at once. No letters: reviewers hear of everything in one digest a day.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case
from cases.questions import CASE_LANGUAGES, label_of
from people import events, times
from people.models import User
from reviews import conflicts, planning
from reviews.conflicts import Ground, Own, Tie
from reviews.models import Assignment, Conflict, Dossier, Reviewer, Round
from reviews.planning import PACE_OVER, Pace, Proposal, Reader, ToRead
from reviews.settling import settle, settle_many

_Step = Dossier.Step
#: Nothing is read any more at these steps.
OVER = (_Step.TO_RELEASE, _Step.DECIDED, _Step.OUT)
BATCH = 500

#: Why an assignment ended, as its row says it, and in words.
TAKEN_BACK, CONFLICT = "taken back", "conflict"
ENDED = {
    TAKEN_BACK: gettext_lazy("taken back"),
    CONFLICT: gettext_lazy("declared a conflict of interest"),
}


class NotPossible(Exception):
    """What was asked for cannot be done; the one argument is a sentence for whoever asked."""


class ReasonNeeded(NotPossible):
    """It can be done, but something speaks against it, and the book has to say why it was done all the same."""


class Moved(Exception):
    """What the plan was made from is no longer so: it has to be looked at again."""


# -- The plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What there is to give out in a round, to whom, and what is proposed."""

    round: Round
    cases: list[ToRead]
    readers: list[Reader]
    proposal: Proposal

    @cached_property
    def fingerprint(self) -> str:
        """What the page shows, in one word: another proposal, or other loads, have another."""
        shown = {
            "given": sorted(self.proposal.given.items()),
            "short": sorted(self.proposal.short),
            "loads": sorted(self.proposal.loads.items()),
            "days": self.round.days_to_read,
        }
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]

    @cached_property
    def by_key(self) -> dict[int, ToRead]:
        return {case.key: case for case in self.cases}

    @cached_property
    def reader_by_key(self) -> dict[int, Reader]:
        return {reader.key: reader for reader in self.readers}

    def who_may_read(self, key: int) -> list[Reader]:
        """The readers to choose among for this case."""
        return [reader for reader in self.readers if self.by_key[key].may_go_to(reader)]

    def those_that_hold(self, changes: Mapping[int, Collection[int]]) -> dict[int, tuple[int, ...]]:
        """The changes by hand that can be, and that say something else than the proposal."""
        kept = {}
        for key, wished in changes.items():
            chosen = tuple(sorted(set(wished)))
            if key not in self.by_key or chosen == self.proposal.given[key]:
                continue
            able = {reader.key for reader in self.who_may_read(key)}
            if able.issuperset(chosen) and len(chosen) <= self.missing(key):
                kept[key] = chosen
        return kept

    def missing(self, key: int) -> int:
        return max(0, self.round.readers_per_case - len(self.by_key[key].given))

    def changed(self, changes: Mapping[int, Sequence[int]]) -> Proposal:
        wanted = self.round.readers_per_case
        return planning.with_changes(self.proposal, changes, self.cases, self.readers, wanted)

    def beyond_their_cap(self, proposal: Proposal) -> list[Reader]:
        """Who would have more than they take; the proposal itself never does that to anybody."""
        return [
            reader
            for reader in self.readers
            if proposal.loads[reader.key] > max(reader.cap, self.proposal.loads[reader.key])
        ]


@dataclass(frozen=True)
class Accepted:
    cases: int
    readings: int
    short: int


def plan_of(round_: Round) -> Plan:
    """Work out who should read the cases that wait for reviewers. Seven statements, however many they are."""
    people = list(takers().order_by("pk"))
    loads = loads_in(round_)
    readers = [reader_from(reviewer, loads[reviewer.pk]) for reviewer in people]
    waiting = round_.dossiers.at_step(_Step.TO_ASSIGN)
    cases = works_of(waiting.exclude(case__status__in=[Case.Status.WITHDRAWN, Case.Status.DRAFT]), people)
    return Plan(round_, cases, readers, planning.propose(cases, readers, round_.readers_per_case))


@transaction.atomic
def accept(
    round_: Round,
    *,
    fingerprint: str,
    changes: Mapping[int, Collection[int]] | None = None,
    by: User,
    at: datetime,
) -> Accepted:
    """Give out everything that the plan proposes, with what was put right by hand (case → readers), all or nothing.

    Raises Moved when the plan is no longer the one whose ``fingerprint`` was shown; NotPossible when somebody would
    get more than they take, or a change cannot be.
    """
    round_ = held(round_.pk)
    waiting = round_.dossiers.at_step(_Step.TO_ASSIGN).locked().select_related("round").order_by("pk")
    dossiers = {dossier.pk: dossier for dossier in waiting}
    _hold_reviewers(takers())
    plan = plan_of(round_)
    if plan.fingerprint != fingerprint:
        raise Moved
    wished = dict(changes or {})
    by_hand = plan.those_that_hold(wished)
    if any(
        set(by_hand.get(key, plan.proposal.given.get(key, ()))) != set(chosen)
        for key, chosen in wished.items()
    ):
        raise NotPossible(
            _("Some of the changes made by hand are no longer possible. Please look at it again.")
        )
    proposal = plan.changed(by_hand)
    if beyond := plan.beyond_their_cap(proposal):
        raise NotPossible(
            _("Nothing is given out yet: %(names)s would have more than they take.")
            % {"names": ", ".join(reader.name for reader in beyond)}
        )
    given = {key: chosen for key, chosen in proposal.given.items() if chosen}
    due_at = due_after(round_, at)
    Assignment.objects.bulk_create(
        (
            Assignment(dossier_id=key, reviewer_id=reviewer, given_at=at, given_by=by, due_at=due_at)
            for key, chosen in sorted(given.items())
            for reviewer in chosen
        ),
        batch_size=BATCH,
    )
    events.record_many(
        "given to reviewers",
        (
            (("case", dossiers[key].case_id), {"reviewers": list(chosen), "by_hand": key in by_hand})
            for key, chosen in sorted(given.items())
        ),
        at=at,
        by=by,
    )
    settle_many([dossiers[key] for key in sorted(given)])
    done = Accepted(len(given), proposal.readings, len(proposal.short))
    facts = {"cases": done.cases, "readings": done.readings, "short": done.short, "by_hand": len(by_hand)}
    events.record("plan accepted", about=("round", round_.pk), at=at, by=by, facts=facts)
    return done


# -- The facts behind it ---------------------------------------------------------------------------------------------


def why_ended(assignment: Assignment) -> str:
    """In words; "" while it has not ended."""
    return str(ENDED.get(assignment.ended_why, assignment.ended_why))


def takers() -> QuerySet[Reviewer]:
    """Reviewers who take cases and still work here."""
    return Reviewer.objects.filter(active=True, user__is_active=True, user__is_staff=True).select_related(
        "user"
    )


def takes_cases(reviewer: Reviewer) -> bool:
    return reviewer.active and reviewer.user.is_active and reviewer.user.is_staff


def loads_in(round_: Round) -> defaultdict[int, int]:
    """How many cases each reviewer has in this round, read or not; cases withdrawn by their authors do not count."""
    given = Assignment.objects.active().filter(dossier__round=round_).exclude(dossier__step=_Step.OUT)
    counted = given.order_by().values_list("reviewer").annotate(n=Count("pk"))
    return defaultdict(int, counted)


def reader_from(reviewer: Reviewer, load: int) -> Reader:
    return Reader(
        key=reviewer.pk,
        name=str(reviewer),
        cap=reviewer.cap,
        languages=frozenset(reviewer.languages),
        sectors=frozenset(reviewer.sectors),
        countries=frozenset(reviewer.countries),
        load=load,
    )


def works_of(dossiers: QuerySet[Dossier], people: Sequence[Reviewer]) -> list[ToRead]:
    """These cases as the planner sees them, with the conflicts that each of these reviewers has. Four statements."""
    rows = list(dossiers.order_by("pk").values_list("pk", "case_id"))
    keys = [key for key, _case in rows]
    writers = conflicts.writers_of([case for _key, case in rows])
    declared = conflicts.declared_in(keys)
    given, had = _readers_of(keys)
    owns = {reviewer.pk: conflicts.own_of(reviewer) for reviewer in people}
    contents = dossiers.order_by("pk").values_list(
        "pk", "case_id", "submission__language", "submission__content"
    )
    return [
        _work(
            key,
            language,
            json.loads(content)["answers"],
            writers[case],
            declared[key],
            given[key],
            had[key],
            owns,
        )
        for key, case, language, content in contents.iterator(chunk_size=200)
    ]


def _work(
    key: int,
    language: str,
    answers: dict,
    writers: Sequence[str],
    declared: Sequence[int],
    given: Collection[int],
    had: Collection[int],
    owns: Mapping[int, Own],
) -> ToRead:
    ties = conflicts.ties_from(answers, writers, declared)
    return ToRead(
        key=key,
        language=language,
        sectors=frozenset(answers.get("sectors") or ()),
        countries=ties.countries,
        given=frozenset(given),
        had=frozenset(had),
        conflicts=frozenset(reader for reader, own in owns.items() if conflicts.between(own, ties)),
    )


def _readers_of(keys: Collection[int]) -> tuple[defaultdict[int, set[int]], defaultdict[int, set[int]]]:
    """For each case: who has it, and who had it and has it no more. One statement."""
    given, had = defaultdict(set), defaultdict(set)
    rows = Assignment.objects.filter(dossier__in=keys).order_by()
    for key, reviewer, ended_at in rows.values_list("dossier_id", "reviewer_id", "ended_at"):
        (given if ended_at is None else had)[key].add(reviewer)
    return given, had


def due_after(round_: Round, at: datetime) -> datetime:
    """By when somebody should have read what they are given at ``at``: the last minute of that day for the call."""
    zone = round_.call.zone
    return times.end_of((at + round_.time_to_read).astimezone(zone).date(), zone)


def pace_of(round_: Round, at: datetime) -> Pace:
    """How many reviews the cases in this round still need, and how many were finished lately. Two statements."""
    reading = round_.dossiers.exclude(step__in=[*OVER, _Step.TO_DECIDE])
    counted = reading.values_list("readers", "finished").annotate(n=Count("pk")).order_by()
    left = sum((max(round_.readers_per_case, readers) - finished) * n for readers, finished, n in counted)
    finished = Assignment.objects.active().filter(
        dossier__round=round_, finished_at__gt=at - PACE_OVER, finished_at__lte=at
    )
    return Pace(left, finished.count())


# -- One by hand -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A reviewer whom a case could be given to by hand.

    ``fits`` says why they would do; ``doubts`` are sentences about what speaks against it, for which a reason is
    needed; ``refused`` says why it cannot be.
    """

    reviewer: Reviewer
    reader: Reader
    fits: str
    doubts: tuple[str, ...] = ()
    refused: str = ""


def candidates(dossier: Dossier) -> list[Candidate]:
    """Everybody who takes cases and does not have this one: those without doubts first. Nine statements at most."""
    has = set(dossier.assignments.active().values_list("reviewer_id", flat=True))
    people = [reviewer for reviewer in takers().order_by("pk") if reviewer.pk not in has]
    found = _candidates(dossier, people)
    return sorted(
        found, key=lambda each: (bool(each.refused), len(each.doubts), each.reader.load, each.reader.key)
    )


def _candidates(dossier: Dossier, people: Sequence[Reviewer]) -> list[Candidate]:
    loads = loads_in(dossier.round)
    [work] = works_of(Dossier.objects.filter(pk=dossier.pk), people)
    ties = conflicts.ties_of([dossier])[dossier.pk]
    found = []
    for reviewer in people:
        reader = reader_from(reviewer, loads[reviewer.pk])
        grounds = conflicts.between(conflicts.own_of(reviewer), ties)
        found.append(
            Candidate(
                reviewer,
                reader,
                fits=planning.why(reader, work, reader.load),
                doubts=tuple(_doubts(reader, work, grounds)),
                refused=_refusal(reviewer, grounds),
            )
        )
    return found


def _doubts(reader: Reader, work: ToRead, grounds: Sequence[Ground]) -> list[str]:
    doubts = [ground.words for ground in grounds if ground.tie is not Tie.DECLARED]
    if work.language not in reader.languages:
        doubts.append(
            _("They do not read its language.")
            if work.language == "other"
            else _("They do not read %(language)s.") % {"language": label_of(CASE_LANGUAGES, work.language)}
        )
    if reader.load >= reader.cap:
        doubts.append(
            _("They have %(load)s cases and take %(cap)s.") % {"load": reader.load, "cap": reader.cap}
        )
    if reader.key in work.had:
        doubts.append(_("They had this case before."))
    return doubts


def _refusal(reviewer: Reviewer, grounds: Sequence[Ground]) -> str:
    if not takes_cases(reviewer):
        return _("They take no cases.")
    declared = [ground.words for ground in grounds if ground.tie is Tie.DECLARED]
    return declared[0] if declared else ""


@transaction.atomic
def give(
    dossier: Dossier,
    reviewer: Reviewer,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    due_at: datetime | None = None,
) -> Assignment:
    """Give one case to one reviewer. Giving it again returns the assignment that stands.

    Raises ReasonNeeded when something speaks against it and no reason was given, NotPossible when it cannot be: a
    declared conflict, somebody who takes no cases, a case that is not screened or over, a due date that has passed,
    a case that people take back from themselves, whose scores they could see then, and give to themselves again.
    """
    dossier = _held_case(dossier, of_round=True)
    reviewer = _hold_reviewers(Reviewer.objects.filter(pk=reviewer.pk))[0]
    standing = dossier.assignments.active().filter(reviewer=reviewer).first()
    if standing is not None:
        return standing
    _look_at_step(dossier)
    _look_at_due(due_at, at)
    if reviewer.user_id == by.pk and dossier.assignments.filter(reviewer=reviewer).exists():
        raise NotPossible(
            _("You had this case before and may have seen what others gave. A colleague can give it to you.")
        )
    [candidate] = _candidates(dossier, [reviewer])
    if candidate.refused:
        raise NotPossible(candidate.refused)
    if candidate.doubts and not reason.strip():
        raise ReasonNeeded(" ".join([*candidate.doubts, _("Say why it goes to them all the same.")]))
    given = dossier.assignments.create(
        reviewer=reviewer, given_at=at, given_by=by, due_at=due_at or due_after(dossier.round, at)
    )
    facts = {"reviewers": [reviewer.pk], "by_hand": True, "doubts": len(candidate.doubts)}
    _note(dossier, "given to reviewers", at=at, by=by, reason=reason, facts=facts)
    settle(dossier)
    return given


def _look_at_step(dossier: Dossier) -> None:
    if dossier.step == _Step.TO_SCREEN:
        raise NotPossible(_("This case has not been screened yet."))
    if dossier.step in OVER:
        raise NotPossible(_("This case is not being read any more."))


def _look_at_due(due_at: datetime | None, at: datetime) -> None:
    if due_at is not None and due_at <= at:
        raise NotPossible(_("The day has passed; choose a later one."))


@transaction.atomic
def take_back(assignment: Assignment, *, reason: str, by: User, at: datetime) -> None:
    """End an assignment. What was written stays in the history and counts no more. Harmless when repeated.

    Raises ReasonNeeded without a reason, NotPossible when a decision rests on the review.
    """
    if not reason.strip():
        raise ReasonNeeded(_("Say why the case is taken back."))
    dossier = _held_case(assignment.dossier)
    fresh = dossier.assignments.active().filter(pk=assignment.pk).first()
    if fresh is None:
        return
    if fresh.finished_at and dossier.step in (_Step.TO_RELEASE, _Step.DECIDED):
        raise NotPossible(_("A decision rests on this review, so it stays."))
    _end(fresh, TAKEN_BACK, at=at)
    _note(dossier, "taken back from a reviewer", at=at, by=by, reason=reason, facts=_facts_of(fresh))
    settle(dossier)


@transaction.atomic
def take_back_unread(reviewer: Reviewer, *, reason: str, by: User, at: datetime) -> int:
    """End every assignment of this reviewer that is not finished, when they are ill or leave; returns how many."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why the cases are taken back."))
    unread = Q(assignments__reviewer=reviewer, assignments__ended_at=None, assignments__finished_at=None)
    keys = list(Dossier.objects.filter(unread).values_list("pk", flat=True))
    waiting = Dossier.objects.filter(pk__in=keys).locked().select_related("round").order_by("pk")
    dossiers = {dossier.pk: dossier for dossier in waiting}
    rows = list(Assignment.objects.to_read().filter(reviewer=reviewer, dossier__in=dossiers).order_by("pk"))
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=at, ended_why=TAKEN_BACK)
    events.record_many(
        "taken back from a reviewer",
        ((("case", dossiers[row.dossier_id].case_id), _facts_of(row)) for row in rows),
        at=at,
        by=by,
        reason=reason,
    )
    settle_many([dossiers[row.dossier_id] for row in rows])
    return len(rows)


@transaction.atomic
def change_due(assignment: Assignment, *, due_at: datetime, by: User, at: datetime) -> None:
    """Give a reviewer another due date for one case. Harmless when repeated.

    Raises NotPossible for a day that has passed, and for what is finished or taken back.
    """
    dossier = _held_case(assignment.dossier)
    fresh = dossier.assignments.to_read().filter(pk=assignment.pk).first()
    if fresh is None:
        raise NotPossible(_("This review is finished, or the case was taken back."))
    if fresh.due_at == due_at:
        return
    _look_at_due(due_at, at)
    facts = {**_facts_of(fresh), "was": fresh.due_at.isoformat(), "becomes": due_at.isoformat()}
    fresh.due_at = due_at
    fresh.save(update_fields=["due_at"])
    _note(dossier, "due date changed", at=at, by=by, facts=facts)
    settle(dossier)


# -- A conflict is declared ------------------------------------------------------------------------------------------


@transaction.atomic
def declare_conflict(assignment: Assignment, reason: str, at: datetime) -> Assignment | None:
    """The reviewer says that they should not judge this case: it is taken from them at once, whatever they wrote
    counts no more, and the next best reviewer gets it. Harmless when repeated.

    Returns the new assignment, or None when nobody can take the case over; then it waits for a reviewer, and the book
    says why.
    """
    dossier = _held_case(assignment.dossier, of_round=True)
    people = _hold_reviewers(
        takers() | Reviewer.objects.filter(pk=assignment.reviewer_id).select_related("user")
    )
    fresh = dossier.assignments.active().filter(pk=assignment.pk).first()
    if fresh is None:
        return None
    declaring = next(each for each in people if each.pk == fresh.reviewer_id)
    _end(fresh, CONFLICT, at=at)
    Conflict.objects.get_or_create(
        reviewer=declaring, dossier=dossier, defaults={"reason": reason.strip(), "declared_at": at}
    )
    _note(dossier, "conflict declared", at=at, by=declaring.user, reason=reason, facts=_facts_of(fresh))
    heir = _pass_on(dossier, [each for each in people if takes_cases(each)], at=at)
    settle(dossier)
    return heir


def _pass_on(dossier: Dossier, people: Sequence[Reviewer], *, at: datetime) -> Assignment | None:
    """Give the case to whoever the planner finds best, if it now has too few."""
    [work] = works_of(Dossier.objects.filter(pk=dossier.pk), people)
    if dossier.step in OVER or len(work.given) >= dossier.round.readers_per_case:
        return None
    loads = loads_in(dossier.round)
    readers = [reader_from(reviewer, loads[reviewer.pk]) for reviewer in people]
    proposal = planning.propose([work], readers, len(work.given) + 1)
    if not proposal.given[work.key]:
        why = proposal.short[work.key]
        _note(dossier, "left without a reviewer", at=at, reason=why, facts={"readers": len(work.given)})
        return None
    [chosen] = proposal.given[work.key]
    heir = dossier.assignments.create(
        reviewer_id=chosen, given_at=at, given_by=None, due_at=due_after(dossier.round, at)
    )
    _note(dossier, "given to reviewers", at=at, facts={"reviewers": [chosen], "by_hand": False})
    return heir


# -- What they have in common ----------------------------------------------------------------------------------------


def held(pk: int) -> Round:
    """The round, locked: nobody else gives out its cases until this transaction ends."""
    return Round.objects.locked().select_related("call").get(pk=pk)


def _held_case(dossier: Dossier, *, of_round: bool = False) -> Dossier:
    """The dossier as it is now, locked; with ``of_round`` its round is held first."""
    round_ = held(dossier.round_id) if of_round else None
    fresh = Dossier.objects.locked().select_related("round__call").get(pk=dossier.pk)
    if round_ is not None:
        fresh.round = round_
    return fresh


def _hold_reviewers(reviewers: QuerySet[Reviewer]) -> list[Reviewer]:
    return list(reviewers.select_for_update(of=("self",)).select_related("user").order_by("pk"))


def _end(assignment: Assignment, why: str, *, at: datetime) -> None:
    assignment.ended_at, assignment.ended_why = at, why
    assignment.save(update_fields=["ended_at", "ended_why"])


def _facts_of(assignment: Assignment) -> dict:
    return {
        "assignment": assignment.pk,
        "reviewer": assignment.reviewer_id,
        "finished": assignment.finished_at is not None,
    }


def _note(
    dossier: Dossier,
    action: str,
    *,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    facts: dict | None = None,
) -> None:
    events.record(action, about=("case", dossier.case_id), at=at, by=by, reason=reason.strip(), facts=facts)
