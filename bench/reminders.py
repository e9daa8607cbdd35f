"""Thousands of reminders: one worker looks for those who have to be told, and hands the letters to a mail server."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measuring import cpu_of, cpu_of_database, database_server, family
from tests.parts.portal import Portal

#: Ten times as many people have to cost ten times as much, and no more memory.
SIZES = (500, 5_000)
#: So many letters first, so that the worker has loaded what it needs.
FIRST = 20
SECONDS = 600


@dataclass
class Reminded:
    """Processor time in milliseconds for each letter, of the worker and of the database; memory of the worker in MB:
    resident at the beginning, at most while it wrote the rows and at most while it sent them."""

    people: int
    rows_per_second: float
    rows_cpu: float
    rows_database: float
    letters_per_second: float
    letters_cpu: float
    letters_database: float
    memory_before: float
    memory_writing: float
    memory_sending: float

    def line(self) -> str:
        return (
            f"{self.people:<10}{self.rows_per_second:>9.0f}{self.rows_cpu:>8.2f}{self.rows_database:>8.2f}"
            f"{self.letters_per_second:>12.0f}{self.letters_cpu:>8.2f}{self.letters_database:>8.2f}"
            f"{self.memory_before:>10.0f}{self.memory_writing:>9.0f}{self.memory_sending:>9.0f}"
        )


HEAD = (
    f"{'reminders':<10}{'rows/s':>9}{'CPU ms':>8}{'DB ms':>8}{'letters/s':>12}{'CPU ms':>8}{'DB ms':>8}"
    f"{'MB before':>10}{'writing':>9}{'sending':>9}"
)


def sent(portal: Portal, people: int) -> Reminded:
    """A week before a workshop ``people`` have a seat in it, and each is written to. Without the beat the worker does
    one thing at a time: first the rows, then the letters."""
    _seat(portal, FIRST)
    _look_after(portal)
    portal.mail.wait_for(FIRST, seconds=60)
    portal.beat.stop()
    before = _resident(portal)

    _seat(portal, FIRST + people)
    rows = _Meter(portal)
    seconds = _look_after(portal)
    rows_cpu, rows_database, writing = rows.read()

    letters = _Meter(portal)
    portal.beat.start()
    _wait_for_letters(portal, FIRST + people)
    letters_cpu, letters_database, sending = letters.read()
    came = [letter.at for letter in portal.mail.letters[FIRST:]]
    assert portal.rows("SELECT DISTINCT state FROM outbox_outboxmessage") == [("sent",)]
    return Reminded(
        people=people,
        rows_per_second=people / seconds,
        rows_cpu=rows_cpu / people,
        rows_database=rows_database / people,
        letters_per_second=people / (came[-1] - came[0]),
        letters_cpu=letters_cpu / people,
        letters_database=letters_database / people,
        memory_before=before,
        memory_writing=writing,
        memory_sending=sending,
    )


class _Meter:
    """Reads what worker and database have spent since it was made, and the most memory that the worker had."""

    def __init__(self, portal: Portal):
        self.portal, self.server = portal, database_server(portal)
        Path(f"/proc/{portal.worker.pid}/clear_refs").write_text("5")  # the peak starts anew
        self.began = self._spent()

    def read(self) -> tuple[float, float, float]:
        worker, database = self._spent()
        return worker - self.began[0], database - self.began[1], _resident(self.portal, "VmHWM")

    def _spent(self) -> tuple[float, float]:
        return cpu_of(family(self.portal.worker.pid)), cpu_of_database(self.server)


def _seat(portal: Portal, people: int) -> None:
    portal.python(f"from bench.crowd import seat; seat({people}, days_before=6)")


def _look_after(portal: Portal) -> float:
    """Wake the worker as the beat does; the seconds that it took."""
    done = re.compile(r"look_after\[[^]]+\] succeeded in ([\d.]+)s")
    before = len(done.findall(portal.worker.log))
    portal.python("from opsi_portal.celery import app; app.send_task('workshops.tasks.look_after')")
    portal.worker.wait_until(lambda: len(done.findall(portal.worker.log)) > before, seconds=SECONDS)
    return float(done.findall(portal.worker.log)[-1])


def _wait_for_letters(portal: Portal, people: int) -> None:
    """Says now and then how far it is. Asks the mail server, so that the database works for the worker alone."""
    began, said = time.monotonic(), 0
    while (came := len(portal.mail.letters)) < people:
        waited = time.monotonic() - began
        assert waited < SECONDS, f"{came} of {people} letters\n{portal.worker.log[-2000:]}"
        if waited // 10 > said:
            said = waited // 10
            print(f"  {came - FIRST} of {people - FIRST} have left", flush=True)
        time.sleep(0.1)
    time.sleep(0.5)  # the last one is noted


def _resident(portal: Portal, what: str = "VmRSS") -> float:
    """Memory of the worker in MB; ``VmHWM`` is the most it had."""
    status = Path(f"/proc/{portal.worker.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024
