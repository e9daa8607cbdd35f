"""The review: what its pages, files, plan and sweeps cost, with a hundred cases and with ten thousand."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.measuring import (
    AFTER,
    Browser,
    Operation,
    cpu_of,
    cpu_of_database,
    database_server,
    family,
    look,
    press,
    warm,
)
from bench.visitor import Answer, Visitor, hidden
from tests.parts.portal import Portal, PortalMaker

SIZES = (100, 10_000)
#: So many cases lie ready for what takes many at once: decisions in one press, one sweep that takes cases in.
MANY = 500
CASES, ROUND, PILE = "/admin/reviews/dossier/", "/admin/reviews/round/", "/admin/reviews/assignment/"


@dataclass
class Seen:
    """One operation. Milliseconds of processor time: ``cpu`` of the web processes (or of the process that sweeps),
    ``least`` of them as in ``measuring.Figures``, and ``database``; ``statements`` and ``rows`` that came back."""

    operation: str
    size: int
    count: int
    p50: float
    least: float
    cpu: float
    database: float
    statements: float
    rows: float

    def line(self) -> str:
        return (
            f"{self.operation:<30}{self.size:>7}{self.count:>5}{self.p50:>9.1f}{self.least:>9.1f}{self.cpu:>9.1f}"
            f"{self.database:>9.1f}{self.statements:>7.1f}{self.rows:>8.1f}"
        )


HEAD = f"{'the review':<30}{'cases':>7}{'n':>5}{'p50':>9}{'least':>9}{'CPU ms':>9}{'DB ms':>9}{'SQL':>7}{'rows':>8}"


@dataclass
class Taken:
    """One file taken out of the office by a portal that has just started: seconds to its first byte and to its last,
    seconds of processor time, its size, and by how many MB the memory of the process that wrote it rose."""

    file: str
    rows: int
    first: float
    all: float
    cpu: float
    megabytes: float
    memory: float

    def line(self) -> str:
        return (
            f"{self.file:<30}{self.rows:>7}{self.first:>10.2f}{self.all:>8.1f}{self.cpu:>8.1f}{self.megabytes:>8.1f}"
            f"{self.memory:>10.1f}"
        )


FILES_HEAD = f"{'files':<30}{'rows':>7}{'first s':>10}{'all s':>8}{'CPU s':>8}{'MB':>8}{'memory MB':>10}"


def run(maker: PortalMaker, surroundings: dict[str, str], *, fewer: int) -> dict[str, list[dict]]:
    """Everything, each line printed as soon as it is known; everything is done ``fewer`` times less often."""
    seen, taken = [], []
    print(f"\n{HEAD}", flush=True)
    for size in SIZES:
        size = size // (fewer if size > 1000 else 1)
        with maker.portal(**surroundings) as portal:
            portal.beat.stop()  # sweeps run when they are measured
            bench = Bench(portal, size, fewer)
            parts = (
                [bench.pages()] if size == SIZES[0] else [bench.pages(), bench.sweeps(), bench.many_at_once()]
            )
            for line in chain(*parts):
                seen.append(line)
                print(line.line(), flush=True)
            if size > SIZES[0]:
                print(f"\n{FILES_HEAD}", flush=True)
                for file in bench.files():
                    taken.append(file)
                    print(file.line(), flush=True)
    return {"pages": [asdict(line) for line in seen], "files": [asdict(file) for file in taken]}


class Bench:
    """One portal with so many cases in review."""

    def __init__(self, portal: Portal, size: int, fewer: int):
        self.portal, self.size, self.fewer = portal, size, fewer
        self.database = database_server(portal)
        self.where: dict[str, Any] = {}
        self.manager, self.reviewer = Browser(portal.port), Browser(portal.port)

    def pages(self) -> Iterator[Seen]:
        warm(self.portal.port)
        yield self.seen(handing_in(self.portal.port, "hand in, none in review"), Browser(self.portal.port))
        self.where = dict(self.portal.python(f"from bench.heap import heap; result = heap({self.size})"))
        self.manager.cookies["sessionid"] = self.where["manager"]
        self.reviewer.cookies["sessionid"] = self.where["reviewer"]
        self._warm()
        for operation in managers_pages(self.where):
            yield self.seen(operation, self.manager)
        for operation in reviewers_pages(self.where):
            yield self.seen(operation, self.reviewer)
        yield self.seen(handing_in(self.portal.port, "hand in"), Browser(self.portal.port))

    def sweeps(self) -> Iterator[Seen]:
        """What happens by itself: where nothing is new, and with so many new cases."""
        for deed in ("take_in", "compare", "count"):
            self.swept("what was handed in so far", deed)
        for deed in ("take_in", "compare", "count"):
            yield self.swept(f"{deed}, nothing new", deed)
        new = MANY // self.fewer
        self.portal.python(f"from bench.heap import more; more(range(900_000, {900_000 + new}))")
        yield self.swept(f"take_in, {new} new", "take_in")
        yield self.swept(f"compare, {min(new, 200)} of them", "compare")
        yield self.swept("count, everything", "count")

    def many_at_once(self) -> Iterator[Seen]:
        """What a manager presses for many cases: give out, decide, release; each once, for it is done then."""
        waiting = self.where["steps"]["to-assign"]
        plan = f"{ROUND}{self.where['round']}/plan/"
        yield self.swept(f"plan, {waiting} x 8", "plan")
        yield self.seen(look(f"plan page, {waiting} x 8", plan, 5), self.manager)
        form = dict(hidden(self.manager.send("GET", plan).body))
        accept = [(name, form[name]) for name in ("csrfmiddlewaretoken", "fingerprint", "by_hand")]
        accept.append(("do", "accept"))
        yield self.seen(press(f"accept, {waiting} x 8", plan, lambda: accept, 1), self.manager)
        chosen = self.where["undecided"][: MANY // self.fewer]
        decide, token = f"{CASES}decide/", form["csrfmiddlewaretoken"]
        said = [
            ("csrfmiddlewaretoken", token),
            ("outcome", "hold"),
            ("reasons", "We wait for the evaluation."),
        ]
        said.append(("cases", "\n".join(chosen)))
        yield self.seen(
            sent(f"dry run, {len(chosen)} letters", decide, [*said, ("act", "look")], 3), self.manager
        )
        page = self.manager.send("POST", decide, [*said, ("act", "look")]).body
        shown = [*said, ("act", "confirm"), ("seen", re.search(r'name="seen" value="(\w+)"', page)[1])]
        yield self.seen(press(f"decide, {len(chosen)} cases", decide, lambda: shown, 1), self.manager)
        release = f"{ROUND}{self.where['round']}/release/"
        yield self.seen(look(f"release page, {len(chosen)} letters", release, 3), self.manager)
        waits = dict(hidden(self.manager.send("GET", release).body))
        told = [*waits.items(), ("outcome", "hold"), ("act", "release")]
        yield self.seen(press(f"release, {len(chosen)} letters", release, lambda: told, 1), self.manager)

    # -- One operation -------------------------------------------------------------------------------------------

    def seen(self, operation: Operation, browser: Browser) -> Seen:
        """Do it so many times, and read what the web processes and the database have spent around each."""
        pids = family(self.portal.web.pid)
        waits, cpus, databases, statements, rows = [], [], [], [], []
        for _ in range(max(operation.count // self.fewer, min(3, operation.count))):
            operation.before()
            database, cpu, began = cpu_of_database(self.database), cpu_of(pids), time.perf_counter()
            answers = operation.act(browser)
            waits.append((time.perf_counter() - began) * 1000)
            time.sleep(AFTER)
            cpus.append(cpu_of(pids) - cpu)
            databases.append(cpu_of_database(self.database) - database)
            statements.append(sum(int(answer.headers["x-statements"]) for answer in answers))
            rows.append(sum(int(answer.headers["x-rows"]) for answer in answers))
        return Seen(
            operation.name,
            self.size,
            len(waits),
            p50=statistics.median(waits),
            least=sorted(cpus)[len(cpus) // 10],
            cpu=statistics.mean(cpus),
            database=statistics.median(databases),
            statements=statistics.mean(statements),
            rows=statistics.mean(rows),
        )

    def swept(self, name: str, deed: str) -> Seen:
        """Once, in a process of its own, as the worker does it."""
        database = cpu_of_database(self.database)
        found = dict(self.portal.python(f"from bench.heap import timed; result = timed({deed!r})"))
        return Seen(
            name,
            self.size,
            1,
            p50=found["wait"],
            least=found["cpu"],
            cpu=found["cpu"],
            database=cpu_of_database(self.database) - database,
            statements=found["statements"],
            rows=found["rows"],
        )

    def _warm(self) -> None:
        for operation in managers_pages(self.where):
            operation.act(self.manager)
        for operation in reviewers_pages(self.where):
            operation.act(self.reviewer)

    # -- Files ---------------------------------------------------------------------------------------------------

    def files(self) -> Iterator[Taken]:
        """Files of all cases, and of those of one step, which were a tenth of them."""
        for kind in ("csv", "json", "xlsx"):
            for asked in ("?step=in-review", ""):
                yield self.taken(f"cases as {kind}", f"export/cases/{kind}/{asked}", self._count(asked))
        [(reviews,)] = self.portal.rows("SELECT count(*) FROM reviews_review")
        yield self.taken("reviews as csv", "export/reviews/csv/", reviews)
        yield self.taken("dossier as pdf", f"{self.where['read']}/dossier.pdf", 1)
        yield self.taken("shortlist as pdf", "shortlist.pdf?step=in-review", 20)

    def _count(self, asked: str) -> int:
        narrowed = "WHERE step = 'in-review'" if asked else ""
        [(n,)] = self.portal.rows(f"SELECT count(*) FROM reviews_dossier {narrowed}")
        return n

    def taken(self, name: str, path: str, rows: int) -> Taken:
        """By processes that have just started, so that what they need for it and nothing else is seen."""
        web = self.portal.web
        web.stop()
        web.start()
        self.portal.wait_for_web()
        browser = Browser(self.portal.port, cookies={"sessionid": self.where["manager"]})
        page = browser.send("GET", CASES).body
        pids = family(web.pid)
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak starts anew
        before, cpu, began = {pid: memory_of(pid, "VmRSS") for pid in pids}, cpu_of(pids), time.perf_counter()
        connection = HTTPConnection("127.0.0.1", self.portal.port, timeout=600)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        if path.endswith("dossier.pdf"):
            connection.request("GET", CASES + path, headers={"Cookie": cookies})
        else:
            body = urlencode(hidden(page)[:1])
            form = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", CASES + path, body, form)
        response = connection.getresponse()
        assert response.status == 200, f"{path}: {response.status}"
        size = len(response.read(1))
        first = time.perf_counter() - began
        while piece := response.read(1 << 16):
            size += len(piece)
        return Taken(
            name,
            rows,
            first=first,
            all=time.perf_counter() - began,
            cpu=(cpu_of(pids) - cpu) / 1000,
            megabytes=size / 1e6,
            memory=max(memory_of(pid, "VmHWM") - before[pid] for pid in pids),
        )


def memory_of(pid: int, what: str) -> float:
    """Memory of one process in MB; ``VmHWM`` is the most it had."""
    return int(re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


# -- What is looked at -------------------------------------------------------------------------------------------------


def managers_pages(where: dict[str, Any]) -> Iterator[Operation]:
    round_, read, unscreened = f"{ROUND}{where['round']}/", where["read"], where["unscreened"]
    yield look("front page of the office", "/admin/", 30)
    yield look("cases in review", CASES, 30)
    for asked in (
        "p=2",
        "step=to-decide",
        "step=to-assign",
        "mark=came-back",
        "mark=discuss",
        "mark=not-eligible",
        "order=oldest",
        "order=due",
        "reviewer=2",
        "country=KE",
        "q=river",
        "q=nowhere",
    ):
        yield look(f"cases in review, {asked}", f"{CASES}?{asked}", 20)
    yield look("list of cases", "/admin/cases/case/", 30)
    yield look("figures", f"{round_}figures/", 20)
    yield look("ranking", f"{round_}ranking/", 20)
    yield look("to discuss", f"{round_}discuss/", 20)
    yield look("one case in review", f"{CASES}{read}/change/", 30)
    yield look("screening", f"{CASES}{unscreened}/screening/", 30)
    yield look("decide", f"{CASES}{read}/decide/", 20)
    yield look("reviewers", "/admin/reviews/reviewer/", 20)
    yield look("release page, 4 letters", f"{round_}release/", 20)


def reviewers_pages(where: dict[str, Any]) -> Iterator[Operation]:
    yield look("front page of a reviewer", "/admin/", 30)
    yield look("pile", PILE, 30)
    yield look("reading page", f"{PILE}{where['reading']}/change/", 30)


def sent(name: str, path: str, fields: list[tuple[str, str]], count: int) -> Operation:
    """Send one form that is answered by a page."""

    def act(browser: Browser) -> list[Answer]:
        answer = browser.send("POST", path, fields)
        assert answer.status == 200, f"{path}: {answer.status}\n{answer.body[:3000]}"
        return [answer]

    return Operation(name, act, count)


def handing_in(port: int, name: str) -> Operation:
    """One new case handed in; everything before that press is not measured."""
    filled: list[tuple[str, Browser, list[tuple[str, str]]]] = []

    def fill() -> None:
        browser = Browser(port)
        author = Visitor(browser.send)
        author.write()
        page = browser.send("GET", f"{author.draft}check/").body
        filled[:] = [(author.draft, browser, hidden(page))]

    def act(_browser: Browser) -> list[Answer]:
        [(draft, browser, fields)] = filled
        answer = browser.send("POST", f"{draft}hand-in/", fields)
        assert answer.status == 302, answer.status
        return [answer]

    return Operation(name, act, 20, fill)
