"""Places on a map of dots: no tile server, no borders, drawn here as SVG.

The land is a path of dots on a grid of ten units, in the Equal Earth projection (Šavrič, Patterson and Jenny, 2018) seen
from 11° East. A country stands where its capital is: ``data/places.json`` has the latitude and longitude of each, from
the table of the time zone database (in the public domain), of the capital where that has another city first; the
European Union stands in Brussels. International organisations are in the table beside the map, and not on it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.places import country_name

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT = 960, 407
#: How the projection lies on the dots: units for each radian, and where 11° East meets the equator.
SCALE, CENTRE_X, CENTRE_Y, MERIDIAN = 175.0, 483.0, 222.0, 11.0
_A = (1.340264, -0.081106, 0.000893, 0.003796)
#: Radius of a place in units: so large that a finger finds it, and never so large that it hides a continent.
SMALLEST, LARGEST = 14.5, 30.0
#: So many places are drawn with their number, so many pairs as lines; the table has the rest.
MOST_PINS, MOST_TIES = 60, 40
#: How far a number may stand from its place, so that all can be read.
RINGS, DIRECTIONS = (9, 18, 27, 36), 12
#: The smallest piece of the world that a small map shows.
NARROWEST = 260.0


@lru_cache(maxsize=1)
def coordinates() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of each place that stands on the map, in degrees."""
    told = json.loads((DATA / "places.json").read_text())
    return {code: (lat, lon) for code, (lat, lon) in told.items() if code != "INT"}


@lru_cache(maxsize=1)
def land() -> str:
    return (DATA / "land.txt").read_text().strip()


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place stands on the map, from the upper left corner, in units of the drawing."""
    turned = math.radians((longitude - MERIDIAN + 180) % 360 - 180)
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    flat = 3 * (_A[0] + 3 * _A[1] * t**2 + t**6 * (7 * _A[2] + 9 * _A[3] * t**2))
    x = 2 * math.sqrt(3) * turned * math.cos(t) / flat
    y = t * (_A[0] + _A[1] * t**2 + t**6 * (_A[2] + _A[3] * t**2))
    return CENTRE_X + SCALE * x, CENTRE_Y - SCALE * y


@lru_cache(maxsize=300)
def spot(code: str) -> tuple[float, float] | None:
    """Where a country stands on the map, or None for what has no place."""
    return project(*coordinates()[code]) if code in coordinates() else None


@dataclass(frozen=True)
class Pin:
    """A number on the map, beside its place where others stand there already."""

    code: str
    n: int
    x: float
    y: float
    radius: float


def pins_of(counts: Mapping[str, int]) -> list[Pin]:
    """The places with their numbers, the most frequent first, so that none covers another. The same for the same counts."""
    placed: list[Pin] = []
    most = max(counts.values(), default=1)
    for code, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        here = spot(code)
        if here is None or len(placed) == MOST_PINS:
            continue
        radius = max(SMALLEST, 6.5 + 4.2 * len(str(n)), LARGEST * math.sqrt(n / most))
        if free := next((at for at in _around(*here) if _is_free(*at, radius, placed)), None):
            placed.append(Pin(code, n, *free, radius))
    return placed


def _around(x: float, y: float) -> Iterable[tuple[float, float]]:
    yield x, y
    for ring in RINGS:
        for step in range(DIRECTIONS):
            turn = 2 * math.pi * step / DIRECTIONS
            yield x + ring * math.cos(turn), y + ring * math.sin(turn)


def _is_free(x: float, y: float, radius: float, placed: list[Pin]) -> bool:
    if not (radius <= x <= WIDTH - radius and radius - 8 <= y <= HEIGHT - radius + 8):
        return False
    return all((x - pin.x) ** 2 + (y - pin.y) ** 2 >= (radius + pin.radius) ** 2 for pin in placed)


Link = Callable[[str], str]


def world_map(
    counts: Mapping[str, int], pairs: Mapping[str, int], *, place_link: Link, pair_link: Link
) -> dict[str, Any]:
    """What ``cases/_map.html`` shows: places by their number of cases, lines between partners, and the same as tables.

    ``place_link`` and ``pair_link`` give the address of the cases of «FR» and «DE-FR».
    """
    pins = pins_of(counts)
    strongest = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))
    drawn = {pin.code: (pin.x, pin.y) for pin in pins}
    parts = [_ties(strongest[:MOST_TIES], drawn, pair_link)]
    for code, n in sorted(counts.items()):
        if (here := spot(code)) and n:
            parts.append(_point(code, here, drawn.get(code)))
    for pin in pins:
        told = ngettext("%(place)s: %(n)s case", "%(place)s: %(n)s cases", pin.n) % {
            "place": country_name(pin.code),
            "n": pin.n,
        }
        parts.append(
            f'<a href="{escape(place_link(pin.code))}" aria-label="{escape(told)}"><g class="pin">'
            f'<circle cx="{pin.x:.1f}" cy="{pin.y:.1f}" r="{pin.radius:.1f}"/>'
            f'<text x="{pin.x:.1f}" y="{pin.y + 5:.1f}">{pin.n}</text></g></a>'
        )
    places = sorted(counts.items(), key=lambda one: (-one[1], country_name(one[0])))
    return {
        "svg": _svg(
            parts, (0, 0, WIDTH, HEIGHT), _("Map of cases. The same numbers are in the table below.")
        ),
        "places": _rows((country_name(code), n, place_link(code)) for code, n in places),
        "pairs": _rows((pair_name(pair), n, pair_link(pair)) for pair, n in strongest[:MOST_TIES]),
        "more_pairs": max(0, len(strongest) - MOST_TIES),
        "unnumbered": sum(1 for code in counts if spot(code) and code not in drawn),
    }


def small_map(places: Iterable[Mapping[str, Any]], *, place_link: Link) -> dict[str, Any]:
    """The places of one case (rows with «country» and «is_lead», as in a content), for ``cases/_map.html``: a piece of the
    world in which all of them are, lines from the country that leads to the others, and the same as a table."""
    rows = list(places)
    codes = list(dict.fromkeys(row["country"] for row in rows))
    lead = next((row["country"] for row in rows if row.get("is_lead")), codes[0] if codes else "")
    there = {code: here for code in codes if (here := spot(code))}
    box = _box(there.values())
    size = box[2] / 320
    parts = []
    if lead in there:
        parts.append(_ties([(f"{lead}-{code}", 1) for code in there if code != lead], there, None))
    for code, (x, y) in there.items():
        parts.append(
            f'<a href="{escape(place_link(code))}" aria-label="{escape(country_name(code))}"><g class="pin">'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{12.5 * size:.1f}" class="feel"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{(8 if code == lead else 6) * size:.1f}"/></g></a>'
        )
    counts = {code: sum(row["country"] == code for row in rows) for code in codes}
    return {
        "svg": _svg(parts, box, _("Map of the partners. The same places are in the table below."))
        if there
        else "",
        "places": _rows((country_name(code), counts[code], place_link(code)) for code in codes),
        "pairs": "",
        "more_pairs": 0,
        "unnumbered": 0,
        "is_small": True,
    }


def _rows(lines: Iterable[tuple[str, int, str]]) -> SafeString:
    """The rows of a table, drawn here because there may be a hundred of them."""
    return mark_safe(  # noqa: S308 -- each part is escaped
        "".join(
            f'<tr><th scope="row"><a href="{escape(url)}">{escape(name)}</a></th><td>{n}</td></tr>'
            for name, n, url in lines
        )
    )


def pair_name(pair: str) -> str:
    one, _dash, other = pair.partition("-")
    return f"{country_name(one)} – {country_name(other)}"


def _box(spots: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    """A piece of the map, twice as wide as high, with room around all these."""
    xs, ys = zip(*spots, strict=True) if spots else ((WIDTH / 2,), (HEIGHT / 2,))
    width = min(WIDTH, max(NARROWEST, (max(xs) - min(xs)) * 1.3, (max(ys) - min(ys)) * 2.6))
    height = min(HEIGHT, width / 2)
    left = min(max(0, (max(xs) + min(xs) - width) / 2), WIDTH - width)
    top = min(max(0, (max(ys) + min(ys) - height) / 2), HEIGHT - height)
    return left, top, width, height


def _ties(
    pairs: Iterable[tuple[str, int]], spots: Mapping[str, tuple[float, float]], link: Link | None
) -> str:
    """Lines between partners. A hand can press them; whoever cannot finds the same links in the table."""
    parts = []
    listed = list(pairs)
    most = max((n for _pair, n in listed), default=1)
    for pair, n in reversed(listed):
        one, _dash, other = pair.partition("-")
        if one not in spots or other not in spots:
            continue
        (x, y), (to_x, to_y) = spots[one], spots[other]
        lift = 0.2 * math.hypot(to_x - x, to_y - y)
        path = f"M{x:.1f} {y:.1f}Q{(x + to_x) / 2:.1f} {(y + to_y) / 2 - lift:.1f} {to_x:.1f} {to_y:.1f}"
        line = f'<path d="{path}" stroke-width="{1.2 + 2.3 * math.sqrt(n / most):.1f}"/>'
        if link:
            line = (
                f'<a href="{escape(link(pair))}" tabindex="-1" aria-hidden="true">{line}'
                f'<path d="{path}" class="feel" stroke-width="11"/></a>'
            )
        parts.append(line)
    return f'<g class="tie">{"".join(parts)}</g>'


def _point(code: str, here: tuple[float, float], drawn: tuple[float, float] | None) -> str:
    """Where a place really is: a thin line leads to its number where that stands beside it."""
    x, y = here
    if drawn == here:
        return ""
    line = f'<path class="lead" d="M{x:.1f} {y:.1f}L{drawn[0]:.1f} {drawn[1]:.1f}"/>' if drawn else ""
    return f'{line}<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _svg(parts: Iterable[str], box: tuple[float, float, float, float], says: str) -> SafeString:
    shown = " ".join(f"{measure:.0f}" for measure in box)
    return mark_safe(  # noqa: S308 -- each part is escaped
        f'<svg viewBox="{shown}" role="group" aria-label="{escape(says)}">'
        f'<path class="land" d="{land()}"/>{"".join(parts)}</svg>'
    )
