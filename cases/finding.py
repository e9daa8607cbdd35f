"""Finding cases: what an address asks (``?q=river&country=FR&sector=health&sort=title&page=2``) and what is found.

``found`` is the one way from an address to cases: the page, its map and figures, exports, feed and API call it, so that
all of them speak of the same result::

    result = finding.found(request.GET, at=request.arrived_at)
    result.count            # how many
    result.keys()           # the primary keys of all of them as PublicCase, in order: an iterator, for streaming
    result.page_keys()      # those of the page that was asked for
    result.asked.query()    # the address again, without what was not understood: "q=river&country=FR"

Whatever is asked, it is answered: what is not understood is left out, and ``result.asked.notes`` says so in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, reduce
from itertools import chain, islice
from operator import and_, or_
from typing import Any, Protocol
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from cases import editions, searching, words
from cases.card_index import Bits, Snapshot, snapshot
from cases.highlighting import Marks
from cases.models import Badge
from cases.questions import BORDERS, CASE_LANGUAGES, INSTRUMENTS, MECHANISMS, SECTORS, STAGES
from cases.searching import FIELDS, Sought
from people.places import LEVELS, country_choices, country_name
from people.texts import in_language

A_PAGE = 12
#: A question of more letters or words than these is cut, with a word about it.
MOST_LETTERS, MOST_TERMS = 200, 12
#: So many values of one facet can be chosen at once.
MOST_CHOSEN = 30
#: From so many letters on every word of a question finds longer words that begin with it. The last one does before, in
#: titles and short texts: in all texts two letters would find everything.
BEGINS_FROM = 4
#: So many words that may have been meant are tried.
MOST_MEANT = 6

#: What the library can be narrowed by, in the order in which the page offers it.
KINDS = (
    "sector",
    "border",
    "country",
    "stage",
    "mechanism",
    "instrument",
    "level",
    "year",
    "tag",
    "badge",
    "call",
    "confirmed",
    "language",
    "origin",
)
_CHOICES = {
    "sector": SECTORS,
    "border": BORDERS,
    "stage": STAGES,
    "mechanism": MECHANISMS,
    "instrument": INSTRUMENTS,
    "level": LEVELS,
    "language": CASE_LANGUAGES,
}
SORTS = ("relevance", "newest", "title")


class Params(Protocol):
    """A ``QueryDict``, or what behaves like one."""

    def getlist(self, key: str) -> list[str]: ...

    def keys(self) -> Any: ...


# -- What is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An address as it was understood. Values of one kind are alternatives («or»), kinds are all to be met («and»);
    each pair is to be met by itself."""

    q: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pairs: tuple[str, ...] = ()
    sort: str = ""
    page: int = 1
    literally: bool = False
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        return self.sort or ("relevance" if self.q else "newest")

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Each value that was chosen with its kind; pairs too."""
        return [(kind, value) for kind, values in self.chosen.items() for value in values] + [
            ("pair", pair) for pair in self.pairs
        ]

    def query(self, **changes: Any) -> str:
        """The address, without what stands in the page by itself: ``query(page=2)``, ``query(q="rivers")``."""
        asked = replace(self, **{"page": 1, **changes})
        said: list[tuple[str, str]] = [("q", asked.q)] if asked.q else []
        said += [(kind, value) for kind in KINDS for value in asked.chosen.get(kind, ())]
        said += [("pair", pair) for pair in asked.pairs]
        said += [("sort", asked.sort)] if asked.sort else []
        said += [("exact", "1")] if asked.literally and asked.q else []
        said += [("page", str(asked.page))] if asked.page > 1 else []
        return urlencode(said)

    def without(self, kind: str, value: str) -> Asked:
        if kind == "pair":
            return replace(self, pairs=tuple(one for one in self.pairs if one != value), page=1)
        left = tuple(one for one in self.chosen.get(kind, ()) if one != value)
        chosen = {**self.chosen, kind: left}
        return replace(self, chosen={kind: some for kind, some in chosen.items() if some}, page=1)


def asked_by(params: Params) -> Asked:
    """What an address asks. Nothing in it is refused; what is not understood is told in ``notes``."""
    notes: list[str] = []
    known = {"q", "sort", "page", "exact", "pair", *KINDS}
    if set(params.keys()) - known:
        notes.append(_("Something in the address is unknown to us and was left out."))
    q = _one(params, "q").replace("\0", " ").strip()
    if len(q) > MOST_LETTERS:
        q = q[:MOST_LETTERS].strip()
        notes.append(_("We searched for the first %(n)s characters.") % {"n": MOST_LETTERS})
    chosen, strange = {}, False
    for kind in KINDS:
        values = list(dict.fromkeys(_understood(kind, value) for value in params.getlist(kind) if value))
        strange |= "" in values or len(values) > MOST_CHOSEN
        if values := [value for value in values if value][:MOST_CHOSEN]:
            chosen[kind] = tuple(sorted(values))
    pairs = list(dict.fromkeys(_pair(value) for value in params.getlist("pair") if value))
    strange |= "" in pairs
    sort, page = _one(params, "sort"), _one(params, "page")
    usual = "relevance" if q else "newest"
    strange |= bool(sort and sort not in SORTS) or bool(page and not re.fullmatch(r"[1-9][0-9]{0,5}", page))
    if strange:
        notes.append(_("A filter in the address is unknown to us and was left out."))
    return Asked(
        q=q,
        chosen=chosen,
        pairs=tuple(pair for pair in pairs if pair)[:MOST_CHOSEN],
        sort=sort if sort in SORTS and sort != usual and (q or sort != "relevance") else "",
        page=int(page) if re.fullmatch(r"[1-9][0-9]{0,5}", page) else 1,
        literally=_one(params, "exact") == "1",
        notes=tuple(notes),
    )


def _one(params: Params, key: str) -> str:
    return next(iter(params.getlist(key)), "")


def _understood(kind: str, value: str) -> str:
    """The value as facets have it, or "" where it can be none of them."""
    if choices := _CHOICES.get(kind):
        return value if any(key == value for key, _words in choices) else ""
    if kind == "country":
        value = value.upper()[:4]
        return value if any(code == value for code, _name in country_choices()) else ""
    if kind in ("year", "call"):
        return value if re.fullmatch(r"[0-9]{4}", value) else ""
    if kind == "tag":
        return editions.tag_key(value.replace("\0", " ")[:200])
    if kind == "badge":
        return value if re.fullmatch(r"[\w-]{1,40}", value, re.ASCII) else ""
    known = {"confirmed": ("year", "partners"), "origin": ("call", "desk-research")}[kind]
    return value if value in known else ""


def _pair(value: str) -> str:
    """Two different places in the order of the alphabet."""
    places = sorted({_understood("country", code) for code in value.split("-", 2)})
    return "-".join(places) if len(places) == 2 and all(places) else ""


def words_for(kind: str, value: str) -> str:
    """A value of a facet in words."""
    if choices := _CHOICES.get(kind):
        return next((str(said) for key, said in choices if key == value), value)
    if kind == "country":
        return country_name(value)
    if kind == "pair":
        one, _dash, other = value.partition("-")
        return _("%(one)s with %(other)s") % {"one": country_name(one), "other": country_name(other)}
    if kind == "call":
        return _("Call %(year)s") % {"year": value}
    if kind == "confirmed":
        return {"year": _("Within the last 12 months"), "partners": _("By partners")}[value]
    if kind == "origin":
        return {"call": _("From the call"), "desk-research": _("Desk research")}[value]
    return value


def kind_in_words(kind: str) -> str:
    return {
        "sector": _("Sector"),
        "border": _("Kind of border"),
        "country": _("Place"),
        "stage": _("Stage"),
        "mechanism": _("Mechanism"),
        "instrument": _("Instrument"),
        "level": _("Level of government"),
        "year": _("Year"),
        "tag": _("Tag"),
        "badge": _("Badge"),
        "call": _("Call"),
        "confirmed": _("Confirmed as true"),
        "language": _("Language of the text"),
        "origin": _("Where it comes from"),
        "pair": _("Working together"),
    }[kind]


# -- What is searched ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One word of a question, a sequence of words in quotation marks, or a word with hyphens."""

    said: str
    sequences: tuple[tuple[str, ...], ...]
    start: int
    end: int
    quoted: bool = False
    is_last: bool = False

    @property
    def word(self) -> str:
        """The word, where it is one that has other forms and may be mistyped; else ""."""
        one = self.sequences[0]
        return one[0] if not self.quoted and len(self.sequences) == len(one) == 1 else ""

    @property
    def begins(self) -> bool:
        word = self.sequences[-1][-1]
        enough = len(word) >= BEGINS_FROM or (self.is_last and (len(word) > 1 or not word.isascii()))
        return not self.quoted and enough


_CHUNK = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”«»]|[^\s\"“”„«»'’‘`]+")


def terms_of(q: str) -> tuple[list[Term], bool]:
    """The terms of a question, and whether there were more than are searched."""
    terms = []
    for found in _CHUNK.finditer(q):
        quoted = found[1] is not None
        parts = tuple(word.folded for word in words.words_of(found[1] if quoted else found[0]))
        if not parts:
            continue
        sequences = (parts, *((joined,) for joined in words.joined_in(found[0]) if not quoted))
        terms.append(Term(found[0], sequences, found.start(), found.end(), quoted))
    telling = [term for term in terms if term.word not in words.SILENT] or terms
    kept = telling[:MOST_TERMS]
    return [replace(term, is_last=term is kept[-1]) for term in kept], len(telling) > MOST_TERMS


@dataclass
class Search:
    """What a question finds: sets of cases, those that it fits best first, and what to mark in their texts."""

    tiers: list[Bits]
    marks: Marks
    terms: list[Term] = field(default_factory=list)
    by_term: list[Bits] = field(default_factory=list)
    #: The question that was answered instead, where a word of it was mistyped.
    instead: str = ""
    is_cut: bool = False

    @property
    def all(self) -> Bits:
        return reduce(or_, self.tiers, 0)


def search(q: str, shelf: Snapshot, *, literally: bool = False) -> Search:
    """Find the cases that have every term of a question. Each word is looked up once for as long as the shelf stays."""
    terms, is_cut = terms_of(q)
    if not terms:
        return Search([], Marks(), is_cut=is_cut)
    forms = _forms(shelf, {term.word for term in terms if term.word})
    levels = _levels(shelf, [(term, _sequences(term, forms)) for term in terms])
    instead = q
    for number in range(len(terms) - 1, -1, -1):
        term = terms[number]
        if literally or not term.word or any(levels[number]):
            continue
        if meant := _meant(shelf, term):
            terms[number], levels[number], forms[meant.word] = meant, *_look_up(shelf, meant)
            instead = instead[: term.start] + meant.said + instead[term.end :]
    tiers, before = [], 0
    for level in range(len(levels[0])):
        both = reduce(and_, (reduce(or_, one[: level + 1]) for one in levels))
        tiers.append(both & ~before)
        before |= both
    marks = Marks.of([(_sequences(term, forms), term.sequences if term.begins else ()) for term in terms])
    by_term = [reduce(or_, one) for one in levels]
    helped = instead != q and before
    return Search(tiers, marks, terms, by_term, instead if helped else "", is_cut)


def _forms(shelf: Snapshot, asked: set[str]) -> dict[str, list[str]]:
    unknown = {word for word in asked if ("forms", word) not in shelf.remembered}
    looked_up = searching.forms_of(unknown) if unknown else {}
    return {
        word: shelf.remember(("forms", word), lambda word=word: looked_up.get(word) or [word])
        for word in asked
    }


def _sequences(term: Term, forms: Mapping[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple((form,) for form in forms[term.word]) if term.word else term.sequences


def _levels(shelf: Snapshot, asked: list[tuple[Term, tuple[tuple[str, ...], ...]]]) -> list[list[Bits]]:
    """For each term the cases that have it in the title, in what is told first, in the body; of each first those that
    have it as it stands, then those with a longer word that begins with it. One statement for what is not known yet."""
    wanted: list[list[tuple[str, Sought] | None]] = []
    for term, sequences in asked:
        wanted.append([])
        for name in FIELDS:
            begins = term.begins and (name != "body" or len(term.sequences[-1][-1]) >= BEGINS_FROM)
            longer = (name, Sought(term.sequences, begins=True)) if begins else None
            wanted[-1] += [(name, Sought(sequences)), longer]
    unknown = list(
        dict.fromkeys(one for some in wanted for one in some if one and one not in shelf.remembered)
    )
    found = dict(zip(unknown, map(shelf.of, searching.found_in(unknown)), strict=True))
    return [
        [shelf.remember(one, lambda one=one: found.get(one, 0)) if one else 0 for one in some]
        for some in wanted
    ]


def _look_up(shelf: Snapshot, term: Term) -> tuple[list[Bits], list[str]]:
    forms = _forms(shelf, {term.word})
    return _levels(shelf, [(term, _sequences(term, forms))])[0], forms[term.word]


def _meant(shelf: Snapshot, term: Term) -> Term | None:
    """The term with the word that was most likely meant: the nearest that finds anything, of those the most frequent."""

    def choose() -> str:
        near = searching.meant_by(term.word)[:MOST_MEANT]
        if not near:
            return ""
        found = searching.found_in([(name, Sought(((word,),))) for word in near for name in FIELDS])
        sizes = [
            reduce(or_, map(shelf.of, found[at : at + len(FIELDS)])).bit_count()
            for at in range(0, len(found), len(FIELDS))
        ]
        apart = [words.distance(term.word, word, words.mistakes_allowed(term.word)) for word in near]
        best = min(
            ((apart[at], -sizes[at], word) for at, word in enumerate(near) if sizes[at]), default=(0, 0, "")
        )
        return best[2]

    word = shelf.remember(("meant", term.word), choose)
    return replace(term, said=word, sequences=((word,),)) if word else None


# -- What is found ---------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """What an address finds. Facets, pages and the ways on are worked out when they are asked for."""

    asked: Asked
    shelf: Snapshot
    at: datetime
    search: Search | None

    @cached_property
    def matches(self) -> Bits:
        """What the words find, before any filter."""
        return self.shelf.everything if self.search is None else self.search.all & self.shelf.everything

    @cached_property
    def narrowed(self) -> dict[str, Bits]:
        """By kind the cases that have one of the values chosen of it; pairs have a set each."""
        by_kind = {
            kind: reduce(or_, (self._having(kind, value) for value in values))
            for kind, values in self.asked.chosen.items()
        }
        return by_kind | {f"pair:{pair}": self.shelf.having(f"pair:{pair}") for pair in self.asked.pairs}

    @cached_property
    def all(self) -> Bits:
        """The set of everything found."""
        return reduce(and_, self.narrowed.values(), self.matches)

    @property
    def count(self) -> int:
        return self.all.bit_count()

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // A_PAGE))

    @property
    def page(self) -> int:
        """The page that is shown: the last one where a later one was asked for."""
        return min(self.asked.page, self.pages)

    def keys(self) -> Iterator[int]:
        """The primary keys of all public cases found, in the order that was asked for."""
        if self.asked.order == "relevance" and self.search is not None:
            return chain.from_iterable(self.shelf.keys(tier & self.all) for tier in self.search.tiers)
        return self.shelf.keys(self.all, by_title=self.asked.order == "title")

    def page_keys(self) -> list[int]:
        return list(islice(self.keys(), (self.page - 1) * A_PAGE, self.page * A_PAGE))

    @property
    def marks(self) -> Marks:
        return self.search.marks if self.search else Marks()

    def _having(self, kind: str, value: str) -> Bits:
        if (kind, value) == ("confirmed", "year"):
            return self.shelf.confirmed(self.at)
        return self.shelf.having(f"{kind}:{value}")

    def facet(self, kind: str) -> dict[str, int]:
        """How many cases there would be with each value of a kind, whatever else is chosen; chosen ones always stand
        there, also with none."""
        others = (some for of, some in self.narrowed.items() if of != kind)
        base = reduce(and_, others, self.matches)
        counted = self.shelf.counts(kind, base)
        if kind == "confirmed" and (n := (self.shelf.confirmed(self.at) & base).bit_count()):
            counted["year"] = n
        for value in self.asked.chosen.get(kind, ()):
            counted.setdefault(value, (self._having(kind, value) & base).bit_count())
        return counted

    # -- When nothing is found -------------------------------------------------------------------------------------

    def without_a_filter(self) -> tuple[str, str, int] | None:
        """The filter without which most is found, and how much: (kind, value, count). None where none helps."""
        tried = [
            (kind, value, self._count(self.asked.without(kind, value))) for kind, value in self.asked.filters
        ]
        best = max(tried, key=lambda one: one[2], default=None)
        return best if best and best[2] else None

    def without_a_word(self) -> tuple[str, int] | None:
        """The question without the term that keeps most away, and how much it finds. None where no such helps."""
        if self.search is None or len(self.search.terms) < 2:
            return None
        narrowed = reduce(and_, self.narrowed.values(), self.shelf.everything)
        tried = []
        for left_out, term in enumerate(self.search.terms):
            sets = [bits for number, bits in enumerate(self.search.by_term) if number != left_out]
            question = self.search.instead or self.asked.q
            kept = [one.said for one in self.search.terms if one is not term] if question else []
            tried.append((" ".join(kept), reduce(and_, sets, narrowed).bit_count()))
        best = max(tried, key=lambda one: one[1])
        return best if best[1] else None

    def _count(self, asked: Asked) -> int:
        return replace_asked(self, asked).count


def replace_asked(found: Found, asked: Asked) -> Found:
    """The same question with other filters."""
    return Found(asked, found.shelf, found.at, found.search)


def found(params: Params, *, at: datetime) -> Found:
    """What an address finds at this instant. Two statements beside those of the words that were not asked before."""
    return answer(asked_by(params), at=at)


def answer(asked: Asked, *, at: datetime) -> Found:
    shelf = snapshot()
    if not asked.q:
        return Found(asked, shelf, at, None)
    result = search(asked.q, shelf, literally=asked.literally)
    notes = list(asked.notes)
    if result.is_cut:
        notes.append(_("We searched for the first %(n)s words.") % {"n": MOST_TERMS})
    if not result.terms:
        notes.append(_("There is no letter and no digit in your question, so we show all cases."))
        return Found(replace(asked, notes=tuple(notes)), shelf, at, None)
    return Found(replace(asked, notes=tuple(notes)), shelf, at, result)


def badge_names() -> dict[str, str]:
    return {badge.key: in_language(badge.name) for badge in Badge.objects.all()}
