"""What lists, facets, map and figures ask of all cases on show, held in the memory of each process.

Derived from ``PublicCase`` and disposable: every request compares its number with that of the shelf (one statement) and
catches up with what was shelved since. Each case has a position, and each facet value a set of positions kept as one
whole number with a bit for each, so that combining and counting filters is arithmetic. A snapshot is never changed: it
is replaced by the next one, so threads need no lock to read.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, compress
from threading import Lock
from typing import Any

from cases import words
from cases.models import PublicCase, Shelf

CHUNK = 2000
#: For so long after somebody said that a case is true it counts as confirmed.
CONFIRMED_FOR = timedelta(days=365)
#: A value that so few cases have is kept as a list of their positions.
FEW = 64
#: Values of a kind beyond the most frequent ones are not counted in large results (there may be thousands of tags).
MOST_COUNTED = 300
#: Up to so many cases it is quicker to read the values of each than to intersect every value with them.
READ_EACH = 400
#: When so many positions are empty, all are given out anew.
MOST_HOLES = 1000
#: So many words that were searched are remembered, until the shelf changes.
MOST_REMEMBERED = 400

Bits = int
_FIELDS = ("pk", "state", "title", "facets", "published_at", "confirmed_at")


@dataclass(frozen=True, slots=True)
class Row:
    """One case on show, as far as finding it goes."""

    key: int
    facets: tuple[str, ...]
    published_at: datetime
    confirmed_at: datetime | None
    title: str

    @property
    def countries(self) -> list[str]:
        return [value[8:] for value in self.facets if value.startswith("country:")]


@dataclass
class Snapshot:
    """All cases on show as they were when the shelf had this number."""

    number: int = 0
    rows: list[Row | None] = field(default_factory=list)
    position: dict[int, int] = field(default_factory=dict)
    held: dict[str, Bits | tuple[int, ...]] = field(default_factory=dict)
    pairs: dict[str, int] = field(default_factory=dict)
    everything: Bits = 0
    newest: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    confirmations: list[tuple[datetime, int]] = field(default_factory=list)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    remembered: dict[Any, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.position)

    # -- Sets of cases ---------------------------------------------------------------------------------------------

    def having(self, value: str) -> Bits:
        """The cases with a facet value such as «country:FR», or with a pair of places such as «pair:DE-FR»."""
        if value.startswith("pair:"):
            one, _dash, other = value[5:].partition("-")
            return self.having(f"country:{one}") & self.having(f"country:{other}")
        kept = self.held.get(value, 0)
        return kept if isinstance(kept, int) else bits_of(kept)

    def confirmed(self, at: datetime) -> Bits:
        """The cases of which somebody said within the last year that they are true."""
        first = bisect_left(self.confirmations, (at - CONFIRMED_FOR, -1))
        return self.remember(
            ("confirmed", first), lambda: bits_of(at for _instant, at in self.confirmations[first:])
        )

    def of(self, keys: Iterable[int]) -> Bits:
        """Those of the public cases with these primary keys that are on show."""
        known = self.position
        return bits_of(known[key] for key in keys if key in known)

    # -- Out of a set ------------------------------------------------------------------------------------------------

    def keys(self, found: Bits, *, by_title: bool = False) -> Iterator[int]:
        """The primary keys of a set in order: newest first, or by title."""
        if not found:
            return iter(())
        order = self.titles if by_title else self.newest
        inside = bin(found)[:1:-1].ljust(len(self.rows), "0").encode().translate(_AS_FLAGS)
        rows = self.rows
        return (rows[at].key for at in compress(order, map(inside.__getitem__, order)))  # type: ignore[union-attr]

    def rows_of(self, found: Bits) -> Iterator[Row]:
        flags = bin(found)[:1:-1].encode().translate(_AS_FLAGS)
        return (row for row in compress(self.rows, flags) if row)

    def counts(self, kind: str, found: Bits) -> dict[str, int]:
        """How many cases of a set have each value of a kind; values that none has are left out."""
        few = found.bit_count() <= READ_EACH
        start = f"{kind}:"
        if few:
            return dict(self._read(found).get(kind, {}))
        counted = {value: (self.having(value) & found).bit_count() for value in self.kinds.get(kind, ())}
        return {value[len(start) :]: n for value, n in counted.items() if n}

    def pair_counts(self, found: Bits) -> dict[str, int]:
        """How many cases of a set join each pair of different countries, as «DE-FR»."""
        if found.bit_count() <= READ_EACH:
            return dict(
                Counter(
                    "-".join(pair) for row in self.rows_of(found) for pair in combinations(row.countries, 2)
                )
            )
        countries = {value: self.having(value) & found for value in self.kinds.get("country", ())}
        counted = {}
        for pair in self.pairs:
            one, _dash, other = pair.partition("-")
            if n := (countries[f"country:{one}"] & countries[f"country:{other}"]).bit_count():
                counted[pair] = n
        return counted

    def _read(self, found: Bits) -> dict[str, Counter[str]]:
        def read() -> dict[str, Counter[str]]:
            counted: dict[str, Counter[str]] = defaultdict(Counter)
            for row in self.rows_of(found):
                for value in row.facets:
                    kind, _colon, said = value.partition(":")
                    counted[kind][said] += 1
            return counted

        return self.remember(("values", found), read)

    def remember(self, what: Any, work_out: Any) -> Any:
        """What was worked out of this snapshot before, or now."""
        try:
            return self.remembered[what]
        except KeyError:
            found = work_out()
        if len(self.remembered) >= MOST_REMEMBERED:
            self.remembered.clear()
        self.remembered[what] = found
        return found

    # -- The next one ------------------------------------------------------------------------------------------------

    def after(self, changed: Iterable[dict[str, Any]], number: int) -> Snapshot:
        """The snapshot with these rows of ``PublicCase`` as they are now, wherever they stood before."""
        made = Snapshot(
            number=number, rows=list(self.rows), position=dict(self.position), held=dict(self.held)
        )
        gained: dict[str, list[int]] = defaultdict(list)
        lost: dict[str, list[int]] = defaultdict(list)
        for facts in changed:
            at = made.position.pop(facts["pk"], None)
            if at is not None:
                for value in made.rows[at].facets:  # type: ignore[union-attr]
                    lost[value].append(at)
                made.rows[at] = None
            if facts["state"] != PublicCase.State.PUBLISHED:
                continue
            row = _row(facts)
            if at is None:
                at = len(made.rows)
                made.rows.append(None)
            made.rows[at] = row
            made.position[row.key] = at
            for value in row.facets:
                gained[value].append(at)
        for value in {*gained, *lost}:
            bits = (made.having(value) & ~bits_of(lost.get(value, ()))) | bits_of(gained.get(value, ()))
            made._hold(value, bits)
        made._arrange()
        return made

    def _hold(self, value: str, bits: Bits) -> None:
        if not bits:
            self.held.pop(value, None)
        elif value.startswith("tag:") and bits.bit_count() <= FEW:
            self.held[value] = tuple(positions_of(bits))
        else:
            self.held[value] = bits

    def _arrange(self) -> None:
        """Everything that follows from rows and values."""
        there = [(at, row) for at, row in enumerate(self.rows) if row]
        self.everything = bits_of(at for at, _row in there)
        self.newest = [
            at for at, row in sorted(there, key=lambda one: (one[1].published_at, one[1].key), reverse=True)
        ]
        self.titles = [at for at, row in sorted(there, key=lambda one: (one[1].title, one[1].key))]
        self.confirmations = sorted((row.confirmed_at, at) for at, row in there if row.confirmed_at)
        sizes: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for value, kept in self.held.items():
            n = kept.bit_count() if isinstance(kept, int) else len(kept)
            sizes[value.partition(":")[0]].append((-n, value))
        self.kinds = {
            kind: [value for _n, value in sorted(some)[:MOST_COUNTED]] for kind, some in sizes.items()
        }
        self.pairs = dict(
            Counter(
                sys.intern("-".join(pair)) for _at, row in there for pair in combinations(row.countries, 2)
            )
        )


_AS_FLAGS = bytes.maketrans(b"01", b"\x00\x01")


def bits_of(positions: Iterable[int]) -> Bits:
    listed = positions if isinstance(positions, list | tuple) else list(positions)
    if not listed:
        return 0
    if len(listed) < 8:
        return sum(1 << at for at in set(listed))
    inside = bytearray(max(listed) // 8 + 1)
    for at in listed:
        inside[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(inside, "little")


def positions_of(found: Bits) -> Iterator[int]:
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest


def _row(facts: dict[str, Any]) -> Row:
    return Row(
        key=facts["pk"],
        facets=tuple(sys.intern(value) for value in facts["facets"]),
        published_at=facts["published_at"],
        confirmed_at=facts["confirmed_at"],
        title=" ".join(word.folded for word in words.words_of(facts["title"]))[:60],
    )


_lock = Lock()
_latest = Snapshot()


def snapshot() -> Snapshot:
    """All cases on show as they are now. One statement while nothing has changed, two when something has."""
    global _latest
    known, number = _latest, _number()
    if known.number == number:
        return known
    with _lock:
        known, number = _latest, _number()  # whoever was here before may have come further
        if known.number == number:
            return known
        holes = len(known.rows) - len(known)
        if known.number > number or holes > MOST_HOLES:
            known = Snapshot()
        changed = PublicCase.objects.filter(shelved_as__gt=known.number).order_by("shelved_as")
        _latest = known.after(changed.values(*_FIELDS).iterator(chunk_size=CHUNK), number)
        return _latest


def _number() -> int:
    return Shelf.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def forget() -> None:
    """Begin again from the rows: what a test writes is gone after it, and its numbers are given out anew."""
    global _latest
    _latest = Snapshot()
