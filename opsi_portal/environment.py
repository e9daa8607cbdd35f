"""Makes ``.venv`` with what a requirements file names, and goes on with a command in it.

    python3 -m opsi_portal.environment requirements-dev.txt -m tests.suite

Runs before anything is installed, on whatever the machine calls python3: the standard library only, and nothing
that an old Python could not read far enough to be told that it is too old.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("VENV") or str(ROOT / ".venv")).resolve()  # VENV lets two clones share one
PYTHON = FOLDER / "bin" / "python"
OLDEST = (3, 11)
PR_SET_PDEATHSIG = 1


def main() -> None:
    require_python("opsi_portal.environment")
    end_with_parent()
    requirements, command = sys.argv[1], sys.argv[2:]
    make(requirements)
    os.chdir(ROOT)
    os.execv(str(PYTHON), [str(PYTHON), *command])


def fail(sentence: str) -> None:
    """Say in one line what is wrong and what helps, and stop."""
    sys.exit("\n" + sentence if sys.stderr.isatty() else sentence)


def require_python(module: str) -> None:
    """Go on under a newer Python where the machine has one beside its python3, else say what is missing."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in (14, 13, 12, 11):
        newer = shutil.which("python3.%d" % minor)
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(newer, [newer, "-m", module, *sys.argv[1:]])
    fail(
        "The portal needs Python 3.11 or newer; this one is %d.%d. "
        "Name another with: make PYTHON=/path/to/python3.11 run" % sys.version_info[:2]
    )


def end_with_parent() -> None:
    """Have the kernel end this program when the one that started it is killed (Linux; elsewhere nothing happens)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def make(requirements: str) -> Path:
    """The Python of an environment that has what ``requirements`` names. Safe to repeat, and to run twice at once.

    A stamp with the hash of the requirements makes the second time instant.
    """
    stamp = FOLDER / (requirements + ".stamp")
    with open(ROOT / requirements) as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        wanted = _fingerprint(requirements)
        if not (_stamped(stamp, wanted) and os.access(str(PYTHON), os.X_OK)):
            try:
                _install(requirements)
                stamp.write_text(wanted)
            except OSError as trouble:
                fail("Cannot write in %s: %s" % (FOLDER.parent, trouble.strerror))
    return PYTHON


def _fingerprint(requirements: str) -> str:
    """Changes with what is required and with the place: the programs in an environment know where they live."""
    text = (ROOT / requirements).read_text()
    included = [line[3:].strip() for line in text.splitlines() if line.startswith("-r ")]
    whole = text + "".join((ROOT / name).read_text() for name in included)
    return "%s %s" % (hashlib.sha256(whole.encode()).hexdigest(), FOLDER)


def _stamped(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def _install(requirements: str) -> None:
    try:
        import ensurepip  # noqa: F401 -- Debian and Ubuntu ship Python without it
        import venv  # noqa: F401
    except ImportError:
        fail("This Python lacks its venv module. On Debian and Ubuntu: sudo apt install python3-venv")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pip is stopped with us
    print("Installing what %s names (about a minute, once) ..." % requirements, flush=True)
    if not _sound():
        shutil.rmtree(str(FOLDER), ignore_errors=True)
        FOLDER.mkdir(
            parents=True, exist_ok=True
        )  # tells a disk that cannot be written to from a program that fails
        _run([sys.executable, "-m", "venv", str(FOLDER)], "The environment %s could not be made" % FOLDER)
    install = ["-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
    command = [str(PYTHON), *install, "-r", str(ROOT / requirements)]
    _run(command, "The packages of %s could not be installed" % requirements)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _sound() -> bool:
    """Whether the environment was made in this very place (it does not survive a move) and still starts."""
    if any(not stamp.read_text().endswith(" %s" % FOLDER) for stamp in FOLDER.glob("*.stamp")):
        return False
    return os.access(str(PYTHON), os.X_OK) and subprocess.call([str(PYTHON), "-c", "import pip"]) == 0


def _run(command: list, trouble: str) -> None:
    if subprocess.run(command, cwd=str(ROOT)).returncode:
        fail("%s; the reason stands above." % trouble)


if __name__ == "__main__":
    main()
