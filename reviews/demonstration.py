"""An office in the middle of a review, to try things with: real cases, invented reviewers, and every state there is.

Everything is done by the activities of the house, as people would do it, so that what is seen is what happens. All
addresses end in ``.example``: no letter can ever reach anybody, and cases of others stay as they are. The same cases
always get the same scores.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Max

from cases import drafting, submitting
from cases.answers import token, value_of
from cases.models import Call, Case, Colleague, Submission
from outbox.models import OutboxMessage
from people.models import User
from people.times import end_of
from reviews import asking, assigning, counting, deciding, reviewing, screening, taking_in
from reviews.models import Assignment, Dossier, Question, Reviewer, Round, Screening
from reviews.rubric import round_of
from reviews.settling import settle

DAY = timedelta(days=1)
#: The review has lasted so long; authors were promised an answer in so many days from now.
LASTED, PROMISED = 14 * DAY, 30 * DAY
#: Whoever reads: name, what they know, and how kind they are, in points.
REVIEWERS = (
    ("Amal Haddad", ["en", "ar", "fr"], ["health", "education"], ["MA", "TN"], 0.4),
    ("Jonas Lindqvist", ["en"], ["transport", "environment"], ["SE", "FI", "DK"], -0.6),
    ("Lea Marchetti", ["en", "fr"], ["information", "economic"], ["FR", "BE"], 0.2),
    ("Noor Rahman", ["en"], ["science", "employment"], ["AE", "IN"], 0.0),
    ("Piotr Zielak", ["en", "de"], ["administration", "housing"], ["PL", "DE"], -0.3),
    ("Rosa Ibarra", ["en", "es"], ["environment", "health"], ["ES", "PT", "MX"], 0.7),
)
EDITOR = "Ida Okafor"
MAILS = "demonstration.example"
#: How the addresses of those begin who have handed the real cases in.
AUTHORS = "demonstration-"
YES = dict.fromkeys(Screening.TESTS, (Screening.Answer.YES, ""))
REASONS = {
    "publish": "Several governments share the work and the responsibility, people use it, and others can take it over.",
    "not-published": "The idea is good, but it has not begun yet. When it has its first users, it can be taken up again.",
    "hold": "We wait for the evaluation that you announced for the autumn.",
    "changes-requested": "Please say for each partner what they do, and how you know that waiting times fell.",
}


class AlreadyThere(Exception):
    """The demonstration has been put into this portal before."""


class WorkedOn(Exception):
    """Somebody has begun to review the demonstration's cases, or one of them was withdrawn."""


def begin(call: Call, *, at: datetime) -> datetime:
    """When the cases of the demonstration were handed in: two weeks ago. The call opened then, if not before."""
    begun = at - LASTED
    if call.opens_at > begun:
        call.opens_at = begun
        call.save(update_fields=["opens_at"])
    return begun


def fill(
    call: Call, *, managers: str, reviewers: str, editors: str, password: str, at: datetime
) -> Iterator[str]:
    """Fill the review of this call, step by step; yields what has been done. All of it or none.

    ``managers``, ``reviewers`` and ``editors`` are the names of the groups of staff. The cases have to be handed in
    already (``cases.demonstration``). Raises AlreadyThere the second time, and WorkedOn rather than meddle.
    """
    with transaction.atomic():
        yield from _fill(call, managers, reviewers, editors, password, at=at)


def _fill(
    call: Call, managers: str, reviewers: str, editors: str, password: str, *, at: datetime
) -> Iterator[str]:
    if User.objects.filter(email=_mail_of(EDITOR)).exists():
        raise AlreadyThere
    manager = _staff("Mira Solberg", managers, password)
    _staff(EDITOR, editors, password)
    kindness = {}
    for name, languages, sectors, countries, kind in REVIEWERS:
        user = _staff(name, reviewers, password)
        reviewer = Reviewer.objects.create(
            user=user, cap=20, languages=languages, sectors=sectors, countries=countries
        )
        kindness[reviewer.pk] = kind
    yield f"{len(REVIEWERS)} reviewers, an editor and a manager"

    round_ = round_of(call)
    promised_at = end_of((at + PROMISED).astimezone(call.zone).date(), call.zone)
    Round.objects.filter(pk=round_.pk, promised_at=None).update(promised_at=promised_at)
    ours = Submission.objects.filter(case__call=call, by__address__email__startswith=AUTHORS)
    days = _Days(ours.aggregate(last=Max("arrived_at"))["last"], at)
    taking_in.take_in(at=days(0))
    cases = _Cases(round_)
    if any(dossier.step != Dossier.Step.TO_SCREEN for dossier in cases.all):
        raise WorkedOn
    yield f"{len(cases.all)} cases in review"

    yield from _screened(cases, manager, at=days(0.1))
    yield from _given(cases, round_, manager, days)
    yield from _read(cases, kindness, days)
    yield from _asked(cases, manager, days)
    yield from _decided(cases, round_, manager, days)
    counting.count(round_, at=at)
    OutboxMessage.objects.waiting().filter(due_at__lt=at).update(due_at=at, promised_at=at)  # none is late
    yield "statistics and ranking counted"


class _Days:
    """The instants between the hand-in and now, by how much of that time is over: 0 to 1."""

    def __init__(self, since: datetime, at: datetime) -> None:
        self.since, self.at = since, at

    def __call__(self, share: float) -> datetime:
        return self.since + (self.at - self.since) * share


class _Cases:
    """The cases of the demonstration, in order, cut into groups that meet different fates."""

    def __init__(self, round_: Round) -> None:
        found = Dossier.objects.filter(round=round_, case__colleagues__address__email__startswith=AUTHORS)
        self.all = list(found.order_by("case__reference").select_related("case", "round", "submission"))
        self.unscreened = self.all[:3]
        self.fails, self.unclear = self.all[3], self.all[4]
        self.unassigned = self.all[5:8]
        self.given = [self.unclear, *self.all[8:]]
        self.unread = self.all[8:12]
        self.half_read = self.all[12:16]
        self.read = self.all[16:]
        self.decided = self.all[23:]


def _screened(cases: _Cases, by: User, *, at: datetime) -> Iterator[str]:
    for dossier in cases.given:
        _screen(dossier, YES, by=by, at=at)
    _screen(
        cases.fails,
        YES | {"implemented": (Screening.Answer.NO, "Planned for next year; nobody uses it yet.")},
        by=by,
        at=at,
    )
    unclear = {"impact": (Screening.Answer.UNCLEAR, "Figures are announced, not given.")}
    _screen(cases.unclear, YES | unclear, by=by, at=at)
    yield f"{len(cases.given) + 1} cases screened"


def _screen(dossier: Dossier, said: dict, *, by: User, at: datetime) -> None:
    version = Screening.objects.filter(dossier=dossier).values_list("version", flat=True).first() or 0
    screening.screen(dossier, said, version=version, submission=dossier.submission.number, by=by, at=at)


def _given(cases: _Cases, round_: Round, by: User, days: _Days) -> Iterator[str]:
    at = days(0.2)
    plan = assigning.plan_of(round_)
    ours = {dossier.pk for dossier in cases.given}
    others = {key: () for key, chosen in plan.proposal.given.items() if chosen and key not in ours}
    given = assigning.accept(round_, fingerprint=plan.fingerprint, changes=others, by=by, at=at)
    for dossier in cases.unassigned:  # these come too late for the plan
        _screen(dossier, YES, by=by, at=days(0.9))
    late = Assignment.objects.filter(dossier__in=cases.unread[:2])
    late.update(due_at=days.at - 2 * DAY)
    for dossier in cases.unread[:2]:
        settle(Dossier.objects.locked().select_related("round").get(pk=dossier.pk))
    yield f"{given.readings} readings given out, four of them overdue"
    conflict = _readings(cases.unread[3])[0]
    assigning.declare_conflict(conflict, "I advised one of the partners last year.", days(0.25))
    yield "one conflict of interest declared, and the case given on"


def _readings(dossier: Dossier) -> list[Assignment]:
    found = Assignment.objects.active().filter(dossier=dossier)
    return list(
        found.select_related("dossier__round", "dossier__submission", "reviewer__user").order_by("pk")
    )


def _read(cases: _Cases, kindness: dict[int, float], days: _Days) -> Iterator[str]:
    chance, pace = random.Random(2027), random.Random(7)
    finished = 0
    for dossier in [*cases.half_read, *cases.read]:
        quality = chance.uniform(1.2, 3.4)
        for number, reading in enumerate(_readings(dossier)):
            at = days(pace.triangular(0.3, 0.8))
            reviewing.clear(reading, at=at)
            reading = _readings(dossier)[number]
            apart = chance.choice((0, 0, 0, -1.6)) if number else 0
            points = {
                criterion.key: min(
                    4, max(0, round(quality + kindness[reading.reviewer_id] + apart + chance.gauss(0, 0.5)))
                )
                for criterion in dossier.round.criteria.all()
            }
            is_done = dossier in cases.read or number == 0
            said = points if is_done else dict(list(points.items())[:3])
            mean = sum(points.values()) / len(points)
            reviewing.save(
                reading,
                {
                    "scores": said,
                    "advice": "publish" if mean >= 2.4 else "ask" if mean >= 1.6 else "not",
                    "comments": "Convincing on the agreement; thin on what it costs." if is_done else "",
                    "words_for_author": "Say who pays for running it." if is_done else "",
                },
                0,
                at=at,
            )
            if is_done:
                reviewing.finish(_readings(dossier)[number], at=at)
                finished += 1
    yield f"{finished} reviews finished, {len(cases.half_read)} begun"


def _asked(cases: _Cases, by: User, days: _Days) -> Iterator[str]:
    still_open, answered, changed = cases.read[:3]
    at, later, week = days(0.85), days(0.95), days.at + 7 * DAY
    asking.ask(still_open, words="Which of the partners pays for running it?", due_at=week, by=by, at=at)
    question = asking.ask(answered, words="How many people use it in a month?", due_at=week, by=by, at=at)
    author = _author(answered.case)
    asking.answer(
        Question.objects.get(pk=question.pk),
        words="Some 12,000 in a month, a third of them from the other side of the border.",
        based_on="",
        by=author,
        at=later,
    )
    asking.ask(changed, words="Please name the results in figures.", may_change=True, by=by, at=at)
    author = _author(changed.case)
    results = "Waiting times fell from eleven days to two, measured over a year."
    standing = token(value_of(author.case.answers, "results"), author.case.versions.get("results", 0))
    drafting.save(author, {"results": results}, {"results": standing}, at=later)
    submitting.hand_in(_author(changed.case), at=later)
    withdrawn = cases.unread[2]
    submitting.withdraw(withdrawn.case, by=_author(withdrawn.case), at=at)
    taking_in.take_in(at=later)
    yield "three questions asked, one answered, one case handed in again, one withdrawn"


def _author(case: Case) -> Colleague:
    return Colleague.objects.select_related("case__call", "case__latest", "address").get(
        case=case, role=Colleague.Role.AUTHOR
    )


def _decided(cases: _Cases, round_: Round, by: User, days: _Days) -> Iterator[str]:
    counting.count(round_, at=days(0.85))
    best = list(
        Dossier.objects.filter(pk__in=[each.pk for each in cases.decided]).order_by("-plain_mean", "pk")
    )
    told = {"publish": best[:2], "hold": best[4:5], "not-published": best[-2:]}
    for outcome, dossiers in told.items():
        _decide(dossiers, outcome, by=by, at=days(0.9))
    ours = {dossier.pk for dossier in cases.decided}
    pending = [each.decision.pk for each in deciding.waiting(round_, by=by) if each.dossier.pk in ours]
    released = deciding.release(round_, pending, by=by, at=days(0.92))
    yield f"{released.told} decisions released"
    _decide(best[3:4], "changes-requested", by=by, at=days(0.98))
    _decide(best[2:3], "publish", by=by, at=days(0.98))
    yield "two decisions that wait to be released"


def _decide(dossiers, outcome: str, *, by: User, at: datetime) -> None:
    keys = [dossier.pk for dossier in dossiers]
    verdict = deciding.Verdict(outcome, REASONS[outcome])
    plan = deciding.plan(keys, verdict, by=by, at=at)
    deciding.decide(keys, verdict, seen=plan.fingerprint, by=by, at=at)


def _staff(name: str, group: str, password: str) -> User:
    user = User.objects.create_user(_mail_of(name), password, name=name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def _mail_of(name: str) -> str:
    return f"{name.split()[0].lower()}@{MAILS}"
