"""The shelf is kept in order: what lists, search and map read of a public case is worked out when it is put there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from cases import editions, searching
from cases.models import Partner, PublicCase, Shelf


def shelve(public: PublicCase) -> None:
    """Work out card and facets of the edition shown, and number the change. Called inside a transaction, last of all:
    whoever holds the number of the shelf lets others wait. Safe to repeat."""
    if public.edition is None:
        raise ValueError("Nothing of it was published yet.")
    content = public.edition.said
    call_year = public.call.year if public.call else None
    marks = [f"badge:{key}" for key in public.badges.values_list("key", flat=True)]
    if public.partners.filter(state=Partner.State.CONFIRMED).exists():
        marks.append("confirmed:partners")
    public.title = content["title"][:300]
    public.short = content["short"]
    public.language = content["language"]
    public.year = content["year"]
    public.card = editions.card_of(content)
    public.facets = sorted([*editions.facets_of(content, call_year=call_year), *marks])
    public.shelved_as = next_number()
    public.save(update_fields=["title", "short", "language", "year", "card", "facets", "shelved_as"])
    searching.write(public, content)


def take_off(public: PublicCase) -> None:
    """Number the change after which a case is no longer on show, or only its state or dates have changed."""
    public.shelved_as = next_number()
    public.save(update_fields=["shelved_as"])
    if public.is_on_show and public.edition:
        searching.write(public, public.edition.said)
    else:
        searching.erase(public)


def note(publics: Iterable[int]) -> None:
    """Number a change of what stands beside these cases on their pages, such as where they are cited, so that nobody
    keeps the page of before. Called inside a transaction, last of all."""
    held = list(
        PublicCase.objects.locked()
        .filter(pk__in=publics, shelved_as__isnull=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if held:
        PublicCase.objects.filter(pk__in=held).update(shelved_as=next_number())


def next_number() -> int:
    """The next number of the shelf. Holds its row until the transaction ends: numbers become visible in order."""
    taken = Shelf.objects.filter(pk=1).update(number=F("number") + 1)
    if not taken:
        Shelf.objects.bulk_create([Shelf(pk=1)], ignore_conflicts=True)
        Shelf.objects.filter(pk=1).update(number=F("number") + 1)
    return Shelf.objects.get(pk=1).number


#: Among so many changes the latest is looked for: two at once are numbered in the order in which they ended.
AT_ONCE = 20


def latest() -> tuple[int, datetime | None]:
    """The number of the shelf, and when it was changed: whatever stands on it was the same since. One statement."""
    changed = PublicCase.objects.filter(shelved_as__isnull=False).order_by("-shelved_as")
    rows = list(changed.values_list("shelved_as", "renewed_at", "left_at", "confirmed_at")[:AT_ONCE])
    instants = (at for _number, *some in rows for at in some if at)
    return (rows[0][0] or 0) if rows else 0, max(instants, default=None)
