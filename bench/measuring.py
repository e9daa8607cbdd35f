"""How an operation is measured: the browsers that do it, the processor time it takes, one line of the table."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from bench.visitor import Answer
from tests.parts.portal import Portal

KEPT = 1.0  # seconds that an idle connection is used again; gunicorn keeps one for two
TICK = os.sysconf("SC_CLK_TCK")
AFTER = 0.001  # seconds that a thread has to put things away once its answer is sent


@dataclass
class Figures:
    """One line of the table. Times in milliseconds; ``cpu`` of the web processes for each operation, and ``least`` what
    one in ten of them did not exceed: what it costs at a moment when nothing else is in its way. ``size`` says how many
    cases there are in the call, and people in a workshop."""

    operation: str
    size: int
    at_a_time: int
    count: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float
    statements: float
    worker_cpu: float = 0.0
    least: float = 0.0
    times_bare: float = 0.0  #: ``least`` in terms of the bare view's

    @classmethod
    def of(
        cls,
        operation: str,
        waits: list[float],
        *,
        size: int,
        at_a_time: int,
        seconds: float,
        cpu: float,
        statements: list[int],
        worker_cpu: float = 0.0,
        least: float = 0.0,
    ) -> Figures:
        """From the milliseconds that each one took, and the seconds and the processor time of all of them."""
        n, waits = len(waits), sorted(waits)
        return cls(
            operation=operation,
            size=size,
            at_a_time=at_a_time,
            count=n,
            per_second=n / seconds,
            p50=statistics.median(waits),
            p95=waits[int(n * 0.95)],
            p99=waits[int(n * 0.99)],
            cpu=cpu / n,
            statements=statistics.mean(statements),
            worker_cpu=worker_cpu / n,
            least=least,
        )

    def line(self) -> str:
        compared = f"{self.least:>8.1f}{self.times_bare:>8.1f}" if self.times_bare else " " * 16
        return (
            f"{self.operation:<26}{self.size:>7}{self.at_a_time:>4}{self.count:>6}{self.per_second:>8.1f}"
            f"{self.p50:>8.1f}{self.p95:>8.1f}{self.p99:>8.1f}{self.cpu:>8.1f}{compared}{self.statements:>7.1f}"
        )


HEAD = (
    f"{'operation':<26}{'size':>7}{'at':>4}{'n':>6}{'per s':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'least':>8}"
    f"{'x bare':>8}{'SQL':>7}"
)


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
    """What is measured: ``act`` does it once and returns every answer. ``before`` is not measured."""

    name: str
    act: Callable[[Browser], list[Answer]]
    count: int
    before: Callable[[], object] = lambda: None


def look(name: str, path: str, count: int) -> Operation:
    """Get one page, which has to be there."""

    def act(browser: Browser) -> list[Answer]:
        answer = browser.send("GET", path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return [answer]

    return Operation(name, act, count)


def press(name: str, path: str, fields: Callable[[], list[tuple[str, str]]], count: int) -> Operation:
    """Send one form, which has to be fetched and filled first."""
    filled: list[tuple[str, str]] = []

    def fill() -> None:
        filled[:] = fields()

    def act(browser: Browser) -> list[Answer]:
        answer = browser.send("POST", path, filled)
        assert answer.status == 302, f"{path}: {answer.status}\n{answer.body[:3000]}"
        return [answer]

    return Operation(name, act, count, fill)


def cpu_of(pids: list[int]) -> float:
    """Milliseconds of processor time, in user space and kernel, of these processes and the threads they have."""
    spent = 0.0
    for pid in pids:
        with suppress(OSError):  # it has just ended
            spent += _to_the_nanosecond(pid) or sum(map(int, _stat(pid)[11:13])) * 1000 / TICK
    return spent


def _to_the_nanosecond(pid: int) -> float:
    """0 where the kernel keeps only ticks of ten milliseconds."""
    try:
        threads = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except FileNotFoundError:
        return 0.0
    return sum(int(text.split()[0]) for text in threads) / 1e6


def database_server(portal: Portal) -> int:
    """The process of PostgreSQL that all its others belong to; 0 where it runs on another machine."""
    [(of_it,)] = portal.rows("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    try:
        return int(_stat(of_it)[1])
    except OSError:
        return 0


def cpu_of_database(server: int) -> float:
    """Milliseconds of processor time of the whole server so far, with sessions that have ended."""
    if not server:
        return 0.0
    alive = cpu_of(family(server))
    return alive + sum(map(int, _stat(server)[13:15])) * 1000 / TICK


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on (``man 5 proc``, field 3)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += family(int(child))
    return found


def one_by_one(operation: Operation, browser: Browser, *, size: int, web: int, worker: int = 0) -> Figures:
    """Do it ``operation.count`` times, and read the processor time around each."""
    waits, cpus, statements = [], [], []
    pids, workers = family(web), family(worker) if worker else []
    worked = cpu_of(workers)
    for _ in range(operation.count):
        operation.before()
        before, began = cpu_of(pids), time.perf_counter()
        answers = operation.act(browser)
        waits.append((time.perf_counter() - began) * 1000)
        time.sleep(AFTER)
        cpus.append(cpu_of(pids) - before)
        statements.append(_statements(answers))
    return Figures.of(
        operation.name,
        waits,
        size=size,
        at_a_time=1,
        seconds=sum(waits) / 1000,
        cpu=sum(cpus),
        statements=statements,
        worker_cpu=cpu_of(workers) - worked,
        least=sorted(cpus)[len(cpus) // 10],
    )


def all_together(
    operation: Operation,
    *,
    size: int,
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
                answers = operation.act(browser)
                took = (time.perf_counter() - began) * 1000
                with lock:
                    waits.append(took)
                    statements.append(_statements(answers))
        except BaseException as trouble:
            troubles.append(trouble)

    pids, workers = family(web), family(worker) if worker else []
    before, worked = cpu_of(pids), cpu_of(workers)
    began = time.perf_counter()
    people = [threading.Thread(target=person) for _ in range(at_a_time)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    took = time.perf_counter() - began
    if troubles:
        raise troubles[0]
    return Figures.of(
        operation.name,
        waits,
        size=size,
        at_a_time=at_a_time,
        seconds=took,
        cpu=cpu_of(pids) - before,
        statements=statements,
        worker_cpu=cpu_of(workers) - worked,
    )


def _statements(answers: list[Answer]) -> int:
    return sum(int(answer.headers["x-statements"]) for answer in answers)


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
