"""Why a file is refused: one class, and the sentences that several kinds of file share.

A sentence says what is wrong and what to do about it. ``code`` is the same thing for tests and logs.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """This file cannot be taken. ``reason`` is a sentence for the person, in the language active when asked."""

    def __init__(self, code: str, sentence: str | Promise, **facts: object) -> None:
        super().__init__(sentence)
        self.code, self._sentence, self._facts = code, sentence, facts

    @property
    def reason(self) -> str:
        return str(self._sentence) % self._facts if self._facts else str(self._sentence)

    def __str__(self) -> str:
        return self.reason


def damaged() -> Refused:
    return Refused(
        "damaged",
        _(
            "This file is damaged or incomplete. Open it on your computer, save it again, and add the new file."
        ),
    )


def mismatch(extension: str) -> Refused:
    """The name promises something that the content does not keep."""
    return Refused(
        "mismatch",
        _(
            "The name of this file ends in .%(extension)s, but its content is something else. "
            "Save it in the right format, and add it again."
        ),
        extension=extension,
    )


def macros() -> Refused:
    return Refused(
        "macros",
        _(
            "This document contains macros or other programs. Save a copy without them, or a PDF, and add that."
        ),
    )


def locked() -> Refused:
    return Refused(
        "password",
        _(
            "This document is encrypted or protected by a password. Save a copy without protection, and add that."
        ),
    )


def too_much_inside() -> Refused:
    return Refused(
        "unpacks",
        _("Unpacked, this document is far larger than it looks. Save it as a PDF, and add that instead."),
    )
