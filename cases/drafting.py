"""Writing a case: begin, save, attach, invite. Every activity is one transaction with its letters.

``at`` is always the instant at which the request arrived (UTC); whether something is still allowed is
asked of the call inside the transaction, with the call held still.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cases import answers, attachments, letters
from cases.models import Attachment, Call, Case, Change, Colleague, Picture
from cases.models.call import Standing
from cases.questions import ALT, MOST_JURISDICTIONS
from outbox import posting
from people import events, limits
from people.models import Address, normal

#: Saves of one answer by one person within this time are one line in the history.
ONE_CHANGE = timedelta(minutes=10)
MOST_COLLEAGUES = 20
INVITATIONS_A_DAY = 30
#: Whoever has not answered from their own mailbox may have so many letters written to others in a day.
INVITATIONS_UNANSWERED = 3


class CallClosed(Exception):
    """The call does not (or no longer) allow this at the instant at which it was asked for."""


class TooMany(Exception):
    """A limit is reached; the first argument is a sentence for the person."""


class NotAllowed(Exception):
    """This person's part in the case does not include this; the first argument is a sentence for them."""


@dataclass(frozen=True)
class Conflict:
    """An answer that somebody else changed meanwhile: both texts, and the token to save the chosen one with."""

    field: str
    label: str
    theirs: Any
    mine: Any
    by: str
    at: datetime
    base: str


@dataclass
class Saved:
    """What became of a save. ``bases`` are the new tokens of the fields that were sent."""

    case: Case
    standing: Standing
    bases: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def late(self) -> bool:
        return self.standing is Standing.KEPT


# -- Beginning -------------------------------------------------------------------------------------------------


@transaction.atomic
def start_draft(
    call: Call,
    *,
    name: str,
    email: str,
    language: str,
    zone: str,
    begun_with: str,
    network: str,
    at: datetime,
) -> Colleague:
    """Begin a draft for the person at ``email`` and post the link to it.

    ``begun_with`` is a random value from the form: pressing the button twice with the same address begins
    one draft. With another address it begins another one, for the person who goes back to mend a slip.
    Raises CallClosed outside the opening times and TooMany when the network begins too many.
    """
    call = Call.objects.held_still(call.pk)
    once = hashlib.sha256(f"{begun_with} {normal(email)}".encode()).hexdigest()
    if again := _begun(once, email):
        return again
    if not call.is_open(at):
        raise CallClosed
    if not limits.take(
        "draft", network, at=at, limit=settings.DRAFTS_PER_NETWORK_AND_HOUR, window=limits.HOUR
    ):
        raise TooMany(
            _(
                "Many drafts were begun from your network in the last hour. Please try again in a little while."
            )
        )
    address = Address.objects.known(email, language=language, time_zone=zone, at=at)
    try:
        with transaction.atomic():
            case = Case.objects.create(call=call, begun_with=once, begun_at=at, changed_at=at)
    except IntegrityError:  # the same form sent twice at once: the other request has just begun it
        if again := _begun(once, email):
            return again
        # That draft has gone over to another address since, so its door stays shut to this one.
        case = Case.objects.create(call=call, begun_at=at, changed_at=at)
    author = Colleague.objects.create(
        case=case, address=address, name=name, role=Colleague.Role.AUTHOR, joined_at=at
    )
    events.record("begun", about=("case", case.pk), at=at, by=address)
    letters.resume_link(author, at=at)
    return author


def _begun(once: str, email: str) -> Colleague | None:
    parts = Colleague.objects.present().select_related("case")
    return parts.filter(case__begun_with=once, address__email=normal(email)).first()


# -- Saving ----------------------------------------------------------------------------------------------------


@transaction.atomic
def save(
    colleague: Colleague,
    values: dict[str, Any],
    bases: dict[str, str],
    *,
    at: datetime,
    taking: frozenset = frozenset(),
) -> Saved:
    """Keep what was typed, field by field; what somebody else changed meanwhile is handed back, not overwritten.

    ``values`` are parsed answers by field name, ``bases`` the tokens of the answers they were based on
    (a field without one is saved as the first to write it). For fields in ``taking`` the person chose the
    other text, so theirs is dropped. Safe to repeat: the same save twice changes nothing the second time.
    Raises CallClosed once not even late words are kept, NotAllowed for readers.
    """
    case, standing = _open_for_writing(colleague, at=at)
    result = Saved(case, standing)
    changes: list[tuple[str, Any, int]] = []
    for name, mine in values.items():
        theirs, version = answers.value_of(case.answers, name), case.versions.get(name, 0)
        same = theirs == mine or (answers.is_empty(theirs) and answers.is_empty(mine))
        if not same and name not in taking and not _untouched(mine, bases.get(name, "")):
            seen = answers.token_parts(bases[name])[0] if bases.get(name) else 0
            if seen != version and not _goes_on(case, colleague, name, mine, seen=seen):
                result.conflicts.append(_conflict(case, name, mine))
                continue
            changes.append((name, theirs, version + 1))
            case.answers = answers.with_value(case.answers, name, mine)
            case.versions[name] = version + 1
        result.bases[name] = answers.token(answers.value_of(case.answers, name), case.versions.get(name, 0))
    if changes:
        result.changed = [name for name, _before, _version in changes]
        _keep(case, at=at)
        _remember(case, colleague, changes, at=at)
        if result.late:
            note_late(case, at=at)
    return result


def _open_for_writing(colleague: Colleague, *, at: datetime) -> tuple[Case, Standing]:
    """The case, locked, and how the call stands to it. Locks in the order of the house: call, then case."""
    if not colleague.may_write:
        raise NotAllowed(_("You may read this case, but not change it."))
    call = Call.objects.held_still(colleague.case.call_id)
    case = Case.objects.locked().get(pk=colleague.case_id)
    case.call = call
    standing = call.standing(case, at)
    if not standing.may_edit:
        raise CallClosed
    if not case.may_become(Case.Status.HANDED_IN):
        raise NotAllowed(_("This case can no longer be changed."))
    return case, standing


def _untouched(mine: Any, base: str) -> bool:
    """Whether the page sends back just what it was given: a form sends all its fields, typed in or not."""
    version, digest = answers.token_parts(base)
    return version >= 0 and answers.token(mine, version) == f"{version}-{digest}"


def _goes_on(case: Case, colleague: Colleague, name: str, mine: Any, *, seen: int) -> bool:
    """Whether this is one's own text, typed on: its last save arrived, but the answer to that was lost."""
    theirs = answers.value_of(case.answers, name)
    if not (isinstance(theirs, str) and isinstance(mine, str) and theirs and mine.startswith(theirs)):
        return False
    return not case.changes.filter(field=name, version__gt=seen).exclude(by=colleague).exists()


def _conflict(case: Case, name: str, mine: Any) -> Conflict:
    last = case.changes.filter(field=name).select_related("by").order_by("-version").first()
    question = ALT if name.startswith("alt.") else answers.question_of(name)
    theirs = answers.value_of(case.answers, name)
    return Conflict(
        field=name,
        label=str(question.label) if question else _("Lead"),
        theirs=theirs if theirs is not None else "",
        mine=mine,
        by=last.by.name if last and last.by else _("A colleague"),
        at=last.at if last else case.changed_at,
        base=answers.token(theirs, case.versions.get(name, 0)),
    )


def _keep(case: Case, *, at: datetime) -> None:
    case.title = " ".join(str(case.answers.get("title") or "").split())[:300]
    case.language = case.answers.get("language") or ""
    case.changed_at = max(case.changed_at, at)
    case.save(update_fields=["answers", "versions", "title", "language", "changed_at"])


def _remember(case: Case, colleague: Colleague, changes: list[tuple[str, Any, int]], *, at: datetime) -> None:
    """Write down who changed what; what stood there before is kept with the first save of a stretch."""
    recent = {
        change.field: change
        for change in Change.objects.filter(
            case=case, by=colleague, field__in=[name for name, _b, _v in changes], since__gt=at - ONE_CHANGE
        ).order_by("at")
    }
    fresh, running = [], []
    for name, before, version in changes:
        change = recent.get(name)
        if change and change.version == version - 1:
            change.at, change.version = at, version
            running.append(change)
        else:
            fresh.append(
                Change(case=case, field=name, by=colleague, since=at, at=at, before=before, version=version)
            )
    if running:
        Change.objects.bulk_update(running, ["at", "version"])
    if fresh:
        Change.objects.bulk_create(fresh)


def note_late(case: Case, *, at: datetime) -> None:
    """Mark the case as written after the close, and say so to its author, once for each deadline missed."""
    if case.late_at is None or case.late_at < case.deadline_missed(at):
        case.late_at = at
        case.save(update_fields=["late_at"])
        letters.kept_late(case, at=at)


# -- Jurisdictions ---------------------------------------------------------------------------------------------


@transaction.atomic
def add_jurisdiction(colleague: Colleague, *, at: datetime) -> str:
    """Add an empty jurisdiction at the end and return its id. Raises TooMany beyond twenty."""
    case, _standing = _open_for_writing(colleague, at=at)
    rows = answers.rows_of(case.answers)
    if len(rows) >= MOST_JURISDICTIONS:
        raise TooMany(_("A case can name at most %(n)s jurisdictions.") % {"n": MOST_JURISDICTIONS})
    row_id = fresh_row_id()
    case.answers = {**case.answers, "jurisdictions": [*rows, {"id": row_id}]}
    _keep(case, at=at)
    return row_id


@transaction.atomic
def remove_jurisdiction(colleague: Colleague, row_id: str, *, at: datetime) -> None:
    """Take one jurisdiction out. Harmless when it is gone already; what it said stays in the history."""
    case, _standing = _open_for_writing(colleague, at=at)
    rows = answers.rows_of(case.answers)
    gone = next((row for row in rows if row["id"] == row_id), None)
    if gone is None:
        return
    case.answers = {**case.answers, "jurisdictions": [row for row in rows if row is not gone]}
    if case.answers.get("jurisdictions.lead") == row_id:
        case.answers = {**case.answers, "jurisdictions.lead": ""}
    changes = []
    for column, value in gone.items():
        if column != "id" and not answers.is_empty(value):
            name = f"jurisdictions.{row_id}.{column}"
            case.versions[name] = case.versions.get(name, 0) + 1
            changes.append((name, value, case.versions[name]))
    _keep(case, at=at)
    _remember(case, colleague, changes, at=at)


def fresh_row_id() -> str:
    return secrets.token_hex(4)


# -- Files -----------------------------------------------------------------------------------------------------


def attach(colleague: Colleague, upload: File, *, at: datetime) -> Attachment:
    """Keep a file with the case. Raises attachments.Refused for what it is, TooMany for how much there is."""
    if not colleague.may_write:
        raise NotAllowed(_("You may read this case, but not change it."))
    found = attachments.inspect(upload, upload.name or "")
    with transaction.atomic():
        case, standing = _open_for_writing(colleague, at=at)
        same = case.attachments.kept().filter(sha256=found.sha256, name=found.clean_name).first()
        if same:
            return same
        there = case.attachments.kept().aggregate(n=Count("pk"), size=Coalesce(Sum("size"), 0))
        if there["n"] >= attachments.MOST_FILES:
            raise TooMany(
                _("A case can have at most %(n)s files. Remove one first.") % {"n": attachments.MOST_FILES}
            )
        if there["size"] + found.size > attachments.MOST_BYTES:
            raise TooMany(
                _(
                    "Together the files of a case may have %(n)s MB. Remove one first, or make this one smaller."
                )
                % {"n": attachments.MOST_BYTES // 2**20}
            )
        path = default_storage.save(f"{case.pk}/{secrets.token_urlsafe(24)}", upload)
        attachment = case.attachments.create(
            name=found.clean_name,
            kind=found.kind,
            content_type=found.content_type,
            size=found.size,
            sha256=found.sha256,
            file=path,
            added_by=colleague,
            added_at=at,
        )
        events.record(
            "attached", about=("case", case.pk), at=at, by=colleague.address, facts={"file": attachment.pk}
        )
        Case.objects.filter(pk=case.pk).update(changed_at=max(case.changed_at, at))
        if standing is Standing.KEPT:
            note_late(case, at=at)
    return attachment


@transaction.atomic
def detach(colleague: Colleague, code: str, *, at: datetime) -> None:
    """Remove a file from the working copy; its bytes stay while a Submission names them. Harmless when repeated."""
    case, _standing = _open_for_writing(colleague, at=at)
    if case.attachments.kept().filter(code=code).update(removed_at=at):
        events.record("detached", about=("case", case.pk), at=at, by=colleague.address)
        Case.objects.filter(pk=case.pk).update(changed_at=max(case.changed_at, at))


def sweep_attachments(at: datetime) -> int:
    """Delete stored bytes that no row names, and rows removed a day ago that no Submission names.

    Nothing younger than a day is looked at, so that an upload under way is safe. Returns how many files went.
    Safe to repeat.
    """
    gone = 0
    old = at - timedelta(days=1)
    for attachment in Attachment.objects.filter(removed_at__lt=old).select_related("case").iterator():
        named = any(
            file["sha256"] == attachment.sha256
            for submission in attachment.case.submissions.all()
            for file in submission.files
        )
        if not named:
            attachment.delete()
    folders, _files = default_storage.listdir("") if default_storage.exists("") else ([], [])
    for folder in folders:
        known = set(Attachment.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True))
        for names in Picture.objects.filter(file__startswith=f"{folder}/").values_list("file", "small"):
            known.update(names)
        for name in default_storage.listdir(folder)[1]:
            path = f"{folder}/{name}"
            if path not in known and default_storage.get_modified_time(path) < old:
                default_storage.delete(path)
                gone += 1
    return gone


# -- Colleagues ------------------------------------------------------------------------------------------------


def _as_author(colleague: Colleague, *, at: datetime) -> Case:
    """The case, locked, for what only its author may do."""
    if not colleague.is_author:
        raise NotAllowed(_("Only the author of the case can do this."))
    case = Case.objects.locked().select_related("call").get(pk=colleague.case_id)
    if not Colleague.objects.filter(
        pk=colleague.pk, role=Colleague.Role.AUTHOR, generation=colleague.generation
    ).exists():
        raise NotAllowed(_("Only the author of the case can do this."))
    return case


@transaction.atomic
def invite(author: Colleague, *, email: str, name: str, role: str, at: datetime) -> Colleague:
    """Ask a colleague to edit or to read, by letter. Asking again changes the role and posts a fresh link.

    Raises TooMany beyond twenty colleagues or thirty invitations a day, NotAllowed for anybody but the author.
    """
    call = Call.objects.held_still(author.case.call_id)
    case = _as_author(author, at=at)
    case.call = call
    if not call.standing(case, at).may_edit:
        raise NotAllowed(_("The call has closed, so nobody can be invited any more."))
    if role not in (Colleague.Role.EDITOR, Colleague.Role.READER):
        raise NotAllowed(_("Choose whether your colleague may edit or read."))
    if normal(email) == author.address.email:
        raise NotAllowed(_("This is your own address."))
    if case.colleagues.present().exclude(address__email=normal(email)).count() >= MOST_COLLEAGUES:
        raise TooMany(_("A case can have at most %(n)s colleagues.") % {"n": MOST_COLLEAGUES})
    if author.address.confirmed_at is None and not limits.take(
        "unanswered", author.address_id, at=at, limit=INVITATIONS_UNANSWERED, window=limits.DAY
    ):
        raise TooMany(
            _(
                "Open the link in the letter that we sent you first; after that you can invite more colleagues."
            )
        )
    if not limits.take("invitation", f"case {case.pk}", at=at, limit=INVITATIONS_A_DAY, window=limits.DAY):
        raise TooMany(_("You have sent many invitations today. Please go on tomorrow."))
    address = Address.objects.known(email, language=author.address.language, at=at)
    colleague, made = case.colleagues.get_or_create(
        address=address, defaults={"name": name, "role": role, "joined_at": at}
    )
    if not made:
        colleague.name, colleague.role, colleague.removed_at = name, role, None
        colleague.generation = F("generation") + 1
        colleague.save(update_fields=["name", "role", "removed_at", "generation"])
        colleague.refresh_from_db(fields=["generation"])
    events.record(
        "invited",
        about=("case", case.pk),
        at=at,
        by=author.address,
        facts={"role": role, "colleague": colleague.pk},
    )
    letters.invitation(colleague, by=author, at=at)
    return colleague


@transaction.atomic
def remove_colleague(author: Colleague, pk: int, *, at: datetime) -> None:
    """End a colleague's part: their link and their open pages stop with their next click. Harmless when repeated."""
    case = _as_author(author, at=at)
    gone = case.colleagues.present().filter(pk=pk).exclude(role=Colleague.Role.AUTHOR).first()
    if gone is None:
        return
    Colleague.objects.filter(pk=gone.pk).update(removed_at=at, generation=F("generation") + 1)
    posting.expire(("colleague", gone.pk), at=at)
    events.record("removed", about=("case", case.pk), at=at, by=author.address, facts={"colleague": gone.pk})


@transaction.atomic
def hand_over(author: Colleague, pk: int, *, at: datetime) -> Colleague:
    """Make a colleague the author; the one who hands over stays and may edit. Raises NotAllowed if they are gone."""
    case = _as_author(author, at=at)
    heir = case.colleagues.present().filter(pk=pk).exclude(pk=author.pk).first()
    if heir is None:
        raise NotAllowed(_("This colleague no longer takes part."))
    Colleague.objects.filter(pk=author.pk).update(role=Colleague.Role.EDITOR)
    Colleague.objects.filter(pk=heir.pk).update(role=Colleague.Role.AUTHOR)
    heir.role, author.role = Colleague.Role.AUTHOR, Colleague.Role.EDITOR
    events.record("handed over", about=("case", case.pk), at=at, by=author.address, facts={"to": heir.pk})
    letters.handed_over(heir, by=author, at=at)
    return heir


@transaction.atomic
def correct_address(colleague: Colleague, email: str, *, at: datetime) -> Colleague:
    """Move one's part in the case to another mailbox: the old one's link ends, the new one gets its own.

    Raises NotAllowed when the new address already takes part in the case, TooMany after five corrections a day.
    """
    case = Case.objects.locked().select_related("call").get(pk=colleague.case_id)
    given, colleague = colleague, Colleague.objects.select_related("address").get(pk=colleague.pk)
    colleague.case = case
    if normal(email) == colleague.address.email:
        return colleague
    if colleague.generation != given.generation or colleague.removed_at:
        raise NotAllowed(_("Your address was corrected meanwhile. Open the case by its newest link."))
    if not limits.take("correction", f"colleague {colleague.pk}", at=at, limit=5, window=limits.DAY):
        raise TooMany(_("You have corrected this address several times today. Please go on tomorrow."))
    address = Address.objects.known(
        email, language=colleague.address.language, time_zone=colleague.address.time_zone, at=at
    )
    if case.colleagues.filter(address=address).exclude(pk=colleague.pk).exists():
        raise NotAllowed(_("A colleague with this address already takes part in the case."))
    before = colleague.address
    posting.expire(("colleague", colleague.pk), at=at)
    posting.expire(("case", case.pk), address=before, at=at)  # a receipt repeats all answers
    colleague.address = address
    colleague.generation += 1
    colleague.save(update_fields=["address", "generation"])
    events.record(
        "address corrected", about=("case", case.pk), at=at, by=before, facts={"colleague": colleague.pk}
    )
    letters.resume_link(colleague, at=at)
    if case.latest:  # what the other mailbox got, or would have got
        letters.receipt(case.latest, by=case.latest.by, at=at)
    return colleague


# -- Ending ----------------------------------------------------------------------------------------------------


@transaction.atomic
def delete_draft(author: Colleague, *, at: datetime) -> None:
    """Delete a draft that was never handed in, with its files and waiting letters. Raises NotAllowed otherwise."""
    case = _as_author(author, at=at)
    if case.was_handed_in:
        raise NotAllowed(_("This case was handed in. You can withdraw it."))
    paths = list(case.attachments.values_list("file", flat=True))
    for pk in case.colleagues.values_list("pk", flat=True):
        posting.expire(("colleague", pk), at=at)
    posting.expire(("case", case.pk), at=at)
    events.record("deleted", about=("case", case.pk), at=at, by=author.address)
    case.delete()

    def remove_files() -> None:
        for path in paths:
            default_storage.delete(path)

    transaction.on_commit(remove_files, robust=True)
