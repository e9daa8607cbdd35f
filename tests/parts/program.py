"""Starting, stopping and killing programs, and asking for a port that is free."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from opsi_portal.environment import end_with_parent


class PartMissing(Exception):
    """A real part cannot be had. The message names the remedy."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def open_folder() -> Path:
    """A fresh temporary folder that every account of the machine may enter, also when the usual one is closed."""
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if all(folder.stat().st_mode & 0o001 for folder in [Path(base), *Path(base).parents]):
            folder = Path(tempfile.mkdtemp(prefix="portal-parts-", dir=base))
            folder.chmod(0o711)
            return folder
    raise PartMissing("No temporary folder that other accounts may enter: set TMPDIR to one.")


def humble_account() -> dict[str, int]:
    """For ``Popen``: the account of nobody when we are root, else ours. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def give_away(folder: Path) -> None:
    """Make ``folder`` belong to the account that programs run under here."""
    if account := humble_account():
        shutil.chown(folder, account["user"], account["group"])


class Program:
    """One operating system process and all below it. What it says is kept in a file and read from ``log``."""

    def __init__(
        self,
        command: list[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | str = "/",
        account: Mapping[str, int] | None = None,
    ):
        self.command = command
        self.log_file = log
        self.env = env
        self.cwd = cwd
        self.account = dict(account or {})
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it; harmless when it runs. Returns at once, see ``wait_until``."""
        if self.running:
            return
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=end_with_parent,
                **self.account,
            )

    def stop(self, number: int = signal.SIGTERM, *, patience: float = 10) -> None:
        """Ask it to end and wait; after ``patience`` seconds kill it. Harmless when it does not run."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self) -> None:
        """``kill -9`` for the whole family, as when the machine loses power."""
        self.signal_family(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Stand still: connections are accepted by the kernel and never answered."""
        self.signal_family(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal_family(signal.SIGCONT)

    def signal_family(self, number: int) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None, "it does not run"
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait for ``ready``; raises with the end of the log when it ends first or takes longer."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > deadline:
                how = "takes too long" if self.running else "ended"
                raise RuntimeError(
                    f"{self.command[0]} {how} before it was ready. It said:\n{self.log[-3000:]}"
                )
            time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
