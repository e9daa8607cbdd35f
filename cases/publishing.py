"""A case comes out: its public version is begun from what was handed in, and each edition is written once; later it is
corrected, taken down, put up again, archived.

``at`` is the instant at which the request arrived. Locks: call, case, public version, shelf.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases import agreeing, editions, preparing, public_letters
from cases.drafting import NotAllowed
from cases.models import Agreement, Badge, Case, Colleague, Edition, Picture, PublicCase
from cases.models.submission import canonical, digest_of
from cases.questions import PERMISSION
from cases.shelving import shelve, take_off
from outbox import posting
from people import events
from people.models import Consent, User

_State, _Status = PublicCase.State, Case.Status
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Gap:
    """What stands in the way of publishing, and what to do about it. ``page`` names the page where that is done."""

    words: str
    remedy: str
    page: str = ""


class NotReady(Exception):
    """It cannot be published now; ``gaps`` tells all that stands in the way."""

    def __init__(self, gaps: list[Gap]):
        self.gaps = gaps
        super().__init__(" ".join(gap.words for gap in gaps))


# -- Beginning ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def start(case: Case, *, by: User, at: datetime) -> PublicCase:
    """Begin the public version of an accepted case; the one that is there already, if any. Raises NotAllowed."""
    case = Case.objects.locked().get(pk=case.pk)
    standing = PublicCase.objects.filter(case=case).first()
    if standing:
        return standing
    if case.status != _Status.ACCEPTED:
        raise NotAllowed(
            _("Only an accepted case gets a public version. The status of this one: %(status)s.")
            % {"status": case.get_status_display()}
        )
    public = begin(case, at=at)
    events.record("public version begun", about=preparing.about(public), at=at, by=by)
    return public


#: Addresses below the library that are no cases.
RESERVED = {"data", "feed", "export", "pictures", "files", "map", "network"}


def begin(case: Case, *, at: datetime) -> PublicCase:
    """The public version of a case, begun from its latest submission; the one that is there already, if any."""
    if case.latest is None or case.reference is None:
        raise ValueError("Nothing was handed in yet.")
    content = editions.content_from(case.latest.answers, reference=case.reference)
    standing = PublicCase.objects.filter(case=case).first()
    return standing or put_down(
        content, fallback=case.reference, case=case, call=case.call, made_from=case.latest, begun_at=at
    )


def put_down(content: dict, *, fallback: str, **facts: Any) -> PublicCase:
    """The row of a new public case, under an address that no other has: of two that want one at the same time, the
    second waits for the first and gets another."""
    while True:
        slug = free_slug(content, fallback=fallback)
        try:
            with transaction.atomic():
                return PublicCase.objects.create(slug=slug, draft=content, **facts)
        except IntegrityError:
            if not PublicCase.objects.filter(slug=slug).exists():
                raise


def free_slug(content: dict, *, fallback: str) -> str:
    """The address of a new public case: its title in Latin letters, with a number where that is taken."""
    wanted = editions.slug_of(content["title"], content["title_english"]) or editions.slug_of(fallback)
    taken = set(PublicCase.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    names: Iterable[str] = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken | RESERVED)


@transaction.atomic
def bring_out(
    public: PublicCase, content: dict, *, at: datetime, by: User | None = None, note: str = ""
) -> Edition:
    """Write the next edition and put it on the shelf; who may, and whether the author has agreed, is decided before.
    Raises ValueError for content that is not public (see ``editions.checked``)."""
    public, edition = _written(public, content, at=at, by=by, note=note)
    shelve(public)
    return edition


def _written(
    public: PublicCase, content: dict, *, at: datetime, by: User | None, note: str
) -> tuple[PublicCase, Edition]:
    """The next edition, and the public version with it. Every way of publishing comes by here, and ends with ``shelve``
    after all else: its row is the last lock, for everybody who publishes anything waits for it."""
    content = editions.checked(content)
    public = PublicCase.objects.locked().get(pk=public.pk)
    text = canonical(content)
    edition = Edition.objects.create(
        public_case=public,
        number=public.edition.number + 1 if public.edition else 1,
        published_at=at,
        published_by=by,
        note=note,
        content=text,
        digest=digest_of(text),
    )
    public.edition = edition
    public.draft = content
    public.draft_version += 1
    public.state = _State.PUBLISHED
    public.published_at = public.published_at or at
    public.renewed_at = at
    if content["agreed_at"]:
        agreed_at = datetime.fromisoformat(content["agreed_at"])
        public.confirmed_at = max(agreed_at, public.confirmed_at or agreed_at)
    public.left_at, public.left_because = None, ""
    public.save()
    return public, edition


def pictures_of(public: PublicCase) -> dict[str, Picture]:
    return {picture.code: picture for picture in public.pictures.all()}


# -- What stands in the way --------------------------------------------------------------------------------------------


def gaps_of(public: PublicCase) -> list[Gap]:
    """Everything that stands in the way of publishing the draft, at once; [] when it can be published."""
    case = public.case
    gaps = [Gap(each.words, _("Complete it."), "edit") for each in preparing.missing_in(public.draft)]
    if case is None:
        return gaps
    gaps += _gaps_of_case(public, case)
    asked = agreeing.newest(public)
    if not agreeing.agreed_to(public, asked):
        gaps.append(_gap_of_agreement(public, asked))
    open_objections = public.partners.blocking().count()
    if open_objections:
        gaps.append(
            Gap(
                _("A partner objects (%(n)s).") % {"n": open_objections},
                _("Talk with them, then record how it was solved."),
                "partners",
            )
        )
    return gaps


def _gaps_of_case(public: PublicCase, case: Case) -> list[Gap]:
    gaps = []
    if case.status not in (_Status.ACCEPTED, _Status.PUBLISHED):
        words = _("The case is not accepted. Its status: %(status)s.")
        gaps.append(
            Gap(words % {"status": case.get_status_display()}, _("It has to be accepted in the review."))
        )
    said = public.made_from.answers if public.made_from else {}
    if not has_public_sponsor(said):
        gaps.append(
            Gap(
                _(
                    "The case names no public sponsor: its author is no public employee and names no official."
                ),
                _("Ask the author to name one and to hand in again; desk research is another way."),
            )
        )
    if missing := _consents_missing(public):
        gaps.append(
            Gap(
                _("These permissions are not recorded: %(names)s.") % {"names": ", ".join(missing)},
                _("They are given when the case is handed in; ask the author to hand in again."),
            )
        )
    if public.made_from_id != case.latest_id:
        gaps.append(
            Gap(
                _("The author has handed in again since this was made."),
                _("Look at what is different, and compare with the newest version from now on."),
                "compare",
            )
        )
    return gaps


def _gap_of_agreement(public: PublicCase, asked: Agreement | None) -> Gap:
    ask = _("Ask the author to agree.")
    if asked is None:
        return Gap(_("The author was not asked to agree."), ask, "author")
    if asked.digest != preparing.digest(public.draft):
        return Gap(_("The text has changed since the author was asked."), ask, "author")
    if asked.answer == Agreement.Answer.WISHES:
        return Gap(_("The author wishes changes."), _("Make them, then ask again."), "author")
    if asked.answer == Agreement.Answer.REFUSED:
        return Gap(
            _("The author does not want it published."),
            _("Talk with the author; without their agreement it stays unpublished."),
            "author",
        )
    return Gap(_("The author has not answered yet."), _("Wait, or ask them by telephone."), "author")


def _consents_missing(public: PublicCase) -> list[str]:
    """What an author has to confirm at hand-in and did not, in words."""
    recorded = set(
        Consent.objects.filter(about_kind="submission", about_id=str(public.made_from_id)).values_list(
            "kind", flat=True
        )
    )
    return [str(question.short) for question in PERMISSION.questions if question.key not in recorded]


def has_public_sponsor(said: dict) -> bool:
    """A public employee who is involved hands in for themselves; anybody else names the official behind the case."""
    return said.get("public_employee") == "yes" or bool((said.get("sponsor_name") or "").strip())


# -- Publishing and correcting -----------------------------------------------------------------------------------------


@transaction.atomic
def publish(
    public: PublicCase, *, by: User, at: datetime, note: str = "", seen: int | None = None
) -> Edition:
    """Publish the draft, and tell the author its address. Raises NotReady with all that stands in the way, NotAllowed
    when it is published already (of two people at once the second gets this).

    ``seen`` is the number of the draft that was looked at: raises ``preparing.SavedMeanwhile`` when somebody has saved
    another since.
    """
    public = _locked(public)
    preparing.look_whether_it_changed(public, seen)
    if public.state != _State.PREPARING:
        raise NotAllowed(_("It is published already, or was. It can be corrected or put up again."))
    if gaps := gaps_of(public):
        raise NotReady(gaps)
    content = {**public.draft, "agreed_at": _agreed_at(public)}
    written, edition = _written(public, content, at=at, by=by, note=note.strip()[:LONGEST_NOTE])
    _move_case(public, _Status.PUBLISHED)
    events.record(
        "published",
        about=preparing.about(public),
        at=at,
        by=by,
        reason=note,
        facts={"edition": edition.number},
    )
    if public.case:
        public_letters.published(_fresh(public), edition, at=at)
    shelve(written)
    return edition


@transaction.atomic
def correct(
    public: PublicCase,
    *,
    by: User,
    at: datetime,
    note: str,
    small: bool = False,
    reason: str = "",
    seen: int | None = None,
) -> Edition:
    """Publish the draft as the next edition of a case that is public; ``note`` says to readers what is different.

    ``small``: staff answer for a slip of the pen with a ``reason``, without asking; the author is told what changed, and
    the edition still names the day on which they agreed to the text before. Raises NotReady, NotAllowed, and
    SavedMeanwhile as ``publish`` does.
    """
    public = _locked(public)
    preparing.look_whether_it_changed(public, seen)
    if public.state != _State.PUBLISHED or public.edition is None:
        raise NotAllowed(_("Only what is public can be corrected."))
    if preparing.same(public.draft, public.edition.said):
        raise NotAllowed(_("The draft says exactly what is public already."))
    if not note.strip():
        raise NotAllowed(_("Say to readers what is different."))
    if small and not reason.strip():
        raise NotAllowed(_("Say why it needs no agreement; it stays in the history."))
    if small and agreeing.is_turned_down(public):
        raise NotAllowed(
            _("The author has said no to exactly this text, so it is not for you alone to publish it.")
        )
    gaps = [gap for gap in gaps_of(public) if not (small and gap.page in ("author", "compare"))]
    if gaps:
        raise NotReady(gaps)
    agreed_at = public.edition.said["agreed_at"] if small else _agreed_at(public)
    content = {**public.draft, "agreed_at": agreed_at}
    written, edition = _written(public, content, at=at, by=by, note=note.strip()[:LONGEST_NOTE])
    events.record(
        "corrected",
        about=preparing.about(public),
        at=at,
        by=by,
        reason=reason if small else note,
        facts={"edition": edition.number, "small": small},
    )
    if public.case:
        public_letters.corrected(_fresh(public), edition, asked=not small, at=at)
    shelve(written)
    return edition


def _agreed_at(public: PublicCase) -> str:
    asked = agreeing.newest(public) if public.case_id else None
    return asked.answered_at.isoformat() if asked and asked.answered_at else ""


# -- Taking down, putting up, archiving --------------------------------------------------------------------------------


def unpublish(public: PublicCase, *, reason: str, by: User, at: datetime) -> PublicCase:
    """Take the page down: it answers that it is gone, and the case leaves lists, feed and exports."""
    return _leave(public, _State.UNPUBLISHED, _Status.ACCEPTED, "taken down", reason=reason, by=by, at=at)


def archive(public: PublicCase, *, reason: str, by: User, at: datetime) -> PublicCase:
    """Leave lists, feed and exports; the page and its addresses stay, with a note."""
    return _leave(public, _State.ARCHIVED, _Status.ARCHIVED, "archived", reason=reason, by=by, at=at)


@transaction.atomic
def _leave(
    public: PublicCase, state: str, status: str, what: str, *, reason: str, by: User, at: datetime
) -> PublicCase:
    if not reason.strip():
        raise NotAllowed(_("Give a reason; it stays in the history."))
    public = _locked(public)
    if public.state == state:
        return public
    if not public.may_become(state):
        raise NotAllowed(_("It is not public, so there is nothing to take down or to archive."))
    public.state, public.left_at, public.left_because = state, at, reason.strip()
    public.withdrawal_asked_at, public.withdrawal_words = None, ""
    public.save(update_fields=["state", "left_at", "left_because", "withdrawal_asked_at", "withdrawal_words"])
    _move_case(public, status)
    done = events.record(what, about=preparing.about(public), at=at, by=by, reason=reason)
    if public.case:
        posting.expire(("case", public.case_id), kinds=[public_letters.STILL_TRUE], at=at)
        public_letters.left_the_library(public, key=done.pk, at=at)
    take_off(public)
    return public


@transaction.atomic
def show_again(public: PublicCase, *, reason: str, by: User, at: datetime) -> PublicCase:
    """Put the edition shown last back into the library, from having been taken down or archived.

    Raises NotAllowed for a case that was withdrawn or decided otherwise since, whose author refused, or to which a
    partner objects.
    """
    if not reason.strip():
        raise NotAllowed(_("Give a reason; it stays in the history."))
    public = _locked(public)
    if public.state == _State.PUBLISHED:
        return public
    if not public.may_become(_State.PUBLISHED) or public.edition is None:
        raise NotAllowed(_("It was never public."))
    if public.case:
        if public.case.status not in (_Status.ACCEPTED, _Status.ARCHIVED):
            raise NotAllowed(
                _("The case is not accepted. Its status: %(status)s.")
                % {"status": public.case.get_status_display()}
            )
        asked = agreeing.newest(public)
        if asked and asked.answer == Agreement.Answer.REFUSED:
            raise NotAllowed(_("The author does not want it published."))
        if public.partners.blocking().exists():
            raise NotAllowed(_("A partner objects. Record how it was solved first."))
    public.state, public.left_at, public.left_because = _State.PUBLISHED, None, ""
    public.save(update_fields=["state", "left_at", "left_because"])
    _move_case(public, _Status.PUBLISHED)
    done = events.record("shown again", about=preparing.about(public), at=at, by=by, reason=reason)
    if public.case:
        public_letters.left_the_library(public, key=done.pk, at=at)
    shelve(public)
    return public


@transaction.atomic
def ask_to_take_down(public: PublicCase, *, words: str, by: Colleague, at: datetime) -> PublicCase:
    """The author wishes that their published case be taken down; staff decide and answer. Asking again replaces the
    words. Raises NotAllowed for anybody else, without words, and for what is not public."""
    if not by.is_author or by.removed_at is not None:
        raise NotAllowed(_("Only the author of the case can do this."))
    if not words.strip():
        raise NotAllowed(_("Write a few words, so that we know what to do."))
    public = PublicCase.objects.locked().get(pk=public.pk)
    if not public.has_a_page:
        raise NotAllowed(_("It is not public."))
    public.withdrawal_asked_at = public.withdrawal_asked_at or at
    public.withdrawal_words = words.replace("\r\n", "\n").strip()[: agreeing.LONGEST_WORDS]
    public.save(update_fields=["withdrawal_asked_at", "withdrawal_words"])
    events.record("asked to take it down", about=preparing.about(public), at=at, by=by.address)
    return public


@transaction.atomic
def keep_public(public: PublicCase, *, words: str, by: User, at: datetime) -> PublicCase:
    """Answer an author who asked to take the case down that it stays, and why; they read the words in a letter."""
    if not words.strip():
        raise NotAllowed(_("Write to the author why."))
    public = _locked(public)
    if public.withdrawal_asked_at is None:
        raise NotAllowed(_("Nobody asks for it to be taken down any more."))
    public.withdrawal_asked_at, public.withdrawal_words = None, ""
    public.save(update_fields=["withdrawal_asked_at", "withdrawal_words"])
    done = events.record("kept public", about=preparing.about(public), at=at, by=by, reason=words)
    public_letters.kept_public(public, words=words.strip(), key=done.pk, at=at)
    return public


# -- Badges ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def award(
    public: PublicCase, badges: Iterable[Badge], *, by: User, at: datetime, reason: str = ""
) -> PublicCase:
    """Let the case have exactly these badges. Harmless when repeated."""
    public = _locked(public)
    wanted, standing = (
        {badge.pk: badge for badge in badges},
        {badge.pk: badge for badge in public.badges.all()},
    )
    if wanted.keys() == standing.keys():
        return public
    public.badges.set(wanted.values())
    events.record(
        "badges given",
        about=preparing.about(public),
        at=at,
        by=by,
        reason=reason,
        facts={
            "given": sorted(badge.key for pk, badge in wanted.items() if pk not in standing),
            "taken": sorted(badge.key for pk, badge in standing.items() if pk not in wanted),
        },
    )
    if public.edition and public.is_on_show:
        shelve(public)
    return public


# -- The rows ----------------------------------------------------------------------------------------------------------


def _locked(public: PublicCase) -> PublicCase:
    """The public version with its case, both locked, in this order. What they point to is fetched afterwards: a join
    would show it as it was before we waited for the lock."""
    case = Case.objects.locked().get(pk=public.case_id) if public.case_id else None
    found = PublicCase.objects.locked().get(pk=public.pk)
    if case is not None:
        found.case = case
    return found


def _fresh(public: PublicCase) -> PublicCase:
    """As it is after ``_written``, which has a row of its own."""
    found = PublicCase.objects.select_related("edition").get(pk=public.pk)
    if public.case is not None:
        found.case = public.case
    return found


def _move_case(public: PublicCase, status: str) -> None:
    """Let the case follow its public version. Raises NotAllowed for a move that ``MOVES`` does not know."""
    case = public.case
    if case is None or case.status == status:
        return
    if not case.may_become(status):
        raise NotAllowed(
            _("The case cannot become “%(status)s” now.") % {"status": dict(_Status.choices)[status]}
        )
    case.status = status
    case.save(update_fields=["status"])
