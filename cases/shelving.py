"""The shelf is kept in order: what lists, search and map read of a public case is worked out when it is put there."""

from __future__ import annotations

from django.db.models import F

from cases import editions
from cases.models import PublicCase, Shelf


def shelve(public: PublicCase) -> None:
    """Work out card and facets of the edition shown, and number the change. Called inside a transaction, last of all:
    whoever holds the number of the shelf lets others wait. Safe to repeat."""
    if public.edition is None:
        raise ValueError("Nothing of it was published yet.")
    content = public.edition.said
    call_year = public.call.year if public.call else None
    badges = public.badges.values_list("key", flat=True)
    public.title = content["title"][:300]
    public.short = content["short"]
    public.language = content["language"]
    public.year = content["year"]
    public.card = editions.card_of(content)
    public.facets = sorted(
        [
            *editions.facets_of(content, call_year=call_year),
            *(f"badge:{key}" for key in badges),
            *_confirmed(public),
        ]
    )
    public.shelved_as = next_number()
    public.save(update_fields=["title", "short", "language", "year", "card", "facets", "shelved_as"])


def _confirmed(public: PublicCase) -> list[str]:
    """«confirmed:all» where every partner named in the case confirmed it, «confirmed:some» where one did."""
    if public.case_id is None:
        return []
    standing = public.partners.standing()
    found = [("some", standing.confirmed), ("all", standing.all_confirmed)]
    return [f"confirmed:{key}" for key, holds in found if holds]


def take_off(public: PublicCase) -> None:
    """Number the change after which a case is no longer on show, or only its state or dates have changed."""
    public.shelved_as = next_number()
    public.save(update_fields=["shelved_as"])


def next_number() -> int:
    """The next number of the shelf. Holds its row until the transaction ends: numbers become visible in order."""
    taken = Shelf.objects.filter(pk=1).update(number=F("number") + 1)
    if not taken:
        Shelf.objects.bulk_create([Shelf(pk=1)], ignore_conflicts=True)
        Shelf.objects.filter(pk=1).update(number=F("number") + 1)
    return Shelf.objects.get(pk=1).number
