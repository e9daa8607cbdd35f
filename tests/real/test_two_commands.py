"""``make run`` in a copy of this folder, as somebody has it who has just cloned it."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsi_portal.environment import FOLDER, ROOT
from tests.parts.portal import surroundings
from tests.parts.program import Program, answers, free_port

NOT_CLONED = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", ".*_cache")


class Make(Program):
    """``make run`` with a port of its own, sharing the environment of this run."""

    def __init__(self, clone: Path, **env: str):
        self.port = int(env.get("PORT") or free_port())
        own = surroundings(
            VENV=str(FOLDER), PORT=str(self.port), **{k: v for k, v in env.items() if k != "PORT"}
        )
        own.pop("DJANGO_SETTINGS_MODULE")
        super().__init__(
            ["make", "run", f"PYTHON={sys.executable}"], log=clone / "make.log", env=own, cwd=clone
        )
        self.clone = clone
        self.log_file.unlink(missing_ok=True)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def wait_until_it_serves(self) -> None:
        self.wait_until(lambda: "The portal serves." in self.log, seconds=120)

    @property
    def staff_login(self) -> list[str]:
        found = re.search(r"Staff login (\S+)\s+(\S+)", self.log)
        assert found, self.log
        return list(found.groups())

    def left_behind(self) -> list[str]:
        """The command lines of living processes that work in this clone."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if Path(os.readlink(process / "cwd")) == self.clone:
                    found.append((process / "cmdline").read_text().replace("\0", " ").strip())
            except OSError:
                continue
        return [command for command in found if command]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "portal"
    shutil.copytree(ROOT, folder, ignore=NOT_CLONED)
    return folder


@contextmanager
def make_run(clone: Path) -> Iterator[Make]:
    make = Make(clone)
    make.start()
    try:
        make.wait_until_it_serves()
        yield make
    finally:
        make.stop()


def wait_until_nothing_is_left(make: Make, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while make.left_behind() or answers(make.port):
        assert time.monotonic() < deadline, make.left_behind()
        time.sleep(0.1)


def refused(clone: Path, **env: str) -> str:
    """What ``make run`` says when it does not start."""
    make = Make(clone, **env)
    make.start()
    assert make.process is not None
    assert make.process.wait(60) != 0
    return make.log.partition("make: ***")[0].strip()


def test_a_clone_serves_with_a_worker_beside_it_and_a_killed_make_frees_the_port(clone):
    with make_run(clone) as make:
        assert make.get("/en/")[0] == 200
        assert make.get("/healthz")[0] == 200
        wait_for_the_worker(make)
        assert may_enter_the_office(make, *make.staff_login)
        assert everybodys(clone / "var") == []

        os.kill(make.pid, signal.SIGKILL)  # make alone: nobody tells its children

        wait_until_nothing_is_left(make)


def test_a_second_start_takes_seconds_and_loses_nothing(clone):
    with make_run(clone) as make:
        login = make.staff_login
        os.kill(make.pid, signal.SIGTERM)
        wait_until_nothing_is_left(make)

    began = time.monotonic()
    with make_run(clone) as make:
        assert time.monotonic() - began < 30
        assert make.staff_login == login
        assert may_enter_the_office(make, *login)
        os.killpg(make.pid, signal.SIGINT)  # Ctrl-C reaches everybody in the foreground
        wait_until_nothing_is_left(make)


def test_two_portals_do_not_share_a_folder(clone):
    with make_run(clone) as first:
        said = refused(copy_that_shares_var(clone), VAR_DIR=str(clone / "var"))

        assert re.fullmatch(
            r"The portal of this folder runs already \(process \d+\)\. Stop that one first\.", said
        )
        assert first.get("/healthz")[0] == 200


def test_a_port_that_is_taken_is_said_in_one_line(clone):
    from_elsewhere = Program(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port := free_port())],
        log=clone / "elsewhere.log",
        cwd=clone / "docs",
    )
    (clone / "docs").mkdir(exist_ok=True)
    from_elsewhere.start()
    try:
        from_elsewhere.wait_until(lambda: answers(port), seconds=20)

        said = refused(clone, PORT=str(port))
    finally:
        from_elsewhere.stop()

    assert said == f"Port {port} is taken by another program. PORT=8123 make run chooses another."


def test_a_disk_that_cannot_be_written_to_is_said_in_one_line(clone):
    said = refused(clone, VAR_DIR="/proc/portal")

    assert re.fullmatch(r"Cannot write in /proc/portal: .+\. VAR_DIR=/another/folder make run .+", said)


def test_a_python_that_is_too_old_is_said_in_one_line(tmp_path):
    code, said = environment_says("sys.version_info = (3, 9, 2, 'final', 0)", PATH=str(tmp_path))

    assert code == 1
    assert said == (
        "The portal needs Python 3.11 or newer; this one is 3.9. "
        "Name another with: make PYTHON=/path/to/python3.11 run\n"
    )


def test_a_python_without_its_venv_module_is_said_in_one_line(tmp_path):
    code, said = environment_says("sys.modules['ensurepip'] = None", VENV=str(tmp_path / "venv"))

    assert code == 1
    assert said == "This Python lacks its venv module. On Debian and Ubuntu: sudo apt install python3-venv\n"


def environment_says(pretence: str, **env: str) -> tuple[int, str]:
    """Exit code and words of ``opsi_portal.environment`` on a Python that is made to look like another."""
    ask = "from opsi_portal import environment; sys.argv[1:] = ['requirements.txt']; environment.main()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {pretence}; {ask}"],
        env=surroundings(**env),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def wait_for_the_worker(make: Make, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while json.loads(make.get("/healthz")[1]).get("worker_age_seconds") is None:
        assert time.monotonic() < deadline, make.log
        time.sleep(0.3)


def may_enter_the_office(make: Make, email: str, password: str) -> bool:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    door = f"http://127.0.0.1:{make.port}/admin/login/?next=/admin/"
    browser.open(door, timeout=10).read()
    token = next(cookie.value for cookie in jar if "csrf" in cookie.name)
    words = {"username": email, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = browser.open(
        urllib.request.Request(door, urllib.parse.urlencode(words).encode(), {"Referer": door}), timeout=10
    )
    return answer.url.endswith("/admin/")


def everybodys(folder: Path) -> list[Path]:
    """What in there other accounts of the machine could read or enter, were they let into the folder."""
    return [path for path in (folder, *folder.iterdir()) if mode_of(path) & 0o077]


def mode_of(path: Path) -> int:
    """Nothing for a file that SQLite has put away meanwhile: nobody can read that."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def copy_that_shares_var(clone: Path) -> Path:
    second = clone.parent / "second"
    shutil.copytree(clone, second, ignore=NOT_CLONED)
    return second
