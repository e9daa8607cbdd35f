"""A paper: what somebody keeps of a case, before it is a PDF or plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class PaperSection:
    """``items`` are questions with their answers; an answer's paragraphs are its lines."""

    title: str
    items: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Paper:
    """All words are ready to be read, in ``language``; single answers may be in another, in another direction.

    ``made_at`` is an instant in UTC for the PDF's properties. The same paper always gives the same bytes.
    ``documents``: so many lie in it one after the other, each as long as one alone may be.
    """

    title: str
    subtitle: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    sections: list[PaperSection] = field(default_factory=list)
    footer: str = ""
    language: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    made_at: datetime | None = None
    documents: int = 1
