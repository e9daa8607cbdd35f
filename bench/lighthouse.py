"""Lighthouse on a phone: what it gives the public pages, and what they weigh. Part of ``make bench`` where Node is; on
its own, ``python -m bench.lighthouse`` asks a portal of its own with a library in it, or the one whose address is named.

Lighthouse is fetched by npm into ``var/lighthouse`` the first time. Pages that are not there are left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from opsi_portal.environment import ROOT
from tests.parts.chromium import chromium
from tests.parts.portal import Portal, PortalMaker
from tests.parts.postgres import postgres

VERSION = "12.2.3"
KEPT_IN = ROOT / "var" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
#: Kind of page, and where it stands: an address, or the list whose first page it is.
PAGES = {
    "home": "/en/",
    "call": "/en/call/",
    "workshops": "/en/workshops/",
    "library": "/en/cases/",
    "case": "first of /en/cases/",
    "baseline": "/en/baseline/",
    "report": "first of /en/reports/",
    "story": "first of /en/stories/",
    "dialogue": "first of /en/dialogues/",
}
#: What stands below a list and is not one of its pages.
NOT_PAGES = r"(?!export|feed|network|map|v/)"


@dataclass
class Scores:
    """What one page got: scores from 0 to 100 in the order of ``CATEGORIES``, and what else Lighthouse would better."""

    page: str
    address: str
    scores: list[int]
    kilobytes: float
    faults: list[str]

    def line(self) -> str:
        told = " / ".join(str(score) for score in self.scores)
        return f"{self.page:10} {told:24} {self.kilobytes:6.1f} KB  {'; '.join(self.faults)}"


def looked_at(base_url: str) -> list[Scores]:
    """Every page that is there, in the order of ``PAGES``; each is printed as soon as it is known."""
    program, found = fetched(), []
    for name, where in PAGES.items():
        if address := _address(base_url, where):
            found.append(_scores(program, name, base_url + address))
            print(found[-1].line(), flush=True)
        else:
            print(f"{name:10} is not there")
    return found


def has_node() -> bool:
    return bool(shutil.which("node") and shutil.which("npm"))


def fetched() -> Path:
    """The program of Lighthouse, fetched if it is not there yet."""
    program = KEPT_IN / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(KEPT_IN)]
        subprocess.run([*npm, f"lighthouse@{VERSION}"], check=True)
    return program


def _address(base_url: str, where: str) -> str:
    listed = where.removeprefix("first of ")
    try:
        with urllib.request.urlopen(base_url + listed, timeout=30) as answer:
            page = answer.read().decode()
    except urllib.error.HTTPError:
        return ""
    if listed == where:
        return where
    found = re.search(rf'href="({re.escape(listed)}{NOT_PAGES}[\w-]+/)"', page)
    return found[1] if found else ""


def _scores(program: Path, name: str, address: str) -> Scores:
    flags = "--headless=new --disable-gpu" + (" --no-sandbox" if os.geteuid() == 0 else "")
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        subprocess.run(
            [
                *("node", str(program), address, "--quiet", "--output=json", f"--output-path={told.name}"),
                *(f"--chrome-flags={flags}", f"--only-categories={','.join(CATEGORIES)}"),
            ],
            env={**os.environ, "CHROME_PATH": chromium()},
            check=True,
        )
        said = json.load(told)
    counted = {
        ref["id"] for each in said["categories"].values() for ref in each["auditRefs"] if ref["weight"]
    }
    return Scores(
        page=name,
        address=address.partition("/en/")[2],
        scores=[round(100 * (said["categories"][key]["score"] or 0)) for key in CATEGORIES],
        kilobytes=said["audits"]["total-byte-weight"]["numericValue"] / 1024,
        faults=[
            audit["title"]
            for key, audit in said["audits"].items()
            if key in counted and audit["score"] is not None and audit["score"] < 0.9
        ],
    )


def filled(portal: Portal) -> None:
    """Give a fresh portal what the pages show: the library of the demonstration, and whatever was made of it."""
    portal.manage("demo_data")


def run(maker: PortalMaker) -> list[dict]:
    """The pages of a portal of its own, as plain values for the report."""
    with maker.portal() as portal:
        filled(portal)
        return [asdict(each) for each in looked_at(portal.base_url)]


def main(words: list[str]) -> int:
    if not has_node():
        print("Lighthouse needs Node and npm, which are not on this machine.")
        return 1
    if words:
        looked_at(words[0].rstrip("/"))
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="portal-lighthouse-") as folder,
        postgres() as url,
        PortalMaker(url, Path(folder)).ready() as maker,
    ):
        run(maker)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
