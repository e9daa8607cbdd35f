"""Links in letters: signed, revocable by generation, and the same bytes however often a letter is composed.

A link says what it opens and for which generation of it; the door behind it (see ``LINK_DOORS`` in the
settings) compares the generation with the row. GET shows a button, only POST acts.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from django.conf import settings
from django.core import signing

_SALT = "people.links"
#: Kinds of links that mail programs press by themselves (RFC 8058), at an address that asks for no cookie.
ONE_CLICK = ("stop", "leave")


def letter_link(kind: str, *, expires_at: datetime | None = None, **facts) -> dict:
    """A link as plain data, to be put into a letter's context; it is signed when the letter is composed."""
    link = {"kind": kind, **facts}
    if expires_at:
        link["until"] = int(expires_at.timestamp())
    return {"link": link}


def address_of(link: dict) -> str:
    """The absolute address of a link made by ``letter_link`` (with or without its outer ``{"link": …}``)."""
    facts = link.get("link", link)
    payload = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    token = signing.Signer(salt=_SALT, sep=".").sign(urlsafe_b64encode(payload).rstrip(b"=").decode())
    door = "l/stop" if facts["kind"] in ONE_CLICK else "l"
    return f"{settings.SITE_URL}/{door}/{token}"


def read(token: str, *, at: datetime) -> dict | None:
    """The facts of a link that we signed and that has not run out by ``at``, or None."""
    try:
        payload = signing.Signer(salt=_SALT, sep=".").unsign(token)
        facts = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (signing.BadSignature, ValueError):
        return None
    if "until" in facts and datetime.fromtimestamp(facts["until"], UTC) <= at:
        return None
    return facts
