"""What lies in the file of one public version: where it stands, who has said what, its editions, its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cases import answers, partners, preparing, publishing
from cases.admin import case_file
from cases.models import Agreement, Partner, PublicCase
from cases.questions import lang_of
from people import times
from people.models import Event, User

SHOWN = case_file.SHOWN


def contents(public: PublicCase, *, reader: User, at: datetime) -> dict[str, Any]:
    zone = zone_of(public)
    gaps = publishing.gaps_of(public) if public.state == PublicCase.State.PREPARING else []
    return {
        "lang": lang_of(public.draft.get("language", "")),
        "gaps": gaps,
        "facts": facts_of(public, at=at),
        "agreements": [agreement_row(each, public) for each in agreements_of(public)],
        "standing": partners.in_words(partners.standing_of(public)),
        "editions": [
            {
                "number": edition.number,
                "at": times.moment(edition.published_at, zone),
                "by": str(edition.published_by or ""),
                "note": edition.note,
                "digest": edition.digest,
                "is_intact": edition.is_intact,
            }
            for edition in public.editions.select_related("published_by").order_by("-number")[:SHOWN]
        ],
        "badges": list(public.badges.all()),
        "checks": [
            {
                "pk": check.pk,
                "asked": times.day(check.asked_at, zone),
                "answered": times.day(check.answered_at, zone) if check.answered_at else "",
                "answer": check.get_answer_display(),
                "words": check.words,
                "waits": bool(check.answer) and check.looked_at is None,
            }
            for check in public.yearly_checks.order_by("-pk")[:SHOWN]
        ],
        "events": events_of(public),
    }


def zone_of(public: PublicCase) -> Any:
    return public.case.call.zone if public.case else times.UTC


def agreements_of(public: PublicCase) -> list[Agreement]:
    rows = public.agreements.select_related("asked_of", "asked_by", "recorded_by").order_by("-pk")
    return list(rows[:SHOWN])


def agreement_row(asked: Agreement, public: PublicCase) -> dict[str, Any]:
    zone = zone_of(public)
    return {
        "asked": times.moment(asked.asked_at, zone),
        "by": str(asked.asked_by),
        "of": asked.asked_of.name,
        "reminded": times.day(asked.reminded_at, zone) if asked.reminded_at else "",
        "answer": str(asked),
        "answered": times.moment(asked.answered_at, zone) if asked.answered_at else "",
        "words": asked.words,
        "recorded_by": str(asked.recorded_by or ""),
        "is_this_text": asked.digest == preparing.digest(public.draft),
        "digest": asked.digest,
    }


def facts_of(public: PublicCase, *, at: datetime) -> list[tuple[str, str]]:
    zone = zone_of(public)
    facts = [
        (_("State"), str(public.get_state_display())),
        (_("Origin"), str(public.get_origin_display())),
        (_("Address"), public.path("en")),
    ]
    if public.case:
        facts.append((_("Status of the case"), str(public.case.get_status_display())))
    if public.made_from:
        facts.append((_("Compared with version"), str(public.made_from.number)))
    told = (
        (_("Begun"), public.begun_at),
        (_("Published"), public.published_at),
        (_("Latest version"), public.renewed_at),
        (_("Last confirmed"), public.confirmed_at),
        (_("Taken down or archived"), public.left_at),
    )
    facts += [(label, times.moment(instant, zone)) for label, instant in told if instant]
    if public.left_because:
        facts.append((_("Because"), public.left_because))
    if public.is_on_show and (since := public.not_confirmed_since(at)):
        facts.append((_("Not confirmed since"), times.day(since, zone)))
    return facts


def events_of(public: PublicCase) -> list[dict]:
    """The history of the case, or that of desk research, which has none."""
    if public.case:
        return case_file.history_of(public.case, list(public.case.colleagues.all()))
    rows = list(
        Event.objects.filter(object_kind="public case", object_id=str(public.pk)).order_by("-at", "-pk")[
            :SHOWN
        ]
    )
    staff = {user.pk: str(user) for user in User.objects.filter(pk__in={row.actor_id for row in rows})}
    return [
        {
            "at": row.at,
            "by": staff.get(row.actor_id) or str(row.get_actor_display()),
            "what": str(case_file.deeds().get(row.action, row.action)),
            "details": "",
            "why": row.reason,
        }
        for row in rows
    ]


# -- In the list -------------------------------------------------------------------------------------------------------


def row_of(public: PublicCase) -> dict[str, Any]:
    """One line of the list, in words; the queryset brought what it needs."""
    return {
        "url": reverse("admin:cases_publiccase_change", args=[public.pk]),
        "title": str(public),
        "lang": lang_of(public.language or public.draft.get("language", "")),
        "reference": public.case.reference if public.case else "",
        "state": public.get_state_display(),
        "state_key": public.state,
        "origin": public.get_origin_display(),
        "published": f"{public.published_at:%Y-%m-%d}" if public.published_at else "",
        "marks": marks_of(public),
    }


def marks_of(public: PublicCase) -> list[str]:
    """What waits for somebody, as facts beside the state."""
    marks = []
    answer = public.last_answer  # of the list alone
    if public.state == PublicCase.State.PREPARING and answer == Agreement.Answer.AGREED:
        marks.append(_("the author agrees"))
    elif answer == Agreement.Answer.WISHES:
        marks.append(_("the author wishes changes"))
    elif answer == Agreement.Answer.REFUSED:
        marks.append(_("the author refuses"))
    elif answer == "":
        marks.append(_("the author was asked"))
    if public.partners_wait:
        marks.append(_("a partner said something"))
    if public.check_waits:
        marks.append(_("something has changed"))
    if public.withdrawal_asked_at:
        marks.append(_("asks to take it down"))
    return marks


# -- Partners ----------------------------------------------------------------------------------------------------------


def partner_row(asking: partners.Asking, public: PublicCase, *, sees_addresses: bool) -> dict[str, Any]:
    partner, zone = asking.partner, zone_of(public)
    instants = (
        (_("Asked on %(day)s."), partner.asked_at),
        (_("Reminded on %(day)s."), partner.reminded_at),
        (_("Answered on %(day)s."), partner.answered_at),
        (_("No answer since %(day)s."), partner.silent_at),
    )
    return {
        "pk": partner.pk,
        "key": partner.key,
        "name": str(partner),
        "place": answers.place({"country": partner.country, "level": partner.level, "name": partner.name}),
        "email": partner.address.email if partner.address and sees_addresses else "",
        "has_address": partner.pk is not None and partner.address is not None,
        "state": partner.get_state_display(),
        "why_not": asking.why_not,
        "when": [words % {"day": times.day(instant, zone)} for words, instant in instants if instant],
        "words": partner.words,
        "solution": partner.solution,
        "solved_by": str(partner.solved_by or ""),
        "waits": waits(partner),
        "blocks": partner.state == Partner.State.OBJECTED and partner.solved_at is None,
    }


def waits(partner: Partner) -> bool:
    said = (Partner.State.OBJECTED, Partner.State.SUGGESTED, Partner.State.WITHDREW)
    return partner.state in said and partner.solved_at is None
