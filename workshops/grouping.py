"""Breakout groups: proposed so that each is a mix, adjusted by hand, shown to registrants when staff say so.

The same people and the same wish give the same groups: nothing here is drawn by lot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from django.db import transaction

from people import events
from people.models import User
from workshops.models import Group, Registration, Workshop

#: How much it matters that people who share this are not all in one group.
WEIGHTS = (("country", 8), ("level", 4), ("role", 2), ("language", 1))
#: With more people than this the groups are left as they were dealt; mending them would take seconds.
MENDED = 400
#: A group needs somebody to talk to.
SMALLEST, LARGEST = 2, 50


@dataclass(frozen=True)
class Person:
    """What groups are balanced by. Words are compared without case and surrounding space."""

    pk: int
    country: str = ""
    level: str = ""
    role: str = ""
    language: str = ""

    @property
    def marks(self) -> tuple[tuple[str, str, int], ...]:
        """(what, which, weight) for everything that the person has told."""
        told = ((name, getattr(self, name).strip().casefold(), weight) for name, weight in WEIGHTS)
        return tuple(mark for mark in told if mark[1])


@dataclass
class _Circle:
    """One group while it is being put together."""

    room: int
    people: list[Person] = field(default_factory=list)
    marks: Counter = field(default_factory=Counter)

    def cost_of(self, person: Person) -> int:
        """How much alike the group would grow: everybody here who shares something counts by its weight."""
        return sum(self.marks[mark] * mark[2] for mark in person.marks)

    def take(self, person: Person) -> None:
        self.people.append(person)
        self.marks.update(person.marks)

    def lose(self, person: Person) -> None:
        self.people.remove(person)
        self.marks.subtract(person.marks)


def how_many(people: int, *, size: int | None = None, number: int | None = None) -> int:
    """How many groups: ``number`` of them, or so many that none is larger than ``size``; never more than people."""
    wanted = number if number else -(-people // size) if size else 0
    return max(0, min(wanted, people))


def propose(people: Iterable[Person], number: int, kept: Mapping[int, int] | None = None) -> list[list[int]]:
    """Deal people into ``number`` groups whose sizes differ by one at most; returns their keys, group by group.

    Whoever shares a country, a level, a role or a language is spread as evenly as can be, in this order of weight.
    ``kept`` (key → index of a group) leaves people where they sit; then sizes are as even as that allows.
    """
    everybody = sorted(people, key=lambda person: person.pk)
    if number < 1 or not everybody:
        return [[] for _n in range(max(0, number))]
    kept = kept or {}
    circles = _circles(everybody, number, kept)
    for person in _by_what_is_most_common([p for p in everybody if p.pk not in kept]):
        open_ones = [circle for circle in circles if circle.room > len(circle.people)]
        min(open_ones, key=lambda circle: (circle.cost_of(person), len(circle.people))).take(person)
    if len(everybody) <= MENDED:
        _mend(circles, free={person.pk for person in everybody} - set(kept))
    return [sorted(person.pk for person in circle.people) for circle in circles]


def _circles(everybody: list[Person], number: int, kept: Mapping[int, int]) -> list[_Circle]:
    """Groups with those who keep their seats; the rest of the room goes first to whoever has fewest."""
    circles = [_Circle(room=0) for _n in range(number)]
    for person in everybody:
        if person.pk in kept:
            circles[kept[person.pk]].take(person)
    for circle in circles:
        circle.room = len(circle.people)
    for _n in range(len(everybody) - sum(circle.room for circle in circles)):
        min(circles, key=lambda circle: circle.room).room += 1
    return circles


def _by_what_is_most_common(people: list[Person]) -> list[Person]:
    """Countries with many people first, each country's people side by side, and so on down the weights."""
    counts = Counter((mark[0], mark[1]) for person in people for mark in person.marks)

    def place(person: Person) -> tuple:
        told = [(name, getattr(person, name).strip().casefold()) for name, _weight in WEIGHTS]
        return (*(((-counts[mark]), mark[1]) for mark in told), person.pk)

    return sorted(people, key=place)


def _mend(circles: list[_Circle], free: set[int]) -> None:
    """Change two people's places wherever that makes the groups less alike inside, until nothing is gained."""
    gained = True
    while gained:
        gained = False
        for one, other in combinations(circles, 2):
            gained |= _mend_pair(one, other, free)


def _mend_pair(one: _Circle, other: _Circle, free: set[int]) -> bool:
    gained = False
    for a in list(one.people):
        for b in list(other.people):
            if a.pk in free and b.pk in free and a in one.people and b in other.people:
                gained |= _change_if_better(one, a, other, b)
    return gained


def _change_if_better(one: _Circle, a: Person, other: _Circle, b: Person) -> bool:
    if a.marks == b.marks:
        return False
    one.lose(a)
    other.lose(b)
    better = one.cost_of(b) + other.cost_of(a) < one.cost_of(a) + other.cost_of(b)
    one.take(b if better else a)
    other.take(a if better else b)
    return better


# -- Kept ------------------------------------------------------------------------------------------------------------


def people_of(workshop: Workshop) -> list[Person]:
    """Everybody with a seat, as groups are balanced. One statement."""
    seated = workshop.registrations.seated().filter(erased_at=None).order_by("pk")
    fields = ("pk", "country", "level", "role", "address__language")
    return [Person(*values) for values in seated.values_list(*fields)]


@transaction.atomic
def regroup(workshop: Workshop, number: int, *, at: datetime, by: User) -> list[list[int]]:
    """Put everybody with a seat into ``number`` new groups; the groups that stood are gone, names with them."""
    workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
    proposed = propose(people_of(workshop), number)
    workshop.groups.all().delete()
    groups = Group.objects.bulk_create(
        Group(workshop=workshop, number=n) for n in range(1, len(proposed) + 1)
    )
    _seat_in(dict(zip([group.pk for group in groups], proposed, strict=True)))
    _note(workshop, "groups proposed", at=at, by=by, facts={"groups": number})
    return proposed


@transaction.atomic
def fill_up(workshop: Workshop, *, at: datetime, by: User) -> int:
    """Give a group to everybody seated who has none, and leave the others where they are. Returns how many."""
    workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
    groups = list(workshop.groups.all())
    index = {group.pk: n for n, group in enumerate(groups)}
    seated = dict(workshop.registrations.seated().filter(erased_at=None).values_list("pk", "group"))
    kept = {pk: index[group] for pk, group in seated.items() if group in index}
    newcomers = len(seated) - len(kept)
    if not groups or not newcomers:
        return 0
    proposed = propose(people_of(workshop), len(groups), kept)
    new = [[pk for pk in people if pk not in kept] for people in proposed]
    _seat_in(dict(zip([group.pk for group in groups], new, strict=True)))
    _note(workshop, "groups filled up", at=at, by=by, facts={"people": newcomers})
    return newcomers


@transaction.atomic
def change_places(
    workshop: Workshop, wishes: Mapping[int, tuple[int | None, int | None]], *, at: datetime, by: User
) -> tuple[int, int]:
    """Move people by hand: registration → (group number it was shown in, group number wanted), None for no group.

    Whoever has been moved by somebody else since is left alone. Returns (moved, left alone).
    """
    workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
    groups = {group.number: group.pk for group in workshop.groups.all()}
    moved = 0
    wanted = {pk: wish for pk, wish in wishes.items() if wish[0] != wish[1]}
    for pk, (was, becomes) in wanted.items():
        if becomes is not None and becomes not in groups:
            continue
        people = workshop.registrations.seated().filter(pk=pk, group=groups.get(was) if was else None)
        moved += people.update(group=groups[becomes] if becomes else None)
    if moved:
        _note(workshop, "groups changed", at=at, by=by, facts={"people": moved})
    return moved, len(wanted) - moved


@transaction.atomic
def rename(workshop: Workshop, names: Mapping[int, str], *, at: datetime, by: User) -> int:
    """Give groups names of their own, number → name; "" takes a name away. Returns how many changed."""
    changed = 0
    for number, name in names.items():
        name = " ".join(name.replace("\0", "").split())[:100]
        changed += workshop.groups.filter(number=number).exclude(name=name).update(name=name)
    if changed:
        _note(workshop, "groups named", at=at, by=by, facts={"groups": changed})
    return changed


@transaction.atomic
def publish(workshop: Workshop, shown: bool, *, at: datetime, by: User) -> None:
    """Show each registrant their group on their own page, or stop. Harmless when repeated."""
    if Workshop.objects.filter(pk=workshop.pk).exclude(groups_published=shown).update(groups_published=shown):
        _note(workshop, "groups published" if shown else "groups hidden", at=at, by=by)


def _seat_in(groups: dict[int, list[int]]) -> None:
    for group, people in groups.items():
        Registration.objects.filter(pk__in=people).update(group=group)


def _note(workshop: Workshop, action: str, *, at: datetime, by: User, facts: dict | None = None) -> None:
    events.record(action, about=("workshop", workshop.pk), at=at, by=by, facts=facts)
