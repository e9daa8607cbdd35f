"""Rows for tests, in plain Python: each maker names only what matters here and fills in the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases import answers, drafting, editions, publishing, submitting
from cases.models import Call, Case, Colleague, PublicCase, Submission
from outbox.models import OutboxMessage
from people import keys
from people.models import Address, User

#: The programme's own deadline: the first instant after 21 May 2027 in Paris.
CLOSES = datetime(2027, 5, 21, 22, 0, tzinfo=UTC)
OPENS = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
NOON = datetime(2027, 5, 12, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_numbers = count(1)

COMPLETE = {
    "organisation": "River Basin Authority North",
    "organisation_country": "FR",
    "organisation_level": "regional",
    "sectors": ["environment", "information"],
    "public_employee": "yes",
    "language": "en",
    "title": "Shared river flood warnings",
    "year": "2019",
    "short_explanation": "Two countries run one set of river gauges.",
    "overview": "The river crosses the border twice. Now both sides are warned at the same minute.",
    "tags": "flood warning, rivers, data sharing",
    "innovative": "An office of one country may trigger an alarm in the other.",
    "stages": ["implementing", "evaluating"],
    "happening_now": "The shared alarm has run for two years.",
    "mechanisms": ["joint-service"],
    "instruments": ["memorandum"],
    "collaborations": "Two water authorities and four towns.",
    "results": "Warnings come 4 hours and 40 minutes earlier.",
    "challenges": "Nobody could say who pays when a warning is wrong.",
    "conditions": "A named person on each side.",
    "replication": "A second valley has taken it over.",
    "lessons": "Begin with the agreement about mistakes.",
    "consent_truth": True,
    "consent_cleared": True,
    "consent_publish": True,
    "consent_licence": True,
    "jurisdictions": [
        {
            "id": "aaaa1111",
            "country": "FR",
            "level": "regional",
            "name": "Grand Est",
            "organisation": "Water Agency",
        },
        {
            "id": "bbbb2222",
            "country": "DE",
            "level": "regional",
            "name": "Saarland",
            "organisation": "Ministry",
        },
    ],
    "jurisdictions.lead": "aaaa1111",
}


def make_call(**facts) -> Call:
    year = facts.pop("year", 2027)
    return Call.objects.create(
        **{
            "year": year,
            "title": {"en": f"Call for Innovations {year}"},
            "introduction": {"en": "Tell us how you work across borders."},
            "opens_at": OPENS,
            "closes_at": CLOSES,
            "contact_email": "help@portal.example",
            **facts,
        }
    )


def make_address(email: str = "", *, confirmed: bool = True, **facts) -> Address:
    email = email or f"person{next(_numbers)}@example.org"
    return Address.objects.create(
        email=email, created_at=OPENS, **{"confirmed_at": OPENS if confirmed else None, **facts}
    )


def make_draft(
    call: Call | None = None,
    *,
    author: Address | None = None,
    complete: bool = False,
    begun_at: datetime = NOON,
    **facts,
) -> Case:
    """A draft and its author; ``complete=True`` fills in all that is needed to hand in."""
    call = call or Call.objects.filter(year=2027).first() or make_call()
    said = {**(COMPLETE if complete else {}), **facts.pop("answers", {})}
    case = Case.objects.create(
        call=call,
        begun_at=begun_at,
        **{
            "changed_at": begun_at,
            "answers": said,
            "title": said.get("title", ""),
            "language": said.get("language", ""),
            **facts,
        },
    )
    address = author or make_address()
    case.colleagues.create(
        address=address, name="Marta Okello", role=Colleague.Role.AUTHOR, joined_at=begun_at
    )
    return case


def begun_by(email: str, **facts) -> dict:
    """What the form for beginning hands down to ``start_draft``, each time a form of its own."""
    return {
        "name": "Ana Ribeiro",
        "email": email,
        "language": "en",
        "zone": "",
        "begun_with": f"form-{next(_numbers):016}",
        "network": "192.0.2.0/24",
        **facts,
    }


def author_of(case: Case) -> Colleague:
    return case.colleagues.select_related("case__call", "case__latest", "address").get(
        role=Colleague.Role.AUTHOR
    )


def make_colleague(
    case: Case, role: str = Colleague.Role.EDITOR, *, name: str = "Ana Ribeiro", email: str = ""
) -> Colleague:
    made = case.colleagues.create(address=make_address(email), name=name, role=role, joined_at=NOON)
    return Colleague.objects.select_related("case__call", "case__latest", "address").get(pk=made.pk)


def make_submission(case: Case | None = None, *, at: datetime = NOON, **facts) -> Submission:
    """A case handed in by its author at ``at``."""
    case = case or make_draft(complete=True, **facts)
    return submitting.hand_in(author_of(case), at=at)


def make_public_case(case: Case | None = None, *, at: datetime = NOON, **content) -> PublicCase:
    """A case in the library: accepted and published at ``at``, its content changed as named (see ``editions.FIELDS``)."""
    case = case or make_submission(at=at - DAY).case
    Case.objects.filter(pk=case.pk).update(status=Case.Status.PUBLISHED)
    case.refresh_from_db()
    public = publishing.begin(case, at=at)
    publishing.bring_out(public, {**public.draft, "agreed_at": at.isoformat(), **content}, at=at)
    return PublicCase.objects.select_related("edition", "case", "call").get(pk=public.pk)


def make_desk_research(title: str = "Shared tram line", *, at: datetime = NOON, **content) -> PublicCase:
    """A published case of desk research, with its source."""
    said = editions.checked(
        {
            "title": title,
            "language": "en",
            "short": f"{title}, in short.",
            "origin": "desk-research",
            "sources": [{"title": "example.org", "url": "https://example.org/tram"}],
            "jurisdictions": [
                {
                    "country": "FR",
                    "level": "local",
                    "name": "Strasbourg",
                    "organisation": "",
                    "is_lead": True,
                },
                {"country": "DE", "level": "local", "name": "Kehl", "organisation": "", "is_lead": False},
            ],
            "border": "international-subnational",
            **content,
        }
    )
    public = PublicCase.objects.create(
        origin=PublicCase.Origin.DESK_RESEARCH,
        slug=publishing.free_slug(said, fallback="case"),
        draft=said,
        begun_at=at,
    )
    publishing.bring_out(public, said, at=at)
    return PublicCase.objects.select_related("edition").get(pk=public.pk)


def make_upload(name: str = "agreement.txt", content: bytes = b"Both sides agree.\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/plain")


def write(colleague: Colleague, *, at: datetime = NOON, base: dict | None = None, **values) -> drafting.Saved:
    """Save answers as a page would that has just been loaded."""
    return drafting.save(colleague, values, base or bases_of(colleague, *values), at=at)


def bases_of(colleague: Colleague, *names: str) -> dict[str, str]:
    """The tokens that a page would hold that has just been loaded."""
    case = Case.objects.get(pk=colleague.case_id)
    return {
        name: answers.token(answers.value_of(case.answers, name), case.versions.get(name, 0))
        for name in names
    }


def letters_posted(kind: str | None = None) -> list[OutboxMessage]:
    """Every letter there is, or those of one kind, in the order in which they were written."""
    found = OutboxMessage.objects.select_related("address").order_by("pk")
    return list(found.filter(kind=kind) if kind else found)


def make_staff(email: str = "", **facts) -> User:
    email = email or f"staff{next(_numbers)}@oecd.example"
    return User.objects.create_user(
        email, "a long enough password", **{"is_staff": True, "name": "Lea M.", **facts}
    )


def make_boss(email: str = "") -> User:
    return make_staff(email, is_superuser=True)


def key_for(client: Client, colleague: Colleague) -> Client:
    """Give this browser the key that the colleague's link would give it."""
    held = {f"draft:{colleague.case.code}": [colleague.pk, colleague.generation]}
    client.cookies[keys.cookie_name()] = signing.dumps(held, salt="people.keys", compress=True)
    return client
