"""The author agrees: they are shown the public version exactly as it would be, and answer; the newest answer counts.

What they agree to is named by a digest of the text. An edit that alters the text leaves their agreement where it was,
with the text of then, and they are asked again. Locks: public version, before anything of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import preparing, public_letters
from cases.drafting import NotAllowed, TooMany
from cases.models import Agreement, Case, Colleague, PublicCase
from outbox import posting
from people import events, limits
from people.models import Consent, User

_Answer = Agreement.Answer
#: The words above the button, which say what somebody agrees to; whoever changes their meaning gives a new version.
WORDING = "2027.1"
REMIND_AFTER = timedelta(days=7)
LETTERS_A_DAY = 10
LONGEST_WORDS = 5_000
#: Statuses in which an author is asked: before publication, and for a correction of what is public.
_ASKED_IN = (Case.Status.ACCEPTED, Case.Status.PUBLISHED)
BATCH = 200


class Overtaken(Exception):
    """The author was asked about another text, or somebody has answered, since their page was made."""


def newest(public: PublicCase) -> Agreement | None:
    return public.agreements.select_related("asked_of__address", "recorded_by").order_by("pk").last()


def agreed_to(public: PublicCase, asked: Agreement | None) -> bool:
    """Whether ``asked``, the newest row, is an agreement to the very text of the draft."""
    return (
        asked is not None
        and asked.answer == _Answer.AGREED
        and asked.digest == preparing.digest(public.draft)
    )


def is_turned_down(public: PublicCase) -> bool:
    """Whether the author wishes the very text of the draft to be different, or does not want it published."""
    asked = newest(public)
    return (
        asked is not None
        and asked.answer in (_Answer.WISHES, _Answer.REFUSED)
        and asked.digest == preparing.digest(public.draft)
    )


@transaction.atomic
def ask(public: PublicCase, *, by: User, at: datetime) -> Agreement:
    """Show the author the draft as it stands and ask them to agree, by a letter with a link.

    Asking twice about one text asks once. Raises NotAllowed while something is missing in it, when they have agreed to
    this text, and for a case that nobody means to publish; TooMany after ten letters a day.
    """
    public = PublicCase.objects.locked().get(pk=public.pk)
    case = _case_of(public)
    if missing := preparing.missing_in(public.draft):
        raise NotAllowed(" ".join([_("Something is missing:"), *(each.words for each in missing)]))
    asked, digest = newest(public), preparing.digest(public.draft)
    if asked and asked.digest == digest and asked.answer in ("", _Answer.AGREED):
        if asked.answer:
            raise NotAllowed(_("The author has agreed to exactly this text."))
        return asked
    if not limits.take("agreement", f"case {case.pk}", at=at, limit=LETTERS_A_DAY, window=limits.DAY):
        raise TooMany(_("The author was asked many times today. Go on tomorrow."))
    fresh = Agreement.objects.create(
        public_case=public,
        asked_of=public_letters.author_of(public),
        asked_by=by,
        asked_at=at,
        content=preparing.text_of(public.draft),
        digest=digest,
    )
    posting.expire(
        ("case", case.pk), kinds=[public_letters.AGREEMENT, public_letters.AGREEMENT_REMINDER], at=at
    )
    public_letters.agreement_asked(fresh, at=at)
    events.record(
        "asked the author to agree",
        about=("case", case.pk),
        at=at,
        by=by,
        facts={"version": public.draft_version, "digest": digest},
    )
    return fresh


@transaction.atomic
def answer(asked: Agreement, *, said: str, words: str = "", by: Colleague, at: datetime) -> Agreement:
    """Keep what the author answers to the text that they were shown; until it is published they may think better of it.

    Answering the same again changes nothing. Raises NotAllowed for anybody but the author, without words where words
    are needed, and once it is decided; Overtaken when they were asked about another text since.
    """
    if not by.is_author or by.removed_at is not None:
        raise NotAllowed(_("Only the author of the case can do this."))
    public = PublicCase.objects.locked().get(pk=asked.public_case_id)
    case = _case_of(public)
    standing = newest(public)
    if standing is None or standing.digest != asked.digest:
        raise Overtaken
    words = words.replace("\r\n", "\n").strip()
    if standing.answer == said and standing.words == words:
        return standing
    if standing.answer and _is_public(public, standing):
        raise NotAllowed(_("It is published by now. You can ask us to correct it or to take it down."))
    if said not in _Answer.values:
        raise NotAllowed(_("Choose an answer."))
    if said != _Answer.AGREED and not words:
        raise NotAllowed(_("Write a few words, so that we know what to do."))
    if standing.answer:
        standing = Agreement(
            public_case=public,
            asked_of=standing.asked_of,
            asked_by=standing.asked_by,
            asked_at=standing.asked_at,
            content=standing.content,
            digest=standing.digest,
        )
    standing.answer, standing.words, standing.answered_at = said, words[:LONGEST_WORDS], at
    standing.asked_of = by
    standing.language = get_language() or "en"
    standing.wording = WORDING
    standing.save()
    if said == _Answer.AGREED:
        _record_consent(standing, by, at=at)
    posting.expire(
        ("case", case.pk), kinds=[public_letters.AGREEMENT, public_letters.AGREEMENT_REMINDER], at=at
    )
    events.record(
        ANSWERED[said], about=("case", case.pk), at=at, by=by.address, facts={"digest": standing.digest}
    )
    return standing


#: What the book says of each answer.
ANSWERED: dict[str, str] = {
    _Answer.AGREED: "agreed to the public version",
    _Answer.WISHES: "wished changes of the public version",
    _Answer.REFUSED: "refused the public version",
}


@transaction.atomic
def record_by_hand(
    public: PublicCase, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> Agreement:
    """Write down that the author agrees to the draft as it stands, which they have told staff; ``reason`` says how and
    when. They get a letter that says so. Raises NotAllowed without a reason, or while something is missing, and
    ``preparing.SavedMeanwhile`` when the draft is no longer that of number ``seen``."""
    if not reason.strip():
        raise NotAllowed(_("Say how and when the author agreed; it stays in the history."))
    public = PublicCase.objects.locked().get(pk=public.pk)
    case = _case_of(public)
    preparing.look_whether_it_changed(public, seen)
    if preparing.missing_in(public.draft):
        raise NotAllowed(_("Something is missing in the public version. Complete it first."))
    if agreed_to(public, newest(public)):
        raise NotAllowed(_("The author has agreed to exactly this text."))
    author = public_letters.author_of(public)
    recorded = Agreement.objects.create(
        public_case=public,
        asked_of=author,
        asked_by=by,
        asked_at=at,
        content=preparing.text_of(public.draft),
        digest=preparing.digest(public.draft),
        answer=_Answer.AGREED,
        words=reason.strip()[:LONGEST_WORDS],
        answered_at=at,
        wording=WORDING,
        language=public.draft["language"] or "en",
        recorded_by=by,
    )
    posting.expire(
        ("case", case.pk), kinds=[public_letters.AGREEMENT, public_letters.AGREEMENT_REMINDER], at=at
    )
    events.record(
        "recorded that the author agrees",
        about=("case", case.pk),
        at=at,
        by=by,
        reason=reason,
        facts={"digest": recorded.digest},
    )
    public_letters.agreement_recorded(recorded, at=at)
    return recorded


def remind(at: datetime) -> int:
    """Remind authors who were asked a week ago and are silent, once; returns how many. Safe to repeat."""
    reminded = 0
    while batch := _remind_some(at):
        reminded += batch
    return reminded


@transaction.atomic
def _remind_some(at: datetime) -> int:
    silent = Agreement.objects.filter(
        answer="",
        reminded_at__isnull=True,
        asked_at__lte=at - REMIND_AFTER,
        public_case__case__status__in=_ASKED_IN,
    )
    can_skip = connection.features.has_select_for_update_skip_locked
    found = silent.select_for_update(of=("self",), skip_locked=can_skip)
    batch = list(found.select_related("public_case__case__call", "asked_of__address")[:BATCH])
    for asked in batch:
        asked.reminded_at = at
        asked.save(update_fields=["reminded_at"])
        latest = Agreement.objects.filter(public_case=asked.public_case_id).order_by("pk").last()
        if latest == asked:
            public_letters.agreement_asked(asked, at=at, again=True)
    return len(batch)


def _is_public(public: PublicCase, asked: Agreement) -> bool:
    return public.edition is not None and preparing.digest(public.edition.said) == asked.digest


def _case_of(public: PublicCase) -> Case:
    """The case, in a status in which its author is asked. Raises NotAllowed otherwise."""
    case = public.case
    if case is None:
        raise NotAllowed(_("Desk research has no author who could be asked."))
    if case.status not in _ASKED_IN:
        raise NotAllowed(
            _("The case is not to be published. Its status: %(status)s.")
            % {"status": case.get_status_display()}
        )
    return case


def _record_consent(asked: Agreement, by: Colleague, *, at: datetime) -> None:
    Consent.objects.create(
        address=by.address,
        kind="public-version",
        wording=asked.wording,
        language=asked.language,
        given_at=at,
        about_kind="agreement",
        about_id=str(asked.pk),
    )
