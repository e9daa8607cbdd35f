"""The editor as data: each control of a block or of the head, with what stands in it, ready for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outputs import blocks
from outputs.blocks import BLOCKS, Field, Kind
from outputs.models import Output

#: How a control is drawn.
DRAWN = {
    Kind.WORDS: "words",
    Kind.PROSE: "words",
    Kind.CHOICE: "choice",
    Kind.TICK: "tick",
    Kind.PICTURE: "picture",
    Kind.MOMENT: "moment",
    Kind.WEB: "web",
    Kind.VIDEO: "web",
    Kind.REFERENCE: "web",
}


@dataclass(frozen=True)
class Box:
    """One control. ``theirs`` is what somebody else has put there meanwhile, or None; ``error`` why what was sent in it
    could not be taken; ``about`` what stands there now, in words."""

    name: str
    label: str
    drawn: str
    value: Any
    language: str = ""
    language_name: str = ""
    rows: int = 1
    hint: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    optional: bool = False
    theirs: str | None = None
    error: str = ""
    about: str = ""


@dataclass(frozen=True)
class Group:
    """A block with its boxes. ``state`` is «new» or «gone» where somebody else has added or removed it meanwhile."""

    id: str
    type: str
    name: str
    number: int
    boxes: list[Box]
    is_first: bool
    is_last: bool


def head(output: Output, content: Mapping, theirs: Mapping | None, errors: Mapping[str, str]) -> list[Box]:
    return [
        box
        for field_ in blocks.head_of(output.kind)
        for box in _boxes(field_, "", content, theirs, content, errors, {})
    ]


def groups(
    content: Mapping, theirs: Mapping | None, errors: Mapping[str, str], about: Mapping[str, str]
) -> list[Group]:
    """``about`` says what is behind keys of references."""
    other = {block["id"]: block for block in (theirs or {}).get("blocks", [])}
    found = content["blocks"]
    return [
        Group(
            id=block["id"],
            type=block["type"],
            name=str(BLOCKS[block["type"]].name),
            number=number,
            boxes=[
                box
                for field_ in BLOCKS[block["type"]].fields
                for box in _boxes(
                    field_,
                    block["id"],
                    block,
                    other.get(block["id"]) if theirs else None,
                    content,
                    errors,
                    about,
                )
            ],
            is_first=number == 1,
            is_last=number == len(found),
        )
        for number, block in enumerate(found, 1)
    ]


def _boxes(
    field_: Field,
    block: str,
    said: Mapping,
    theirs: Mapping | None,
    content: Mapping,
    errors: Mapping[str, str],
    about: Mapping[str, str],
) -> list[Box]:
    languages = blocks.languages_of(content) if field_.is_spoken else [("", "")]
    made = []
    for code, name in languages:
        value, other = said.get(field_.key), (theirs or {}).get(field_.key)
        if field_.is_spoken:
            value, other = (value or {}).get(code, ""), (other or {}).get(code, "")
        control = blocks.name_of(block, field_.key, code)
        made.append(
            Box(
                name=control,
                label=str(field_.label),
                drawn=DRAWN.get(field_.kind, "line"),
                value=value,
                language=code,
                language_name=name if len(languages) > 1 else "",
                rows=field_.rows,
                hint=str(field_.hint),
                choices=[(key, str(words)) for key, words in field_.choices],
                optional=not field_.required or (field_.is_spoken and code != content.get("language")),
                theirs=str(other) if theirs is not None and other != value else None,
                error=errors.get(control, ""),
                about=about.get(str(value), "") if field_.kind is Kind.REFERENCE else "",
            )
        )
    return made


def taken_or_added(mine: Mapping, theirs: Mapping) -> tuple[list[str], list[str]]:
    """The blocks that somebody else has removed meanwhile, and those that they have added: in words."""
    here = {block["id"]: block for block in mine["blocks"]}
    there = {block["id"]: block for block in theirs["blocks"]}
    gone = [str(BLOCKS[block["type"]].name) for id_, block in here.items() if id_ not in there]
    new = [_opening(block) for id_, block in there.items() if id_ not in here]
    return gone, new


def _opening(block: Mapping) -> str:
    """The block in words: its kind, and the first of what people say in it."""
    kind = BLOCKS[block["type"]]
    said = [
        text for field_ in kind.fields if field_.is_spoken for text in (block.get(field_.key) or {}).values()
    ]
    return f"{kind.name}: {said[0]}" if said else str(kind.name)
