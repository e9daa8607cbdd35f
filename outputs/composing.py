"""An output as its reader finds it: head and parts in one language, ready for the page and for paper.

The same for a version and for a draft that somebody looks at before it is published.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outputs import blocks, counting, references
from outputs.citing import Cited
from outputs.prose import Heading, Note, Piece, Reader, keys_in
from papers import plots

#: A reader takes in so many words a minute.
PACE = 220


@dataclass(frozen=True)
class Part:
    """One block. ``language`` is that of its words, where it is not the one of the page; ``facts`` by its kind."""

    kind: str
    anchor: str
    language: str
    facts: dict[str, Any] = field(default_factory=dict)
    html: SafeString = SafeString("")
    pieces: list[Piece] = field(default_factory=list)

    @property
    def is_words(self) -> bool:
        """Whether all that it shows was written by people, and nothing of it by the page."""
        return self.kind in ("text", "picture", "quotation")


@dataclass(frozen=True)
class Composed:
    """``language`` is that of the title. ``headings`` are the contents, ``minutes`` how long reading takes."""

    title: str
    short: str
    language: str
    by: list[str]
    parts: list[Part]
    headings: list[Heading]
    notes: list[Note]
    minutes: int
    speakers: list[tuple[str, str]] = field(default_factory=list)
    transcript: SafeString = SafeString("")
    transcript_language: str = ""
    head: dict[str, Any] = field(default_factory=dict)
    picture: dict[str, Any] | None = None

    @property
    def chapters(self) -> list[Heading]:
        return [heading for heading in self.headings if heading.level == 2]


def references_in(content: dict) -> dict[str, str]:
    """The keys of all that is cited, each with the anchor of the block that cites it first."""
    found: dict[str, str] = {}
    for block in content.get("blocks", []):
        for field_ in blocks.BLOCKS[block["type"]].fields:
            value = block.get(field_.key)
            if field_.kind is blocks.Kind.REFERENCE and (key := references.key_of(value or "")):
                found.setdefault(key, anchor_of(block))
            elif field_.kind is blocks.Kind.PROSE:
                for words in (value or {}).values():
                    for key in keys_in(words):
                        found.setdefault(key, anchor_of(block))
    for words in (content.get("transcript") or {}).values():
        for key in keys_in(words):
            found.setdefault(key, "transcript")
    return found


def anchor_of(block: dict) -> str:
    return f"b-{block['id']}"


def composed(text: str, kind: str, cited: dict[str, Cited]) -> Composed:
    """A content (as canonical JSON) in the active language. Kept for each text, language and state of what it cites,
    for reading prose and drawing plots take longer than all the rest."""
    links = tuple(sorted((key, each.url) for key, each in cited.items()))
    return _composed(text, kind, links, get_language() or "en")


@lru_cache(maxsize=128)
def _composed(text: str, kind: str, links: tuple[tuple[str, str], ...], language: str) -> Composed:
    content, leads = json.loads(text), dict(links)
    stated = content["language"]
    reader = Reader(link=lambda key: leads.get(key, ""), numbered=kind == "report")
    title, spoken = blocks.said_in(content["title"], language, stated)
    parts = [_part(block, reader, language, stated) for block in content["blocks"]]
    transcript, transcript_language = SafeString(""), stated
    if content.get("transcript"):
        words, transcript_language = blocks.said_in(content["transcript"], language, stated)
        transcript = Reader(link=reader.link, prefix="t-", notes=reader.notes).read(
            words, transcript_language
        )[0]
    length = sum(len(piece.words.split()) for part in parts for piece in part.pieces)
    pictures = (part.facts for part in parts if part.kind == "picture" and part.facts.get("code"))
    return Composed(
        title=title,
        short=blocks.said_in(content["short"], language, stated)[0],
        language=spoken,
        by=[name.strip() for name in content.get("by", "").split(";") if name.strip()],
        parts=parts,
        headings=reader.headings,
        notes=reader.notes,
        minutes=max(1, round(length / PACE)),
        speakers=_speakers(blocks.said_in(content.get("speakers"), language, stated)[0]),
        transcript=transcript,
        transcript_language=transcript_language,
        head={key: content.get(key, "") for key in ("spoken", "zone")}
        | {key: _leads_to(content.get(key, "")) for key in ("register", "recording")},
        picture=next(pictures, None),
    )


def _speakers(lines: str) -> list[tuple[str, str]]:
    parted = [line.partition(",") for line in lines.splitlines() if line.strip()]
    return [(name.strip(), who.strip()) for name, _comma, who in parted]


def _part(block: dict, reader: Reader, language: str, stated: str) -> Part:
    kind = block["type"]
    said = {
        field_.key: blocks.said_in(block.get(field_.key), language, stated)
        for field_ in blocks.BLOCKS[kind].fields
        if field_.is_spoken
    }
    spoken = next((code for words, code in said.values() if words), language)
    facts: dict[str, Any] = {key: words for key, (words, _code) in said.items()}
    html, pieces = SafeString(""), []
    if kind == "text":
        html, pieces = reader.read(facts.pop("text"), spoken)
    elif kind == "picture":
        size = block.get("size") or {}
        facts |= {
            "code": block["picture"] if size else "",
            "credit": block["credit"],
            "decoration": block["decoration"],
            **size,
        }
    elif kind == "figure":
        facts |= _figure(block)
    elif kind == "video":
        url = _leads_to(block["video"])
        facts |= {"url": url, "host": urlsplit(url).hostname or ""}
    else:
        facts["key"] = block.get(kind, "")
    if kind not in ("text", "figure"):
        pieces = [Piece("paragraph", words) for words, _code in said.values() if words]
    return Part(kind, anchor_of(block), spoken, facts, html, pieces)


def _leads_to(typed: str) -> str:
    """An address that a link may have: a draft that is looked at keeps whatever was typed."""
    return typed if blocks.is_web_address(typed) else ""


def _figure(block: dict) -> dict[str, Any]:
    by, data = block["by"], block.get("data") or {"rows": [], "of": 0}
    if by not in dict(blocks.COUNTED):
        return {"rows": [], "drawn": [], "of": 0, "plot": "", "by": "", "counted_at": None}
    name = counting.name_of(by)
    rows = [(counting.in_words(by, value), n) for value, n in data["rows"]]
    says = _("Cases by %(what)s; the table has the same numbers.") % {"what": name}
    drawn = [row for row, (value, _n) in zip(rows, data["rows"], strict=True) if value != counting.REST]
    labels, numbers = [label for label, _n in drawn], {_("Cases"): [n for _label, n in drawn]}
    draw = plots.columns if by == "year" else plots.bars
    return {
        "by": name,
        "rows": rows,
        "drawn": drawn,
        "of": data["of"],
        "plot": draw(labels, numbers, says=says),
        "counted_at": datetime.fromisoformat(data["at"]) if data.get("at") else None,
    }


def with_data(content: dict, *, at: datetime) -> dict:
    """The content with the numbers of its figures as they are at ``at``. One statement where there are figures, more
    only where the library has changed since this process looked last."""
    kinds = {block["by"] for block in content["blocks"] if block["type"] == "figure" and block.get("by")}
    kinds &= set(dict(blocks.COUNTED))
    if not kinds:
        return content
    numbers = counting.counted(kinds)
    filled = [
        {**block, "data": {**numbers[block["by"]], "at": at.isoformat()}}
        if block["type"] == "figure" and block.get("by") in numbers
        else block
        for block in content["blocks"]
    ]
    return {**content, "blocks": filled}
