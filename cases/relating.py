"""Cases like a case, and why: what they share, weighed by how few share it. Asked of the index that is in memory.

A rare tag or a pair of places says more than a sector that a thousand cases have. Only the rarest things a case has
are looked at until enough others share one, so the work is the same however many cases there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases import card_index, showing
from cases.card_index import Row, Snapshot
from cases.models import PublicCase
from cases.questions import INSTRUMENTS, MECHANISMS, SECTORS, label_of
from people.places import country_name

MOST = 3
#: So many others are weighed; whoever shares only what more have is no closer than they.
WEIGHED = 200
#: What makes cases alike, and how much beside how rare it is.
KINDS = {"tag": 1.5, "mechanism": 1.0, "instrument": 1.0, "sector": 1.0, "country": 0.8}


@dataclass(frozen=True)
class Related:
    """A card of a similar case, and the reason in words."""

    slug: str
    title: str
    eyebrow: str
    tint: str
    places: str
    reason: str
    speech: SafeString
    is_research: bool


def related_to(public: PublicCase) -> list[Related]:
    """The most similar cases on show, closest first. Two statements, or one where there are none."""
    reasons = closest(public.pk, public.facets, card_index.snapshot())
    found = PublicCase.objects.on_show().in_bulk(list(reasons))
    return [_card(found[pk], why) for pk, why in reasons.items() if pk in found]


def closest(
    pk: int, facets: Iterable[str], index: Snapshot, *, weighed: int = WEIGHED
) -> dict[int, list[str]]:
    """The primary keys of similar cases, each with what it shares, the rarest first."""
    own = {value: index.having(value) for value in facets if value.partition(":")[0] in KINDS}
    itself = index.of([pk])
    rarest = sorted((bits.bit_count(), value) for value, bits in own.items() if bits & ~itself)
    weights = {value: _weight(value, n, len(index)) for n, value in rarest}
    candidates = 0
    for _n, value in rarest:
        more = own[value] & ~itself & ~candidates
        room = weighed - candidates.bit_count()
        candidates |= more if more.bit_count() <= room else _newest(index, more, room)
        if candidates.bit_count() >= weighed:
            break
    scored = sorted(
        ((_score(row, weights), row.published_at, row.key, row) for row in index.rows_of(candidates)),
        reverse=True,
    )
    return {row.key: _shared(row, weights) for _score_of, _at, _key, row in scored[:MOST]}


def _weight(value: str, n: int, of: int) -> float:
    return KINDS[value.partition(":")[0]] * math.log(1 + of / n)


def _newest(index: Snapshot, bits: int, n: int) -> int:
    return index.of(islice(index.keys(bits), n))


def _score(row: Row, weights: dict[str, float]) -> float:
    return sum(weights.get(value, 0.0) for value in row.facets)


def _shared(row: Row, weights: dict[str, float]) -> list[str]:
    return sorted(
        (value for value in row.facets if value in weights), key=lambda value: (-weights[value], value)
    )


def _card(public: PublicCase, shared: list[str]) -> Related:
    card = public.card
    sector = next(iter(card["sectors"]), "")
    codes = dict.fromkeys(place["country"] for place in card["places"] if place["country"])
    return Related(
        slug=public.slug,
        title=public.title,
        eyebrow=label_of(SECTORS, sector) if sector else "",
        tint=showing.tint_of(sector),
        places=" · ".join(country_name(code) for code in list(codes)[:4]),
        reason=reason_of([value for value in shared if value != f"sector:{sector}"] or shared),
        speech=showing.speech_of({"language": public.language}),
        is_research=public.origin == PublicCase.Origin.DESK_RESEARCH,
    )


def reason_of(shared: list[str]) -> str:
    """«In common: rivers, joint policy or service», the three things that say most."""
    return _("In common: %(what)s") % {"what": ", ".join(_word(value) for value in shared[:3])}


def _word(value: str) -> str:
    kind, _colon, said = value.partition(":")
    if kind == "country":
        return country_name(said)
    choices = {"mechanism": MECHANISMS, "instrument": INSTRUMENTS, "sector": SECTORS}.get(kind)
    words = label_of(choices, said) if choices else said
    return (
        words.partition(": ")[2] or words
    )  # «joint policy or service» of «Delivering: joint policy or service»
