"""``make test``: starts the real parts, runs everything on them, and says in a table what ran where.

    .venv/bin/python -m tests.suite                            everything
    .venv/bin/python -m tests.suite --quick                    lint, types, the tests on SQLite
    .venv/bin/python -m tests.suite tests/real/test_x.py -x    pytest with these words, on the real parts

A part that cannot be had is a failure that names the remedy; a skipped test is a failure.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsi_portal.environment import ROOT, end_with_parent
from tests.parts.chromium import chromium
from tests.parts.postgres import postgres
from tests.parts.program import PartMissing, open_folder
from tests.parts.redis import server_program

ROOMS = ["tests", "--ignore=tests/real", "--ignore=tests/journeys"]
SPREAD = ["-n", "2"]
BY_FILE = ["-n", "2", "--dist", "loadfile"]  # the tests of a file share a portal
MANY_WAITING = ["-n", "3", "--dist", "worksteal"]  # they mostly wait for back-offs and leases to pass
LINTS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
}


@dataclass
class Row:
    """What one suite came to. ``seconds`` of wall clock."""

    suite: str
    where: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


def main(words: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with scratch_folder() as folder:
        if words == ["--quick"]:
            return close([*lint(), rooms_on_sqlite(folder)])
        if words:
            return these(words, folder)
        return close(everything(folder))


def everything(folder: Path) -> list[Row]:
    rows = [*lint(), rooms_on_sqlite(folder)]
    with ExitStack() as parts:
        env, missing = real_parts(parts)
        rows += missing
        if "TEST_DATABASE_URL" in env:
            rows.append(run_pytest("rooms", "PostgreSQL", [*ROOMS, *SPREAD], env, folder))
            rows.append(
                run_pytest("real parts", "PostgreSQL, Redis", ["tests/real", *MANY_WAITING], env, folder)
            )
            rows.append(
                run_pytest("journeys", "PostgreSQL, Chromium", ["tests/journeys", *BY_FILE], env, folder)
            )
    return rows


def these(words: list[str], folder: Path) -> int:
    with ExitStack() as parts:
        env, missing = real_parts(parts)
        if missing:
            return close(missing)
        return run([sys.executable, "-m", "pytest", *words], {**env, "TMPDIR": str(folder)})


def lint() -> list[Row]:
    return [check(name, command) for name, command in LINTS.items()]


def check(name: str, command: list[str]) -> Row:
    began = heading(name)
    failed = run([sys.executable, "-m", *command], {}) != 0
    return Row("lint", name, int(not failed), int(failed), 0, time.monotonic() - began)


def rooms_on_sqlite(folder: Path) -> Row:
    return run_pytest("rooms", "SQLite", [*ROOMS, *SPREAD], {"TEST_DATABASE_URL": ""}, folder)


def real_parts(parts: ExitStack) -> tuple[dict[str, str], list[Row]]:
    """The environment that names the running parts, and a failed row for each that cannot be had."""
    env: dict[str, str] = {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"}  # Playwright's loop and the ORM share a thread
    missing = []
    began = heading("the real parts")
    wanted = {
        "TEST_DATABASE_URL": lambda: parts.enter_context(postgres()),
        "CHROMIUM": chromium,
        "REDIS_PROGRAM": lambda: os.environ.get("TEST_REDIS_URL") or server_program(),
    }
    for name, find in wanted.items():
        try:
            env[name] = find()
            shown = env[name].rpartition("@")[2]  # a password in a URL is nobody's business
            print(f"{name}={shown}", flush=True)
        except PartMissing as trouble:
            print(trouble, file=sys.stderr, flush=True)
            missing.append(Row("real parts", f"{name} is missing", 0, 1, 0, time.monotonic() - began))
    return env, missing


def run_pytest(suite: str, where: str, words: list[str], env: dict[str, str], folder: Path) -> Row:
    began = heading(f"{suite} on {where}")
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    code = run(
        [sys.executable, "-m", "pytest", *words, "-q", "--durations=5", f"--junitxml={report}"],
        {**env, "TMPDIR": str(folder)},
    )
    return counted(suite, where, report, code, time.monotonic() - began)


def counted(suite: str, where: str, report: Path, code: int, seconds: float) -> Row:
    """A pytest run as a row. One that ran no test, or failed outside of all tests, counts as a failure."""
    tests = failed = skipped = 0
    if report.exists():
        for found in ET.parse(report).getroot().iter("testsuite"):
            tests += int(found.get("tests", 0))
            failed += int(found.get("failures", 0)) + int(found.get("errors", 0))
            skipped += int(found.get("skipped", 0))
    passed = max(0, tests - failed - skipped)
    if code and not failed:
        failed = 1
    return Row(suite, where, passed, failed, skipped, seconds)


def close(rows: list[Row]) -> int:
    """Print the table and the sum. Returns the exit code: 0 only when nothing failed and nothing was skipped."""
    passed, failed, skipped = (
        sum(getattr(row, name) for row in rows) for name in ("passed", "failed", "skipped")
    )
    print(f"\n{'suite':<12} {'where':<32} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for row in rows:
        figures = f"{row.passed:>7} {row.failed:>7} {row.skipped:>8} {row.seconds:>8.1f}"
        print(f"{row.suite:<12} {row.where:<32} {figures}")
    if skipped:
        print("\nA skipped test proves nothing: it counts as a failure here.")
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return int(bool(failed or skipped))


def run(command: list[str], env: dict[str, str]) -> int:
    """The exit code of ``command``; a variable given as "" is unset for it."""
    around = {name: value for name, value in {**os.environ, **env}.items() if value or name not in env}
    return subprocess.run(command, cwd=ROOT, env=around, preexec_fn=end_with_parent).returncode


def heading(words: str) -> float:
    print(f"\n== {words}", flush=True)
    return time.monotonic()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Where everything temporary of this run goes, and goes away with it."""
    folder = open_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
