"""The baseline in figures, and who works with whom; overall or for one call, by ``?call=2027``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import network as networks
from cases.baseline import figures
from cases.card_index import Snapshot, snapshot
from cases.finding import Asked
from cases.views.case import stamp_of
from people.fresh import fresh


@require_safe
@fresh(stamp_of)
def baseline(request: HttpRequest) -> HttpResponse:
    """What the published cases say, in words, plots and tables."""
    shelf = snapshot()
    call, note = _call(request, shelf)
    told = figures(shelf, call=call, link=_link, at=request.arrived_at)
    return render(
        request, "cases/baseline.html", {**told, **_frame(request, shelf, call, note, "cases:baseline")}
    )


@require_safe
@fresh(stamp_of)
def network(request: HttpRequest) -> HttpResponse:
    """Which places have cases in common."""
    shelf = snapshot()
    call, note = _call(request, shelf)
    among = shelf.having(f"call:{call}") if call else shelf.everything
    chosen: dict[str, tuple[str, ...]] = {"call": (call,)} if call else {}
    told = shelf.remember(
        ("network", get_language(), call),
        lambda: networks.who_with_whom(
            shelf.pair_counts(among), lambda pair: _link({**chosen, "pair": (pair,)})
        ),
    )
    context = {"n": among.bit_count(), "told": told}
    return render(
        request, "cases/network.html", {**context, **_frame(request, shelf, call, note, "cases:network")}
    )


def _call(request: HttpRequest, shelf: Snapshot) -> tuple[str, str]:
    """The call that was asked for, if the library has cases of it; and a word where it has none."""
    asked = request.GET.get("call", "")
    if not asked or f"call:{asked}" in shelf.held:
        return asked, ""
    return "", _("The library has no case of that call, so these are the figures of all cases.")


def _link(chosen: dict[str, tuple[str, ...]]) -> str:
    """The address of the cases with these values."""
    pairs = chosen.get("pair", ())
    asked = Asked(chosen={kind: values for kind, values in chosen.items() if kind != "pair"}, pairs=pairs)
    query = asked.query()
    return reverse("cases:library") + (f"?{query}" if query else "")


def _frame(request: HttpRequest, shelf: Snapshot, call: str, note: str, name: str) -> dict[str, Any]:
    here = reverse(name)
    calls = sorted((value.partition(":")[2] for value in shelf.kinds.get("call", ())), reverse=True)
    ways = [{"words": _("All cases"), "url": here, "is_here": not call}]
    ways += [
        {"words": _("Call %(year)s") % {"year": year}, "url": f"{here}?call={year}", "is_here": year == call}
        for year in calls
    ]
    return {
        "call_year": call,
        "note": note,
        "ways": ways if calls else [],
        "other": f"?call={call}" if call else "",
        "canonical": request.build_absolute_uri(f"{here}?call={call}" if call else here),
    }
