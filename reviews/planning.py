"""Who should read what: a proposal worked out from plain facts, the same for the same facts, and explained in words.

Nothing here asks the database. As many readings as possible are given out, nobody beyond their cap; among all ways to
give each case as many, the one that costs least: a theme or a region that the reader does not know, and loads that are
unlike, cost something. It is a flow of least cost, exact and not a guess: each reading added may move others on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from zlib import crc32

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.questions import CASE_LANGUAGES, SECTORS, label_of
from people.places import country_name

#: What it costs that a reader does not know the theme, or any of the countries; somebody without a list costs half.
THEME = 30_000
REGION = 20_000
#: What a reading costs a reader who is full; to somebody half full it costs half of that.
BALANCE = 100_000
#: Below all of these: so that it is not always the same readers who meet over a case.
MIXING = 997
#: The pace is that of the last two weeks, and nothing is foretold from fewer reviews than these.
PACE_OVER = timedelta(days=14)
FEWEST_FOR_A_PACE = 5


@dataclass(frozen=True)
class Reader:
    """Somebody who takes cases. ``load`` is how many they have in this round, read or not; ``cap`` the most."""

    key: int
    name: str
    cap: int
    languages: frozenset[str]
    sectors: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    load: int = 0


@dataclass(frozen=True)
class ToRead:
    """A case that wants readers: who has it, who had it and gave it back, and who is in conflict with it (keys)."""

    key: int
    language: str
    sectors: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    given: frozenset[int] = frozenset()
    had: frozenset[int] = frozenset()
    conflicts: frozenset[int] = frozenset()

    def may_go_to(self, reader: Reader) -> bool:
        """Whether this reader could be given the case, had they room for it."""
        return (
            self.language in reader.languages
            and reader.key not in self.given
            and reader.key not in self.had
            and reader.key not in self.conflicts
        )


@dataclass(frozen=True)
class Proposal:
    """``given``: case → the readers it gets beside those it has. ``short``: cases that get too few → why, in words.
    ``loads``: reader → how many cases they would have."""

    given: dict[int, tuple[int, ...]]
    short: dict[int, str]
    loads: dict[int, int]

    @property
    def readings(self) -> int:
        return sum(len(readers) for readers in self.given.values())


def propose(cases: Iterable[ToRead], readers: Iterable[Reader], wanted: int) -> Proposal:
    """Give each case ``wanted`` readers, those it has counted in, or say why it gets fewer.

    Every case gets its first reader before any gets its second. The order of ``cases`` and ``readers`` is of no
    account: the older ones (by key) come first where there is not enough for all.
    """
    works = sorted(cases, key=lambda case: case.key)
    people = sorted(readers, key=lambda reader: reader.key)
    table = _Table(works, people)
    stuck: set[int] = set()
    for layer in range(1, wanted + 1):
        for number, work in enumerate(works):
            lacks = len(work.given) + len(table.has[number]) < layer
            if lacks and number not in stuck and not table.place(number):
                stuck.add(number)
    given = {
        work.key: tuple(people[index].key for index in sorted(table.has[number]))
        for number, work in enumerate(works)
    }
    loads = {reader.key: table.loads[index] for index, reader in enumerate(people)}
    return Proposal(given, short_of(works, people, wanted, given, loads), loads)


def with_changes(
    proposal: Proposal,
    changes: Mapping[int, Sequence[int]],
    cases: Sequence[ToRead],
    readers: Sequence[Reader],
    wanted: int,
) -> Proposal:
    """The proposal with what was put right by hand: case → the readers it gets instead. Nothing else moves."""
    given = {
        key: tuple(sorted(changes[key])) if key in changes else chosen
        for key, chosen in proposal.given.items()
    }
    loads = {reader.key: reader.load for reader in readers}
    for chosen in given.values():
        for key in chosen:
            loads[key] += 1
    return Proposal(given, short_of(cases, readers, wanted, given, loads), loads)


# -- The flow --------------------------------------------------------------------------------------------------------


@dataclass
class _Table:
    """Cases and readers by their index, who takes what so far, and what it would cost to move a case.

    ``moves[r][s]`` is a heap of (cost, case): what it costs that reader s takes over a case of reader r. Entries that
    no longer hold are dropped when they come up.
    """

    works: list[ToRead]
    people: list[Reader]
    has: list[set[int]] = field(init=False)
    takes: list[set[int]] = field(init=False)
    loads: list[int] = field(init=False)
    costs: list[dict[int, int]] = field(init=False)
    moves: list[list[list[tuple[int, int]]]] = field(init=False)

    def __post_init__(self) -> None:
        several = range(len(self.people))
        self.has = [set() for _work in self.works]
        self.takes = [set() for _reader in several]
        self.loads = [reader.load for reader in self.people]
        self.costs = [
            {
                index: cost_of(reader, work)
                for index, reader in enumerate(self.people)
                if work.may_go_to(reader)
            }
            for work in self.works
        ]
        self.moves = [[[] for _other in several] for _reader in several]

    def place(self, case: int) -> bool:
        """One more reader for the case, by the cheapest chain of moves; False when there is none."""
        reach, came_by = self._chains(case)
        ends = [
            (cost + self._next_reading_of(reader), reader)
            for reader, cost in reach.items()
            if self.loads[reader] < self.people[reader].cap
        ]
        if not ends:
            return False
        reader = min(ends)[1]
        self.loads[reader] += 1
        steps = []
        while came_by[reader] is not None:
            before, moved = came_by[reader]
            steps.append((moved, before, reader))
            reader = before
        for moved, before, after in steps:
            self._drop(moved, before)
            self._take(moved, after)
        self._take(case, reader)
        return True

    def _chains(self, case: int) -> tuple[dict[int, int], dict[int, tuple[int, int] | None]]:
        """The least that it costs to let each reader have one case more, and the last move of the way there.

        Ways may cost less than nothing, but no circle does, for what is placed so far is placed at the least cost.
        """
        reach = {reader: cost for reader, cost in self.costs[case].items() if reader not in self.has[case]}
        came_by: dict[int, tuple[int, int] | None] = dict.fromkeys(reach)
        fresh = sorted(reach)
        while fresh:
            changed = set()
            for before in fresh:
                for after in range(len(self.people)):
                    move = self._cheapest_move(before, after)
                    if move and (after not in reach or reach[before] + move[0] < reach[after]):
                        reach[after] = reach[before] + move[0]
                        came_by[after] = (before, move[1])
                        changed.add(after)
            fresh = sorted(changed)
        return reach, came_by

    def _cheapest_move(self, before: int, after: int) -> tuple[int, int] | None:
        heap = self.moves[before][after]
        while heap:
            case = heap[0][1]
            if case in self.takes[before] and after not in self.has[case]:
                return heap[0]
            heappop(heap)
        return None

    def _next_reading_of(self, reader: int) -> int:
        return BALANCE * (2 * self.loads[reader] + 1) // (2 * self.people[reader].cap)

    def _take(self, case: int, reader: int) -> None:
        self.has[case].add(reader)
        self.takes[reader].add(case)
        costs = self.costs[case]
        for other, cost in costs.items():
            if other != reader:
                heappush(self.moves[reader][other], (cost - costs[reader], case))

    def _drop(self, case: int, reader: int) -> None:
        self.has[case].discard(reader)
        self.takes[reader].discard(case)
        costs = self.costs[case]
        for holder in self.has[case]:
            heappush(self.moves[holder][reader], (costs[reader] - costs[holder], case))


def cost_of(reader: Reader, work: ToRead) -> int:
    """What it costs, beside the load, that this reader reads this case."""
    mixing = crc32(f"{work.key}:{reader.key}".encode()) % MIXING
    return (
        _cost(THEME, reader.sectors, work.sectors) + _cost(REGION, reader.countries, work.countries) + mixing
    )


def _cost(price: int, known: frozenset[str], asked: frozenset[str]) -> int:
    if not known:
        return price // 2
    return 0 if known & asked else price


# -- Words -----------------------------------------------------------------------------------------------------------


def why(reader: Reader, work: ToRead, load: int) -> str:
    """Why this reader fits: «reads French · knows Health · 12 of 60». ``load`` is what they would have in all."""
    said = []
    if work.language in reader.languages:
        said.append(
            _("reads its language")
            if work.language == "other"
            else _("reads %(language)s") % {"language": label_of(CASE_LANGUAGES, work.language)}
        )
    said += [
        _("knows %(what)s") % {"what": label_of(SECTORS, sector)}
        for sector, _words in SECTORS
        if sector in reader.sectors & work.sectors
    ]
    said += [
        _("knows %(what)s") % {"what": country_name(code)}
        for code in sorted(reader.countries & work.countries)
    ]
    said.append(_("%(load)s of %(cap)s") % {"load": load, "cap": reader.cap})
    return " · ".join(said)


def short_of(
    cases: Iterable[ToRead],
    readers: Sequence[Reader],
    wanted: int,
    given: Mapping[int, Sequence[int]],
    loads: Mapping[int, int],
) -> dict[int, str]:
    """The cases that get fewer than ``wanted`` readers, each with the reason."""
    return {
        work.key: why_not(work, readers, given.get(work.key, ()), loads)
        for work in cases
        if len(work.given) + len(given.get(work.key, ())) < wanted
    }


def why_not(work: ToRead, readers: Sequence[Reader], given: Sequence[int], loads: Mapping[int, int]) -> str:
    """Why nobody else reads this case."""
    if not readers:
        return _("Nobody takes cases.")
    if not any(work.language in reader.languages for reader in readers):
        if work.language == "other":
            return _("Nobody reads its language.")
        return _("Nobody reads %(language)s.") % {"language": label_of(CASE_LANGUAGES, work.language)}
    others = [reader for reader in readers if reader.key not in work.given and reader.key not in given]
    if not others:
        return _("Everybody who takes cases has it.")
    counts = {"language": 0, "conflict": 0, "had": 0, "full": 0, "free": 0}
    for reader in others:
        counts[_obstacle(work, reader, loads[reader.key])] += 1
    if counts["free"]:
        return _("Somebody else could still take it.")
    return _("Nobody else can take it: %(why)s.") % {"why": ", ".join(_counted(counts))}


def _obstacle(work: ToRead, reader: Reader, load: int) -> str:
    if work.language not in reader.languages:
        return "language"
    if reader.key in work.conflicts:
        return "conflict"
    if reader.key in work.had:
        return "had"
    return "full" if load >= reader.cap else "free"


def _counted(counts: Mapping[str, int]) -> list[str]:
    said = {
        "language": ngettext(
            "%(n)d does not read its language", "%(n)d do not read its language", counts["language"]
        ),
        "conflict": ngettext(
            "%(n)d has a conflict of interest", "%(n)d have a conflict of interest", counts["conflict"]
        ),
        "had": ngettext("%(n)d had it before", "%(n)d had it before", counts["had"]),
        "full": ngettext("%(n)d has no room left", "%(n)d have no room left", counts["full"]),
    }
    return [words % {"n": counts[kind]} for kind, words in said.items() if counts[kind]]


# -- When it will be done --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pace:
    """``left`` reviews are to be written; ``finished`` were, in the last ``over``."""

    left: int
    finished: int
    over: timedelta = PACE_OVER

    def ends_at(self, at: datetime) -> datetime | None:
        """When the last review will be written if it goes on like this; None when too few were to tell."""
        if not self.left:
            return at
        if self.finished < FEWEST_FOR_A_PACE:
            return None
        return at + self.over * self.left / self.finished

    @property
    def a_day(self) -> float:
        return self.finished / (self.over / timedelta(days=1))
