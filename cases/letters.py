"""Everything this room ever says by mail: one function for each letter, called inside the activity it reports."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from cases import reading
from cases.models import (
    Agreement,
    Call,
    Case,
    Colleague,
    Edition,
    Extension,
    Partner,
    PublicCase,
    Submission,
    YearlyCheck,
)
from cases.models.call import Standing
from outbox.models import OutboxMessage
from outbox.posting import post, post_many
from people.links import letter_link
from people.texts import names_a_site

REMINDER = "reminder"
AGREEMENT, AGREEMENT_REMINDER = "agreement", "agreement-reminder"
PARTNER, PARTNER_REMINDER = "partner", "partner-reminder"
STILL_TRUE = "still-true"
EXTENDED = "deadline-extended"
#: A link to a draft that somebody asks for is of no use for longer than this if it could not be delivered.
STALE = timedelta(days=7)
#: What is public outlasts the links to drafts, which end a month after the close.
PUBLIC_LINKS_LIVE_ON = timedelta(days=400)
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
    author = _author(case)
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
    author = _author(case)
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
    author = _author(case)
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


def _author(case: Case) -> Colleague:
    author = case.colleagues.select_related("address").get(role=Colleague.Role.AUTHOR, removed_at=None)
    author.case = case
    return author


# -- The public version ------------------------------------------------------------------------------------------------
#
# Staff or the calendar cause these letters, so the daily allowance of an address that has not answered is not asked.


def agreement_asked(asked: Agreement, *, at: datetime, again: bool = False) -> None:
    """«Please look at the public version of your case»; ``again``: a week later, once."""
    author = author_of(asked.public_case)
    kind = AGREEMENT_REMINDER if again else AGREEMENT
    stop = {"stop": letter_link("stop", address=author.address_id, what=kind)} if again else {}
    post_many(
        [
            {
                "kind": kind,
                "key": f"{kind}:{asked.pk}",
                "to": author.address,
                "template": "cases/agreement_reminder" if again else "cases/agreement_asked",
                "subject": ("case", author.case.pk),
                "context": {
                    **_public(author, asked.public_case),
                    "link": _public_link("public-version", author, at=at),
                    **stop,
                },
                "at": at,
                "list_unsubscribe": again,
            }
        ]
    )


def agreement_recorded(asked: Agreement, *, at: datetime) -> None:
    """«We have noted that you agree»: what staff wrote down for the author, and where to say otherwise."""
    author = author_of(asked.public_case)
    _post_about(
        "agreement-recorded",
        author,
        asked.public_case,
        key=str(asked.pk),
        at=at,
        words=asked.words,
        link=_public_link("public-version", author, at=at),
    )


def partner_asked(partner: Partner, *, at: datetime) -> None:
    """«You are named in a case: is it right?»: the first letter and the two reminders, to an address that the author
    typed. The title comes from staff's own text, and is left out where it names a site."""
    public, reminders = partner.public_case, partner.reminders
    kind = PARTNER_REMINDER if reminders else PARTNER
    to, case = partner.address, public.case
    if to is None or case is None:
        raise ValueError("Nobody can be asked: no address is known.")
    post_many(
        [
            {
                "kind": kind,
                "key": f"{kind}:{partner.pk}:{partner.generation}:{reminders}",
                "to": to,
                "template": "cases/partner_reminder" if reminders else "cases/partner_asked",
                "subject": ("partner", partner.pk),
                "context": {
                    "title": _spoken_title(public, to.confirmed_at is not None),
                    "organisation": "" if names_a_site(partner.organisation) else partner.organisation,
                    "is_last": reminders > 1,
                    "reference": case.reference,
                    "contact": case.call.contact_email,
                    "link": letter_link("partner", partner=partner.pk, generation=partner.generation),
                    "stop": letter_link(
                        "stop", address=to.pk, what=PARTNER_REMINDER if reminders else PARTNER
                    ),
                },
                "at": at,
                "list_unsubscribe": True,
            }
        ]
    )


def partner_suggests(partner: Partner, *, at: datetime) -> None:
    """«A partner proposes a correction»: their words, as a suggestion, to the author. Never their address."""
    author = author_of(partner.public_case)
    _post_about(
        "partner-suggests",
        author,
        partner.public_case,
        key=f"{partner.pk}:{at.isoformat()}",
        at=at,
        words=partner.words,
        by=str(partner),
        link=_public_link("public-version", author, at=at),
    )


def published(public: PublicCase, edition: Edition, *, at: datetime) -> None:
    """«Your case is public», with its address."""
    author = author_of(public)
    _post_about(
        "published",
        author,
        public,
        key=f"{public.pk}:{edition.number}",
        at=at,
        page=page_of(public, author),
        link=_public_link("public-version", author, at=at),
    )


def corrected(public: PublicCase, edition: Edition, *, asked: bool, at: datetime) -> None:
    """«Your public case was corrected»: what readers are told; ``asked``: the author had agreed to the new text."""
    author = author_of(public)
    _post_about(
        "corrected",
        author,
        public,
        key=f"{public.pk}:{edition.number}",
        at=at,
        words=edition.note,
        number=edition.number,
        asked=asked,
        page=page_of(public, author),
        link=_public_link("public-version", author, at=at),
    )


def left_the_library(public: PublicCase, *, key: int, at: datetime) -> None:
    """«Your case is taken down», archived, or public again; ``key`` is the event that it reports."""
    author = author_of(public)
    _post_about(
        "library",
        author,
        public,
        key=f"{public.pk}:{key}",
        at=at,
        state=public.state,
        page=page_of(public, author) if public.has_a_page else "",
        link=_public_link("public-version", author, at=at),
    )


def kept_public(public: PublicCase, *, words: str, key: int, at: datetime) -> None:
    """«Your case stays public, and why»: to an author who asked us to take it down."""
    author = author_of(public)
    _post_about(
        "kept-public",
        author,
        public,
        key=f"{public.pk}:{key}",
        at=at,
        words=words,
        link=_public_link("public-version", author, at=at),
    )


def still_true(check: YearlyCheck, *, at: datetime) -> dict:
    """«Is it still true?»: what ``post_many`` needs. One link answers yes, the other opens the page to say more."""
    public, author = check.public_case, check.asked_of
    return {
        "kind": STILL_TRUE,
        "key": f"{STILL_TRUE}:{check.pk}",
        "to": author.address,
        "template": "cases/still_true",
        "subject": ("case", public.case_id),
        "context": {
            **_public(author, public),
            "page": page_of(public, author),
            "yes": _public_link("still-true", author, at=at, check=check.pk),
            "link": _public_link("public-version", author, at=at),
            "stop": letter_link("stop", address=author.address_id, what=STILL_TRUE),
        },
        "at": at,
        "list_unsubscribe": True,
    }


def author_of(public: PublicCase) -> Colleague:
    """The author of a public case, with what a letter to them needs. Raises ValueError for desk research."""
    if public.case is None:
        raise ValueError("Desk research has no author.")
    return _author(public.case)


def page_of(public: PublicCase, reader: Colleague) -> str:
    return settings.SITE_URL + public.path(reader.address.language)


def _public_link(kind: str, author: Colleague, *, at: datetime, **facts) -> dict:
    return letter_link(
        kind,
        colleague=author.pk,
        generation=author.generation,
        expires_at=at + PUBLIC_LINKS_LIVE_ON,
        **facts,
    )


def _spoken_title(public: PublicCase, is_known: bool) -> str:
    """What the public version is called; a title that names a site is not carried to a mailbox that never answered."""
    title = public.draft.get("title") or public.title
    return title if is_known or not names_a_site(title) else ""


def _public(author: Colleague, public: PublicCase) -> dict:
    case = author.case
    return {
        "name": author.name,
        "title": _spoken_title(public, author.address.confirmed_at is not None),
        "reference": case.reference,
        "contact": case.call.contact_email,
    }


def _post_about(
    letter: str, author: Colleague, public: PublicCase, *, key: str, at: datetime, **facts
) -> None:
    post_many(
        [
            {
                "kind": letter,
                "key": f"{letter}:{key}",
                "to": author.address,
                "template": f"cases/{letter.replace('-', '_')}",
                "subject": ("case", author.case.pk),
                "context": {**_public(author, public), **facts},
                "at": at,
            }
        ]
    )
