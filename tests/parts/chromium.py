"""Chromium: from ``CHROMIUM``, the PATH, Playwright's own download, or as root from the system's packages."""

import os
import shutil
import subprocess
import sys

from tests.parts.program import PartMissing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ["chromium", "fonts-noto-core"]
REMEDY = (
    "Chromium cannot be had. Any of these helps: CHROMIUM=/path/to/chrome make test · a chromium on the PATH "
    "(Debian: sudo apt install chromium fonts-noto-core) · .venv/bin/playwright install chromium"
)


def chromium() -> str:
    """The path of a browser that starts. Looks, then fetches. Raises PartMissing with the line to type."""
    if given := os.environ.get("CHROMIUM"):
        if not _starts(given):
            raise PartMissing(f"CHROMIUM={given} does not start. {REMEDY}")
        return given
    return _on_the_path() or _of_playwright() or _from_the_system() or _downloaded() or _give_up()


def _on_the_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name)) and _starts(found)), None)


def _of_playwright() -> str | None:
    # Asked in a process of its own: the event loop that Playwright leaves behind would stay in this one.
    ask = "import playwright.sync_api as p; w = p.sync_playwright().start(); print(w.chromium.executable_path); w.stop()"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True).stdout.strip()
    return said if said and _starts(said) else None


def _from_the_system() -> str | None:
    """As root on a machine with apt only, and said aloud before."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    commands = [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]]
    print("No Chromium on this machine. Installing the system's package, as root:")
    for command in commands:
        print("   ", *command, flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode:
            return None
    return _on_the_path()


def _downloaded() -> str | None:
    print("Asking Playwright to download its Chromium ...", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    except subprocess.TimeoutExpired:
        return None
    return _of_playwright()


def _starts(program: str) -> bool:
    """Not only there: Ubuntu's chromium without snap, or a browser without its libraries, says so only when run."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _give_up() -> str:
    raise PartMissing(REMEDY)
