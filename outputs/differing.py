"""What is different between two versions: line after line, and inside a line the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cases.comparing import Piece, pieces_of
from outputs import blocks
from outputs.blocks import BLOCKS


@dataclass(frozen=True)
class Change:
    """Where a text stands, and its pieces (``cases.comparing``), to be read one after the other."""

    where: str
    pieces: tuple[Piece, ...]


def changes(before: Mapping, after: Mapping, kind: str) -> list[Change]:
    """All that differs, in the order of the newer one; what was taken out stands last."""
    old, new = dict(_lines(before, kind)), dict(_lines(after, kind))
    found = []
    for key, (where, words) in new.items():
        was = old.pop(key, ("", ""))[1]
        if was != words:
            found.append(Change(where, pieces_of(was, words)))
    found += [Change(where, pieces_of(words, "")) for where, words in old.values() if words]
    return found


def _lines(content: Mapping, kind: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each value by a key that stays the same from version to version: where it stands in words, and what it says."""
    for field in blocks.head_of(kind):
        for code, words in _values(field, content.get(field.key)):
            yield f"h.{field.key}.{code}", (_where(str(field.label), code), words)
    for number, block in enumerate(content.get("blocks", []), 1):
        name = f"{number}. {BLOCKS[block['type']].name}"
        for field in BLOCKS[block["type"]].fields:
            for code, words in _values(field, block.get(field.key)):
                yield f"{block['id']}.{field.key}.{code}", (_where(f"{name}: {field.label}", code), words)


def _values(field: blocks.Field, value) -> Iterator[tuple[str, str]]:
    if field.is_spoken:
        yield from (value or {}).items()
    elif field.kind is blocks.Kind.TICK:
        yield "", "✓" if value else ""
    elif field.kind is blocks.Kind.CHOICE:
        yield "", str(dict(field.choices).get(value, value or ""))
    else:
        yield "", str(value or "")


def _where(label: str, code: str) -> str:
    return f"{label} ({dict(blocks.LANGUAGES).get(code, code)})" if code else label
