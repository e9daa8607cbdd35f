"""Rows become mail, in the reader's language and zone, over one connection per run.

At least once, never lost: what is not known to have left is sent again with the same Message-ID.
"""

from __future__ import annotations

import logging
import random
import re
import smtplib
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import css_inline
from django import db
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context, Engine
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from outbox.models import OutboxMessage, Pulse
from people import links
from people.models import zone_named

log = logging.getLogger(__name__)

#: A run ends by itself after this long; the next sweep goes on. Well below the worker's time limit.
RUN = timedelta(seconds=30)
#: Messages looked up at once. Eight workers shuffle theirs, so that they seldom reach for the same one.
HANDFUL = 20
#: A mail server that cannot be reached is left alone for this long, by all workers.
REST = timedelta(seconds=30)
#: A connection that breaks so often in a row is not worth opening again in this run.
BREAKS = 3

STYLESHEET = "css/letter.css"
#: What stands in place of a link wherever staff read a letter: nobody can use an author's link.
BLANK_IN_TEXT, BLANK_IN_HTML = gettext_lazy("[link]"), "#link"

_WIDTH = 76
#: Signs that turn the words after them about, as Unicode names their kinds.
_TURNING = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


class Refused(Exception):
    """The mail server will not have this very message."""


class NotNow(Exception):
    """The mail server cannot take this message at the moment."""


class LineDown(Exception):
    """The mail server cannot be reached, which no message is to blame for."""


# -- Words ---------------------------------------------------------------------------------------------------


@dataclass
class Words:
    """A letter written out: one line of subject, plain text, HTML; ``kept`` is the text without links."""

    subject: str
    text: str
    html: str
    kept: str
    stop: str = ""


@dataclass
class _Links:
    """Turns link facts into addresses while it walks through a context, and remembers them."""

    blank: str | Promise | None = None
    made: dict[str, None] = field(default_factory=dict)

    def in_context(self, context: dict) -> dict:
        return {name: self.resolved(value) for name, value in context.items()}

    def resolved(self, value):
        if isinstance(value, dict):
            if value.keys() == {"link"} and isinstance(value["link"], dict):
                return self.address(value["link"])
            return {key: self.resolved(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolved(inner) for inner in value]
        return value

    def address(self, link: dict) -> str:
        if self.blank is not None:
            return str(self.blank)
        address = links.address_of(link)
        self.made[address] = None
        return address

    def removed_from(self, text: str) -> str:
        for address in sorted(self.made, key=len, reverse=True):
            text = text.replace(address, str(BLANK_IN_TEXT))
        return text


def written(message: OutboxMessage, *, blank_links: bool = False, stylesheet: str = "") -> Words:
    """The words of a message, in its language and zone. Raises what its templates raise.

    With ``stylesheet`` the HTML links to it and carries no style of its own, as our pages need it.
    """
    for_text = _Links(BLANK_IN_TEXT if blank_links else None)
    for_html = _Links(BLANK_IN_HTML) if blank_links else for_text
    with _as_the_reader_reads(message) as frame:
        context = {**frame, **for_text.in_context(message.context)}
        subject = one_line(_rendered(f"{message.template}.subject.txt", context, autoescape=False))
        context["subject_line"] = subject
        text = laid_out(_rendered(f"{message.template}.txt", context, autoescape=False))
        kept = for_text.removed_from(text)
        if blank_links:
            context |= for_html.in_context(message.context)
        html = _rendered(f"{message.template}.html", context | {"stylesheet": stylesheet}, autoescape=True)
    stop = context["stop"] if message.list_unsubscribe else ""
    return Words(subject, text, html, kept, stop)


def compose(message: OutboxMessage, *, blank_links: bool = False) -> EmailMultiAlternatives:
    """The mail of a message, ready to send: text, HTML with its styles inlined, headers, attachments."""
    return _folded(message, written(message, blank_links=blank_links))


def preview_html(message: OutboxMessage) -> str:
    """The HTML part for staff: links blanked, our stylesheet linked, no style of its own."""
    return written(message, blank_links=True, stylesheet=static(STYLESHEET)).html


def one_line(text: str) -> str:
    """A subject: no line breaks, no control characters, none that turn text about, at most 200 characters."""
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Zl", "Zp") else " " for c in text)
    visible = "".join(c for c in visible if unicodedata.bidirectional(c) not in _TURNING)
    line = " ".join(visible.split())
    return line if len(line) <= 200 else line[:199].rstrip() + "…"


def laid_out(text: str) -> str:
    """Plain text as people like to read it: 76 columns, one blank line at most, addresses unbroken."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        line = line.rstrip()
        indent = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(
            line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


@contextmanager
def _as_the_reader_reads(message: OutboxMessage) -> Iterator[dict]:
    served = dict(settings.LANGUAGES)
    language = message.language if message.language in served else settings.LANGUAGE_CODE
    zone = zone_named(message.time_zone) or message.address.zone
    with translation.override(language), timezone.override(zone):
        yield {
            "address": message.address,
            "site_url": settings.SITE_URL,
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "reader_zone": zone,
        }


def _rendered(name: str, context: dict, *, autoescape: bool) -> str:
    return Engine.get_default().get_template(f"outbox/{name}").render(Context(context, autoescape=autoescape))


def _folded(message: OutboxMessage, words: Words) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": message.language,
    }
    if message.list_unsubscribe:
        headers["List-Unsubscribe"] = f"<{words.stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(words.subject, words.text, to=[message.address.email], headers=headers)
    mail.attach_alternative(_inliner().inline(words.html), "text/html")
    for part in message.attachments:
        if part["type"].startswith("text/calendar; method="):
            # Google and Outlook act upon an entry that is one more alternative of the letter, and only upon one;
            # Apple Mail and people open the file. Its type names no method, so that nobody acts upon it twice.
            mail.attach_alternative(part["text"], part["type"])
            mail.attach(one_line(part["name"]), part["text"].encode(), "application/ics")
        else:
            mail.attach(one_line(part["name"]), part["text"], part["type"])
    return mail


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Puts the classes of ``letter.css`` into style attributes; its @media rules stay in the head."""
    found = finders.find(STYLESHEET)
    if not found:
        raise FileNotFoundError(STYLESHEET)
    css = Path(found).read_text(encoding="utf-8")
    return css_inline.CSSInliner(extra_css=css, keep_at_rules=True, load_remote_stylesheets=False)


# -- The line to the mail server -----------------------------------------------------------------------------


class Line:
    """One connection, opened when first needed and opened again when it breaks."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.breaks = 0

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Hand one mail over. Raises Refused, NotNow or LineDown; database errors pass through."""
        used = self._is_open()
        try:
            self._hand_over(mail)
        except _Broken as broken:
            if not used or broken.was_silence:
                raise NotNow(str(broken)) from broken
            # Servers close a connection after some letters without a word; this one is not to blame.
            try:
                self._hand_over(mail)
            except _Broken as again:
                raise NotNow(str(again)) from again

    def _hand_over(self, mail: EmailMultiAlternatives) -> None:
        self._open()
        try:
            self._speak(mail)
        except _Broken:
            self.hang_up()
            self.breaks += 1
            raise
        self.breaks = 0

    def _speak(self, mail: EmailMultiAlternatives) -> None:
        """Send, and sort what goes wrong by whose fault it is."""
        try:
            self.connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            _raise_for(*next(iter(error.recipients.values())))
        except smtplib.SMTPResponseException as error:
            _raise_for(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected as error:
            raise _Broken(error) from error
        except smtplib.SMTPException as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise _Broken(error) from error
        except db.Error:
            raise
        except Exception as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    def _is_open(self) -> bool:
        """Whether a connection stands; smtplib drops the socket by itself when a server hangs up."""
        if self.connection is None:
            return False
        return getattr(getattr(self.connection, "connection", None), "sock", self) is not None

    def _open(self) -> None:
        if self._is_open():
            return
        if self.breaks >= BREAKS:
            raise LineDown("The connection to the mail server broke several times in a row.")
        self.hang_up()
        connection = get_connection()
        try:
            connection.open()
        except (OSError, ValueError) as error:
            raise LineDown(f"The mail server cannot be reached: {type(error).__name__}: {error}") from error
        self.connection = connection

    def hang_up(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()


class _Broken(Exception):
    """The connection ended in the middle of a letter."""

    def __init__(self, error: OSError):
        super().__init__(f"The connection to the mail server broke: {error}")
        self.was_silence = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _raise_for(code: int, words: bytes | str) -> None:
    said = f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    if code == 421:
        raise _Broken(OSError(said))
    raise Refused(said) if code >= 500 else NotNow(said)


# -- The sweep -----------------------------------------------------------------------------------------------


class Clock:
    """What time it is during a run that began at ``at``."""

    def __init__(self, at: datetime):
        self.at = at
        self.started = monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=monotonic() - self.started)


def deliver_due(at: datetime) -> int:
    """Send what is due until nothing is, or for ``RUN``; how many letters left.

    Any number of workers may do this at once. One that dies loses nothing: its lease runs out.
    """
    clock, line, sent = Clock(at), Line(), 0
    Pulse.beat(at)
    try:
        for pk in _due(clock):
            message = OutboxMessage.objects.claim(pk, clock.now())
            if message is not None:
                sent += _deliver(message, line, clock)
    except LineDown as trouble:
        log.warning("%s Left alone for %d seconds.", trouble, REST.total_seconds())
        Pulse.rest(clock.now() + REST)
    finally:
        line.hang_up()
    return sent


def _due(clock: Clock) -> Iterator[int]:
    """Keys of due messages, oldest first by the handful, until none is left or the run is over.

    What can be stopped with one click, such as news to thousands, lets every other letter go first.
    """
    end = clock.at + RUN
    first = True
    while clock.now() < end:
        due = OutboxMessage.objects.due(clock.now()).order_by("due_at")
        found = list(due.values_list("pk", "list_unsubscribe")[:HANDFUL])
        if any(can_wait for _pk, can_wait in found):
            others = due.filter(list_unsubscribe=False).values_list("pk", "list_unsubscribe")
            found = list(others[:HANDFUL]) or found
        handful = [pk for pk, _can_wait in found]
        if not handful or (first and Pulse.is_resting(clock.at)):
            return
        first = False
        random.shuffle(handful)
        for pk in handful:
            if clock.now() >= end:
                return
            yield pk


def _deliver(message: OutboxMessage, line: Line, clock: Clock) -> bool:
    """See one claimed message to its end; whether it left. Raises LineDown after giving it back."""
    if _is_unwanted(message, clock.now()):
        return False
    try:
        words = written(message)
        mail = _folded(message, words)
    except db.Error:
        raise
    except Exception as error:
        log.exception("The letter %s (%s) cannot be written.", message.pk, message.template)
        message.mark_refused(clock.now(), f"Cannot be written: {type(error).__name__}: {error}")
        return False
    try:
        line.send(mail)
    except Refused as refusal:
        log.warning("The letter %s was refused: %s", message.pk, refusal)
        message.mark_refused(clock.now(), str(refusal))
    except NotNow as trouble:
        log.warning("The letter %s could not leave now: %s", message.pk, trouble)
        message.put_off(clock.now(), str(trouble))
    except LineDown as trouble:
        message.give_back(clock.now(), str(trouble))
        raise
    else:
        message.mark_sent(clock.now(), subject_line=words.subject, text=words.kept)
        return True
    return False


def _is_unwanted(message: OutboxMessage, at: datetime) -> bool:
    """Close a message that nobody should get any more; whether it was one."""
    if message.is_expired(at):
        return message.close(message.State.EXPIRED, message.error or "Its time had passed.")
    if message.is_stopped():
        return message.close(message.State.EXPIRED, "Stopped by the reader.")
    if message.address.suppressed_at is not None:
        return message.close(message.State.EXPIRED, "This address does not take letters.")
    return False
