"""Everything this room says by mail: one function for each letter, called inside the activity it reports.

Staff cause these letters, so the daily allowance of an address that has not answered is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from cases.models import Case, Colleague
from outbox.models import OutboxMessage
from outbox.posting import post_many
from people.links import letter_link
from people.models import Address
from people.texts import names_a_site
from reviews.models import Assignment, Decision, Question, Reviewer

DIGEST = "review-digest"
#: So many cases are named under each heading of a digest; the others are counted.
NAMED = 30
REMINDER = "question-reminder"
#: The review outlasts the links to drafts, which end a month after the close.
LINKS_LIVE_ON = timedelta(days=90)


def author_of(case: Case) -> Colleague:
    """The author of a case, with what a letter to them needs."""
    return authors_of([case])[case.pk]


def authors_of(cases: Iterable[Case]) -> dict[int, Colleague]:
    """The authors of many cases by the key of the case. One statement."""
    known = {case.pk: case for case in cases}
    authors = Colleague.objects.present().filter(case__in=known, role=Colleague.Role.AUTHOR)
    found = {}
    for author in authors.select_related("address"):
        author.case = known[author.case_id]
        found[author.case_id] = author
    return found


def _link(kind: str, author: Colleague, *, at: datetime, **facts) -> dict:
    return letter_link(
        kind, colleague=author.pk, generation=author.generation, expires_at=at + LINKS_LIVE_ON, **facts
    )


def _about(author: Colleague, title: str) -> dict:
    """A title that names a site is not carried to a mailbox that somebody typed and that never answered."""
    case = author.case
    kept_back = author.address.confirmed_at is None and names_a_site(title)
    return {
        "name": author.name,
        "title": "" if kept_back else title,
        "reference": case.reference,
        "contact": case.call.contact_email,
        "zone": case.call.zone_name,
    }


# -- Questions ---------------------------------------------------------------------------------------------------------


def question(question: Question, *, at: datetime, moved: bool = False) -> None:
    """«A question about your case»; ``moved``: the same one again, because the wished-by day is another one now."""
    key = f"{question.pk}:{at.isoformat()}" if moved else str(question.pk)
    post_many([_of_question(question, "question", at=at, key=key, moved=moved)])


def question_closed(question: Question, *, at: datetime, was_open_to_change: bool) -> None:
    """«We no longer need your answer»."""
    facts = {"may_change": was_open_to_change}
    post_many([_of_question(question, "question_closed", at=at, key=str(question.pk), **facts)])


def question_reminder(question: Question, *, at: datetime) -> dict:
    """«We still wait for your answer»: what ``post_many`` needs; a day that moves makes a fresh key."""
    letter = _of_question(question, "question_reminder", at=at, key=reminder_key(question))
    stop = letter_link("stop", address=letter["to"].pk, what=REMINDER)
    letter["context"]["stop"] = stop
    return letter | {"expires_at": question.due_at, "list_unsubscribe": True}


def reminder_key(question: Question) -> str:
    return f"{question.pk}:{question.due_at.isoformat() if question.due_at else ''}"


def forget_reminders(question: Question, *, at: datetime) -> int:
    """Let go of reminders of this question that have not left yet; returns how many."""
    waiting = OutboxMessage.objects.waiting().filter(
        kind=REMINDER, key__startswith=f"{REMINDER}:{question.pk}:"
    )
    return waiting.update(state=OutboxMessage.State.EXPIRED, expires_at=at)


def reminded(questions: Iterable[Question]) -> set[str]:
    """Those of these questions' reminders that were written before, by ``reminder_key``. One statement."""
    keys = [f"{REMINDER}:{reminder_key(each)}" for each in questions]
    there = OutboxMessage.objects.filter(key__in=keys).values_list("key", flat=True)
    return {key.removeprefix(f"{REMINDER}:") for key in there}


def _of_question(question: Question, letter: str, *, at: datetime, key: str, **more) -> dict:
    dossier = question.dossier
    author = author_of(dossier.case)
    kind = letter.replace("_", "-")
    return {
        "kind": kind,
        "key": f"{kind}:{key}",
        "to": author.address,
        "template": f"reviews/{letter}",
        "subject": ("case", dossier.case_id),
        "context": {
            **_about(author, dossier.submission.title),
            "words": question.words,
            "may_change": question.may_change,
            "due_at": question.due_at.isoformat() if question.due_at else "",
            "link": _link("question", author, at=at, question=question.pk),
            **more,
        },
        "at": at,
    }


# -- Decisions ---------------------------------------------------------------------------------------------------------


def decision(decision: Decision, author: Colleague, *, at: datetime) -> dict:
    """«Our decision on your case», with its reasons: what ``post_many`` needs."""
    return _of_decision(decision, author, "decision", at=at)


def decision_changed(decision: Decision, author: Colleague, *, at: datetime) -> dict:
    """«Our decision has changed»: to somebody who was told another one before."""
    return _of_decision(decision, author, "decision_changed", at=at)


def _of_decision(decision: Decision, author: Colleague, letter: str, *, at: datetime) -> dict:
    kind = letter.replace("_", "-")
    return {
        "kind": kind,
        "key": f"{kind}:{decision.dossier_id}:{decision.number}",
        "to": author.address,
        "template": f"reviews/{letter}",
        "subject": ("case", author.case_id),
        "context": {
            **_about(author, decision.submission.title),
            "outcome": decision.outcome,
            "reasons": decision.reasons,
            "link": _link("decision", author, at=at),
        },
        "at": at,
    }


# -- Reviewers -------------------------------------------------------------------------------------------------------


def digest(
    reviewer: Reviewer,
    to: Address,
    parts: Mapping[str, Sequence[Assignment]],
    *,
    titles: Mapping[int, str],
    to_read: int,
    day: date,
    zone: str,
    at: datetime,
    true_until: datetime,
) -> dict:
    """«Your cases today»: what ``post_many`` needs. ``parts``: «overdue», «due» and «new» → assignments. It names
    references and titles only, for the review may be blind; ``titles`` are those that reviewers may read, by the key
    of the dossier."""
    return {
        "kind": DIGEST,
        "key": f"{DIGEST}:{reviewer.pk}:{day.isoformat()}",
        "to": to,
        "template": "reviews/digest",
        "subject": ("reviewer", reviewer.pk),
        "context": {
            "name": str(reviewer),
            "parts": [_part(kind, given, titles) for kind, given in parts.items() if given],
            "counts": {kind: len(given) for kind, given in parts.items()},
            "to_read": to_read,
            "zone": zone,
        },
        "at": at,
        "expires_at": true_until,
    }


def _part(kind: str, given: Sequence[Assignment], titles: Mapping[int, str]) -> dict:
    return {
        "kind": kind,
        "cases": [
            {
                "reference": each.dossier.case.reference,
                "title": titles[each.dossier_id],
                "due_at": each.due_at.isoformat(),
            }
            for each in given[:NAMED]
        ],
        "more": max(0, len(given) - NAMED),
    }
