"""What each page asks the database: exact numbers, the same with three cases in the call or people in a workshop and
with three hundred."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bench.crowd import seat
from bench.visitor import Answer, Registrant, Send, Visitor
from cases.models import Case, Colleague
from cases.questions import SECTIONS
from people.models import Address
from tests.makers import COMPLETE
from tests.roof.house import DOORS, House, make_house, open_my_page, path_of
from tests.workshops.makers import DETAILS, make_workshop, seat_key, take
from workshops.models import Workshop
from workshops.registering import feed_token

#: What Django sends to begin and end transactions is not counted.
FRAME = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)", re.IGNORECASE)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that were sent in the block; filled in at its end."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [query["sql"] for query in captured.captured_queries if not FRAME.match(query["sql"])]


def fill_the_call(house: House, n: int) -> None:
    """More drafts of other people in the same call."""
    people = Address.objects.bulk_create(
        Address(email=f"crowd{k}@example.org", created_at=house.at, confirmed_at=house.at) for k in range(n)
    )
    more = Case.objects.bulk_create(
        Case(call=house.call, begun_at=house.at, changed_at=house.at, answers=COMPLETE, title=f"Case {k}")
        for k in range(n)
    )
    Colleague.objects.bulk_create(
        Colleague(case=case, address=address, name="Crowd", role="author", joined_at=house.at)
        for case, address in zip(more, people, strict=True)
    )


@pytest.fixture(params=[3, 300], ids=["3 cases", "300 cases"])
def crowded(request, db) -> House:
    house = make_house()
    fill_the_call(house, request.param - 2)
    return house


PAGES = {
    "root": 0,
    "healthz": 2,
    "home": 8,
    "privacy": 2,
    "licence": 2,
    "my_ask": 2,
    "verify": 3,
    "cases:call": 3,
    "cases:questions": 3,
    "cases:questions_txt": 1,
    "cases:library": 4,  # the cards among them
    "cases:baseline": 3,
    "cases:network": 3,
    "cases:start": 2,
    "cases:overview": 11,
    "cases:check": 4,
    "cases:receipt": 4,
    "cases:colleagues": 3,
    "cases:print": 3,
    "cases:copy_txt": 2,
    "cases:file": 2,
    "cases:withdraw": 3,
    "letter_link": 3,
    "reviews:question": 3,
    "reviews:decision": 9,
    "my": 13,
    "newsletter:news": 4,
    "newsletter:issue": 4,
    "news_picture": 1,
}


def test_each_page_asks_the_same_few_questions_however_many_cases_there_are(crowded: House):
    author, asked = crowded.browser("author"), {}

    for name in PAGES:
        browser = (
            open_my_page(crowded.browser(), crowded.author.address, crowded.at) if name == "my" else author
        )
        with counted() as sent:
            answer = browser.get(path_of(name, crowded))
            answer.getvalue()
        assert answer.status_code in (200, 302), name
        asked[name] = len(sent)
    assert asked == PAGES


SHOWN = {
    "about": 2,
    "jurisdictions": 2,
    "brief": 3,
    "new": 3,
    "people": 3,
    "results": 3,
    "materials": 3,
    "permission": 2,
}


def test_each_section_asks_the_same_few_questions(crowded: House):
    author, asked = crowded.browser("author"), {}

    for section in SECTIONS:
        with counted() as sent:
            author.get(reverse("cases:section", args=[crowded.case.code, section.key]))
        asked[section.key] = len(sent)
    assert asked == SHOWN


STEPS = {
    "GET start": 2,
    "POST start": 13,
    "GET overview": 3,
    "GET about": 2,
    "POST about": 6,
    "GET jurisdictions": 2,
    "POST jurisdictions": 6,
    "GET brief": 3,
    "POST brief": 6,
    "GET new": 3,
    "POST new": 6,
    "GET people": 3,
    "POST people": 6,
    "GET results": 3,
    "POST results": 6,
    "GET materials": 3,
    "POST materials": 4,
    "GET permission": 2,
    "POST permission": 6,
    "GET check": 3,
    "POST hand-in": 16,
    "GET receipt": 4,
}


def browsing(asked: dict[str, int]) -> Send:
    """A browser of the tests for a person of the bench; what each of their steps asked goes into ``asked``."""
    client = Client()

    def send(method: str, path: str, fields: list | None) -> Answer:
        with counted() as sent:
            if fields is None:
                answer = client.get(path)
            else:
                answer = client.post(
                    path, urlencode(fields), content_type="application/x-www-form-urlencoded"
                )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        asked[f"{method} {path.rstrip('/').rpartition('/')[2]}"] = len(sent)
        return Answer(answer.status_code, answer.content.decode(), headers)

    return send


def test_the_whole_way_from_the_first_page_to_the_receipt_takes_at_most_120_statements(crowded: House):
    asked: dict[str, int] = {}
    person = Visitor(browsing(asked))

    person.journey()

    steps = [step.name for step in person.steps]
    told = dict(zip(steps, asked.values(), strict=True))
    assert len(steps) == 22
    assert told == STEPS
    assert sum(told.values()) <= 120


PRESSES = {
    "autosave": 6,
    "feedback": 2,
    "invite": 15,
    "hand in again": 15,
    "the same again": 5,
    "withdraw": 8,
    "ask for my links": 9,
    "link": 1,
    "stop": 5,
    "from my page": 1,
}


def test_each_press_asks_the_same_few_questions(crowded: House):
    author, asked = crowded.browser("author"), {}
    mine = open_my_page(crowded.browser(), crowded.author.address, crowded.at)
    presses = {
        "autosave": (author, path_of("cases:autosave", crowded), DOORS["cases:autosave"].post(crowded)),
        "feedback": (author, path_of("cases:feedback", crowded), {"ease": "7"}),
        "invite": (author, path_of("cases:colleagues", crowded), DOORS["cases:colleagues"].post(crowded)),
        "hand in again": (author, path_of("cases:hand_in", crowded), {}),
        "the same again": (author, path_of("cases:hand_in", crowded), {}),
        "withdraw": (author, path_of("cases:withdraw", crowded), {}),
        "ask for my links": (Client(), reverse("my_ask"), {"email": crowded.author.address.email}),
        "link": (Client(), f"/l/{crowded.token()}", {}),
        "stop": (Client(), f"/l/stop/{crowded.token('stop')}", {}),
        "from my page": (mine, path_of("cases:open_mine", crowded), {}),
    }
    for name, (browser, path, words) in presses.items():
        with counted() as sent:
            answer = browser.post(path, words)
        assert answer.status_code in (200, 302), name
        asked[name] = len(sent)
    assert asked == PRESSES


# -- Workshops ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[3, 300], ids=["3 people", "300 people"])
def hall(request, db) -> Workshop:
    """A workshop in a month with so many people in it, and room for more; beside it another one."""
    make_workshop()
    make_workshop(starts_at=timezone.now() + timedelta(days=40))
    return Workshop.objects.get(slug=seat(request.param))


WAY_TO_A_SEAT = {"GET workshop": 2, "POST workshop": 17, "GET seat": 5}


def test_the_whole_way_to_a_seat_asks_the_same_few_questions(hall: Workshop):
    asked: dict[str, int] = {}
    person = Registrant(browsing(asked))

    person.journey(reverse("workshops:workshop", args=[hall.slug]))

    told = dict(zip([step.name for step in person.steps], asked.values(), strict=True))
    assert told == WAY_TO_A_SEAT


OF_WORKSHOPS = {"home": 5, "series": 2, "workshop": 3, "seat": 5, "give_back": 3, "private feed": 2}


def test_each_page_of_the_workshops_asks_the_same_few_questions(hall: Workshop):
    registration = take(hall, at=timezone.now())
    client, asked = seat_key(Client(), registration), {}
    pages = {
        "home": reverse("home"),
        "series": reverse("workshops:series"),
        "workshop": reverse("workshops:workshop", args=[hall.slug]),
        "seat": reverse("workshops:seat", args=[registration.pk]),
        "give_back": reverse("workshops:give_back", args=[registration.pk]),
        "private feed": reverse("workshops:private_calendar", args=[feed_token(registration)]),
    }
    for name, path in pages.items():
        with counted() as sent:
            answer = client.get(path)
        assert answer.status_code == 200, name
        asked[name] = len(sent)
    assert asked == OF_WORKSHOPS


AT_ONES_SEAT = {"coming": 2, "correct": 5, "revoke-feed": 2, "swap": 23, "give back": 12}


def test_each_press_at_ones_own_seat_asks_the_same_few_questions(hall: Workshop):
    registration = take(hall, at=timezone.now())
    other = Workshop.objects.exclude(pk=hall.pk).get()
    client, asked = seat_key(Client(), registration), {}
    mine = reverse("workshops:seat", args=[registration.pk])
    presses = {
        "coming": (mine, {"act": "coming"}),
        "correct": (mine, {**DETAILS, "act": "correct", "role": "Mayor", "recording": "on"}),
        "revoke-feed": (mine, {"act": "revoke-feed"}),
        "swap": (mine, {"act": f"swap:{other.slug}"}),
    }
    for name, (path, words) in presses.items():
        with counted() as sent:
            answer = client.post(path, words)
        assert answer.status_code == 302, name
        asked[name] = len(sent)
    with counted() as sent:
        client.post(f"{answer.url}give-back/")
    asked["give back"] = len(sent)
    assert other.registrations.get().status == "left"
    assert asked == AT_ONES_SEAT
