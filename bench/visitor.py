"""Somebody who begins a case, fills in every section, and hands it in; somebody who takes a seat at a workshop. The
forms as a browser without scripts sends them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from cases.questions import BY_KEY, COLUMNS, SECTIONS
from tests.makers import COMPLETE

PAGE = "The river crosses the border twice. Since 2019 both sides are warned at the same minute, and each may act. "
SAID = COMPLETE | {
    "overview": PAGE * 20,
    "innovative": PAGE * 8,
    "happening_now": PAGE * 4,
    "collaborations": PAGE * 4,
    "results": PAGE * 4,
    "challenges": PAGE * 4,
    "conditions": PAGE * 3,
    "replication": PAGE * 3,
    "lessons": PAGE * 4,
}
_INPUT = re.compile(r"<input ([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_numbers = count(1)


@dataclass
class Answer:
    """What came back. ``headers`` by lower case names."""

    status: int
    body: str
    headers: dict[str, str]


#: ``send(method, path, fields or None)``
Send = Callable[[str, str, list[tuple[str, str]] | None], Answer]


@dataclass
class Step:
    """One request of a journey: what it was, and what it cost."""

    name: str
    answer: Answer


@dataclass
class Person:
    """One person at one browser. ``steps`` are the requests so far; a step that fails raises AssertionError."""

    send: Send
    steps: list[Step] = field(default_factory=list)

    def get(self, name: str, path: str) -> Answer:
        return self._step(name, self.send("GET", path, None), 200)

    def post(self, name: str, path: str, fields: list[tuple[str, str]]) -> str:
        """Where the answer leads: every press of these journeys is followed by another page."""
        return self._step(name, self.send("POST", path, fields), 302).headers["location"]

    def _step(self, name: str, answer: Answer, status: int) -> Answer:
        assert answer.status == status, f"{name}: {answer.status}\n{_words(answer.body)}"
        self.steps.append(Step(name, answer))
        return answer


@dataclass
class Registrant(Person):
    """Somebody new to the portal who takes a seat."""

    def journey(self, workshop: str) -> str:
        """From the page of a workshop to one's own; returns where that stands. Two requests after the page."""
        page = self.get("GET workshop", workshop).body
        seat = self.post("POST workshop", workshop, registration(page))
        self.get("GET seat", seat)
        return seat


def registration(page: str) -> list[tuple[str, str]]:
    """The form of a workshop as somebody new would send it."""
    number = next(_numbers)
    said = {
        "name": f"Ana Rivera {number}",
        "email": f"registrant{number}@example.org",
        "organisation": "City of Montevideo",
        "country": "UY",
        "level": "local",
        "role": "Head of planning",
        "hopes": "How two cities can share one bus line.",
        "brings": "",
        "access_needs": "",
        "terms": "on",
        "nickname": "",
        "zone": "America/Montevideo",
    }
    return [*hidden(page, besides=said), *said.items()]


@dataclass
class Visitor(Person):
    """Somebody new to the portal who hands in a case."""

    draft: str = ""

    def begin(self) -> None:
        page = self.get("GET start", "/en/draft/").body
        number = next(_numbers)
        said = {
            "name": f"Marta Okello {number}",
            "email": f"visitor{number}@example.org",
            "zone": "Africa/Nairobi",
        }
        self.draft = self.post("POST start", "/en/draft/", [*hidden(page, besides=said), *said.items()])

    def write(self) -> None:
        """From the first page of the form to the last one that asks for something."""
        self.begin()
        self.get("GET overview", self.draft)
        for section in SECTIONS:
            self.fill(section.key, SAID)

    def journey(self) -> str:
        """From the first page of the form to the receipt; returns where that stands."""
        self.write()
        page = self.get("GET check", f"{self.draft}check/").body
        receipt = self.post("POST hand-in", f"{self.draft}hand-in/", hidden(page))
        self.get("GET receipt", receipt)
        return receipt

    def fill(self, section: str, said: dict) -> None:
        path = f"{self.draft}{section}/"
        page = self.get(f"GET {section}", path).body
        self.post(f"POST {section}", path, filled(page, section, said))


def filled(page: str, section: str, said: dict) -> list[tuple[str, str]]:
    """The fields of a section as they would be sent, filled with what is said."""
    fields = hidden(page)
    if section == "jurisdictions":
        ids = list(dict.fromkeys(re.findall(r'id="row-(\w+)"', page)))
        for row_id, row in zip(ids, said["jurisdictions"], strict=False):
            fields += [(f"jurisdictions.{row_id}.{name}", row.get(name, "")) for name in COLUMNS]
        fields.append(("jurisdictions.lead", ids[0]))
    for question in BY_KEY[section].questions:
        value = said.get(question.key, "")
        if isinstance(value, list):
            fields += [(question.key, one) for one in value]
        elif value is True:
            fields.append((question.key, "on"))
        else:
            fields.append((question.key, str(value)))
    return [*fields, ("then", "continue")]


def hidden(page: str, besides: dict | tuple = ()) -> list[tuple[str, str]]:
    """The hidden fields of a page's form, but one token and none that is named in ``besides``."""
    found: list[tuple[str, str]] = []
    for attributes in _INPUT.findall(page):
        told = dict(_ATTRIBUTE.findall(attributes))
        if told.get("type") == "hidden" and told["name"] not in besides:
            pair = (html.unescape(told["name"]), html.unescape(told.get("value", "")))
            if pair[0] != "csrfmiddlewaretoken" or pair[0] not in dict(found):
                found.append(pair)
    return found


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())[:600]
