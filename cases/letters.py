"""What this room says by mail of drafts and what was handed in: one function for each letter, called inside the activity it reports."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from cases import reading
from cases.models import (
    Call,
    Case,
    Colleague,
    Extension,
    Submission,
)
from cases.models.call import Standing
from outbox.models import OutboxMessage
from outbox.posting import post
from people.links import letter_link
from people.texts import names_a_site

REMINDER = "reminder"
EXTENDED = "deadline-extended"
#: A link to a draft that somebody asks for is of no use for longer than this if it could not be delivered.
STALE = timedelta(days=7)
#: Letters of one kind that whoever types an address, or presses a button, can have sent there in a day.
CAUSED_A_DAY = 20


def draft_link(colleague: Colleague, case: Case) -> dict:
    """The door to one person's part in one case; it works until a month after the close."""
    return letter_link(
        "draft", colleague=colleague.pk, generation=colleague.generation, expires_at=case.links_end_at
    )


def _instants(call: Call) -> dict:
    return {
        "closes_at": call.closes_at.isoformat(),
        "zone": call.zone_name,
        "grace_minutes": call.grace_minutes,
    }


def _still_ahead(case: Case, at: datetime) -> dict:
    """Until when this case can be handed in; no word of it once that is over."""
    call = case.call
    reopened = call.standing(case, at) is Standing.REOPENED
    last = max(case.reopened_until or call.closes_at, call.closes_at) if reopened else call.closes_at
    return {"zone": call.zone_name, **({"closes_at": last.isoformat()} if at < last else {})}


def _about(case: Case, to: Colleague) -> dict:
    """A working title that names a site is not carried to a mailbox that somebody typed and that never answered."""
    title = "" if to.address.confirmed_at is None and names_a_site(case.title) else case.title
    return {"title": title, "reference": case.reference or "", "contact": case.call.contact_email}


def resume_link(colleague: Colleague, *, at: datetime) -> None:
    """«Your draft, and the way back to it»: at the beginning, and whenever it is asked for again."""
    case = colleague.case
    post(
        kind="resume-link",
        most_a_day=CAUSED_A_DAY,
        key=f"resume:{colleague.pk}:{colleague.generation}:{at.isoformat()}",
        to=colleague.address,
        template="cases/resume_link",
        subject=("colleague", colleague.pk),
        context={
            "name": colleague.name,
            "link": draft_link(colleague, case),
            **_about(case, colleague),
            **_still_ahead(case, at),
        },
        at=at,
        expires_at=at + STALE,
    )


def invitation(colleague: Colleague, *, by: Colleague, at: datetime) -> None:
    """«Ana asks you to write along»."""
    case = colleague.case
    post(
        kind="invitation",
        most_a_day=CAUSED_A_DAY,
        key=f"invitation:{colleague.pk}:{colleague.generation}",
        to=colleague.address,
        template="cases/invitation",
        subject=("colleague", colleague.pk),
        context={
            "name": colleague.name,
            "by": by.name,
            "may_edit": colleague.may_write,
            "link": draft_link(colleague, case),
            **_about(case, colleague),
            **_still_ahead(case, at),
        },
        at=at,
        expires_at=at + STALE * 2,
    )


def handed_over(heir: Colleague, *, by: Colleague, at: datetime) -> None:
    """«The case is yours now»."""
    case = heir.case
    post(
        kind="handed-over",
        most_a_day=CAUSED_A_DAY,
        key=f"handed-over:{heir.pk}:{at.isoformat()}",
        to=heir.address,
        template="cases/handed_over",
        subject=("colleague", heir.pk),
        context={"name": heir.name, "by": by.name, "link": draft_link(heir, case), **_about(case, heir)},
        at=at,
    )


def receipt(submission: Submission, *, by: Colleague, at: datetime) -> None:
    """«We have your case»: to whoever handed it in, and to the author if that is somebody else."""
    case = submission.case
    readers = {by.pk: by}
    if not by.is_author:
        author = case.colleagues.select_related("address").get(role=Colleague.Role.AUTHOR, removed_at=None)
        readers[author.pk] = author
    # In one order: allowances are rows, and two cases of the same two people must not wait for each other.
    for reader in sorted(readers.values(), key=lambda reader: reader.address_id):
        post(
            kind="receipt",
            most_a_day=CAUSED_A_DAY,
            key=f"receipt:{submission.pk}:{reader.address_id}",
            to=reader.address,
            template="cases/receipt",
            subject=("case", case.pk),
            context={
                "name": reader.name,
                "by": by.name if reader is not by else "",
                "number": submission.number,
                "arrived_at": submission.arrived_at.isoformat(),
                "digest": submission.digest,
                "code": submission.code,
                "files": [{"name": file["name"], "sha256": file["sha256"]} for file in submission.files],
                "chapters": _all_answers(submission, reader.address.language),
                "link": draft_link(reader, case),
                **_about(case, reader),
                "title": submission.title,
                **_still_ahead(case, at),
            },
            at=at,
        )


def withdrawn(case: Case, *, key: int, at: datetime, on_behalf: bool) -> None:
    """«Your case is withdrawn»: to the author; ``key`` is the event that it reports."""
    author = author_of_case(case)
    post(
        kind="withdrawn",
        most_a_day=CAUSED_A_DAY,
        key=f"withdrawn:{case.pk}:{key}",
        to=author.address,
        template="cases/withdrawn",
        subject=("case", case.pk),
        context={
            "name": author.name,
            "on_behalf": on_behalf,
            "link": draft_link(author, case),
            **_about(case, author),
            **_still_ahead(case, at),
        },
        at=at,
    )


def kept_late(case: Case, *, at: datetime) -> None:
    """«Kept, but not handed in»: once for each deadline missed."""
    author = author_of_case(case)
    post(
        kind="kept-late",
        key=f"kept-late:{case.pk}:{case.deadline_missed(at).isoformat()}",
        to=author.address,
        template="cases/kept_late",
        subject=("case", case.pk),
        context={
            "name": author.name,
            "arrived_at": at.isoformat(),
            "handed_in_before": case.is_in_our_hands,
            "link": draft_link(author, case),
            **_about(case, author),
            **_instants(case.call),
        },
        at=at,
    )


def reopened(case: Case, *, until: datetime, at: datetime) -> None:
    """«You can hand in until …»."""
    author = author_of_case(case)
    post(
        kind="reopened",
        key=f"reopened:{case.pk}:{at.isoformat()}",
        to=author.address,
        template="cases/reopened",
        subject=("case", case.pk),
        context={
            "name": author.name,
            "until": until.isoformat(),
            "link": draft_link(author, case),
            **_about(case, author),
            "zone": case.call.zone_name,
        },
        at=at,
        expires_at=until,
    )


def deadline_extended(colleague: Colleague, call: Call, extension: Extension, *, at: datetime) -> dict:
    """«More time»: what ``post_many`` needs for one address."""
    return {
        "kind": EXTENDED,
        "key": f"extended:{extension.pk}:{colleague.address_id}",
        "to": colleague.address,
        "template": "cases/deadline_extended",
        "subject": ("call", call.pk),
        "context": {
            "name": colleague.name,
            "closed_at": extension.closed_at.isoformat(),
            "reason": extension.reason,
            "title": colleague.case.title,
            "reference": "",
            "contact": call.contact_email,
            "link": draft_link(colleague, colleague.case),
            **_instants(call),
        },
        "at": at,
        "expires_at": call.closes_at,
    }


def news_of(call: Call, extension: Extension | None = None) -> dict[str, dict]:
    """What subscribers are told of a call that is open, or open longer: for each language in which it has a title."""
    more = {"reason": extension.reason, "closed_at": extension.closed_at.isoformat()} if extension else {}
    contexts = {}
    for language in [code for code, _name in settings.LANGUAGES if call.title.get(code)]:
        with translation.override(language):
            contexts[language] = {
                "title": call.title_text,
                "introduction": call.introduction_text,
                "page": settings.SITE_URL + reverse("cases:call"),
                "contact": call.contact_email,
                **_instants(call),
                **more,
            }
    return contexts


def reminder(author: Colleague, case: Case, *, days: int, at: datetime, true_until: datetime) -> dict:
    """«The call closes soon»: what ``post_many`` needs; a later date makes a fresh key and so a fresh reminder."""
    call = case.call
    return {
        "kind": REMINDER,
        "key": f"reminder:{case.pk}:{days}:{call.closes_at.isoformat()}",
        "to": author.address,
        "template": "cases/reminder",
        "subject": ("case", case.pk),
        "context": {
            "name": author.name,
            "link": draft_link(author, case),
            "stop": letter_link("stop", address=author.address_id, what=REMINDER),
            **_about(case, author),
            **_instants(call),
        },
        "at": at,
        "expires_at": true_until,
        "list_unsubscribe": True,
    }


def forget_reminders(call: Call, *, at: datetime) -> int:
    """Let go of reminders that have not left yet and name the deadline that ``call`` has now; returns how many."""
    waiting = OutboxMessage.objects.waiting().filter(
        kind=REMINDER, key__endswith=f":{call.closes_at.isoformat()}"
    )
    return waiting.update(state=OutboxMessage.State.EXPIRED, expires_at=at)


def _all_answers(submission: Submission, language: str) -> list[dict]:
    """What was handed in, in words, as the receipt repeats it: empty answers are left out."""
    with translation.override(language):
        return [
            {
                "title": chapter.title,
                "items": [{"label": item.label, "text": item.text} for item in chapter.items if item.text],
            }
            for chapter in reading.chapters(submission.answers, [])
            if any(item.text for item in chapter.items)
        ]


def author_of_case(case: Case) -> Colleague:
    author = case.colleagues.select_related("address").get(role=Colleague.Role.AUTHOR, removed_at=None)
    author.case = case
    return author
