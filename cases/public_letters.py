"""What this room says by mail of public versions: to authors, and to partners. One function for each letter.

Staff or the calendar cause these letters, so the daily allowance of an address that has not answered is not asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from cases.letters import author_of_case
from cases.models import Agreement, Colleague, Edition, Partner, PublicCase, YearlyCheck
from outbox.posting import post_many
from people.links import letter_link
from people.texts import names_a_site

AGREEMENT, AGREEMENT_REMINDER = "agreement", "agreement-reminder"
PARTNER, PARTNER_REMINDER = "partner", "partner-reminder"
STILL_TRUE = "still-true"
#: What is public outlasts the links to drafts, which end a month after the close.
PUBLIC_LINKS_LIVE_ON = timedelta(days=400)


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
    return author_of_case(public.case)


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
