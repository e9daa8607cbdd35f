"""Reports, stories and dialogues for tests, saying only what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from outputs import blocks, pictures, publishing, writing
from outputs.models import Output, Picture, Version
from people.models import User
from tests.cases.samples import picture
from tests.makers import NOON, make_boss
from tests.workshops.makers import make_workshop
from workshops import results
from workshops.models import Result, Workshop

#: 10 June 2027, 15:00 in Paris.
TALK = {"starts": "2027-06-10T15:00", "ends": "2027-06-10T16:30", "zone": "Europe/Paris"}
#: When a session began that is over by now, whenever this is read.
OVER = datetime(2026, 6, 3, 13, 30, tzinfo=UTC)

_numbers = count(1)


def text(words: str = "# What we saw\n\nTwo towns share one bridge.") -> dict:
    return block("text", text={"en": words})


def block(kind: str, **facts: Any) -> dict:
    return {**blocks.new_block(kind), **facts}


def make_output(
    kind: str = "report",
    *written: dict,
    title: str = "",
    writer: User | None = None,
    at: datetime = NOON,
    **facts: Any,
) -> Output:
    """A draft with the blocks named, or with one text; ``facts`` are of its head."""
    number = next(_numbers)
    title = title or f"Who decides, part {number}"
    by = (
        writer or User.objects.filter(email="writer@oecd.example").first() or make_boss("writer@oecd.example")
    )
    slug = facts.pop("slug", f"{kind}-{number}")
    output = writing.begin(kind, slug=slug, language="en", title=title, by=by, at=at)
    content = {
        **output.draft,
        "short": {"en": "Joint bodies and other ways."},
        "by": "Lea M.; Jo N.",
        **(TALK if kind == "dialogue" else {}),
        **facts,
        "blocks": list(written) or [text()],
    }
    return writing.save(output, content, seen=output.draft_number, by=by, at=at)


def publish(output: Output, *, at: datetime = NOON, by: User | None = None, note: str = "") -> Version:
    """Look at what would go out, and let it go out."""
    output = Output.objects.select_related("version").get(pk=output.pk)
    return publishing.publish(output, seen=publishing.foresee(output, at=at).mark, note=note, by=by, at=at)


def make_published(kind: str = "report", *written: dict, at: datetime = NOON, **facts: Any) -> Output:
    output = make_output(kind, *written, at=at, **facts)
    publish(output, at=at)
    return Output.objects.select_related("version").get(pk=output.pk)


def rewrite(output: Output, *written: dict, at: datetime = NOON, **facts: Any) -> Output:
    """Somebody saves other blocks, or another head."""
    output = Output.objects.get(pk=output.pk)
    content = {**output.draft, **facts, **({"blocks": list(written)} if written else {})}
    return writing.save(output, content, seen=output.draft_number, by=output.changed_by, at=at)


def make_picture(output: Output, *, at: datetime = NOON, **how: Any) -> Picture:
    return pictures.add(output, SimpleUploadedFile("bridge.jpg", picture("JPEG", **how)), "bridge.jpg", at=at)


def make_result(
    workshop: Workshop | None = None, *, title: str = "Begin with mistakes", at: datetime = NOON
) -> Result:
    workshop = workshop or make_workshop()
    return results.record(
        workshop,
        title={"en": title},
        words={"en": "Agree on who pays for a wrong alarm."},
        by=make_boss(),
        at=at,
    )


def cites(result: Result) -> dict:
    return block("result", result=f"result:{result.workshop.slug}/{result.number}")
