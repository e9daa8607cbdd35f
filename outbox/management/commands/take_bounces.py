"""``manage.py take_bounces < mail``: reads what came back to the sender's mailbox, and stops dead addresses."""

from __future__ import annotations

import mailbox
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outbox import bouncing


class Command(BaseCommand):
    help = (
        "Read bounces and complaints (RFC 3464, RFC 5965) from files or standard input: one mail, or a mailbox (mbox). "
        "Safe to repeat with the same mail."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, help="mails or mailboxes; without any, standard input"
        )

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files:
            if not path.is_file():
                raise CommandError(f"There is no such file: {path}")
        tally = bouncing.take(_from_files(files) if files else _from_input(), at=timezone.now())
        self.stdout.write(
            f"{tally.read} mails read: {tally.hard} hard bounces, {tally.soft} soft, {tally.complaints} complaints; "
            f"{len(tally.stopped)} addresses stopped. {tally.known} were known already, {tally.unmatched} name no "
            f"letter of ours, {tally.not_a_report} are no report."
        )


def _from_files(files: list[Path]) -> Iterator[bytes]:
    for path in files:
        yield from mails_in(path)


def _from_input() -> Iterator[bytes]:
    """A mailbox is read with pauses and twice, which a pipe cannot be."""
    with tempfile.NamedTemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield from mails_in(Path(kept.name))


def mails_in(path: Path) -> Iterator[bytes]:
    """The mails of a file, one by one: those of a mailbox, or the one that it is."""
    with path.open("rb") as file:
        beginning = file.read(5)
        if beginning != b"From ":
            file.seek(0)
            # what is longer than any report is told from one that ends there, and left alone
            if mail := file.read(bouncing.MOST_BYTES + 1).lstrip():
                yield mail
            return
    box = mailbox.mbox(path, create=False)
    for key in box.iterkeys():
        yield box.get_bytes(key)
