"""The plan of a round: who should read what, looked at, put right by hand, given out in one action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.questions import CASE_LANGUAGES, label_of, lang_of
from people import times
from people.typing_in import key_in
from reviews import assigning, planning
from reviews.admin.pages import RoundPages
from reviews.admin.reviewers import MAY_GIVE, bar_of
from reviews.assigning import Plan
from reviews.models import Assignment, Dossier, Round
from reviews.planning import Proposal

#: Cases on one page of the plan: each is up to six boxes and a hidden field, and a request carries 500.
ON_A_PAGE = 50
#: Which cases are shown.
ALL, SHORT, BY_HAND = "all", "short", "by-hand"


class PlanPages(RoundPages):
    PAGES = (("plan/", "plan", "plan_view"),)
    DEEDS = (("plan", gettext_lazy("Give out cases"), MAY_GIVE),)

    def plan_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is kept before it is accepted: what was put right by hand travels along in the form."""
        round_ = self.round_for(request, pk, MAY_GIVE)
        changes, shown, problem = {}, "", ""
        if request.method == "POST":
            shown, changes = request.POST.get("fingerprint", ""), changes_in(request.POST)
            if request.POST.get("do") == "accept":
                problem = self._accept(request, round_, shown, changes)
                if not problem:
                    return self.back_to(round_, "plan")
        plan = assigning.plan_of(round_)
        kept = plan.those_that_hold(changes)
        if shown and shown != plan.fingerprint and not problem:
            problem = _("Something has changed since you looked: this is a new proposal.")
        if lost := lost_in(plan, changes, kept):
            problem = f"{problem} {lost}".strip()
        context = shown_on(request, plan, kept)
        title = _("Give out cases")
        return self.round_page(request, round_, "plan", title=title, problem=problem, **context)

    def _accept(
        self, request: HttpRequest, round_: Round, shown: str, changes: Mapping[int, list[int]]
    ) -> str:
        """Why nothing was given out, or ""."""
        try:
            done = assigning.accept(
                round_, fingerprint=shown, changes=changes, by=request.user, at=request.arrived_at
            )
        except assigning.Moved:
            return _(
                "Nothing was given out, for something has changed since you looked: this is a new proposal."
            )
        except assigning.NotPossible as refusal:
            return refusal.args[0]
        words = ngettext("%(cases)d case is given out: ", "%(cases)d cases are given out: ", done.cases)
        words += ngettext("%(n)d review to write.", "%(n)d reviews to write.", done.readings)
        self.log_change(request, round_, _("Cases given out."))
        messages.success(request, words % {"cases": done.cases, "n": done.readings})
        return ""


def changes_in(sent: Any) -> dict[int, list[int]]:
    """What was put right by hand: before, as the form carries it, and now, where a box says something else than the
    page had shown. What is no case or no reviewer is left out."""
    try:
        carried = json.loads(sent.get("by_hand", "") or "{}")
    except (ValueError, RecursionError):  # the second for brackets inside brackets, by the thousand
        carried = {}
    changes = {}
    for name, chosen in carried.items() if isinstance(carried, dict) else ():
        if (key := key_in(name)) is not None and isinstance(chosen, list):
            changes[key] = [each for each in chosen if type(each) is int]
    for name in sent:
        key = key_in(name.removeprefix("was-"))
        if name.startswith("was-") and key is not None:
            was, now = _keys(sent[name].split(".")), _keys(sent.getlist(f"reader-{key}"))
            if set(was) != set(now):
                changes[key] = now
    return changes


def _keys(values: list[str]) -> list[int]:
    return list(dict.fromkeys(key for value in values if (key := key_in(value)) is not None))


def lost_in(plan: Plan, changes: Mapping[int, list[int]], kept: Mapping[int, tuple[int, ...]]) -> str:
    """A sentence about changes by hand that cannot be any more, or ""."""
    lost = sum(
        set(kept.get(key, plan.proposal.given.get(key, ()))) != set(chosen) for key, chosen in changes.items()
    )
    words = ngettext(
        "%(n)d change by hand is no longer possible and was left out.",
        "%(n)d changes by hand are no longer possible and were left out.",
        lost,
    )
    return words % {"n": lost} if lost else ""


# -- What the page shows -----------------------------------------------------------------------------------------------


def shown_on(request: HttpRequest, plan: Plan, kept: Mapping[int, tuple[int, ...]]) -> dict:
    proposal = plan.changed(kept)
    asked = request.POST if request.method == "POST" else request.GET
    narrowed = asked.get("narrow", "")
    if asked.get("show") in (ALL, SHORT, BY_HAND):  # the button that was pressed
        narrowed = asked["show"]
    narrowed = narrowed if narrowed in (SHORT, BY_HAND) else ALL
    keys = [case.key for case in plan.cases]
    if narrowed != ALL:
        wanted = proposal.short if narrowed == SHORT else kept
        keys = [key for key in keys if key in wanted]
    page = 1 if "show" in asked else _page(asked, len(keys))
    here = keys[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return {
        "fingerprint": plan.fingerprint,
        "by_hand": json.dumps({str(key): list(chosen) for key, chosen in sorted(kept.items())}),
        "cases": len(plan.cases),
        "wanted": sum(plan.missing(case.key) for case in plan.cases),
        "readings": proposal.readings,
        "given": sum(bool(chosen) for chosen in proposal.given.values()),
        "short": len(proposal.short),
        "changed": len(kept),
        "readers": reader_rows(plan, proposal),
        "beyond": plan.beyond_their_cap(proposal),
        "rows": case_rows(plan, proposal, here, kept),
        "found": len(keys),
        "narrowed": narrowed,
        "page": page,
        "page_before": page - 1 if page > 1 else 0,
        "next_page": page + 1 if len(keys) > page * ON_A_PAGE else 0,
        **pace_words(plan.round, request.arrived_at),
    }


def _page(asked: Any, found: int) -> int:
    last = max(1, -(-found // ON_A_PAGE))
    return min(max(1, key_in(asked.get("p", "")) or 1), last)


def reader_rows(plan: Plan, proposal: Proposal) -> list[dict]:
    """A line for each reviewer: what they have, what they would get, and how much of what they take that is."""
    return [
        {
            "key": reader.key,
            "name": reader.name,
            "languages": ", ".join(str(words) for key, words in CASE_LANGUAGES if key in reader.languages),
            "has": reader.load,
            "gets": proposal.loads[reader.key] - reader.load,
            "all": proposal.loads[reader.key],
            "cap": reader.cap,
            "beyond": proposal.loads[reader.key] > reader.cap,
            "bar": bar_of(reader.load, proposal.loads[reader.key] - reader.load, reader.cap),
        }
        for reader in sorted(plan.readers, key=lambda reader: (reader.name.casefold(), reader.key))
    ]


def case_rows(
    plan: Plan, proposal: Proposal, keys: list[int], kept: Mapping[int, tuple[int, ...]]
) -> list[dict]:
    """A line for each of these cases: a box for each reader that it lacks, and why each of them fits. Two statements."""
    dossiers = Dossier.objects.filter(pk__in=keys).select_related("case", "submission")
    told = {
        each.pk: each
        for each in dossiers.only("case__reference", "submission__title", "submission__language")
    }
    has: dict[int, list[str]] = {key: [] for key in keys}
    given = Assignment.objects.active().filter(dossier__in=keys).select_related("reviewer__user")
    for each in given.order_by("given_at", "pk"):
        has[each.dossier_id].append(str(each.reviewer))
    return [case_row(plan, proposal, told[key], has[key], key in kept) for key in keys if key in told]


def case_row(plan: Plan, proposal: Proposal, dossier: Dossier, has: list[str], by_hand: bool) -> dict:
    work, chosen = plan.by_key[dossier.pk], proposal.given[dossier.pk]
    able = [(reader.key, reader.name) for reader in plan.who_may_read(dossier.pk)]
    boxes = [*chosen, *[0] * (plan.missing(dossier.pk) - len(chosen))]
    language = dossier.submission.language
    return {
        "key": dossier.pk,
        "reference": dossier.case.reference,
        "title": dossier.submission.title,
        "lang": lang_of(language),
        "language": label_of(CASE_LANGUAGES, language),
        "has": has,
        "was": ".".join(map(str, chosen)),
        "able": able,
        "boxes": [
            {
                "number": number,
                "chosen": key,
                "why": planning.why(plan.reader_by_key[key], work, proposal.loads[key]) if key else "",
            }
            for number, key in enumerate(boxes, 1)
        ]
        if able
        else [],
        "by_hand": by_hand,
        "short": proposal.short.get(dossier.pk, ""),
    }


def pace_words(round_: Round, at) -> dict:
    """When it will be done if it goes on like this, in words, and whether that is later than was promised."""
    pace = assigning.pace_of(round_, at)
    ends_at = pace.ends_at(at)
    return {
        "left": pace.left,
        "a_day": f"{pace.a_day:.1f}",
        "foretold": times.day(ends_at, round_.call.zone) if ends_at and pace.left else "",
        "promised": times.day(round_.promised_at, round_.call.zone) if round_.promised_at else "",
        "too_late": bool(ends_at and round_.promised_at and ends_at > round_.promised_at),
    }
