"""``make bench``: what pages cost, the whole way from first page to receipt or to a seat, a crowd at the door of a
workshop, thousands of reminders, and the review of ten thousand cases: on PostgreSQL with two processes. Where Node is,
what Lighthouse gives the public pages on a phone.

A few minutes for all but the review, a quarter of an hour with it. Prints each line as soon as it is known, and writes
``var/bench.json``, ``docs/bench.svg`` and the tables of ``docs/figures.md`` but those of the review (``--quick``: a tenth
of it, and nothing is written). Nothing here passes or fails: the figures are compared by people.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

from bench import library, lighthouse, reminders, reviews, seats
from bench.measuring import (
    AT_A_TIME,
    HEAD,
    SIZES,
    Browser,
    Figures,
    Operation,
    all_together,
    look,
    one_by_one,
    press,
    warm,
)
from bench.plot import drawn
from bench.report import written_into
from bench.visitor import SAID, Answer, Visitor, filled, hidden
from cases.questions import SECTIONS
from opsi_portal.environment import ROOT
from tests.parts.portal import PROCFILE, Part, Portal, PortalMaker
from tests.parts.postgres import postgres
from tests.parts.program import free_port

#: So that one machine may be as many people as it likes.
SURROUNDINGS = {
    "DJANGO_SETTINGS_MODULE": "bench.settings",
    "DRAFTS_PER_NETWORK_AND_HOUR": "1000000",
    "REGISTRATIONS_PER_NETWORK_AND_HOUR": "1000000",
    "PYTHONPATH": str(ROOT),
}
FIVE_PLACES = [
    {
        "id": f"row{n:05}",
        "country": "FR",
        "level": "local",
        "name": f"Town {n}",
        "organisation": f"Council {n}",
    }
    for n in range(5)
]


def journey(browser: Browser) -> list[Answer]:
    """One new person from the first page of the form to the receipt."""
    visitor = Visitor(Browser(browser.port).send)
    visitor.journey()
    return [step.answer for step in visitor.steps]


def pages(browser: Browser, session: str, confirm: Callable[[], object]) -> Iterator[Operation]:
    """Every operation on one case, in the order in which a person meets them; the case is made on the way."""
    author = Visitor(browser.send)
    author.begin()
    draft = author.draft
    confirm()  # a mailbox that has not answered gets three letters a day, and putting the others off costs statements
    yield look("home", "/en/", 200)
    yield look("call page", "/en/call/", 200)
    yield look("questions", "/en/call/questions/", 60)
    yield look("start GET", "/en/draft/", 100)
    yield look("overview", draft, 100)
    number = iter(range(10**9))
    for section in SECTIONS:
        path = f"{draft}{section.key}/"
        author.fill(section.key, SAID)
        yield look(f"{section.key} GET", path, 60)

        def fields(path: str = path, key: str = section.key) -> list[tuple[str, str]]:
            page = browser.send("GET", path).body
            said = SAID | {
                "organisation": f"Agency {next(number)}",
                "jurisdictions": _renamed(SAID["jurisdictions"], next(number)),
            }
            said |= {name: f"{SAID[name]} {next(number)}" for name in CHANGED if name in SAID}
            return filled(page, key, said)

        yield press(f"{section.key} POST", path, fields, 40)
    five = {**SAID, "jurisdictions": FIVE_PLACES}
    path = f"{draft}jurisdictions/"
    for _ in range(3):
        page = browser.send("GET", path).body
        browser.send("POST", path, [*filled(page, "jurisdictions", five)[:-1], ("then", "add")])
    browser.send("POST", path, filled(browser.send("GET", path).body, "jurisdictions", five))
    yield look("five jurisdictions GET", path, 60)
    yield press(
        "five jurisdictions POST",
        path,
        lambda: filled(
            browser.send("GET", path).body,
            "jurisdictions",
            {"jurisdictions": _renamed(FIVE_PLACES, next(number))},
        ),
        40,
    )
    yield look("check", f"{draft}check/", 60)

    def again() -> list[tuple[str, str]]:
        path = f"{draft}brief/"
        page = browser.send("GET", path).body
        browser.send("POST", path, filled(page, "brief", SAID | {"title": f"Changed {next(number)}"}))
        return hidden(browser.send("GET", f"{draft}check/").body)

    browser.send("POST", f"{draft}hand-in/", again())
    yield look("receipt", f"{draft}receipt/1/", 60)
    yield press("hand in", f"{draft}hand-in/", again, 30)
    browser.cookies["sessionid"] = session
    yield look("staff list of 50", "/admin/cases/case/", 30)
    del browser.cookies["sessionid"]


def _renamed(rows: list[dict], number: int) -> list[dict]:
    return [row | {"name": f"{row['name']} {number}"} for row in rows]


CHANGED = ("title", "innovative", "collaborations", "results", "links")


@contextmanager
def bare(portal: Portal, folder: Path) -> Iterator[tuple[int, int]]:
    """The yardstick beside the portal, on the same database: its port and process."""
    port = free_port()
    line = PROCFILE["web"].replace("opsi_portal.wsgi", "bench.bare")
    part = Part("web", env={**portal.env, "PORT": str(port)}, log=folder / "bare.log", line=line)
    part.start()
    try:
        part.wait_until(lambda: _answers(port), seconds=30)
        yield port, part.pid
    finally:
        part.kill()


def _answers(port: int) -> bool:
    try:
        return Browser(port).send("GET", "/").status == 200
    except OSError:
        return False


@dataclass
class Table:
    """The lines so far; each is printed as soon as it is known. Everything is done ``fewer`` times less often."""

    fewer: int
    bare: float = 0.0  #: the least that the bare view takes
    lines: list[Figures] = field(default_factory=list)

    def note(self, line: Figures) -> None:
        line.times_bare = line.least / self.bare if self.bare else 0.0
        self.lines.append(line)
        print(line.line(), flush=True)

    def times(self, count: int, *, least: int = 5) -> int:
        return max(count // self.fewer, least)


def run(*, quick: bool) -> dict:
    table, began = Table(fewer=10 if quick else 1), os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        postgres() as url,
        PortalMaker(url, Path(folder)).ready() as maker,
    ):
        print(HEAD, flush=True)
        with (
            maker.portal(**SURROUNDINGS) as portal,
            bare(portal, Path(folder)) as (bare_port, bare_pid),
        ):
            for size in SIZES:
                everything(table, portal, size, bare_port=bare_port, bare_pid=bare_pid)
            memory = portal.memory()
            [(postgresql,)] = portal.rows("SHOW server_version")
        with maker.portal(**SURROUNDINGS) as portal:
            for line in seats.rush(portal, people=table.times(300), seats=table.times(30)):
                table.note(line)
        print(f"\n{reminders.HEAD}", flush=True)
        reminded = []
        for people in reminders.SIZES:
            with maker.portal(**SURROUNDINGS) as portal:
                reminded.append(reminders.sent(portal, table.times(people)))
                print(reminded[-1].line(), flush=True)
        review = reviews.run(maker, SURROUNDINGS, fewer=table.fewer)
        phone = lighthouse.run(maker) if lighthouse.has_node() else []
        found = library.run(maker, SURROUNDINGS, fewer=table.fewer)
    print("\nmemory, warm, proportional MB: " + ", ".join(f"{name} {mb:.0f}" for name, mb in memory.items()))
    print(f"together {sum(memory.values()):.0f} MB")
    return {
        "machine": machine(),
        "postgresql": postgresql.split()[0],
        "month": f"{date.today():%B %Y}",
        "load": (began, os.getloadavg()[0]),
        "figures": [asdict(line) for line in table.lines],
        "reminders": [asdict(each) for each in reminded],
        "review": review,
        "lighthouse": phone,
        "library": found,
        "memory": memory,
    }


def everything(table: Table, portal: Portal, size: int, *, bare_port: int, bare_pid: int) -> None:
    """All operations, with ``size`` cases in the call and as many people in a workshop."""
    session, workshop = crowd(portal, size if size < 1000 else size // table.fewer)
    browser, web = Browser(portal.port), portal.web.pid
    warm(portal.port)
    inserts = one_by_one(look("bare insert", "/", 600), Browser(bare_port), size=size, web=bare_pid)
    table.bare = inserts.least
    table.note(inserts)
    confirm = partial(
        portal.rows, "UPDATE people_address SET confirmed_at = now() WHERE confirmed_at IS NULL"
    )
    for operation in chain(pages(browser, session, confirm), seats.pages(browser, session, workshop)):
        operation.count = table.times(operation.count)
        table.note(one_by_one(operation, browser, size=size, web=web))
    for people in AT_A_TIME:
        for name, path, port, pid in (
            ("bare insert", "/", bare_port, bare_pid),
            ("home", "/en/", portal.port, web),
            ("call page", "/en/call/", portal.port, web),
            ("workshop", workshop, portal.port, web),
        ):
            operation, browsers = look(name, path, table.times(480)), partial(Browser, port)
            table.note(all_together(operation, size=size, at_a_time=people, browsers=browsers, web=pid))
    both = {"web": web, "worker": portal.worker.pid}
    for name, act in (("journey", journey), ("registration", partial(seats.journey, workshop=workshop))):
        table.note(one_by_one(Operation(name, act, table.times(20, least=2)), browser, size=size, **both))
        for people, count in zip(AT_A_TIME, (40, 64), strict=True):
            operation, browsers = Operation(name, act, table.times(count)), partial(Browser, portal.port)
            table.note(all_together(operation, size=size, at_a_time=people, browsers=browsers, **both))


def crowd(portal: Portal, size: int) -> tuple[str, str]:
    """Fill the call and a workshop, and sign a member of staff in: the key of their session, and where the workshop
    stands."""
    told = f"from bench.crowd import fill, seat, session_of_staff; fill({size})"
    session, slug = portal.python(f"{told}; slug = seat({size}); result = [session_of_staff(), slug]")
    return session, f"/en/workshops/{slug}/"


def machine() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.processor()
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}"


def main(words: list[str]) -> int:
    if words[:1] == ["library"]:
        return library.main(words[1:], SURROUNDINGS)
    began = time.monotonic()
    quick = "--quick" in words
    said = run(quick=quick)
    if not quick:
        (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
        (ROOT / "var" / "bench.json").write_text(json.dumps(said, indent=1) + "\n")
        (ROOT / "docs" / "bench.svg").write_text(drawn(said["figures"]))
        page = ROOT / "docs" / "figures.md"
        page.write_text(written_into(page.read_text(), said))
        print("written: var/bench.json, docs/bench.svg, docs/figures.md")
    print(f"{time.monotonic() - began:.0f} s on {said['machine']}")
    return 0
