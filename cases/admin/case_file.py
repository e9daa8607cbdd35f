"""What lies in the file of one case: its text as handed in, its facts, its files, and who did what when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import answers, reading
from cases.models import Attachment, Case, Change, Colleague, Submission
from cases.questions import QUESTIONS, Kind, lang_of
from outbox.models import OutboxMessage
from people import times
from people.models import Event, User

#: So much of each history is shown; the newest come first.
SHOWN = 100
#: What people type; the words of choices are ours and follow the page's language.
TYPED = (Kind.LINE, Kind.TEXT, Kind.TAGS)
IN_ENGLISH = ("title_english", "short_english")

#: What was done with a case by its authors and at the desk; rooms above add their own (named in ``CASE_DEEDS``).
DEEDS = {
    "begun": gettext_lazy("Begun"),
    "handed in": gettext_lazy("Handed in"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "asked for reopening": gettext_lazy("Asked for reopening"),
    "reopened": gettext_lazy("Reopened"),
    "invited": gettext_lazy("Invited a colleague"),
    "removed": gettext_lazy("Removed a colleague"),
    "handed over": gettext_lazy("Handed the case over to a colleague"),
    "address corrected": gettext_lazy("Corrected an address"),
    "attached": gettext_lazy("Added a file"),
    "detached": gettext_lazy("Removed a file"),
    "public version begun": gettext_lazy("Began the public version"),
    "public version edited": gettext_lazy("Edited the public version"),
    "public version rests on a newer one": gettext_lazy("Compares the public version with a newer one"),
    "asked the author to agree": gettext_lazy("Asked the author to agree"),
    "agreed to the public version": gettext_lazy("Agreed to the public version"),
    "wished changes of the public version": gettext_lazy("Wished changes of the public version"),
    "refused the public version": gettext_lazy("Does not want it published"),
    "recorded that the author agrees": gettext_lazy("Wrote down that the author agrees"),
    "asked the partners": gettext_lazy("Asked the partners"),
    "asked a partner anew": gettext_lazy("Asked a partner anew"),
    "a partner confirmed": gettext_lazy("A partner confirmed it"),
    "a partner proposed a correction": gettext_lazy("A partner proposed a correction"),
    "a partner objected": gettext_lazy("A partner objected"),
    "a partner took the confirmation back": gettext_lazy("A partner took the confirmation back"),
    "solved what a partner said": gettext_lazy("Recorded how it was solved"),
    "forgot a partner": gettext_lazy("Forgot the address of a partner"),
    "published": gettext_lazy("Published"),
    "corrected": gettext_lazy("Published a correction"),
    "taken down": gettext_lazy("Took it down"),
    "archived": gettext_lazy("Archived it"),
    "shown again": gettext_lazy("Put it up again"),
    "asked to take it down": gettext_lazy("Asked to take it down"),
    "kept public": gettext_lazy("Kept it public, against the author’s wish"),
    "badges given": gettext_lazy("Changed the badges"),
    "said that it is still true": gettext_lazy("Said that it is still true"),
    "said that something has changed": gettext_lazy("Said that something has changed"),
    "said that it has ended": gettext_lazy("Said that it has ended"),
    "looked at the yearly answer": gettext_lazy("Took up what the author said"),
}


def contents(case: Case, submission: Submission | None, *, reader: User, at: datetime) -> dict[str, Any]:
    """Everything the reading page shows, in nine statements at most, however long the case's life was.

    Addresses (of people, sponsors, partners) only for readers who may see addresses, letters only for those who
    may see letters. ``submission`` None: nothing was handed in, so there is no text to show.
    """
    sees_addresses = reader.has_perm("people.view_address")
    colleagues = list(case.colleagues.select_related("address"))
    context = {
        "case": case,
        "submission": submission,
        "is_latest": submission is None or submission.pk == case.latest_id,
        "versions": list(case.submissions.order_by("-number").only("number", "arrived_at", "case")),
        "facts": facts_of(case, submission, at=at),
        "colleagues": [
            {"name": part.name, "role": part.get_role_display(), "removed": part.removed_at is not None}
            for part in colleagues
        ],
        "addresses": [(part.name, part.address.email) for part in colleagues] if sees_addresses else [],
        "events": history_of(case, colleagues),
        "changes": changes_of(case),
        "letters": letters_about(case, colleagues) if reader.has_perm("outbox.view_outboxmessage") else [],
        "asks": {
            "since": instant_words(case.reopening_asked_at, case),
            "words": case.reopening_words,
        }
        if case.reopening_asked_at
        else None,
    }
    if submission:
        context["chapters"] = chapters_of(submission, private=sees_addresses)
        context["files"] = files_of(case, submission)
        context["lang"] = lang_of(submission.language)
    return context


# -- The text ------------------------------------------------------------------------------------------------------


def chapters_of(submission: Submission, *, private: bool) -> list[dict]:
    return chapters_in(submission.answers, submission.language, private=private)


def chapters_in(said: dict, language: str, *, private: bool) -> list[dict]:
    """The answers as text; each says in which language it was typed, None for words of our own."""
    language = lang_of(language)
    return [
        {
            "key": chapter.key,
            "title": chapter.title,
            "items": [
                {
                    "key": item.key,
                    "label": item.label,
                    "text": item.text,
                    "links": item.links,
                    "lang": _language_of(item.key, language),
                }
                for item in chapter.items
            ],
        }
        for chapter in reading.chapters(said, [], private=private)
    ]


def _language_of(key: str, language: str) -> str | None:
    question = QUESTIONS.get(key)
    if question is None or question.kind not in TYPED:
        return None
    return "en" if key in IN_ENGLISH else language


def files_of(case: Case, submission: Submission) -> list[dict]:
    there = {file.code: file for file in case.attachments.only("code", "scan_state", "case")}
    return [
        {
            "name": file["name"],
            "code": file["code"],
            "size": reading.size_in_words(file["size"]),
            "alt": file.get("alt", ""),
            "sha256": file["sha256"],
            "is_there": file["code"] in there,
            "scan": _scan_words(there.get(file["code"])),
        }
        for file in submission.files
    ]


def _scan_words(attachment: Attachment | None) -> str:
    return str(attachment.get_scan_state_display()) if attachment else ""


# -- The facts -----------------------------------------------------------------------------------------------------


def instant_words(instant: datetime | None, case: Case) -> str:
    return times.in_full(instant, case.call.zone) if instant else ""


def facts_of(case: Case, submission: Submission | None, *, at: datetime) -> list[tuple[str, str]]:
    facts = [(_("Status"), str(case.get_status_display()))]
    if submission:
        arrived = submission.arrived_at
        facts += [
            (_("Reference"), case.reference or ""),
            (_("Version"), str(submission.number)),
            (
                _("Arrived"),
                f"{instant_words(arrived, case)} · {arrived.astimezone(times.UTC):%Y-%m-%d %H:%M:%S} UTC",
            ),
            (_("Deadline"), in_time_words(submission.in_time)),
            (_("Handed in by"), submission.by.name),
            (_("Digest (SHA-256)"), submission.digest),
            (_("Receipt code"), submission.code),
        ]
        if not submission.is_intact:
            facts.append(
                (_("Warning"), _("The stored text no longer has the digest that its receipt shows."))
            )
    else:
        facts += [
            (_("Begun"), instant_words(case.begun_at, case)),
            (_("Last changed"), instant_words(case.changed_at, case)),
        ]
    if case.late_at:
        facts.append((_("Written in after the close"), instant_words(case.late_at, case)))
    if case.reopened_until:
        words = _("Reopened until") if at < case.reopened_until else _("Was reopened until")
        facts.append((words, instant_words(times.last_minute(case.reopened_until), case)))
    return facts


def in_time_words(standing: str) -> str:
    return {
        "open": _("In time"),
        "grace": _("Within the grace"),
        "reopened": _("After reopening"),
    }.get(standing, standing)


# -- The histories -------------------------------------------------------------------------------------------------


def history_of(case: Case, colleagues: Iterable[Colleague]) -> list[dict]:
    """What was done with the case, newest first: when, by whom, what and why."""
    rows = list(
        Event.objects.filter(object_kind="case", object_id=str(case.pk)).order_by("-at", "-pk")[:SHOWN]
    )
    staff_ids = {row.actor_id for row in rows if row.actor == Event.Actor.STAFF}
    staff = {user.pk: str(user) for user in User.objects.filter(pk__in=staff_ids)} if staff_ids else {}
    authors = {part.address_id: part.name for part in colleagues}
    return [
        {
            "at": row.at,
            "by": (staff if row.actor == Event.Actor.STAFF else authors).get(row.actor_id)
            or (_("a partner") if "partner" in row.facts else str(row.get_actor_display())),
            "what": str(deeds().get(row.action, row.action)),
            "details": _details(case, row),
            "why": row.reason,
        }
        for row in rows
    ]


@cache
def deeds() -> dict[str, Any]:
    """Everything that is done with a case anywhere in the house, in words."""
    return DEEDS | {
        action: words for room in settings.CASE_DEEDS for action, words in import_string(room).items()
    }


def _details(case: Case, event: Event) -> str:
    if event.action == "handed in" and "number" in event.facts:
        return _("version %(n)s") % {"n": event.facts["number"]}
    if event.action == "reopened" and "until" in event.facts:
        until = datetime.fromisoformat(event.facts["until"]) - timedelta(minutes=1)
        return _("until %(instant)s") % {"instant": instant_words(until, case)}
    if "edition" in event.facts:
        return _("version %(n)s") % {"n": event.facts["edition"]}
    return ""


def changes_of(case: Case) -> list[dict]:
    """Who changed which answer when; not what it said, for that is the author's until handed in."""
    rows = (
        Change.objects.filter(case=case).select_related("by").defer("before").order_by("-at", "-pk")[:SHOWN]
    )
    return [
        {"at": row.at, "by": row.by.name if row.by else _("A colleague"), "answer": answer_named(row.field)}
        for row in rows
    ]


def answer_named(field: str) -> str:
    """How people call the answer behind a field name."""
    if field.startswith("alt."):
        return _("Alternative text of a picture")
    if field == "jurisdictions.lead":
        return _("Which jurisdiction leads")
    question = answers.question_of(field)
    if question is None:
        return field
    if field.startswith("jurisdictions."):
        return _("Jurisdiction: %(column)s") % {"column": question.label}
    return str(question.label)


def letters_about(case: Case, colleagues: Iterable[Colleague]) -> list[OutboxMessage]:
    """The letters about the case and about people's parts in it, newest first; never with a link."""
    about = Q(subject_kind="case", subject_id=str(case.pk)) | Q(
        subject_kind="colleague", subject_id__in=[str(part.pk) for part in colleagues]
    )
    fields = ("kind", "state", "subject_line", "created_at", "sent_at", "address__email")
    return list(
        OutboxMessage.objects.filter(about).select_related("address").only(*fields).order_by("-pk")[:SHOWN]
    )
