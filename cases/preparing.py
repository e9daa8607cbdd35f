"""The public version is prepared: staff edit a draft of it beside what was handed in; nothing of it is public yet.

``at`` is the instant at which the request arrived. The draft has a number of its own: who saves it names the one on
which their text rests, so that two people never overwrite each other unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases import comparing, editions
from cases.models import PublicCase, Submission
from cases.models.submission import canonical, digest_of
from cases.questions import QUESTIONS
from people import events
from people.models import User

#: Code points of the text that says what a picture shows.
LONGEST_ALT = 250
LONGEST_CAPTION = 300


class SavedMeanwhile(Exception):
    """Somebody else saved the draft since this text was begun; ``public`` is as it stands now."""

    def __init__(self, public: PublicCase):
        self.public = public
        super().__init__()


def look_whether_it_changed(public: PublicCase, seen: int | None) -> None:
    """Nobody answers for a text that they have not read: raises SavedMeanwhile when ``seen`` is not the number of the
    draft. The row is held."""
    if seen is not None and seen != public.draft_version:
        raise SavedMeanwhile(public)


@dataclass(frozen=True)
class Missing:
    """Something that has to be there before anybody is asked to agree. ``field`` is the key of the content."""

    field: str
    words: str


def about(public: PublicCase) -> tuple[str, int]:
    """What the book writes an event under: the case, so that its history is one; desk research has none."""
    return ("case", public.case_id) if public.case_id else ("public case", public.pk)


@transaction.atomic
def save(public: PublicCase, content: dict, *, version: int, by: User, at: datetime) -> PublicCase:
    """Keep what staff wrote, and return the public version as it is now. Saving what stands there changes nothing.

    ``version`` is the number of the draft that the text was begun on. Raises SavedMeanwhile when it is another one now,
    ValueError for content that is not public (see ``editions.checked``).
    """
    content = editions.checked({**content, "agreed_at": ""})
    public = PublicCase.objects.locked().get(pk=public.pk)
    if same(content, public.draft):
        return public
    if public.draft_version != version:
        raise SavedMeanwhile(public)
    changed = [row.key for row in comparing.rows_of(public.draft, content) if row.changed]
    public.draft = {**content, "agreed_at": public.draft.get("agreed_at", "")}
    public.draft_version += 1
    public.save(update_fields=["draft", "draft_version"])
    events.record(
        "public version edited",
        about=about(public),
        at=at,
        by=by,
        facts={"version": public.draft_version, "fields": changed},
    )
    return public


@transaction.atomic
def rest_on_newest(public: PublicCase, *, by: User, at: datetime) -> PublicCase:
    """Compare with the version that was handed in last from now on. The text stays: staff take over what they want."""
    public = PublicCase.objects.locked().get(pk=public.pk)
    latest = public.case.latest if public.case else None
    if latest is not None and public.made_from_id != latest.pk:
        public.made_from = latest
        public.save(update_fields=["made_from"])
        events.record(
            "public version rests on a newer one",
            about=about(public),
            at=at,
            by=by,
            facts={"number": latest.number},
        )
    return public


# -- What it says ------------------------------------------------------------------------------------------------------


def text_of(content: dict) -> str:
    """The canonical text that an author agrees to: everything but when they did."""
    return canonical({**editions.checked(content), "agreed_at": ""})


def digest(content: dict) -> str:
    return digest_of(text_of(content))


def same(one: dict, other: dict) -> bool:
    return text_of(one) == text_of(other)


def handed_in(submission: Submission) -> dict:
    """What was handed in, as the content of a public version: what the draft is compared with."""
    return editions.content_from(submission.answers, reference=submission.case.reference or "")


def differences(public: PublicCase) -> comparing.Rows:
    """Every field, as it was handed in (for desk research, as it was published last) and as it would be public."""
    if public.made_from is not None:
        before: dict[str, Any] = handed_in(public.made_from)
    else:
        before = public.edition.said if public.edition else {}
    return comparing.rows_of(before, public.draft)


def since_edition(public: PublicCase) -> comparing.Rows:
    """Every field, as it is public now and as it would be with the next edition."""
    return comparing.rows_of(public.edition.said, public.draft) if public.edition else comparing.Rows()


def missing_in(content: dict) -> list[Missing]:
    """What has to be there before it can be public; pictures need words for people who cannot see them."""
    found = [
        Missing(key, _("“%(field)s” is empty.") % {"field": comparing.name_of(key)})
        for key in ("title", "short", "language")
        if not str(content.get(key) or "").strip()
    ]
    if not content.get("sections") and content.get("origin") != PublicCase.Origin.DESK_RESEARCH:
        found.append(Missing("sections", _("It has no section.")))
    if not content.get("jurisdictions"):
        found.append(Missing("jurisdictions", _("It names no jurisdiction.")))
    if not content.get("licence"):
        found.append(Missing("licence", _("It names no licence.")))
    blind = [
        number for number, each in enumerate(content.get("pictures") or [], 1) if not each["alt"].strip()
    ]
    found += [
        Missing("pictures", _("Picture %(n)s has no alternative text.") % {"n": number}) for number in blind
    ]
    return found


def limits_of(key: str) -> int:
    """How many code points a field of the public version may have: as many as the answer it comes from."""
    return (QUESTIONS[key].limit if key in QUESTIONS else None) or 5_000


def sections_in_order(texts: dict[str, str]) -> list[dict[str, str]]:
    """The sections of a content, from texts by key; empty ones are left out."""
    return [{"key": key, "text": texts[key]} for key in editions.SECTION_KEYS if texts.get(key, "").strip()]


def files_to_offer(submission: Submission | None) -> Iterable[dict]:
    """The files handed in that may be offered as downloads; pictures are shown, made anew, and never offered."""
    return [file for file in submission.files if file["kind"] != "image"] if submission else []


def pictures_to_show(submission: Submission | None) -> Iterable[dict]:
    return [file for file in submission.files if file["kind"] == "image"] if submission else []
