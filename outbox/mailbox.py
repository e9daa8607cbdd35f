"""The mailbox of a machine without a mail server: the worker delivers here, staff read it in the admin.

It holds whole letters with working links, so production refuses to start with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.html import escape

from outbox.models import LocalLetter


class MailboxBackend(BaseEmailBackend):
    """Django's e-mail backend that keeps every mail as a row."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = timezone.now()
        letters = [
            LocalLetter(
                to=", ".join(mail.recipients())[:254],
                subject_line=mail.subject[:250],
                received_at=now,
                raw=mail.message().as_bytes(),
            )
            for mail in email_messages
        ]
        return len(LocalLetter.objects.bulk_create(letters))


class _Undressed(HTMLParser):
    """Reads a mail and writes it again without the styles that were put into it at delivery."""

    def __init__(self, stylesheet: str):
        super().__init__(convert_charrefs=False)
        self.stylesheet = stylesheet
        self.parts: list[str] = []
        self.in_style = False

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_style = tag == "style"
        if self.in_style:
            return
        kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name != "style")
        self.parts.append(f"<{tag}{kept}>")
        if tag == "head":
            # Links open beside the letter, for the frame it is shown in may show nothing else.
            self.parts.append(
                f'<base target="_blank"><link rel="stylesheet" href="{escape(self.stylesheet)}">'
            )

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self.in_style = False
        else:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.in_style:
            self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def without_inline_styles(html: str, *, stylesheet: str) -> str:
    """A mail's HTML for a page with a strict content security policy: a linked style sheet, none inside."""
    reader = _Undressed(stylesheet)
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)
