"""What the home page shows of this room: the newest cases of the library, and where in the world all of them are."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases import atlas
from cases.card_index import snapshot
from cases.models import PublicCase
from cases.questions import SECTORS, label_of, lang_of
from cases.showing import tint_of
from people.places import country_name

SHOWN = 3
#: Places named on a card before the rest is counted.
PLACES_NAMED = 3


def newest_cases(at: datetime) -> dict | None:
    """The cases that came out last, as plain values, and the map; None while the library is empty. Two statements, and
    two more when the library has changed."""
    newest = PublicCase.objects.on_show().order_by("-published_at", "-pk")
    cases = newest.only("slug", "title", "short", "language", "card", "origin")[:SHOWN]
    rows = [
        {
            "title": case.title,
            "url": reverse("cases:case", args=[case.slug]),
            "words": case.short,
            "language": lang_of(case.language),
            "line": places_in_words(case.card.get("places", [])),
            "mark": _("Desk research") if case.origin == PublicCase.Origin.DESK_RESEARCH else "",
            "kind": label_of(SECTORS, sector) if sector else _("Case"),
            "tint": tint_of(sector),
        }
        for case in cases
        for sector in [next(iter(case.card.get("sectors", ())), "")]
    ]
    if not rows:
        return None
    return {
        "key": "cases",
        "title": _("The latest cases"),
        "words": _("Real work that governments do together across borders."),
        "rows": rows,
        "more": {"url": reverse("cases:library"), "words": _("All cases in the library")},
        "map": world(),
    }


def world() -> dict:
    """All cases on show on a map, with the same as a table; drawn once for each language until the shelf changes."""
    shelf, here = snapshot(), reverse("cases:library")

    def draw() -> dict:
        return atlas.world_map(
            shelf.counts("country", shelf.everything),
            shelf.pair_counts(shelf.everything),
            place_link=lambda code: f"{here}?country={code}",
            pair_link=lambda pair: f"{here}?pair={pair}",
        )

    return shelf.remember(("map at home", get_language()), draw)


def places_in_words(places: list[dict]) -> str:
    """«Narva · Ivangorod · Estonia and 2 more»: who works together, each place once, the lead first."""
    in_order = sorted(places, key=lambda place: not place["is_lead"])
    names = list(dict.fromkeys(place["name"] or country_name(place["country"]) for place in in_order))
    said = " · ".join(names[:PLACES_NAMED])
    if (more := len(names) - PLACES_NAMED) > 0:
        said += " " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return said
