"""An output goes out: at once or at its time, as a numbered version with what it cites; and is withdrawn.

Locks: output, then the cases that it cites or cited in the order of their keys, then the shelf.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cases import shelving
from cases.models import Colleague, PublicCase
from cases.models.submission import canonical, digest_of
from outbox import posting
from outbox.models import OutboxMessage
from outputs import blocks, composing, letters, pictures, references, writing
from outputs.blocks import Gap
from outputs.citing import Target, targets_of
from outputs.models import Citation, Output, Picture, Version
from people import events
from people.models import User


class NotReady(Exception):
    """Something is missing. ``gaps`` says what."""

    def __init__(self, gaps: list[Gap]):
        super().__init__(len(gaps))
        self.gaps = gaps


class Changed(Exception):
    """What was looked at is no longer what would go out."""


class NotPossible(Exception):
    """It cannot be done as things stand; the words say why."""


# -- What would happen ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Foreseen:
    """What publishing would do now. ``told`` are people to be written to, with their cases; ``told_already`` have heard
    of this output before, ``shut`` take no such letters."""

    content: dict
    targets: dict[str, Target]
    gaps: list[Gap]
    number: int
    told: list[list[Colleague]] = field(default_factory=list)
    told_already: int = 0
    shut: int = 0
    titles: dict[int, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """A fingerprint of all this: whoever presses the button has seen just that."""
        facts = [
            {key: value for key, value in self.content.items() if key != "blocks"},
            [
                {key: value for key, value in block.items() if key != "data"}
                for block in self.content["blocks"]
            ],
            {key: target.number for key, target in self.targets.items()},
            [[part.pk for part in parts] for parts in self.told],
            self.number,
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def foresee(output: Output, *, at: datetime) -> Foreseen:
    """What would go out at ``at``, and who would hear of it. Nothing is written."""
    content = pictures.with_sizes(composing.with_data(output.draft, at=at), output)
    anchors = composing.references_in(content)
    targets = targets_of(anchors)
    gaps = blocks.gaps(content, output.kind) + gone(content, anchors, targets) + _no_pictures(content)
    cases = {target.case: target.facts["title"] for target in targets.values() if target.case}
    told, already, shut = _audience(output, cases)
    number = output.version.number + 1 if output.version else 1
    return Foreseen(content, targets, gaps, number, told, already, shut, cases)


def gone(content: dict, anchors: dict[str, str], targets: dict[str, Target]) -> list[Gap]:
    missing = [key for key in anchors if key not in targets]
    by_anchor = {composing.anchor_of(block): block for block in content["blocks"]}
    return [Gap(_control_of(by_anchor.get(anchors[key])), _gone_words(key)) for key in missing]


def _gone_words(key: str) -> str:
    return _("What is cited as “%(key)s” is not shown on this site.") % {"key": key}


def _control_of(block: dict | None) -> str:
    """The id of the control of a block in which something is cited."""
    if block is None:
        return "h.transcript"
    field_ = blocks.BLOCKS[block["type"]].fields[0]
    language = next(iter(block.get(field_.key) or {}), "") if field_.is_spoken else ""
    return blocks.name_of(block["id"], field_.key, language)


def _no_pictures(content: dict) -> list[Gap]:
    return [
        Gap(blocks.name_of(block["id"], "picture"), _("This picture is not there any more. Add it again."))
        for block in content["blocks"]
        if block["type"] == "picture" and block["picture"] and not block.get("size")
    ]


def _audience(output: Output, cases: Iterable[int]) -> tuple[list[list[Colleague]], int, int]:
    """Whoever wrote one of the cases, once each with all of theirs; how many have heard already; how many are shut."""
    rows = Colleague.objects.who_write().filter(case__in=list(cases)).select_related("address")
    people: dict[int, list[Colleague]] = {}
    for part in rows.order_by("address_id", "case_id"):
        people.setdefault(part.address_id, []).append(part)
    if not people:
        return [], 0, 0
    heard = set(
        OutboxMessage.objects.about("output", output.pk)
        .filter(kind=letters.CITED, address__in=people)
        .values_list("address_id", flat=True)
    )
    fresh = [parts for key, parts in people.items() if key not in heard]
    open_ = [
        parts
        for parts in fresh
        if parts[0].address.wants(letters.CITED) and parts[0].address.suppressed_at is None
    ]
    return open_, len(heard), len(fresh) - len(open_)


# -- Going out -------------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(output: Output, *, seen: str, note: str = "", by: User | None, at: datetime) -> Version:
    """Write the next version, what it cites and the letters to those who are cited, all of it or nothing.

    ``seen`` is the mark of what was looked at (``Foreseen.mark``). Raises NotReady or Changed.
    """
    output = Output.objects.locked().select_related("version").get(pk=output.pk)
    _hold_cases(output)
    foreseen = foresee(output, at=at)
    if foreseen.mark != seen:
        raise Changed
    return _bring_out(output, foreseen, note=note, by=by, at=at)


def _bring_out(output: Output, foreseen: Foreseen, *, note: str, by: User | None, at: datetime) -> Version:
    if foreseen.gaps:
        raise NotReady(foreseen.gaps)
    content = {**foreseen.content, "cited": {key: target.facts for key, target in foreseen.targets.items()}}
    text = canonical(content)
    version = Version.objects.create(
        output=output,
        number=foreseen.number,
        published_at=at,
        published_by=by,
        note=note,
        content=text,
        digest=digest_of(text),
    )
    anchors = composing.references_in(content)
    Citation.objects.bulk_create(
        Citation(
            version=version,
            key=key,
            anchor=anchors[key],
            number=target.number,
            edition=target.edition,
            result=target.result,
            cited=target.cited,
        )
        for key, target in foreseen.targets.items()
    )
    codes = [block["picture"] for block in content["blocks"] if block["type"] == "picture"]
    Picture.objects.filter(output=output, code__in=codes, published_at=None).update(published_at=at)
    output.version, output.state = version, Output.State.PUBLISHED
    output.published_at, output.renewed_at = output.published_at or at, at
    output.withdrawn_at, output.withdrawn_because, output.trouble = None, "", ""
    output.publish_at = output.scheduled_number = output.scheduled_by = None
    output.scheduled_note = ""
    output.title, output.short, output.language = content["title"], content["short"], content["language"]
    if output.kind == Output.Kind.DIALOGUE:
        output.starts_at, output.ends_at = blocks.times_of(content)
    output.save()
    told = posting.post_many(letters.cited(output, parts, foreseen.titles, at=at) for parts in foreseen.told)
    facts = {"version": version.number, "told": told, "cites": sorted(foreseen.targets)}
    events.record("output published", about=("output", output.pk), at=at, by=by, reason=note, facts=facts)
    _note_on_shelf(output)
    return version


@transaction.atomic
def schedule(
    output: Output, *, publish_at: datetime, seen: str, note: str = "", by: User, at: datetime
) -> Output:
    """Let the draft go out by itself at ``publish_at``. Raises NotReady, Changed or NotPossible."""
    output = Output.objects.locked().select_related("version").get(pk=output.pk)
    foreseen = foresee(output, at=at)
    if foreseen.mark != seen:
        raise Changed
    if foreseen.gaps:
        raise NotReady(foreseen.gaps)
    if publish_at <= at:
        raise NotPossible(_("Choose a time that is still to come."))
    output.publish_at, output.scheduled_number = publish_at, output.draft_number
    output.scheduled_by, output.scheduled_note, output.trouble = by, note, ""
    output.save()
    facts = {"publish_at": publish_at.isoformat(), "draft": output.draft_number}
    events.record("output scheduled", about=("output", output.pk), at=at, by=by, reason=note, facts=facts)
    return output


@transaction.atomic
def unschedule(output: Output, *, by: User, at: datetime) -> None:
    output = Output.objects.locked().get(pk=output.pk)
    writing.unschedule(output, by=by, at=at)
    output.save()


def publish_due(at: datetime) -> int:
    """Let everything out whose time has come; how many went out. Safe to repeat and to run twice at once: it asks what
    is true now, and what cannot go out is taken off the timetable with the reason, for staff to mend."""
    return sum(_publish_one(pk, at=at) for pk in Output.objects.due(at).values_list("pk", flat=True))


@transaction.atomic
def _publish_one(pk: int, *, at: datetime) -> bool:
    output = Output.objects.locked().select_related("version", "scheduled_by").due(at).filter(pk=pk).first()
    if output is None:  # somebody was faster, or moved it
        return False
    _hold_cases(output)
    foreseen = foresee(output, at=at)
    if foreseen.gaps:
        output.trouble = "\n".join(gap.words for gap in foreseen.gaps)
        writing.unschedule(output, by=None, at=at, reason=output.trouble)
        output.save()
        return False
    _bring_out(output, foreseen, note=output.scheduled_note, by=output.scheduled_by, at=at)
    return True


@transaction.atomic
def withdraw(output: Output, *, reason: str, by: User, at: datetime) -> None:
    """Show it no longer. Its page says so with the reason, which readers see. Raises NotPossible."""
    output = Output.objects.locked().get(pk=output.pk)
    if not output.is_on_show:
        raise NotPossible(_("It is not shown."))
    writing.unschedule(output, by=by, at=at)
    output.state = Output.State.WITHDRAWN
    output.withdrawn_at, output.withdrawn_because = at, reason
    output.save()
    posting.expire(("output", output.pk), at=at, kinds=[letters.CITED])
    events.record("output withdrawn", about=("output", output.pk), at=at, by=by, reason=reason)
    _note_on_shelf(output)


def _hold_cases(output: Output) -> None:
    """The cases that the draft cites, so that none leaves the library meanwhile, and those that versions before it cite:
    all at once, so that two outputs which go out together never wait for one another."""
    keys = composing.references_in(output.draft)
    slugs = [references.name_in(key) for key in keys if references.kind_of(key) == "case"]
    both = Q(slug__in=slugs) | Q(pk__in=_cases_of(output))
    list(PublicCase.objects.locked().filter(both).order_by("pk").values_list("pk", flat=True))


def _note_on_shelf(output: Output) -> None:
    """The pages of cases that this output cites, or cited, say so; nobody may keep them as they were."""
    shelving.note(_cases_of(output))


def _cases_of(output: Output) -> set[int]:
    cited = Citation.objects.filter(version__output=output, edition__isnull=False)
    return set(cited.values_list("edition__public_case_id", flat=True))
