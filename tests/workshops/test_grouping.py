"""Breakout groups: each is a mix, the same wish gives the same groups, and what staff put right by hand stays."""

from collections import Counter

import pytest

from people.models import Event
from tests.makers import make_staff
from tests.workshops.makers import MAY, make_workshop, take
from workshops import grouping, seating
from workshops.grouping import Person, how_many, propose
from workshops.models import Registration, Workshop

COUNTRIES = ["KE"] * 12 + ["FR"] * 8 + ["PT"] * 4 + ["IN", "BR", "AE", "JP", "CA", "EE"]


def crowd() -> list[Person]:
    """Thirty people: a dozen from one country, eight and four from two others, six alone."""
    levels, roles = ("national", "regional", "local"), ("Planner", "Lawyer", "Engineer", "Mayor", "")
    return [
        Person(pk, country, levels[pk % 3], roles[pk % 5], "en" if pk % 4 else "fr")
        for pk, country in enumerate(COUNTRIES, start=1)
    ]


def countries_in(people: list[int]) -> Counter:
    known = {person.pk: person.country for person in crowd()}
    return Counter(known[pk] for pk in people)


# -- Proposing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "asked", "groups"),
    [
        (30, {"size": 6}, 5),
        (31, {"size": 6}, 6),
        (30, {"number": 4}, 4),
        (3, {"number": 9}, 3),
        (0, {"size": 6}, 0),
    ],
)
def test_a_size_or_a_number_says_how_many_groups_there_are(people, asked, groups):
    assert how_many(people, **asked) == groups


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7, 13, 30])
def test_everybody_is_in_one_group_and_sizes_differ_by_one_at_most(number):
    groups = propose(crowd(), number)

    assert sorted(pk for group in groups for pk in group) == [person.pk for person in crowd()]
    assert len(groups) == number
    assert max(map(len, groups)) - min(map(len, groups)) <= 1


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_people_of_one_country_are_spread_over_all_groups(number):
    for country, many in Counter(COUNTRIES).items():
        shares = [countries_in(group)[country] for group in propose(crowd(), number)]
        assert max(shares) <= -(-many // number), (country, shares)
        assert min(shares) >= many // number, (country, shares)


def test_levels_are_spread_as_well_as_countries_allow():
    known = {person.pk: person.level for person in crowd()}

    for group in propose(crowd(), 5):
        assert set(Counter(known[pk] for pk in group).values()) == {2}


def test_the_same_people_in_another_order_give_the_same_groups():
    assert propose(reversed(crowd()), 5) == propose(crowd(), 5) == propose(crowd(), 5)


def test_who_told_nothing_is_like_nobody_and_case_makes_no_difference():
    assert Person(1).marks == ()
    assert Person(1, role=" Mayor ").marks == Person(2, role="mayor").marks


def test_who_has_a_group_keeps_it_while_newcomers_are_dealt_in():
    kept = {1: 0, 2: 0, 3: 1}

    groups = propose(crowd(), 5, kept)

    assert {1, 2} <= set(groups[0])
    assert 3 in groups[1]
    assert [len(group) for group in groups] == [6] * 5


def test_a_group_that_is_too_large_already_gets_nobody_and_the_rest_are_even():
    people = crowd()[:10]

    groups = propose(people, 3, {person.pk: 0 for person in people[:6]})

    assert [len(group) for group in groups] == [6, 2, 2]


def test_nobody_and_no_group_are_no_error():
    assert propose([], 3) == [[], [], []]
    assert propose(crowd(), 0) == []


def test_a_thousand_people_are_dealt_evenly_too():
    people = [Person(pk, f"C{pk % 17}", f"L{pk % 3}", f"R{pk % 29}") for pk in range(1000)]

    groups = propose(people, 125)

    assert {len(group) for group in groups} == {8}
    assert max(Counter(pk % 17 for pk in group).most_common(1)[0][1] for group in groups) <= 2


# -- Kept ------------------------------------------------------------------------------------------------------------


def full_workshop(people: int = 6) -> Workshop:
    workshop = make_workshop(capacity=people)
    for n in range(people):
        take(workshop, name=f"Person {n}", country=("KE", "FR", "PT")[n % 3])
    return workshop


def seats(workshop: Workshop) -> dict[int, list[str]]:
    """Names by the number of the group."""
    found: dict[int, list[str]] = {group.number: [] for group in workshop.groups.all()}
    for each in workshop.registrations.exclude(group=None).select_related("group").order_by("name"):
        found[each.group.number].append(each.name)
    return found


@pytest.mark.django_db
def test_regrouping_seats_everybody_who_has_a_seat_and_nobody_who_waits():
    workshop = full_workshop()
    take(workshop, name="Waits")

    grouping.regroup(workshop, 2, at=MAY, by=make_staff())

    assert sorted(name for names in seats(workshop).values() for name in names) == [
        f"Person {n}" for n in range(6)
    ]
    assert [len(names) for names in seats(workshop).values()] == [3, 3]
    assert Event.objects.get(action="groups proposed").facts == {"groups": 2}


@pytest.mark.django_db
def test_regrouping_again_replaces_the_groups_and_does_the_same():
    workshop, staff = full_workshop(), make_staff()
    grouping.regroup(workshop, 2, at=MAY, by=staff)
    before = seats(workshop)

    grouping.regroup(workshop, 3, at=MAY, by=staff)
    assert sorted(seats(workshop)) == [1, 2, 3]
    grouping.regroup(workshop, 2, at=MAY, by=staff)

    assert seats(workshop) == before


@pytest.mark.django_db
def test_somebody_promoted_later_gets_a_group_and_nobody_else_moves():
    workshop, staff = full_workshop(), make_staff()
    take(workshop, name="Newcomer")
    grouping.regroup(workshop, 2, at=MAY, by=staff)
    before = seats(workshop)
    seating.give_back(workshop.registrations.get(name="Person 0"), at=MAY)

    assert grouping.fill_up(workshop, at=MAY, by=staff) == 1
    assert grouping.fill_up(workshop, at=MAY, by=staff) == 0

    after = {name: number for number, names in seats(workshop).items() for name in names}
    assert {name: after[name] for names in before.values() for name in names} == {
        name: number for number, names in before.items() for name in names
    }
    assert "Newcomer" in after


@pytest.mark.django_db
def test_people_are_moved_by_hand_and_what_a_colleague_moved_meanwhile_stays():
    workshop, staff = full_workshop(), make_staff()
    grouping.regroup(workshop, 2, at=MAY, by=staff)
    one, two = workshop.registrations.filter(group__number=1)[:2]

    assert grouping.change_places(workshop, {one.pk: (1, 2), two.pk: (2, None)}, at=MAY, by=staff) == (1, 1)

    assert Registration.objects.get(pk=one.pk).group.number == 2
    assert Registration.objects.get(pk=two.pk).group.number == 1


@pytest.mark.django_db
def test_nobody_is_moved_into_a_group_that_is_none_or_is_another_workshops():
    workshop, other, staff = full_workshop(), make_workshop(), make_staff()
    stranger = take(other)
    grouping.regroup(workshop, 2, at=MAY, by=staff)
    one = workshop.registrations.filter(group__number=1).first()

    assert grouping.change_places(workshop, {one.pk: (1, 9), stranger.pk: (None, 1)}, at=MAY, by=staff) == (
        0,
        2,
    )

    assert Registration.objects.get(pk=stranger.pk).group is None


@pytest.mark.django_db
def test_a_group_may_have_a_name_and_is_shown_only_when_staff_say_so():
    workshop, staff = full_workshop(), make_staff()
    grouping.regroup(workshop, 2, at=MAY, by=staff)

    assert grouping.rename(workshop, {1: "  Rivers  and coasts ", 2: ""}, at=MAY, by=staff) == 1
    grouping.publish(workshop, True, at=MAY, by=staff)
    grouping.publish(workshop, True, at=MAY, by=staff)

    assert [str(group) for group in workshop.groups.all()] == ["Rivers and coasts", "Group 2"]
    assert Workshop.objects.get(pk=workshop.pk).groups_published
    assert Event.objects.filter(action="groups published").count() == 1


@pytest.mark.django_db
def test_whoever_leaves_and_comes_back_starts_without_a_group():
    workshop, staff = full_workshop(), make_staff()
    grouping.regroup(workshop, 2, at=MAY, by=staff)
    left = workshop.registrations.get(name="Person 0")
    seating.give_back(left, at=MAY)

    again = take(workshop, address=left.address, name="Person 0")

    assert again.group is None
