"""Public versions for tests, at each step of their way."""

from __future__ import annotations

from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from cases import agreeing, drafting, partners, preparing, publishing
from cases.models import Agreement, Case, Partner, PublicCase
from people.models import User
from tests.cases.samples import picture
from tests.makers import COMPLETE, DAY, NOON, author_of, make_boss, make_draft, make_submission

#: Three partners beside the one that leads: two with an address, one without.
PLACES = [
    *COMPLETE["jurisdictions"],
    {"id": "cccc3333", "country": "LU", "level": "national", "name": "", "organisation": "Ministry of Water"},
    {"id": "dddd4444", "country": "BE", "level": "regional", "name": "Wallonie", "organisation": "Région"},
]
CONTACTS = {"bbbb2222": "saar@partner.example", "cccc3333": "lux@partner.example"}


def with_contacts(**contacts: str) -> list[dict]:
    """The jurisdictions, each with the address that is known of it."""
    return [{**row, "contact": contacts[row["id"]]} if row["id"] in contacts else row for row in PLACES]


def make_accepted(*, at: datetime = NOON, picture_bytes: bytes = b"", **answers) -> Case:
    """A case handed in with a text file and a picture, and accepted in the review."""
    said = {"jurisdictions": with_contacts(**CONTACTS), **answers}
    draft = make_draft(complete=True, begun_at=at - 5 * DAY, answers=said)
    author = author_of(draft)
    memo = SimpleUploadedFile("memo.txt", b"Both sides agree.\n")
    drafting.attach(author, memo, at=at - 4 * DAY)
    image = SimpleUploadedFile("bridge.jpg", picture_bytes or picture("JPEG", width=900, height=600))
    drafting.attach(author, image, at=at - 4 * DAY)
    case = make_submission(draft, at=at - 3 * DAY).case
    return accept(case)


def accept(case: Case) -> Case:
    Case.objects.filter(pk=case.pk).update(status=Case.Status.ACCEPTED)
    return Case.objects.select_related("call", "latest").get(pk=case.pk)


def make_prepared(case: Case | None = None, *, by: User | None = None, at: datetime = NOON) -> PublicCase:
    """A public version that staff have begun."""
    public = publishing.start(case or make_accepted(at=at), by=by or make_boss(), at=at)
    return fresh(public)


def edit(public: PublicCase, *, by: User | None = None, at: datetime = NOON, **content) -> PublicCase:
    public = fresh(public)
    said = {**public.draft, **content}
    return preparing.save(public, said, version=public.draft_version, by=by or make_boss(), at=at)


def make_asked(public: PublicCase | None = None, *, at: datetime = NOON) -> Agreement:
    return agreeing.ask(public or make_prepared(at=at), by=make_boss(), at=at)


def agree(public: PublicCase, *, at: datetime = NOON) -> PublicCase:
    """Its author agrees to the draft as it stands."""
    public = fresh(public)
    asked = agreeing.ask(public, by=make_boss(), at=at)
    agreeing.answer(asked, said=Agreement.Answer.AGREED, by=author_of(public.case), at=at)
    return fresh(public)


def make_agreed(*, at: datetime = NOON, case: Case | None = None) -> PublicCase:
    return agree(make_prepared(case, at=at), at=at)


def make_published(*, at: datetime = NOON, case: Case | None = None) -> PublicCase:
    public = make_agreed(at=at, case=case)
    publishing.publish(public, by=make_boss(), at=at)
    return fresh(public)


def ask_partners(public: PublicCase, *, at: datetime = NOON) -> dict[str, Partner]:
    """Its partners by the id of the jurisdiction, those with an address asked."""
    partners.ask_all(public, by=make_boss(), at=at)
    return {partner.key: partner for partner in public.partners.select_related("address")}


def say(partner: Partner, said: str, words: str = "", *, at: datetime = NOON) -> Partner:
    return partners.answer(partner, said=said, words=words, generation=partner.generation, at=at)


def fresh(public: PublicCase) -> PublicCase:
    return PublicCase.objects.select_related("edition", "case__call", "made_from").get(pk=public.pk)
