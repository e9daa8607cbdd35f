"""``make bench``: what pages cost, the whole way from first page to receipt or to a seat, a crowd at the door of a
workshop, and thousands of reminders: on PostgreSQL with two processes.

Some minutes. Prints each line as soon as it is known, and writes ``var/bench.json`` and ``docs/bench.svg`` (``--quick``:
a tenth of it, and nothing is written). Nothing here passes or fails: the figures are compared by people, in
docs/figures.md.
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
from functools import partial
from pathlib import Path

from bench import reminders, seats
from bench.measuring import (
    HEAD,
    Browser,
    Figures,
    Operation,
    PostOperation,
    look,
    measured,
    measured_presses,
    server_part,
    warm,
)
from bench.plot import drawn
from bench.visitor import SAID, Visitor, filled, hidden
from cases.questions import SECTIONS
from opsi_portal.environment import ROOT
from tests.parts.portal import PROCFILE, Part, Portal, PortalMaker
from tests.parts.postgres import postgres
from tests.parts.program import free_port

SIZES = (100, 10_000)
AT_A_TIME = (1, 8, 32)
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


def journey(browser: Browser) -> int:
    """One new person from the first page of the form to the receipt."""
    visitor = Visitor(Browser(browser.port).send)
    visitor.journey()
    return sum(int(step.answer.headers["x-statements"]) for step in visitor.steps)


def pages(
    browser: Browser, session: str, confirm: Callable[[], object]
) -> Iterator[Operation | PostOperation]:
    """Every operation on one case, in the order in which a person meets them; the case is made on the way."""
    author = Visitor(browser.send)
    author.begin()
    draft = author.draft
    confirm()  # a mailbox that has not answered gets three letters a day, and putting the others off costs statements
    yield Operation("home", look("/en/"), 200)
    yield Operation("call page", look("/en/call/"), 200)
    yield Operation("questions", look("/en/call/questions/"), 60)
    yield Operation("start GET", look("/en/draft/"), 100)
    yield Operation("overview", look(draft), 100)
    number = iter(range(10**9))
    for section in SECTIONS:
        path = f"{draft}{section.key}/"
        author.fill(section.key, SAID)
        yield Operation(f"{section.key} GET", look(path), 60)

        def fields(path: str = path, key: str = section.key) -> list[tuple[str, str]]:
            page = browser.send("GET", path).body
            said = SAID | {
                "organisation": f"Agency {next(number)}",
                "jurisdictions": _renamed(SAID["jurisdictions"], next(number)),
            }
            said |= {name: f"{SAID[name]} {next(number)}" for name in CHANGED if name in SAID}
            return filled(page, key, said)

        yield PostOperation(f"{section.key} POST", path, fields, 40)
    five = {**SAID, "jurisdictions": FIVE_PLACES}
    path = f"{draft}jurisdictions/"
    for _ in range(3):
        page = browser.send("GET", path).body
        browser.send("POST", path, [*filled(page, "jurisdictions", five)[:-1], ("then", "add")])
    browser.send("POST", path, filled(browser.send("GET", path).body, "jurisdictions", five))
    yield Operation("five jurisdictions GET", look(path), 60)
    yield PostOperation(
        "five jurisdictions POST",
        path,
        lambda: filled(
            browser.send("GET", path).body,
            "jurisdictions",
            {"jurisdictions": _renamed(FIVE_PLACES, next(number))},
        ),
        40,
    )
    yield Operation("check", look(f"{draft}check/"), 60)

    def again() -> list[tuple[str, str]]:
        path = f"{draft}brief/"
        page = browser.send("GET", path).body
        browser.send("POST", path, filled(page, "brief", SAID | {"title": f"Changed {next(number)}"}))
        return hidden(browser.send("GET", f"{draft}check/").body)

    browser.send("POST", f"{draft}hand-in/", again())
    yield Operation("receipt", look(f"{draft}receipt/1/"), 60)
    yield PostOperation("hand in", f"{draft}hand-in/", again, 30)
    browser.cookies["sessionid"] = session
    yield Operation("staff list of 50", look("/admin/cases/case/"), 30)
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
    lines: list[Figures] = field(default_factory=list)
    server_part: float = 0.0

    def note(self, *lines: Figures) -> None:
        for line in lines:
            self.lines.append(line)
            print(line.line(), flush=True)

    def times(self, count: int, *, least: int = 5) -> int:
        return max(count // self.fewer, least)

    def one_at_a_time(
        self, operations: Iterator[Operation | PostOperation], browser: Browser, *, size: int, web: int
    ) -> None:
        for operation in operations:
            operation.count = self.times(operation.count)
            if isinstance(operation, PostOperation):
                self.note(measured_presses(operation, browser, size=size, server_part=self.server_part))
            else:
                line = measured(operation, size=size, at_a_time=1, browsers=lambda: browser, web=web)
                self.note(line)


def run(*, quick: bool) -> dict:
    table = Table(fewer=10 if quick else 1)
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
        with maker.portal(**SURROUNDINGS) as portal:
            table.note(*seats.rush(portal, people=table.times(300), seats=table.times(30)))
        print(f"\n{reminders.HEAD}", flush=True)
        reminded = []
        for people in reminders.SIZES:
            with maker.portal(**SURROUNDINGS) as portal:
                reminded.append(reminders.sent(portal, table.times(people)))
                print(reminded[-1].line(), flush=True)
    print("\nmemory, warm, proportional MB: " + ", ".join(f"{name} {mb:.0f}" for name, mb in memory.items()))
    print(
        f"together {sum(memory.values()):.0f} MB; gunicorn's own part of a request {table.server_part:.1f} ms"
    )
    return {
        "machine": machine(),
        "figures": [asdict(line) for line in table.lines],
        "reminders": [asdict(each) for each in reminded],
        "memory": memory,
        "server_part": table.server_part,
    }


def everything(table: Table, portal: Portal, size: int, *, bare_port: int, bare_pid: int) -> None:
    """All operations, with ``size`` cases in the call and as many people in a workshop."""
    session, workshop = crowd(portal, size if size < 1000 else size // table.fewer)
    browser, web = Browser(portal.port), portal.web.pid
    warm(portal.port)
    table.server_part = server_part(browser, web)
    inserts = Operation("bare insert", look("/"), table.times(600))
    beside = partial(measured, size=size, browsers=lambda: Browser(bare_port), web=bare_pid)
    table.note(beside(inserts, at_a_time=1))
    confirm = partial(
        portal.rows, "UPDATE people_address SET confirmed_at = now() WHERE confirmed_at IS NULL"
    )
    table.one_at_a_time(pages(browser, session, confirm), browser, size=size, web=web)
    table.one_at_a_time(seats.pages(browser, session, workshop), browser, size=size, web=web)
    crowded = partial(measured, size=size, browsers=lambda: Browser(portal.port), web=web)
    for people in AT_A_TIME[1:]:
        table.note(beside(Operation("bare insert", look("/"), table.times(480)), at_a_time=people))
        for name, path in (("home", "/en/"), ("call page", "/en/call/"), ("workshop", workshop)):
            table.note(crowded(Operation(name, look(path), table.times(480)), at_a_time=people))
    for name, act in (("journey", journey), ("registration", partial(seats.journey, workshop=workshop))):
        for people, count in zip(AT_A_TIME, (20, 40, 64), strict=True):
            operation = Operation(name, act, table.times(count, least=2))
            table.note(crowded(operation, at_a_time=people, worker=portal.worker.pid))


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
    began = time.monotonic()
    quick = "--quick" in words
    said = run(quick=quick)
    if not quick:
        (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
        (ROOT / "var" / "bench.json").write_text(json.dumps(said, indent=1) + "\n")
        (ROOT / "docs" / "bench.svg").write_text(drawn(said["figures"]))
        print("written: var/bench.json, docs/bench.svg")
    print(f"{time.monotonic() - began:.0f} s on {said['machine']}")
    return 0
