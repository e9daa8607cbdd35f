"""What a page weighs on its way: itself, its styles, scripts, fonts and pictures, compressed as they travel."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin, urlsplit

from django.contrib.staticfiles import finders
from django.test import Client

from tests.roof.test_every_page import parsed

#: Kinds of files that travel compressed; fonts and pictures are so already.
COMPRESSED = (".css", ".js", ".svg")
#: What a browser fetches for a page without being asked.
FETCHED = {"stylesheet", "preload", "icon", "modulepreload"}


def weights(path: str) -> dict[str, int]:
    """Bytes by address, for somebody who comes for the first time. Raises AssertionError for what is not there."""
    page = Client().get(path)
    assert page.status_code == 200, path
    found = {path: len(gzip.compress(page.content))}
    waiting = [urljoin(path, each) for each in _fetched(page.content)]
    while waiting:
        address = urlsplit(waiting.pop()).path
        if address in found:
            continue
        body = _body(address)
        found[address] = len(gzip.compress(body, 9)) if address.endswith(COMPRESSED) else len(body)
        if address.endswith(".css"):
            waiting += [urljoin(address, each) for each in re.findall(r"url\(([^)#]+)\)", body.decode())]
    return found


def _fetched(page: bytes) -> list[str]:
    found = []
    for each in parsed(page).iter():
        if each.tag == "link" and FETCHED & set((each.get("rel") or "").split()):
            found.append(each.get("href"))
        elif each.tag in ("script", "img", "source", "video", "audio", "iframe") and each.get("src"):
            found.append(each.get("src"))
    return [each for each in found if not each.startswith("data:")]


def _body(address: str) -> bytes:
    if address.startswith("/static/"):
        kept = finders.find(address.removeprefix("/static/"))
        assert kept, f"{address} is not there"
        with open(kept, "rb") as file:
            return file.read()
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.getvalue()
