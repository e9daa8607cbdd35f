"""The library: finding cases by words, filters, a map and pages. Everything that is asked stands in the address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import atlas, finding
from cases.finding import Found, kind_in_words
from cases.highlighting import marked, snippet
from cases.models import PublicCase
from cases.questions import SECTORS, STAGES, label_of, lang_of
from cases.showing import direction_of, tint_of
from cases.views.case import stamp_of
from people.fresh import fresh
from people.places import country_name

#: So many values of a filter are shown at once; the others open with a press.
SHOWN = 6
MOST_TAGS = 18


@require_safe
@fresh(stamp_of)
def library(request: HttpRequest) -> HttpResponse:
    """Search, filters, map, cards: one address for every result."""
    result = finding.found(request.GET, at=request.arrived_at)
    shelf = result.shelf
    every, gathered = len(shelf), shelf.having("origin:desk-research").bit_count()
    told = "alone" if not gathered else "none" if gathered == every else "both"
    return render(request, "cases/library.html", {**shown(request, result), "all": every, "told": told})


def shown(request: HttpRequest, result: Found) -> dict[str, Any]:
    asked, here = result.asked, reverse("cases:library")
    names = finding.badge_names() if "badge" in result.shelf.kinds or "badge" in asked.chosen else {}
    facets = [facet for kind in finding.KINDS if (facet := facet_of(result, kind, names))]

    usual = (
        "relevance" if asked.q else "newest"
    )  # says nothing in the address, so that a new question is sorted anew

    def to(other: finding.Asked | None = None, **changes: Any) -> str:
        query = (other or asked).query(**changes)
        return f"{here}?{query}" if query else here

    return {
        "asked": asked,
        "result": result,
        "instead": result.search.instead if result.search else "",
        "literally": to(literally=True),
        "facets": facets,
        "chips": [
            {
                "kind": kind_in_words(kind),
                "words": value_in_words(kind, value, names),
                "url": to(asked.without(kind, value)),
            }
            for kind, value in asked.filters
        ],
        "cleared": to(chosen={}, pairs=()),
        "cards": cards_of(result),
        "map": map_of(result),
        "ways_on": ways_on(result, to, names) if not result.count else None,
        "canonical": request.build_absolute_uri(to(page=result.page)),
        "earlier": to(page=result.page - 1) if result.page > 1 else "",
        "later": to(page=result.page + 1) if result.page < result.pages else "",
        "sorts": [
            {"key": "" if key == usual else key, "words": words, "is_chosen": key == asked.order}
            for key, words in (
                ("relevance", _("Best match first")),
                ("newest", _("Newest first")),
                ("title", _("Title A–Z")),
            )
            if asked.q or key != "relevance"
        ],
    }


# -- Filters ---------------------------------------------------------------------------------------------------------

#: Drawn here: there are a hundred and more of them, and a template takes 150 µs for each.
_OPTION = (
    '<div class="pick"><input type="checkbox" id="{id}" name="{kind}" value="{value}" form="find"{checked}>'
    '<label for="{id}"><bdi>{words}</bdi> <span class="soft num">({n})</span></label></div>'
)


def facet_of(result: Found, kind: str, badge_names: dict[str, str]) -> dict[str, Any] | None:
    """One filter with its values, the most frequent first; None where it would tell nothing apart."""
    chosen = result.asked.chosen.get(kind, ())
    counted = result.facet(kind)
    everywhere = len(counted) == 1 and list(counted.values()) == [result.count]
    if not counted or (everywhere and not chosen and kind in ("origin", "language", "call")):
        return None
    options = sorted(counted.items(), key=_order(kind, chosen))
    if kind == "tag":
        options = options[: max(MOST_TAGS, len(chosen))]
    drawn = [
        _OPTION.format(
            id=f"{kind}-{number}",
            kind=kind,
            value=escape(value),
            checked=" checked" if value in chosen else "",
            words=escape(value_in_words(kind, value, badge_names)),
            n=n,
        )
        for number, (value, n) in enumerate(options)
    ]
    first = max(SHOWN, len(chosen))
    return {
        "kind": kind,
        "title": kind_in_words(kind),
        "first": mark_safe("".join(drawn[:first])),  # noqa: S308 -- each part is escaped
        "more": mark_safe("".join(drawn[first:])),  # noqa: S308 -- each part is escaped
        "how_many_more": len(drawn[first:]),
    }


def _order(kind: str, chosen: tuple[str, ...]) -> Any:
    """Chosen ones first, then the most frequent; years the latest first."""
    if kind in ("year", "call"):
        return lambda one: (one[0] not in chosen, -int(one[0]))
    return lambda one: (one[0] not in chosen, -one[1], one[0])


def value_in_words(kind: str, value: str, badge_names: dict[str, str]) -> str:
    return badge_names.get(value, value) if kind == "badge" else finding.words_for(kind, value)


# -- Cards -----------------------------------------------------------------------------------------------------------

CARD_FIELDS = ("pk", "slug", "title", "short", "language", "year", "card", "origin")


def cards_of(result: Found) -> list[dict[str, Any]]:
    """The cards of the page that was asked for, with what was searched for marked in them."""
    keys = result.page_keys()
    rows = {row["pk"]: row for row in PublicCase.objects.filter(pk__in=keys).values(*CARD_FIELDS)}
    cards = [card_from(rows[key], result) for key in keys if key in rows]
    silent = [card for card in cards if result.marks and not card["is_marked"]]
    if silent:  # what was found stands in a text that cards do not show
        told = PublicCase.objects.filter(pk__in=[card["pk"] for card in silent]).select_related("edition")
        texts = {
            public.pk: [section["text"] for section in public.edition.said["sections"]] for public in told
        }
        for card in silent:
            card["snippet"] = snippet(texts.get(card["pk"], ()), result.marks)
    return cards


def card_from(row: dict[str, Any], result: Found | None = None) -> dict[str, Any]:
    """One card from the fields of ``CARD_FIELDS``, for any list of cases (``cases/_card.html``)."""
    told, marks = row["card"], result.marks if result else finding.Marks()
    title, short = marked(row["title"], marks), marked(row["short"], marks)
    english = told.get("title_english", "") if row["language"] != "en" else ""
    english = marked(english, marks)
    countries = list(dict.fromkeys(place["country"] for place in told.get("places", ())))
    names = [place["name"] for place in told.get("places", ()) if place["name"]]
    places = (
        [country_name(code) for code in countries]
        if len(countries) > 1
        else names or [country_name(code) for code in countries]
    )
    sector = next(iter(told.get("sectors", ())), "")
    return {
        "pk": row["pk"],
        "url": reverse("cases:library") + row["slug"] + "/",
        "title": title,
        "title_english": english,
        "short": short,
        "lang": lang_of(row["language"]),
        "dir": direction_of(row["language"]) if lang_of(row["language"]) else "auto",
        "topic": label_of(SECTORS, sector) if sector else _("Case"),
        "tint": tint_of(sector),
        "places": places[:4],
        "more_places": max(0, len(places) - 4),
        "stage": label_of(STAGES, told["stages"][-1]) if told.get("stages") else "",
        "year": row["year"],
        "is_research": row["origin"] == PublicCase.Origin.DESK_RESEARCH,
        "is_marked": any("<mark>" in text for text in (title, short, english)),
        "snippet": "",
    }


# -- The map ---------------------------------------------------------------------------------------------------------


def map_of(result: Found) -> dict[str, Any]:
    """The places of everything found; worked out once for each result in each language, until the shelf changes."""
    asked = result.asked
    here = reverse("cases:library")

    def draw() -> dict[str, Any]:
        shelf, everything = result.shelf, result.all
        elsewhere = {kind: values for kind, values in asked.chosen.items() if kind != "country"}
        to_place, to_pair = (
            f"{here}?{query}&" if query else f"{here}?"
            for query in (asked.query(chosen=elsewhere), asked.query(pairs=()))
        )
        return atlas.world_map(
            shelf.counts("country", everything),
            shelf.pair_counts(everything),
            place_link=lambda code: f"{to_place}country={code}",
            pair_link=lambda pair: f"{to_pair}pair={pair}",
        )

    return result.shelf.remember(("map", get_language(), here, asked.query(), result.all), draw)


# -- When nothing is found -------------------------------------------------------------------------------------------


def ways_on(result: Found, to: Any, badge_names: dict[str, str]) -> dict[str, Any]:
    """What somebody can do who found nothing."""
    asked, ways = result.asked, {}
    if less := result.without_a_filter():
        kind, value, n = less
        ways["filter"] = {
            "words": value_in_words(kind, value, badge_names),
            "n": n,
            "url": to(asked.without(kind, value)),
        }
    if less := result.without_a_word():
        ways["word"] = {"q": less[0], "n": less[1], "url": to(q=less[0])}
    if asked.filters and result.matches:
        ways["cleared"] = {"n": result.matches.bit_count(), "url": to(chosen={}, pairs=())}
    return ways
