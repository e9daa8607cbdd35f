"""Handing in, and everything around the deadline: withdraw, ask for reopening, reopen, extend.

Locks are taken in one order: the call (in share mode, so that an extension and a hand-in cannot cross), then
the case. ``at`` is the instant at which the request arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import answers, letters
from cases.answers import Gap
from cases.drafting import CallClosed, NotAllowed, note_late
from cases.models import Call, Case, Colleague, Extension, Facet, Jurisdiction, Numbering, Submission
from cases.models.call import Standing
from cases.models.submission import canonical, digest_of
from cases.questions import FORM_VERSION, PERMISSION, PERMISSION_WORDING, QUESTIONS
from cases.reminding import DAYS_BEFORE, take_as_reminded
from newsletter import sending
from newsletter.models import Subscription, Topic
from outbox import posting
from people import events
from people.models import Address, Consent, User

_Status = Case.Status


class Incomplete(Exception):
    """Something is missing or wrong; ``gaps`` lists it, field by field."""

    def __init__(self, gaps: list[Gap]):
        self.gaps = gaps
        super().__init__(f"{len(gaps)} gaps")


class TooLate(CallClosed):
    """The case is kept, but was not handed in; ``standing`` tells how late it is."""

    def __init__(self, standing: Standing):
        self.standing = standing
        super().__init__()


class DeadlineMoved(Exception):
    """Somebody else moved the deadline since this was prepared."""


# -- Handing in ------------------------------------------------------------------------------------------------


def hand_in(colleague: Colleague, *, at: datetime) -> Submission:
    """Hand in the working copy: one submission, one receipt, whoever presses and however often.

    Handing in the same answers again returns the submission that holds them. Raises Incomplete with the
    gaps, TooLate when the request arrived after the last instant (the case is kept and marked late),
    NotAllowed for readers and for cases past the point where they can be changed.
    """
    with transaction.atomic():
        outcome = _hand_in(colleague, at=at)
    if isinstance(
        outcome, Standing
    ):  # raised out here, so that what is noted about the late case stays noted
        raise TooLate(outcome)
    return outcome


def _hand_in(colleague: Colleague, *, at: datetime) -> Submission | Standing:
    if not colleague.may_write:
        raise NotAllowed(_("You may read this case, but not hand it in."))
    call = Call.objects.held_still(colleague.case.call_id)
    # Its latest submission is asked for afterwards: a join would show it as it was before we waited for the lock.
    case = Case.objects.locked().get(pk=colleague.case_id)
    case.call = call
    content = content_of(case)
    digest = digest_of(content)
    if case.latest and case.status == _Status.HANDED_IN and case.latest.digest == digest:
        return case.latest
    standing = call.standing(case, at)
    if not standing.may_hand_in:
        if standing is Standing.KEPT:
            note_late(case, at=at)
        return standing
    if not case.may_become(_Status.HANDED_IN):
        raise NotAllowed(_("This case can no longer be changed."))
    if gaps := answers.gaps(case.answers, at=at):
        raise Incomplete(gaps)
    if case.reference is None:
        case.reference = _next_reference(call)
    submission = Submission.objects.create(
        case=case,
        number=case.latest.number + 1 if case.latest else 1,
        arrived_at=at,
        language=case.language,
        form_version=FORM_VERSION,
        title=case.title,
        organisation=case.answers.get("organisation", ""),
        border_kind=answers.border_kind(answers.rows_of(case.answers)),
        in_time=standing.value,
        content=content,
        digest=digest,
        by=colleague,
    )
    _index(submission, case)
    before = case.status
    case.latest, case.status = submission, _Status.HANDED_IN
    case.handed_in_at = at
    case.reopening_asked_at = None
    case.save(update_fields=["reference", "latest", "status", "handed_in_at", "reopening_asked_at"])
    _record_consents(colleague, submission, at=at)
    events.record(
        "handed in",
        about=("case", case.pk),
        at=at,
        by=colleague.address,
        facts={"number": submission.number, "was": before, "standing": standing.value},
    )
    posting.expire(
        ("case", case.pk), kinds=[letters.REMINDER], at=at
    )  # one that still waits is no longer true
    letters.receipt(submission, by=colleague, at=at)
    return submission


def content_of(case: Case) -> str:
    """Canonical JSON of what would be handed in now: every known answer, and the files by digest."""
    rows = [row for row in answers.rows_of(case.answers) if answers.said(row)]
    said = {
        key: value for key, value in case.answers.items() if key in QUESTIONS and not answers.is_empty(value)
    }
    said["jurisdictions"] = rows
    said["jurisdictions.lead"] = case.answers.get("jurisdictions.lead", "")
    files = [
        {
            "name": file.name,
            "kind": file.kind,
            "size": file.size,
            "sha256": file.sha256,
            "code": file.code,
            "alt": case.answers.get(f"alt.{file.code}", ""),
        }
        for file in case.attachments.kept()
    ]
    return canonical({"answers": said, "files": files, "form": FORM_VERSION})


def has_unsent_changes(case: Case) -> bool:
    """Whether the working copy says something else than the latest submission."""
    return case.latest is not None and digest_of(content_of(case)) != case.latest.digest


def _next_reference(call: Call) -> str:
    """«XB-2027-0147»: numbers are given at the first hand-in, one at a time."""
    taken = Numbering.objects.filter(call=call).update(last=F("last") + 1)
    if not taken:
        Numbering.objects.bulk_create([Numbering(call=call, last=0)], ignore_conflicts=True)
        Numbering.objects.filter(call=call).update(last=F("last") + 1)
    return f"XB-{call.year}-{Numbering.objects.get(call=call).last:04}"


def _index(submission: Submission, case: Case) -> None:
    """Write down the jurisdictions as rows, and what the office narrows its lists by."""
    rows = [row for row in answers.rows_of(case.answers) if answers.said(row)]
    lead = case.answers.get("jurisdictions.lead")
    Jurisdiction.objects.bulk_create(
        Jurisdiction(
            submission=submission,
            position=number,
            country=row.get("country", ""),
            level=row.get("level", ""),
            name=row.get("name", "").strip(),
            organisation=row.get("organisation", "").strip(),
            is_lead=row["id"] == lead,
        )
        for number, row in enumerate(rows, 1)
    )
    if case.latest_id:
        case.facets.all().delete()
    values = {("country", row["country"]) for row in rows} | {("level", row["level"]) for row in rows}
    for kind, key in (
        ("sector", "sectors"),
        ("stage", "stages"),
        ("mechanism", "mechanisms"),
        ("instrument", "instruments"),
    ):
        values |= {(kind, value) for value in case.answers.get(key) or []}
    values.add(("border", submission.border_kind))
    Facet.objects.bulk_create(Facet(case=case, kind=kind, value=value) for kind, value in sorted(values))


def _record_consents(colleague: Colleague, submission: Submission, *, at: datetime) -> None:
    """What was ticked, in which wording and language, for this very submission."""
    Consent.objects.bulk_create(
        Consent(
            address=colleague.address,
            kind=question.key,
            wording=PERMISSION_WORDING,
            language=get_language() or "en",
            given_at=at,
            about_kind="submission",
            about_id=str(submission.pk),
        )
        for question in PERMISSION.questions
    )


# -- Withdrawing, reopening ------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(case: Case, *, by: Colleague | User, at: datetime, reason: str = "") -> None:
    """Take a case out of the review; its submissions and receipts stay. Harmless when repeated.

    Raises NotAllowed for drafts, published cases and colleagues who are not the author.
    """
    if isinstance(by, Colleague) and not by.is_author:
        raise NotAllowed(_("Only the author of the case can do this."))
    case = Case.objects.locked().get(pk=case.pk)
    if case.status == _Status.WITHDRAWN:
        return
    if not case.may_become(_Status.WITHDRAWN):
        raise NotAllowed(_("This case cannot be withdrawn."))
    before, case.status = case.status, _Status.WITHDRAWN
    case.save(update_fields=["status"])
    who: User | Address = by.address if isinstance(by, Colleague) else by
    done = events.record(
        "withdrawn", about=("case", case.pk), at=at, by=who, reason=reason, facts={"was": before}
    )
    letters.withdrawn(case, key=done.pk, at=at, on_behalf=isinstance(by, User))


@transaction.atomic
def ask_reopening(colleague: Colleague, *, words: str, at: datetime) -> None:
    """Ask staff to reopen a case that missed the deadline. Asking again replaces the words."""
    if not colleague.may_write:
        raise NotAllowed(_("You may read this case, but not change it."))
    call = Call.objects.held_still(colleague.case.call_id)
    case = Case.objects.locked().get(pk=colleague.case_id)
    case.call = call
    if call.accepts(case, at) or at < call.closes_at:
        raise NotAllowed(_("You can still hand in this case; it need not be reopened."))
    if not (case.may_become(_Status.HANDED_IN)):
        raise NotAllowed(_("This case can no longer be changed."))
    case.reopening_asked_at, case.reopening_words = at, words
    case.save(update_fields=["reopening_asked_at", "reopening_words"])
    events.record("asked for reopening", about=("case", case.pk), at=at, by=colleague.address)


@transaction.atomic
def reopen(case: Case, *, until: datetime, reason: str, by: User, at: datetime) -> None:
    """Let one case be changed and handed in until an instant; it ends by itself. Raises NotAllowed without a reason
    or with an instant that has passed."""
    if not reason.strip():
        raise NotAllowed(_("Give a reason; it stays in the history."))
    if until <= at:
        raise NotAllowed(_("Choose an instant that is still to come."))
    case = Case.objects.locked().get(pk=case.pk)
    if not case.may_become(_Status.HANDED_IN):
        raise NotAllowed(_("A case in this status cannot be reopened."))
    case.reopened_at, case.reopened_until, case.reopening_asked_at = at, until, None
    case.save(update_fields=["reopened_at", "reopened_until", "reopening_asked_at"])
    events.record(
        "reopened", about=("case", case.pk), at=at, by=by, reason=reason, facts={"until": until.isoformat()}
    )
    letters.reopened(case, until=until, at=at)


# -- Extending the deadline --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """Whom and what a new deadline reaches, counted before anything is done."""

    drafts: int
    people: int
    reminders: int
    subscribers: int  #: who want news of the call, and are none of ``people``


def reach_of_extension(call: Call, closes_at: datetime, *, at: datetime) -> Reach:
    """Count who would be told of a new deadline and which reminders would be armed anew."""
    closes_at = closes_at.astimezone(UTC)
    people = _people_to_tell(call).values("address").distinct()
    readers = Subscription.objects.readers([Topic.CALL]).exclude(address__in=people)
    return Reach(
        drafts=call.cases.drafts().count(),
        people=people.count(),
        reminders=sum(1 for days in DAYS_BEFORE if closes_at - days > at),
        subscribers=readers.count() if call.listed else 0,
    )


def _people_to_tell(call: Call):
    return Colleague.objects.who_write().filter(case__call=call, case__status=_Status.DRAFT)


@transaction.atomic
def extend_deadline(
    call: Call, *, closes_at: datetime, expected: datetime, reason: dict[str, str], by: User, at: datetime
) -> Extension:
    """Move the deadline to a later instant, and tell everybody with an open draft: all of it or none.

    ``expected`` is the deadline that the preview showed. Raises DeadlineMoved when it is another one by now
    (two people at once: the second looks again), NotAllowed for a date that is not later or without a reason.
    """
    call = Call.objects.select_for_update().get(pk=call.pk)
    closes_at = closes_at.astimezone(UTC)  # hours are counted in UTC, where no night is longer than another
    if call.closes_at != expected:
        raise DeadlineMoved
    if closes_at <= call.closes_at:
        raise NotAllowed(
            _("The new deadline has to be later than the old one; shortening a call is not possible.")
        )
    if closes_at <= at:
        raise NotAllowed(_("The new deadline has to be still to come."))
    if not any(words.strip() for words in reason.values()):
        raise NotAllowed(_("Say why; the reason is shown on the page of the call."))
    extension = Extension.objects.create(
        call=call, closed_at=call.closes_at, closes_at=closes_at, reason=reason, made_at=at
    )
    letters.forget_reminders(call, at=at)
    posting.expire(
        ("call", call.pk), kinds=[letters.EXTENDED], at=at
    )  # they name a deadline that holds no more
    sending.let_go(("call", call.pk), at=at)
    call.closes_at = closes_at
    call.save(update_fields=["closes_at"])
    take_as_reminded(call, at=at)
    events.record(
        "deadline extended",
        about=("call", call.pk),
        at=at,
        by=by,
        facts={"from": extension.closed_at.isoformat(), "to": closes_at.isoformat()},
    )
    posting.post_many(_extension_letters(call, extension, at=at))
    _tell_subscribers(call, extension, at=at)
    return extension


def _tell_subscribers(call: Call, extension: Extension, *, at: datetime) -> None:
    """Whoever wants news of the call hears of it, too, unless the letter to authors, which has the same key, has told
    them already."""
    contexts = letters.news_of(call, extension)
    if call.listed and contexts:
        sending.tell(
            Topic.CALL,
            key=f"extended:{extension.pk}",
            template="cases/call_extended",
            contexts=contexts,
            subject=("call", call.pk),
            at=at,
            expires_at=call.closes_at,
        )


def _extension_letters(call: Call, extension: Extension, *, at: datetime) -> Iterator[dict]:
    """One letter for each address, however many drafts it has; the rows come by in order of address."""
    last = None
    people = _people_to_tell(call).select_related("address", "case").order_by("address_id", "joined_at")
    for colleague in people.iterator(chunk_size=500):
        if colleague.address_id != last:
            last = colleague.address_id
            colleague.case.call = call
            yield letters.deadline_extended(colleague, call, extension, at=at)
