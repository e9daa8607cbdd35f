"""Questions to the author: ask, answer, close, move the day; and the reminder three days before it.

Locks are taken in the order case, dossier; what is true is looked at again once they are held. ``at`` is the
instant at which the request arrived.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cases import letters as case_letters
from cases.answers import length, readable
from cases.drafting import NotAllowed
from cases.models import Case, Colleague, Submission
from outbox.posting import post_many
from people import events, limits
from people.models import User
from reviews import letters
from reviews.conflicts import has_declared
from reviews.discretion import reviewers_named
from reviews.models import Decision, Dossier, Question
from reviews.settling import settle

#: Unicode code points of a question, and of an answer to it.
LONGEST_QUESTION, LONGEST_ANSWER = 5_000, 10_000
REMINDED_BEFORE = timedelta(days=3)
#: Questions and moved days of one case, each a letter to its author.
LETTERS_A_DAY = 20
#: So many reminders in one sweep; the next one goes on.
BATCH = 200

_Status = Case.Status
#: A case of which nothing is asked any more.
OVER = (_Status.DRAFT, _Status.WITHDRAWN, _Status.PUBLISHED, _Status.ARCHIVED)


class Overtaken(Exception):
    """Somebody else has answered since the page was made; ``question`` says what they wrote."""

    def __init__(self, question: Question):
        self.question = question
        super().__init__()


# -- Staff ask ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(
    dossier: Dossier,
    *,
    words: str,
    due_at: datetime | None = None,
    may_change: bool = False,
    by: User,
    at: datetime,
) -> Question:
    """Ask the author; they get a letter. The same words asked twice while they are open are one question.

    ``may_change`` moves the case to «changes requested», so that its own rules let it be changed and handed in.
    Raises NotAllowed with the reason when this case cannot be asked about, not be changed, or when whoever asks has
    declared a conflict of interest with it.
    """
    if not words.strip():
        raise NotAllowed(_("Write the question."))
    if due_at is not None and due_at <= at:
        raise NotAllowed(_("Choose a day that is still to come."))
    case, dossier = _held(dossier)
    _not_too_close(by, dossier)
    if same := dossier.questions.open().filter(words=words, asked_by=by).first():
        return same
    if case.status in OVER:
        raise NotAllowed(_("Nothing can be asked about a case that is withdrawn or published."))
    for who in reviewers_named(words, [dossier]).get(dossier.pk, []):
        raise NotAllowed(
            _("The question names a reviewer of this case (“%(who)s”). Reviewers stay unknown to authors.")
            % {"who": who}
        )
    _take_a_letter(case, at=at)
    before = case.status
    if may_change:
        _open_to_change(case)
    question = dossier.questions.create(
        words=words, may_change=may_change, asked_by=by, asked_at=at, due_at=due_at
    )
    settle(dossier)
    events.record(
        "asked the author",
        about=("case", case.pk),
        at=at,
        by=by,
        facts={"question": question.pk, "may_change": may_change, "was": before},
    )
    letters.question(question, at=at)
    return question


def _not_too_close(by: User, dossier: Dossier) -> None:
    if has_declared(by, dossier):
        raise NotAllowed(
            _("You have declared a conflict of interest, so somebody else asks about this case.")
        )


def _take_a_letter(case: Case, *, at: datetime) -> None:
    """Inside the caller's transaction. Nobody, and no script that runs wild, fills the mailbox of an author."""
    if not limits.take("question", f"case {case.pk}", at=at, limit=LETTERS_A_DAY, window=limits.DAY):
        raise NotAllowed(
            _("The author has had %(n)s letters from us about this case today. Please go on tomorrow.")
            % {"n": LETTERS_A_DAY}
        )


def _open_to_change(case: Case) -> None:
    if case.status == _Status.CHANGES_REQUESTED:
        return
    if case.status != _Status.HANDED_IN or not case.may_become(_Status.CHANGES_REQUESTED):
        raise NotAllowed(
            _("This case is decided. To let its author change it, decide “changes requested” anew.")
        )
    case.status = _Status.CHANGES_REQUESTED
    case.save(update_fields=["status"])


@transaction.atomic
def move(question: Question, *, due_at: datetime | None, by: User, at: datetime) -> None:
    """Wish for the answer by another day, or by none; the author is told, and reminded anew."""
    if due_at is not None and due_at <= at:
        raise NotAllowed(_("Choose a day that is still to come."))
    case, dossier = _held(question.dossier)
    _not_too_close(by, dossier)
    question = _look_again(question, dossier)
    if not question.is_open:
        raise NotAllowed(_("This question is answered or closed."))
    if question.due_at == due_at:
        return
    _take_a_letter(case, at=at)
    letters.forget_reminders(question, at=at)
    question.due_at = due_at
    question.save(update_fields=["due_at"])
    facts = {"question": question.pk, "until": due_at.isoformat() if due_at else ""}
    events.record("moved a question", about=("case", dossier.case_id), at=at, by=by, facts=facts)
    letters.question(question, at=at, moved=True)


@transaction.atomic
def close(question: Question, *, by: User, at: datetime) -> None:
    """No longer wait for an answer. Harmless when repeated. Raises NotAllowed for somebody too close to the case.

    A case that was opened for this question goes back to «handed in», unless something else keeps it open. The
    author is told of what changes for them: that nobody waits any more, or that the case is shut.
    """
    case, dossier = _held(question.dossier)
    _not_too_close(by, dossier)
    question = _look_again(question, dossier)
    if question.closed_at:
        return
    waited = question.is_open
    question.closed_at = at
    question.save(update_fields=["closed_at"])
    shut = question.may_change and _shut(case, dossier, question)
    letters.forget_reminders(question, at=at)
    settle(dossier)
    facts = {"question": question.pk, "answered": not waited}
    events.record("closed a question", about=("case", case.pk), at=at, by=by, facts=facts)
    if waited or shut:
        letters.question_closed(question, at=at, was_open_to_change=shut)


def _shut(case: Case, dossier: Dossier, question: Question) -> bool:
    """Take the case back from its author; whether it was open for this very question."""
    others = dossier.questions.filter(may_change=True, closed_at__isnull=True).exclude(pk=question.pk)
    told = Decision.objects.told().filter(dossier=dossier).order_by("-number").first()
    asked_for_by_decision = (
        told is not None
        and told.outcome == Decision.Outcome.CHANGES_REQUESTED
        and told.told_at > question.asked_at
    )
    if case.status != _Status.CHANGES_REQUESTED or asked_for_by_decision or others.exists():
        return False
    case.status = _Status.HANDED_IN
    case.save(update_fields=["status"])
    return True


# -- The author answers ------------------------------------------------------------------------------------------------


def may_answer(question: Question, dossier: Dossier) -> bool:
    """Whether an answer is still taken: until the question is closed, or staff have looked at the answer."""
    if question.closed_at:
        return False
    return question.answered_at is None or question.pk in dossier.news.get("answered", [])


@transaction.atomic
def answer(question: Question, *, words: str, based_on: str, by: Colleague, at: datetime) -> Question:
    """Take an answer, or another one in place of it; it comes back to staff as news of the case.

    ``based_on`` is the token of the answer that the page showed (``token_of``). Raises Overtaken when that is
    another one by now, NotAllowed when this colleague may not answer or nobody can any more.
    """
    if not by.may_write:
        raise NotAllowed(_("You may read this case, but not answer for it."))
    case, dossier = _held(question.dossier)
    if by.case_id != case.pk:
        raise NotAllowed(_("You may read this case, but not answer for it."))
    question = _look_again(question, dossier)
    words = readable(words)
    if question.answered_at and question.answer == words:
        return question
    if case.status in OVER or not may_answer(question, dossier):
        raise NotAllowed(
            _("We have looked at your answer, or closed the question, so it can no longer change.")
        )
    if not words.strip() or length(words) > LONGEST_ANSWER:
        raise NotAllowed(_("Write an answer that is not too long."))
    if based_on != token_of(question):
        raise Overtaken(question)
    _note_answer(question, dossier, words=words, by=by, at=at)
    settle(dossier)
    return question


def token_of(question: Question) -> str:
    """What tells one answer from the next."""
    return question.answered_at.isoformat() if question.answered_at else ""


def answered_by_handing_in(dossier: Dossier, submission: Submission) -> None:
    """A case that was opened for a question has come back: whoever asked need not wait any longer.

    Inside the caller's transaction, which holds the dossier and settles it. Words can still be added.
    """
    asked = dossier.questions.open().filter(may_change=True, asked_at__lte=submission.arrived_at)
    for question in asked.select_related("dossier"):
        _note_answer(question, dossier, words="", by=submission.by, at=submission.arrived_at)


def _note_answer(question: Question, dossier: Dossier, *, words: str, by: Colleague, at: datetime) -> None:
    question.answer, question.answered_by, question.answered_at = words, by, at
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    answered = {*dossier.news.get("answered", []), question.pk}
    dossier.news = {**dossier.news, "answered": sorted(answered)}
    dossier.came_back_at = at
    dossier.save(update_fields=["news", "came_back_at"])
    letters.forget_reminders(question, at=at)
    facts = {"question": question.pk, "in_words": bool(words)}
    events.record("answered", about=("case", dossier.case_id), at=at, by=by.address, facts=facts)


# -- Reminding ---------------------------------------------------------------------------------------------------------


def remind(at: datetime) -> int:
    """Remind authors once of questions whose answer is wished for within three days; returns how many letters.

    Found by what is true now: one asked with less time than that is not reminded of, one whose day has moved is
    reminded of again. Safe to repeat and to run twice at once: the key of the letter names question and day.
    """
    soon = Question.objects.open().filter(due_at__gt=at, due_at__lte=at + REMINDED_BEFORE)
    soon = soon.select_related("dossier__case__call", "dossier__submission").order_by("due_at", "pk")
    waiting = [each for each in soon if each.due_at and each.asked_at < each.due_at - REMINDED_BEFORE]
    known = letters.reminded(waiting)
    posted = 0
    for each in [each for each in waiting if letters.reminder_key(each) not in known][:BATCH]:
        posted += _remind(each, at=at)
    return posted


@transaction.atomic
def _remind(question: Question, *, at: datetime) -> int:
    """Under the lock of the dossier, so that an answer, or another day, comes before or after the letter."""
    case, dossier = _held(question.dossier)
    question = _look_again(question, dossier)
    due_at = question.due_at
    if not question.is_open or case.status in OVER or not due_at or not at < due_at <= at + REMINDED_BEFORE:
        return 0
    letter = letters.question_reminder(question, at=at)
    return post_many([letter]) if letter["to"].wants(case_letters.REMINDER) else 0


# -- Locks -------------------------------------------------------------------------------------------------------------


def _held(dossier: Dossier) -> tuple[Case, Dossier]:
    """The case and its dossier, locked and fresh. What may change is not joined: a join shows it as it was before we
    waited for the lock."""
    case = Case.objects.locked().select_related("call").get(pk=dossier.case_id)
    held = Dossier.objects.locked().select_related("round").get(pk=dossier.pk)
    held.case = case
    return case, held


def _look_again(question: Question, dossier: Dossier) -> Question:
    fresh = Question.objects.get(pk=question.pk)
    fresh.dossier = dossier
    return fresh
