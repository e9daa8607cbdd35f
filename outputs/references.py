"""How one thing names another: «case:shared-river», «result:3-june/2», «report:who-decides», however staff type it.

Whoever writes pastes the address of a page, or types the short form; both become the same key.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

#: The kinds of output, and the folder of the site that each lives in.
FOLDERS = {"report": "reports", "story": "stories", "dialogue": "dialogues"}
_KIND_IN = {folder: kind for kind, folder in FOLDERS.items()}
_SLUG = r"[\w-]{1,90}"
_SHORT = re.compile(rf"(case|report|story|dialogue):({_SLUG})", re.ASCII)
_SHORT_RESULT = re.compile(rf"result:({_SLUG})/(\d{{1,4}})", re.ASCII)
_PATH = re.compile(
    rf"/(?:[a-z]{{2}}(?:-[a-z]+)?/)?(cases|reports|stories|dialogues)/({_SLUG})/?(?:v/\d+/?)?", re.ASCII
)
_SESSION = re.compile(rf"/(?:[a-z]{{2}}(?:-[a-z]+)?/)?workshops/({_SLUG})/?", re.ASCII)
_RESULT = re.compile(r"result-(\d{1,4})", re.ASCII)


def key_of(typed: str) -> str:
    """The key of what was typed or pasted; "" where it names nothing of ours."""
    typed = typed.strip()
    if found := _SHORT.fullmatch(typed):
        return f"{found[1]}:{found[2].lower()}"
    if found := _SHORT_RESULT.fullmatch(typed):
        return f"result:{found[1].lower()}/{int(found[2])}"
    try:
        address = urlsplit(typed)
    except ValueError:
        return ""
    ours = urlsplit(settings.SITE_URL)
    if address.netloc and (address.scheme not in ("http", "https") or address.netloc != ours.netloc):
        return ""
    if not address.netloc and (address.scheme or not address.path.startswith("/")):
        return ""
    if found := _PATH.fullmatch(address.path):
        kind = "case" if found[1] == "cases" else _KIND_IN[found[1]]
        return f"{kind}:{found[2].lower()}"
    number = _RESULT.fullmatch(address.fragment)
    if number and (found := _SESSION.fullmatch(address.path)):
        return f"result:{found[1].lower()}/{int(number[1])}"
    return ""


def kind_of(key: str) -> str:
    """«case», «result», «report», «story» or «dialogue»."""
    return key.partition(":")[0]


def name_in(key: str) -> str:
    """What stands behind the kind: an address, or address/number."""
    return key.partition(":")[2]
