"""Full text: what of a public case is searched is written when it is shelved, and found again by its words.

Both databases do the same here: they look up folded words, beginnings of words and sequences of words (``cases.words``
has parted and folded them). What a word is a form of, and what a mistyped word may have meant, is known by tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils.translation import override

from cases import words
from cases.models import PublicCase, SearchGram, SearchText, SearchWord
from cases.questions import BORDERS, CASE_LANGUAGES, INSTRUMENTS, MECHANISMS, SECTORS, Words, label_of
from people.places import countries_in

#: What is searched of a case, from what weighs most to what weighs least.
FIELDS = ("title", "head", "body")
#: Stands between two texts, so that no sequence of words reaches from one into the other.
BETWEEN = "¶"
#: So many words of a case are searched in each field, as many as a book chapter has.
MOST_WORDS = 30_000
#: So many forms of one word are looked up.
MOST_FORMS = 60
#: Among so many words with the most pieces in common a mistyped one is looked for.
MOST_COMPARED = 400
#: What people call a country besides its name.
ALSO_CALLED = {
    "AE": "UAE Emirates",
    "CD": "DRC",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic",
    "EU": "EU Europe",
    "GB": "UK Great Britain England Scotland Wales Northern Ireland",
    "KR": "South Korea",
    "NL": "Holland",
    "TR": "Turkey",
    "US": "US USA America",
}

# -- What is written -------------------------------------------------------------------------------------------------

Piece = tuple[str, str]  # the language of a text, "" where it is a name; the text


def write(public: PublicCase, content: dict) -> None:
    """What is searched of the case is what the content says now. Called while the shelf is held."""
    pieces = pieces_of(content)
    SearchText.objects.update_or_create(
        public_case=public, defaults={field: text_of(pieces[field]) for field in FIELDS}
    )
    learn([pieces])


def erase(public: PublicCase) -> None:
    SearchText.objects.filter(public_case=public).delete()


def pieces_of(content: dict) -> dict[str, list[Piece]]:
    """All texts of a content that are searched, by the field in which they weigh."""
    language = content["language"]
    places = content["jurisdictions"]
    head = [(language, content["short"]), ("en", content["short_english"])]
    head += [(language, tag) for tag in content["tags"]]
    head += [("", place[key]) for place in places for key in ("name", "organisation")]
    head += [("", content["organisation"]), ("", content["reference"])]
    for code in dict.fromkeys(place["country"] for place in places):
        head += _names_of(code)
    head += _labels(SECTORS, content["sectors"])
    body = [(language, section["text"]) for section in content["sections"]]
    body += [(language, picture[key]) for picture in content["pictures"] for key in ("alt", "caption")]
    body += [("", source["title"]) for source in content["sources"]]
    body += _labels(MECHANISMS, content["mechanisms"]) + _labels(INSTRUMENTS, content["instruments"])
    body += _labels(BORDERS, [content["border"]])
    pieces = {
        "title": [(language, content["title"]), ("en", content["title_english"])],
        "head": head,
        "body": body,
    }
    return {field: [piece for piece in some if piece[1]] for field, some in pieces.items()}


@lru_cache(maxsize=300)
def _names_of(code: str) -> list[Piece]:
    """A country in every language in which cases are written."""
    told = [("", dict(countries_in(key)).get(code, "")) for key, _words in CASE_LANGUAGES if key != "other"]
    return list(dict.fromkeys([*told, ("", ALSO_CALLED.get(code, ""))]))


def _labels(choices: tuple[tuple[str, Words], ...], chosen: Iterable[str]) -> list[Piece]:
    """The words of what was chosen, in every language of the portal."""
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found += [(language, label_of(choices, key)) for key in chosen if key]
    return found


def text_of(pieces: list[Piece]) -> str:
    """The folded words of texts, as one text for the index."""
    said: list[str] = []
    for _language, text in pieces:
        said += [word.folded for word in words.words_of(text)]
        said.append(BETWEEN)
        for joined in words.joined_in(text):
            said += [joined, BETWEEN]
    return " ".join(said[:MOST_WORDS])


def learn(texts: Iterable[dict[str, list[Piece]]]) -> None:
    """Add the words that the library did not have."""
    forms = set()
    for language, text in chain.from_iterable(some for pieces in texts for some in pieces.values()):
        said = [word.folded for word in words.words_of(text)] + words.joined_in(text)
        forms |= {(words.stem(word, language), word) for word in words.worth_knowing(said)}
    there = set(_known({word for _stem, word in forms}))
    new = sorted(forms - there)
    SearchWord.objects.bulk_create(
        (SearchWord(stem=stem, word=word) for stem, word in new), batch_size=500, ignore_conflicts=True
    )
    unseen = sorted({word for _stem, word in new} - {word for _stem, word in there})
    SearchGram.objects.bulk_create(
        (
            SearchGram(gram=gram, length=len(word), word=word)
            for word in unseen
            for gram in sorted(words.grams(word))
        ),
        batch_size=500,
        ignore_conflicts=True,
    )


def _known(some: set[str]) -> Iterator[tuple[str, str]]:
    listed = sorted(some)
    for at in range(0, len(listed), 500):
        yield from SearchWord.objects.filter(word__in=listed[at : at + 500]).values_list("stem", "word")


# -- What is asked ---------------------------------------------------------------------------------------------------


def forms_of(asked: Iterable[str]) -> dict[str, list[str]]:
    """For each word the words of the library that are forms of the same; with itself where it stands there."""
    wanted = {word: words.stems(word) for word in asked}
    by_stem = defaultdict(list)
    stems = sorted(set().union(*wanted.values())) if wanted else []
    for stem, word in SearchWord.objects.filter(stem__in=stems).values_list("stem", "word"):
        by_stem[stem].append(word)
    return {
        word: sorted({form for stem in stems for form in by_stem[stem]} | {word})[:MOST_FORMS]
        for word, stems in wanted.items()
    }


def meant_by(word: str) -> list[str]:
    """Words of the library that somebody may have meant who typed this, the nearest first."""
    most = words.mistakes_allowed(word)
    if not most or len(word) > 30:
        return []
    found = (
        SearchGram.objects.filter(
            gram__in=sorted(words.grams(word)), length__range=(len(word) - most, len(word) + most)
        )
        .values("word")
        .annotate(shared=Count("pk"))
        .order_by("-shared", "word")
        .values_list("word", "shared")[:MOST_COMPARED]
    )
    near = [(words.distance(word, other, most), -shared, other) for other, shared in found]
    return [other for apart, _shared, other in sorted(near) if 0 < apart <= most]


@dataclass(frozen=True)
class Sought:
    """What one word of a question looks for: any of these sequences of words, or of words that begin so."""

    sequences: tuple[tuple[str, ...], ...]
    begins: bool = False


def found_in(asked: Sequence[tuple[str, Sought]]) -> list[list[int]]:
    """For each pair of a field and what is sought there the public cases that have it. One statement for all."""
    if not asked:
        return []
    one = _ON_POSTGRESQL if connection.vendor == "postgresql" else _ON_SQLITE
    parts, values = [], []
    for number, (field, sought) in enumerate(asked):
        parts.append(one["select"].format(number=number, field=field))
        values.append(one["match"](field, sought))
    with connection.cursor() as cursor:
        cursor.execute(one["before"] + " UNION ALL ".join(parts), values)
        rows = dict(cursor.fetchall())
    return [one["read"](rows[number]) for number in range(len(asked))]


def _tsquery(_field: str, sought: Sought) -> str:
    end = ":*" if sought.begins else ""
    return " | ".join(
        "(" + " <-> ".join([*(f"'{word}'" for word in some[:-1]), f"'{some[-1]}'{end}"]) + ")"
        for some in sought.sequences
    )


def _fts(field: str, sought: Sought) -> str:
    end = " *" if sought.begins else ""
    return f"{field} : (" + " OR ".join(f'"{" ".join(some)}"{end}' for some in sought.sequences) + ")"


#: Words are letters and digits alone (``words.fold``), so nothing in them means anything to a database.
_ON_POSTGRESQL: dict[str, Any] = {
    # A planner knows nothing of texts that lie outside of their row, and would read them all for a frequent word.
    "before": "SET LOCAL enable_seqscan = off; ",
    "select": "SELECT {number}, array_agg(public_case_id) FROM cases_searchtext WHERE {field} @@ %s::tsquery",
    "match": _tsquery,
    "read": lambda found: found or [],
}
_ON_SQLITE: dict[str, Any] = {
    "before": "",
    "select": "SELECT {number}, group_concat(rowid) FROM cases_searchtext_words WHERE cases_searchtext_words MATCH %s",
    "match": _fts,
    "read": lambda found: [int(key) for key in found.split(",")] if found else [],
}
