"""What the home page shows of this room: the newest cases of the library."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import PublicCase
from people.places import country_name

SHOWN = 3
#: Places named on a card before the rest is counted.
PLACES_NAMED = 3
TINTS = ("sage", "sand", "lilac")


def newest_cases(at: datetime) -> dict | None:
    """The cases that came out last, as plain values; None while the library is empty. One statement."""
    newest = PublicCase.objects.on_show().order_by("-published_at", "-pk")
    cases = newest.only("slug", "title", "short", "language", "card")[:SHOWN]
    rows = [
        {
            "title": case.title,
            "url": reverse("cases:case", args=[case.slug]),
            "words": case.short,
            "language": case.language,
            "line": places_in_words(case.card.get("places", [])),
            "tint": tint,
        }
        for case, tint in zip(cases, TINTS, strict=False)
    ]
    if not rows:
        return None
    return {
        "key": "cases",
        "title": _("The latest cases"),
        "words": _("Real work that governments do together: how, with whom, and what came of it."),
        "rows": rows,
        "more": {"url": reverse("cases:library"), "words": _("All cases in the library")},
    }


def places_in_words(places: list[dict]) -> str:
    """«Narva · Ivangorod · Estonia and 2 more»: who works together, each place once, the lead first."""
    in_order = sorted(places, key=lambda place: not place["is_lead"])
    names = list(dict.fromkeys(place["name"] or country_name(place["country"]) for place in in_order))
    said = " · ".join(names[:PLACES_NAMED])
    if (more := len(names) - PLACES_NAMED) > 0:
        said += " " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return said
