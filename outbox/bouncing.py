"""What comes back: reports that a letter could not be delivered (RFC 3464) and complaints of readers (RFC 5965).

Anybody can write such a report. It is believed only if it names the Message-ID of a letter of ours, which is drawn by
lot and seen by nobody but the reader and the servers on its way; and it is about the address that the letter went to,
whatever address it names itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Any

from django.db import transaction

from outbox.models import Bounce, OutboxMessage
from people import events
from people.models import Address

#: No report is longer that is read; some servers send the whole letter back.
MOST_BYTES = 2 * 2**20
#: Permanent failures that say nothing about the mailbox: it is full, the letter is too large, its content or sender is
#: not liked, their system is at fault (RFC 3463).
_NOT_THE_MAILBOX = re.compile(r"5\.(2\.[2-9]|3\.|5\.|6\.|7\.)")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,190}>)", re.IGNORECASE | re.MULTILINE)

_Kind = Bounce.Kind


@dataclass(frozen=True)
class Report:
    """What one mail reports: of which letter, what kind of trouble, and what the other server said."""

    message_id: str
    kind: Bounce.Kind
    status: str = ""
    said: str = ""


@dataclass
class Tally:
    """What became of the mails that were read. Names nobody."""

    read: int = 0
    hard: int = 0
    soft: int = 0
    complaints: int = 0
    known: int = 0
    unmatched: int = 0
    not_a_report: int = 0
    stopped: list[int] = field(default_factory=list)


def take(mails: Iterable[bytes], *, at: datetime) -> Tally:
    """Act upon every report among these mails, each in a transaction of its own. Safe to repeat."""
    tally = Tally()
    for raw in mails:
        tally.read += 1
        report = report_in(raw)
        if report is None:
            tally.not_a_report += 1
        else:
            _act_upon(report, raw, tally, at=at)
    return tally


@transaction.atomic
def _act_upon(report: Report, raw: bytes, tally: Tally, *, at: datetime) -> None:
    letter = OutboxMessage.objects.select_related("address").filter(message_id=report.message_id).first()
    if letter is None:
        tally.unmatched += 1
        return
    # Servers send some reports twice, each in a mail of its own; of soft ones each mail counts.
    identity = raw if report.kind == _Kind.SOFT else f"{report.message_id} {report.kind}".encode()
    _bounce, is_new = Bounce.objects.get_or_create(
        digest=hashlib.sha256(identity).hexdigest(),
        defaults={
            "address": letter.address,
            "kind": report.kind,
            "letter": letter.kind,
            "status": report.status,
            "said": report.said,
            "at": at,
        },
    )
    if not is_new:
        tally.known += 1
        return
    if report.kind == _Kind.SOFT:
        tally.soft += 1
        return
    OutboxMessage.objects.filter(pk=letter.pk, state=OutboxMessage.State.SENT).update(
        state=OutboxMessage.State.BOUNCED, error=f"{report.status} {report.said}".strip()[:500]
    )
    if report.kind == _Kind.HARD:
        tally.hard += 1
    else:
        tally.complaints += 1
    if stop_address(letter.address, reason=f"{_Kind(report.kind).value} {report.status}".strip(), at=at):
        tally.stopped.append(letter.address_id)


@transaction.atomic
def stop_address(address: Address, *, reason: str, at: datetime) -> bool:
    """No letter goes there any more, until staff lift it. Harmless when repeated; whether it was open until now."""
    stopped = Address.objects.filter(pk=address.pk, suppressed_at=None).update(suppressed_at=at)
    if stopped:
        events.record("letters stopped", about=("address", address.pk), at=at, reason=reason)
    return bool(stopped)


# -- Reading ---------------------------------------------------------------------------------------------------------


def report_in(raw: bytes) -> Report | None:
    """What a mail reports, or None for one that is no report of ours to act upon, whatever it looks like."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        mail = BytesParser(policy=policy.default).parsebytes(raw)
        parts = list(_parts(mail))
    except Exception:  # a mail that is built to confuse makes the parser raise anything
        return None
    kinds = {part.get_content_type(): part for part in reversed(parts)}
    message_id = _letter_in(parts)
    if message_id and (complaint := kinds.get("message/feedback-report")):
        return _complaint(complaint, message_id)
    if message_id and (status := kinds.get("message/delivery-status")):
        return _failure(status, message_id)
    return None


def _parts(mail: EmailMessage) -> Iterator[Message]:
    """The parts of a report, not those of the letter inside it."""
    yield from mail.iter_parts() if mail.is_multipart() else ()


def _letter_in(parts: list[Message]) -> str:
    """The Message-ID of the letter that came back, whole or its head."""
    for part in parts:
        if part.get_content_type() in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/global-headers",
        ):
            found = _MESSAGE_ID.search(_bytes_of(part))
            if found:
                return found[1].decode("ascii", "replace")
    return ""


def _bytes_of(part: Message) -> bytes:
    """What stands in a part, as it came; a letter inside is written out again."""
    content: Any = part.get_payload()
    if isinstance(content, list):
        return b"\n".join(inner.as_bytes() for inner in content)
    decoded: Any = part.get_payload(decode=True)
    return decoded or b""


def _fields(part: Message) -> list[dict[str, str]]:
    """The groups of fields in a report: of the mail as a whole, then of each recipient."""
    content: Any = part.get_payload()
    groups = content if isinstance(content, list) else []
    if groups:
        return [{name.lower(): str(value) for name, value in group.items()} for group in groups]
    text = _bytes_of(part).decode("utf-8", "replace")
    blocks = re.split(r"\r?\n\s*\r?\n", text)
    lines = (re.findall(r"^([\w-]+):[ \t]*(.*(?:\r?\n[ \t].*)*)", block, re.MULTILINE) for block in blocks)
    return [{name.lower(): " ".join(value.split()) for name, value in block} for block in lines]


def _failure(part: Message, message_id: str) -> Report | None:
    """The worst of what is said; letters go to one address each. A delay or a success is none of our business."""
    found = None
    for group in _fields(part):
        action = group.get("action", "").strip().lower()
        said = " ".join(group.get("diagnostic-code", "").split())[:300]
        status = _STATUS.search(group.get("status", "")) or _STATUS.search(said)
        code = status[1] if status else ""
        if action == "failed":
            hard = code.startswith("5") and not _NOT_THE_MAILBOX.match(code)
            report = Report(message_id, _Kind.HARD if hard else _Kind.SOFT, code, _without_addresses(said))
            found = report if hard or found is None else found
        elif action == "delayed":
            found = found or Report(message_id, _Kind.SOFT, code, _without_addresses(said))
    return found


def _complaint(part: Message, message_id: str) -> Report | None:
    kind = next((group["feedback-type"] for group in _fields(part) if "feedback-type" in group), "")
    if not kind or kind.strip().lower() == "not-spam":
        return None
    return Report(message_id, _Kind.COMPLAINT, "", kind.strip()[:300])


def _without_addresses(said: str) -> str:
    """Servers repeat the address in what they say; it stands in its own column."""
    return re.sub(r"\S+@\S+", "…", said)
