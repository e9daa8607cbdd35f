"""Codes on paper that somebody can check: receipts and certificates."""

from __future__ import annotations

import re
import secrets

#: Letters and digits that cannot be mistaken for one another on paper or on the phone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SIGNS = 26

_FOREIGN = re.compile(f"[^{CODE_ALPHABET}]")


def receipt_code() -> str:
    """«7KQM-2XV9-…», 26 signs of 30: 127 random bits, so that holding a code proves holding the paper."""
    return _grouped("".join(secrets.choice(CODE_ALPHABET) for _ in range(SIGNS)))


def spelled(code: str) -> str | None:
    """The one spelling of a code as somebody types it, or None for what cannot be one."""
    signs = _FOREIGN.sub("", code.upper())
    return _grouped(signs) if len(signs) == SIGNS else None


def _grouped(signs: str) -> str:
    return "-".join((signs[:4], signs[4:8], signs[8:12], signs[12:16], signs[16:20], signs[20:]))
