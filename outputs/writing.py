"""An output is begun and written. Every save is one step of the draft, and nobody overwrites anybody unseen."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from outputs import blocks
from outputs.models import Output
from people import events
from people.models import User


class AddressTaken(Exception):
    """Another output of this kind has the address."""


class WrittenMeanwhile(Exception):
    """Somebody else saved since the form was opened. ``output`` is as it stands now."""

    def __init__(self, output: Output):
        super().__init__(output.draft_number)
        self.output = output


@transaction.atomic
def begin(kind: str, *, slug: str, language: str, title: str, by: User, at: datetime) -> Output:
    """An empty draft. Raises AddressTaken."""
    try:
        with transaction.atomic():
            output = Output.objects.create(
                kind=kind,
                slug=slug,
                language=language,
                draft=blocks.new_content(kind, language=language, title=title),
                begun_at=at,
                changed_at=at,
                changed_by=by,
            )
    except IntegrityError:
        raise AddressTaken from None
    events.record("output begun", about=("output", output.pk), at=at, by=by)
    return output


@transaction.atomic
def save(output: Output, content: dict, *, seen: int, by: User, at: datetime) -> Output:
    """Put ``content`` in the place of the draft of number ``seen``; the same words change nothing. What was scheduled is
    taken off the timetable: nothing goes out that nobody looked at. Raises WrittenMeanwhile."""
    output = Output.objects.locked().get(pk=output.pk)
    if output.draft_number != seen and output.draft != content:
        raise WrittenMeanwhile(Output.objects.select_related("changed_by").get(pk=output.pk))
    if output.draft == content:
        return output
    output.draft = content
    output.draft_number += 1
    output.changed_at, output.changed_by, output.trouble = at, by, ""
    unschedule(output, by=by, at=at, reason=_("The draft was changed."))
    if output.version_id is None:
        output.language = content["language"]
    output.save()
    events.record(
        "output written", about=("output", output.pk), at=at, by=by, facts={"draft": output.draft_number}
    )
    return output


def unschedule(output: Output, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Take an output off the timetable; its row is held, and saved by whoever calls."""
    if output.publish_at is None:
        return
    facts = {"publish_at": output.publish_at.isoformat()}
    output.publish_at = output.scheduled_number = output.scheduled_by = None
    output.scheduled_note = ""
    events.record("output unscheduled", about=("output", output.pk), at=at, by=by, reason=reason, facts=facts)
