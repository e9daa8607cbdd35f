"""``make bench``: what pages and the whole way from first page to receipt cost, on PostgreSQL with two processes.

A few minutes. Prints a table, and writes ``var/bench.json`` and ``docs/bench.svg`` (``--quick``: a tenth of it, and
nothing is written). Nothing here passes or fails: the figures are compared by people, in docs/figures.md.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from bench.plot import drawn
from bench.visitor import SAID, Answer, Visitor, filled, hidden
from cases.questions import SECTIONS
from opsi_portal.environment import ROOT
from tests.parts.portal import PROCFILE, Part, Portal, PortalMaker
from tests.parts.postgres import postgres
from tests.parts.program import free_port

SIZES = (100, 10_000)
AT_A_TIME = (1, 8, 32)
KEPT = 1.0  # seconds that an idle connection is used again; gunicorn keeps one for two
TICK = os.sysconf("SC_CLK_TCK")
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


@dataclass
class Figures:
    """One line of the table. Times in milliseconds; ``cpu`` of the web processes for each operation."""

    operation: str
    cases: int
    at_a_time: int
    count: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float
    statements: float
    worker_cpu: float = 0.0

    def line(self) -> str:
        return (
            f"{self.operation:<26}{self.cases:>7}{self.at_a_time:>4}{self.count:>6}{self.per_second:>8.1f}"
            f"{self.p50:>8.1f}{self.p95:>8.1f}{self.p99:>8.1f}{self.cpu:>8.1f}{self.statements:>7.1f}"
        )


HEAD = f"{'operation':<26}{'cases':>7}{'at':>4}{'n':>6}{'per s':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'SQL':>7}"


@dataclass
class Browser:
    """One kept connection with its cookies, as light as it can be: the bench shares the machine with the portal."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: HTTPConnection | None = None
    used: float = 0.0

    def send(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Answer:
        if self.connection is None or time.monotonic() - self.used > KEPT:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept-Language": "en", "Accept-Encoding": "identity"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        page = response.read().decode(errors="replace")
        self.used = time.monotonic()
        told: dict[str, str] = {}
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            told[name.lower()] = value
        return Answer(response.status, page, told)


@dataclass
class Operation:
    """What is measured: ``act`` does it once and returns how many statements it took."""

    name: str
    act: Callable[[Browser], int]
    count: int


def cpu_of(pids: list[int]) -> float:
    """Milliseconds of processor time, in user space and kernel, of these processes so far."""
    spent = 0
    for pid in pids:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(parts[11]) + int(parts[12])
    return spent * 1000 / TICK


def family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += family(int(child))
    return found


def measured(
    operation: Operation,
    *,
    cases: int,
    at_a_time: int,
    browsers: Callable[[], Browser],
    web: int,
    worker: int = 0,
) -> Figures:
    """Do it ``operation.count`` times, by so many people at once, and say what it took."""
    waits: list[float] = []
    statements: list[int] = []
    troubles: list[BaseException] = []
    todo = iter(range(operation.count))
    lock = threading.Lock()

    def person() -> None:
        browser = browsers()
        try:
            while True:
                with lock:
                    if next(todo, None) is None:
                        return
                began = time.perf_counter()
                asked = operation.act(browser)
                took = (time.perf_counter() - began) * 1000
                with lock:
                    waits.append(took)
                    statements.append(asked)
        except BaseException as trouble:
            troubles.append(trouble)

    pids = family(web)
    before, worked = cpu_of(pids), cpu_of(family(worker)) if worker else 0
    began = time.perf_counter()
    people = [threading.Thread(target=person) for _ in range(at_a_time)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    took = time.perf_counter() - began
    if troubles:
        raise troubles[0]
    cpu = (cpu_of(pids) - before) / len(waits)
    waits.sort()
    return Figures(
        operation=operation.name,
        cases=cases,
        at_a_time=at_a_time,
        count=len(waits),
        per_second=len(waits) / took,
        p50=statistics.median(waits),
        p95=waits[min(len(waits) - 1, int(len(waits) * 0.95))],
        p99=waits[min(len(waits) - 1, int(len(waits) * 0.99))],
        cpu=cpu,
        statements=statistics.mean(statements),
        worker_cpu=(cpu_of(family(worker)) - worked) / len(waits) if worker else 0.0,
    )


def look(path: str) -> Callable[[Browser], int]:
    """Get one page, which has to be there."""

    def act(browser: Browser) -> int:
        answer = browser.send("GET", path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return int(answer.headers["x-statements"])

    return act


def press(
    path: str, fields: Callable[[], list[tuple[str, str]]], status: int = 302
) -> Callable[[Browser], int]:
    """Send one form, each time with something new in it."""

    def act(browser: Browser) -> int:
        answer = browser.send("POST", path, fields())
        assert answer.status == status, f"{path}: {answer.status}\n{answer.body[:2000]}"
        return int(answer.headers["x-statements"])

    return act


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


@dataclass
class PostOperation:
    """A press whose form has to be fetched and filled first: only the press itself is measured."""

    name: str
    path: str
    fields: Callable[[], list[tuple[str, str]]]
    count: int


def measured_presses(operation: PostOperation, browser: Browser, *, cases: int, web: int) -> Figures:
    """One at a time; the processor time is read around each press alone, so its tick of 10 ms evens out over many."""
    waits, statements, thread = [], [], []
    for _ in range(operation.count):
        fields = operation.fields()
        began = time.perf_counter()
        answer = browser.send("POST", operation.path, fields)
        waits.append((time.perf_counter() - began) * 1000)
        assert answer.status == 302, f"{operation.path}: {answer.status}\n{answer.body[:3000]}"
        statements.append(int(answer.headers["x-statements"]))
        thread.append(float(answer.headers["x-thread-milliseconds"]))
    waits.sort()
    return Figures(
        operation=operation.name,
        cases=cases,
        at_a_time=1,
        count=len(waits),
        per_second=1000 / statistics.mean(waits),
        p50=statistics.median(waits),
        p95=waits[int(len(waits) * 0.95)],
        p99=waits[int(len(waits) * 0.99)],
        cpu=statistics.mean(thread) + SERVER,
        statements=statistics.mean(statements),
    )


#: Milliseconds that gunicorn itself takes for one request beside the thread's time in Django; see ``server_part``.
SERVER = 0.0


def server_part(browser: Browser, web: int) -> float:
    """What the processes spend on a request outside of Django: reading, parsing, writing, waking the thread."""
    inside, n, pids = 0.0, 400, family(web)
    before = cpu_of(pids)
    for _ in range(n):
        inside += float(browser.send("GET", "/en/contact/").headers["x-thread-milliseconds"])
    return max(0.0, (cpu_of(pids) - before - inside) / n)


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


def run(*, quick: bool) -> dict:
    global SERVER
    results: list[Figures] = []
    fewer = 10 if quick else 1
    memory: dict[str, float] = {}

    def note(figures: Figures) -> None:
        results.append(figures)
        print(figures.line(), flush=True)

    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        postgres() as url,
        PortalMaker(url, Path(folder)).ready() as maker,
        maker.portal(
            DJANGO_SETTINGS_MODULE="bench.settings",
            DRAFTS_PER_NETWORK_AND_HOUR="1000000",
            PYTHONPATH=str(ROOT),
        ) as portal,
        bare(portal, Path(folder)) as (bare_port, bare_pid),
    ):
        print(HEAD, flush=True)
        for cases in SIZES:
            session = crowd(portal, cases // (fewer if cases > 1000 else 1))
            browser = Browser(portal.port)
            warm(portal.port)
            SERVER = server_part(browser, portal.web.pid)
            note(
                measured(
                    Operation("bare insert", look("/"), 600 // fewer),
                    cases=cases, at_a_time=1, browsers=lambda: Browser(bare_port), web=bare_pid,
                )
            )  # fmt: skip
            confirm = partial(
                portal.rows, "UPDATE people_address SET confirmed_at = now() WHERE confirmed_at IS NULL"
            )
            for operation in pages(browser, session, confirm):
                operation.count = max(5, operation.count // fewer)
                if isinstance(operation, PostOperation):
                    note(measured_presses(operation, browser, cases=cases, web=portal.web.pid))
                else:
                    note(
                        measured(
                            operation,
                            cases=cases,
                            at_a_time=1,
                            browsers=lambda kept=browser: kept,
                            web=portal.web.pid,
                        )
                    )
            for people in AT_A_TIME[1:]:
                for name, path, port, pid in (
                    ("bare insert", "/", bare_port, bare_pid),
                    ("home", "/en/", portal.port, portal.web.pid),
                    ("call page", "/en/call/", portal.port, portal.web.pid),
                ):
                    note(
                        measured(
                            Operation(name, look(path), 480 // fewer),
                            cases=cases, at_a_time=people, browsers=lambda port=port: Browser(port), web=pid,
                        )
                    )  # fmt: skip
            for people in AT_A_TIME:
                count = max({1: 20, 8: 40, 32: 64}[people] // fewer, 2)
                note(
                    measured(
                        Operation("journey", journey, count),
                        cases=cases, at_a_time=people, browsers=lambda: Browser(portal.port),
                        web=portal.web.pid, worker=portal.worker.pid,
                    )
                )  # fmt: skip
        memory = portal.memory()
    print(
        "\nmemory, warm, proportional MB: " + ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    )
    print(f"together {sum(memory.values()):.0f} MB; gunicorn's own part of a request {SERVER:.1f} ms")
    return {
        "machine": machine(),
        "figures": [asdict(figures) for figures in results],
        "memory": memory,
        "server_part": SERVER,
    }


def crowd(portal: Portal, cases: int) -> str:
    """Fill the call, and sign a member of staff in; returns the key of their session."""
    told = f"from bench.crowd import fill, session_of_staff; fill({cases}); result = session_of_staff()"
    return str(portal.python(told))


def warm(port: int) -> None:
    """Every thread of every process has served before anything is measured."""
    threads = [
        threading.Thread(target=lambda: [Browser(port).send("GET", "/en/call/") for _ in range(8)])
        for _ in range(16)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


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
