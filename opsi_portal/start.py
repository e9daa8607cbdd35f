"""``make run``: from a fresh clone to a portal that serves, with a real worker and beat beside it.

    PORT=8123 python3 -m opsi_portal.start

This program stays as the parent of everything it starts, so that nothing outlives it: honcho runs the Procfile in
a session of its own and is ended by the kernel when this program is killed; should honcho be killed, what it leaves
behind becomes ours and is ended here. Standard library only: it begins before anything is installed.
"""

import ctypes
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from opsi_portal.environment import FOLDER, ROOT, end_with_parent, fail, make, require_python

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 10  # seconds for a portal that is just stopping, and for processes to end after SIGTERM
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    require_python("opsi_portal.start")
    end_with_parent()
    for number in STOPPING:
        signal.signal(number, lambda *_: sys.exit(130))
    port = chosen_port()
    var = private_folder()
    with only_portal_of(var) as turn:
        must_be_free(port)
        python = make("requirements.txt")
        for number in STOPPING:  # making the environment lends SIGTERM to pip
            signal.signal(number, lambda *_: sys.exit(130))
        site = os.environ.get("SITE_URL", "http://127.0.0.1:%d" % port)
        surroundings = {
            **os.environ,
            "PATH": "%s:%s" % (FOLDER / "bin", os.environ.get("PATH", os.defpath)),
            "PORT": str(port),
            "VAR_DIR": str(var),
            "SITE_URL": site,  # honcho gives each process a PORT of its own; letters need the site's
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # usual in a container
        }
        staff_login = prepare(python, surroundings)
        sys.exit(serve(python, surroundings, port, turn, welcome(site, staff_login)))


def chosen_port() -> int:
    said = os.environ.get("PORT") or "8000"
    if not said.isdecimal() or not 0 < int(said) < 65536:
        fail("PORT has to be a number from 1 to 65535, not %r." % said)
    return int(said)


def private_folder() -> Path:
    """Where the database, the broker's folders, the mailbox, the key and the staff password are kept: for us alone."""
    os.umask(0o077)
    var = Path(os.environ.get("VAR_DIR") or str(ROOT / "var")).resolve()
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        var.chmod(0o700)
        (var / "portal.lock").touch()
    except OSError as trouble:
        fail(
            "Cannot write in %s: %s. VAR_DIR=/another/folder make run chooses another."
            % (var, trouble.strerror)
        )
    return var


def only_portal_of(var: Path):
    """The open pid file, locked. The lock goes with the last process that holds it, so no pid file is ever stale."""
    file = open(var / "portal.lock", "r+")  # noqa: SIM115 -- closed by the caller's with
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if time.monotonic() > deadline:
                fail(
                    "The portal of this folder runs already (process %s). Stop that one first."
                    % file.read().strip()
                )
            time.sleep(0.2)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            fail("Port %d is not open to ordinary programs. PORT=8123 make run chooses another." % port)
        except OSError:
            fail("Port %d is taken by another program. PORT=8123 make run chooses another." % port)


def prepare(python: Path, surroundings: dict) -> str:
    """Migrate, load the programme, collect the static files: one process, before six of them open a fresh database.

    Returns what the command printed: the staff login of this machine.
    """
    print("Preparing the database and the pages ...", flush=True)
    done = subprocess.run(
        [str(python), "manage.py", "prepare"],
        cwd=str(ROOT),
        env=surroundings,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        fail("The portal could not be prepared; the reason stands above.")
    return done.stdout.strip()


def welcome(site: str, staff_login: str) -> str:
    mail = "goes out by EMAIL_URL" if os.environ.get("EMAIL_URL") else site + "/admin/outbox/localletter/"
    return "\n".join(
        [
            "",
            "  The portal serves.",
            "    Site        " + site + "/",
            "    Admin       " + site + "/admin/",
            "    Staff login " + staff_login,
            "    Sent mail   " + mail,
            "  Ctrl-C stops it; nothing is lost.",
            "",
        ]
    )


def serve(python: Path, surroundings: dict, port: int, turn, words: str) -> int:
    """Run the Procfile until somebody stops us or a process of it ends. Returns the exit code."""
    adopt_orphans()
    honcho = subprocess.Popen(
        [str(python), "-m", "honcho", "--env", os.devnull, "start"],
        cwd=str(ROOT),
        env=surroundings,
        pass_fds=[turn.fileno()],
        start_new_session=True,
        preexec_fn=end_with_parent,
    )
    try:
        while honcho.poll() is None and not answers(port):
            time.sleep(0.2)
        if honcho.returncode is None:
            print(words, flush=True)
            honcho.wait()
        print(
            "A process of the portal ended by itself; the reason stands above.", file=sys.stderr, flush=True
        )
        return 1
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        stop(honcho)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def adopt_orphans() -> None:
    """What a killed honcho leaves behind becomes a child of ours (Linux; elsewhere nothing happens)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def stop(honcho) -> None:
    """End honcho and everything below us: politely, then after some seconds not."""
    if honcho.poll() is None:
        honcho.terminate()
        try:
            honcho.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            honcho.kill()
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, PATIENCE)):
        deadline = time.monotonic() + patience
        for pid in descendants():
            send(pid, number)
        while descendants() and time.monotonic() < deadline:
            bury()
            time.sleep(0.05)


def descendants() -> list:
    """The living processes below this one, by the kernel's own list; none where there is no /proc."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(entry.parent.name)] = int(parent)
    below = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return sorted(below - {os.getpid()})


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass


def bury() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except OSError:
        pass


if __name__ == "__main__":
    main()
