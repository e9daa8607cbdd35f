"""The whole portal as people meet it: gunicorn, Celery worker and beat from the Procfile, on real servers."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from honcho.environ import parse_procfile

from opsi_portal.environment import ROOT
from tests.parts.mail import MailServer
from tests.parts.program import Program, free_port
from tests.parts.redis import Broker, broker

PROCFILE = parse_procfile((ROOT / "Procfile").read_text()).processes


class Part(Program):
    """One line of the Procfile. ``stop`` is what a system administrator does, ``kill`` is -9 for the family."""

    def __init__(self, name: str, *, env: dict[str, str], log: Path, line: str = ""):
        super().__init__(["sh", "-c", line or PROCFILE[name]], log=log, env=env, cwd=ROOT)


class Portal:
    """A portal with a database, a broker, a mail server and a folder of its own.

    ``web``, ``worker`` and ``beat`` are started, stopped, killed and paused one by one; ``redis`` and ``mail`` too.
    """

    def __init__(self, *, folder: Path, database_url: str, static: Path, extra: dict[str, str] | None = None):
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url
        self.mail = MailServer()
        self.redis: Broker = broker(folder / "redis")
        self.var = folder / "var"
        self.var.mkdir(mode=0o700)
        (self.var / "static").symlink_to(static)
        own = {
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": self.mail.url,
            "VAR_DIR": str(self.var),
            "PORT": str(self.port),
            "SITE_URL": self.base_url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "WORKER_LOG": "info",
        }
        self.env = surroundings(**{**own, **(extra or {})})
        self.web = self._part("web")
        self.worker = self._part("worker")
        self.beat = self._part("beat")
        self.more_workers: list[Part] = []

    def start(self) -> None:
        """Everything; returns when the site answers and the worker is ready. Harmless when it runs."""
        self.mail.start()
        self.redis.start()
        for part in (self.web, self.worker, self.beat):
            part.start()
        self.wait_for_web()
        self.wait_for_worker()

    def stop(self) -> None:
        for part in (self.beat, *self.more_workers, self.worker, self.web):
            part.kill()
        self.mail.stop()
        self.redis.stop()

    def wait_for_web(self, *, seconds: float = 40) -> None:
        self.web.wait_until(lambda: self._status("/healthz") == 200, seconds=seconds)

    def wait_for_worker(self, *, seconds: float = 40) -> None:
        """Also after a restart: the worker has to say once more often that it is ready than before."""
        self.worker.wait_until(lambda: " ready." in self.worker.log, seconds=seconds)

    def restart_worker(self) -> None:
        self.worker.stop()
        self.worker.log_file.unlink(missing_ok=True)
        self.worker.start()
        self.wait_for_worker()

    def add_worker(self) -> Part:
        """One more worker beside the first, started and ready."""
        part = self._part("worker", number=len(self.more_workers) + 2)
        self.more_workers.append(part)
        part.start()
        part.wait_until(lambda: " ready." in part.log, seconds=40)
        return part

    def manage(self, *words: str) -> str:
        """What ``manage.py`` prints. Raises with what it said when it fails."""
        return manage(self.env, *words)

    def python(self, code: str) -> object:
        """Run Django code against this portal and return its ``result``, which has to be plain JSON.

        About a second; ``rows`` is quicker where a look into the database will do.
        """
        ask = f"import json\nresult = None\n{code}\nprint('\\n' + json.dumps(result, default=str))"
        return json.loads(self.manage("shell", "--verbosity", "0", "-c", ask).strip().splitlines()[-1])

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """What the database holds, past Django: the rows of one query, or [] for a statement. Commits."""
        with (
            closing(psycopg2.connect(self.database_url)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def wait_for(self, sql: str, *values: object, seconds: float = 30) -> list[tuple]:
        """The rows of a query as soon as there are any. Raises AssertionError after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not (found := self.rows(sql, *values)):
            assert time.monotonic() < deadline, f"nothing within {seconds} s: {sql} {values}"
            time.sleep(0.1)
        return found

    def memory(self) -> dict[str, float]:
        """Proportional set size in MB of the processes of web, worker and beat."""
        parts = {"web": self.web, "worker": self.worker, "beat": self.beat}
        return {name: sum(map(_proportional_megabytes, _family(part.pid))) for name, part in parts.items()}

    def _status(self, path: str) -> int:
        try:
            return urllib.request.urlopen(self.base_url + path, timeout=5).status
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return 0

    def _part(self, name: str, *, number: int = 1) -> Part:
        line = PROCFILE[name] + (f" --hostname worker{number}@%h" if number > 1 else "")
        return Part(name, env=self.env, log=self.folder / f"{name}{number}.log", line=line)


class PortalMaker:
    """Makes portals quickly: one database is migrated and loaded, the others are copies of it."""

    def __init__(self, server_url: str, folder: Path):
        self.server_url = server_url
        self.folder = folder
        self.template = f"portal_template_{os.getpid()}_{secrets.token_hex(3)}"
        self.static = folder / "static"
        self.number = 0

    @contextmanager
    def ready(self) -> Iterator["PortalMaker"]:
        self._on_the_server(f"CREATE DATABASE {self.template}")
        try:
            var = self.folder / "template-var"
            env = surroundings(DATABASE_URL=self._url(self.template), VAR_DIR=str(var), SECRET_KEY="x" * 50)
            manage(env, "migrate", "--no-input", "--verbosity", "0")
            manage(env, "load_programme")
            manage(env, "collectstatic", "--no-input", "--verbosity", "0")
            (var / "static").rename(self.static)
            yield self
        finally:
            self._on_the_server(f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)")

    @contextmanager
    def portal(self, *, start: bool = True, **extra: str) -> Iterator[Portal]:
        """A fresh portal with the programme loaded. ``extra`` goes into the environment of its processes."""
        self.number += 1
        name = f"{self.template}_{self.number}"
        folder = self.folder / str(self.number)
        folder.mkdir()
        self._on_the_server(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        portal = Portal(folder=folder, database_url=self._url(name), static=self.static, extra=extra)
        try:
            if start:
                portal.start()
            yield portal
        finally:
            portal.stop()
            self._on_the_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _url(self, database: str) -> str:
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{database}"))

    def _on_the_server(self, statement: str) -> None:
        with closing(psycopg2.connect(self.server_url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a fresh machine: nothing of the tests' own leaks into the portal."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    settings = {"DJANGO_SETTINGS_MODULE": "opsi_portal.settings.local", "PYTHONUNBUFFERED": "1"}
    return {"PATH": path, **kept, **settings, **more}


def manage(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    return done.stdout


def _family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += _family(int(child))
    return found


def _proportional_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
