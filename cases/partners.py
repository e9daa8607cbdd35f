"""Partners named in a case are asked to confirm it, by a link and without an account, where an address is known.

What they say is theirs and never public; how many confirmed is. An objection blocks publishing until staff record how
it was solved. Locks: public version, then partner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cases import agreeing, answers, preparing, public_letters
from cases.agreeing import Overtaken
from cases.drafting import NotAllowed, TooMany
from cases.models import Case, Colleague, Partner, PartnerStanding, PublicCase
from cases.questions import COLUMNS
from cases.shelving import note, shelve
from outbox import posting
from outbox.models import OutboxMessage
from people import events, limits
from people.models import Address, Consent, EventWords, User, normal

_State = Partner.State
#: How long after the letter each of the two reminders comes; a week after the second, silence is no answer.
REMIND_AFTER = (timedelta(days=7), timedelta(days=14))
NO_ANSWER_AFTER = timedelta(days=7)
#: Letters to partners of one case.
LETTERS_A_DAY = 60
LONGEST_WORDS = 5_000
BATCH = 200
#: A case in one of these is asked about; of any other its partners are told that we no longer need an answer.
ASKED_IN = (Case.Status.ACCEPTED, Case.Status.PUBLISHED, Case.Status.ARCHIVED)

#: What a partner can say, and what becomes of their row.
CONFIRM, SUGGEST, OBJECT, WITHDRAW = "confirm", "suggest", "object", "withdraw"
BECOMES = {
    CONFIRM: _State.CONFIRMED,
    SUGGEST: _State.SUGGESTED,
    OBJECT: _State.OBJECTED,
    WITHDRAW: _State.WITHDREW,
}
#: What the book says of it. The address of whoever said it stands in no event.
SAID = {
    CONFIRM: "a partner confirmed",
    SUGGEST: "a partner proposed a correction",
    OBJECT: "a partner objected",
    WITHDRAW: "a partner took the confirmation back",
}


@dataclass(frozen=True)
class Asking:
    """One partner in the dry run: whether a letter goes to them when the button is pressed, else why none does."""

    partner: Partner
    why_not: str = ""


# -- Who they are ------------------------------------------------------------------------------------------------------


@transaction.atomic
def gather(public: PublicCase, *, at: datetime) -> list[Partner]:
    """The rows of the partners, brought in line with the version that the public one rests on. Safe to repeat.

    The jurisdiction that leads is no partner of itself. A partner whose address has changed is asked anew, and the
    link to the old address ends; one that is no longer named goes, unless it has objected.
    """
    public = PublicCase.objects.locked().get(pk=public.pk)
    named, gone = _lined_up(public, at=at, address_of=Address.objects.known)
    for partner in named:
        partner.save()
    for partner in gone:
        posting.expire(("partner", partner.pk), at=at)
        partner.delete()
    return list(public.partners.select_related("address", "solved_by").order_by("pk"))


def _lined_up(public: PublicCase, *, at: datetime, address_of: Any) -> tuple[list[Partner], list[Partner]]:
    """The partners as they would be once they are gathered, and those that would go; nothing is written, but for what
    ``address_of`` does to know a mailbox."""
    if public.made_from is None or public.case_id is None:
        return [], []
    said = public.made_from.answers
    lead = said.get("jurisdictions.lead")
    theirs = _addresses_of_authors(public)
    standing = {
        partner.key: partner
        for partner in public.partners.select_related("address", "solved_by").order_by("pk")
    }
    named = []
    for row in answers.rows_of(said):
        if answers.said(row) and row["id"] != lead:
            partner = standing.pop(row["id"], None) or Partner(public_case=public, key=row["id"])
            email = _mailbox(row.get("contact", ""), at=at)
            is_known = partner.address is not None and partner.address.email == email
            if is_known or not email or email in theirs:
                address = partner.address if is_known else None
            else:
                address = address_of(email, at=at)
            _fill(partner, row, address)
            named.append(partner)
    stays = [each for each in standing.values() if each.state == _State.OBJECTED and each.solved_at is None]
    return [*named, *stays], [each for each in standing.values() if each not in stays]


def _as_known(email: str, *, at: datetime) -> Address:
    """The row of a mailbox, or what it would be."""
    return Address.objects.filter(email=email).first() or Address(email=email, created_at=at)


def _fill(partner: Partner, row: dict, address: Address | None) -> None:
    partner.country, partner.level = row.get("country", ""), row.get("level", "")
    partner.name = row.get("name", "").strip()[:200]
    partner.organisation = row.get("organisation", "").strip()[:300]
    if partner.forgotten_at is not None:
        return
    if partner.pk is None or (address is not None and address is not partner.address):
        partner.address = address
        partner.generation = partner.generation + 1 if partner.pk else 1
        partner.state = _State.NOT_ASKED if address else _State.NO_ADDRESS
        partner.reminders, partner.reminded_at, partner.silent_at, partner.digest = 0, None, None, ""


def _mailbox(contact: str, *, at: datetime) -> str:
    """The address in a contact, or "" for none and for what is no address."""
    email = normal(str(contact or ""))
    return "" if not email or answers.complaint(COLUMNS["contact"], email, at=at) else email


def _addresses_of_authors(public: PublicCase) -> set[str]:
    """Whoever writes the case confirms nothing by confirming their own words."""
    parts = Colleague.objects.present().filter(case=public.case_id)
    return set(parts.values_list("address__email", flat=True))


# -- Asking ------------------------------------------------------------------------------------------------------------


def plan(public: PublicCase, *, at: datetime) -> list[Asking]:
    """Who would be asked now, and who not, and why. Shown before the button; nothing is written."""
    named, _gone = _lined_up(public, at=at, address_of=_as_known)
    return [Asking(partner, _why_not(partner)) for partner in named]


def _why_not(partner: Partner) -> str:
    if partner.address is None:
        return _("No address is known, or it is one of the authors’ own.")
    if partner.address.suppressed_at is not None or not partner.address.wants(public_letters.PARTNER):
        return _("This address gets no letters from us.")
    if partner.state != _State.NOT_ASKED:
        return str(partner.get_state_display())
    return ""


@transaction.atomic
def ask_all(public: PublicCase, *, by: User, at: datetime) -> int:
    """Write to every partner who was not asked yet; returns how many. Safe to repeat. Raises NotAllowed while something
    is missing in the text and for a case that is not to be published, TooMany beyond the letters of a day."""
    public = PublicCase.objects.locked().get(pk=public.pk)
    _may_be_asked(public)
    if preparing.missing_in(public.draft):
        raise NotAllowed(_("Something is missing in the public version. Complete it first."))
    asked = [partner for partner in gather(public, at=at) if not _why_not(partner)]
    for partner in asked:
        _write_to(partner, public, at=at)
    if asked:
        events.record(
            "asked the partners",
            about=preparing.about(public),
            at=at,
            by=by,
            facts={"partners": [partner.pk for partner in asked]},
        )
        _shelve_again(public)
    return len(asked)


@transaction.atomic
def ask_anew(partner: Partner, *, by: User, at: datetime) -> Partner:
    """Write to one partner once more, whatever they said; the links sent before end. Raises NotAllowed, TooMany."""
    public = PublicCase.objects.locked().get(pk=partner.public_case_id)
    _may_be_asked(public)
    partner = Partner.objects.locked().select_related("address").get(pk=partner.pk)
    if (
        partner.address is None
        or partner.address.suppressed_at
        or not partner.address.wants(public_letters.PARTNER)
    ):
        raise NotAllowed(_("No letter can go to this partner."))
    posting.expire(("partner", partner.pk), at=at)
    partner.generation += 1
    _write_to(partner, public, at=at)
    events.record(
        "asked a partner anew", about=preparing.about(public), at=at, by=by, facts={"partner": partner.pk}
    )
    _shelve_again(public)
    return partner


def _may_be_asked(public: PublicCase) -> None:
    if public.case is None or public.case.status not in ASKED_IN:
        raise NotAllowed(_("The case is not to be published, so nobody is asked about it."))


def _write_to(partner: Partner, public: PublicCase, *, at: datetime) -> None:
    if not limits.take("partners", f"case {public.case_id}", at=at, limit=LETTERS_A_DAY, window=limits.DAY):
        raise TooMany(_("The partners of this case were written to many times today. Go on tomorrow."))
    partner.state, partner.asked_at = _State.ASKED, at
    partner.reminders, partner.reminded_at, partner.silent_at, partner.answered_at = 0, None, None, None
    partner.solution, partner.solved_by, partner.solved_at = "", None, None
    partner.digest = ""
    partner.save()
    partner.public_case = public
    public_letters.partner_asked(partner, at=at)


def remind(at: datetime) -> int:
    """Two reminders, after 7 and 14 days, then silence is noted as such. Safe to repeat; returns how many rows moved."""
    moved = 0
    for reminders, after in enumerate(REMIND_AFTER):
        waiting = Partner.objects.filter(reminders=reminders, asked_at__lte=at - after)
        while batch := _move_some(waiting, at=at):
            moved += batch
    waiting = Partner.objects.filter(reminders=len(REMIND_AFTER), reminded_at__lte=at - NO_ANSWER_AFTER)
    while batch := _move_some(waiting, at=at):
        moved += batch
    return moved


@transaction.atomic
def _move_some(waiting, *, at: datetime) -> int:
    waiting = waiting.filter(
        state=_State.ASKED, silent_at__isnull=True, public_case__case__status__in=ASKED_IN
    )
    can_skip = connection.features.has_select_for_update_skip_locked
    due = dict(waiting.order_by("pk").values_list("pk", "public_case")[:BATCH])
    publics = PublicCase.objects.select_for_update(of=("self",), no_key=True, skip_locked=can_skip)
    held = list(publics.filter(pk__in=set(due.values())).order_by("pk").values_list("pk", flat=True))
    found = waiting.filter(pk__in=due, public_case__in=held)
    found = found.select_for_update(of=("self",), skip_locked=can_skip)
    batch = list(found.select_related("public_case__case__call", "address").order_by("pk"))
    for partner in batch:
        if partner.reminders < len(REMIND_AFTER):
            partner.reminders, partner.reminded_at = partner.reminders + 1, at
            if partner.address is not None:
                public_letters.partner_asked(partner, at=at)
        else:
            partner.silent_at = at
        partner.save(update_fields=["reminders", "reminded_at", "silent_at"])
    note(partner.public_case_id for partner in batch if partner.silent_at is not None)
    return len(batch)


# -- Answering ---------------------------------------------------------------------------------------------------------


def shown_to(public: PublicCase) -> dict[str, Any] | None:
    """The text that partners read: what is public; before that what the author was asked about last, else the draft.
    None once it was taken down, or is not to be published: it is theirs no more than anybody's."""
    case = public.case
    if case is None or case.status not in ASKED_IN or public.state == PublicCase.State.UNPUBLISHED:
        return None
    if public.edition is not None:
        return public.edition.said
    asked = agreeing.newest(public)
    return asked.shown if asked else public.draft


@transaction.atomic
def answer(
    partner: Partner,
    *,
    said: str,
    words: str = "",
    generation: int,
    at: datetime,
    seen: str | None = None,
) -> Partner:
    """Keep what a partner says; they may say something else later, by the same link. The same again changes nothing.

    ``seen`` is the digest of the text on the page on which they confirm. Raises Overtaken when partners read another
    text by now; NotAllowed for an answer that is none, without words where words are needed, from a link that has
    ended, of a case that is not to be published, and for confirming what is not shown.
    """
    public = PublicCase.objects.locked().get(pk=partner.public_case_id)
    partner = Partner.objects.locked().select_related("address").get(pk=partner.pk)
    if partner.generation != generation or partner.address is None:
        raise NotAllowed(_("This link has ended. Use the newest letter."))
    if public.case is None or public.case.status not in ASKED_IN:
        raise NotAllowed(_("The case is not to be published, so we no longer need an answer."))
    if said not in BECOMES or (said == WITHDRAW and partner.state not in (_State.CONFIRMED, _State.WITHDREW)):
        raise NotAllowed(_("Choose an answer."))
    words = words.replace("\r\n", "\n").strip()[:LONGEST_WORDS]
    if said in (SUGGEST, OBJECT) and not words:
        raise NotAllowed(_("Write a few words, so that we know what to do."))
    digest = _digest_to_confirm(public, seen) if said == CONFIRM else ""
    if (partner.state, partner.words, partner.digest) == (BECOMES[said], words, digest):
        return partner
    partner.digest = digest
    partner.state, partner.words, partner.answered_at, partner.silent_at = BECOMES[said], words, at, None
    partner.solution, partner.solved_by, partner.solved_at = "", None, None
    partner.save()
    posting.expire(("partner", partner.pk), at=at)
    events.record(SAID[said], about=preparing.about(public), at=at, facts={"partner": partner.pk})
    if said == SUGGEST:
        partner.public_case = public
        public_letters.partner_suggests(partner, at=at)
    _shelve_again(public)
    return partner


def _digest_to_confirm(public: PublicCase, seen: str | None) -> str:
    content = shown_to(public)
    if content is None:
        raise NotAllowed(_("The text of this case is not shown at present."))
    digest = preparing.digest(content)
    if seen is not None and seen != digest:
        raise Overtaken
    return digest


@transaction.atomic
def solve(partner: Partner, *, solution: str, by: User, at: datetime) -> Partner:
    """Record how an objection was solved, or what was done about a correction or a confirmation taken back; from then on
    it no longer waits, and an objection no longer blocks. Raises NotAllowed without words, and when it is solved."""
    if not solution.strip():
        raise NotAllowed(_("Say how it was solved; it stays in the history."))
    public = PublicCase.objects.locked().get(pk=partner.public_case_id)
    partner = Partner.objects.locked().get(pk=partner.pk)
    if not Partner.objects.to_look_at().filter(pk=partner.pk).exists():
        raise NotAllowed(_("There is nothing to solve, or somebody has recorded its solution already."))
    partner.solution, partner.solved_by, partner.solved_at = solution.strip()[:LONGEST_WORDS], by, at
    partner.save(update_fields=["solution", "solved_by", "solved_at"])
    events.record(
        "solved what a partner said",
        about=preparing.about(public),
        at=at,
        by=by,
        reason=solution.strip(),
        facts={"partner": partner.pk, "state": partner.state},
    )
    return partner


@transaction.atomic
def forget(partner: Partner, *, reason: str, by: User, at: datetime) -> None:
    """Part with the address of a partner and with their words and public_letters. That they confirmed stays counted; who has
    not answered is, from now on, somebody without an address. Raises NotAllowed without a reason; safe to repeat."""
    if not reason.strip():
        raise NotAllowed(_("Give a reason; it stays in the history."))
    public = PublicCase.objects.locked().get(pk=partner.public_case_id)
    partner = Partner.objects.locked().get(pk=partner.pk)
    address = partner.address_id
    if address is None:
        return
    partner.address, partner.words, partner.forgotten_at = None, "", at
    partner.generation += 1
    if partner.state != _State.CONFIRMED and not (partner.state == _State.OBJECTED and not partner.solved_at):
        partner.state = _State.NO_ADDRESS
    partner.save()
    OutboxMessage.objects.filter(subject_kind="partner", subject_id=str(partner.pk)).delete()
    EventWords.objects.filter(event__object_kind="partner", event__object_id=str(partner.pk)).delete()
    _forget_address(address)
    events.record(
        "forgot a partner",
        about=preparing.about(public),
        at=at,
        by=by,
        reason=reason,
        facts={"partner": partner.pk},
    )
    _shelve_again(public)


def _forget_address(pk: int) -> None:
    """Unless somebody else needs it, or its own wish that nobody writes to it."""
    if Consent.objects.filter(address=pk).exists():
        return
    try:
        with transaction.atomic():
            Address.objects.filter(pk=pk, suppressed_at=None).delete()
    except ProtectedError:
        return


# -- Counting ----------------------------------------------------------------------------------------------------------


def standing_of(public: PublicCase) -> PartnerStanding:
    """How many confirmed, for the page of the case: numbers, and nothing of who. One statement."""
    return public.partners.standing()


def confirmed_earlier(public: PublicCase) -> set[int]:
    """Who confirmed another text than that of the draft, as keys: whom staff may want to ask anew. One statement."""
    told = public.partners.filter(state=_State.CONFIRMED).exclude(
        digest__in=["", preparing.digest(public.draft)]
    )
    return set(told.values_list("pk", flat=True))


def in_words(standing: PartnerStanding) -> list[str]:
    """«Confirmed by 3 of 4 partners», and of the others what there is to say; [] for a case without partners."""
    if not standing.partners:
        return []
    told = [
        (
            True,
            _("Confirmed by %(n)s of %(all)s partners.")
            % {"n": standing.confirmed, "all": standing.partners},
        ),
        (standing.asked, _("Asked, still time to answer: %(n)s.") % {"n": standing.asked}),
        (standing.no_answer, _("Asked three times, no answer: %(n)s.") % {"n": standing.no_answer}),
        (standing.suggested, _("Proposed a correction: %(n)s.") % {"n": standing.suggested}),
        (standing.objected, _("Objected: %(n)s.") % {"n": standing.objected}),
        (standing.withdrew, _("Took the confirmation back: %(n)s.") % {"n": standing.withdrew}),
        (
            standing.no_address + standing.not_asked,
            _("Not asked, for no address is known: %(n)s.") % {"n": standing.no_address + standing.not_asked},
        ),
    ]
    return [words for there, words in told if there]


def _shelve_again(public: PublicCase) -> None:
    if public.is_on_show:
        shelve(PublicCase.objects.select_related("edition", "call").get(pk=public.pk))
    elif public.has_a_page:
        note([public.pk])
