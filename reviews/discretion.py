"""Reviewers stay unknown to authors: whether words that an author will read name one of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from reviews.models import Assignment, Dossier

#: Shorter family names stand in too many words, or are initials.
SHORTEST = 4


def reviewers_named(words: str, dossiers: Collection[Dossier]) -> dict[int, list[str]]:
    """By dossier: what in these words names somebody who reads the case, or ever had it to read. One statement.

    That is an address, a name of several words in any spelling, or a family name alone, written as a name is.
    """
    written = _plain(words)
    folded = _bare(written)
    found: dict[int, list[str]] = {}
    readers = Assignment.objects.filter(dossier__in=[dossier.pk for dossier in dossiers]).order_by("pk")
    named = readers.values_list("dossier", "reviewer__user__name", "reviewer__user__email")
    for pk, name, email in named:
        found.setdefault(pk, []).extend(_found(_plain(name), email, written, folded))
    return {pk: list(dict.fromkeys(which)) for pk, which in found.items() if which}


def _found(name: str, email: str, written: str, folded: str) -> Iterator[str]:
    for who in (email, name if " " in name else ""):
        if who and _stands_in(_bare(who), folded):
            yield who
    for family in name.split()[1:]:
        if len(family) >= SHORTEST and any(_stands_in(one, written) for one in (family, family.upper())):
            yield family


def _stands_in(who: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(who)}(?!\w)", words) is not None


def _plain(words: str) -> str:
    """One spelling of each sign, one space between words, and nothing that is not seen."""
    words = unicodedata.normalize("NFKC", words)
    seen = "".join(sign for sign in words if unicodedata.category(sign) != "Cf")
    return " ".join(seen.split())


def _bare(words: str) -> str:
    """Without capitals and accents."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    return "".join(sign for sign in letters if not unicodedata.combining(sign))
