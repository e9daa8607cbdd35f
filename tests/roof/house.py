"""A house full of people, and every address in it: what the tests of this folder walk through.

``ADDRESSES`` has one entry for each address of the portal; a new one without an entry fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from cases import drafting, pictures, publishing
from cases.models import (
    Agreement,
    Attachment,
    Call,
    Case,
    Change,
    Colleague,
    Edition,
    FormFeedback,
    Partner,
    Picture,
    PublicCase,
    Submission,
    YearlyCheck,
)
from newsletter import subscribing
from newsletter.models import Block, Issue, Mailing, Record, Subscription, Topic
from newsletter.pictures import made_anew
from outbox.models import OutboxMessage
from people import keys, links
from people.models import Address, Consent, Event
from reviews import asking
from reviews.models import Decision, Dossier, Question
from tests.cases.samples import picture
from tests.makers import (
    bases_of,
    key_for,
    make_address,
    make_boss,
    make_call,
    make_colleague,
    make_desk_research,
    make_draft,
    make_public_case,
    make_submission,
    make_upload,
)
from tests.reviews.makers import make_dossier

UNKNOWN = "AbCdEfGhIjKlMnOpQrStUv"  # spelled like the code of a case, and nobody's
ROLES = ("stranger", "another author", "removed", "reader", "editor", "author")
#: Who sees nothing of a case, whatever they try.
OUTSIDE = ("stranger", "another author", "removed")


@dataclass
class House:
    """One open call; a case of desk research in the library; a case that was handed in once, with two files, four
    people, changes since, and a question of ours; another case. The first has a public version that nobody was shown
    yet, with a picture; of a third that is public, a picture, a file and a partner."""

    call: Call
    case: Case
    author: Colleague
    editor: Colleague
    reader: Colleague
    removed: Colleague
    submission: Submission
    text_file: Attachment
    picture: Attachment
    question: Question
    other: Colleague
    shelved: PublicCase
    draft_picture: Picture
    shown: PublicCase
    shown_picture: Picture
    partner: Partner
    news: Issue
    at: datetime
    letter: OutboxMessage = field(init=False)
    speaks: str = "en"

    def __post_init__(self) -> None:
        letters = OutboxMessage.objects.filter(address=self.author.address)
        self.letter = letters.exclude(kind="question").latest("pk")

    def browser(self, role: str = "stranger", **how: Any) -> Client:
        """A browser that holds the key of one of the people, and no other."""
        client = Client(raise_request_exception=False, HTTP_ACCEPT_LANGUAGE=self.speaks, **how)
        if role == "stranger":
            return client
        key_for(client, self.other if role == "another author" else getattr(self, role))
        return also_a_partner(client, self.partner) if role == "author" else client

    def token(self, kind: str = "draft", **facts: Any) -> str:
        """The secret end of a link as it stands in a letter."""
        told = {
            "draft": {"colleague": self.author.pk, "generation": self.author.generation},
            "question": {
                "colleague": self.author.pk,
                "generation": self.author.generation,
                "question": self.question.pk,
            },
            "decision": {"colleague": self.author.pk, "generation": self.author.generation},
            "public-version": {"colleague": self.author.pk, "generation": self.author.generation},
            "partner": {"partner": self.partner.pk, "generation": self.partner.generation},
            "my": {"address": self.author.address_id, "generation": self.author.address.generation},
            "stop": {"address": self.author.address_id, "what": "reminder"},
        }[kind]
        return links.address_of(links.letter_link(kind, **{**told, **facts})).rpartition("/")[2]

    def state(self) -> dict[str, list]:
        """Everything that anybody could have changed, as plain values."""
        models = (Call, Case, Colleague, Attachment, Submission, Change, FormFeedback, OutboxMessage)
        models += (Dossier, Question, Decision)
        models += (Subscription, Record, Mailing)
        models += (PublicCase, Edition, Picture, Agreement, Partner, YearlyCheck)
        rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
        rows["Address"] = list(Address.objects.order_by("pk").values())
        rows["Consent"] = list(Consent.objects.order_by("pk").values())
        rows["Event"] = list(Event.objects.order_by("pk").values())
        return rows


def make_house(**facts: Any) -> House:
    at = timezone.now()
    call = facts.pop("call", None) or make_call(
        opens_at=at - timedelta(days=30), closes_at=at + timedelta(days=30)
    )
    begun = at - timedelta(days=3)
    case = make_draft(call=call, complete=True, begun_at=begun, **facts)
    part = case.colleagues.select_related("case__call", "address").get()
    text_file = drafting.attach(part, make_upload("agreement.txt"), at=begun)
    shown = drafting.attach(part, make_upload("bridge.png", picture("PNG")), at=begun)
    submission = make_submission(case, at=at - timedelta(days=2))
    alt = f"alt.{shown.code}"
    said = {"results": "Since then five hours earlier.", alt: "A bridge between two towns."}
    drafting.save(part, said, bases_of(part, *said), at=at - timedelta(days=1))
    editor, reader = make_colleague(case, Colleague.Role.EDITOR), make_colleague(case, Colleague.Role.READER)
    gone = make_colleague(case, Colleague.Role.EDITOR, name="Gone Away")
    drafting.remove_colleague(part, gone.pk, at=begun)  # ``gone`` keeps the generation that their key names
    question = asking.ask(
        make_dossier(submission, at=at - timedelta(hours=20)),
        words="Ποιος πληρώνει;",
        due_at=at + timedelta(days=9),
        by=make_boss(),
        at=at - timedelta(hours=19),
    )
    other = make_draft(call=call, complete=True, begun_at=begun)
    prepared = publishing.begin(Case.objects.get(pk=case.pk), at=at - timedelta(hours=18))
    public = make_shown(call, at=at - timedelta(hours=17), **facts)
    find = Colleague.objects.select_related("case__call", "case__latest", "address")
    return House(
        call=call,
        case=Case.objects.get(pk=case.pk),
        author=find.get(pk=part.pk),
        editor=editor,
        reader=reader,
        removed=gone,
        submission=submission,
        text_file=text_file,
        picture=shown,
        question=question,
        other=find.get(case=other),
        shelved=make_desk_research(
            "Κοινό τραμ",
            at=at - timedelta(days=4),
            language="other",
            short="Με λίγα λόγια.",
            sources=[{"title": "", "url": "https://example.org/tram"}],
            jurisdictions=[
                {
                    "country": "GR",
                    "level": "local",
                    "name": name,
                    "organisation": "",
                    "is_lead": name == "Πάτρα",
                }
                for name in ("Πάτρα", "Αθήνα")
            ],
        ),
        draft_picture=pictures.made_of(prepared, shown, at=at - timedelta(hours=18)),
        shown=public,
        shown_picture=public.pictures.get(),
        partner=public.partners.get(),
        news=sent_issue(at),
        at=at,
    )


def sent_issue(at: datetime) -> Issue:
    """An issue with a block of each kind, whose words are Greek, as it stands on the page of the news."""
    issue = Issue.objects.create(
        title={"en": "Νέα του Ιουνίου"},
        opening={"en": "Ελάτε."},
        topics=["events"],
        slug="june",
        state=Issue.State.SENT,
        made_at=at,
        due_at=at,
        begun_at=at,
        sent_at=at,
    )
    shown = made_anew(make_upload("bridge.png", picture("PNG")), at=at)
    issue.shows = shown.name
    words = {name: {"en": "Λόγια"} for name in ("title", "words", "source", "alt")}
    for place, kind in enumerate(Block.Kind):
        url = "https://a.example/" if kind in ("link", "button") else ""
        issue.blocks.create(
            position=place, kind=kind, url=url, picture=shown if kind == "picture" else None, **words
        )
    return issue


def make_reader(house: House, email: str = "reader@news.example") -> Subscription:
    """Somebody who gets all news in the language of the house."""
    said = {"topics": [*Topic.values], "language": house.speaks, "network": "n", "at": house.at}
    subscribing.ask(email=email, **said)
    asked = Record.objects.select_related("subscription__address").get(subscription__address__email=email)
    return subscribing.confirm(asked, at=house.at)


def make_shown(call: Call, *, at: datetime, **facts: Any) -> PublicCase:
    """A public case with a picture, a file, and a partner who was asked."""
    case = make_draft(call=call, complete=True, begun_at=at, **facts)
    part = case.colleagues.select_related("case__call", "address").get()
    file = drafting.attach(part, make_upload("memo.txt"), at=at)
    image = drafting.attach(part, make_upload("map.png", picture("PNG")), at=at)
    public = publishing.begin(make_submission(case, at=at).case, at=at)
    made = pictures.made_of(public, image, at=at)
    public = make_public_case(
        Case.objects.get(pk=case.pk),
        at=at,
        pictures=[
            {"code": made.code, "alt": "Χάρτης.", "caption": "", "width": made.width, "height": made.height}
        ],
        files=[{"code": file.code, "name": file.name, "kind": file.kind, "size": file.size}],
    )
    public.partners.create(
        key="bbbb2222",
        country="DE",
        level="regional",
        address=make_address(confirmed=False),
        state=Partner.State.ASKED,
        asked_at=at,
    )
    OutboxMessage.objects.filter(subject_kind="case", subject_id=str(case.pk)).delete()  # told elsewhere
    return public


def also_a_partner(client: Client, partner: Partner) -> Client:
    """Hang the key of a partner on the ring of this browser, beside those that it holds."""
    ring = signing.loads(client.cookies[keys.cookie_name()].value, salt="people.keys")
    ring[f"partner:{partner.pk}"] = [partner.pk, partner.generation]
    client.cookies[keys.cookie_name()] = signing.dumps(ring, salt="people.keys", compress=True)
    return client


def open_my_page(client: Client, address: Address, at: datetime) -> Client:
    """Give this browser the key that a «my page» link gives."""
    until = int((at + timedelta(hours=1)).timestamp())
    ring = {"my": [address.pk, address.generation, until]}
    client.cookies[keys.cookie_name()] = signing.dumps(ring, salt="people.keys", compress=True)
    return client


# -- Every address -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """One address. ``of`` says whose it is: «everybody», «case», «partner», «my page» or «link».

    ``post`` gives what a form there sends when it really does something; None where nothing is ever sent.
    """

    of: str
    args: Callable[[House], list] = lambda house: []
    post: Callable[[House], dict] | None = None
    get: bool = True


def section_words(house: House) -> dict[str, str]:
    said = {"overview": "Somebody else was here."}
    return said | {f"base:{name}": token for name, token in bases_of(house.author, *said).items()}


def _code(house: House) -> list:
    return [house.case.code]


def _slug(house: House) -> list:
    return [house.shelved.slug]


def _nothing(house: House) -> dict:
    return {}


DOORS: dict[str, Door] = {
    "root": Door("everybody"),
    "healthz": Door("everybody"),
    "home": Door("everybody"),
    "privacy": Door("everybody"),
    "accessibility": Door("everybody"),
    "contact": Door("everybody"),
    "licence": Door("everybody"),
    "robots": Door("everybody"),
    "sitemap": Door("everybody"),
    "openapi": Door("everybody"),
    "api_root": Door("everybody"),
    "api": Door("everybody", lambda house: ["cases"]),
    "cases:library": Door("everybody"),
    "cases:baseline": Door("everybody"),
    "cases:network": Door("everybody"),
    "cases:data": Door("everybody"),
    "cases:feed": Door("everybody"),
    "cases:export": Door("everybody", lambda house: ["csv"]),
    "cases:case": Door("everybody", _slug),
    "cases:edition": Door("everybody", lambda house: [house.shelved.slug, 1]),
    "cases:cite": Door("everybody", lambda house: [house.shelved.slug, "bib"]),
    "cases:cite_edition": Door("everybody", lambda house: [house.shelved.slug, 1, "ris"]),
    "cases:og": Door("everybody", _slug),
    "cases:qr": Door("everybody", _slug),
    "verify": Door("everybody", lambda house: [house.submission.code]),
    "my_ask": Door("everybody", post=lambda house: {"email": house.author.address.email}),
    "my": Door("my page", post=lambda house: {"act": "stop-reminders"}),
    "my_letter": Door("my page", lambda house: [house.letter.pk]),
    "letter_link": Door("link", lambda house: [house.token()], post=_nothing),
    "stop_link": Door("link", lambda house: [house.token("stop")], post=_nothing),
    "cases:call": Door("everybody"),
    "cases:questions": Door("everybody"),
    "cases:questions_docx": Door("everybody"),
    "cases:questions_txt": Door("everybody"),
    "cases:start": Door(
        "everybody",
        post=lambda house: {"name": "Ana", "email": "ana@example.org", "begun_with": "x" * 32},
    ),
    "cases:overview": Door("case", _code),
    "cases:section": Door("case", lambda house: [house.case.code, "brief"], post=section_words),
    "cases:autosave": Door("case", lambda house: [house.case.code, "brief"], post=section_words, get=False),
    "cases:check": Door("case", _code),
    "cases:hand_in": Door("case", _code, post=_nothing, get=False),
    "cases:receipt": Door("case", lambda house: [house.case.code, 1]),
    "cases:receipt_pdf": Door("case", lambda house: [house.case.code, 1]),
    "cases:feedback": Door("case", _code, post=lambda house: {"ease": "1"}, get=False),
    "cases:colleagues": Door(
        "case",
        _code,
        post=lambda house: {
            "then": "invite",
            "invite-name": "Ivo",
            "invite-email": "ivo@example.org",
            "invite-role": "editor",
        },
    ),
    "cases:file": Door("case", lambda house: [house.case.code, house.text_file.code]),
    "cases:print": Door("case", _code),
    "cases:copy_txt": Door("case", _code),
    "cases:copy_pdf": Door("case", _code),
    "cases:withdraw": Door("case", _code, post=_nothing),
    "cases:delete": Door("case", _code, post=_nothing),
    "cases:ask_reopening": Door("case", _code, post=lambda house: {"words": "The network was down."}),
    "cases:leave": Door("case", _code, post=_nothing),
    "reviews:question": Door(
        "case",
        lambda house: [house.case.code, house.question.pk],
        post=lambda house: {"answer": "Και οι δύο.", "based_on": ""},
    ),
    "reviews:decision": Door("case", _code),
    "cases:public_version": Door(
        "case", _code, post=lambda house: {"act": "wishes", "words-wishes": "Another title.", "digest": ""}
    ),
    "cases:picture_of_draft": Door(
        "case", lambda house: [house.case.code, house.draft_picture.code, pictures.SMALL]
    ),
    "cases:confirm_case": Door(
        "partner", lambda house: [house.partner.pk], post=lambda house: {"act": "confirm"}
    ),
    "cases:picture_for_partner": Door(
        "partner", lambda house: [house.partner.pk, house.shown_picture.code, pictures.SMALL]
    ),
    "cases:public_file": Door(
        "everybody", lambda house: [house.shown.slug, house.shown.edition.said["files"][0]["code"]]
    ),
    "picture": Door("everybody", lambda house: [house.shown_picture.code, pictures.WIDE]),
    "newsletter:news": Door("everybody", post=lambda house: {"email": "new@a.example", "topics": ["call"]}),
    "newsletter:issue": Door("everybody", lambda house: [house.news.slug]),
    "newsletter:preferences": Door("my page", post=lambda house: {"act": "leave"}),
    "newsletter:open_mine": Door("my page", post=_nothing, get=False),
    "news_picture": Door("everybody", lambda house: [house.news.shows]),
    "cases:open_mine": Door("my page", lambda house: [house.author.pk], post=_nothing, get=False),
}

OF_A_CASE = [name for name, door in DOORS.items() if door.of == "case"]


def path_of(name: str, house: House, code: str = "") -> str:
    """The address by its name; with ``code`` the same address of another case."""
    args = DOORS[name].args(house)
    return reverse(name, args=[code, *args[1:]] if code else args)


def names_of_all_addresses() -> Iterator[str]:
    """What the URLconf really has, without the office, which is walked by its own tests."""
    yield from _names(get_resolver().url_patterns, "")


def _names(patterns: list, space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                yield from _names(pattern.url_patterns, space + inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
