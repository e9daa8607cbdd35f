"""The proposal: who should read what, worked out from plain facts."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from reviews.planning import BALANCE, Pace, Reader, ToRead, cost_of, propose, why, with_changes
from tests.makers import NOON

EN, EN_FR = frozenset({"en"}), frozenset({"en", "fr"})


def reader(key: int, cap: int = 60, **facts) -> Reader:
    return Reader(key, f"Reader {key}", cap, **{"languages": EN, **facts})


def case(key: int, language: str = "en", **facts) -> ToRead:
    return ToRead(key, language, **{name: frozenset(values) for name, values in facts.items()})


def world(seed: int, cases: int, readers: int, *, caps: tuple[int, int] = (1, 4)) -> tuple[list, list]:
    """Cases and readers of many kinds, the same for the same seed."""
    chance = random.Random(seed)
    sectors, countries = ["health", "transport", "housing"], ["FR", "KE", "BR"]

    def some(of: list, least: int = 0) -> frozenset:
        return frozenset(chance.sample(of, chance.randint(least, 2)))

    people = [
        reader(
            key,
            chance.randint(*caps),
            languages=some(["en", "fr", "es"], 1),
            sectors=some(sectors),
            countries=some(countries),
        )
        for key in range(1, readers + 1)
    ]
    works = [
        ToRead(
            key,
            chance.choice(["en", "fr", "es"]),
            some(sectors, 1),
            some(countries, 1),
            conflicts=frozenset(each.key for each in people if chance.random() < 0.15),
        )
        for key in range(1, cases + 1)
    ]
    return works, people


def test_each_case_gets_as_many_readers_as_were_asked_for():
    proposal = propose([case(1), case(2)], [reader(1), reader(2), reader(3)], 2)

    assert [len(set(readers)) for readers in proposal.given.values()] == [2, 2]
    assert (proposal.readings, proposal.short) == (4, {})


def test_readers_whom_a_case_has_count_and_do_not_get_it_twice():
    proposal = propose([case(1, given=[7]), case(2, given=[7, 8])], [reader(7, load=2), reader(9)], 2)

    assert proposal.given == {1: (9,), 2: ()}
    assert proposal.loads == {7: 2, 9: 1}


def test_nobody_gets_more_than_they_take_and_what_they_have_counts():
    proposal = propose([case(n) for n in range(10)], [reader(1, cap=5, load=3), reader(2, cap=4)], 1)

    assert proposal.loads == {1: 5, 2: 4}
    assert len(proposal.short) == 4


def test_every_case_gets_its_first_reader_before_any_gets_its_second_and_the_older_ones_come_first():
    proposal = propose([case(n) for n in (1, 2, 3)], [reader(1, cap=2), reader(2, cap=2)], 2)

    assert [len(proposal.given[n]) for n in (1, 2, 3)] == [2, 1, 1]


def test_nobody_reads_a_language_that_they_do_not_know():
    proposal = propose(
        [case(1, "fr"), case(2, "ar"), case(3, "other")], [reader(1), reader(2, languages=EN_FR)], 1
    )

    assert proposal.given == {1: (2,), 2: (), 3: ()}
    assert proposal.short == {2: "Nobody reads Arabic.", 3: "Nobody reads its language."}


def test_a_case_goes_to_nobody_in_conflict_and_to_nobody_who_had_it():
    proposal = propose([case(1, conflicts=[1], had=[2])], [reader(1), reader(2), reader(3)], 1)

    assert proposal.given == {1: (3,)}


def test_whoever_alone_can_read_some_cases_is_kept_for_them():
    """The English case comes first and everybody reads it; only one of them reads the French ones."""
    people = [reader(1, cap=2, languages=EN_FR, sectors=frozenset({"health"})), reader(2, cap=1)]
    works = [case(1, "en", sectors=["health"]), case(2, "fr"), case(3, "fr")]

    assert propose(works, people, 1).given == {1: (2,), 2: (1,), 3: (1,)}


def test_themes_come_before_regions_and_both_before_chance():
    knows_theme = reader(1, sectors=frozenset({"health"}), countries=frozenset({"KE"}))
    knows_region = reader(2, sectors=frozenset({"housing"}), countries=frozenset({"BR"}))
    neither = reader(3, sectors=frozenset({"housing"}), countries=frozenset({"KE"}))
    work = case(1, sectors=["health"], countries=["BR"])

    assert propose([work], [neither, knows_region, knows_theme], 1).given == {1: (1,)}
    assert propose([work], [neither, knows_region], 1).given == {1: (2,)}


def test_somebody_without_a_list_comes_after_those_who_know_and_before_those_who_do_not():
    work = case(1, sectors=["health"])
    knows, open_to_all, knows_others = (
        reader(1, sectors=frozenset({"health"})),
        reader(2),
        reader(3, sectors=frozenset({"housing"})),
    )

    assert propose([work], [knows, open_to_all, knows_others], 2).given == {1: (1, 2)}


def test_loads_are_alike_in_proportion_to_the_caps():
    proposal = propose([case(n) for n in range(90)], [reader(1, 60), reader(2, 30), reader(3, 90)], 1)

    assert proposal.loads == {1: 30, 2: 15, 3: 45}


def test_it_is_not_always_the_same_readers_who_meet_over_a_case():
    proposal = propose([case(n) for n in range(60)], [reader(n) for n in range(1, 5)], 2)

    assert set(proposal.given.values()) == set(combinations(range(1, 5), 2))
    assert set(proposal.loads.values()) == {30}


@pytest.mark.parametrize("seed", range(5))
def test_the_same_facts_give_the_same_proposal_in_whatever_order_they_come(seed):
    works, people = world(seed, 60, 7, caps=(5, 20))
    first = propose(works, people, 2)

    random.Random(seed).shuffle(works)
    random.Random(seed + 1).shuffle(people)

    assert propose(iter(works), iter(people), 2) == first


def all_ways(works: list[ToRead], people: list[Reader], wanted: int):
    """Every way to give out the cases, as (readers of each case, cost)."""
    choices = [
        [
            chosen
            for size in range(wanted + 1)
            for chosen in combinations([p for p in people if work.may_go_to(p)], size)
        ]
        for work in works
    ]
    for way in product(*choices):
        loads = {each.key: each.load for each in people}
        cost = 0
        for work, chosen in zip(works, way, strict=True):
            for each in chosen:
                cost += cost_of(each, work) + BALANCE * (2 * loads[each.key] + 1) // (2 * each.cap)
                loads[each.key] += 1
        if all(loads[each.key] <= each.cap for each in people):
            yield tuple(map(len, way)), cost


@pytest.mark.parametrize("seed", range(12))
def test_no_other_way_gives_out_more_and_none_that_gives_each_case_as_many_costs_less(seed):
    works, people = world(seed, 4, 4, caps=(1, 3))

    proposal = propose(works, people, 2)

    by_key = {each.key: each for each in people}
    cost, loads = 0, {each.key: each.load for each in people}
    for work in works:
        for key in proposal.given[work.key]:
            cost += cost_of(by_key[key], work) + BALANCE * (2 * loads[key] + 1) // (2 * by_key[key].cap)
            loads[key] += 1
    numbers = tuple(len(proposal.given[work.key]) for work in works)
    ways = list(all_ways(works, people, 2))
    assert proposal.readings == max(sum(others) for others, _cost in ways)
    assert cost == min(price for others, price in ways if others == numbers)
    assert proposal.loads == loads


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_cases_and_eight_readers_keep_every_rule(seed):
    works, people = world(seed, 1000, 8, caps=(150, 260))

    proposal = propose(works, people, 2)

    by_key = {each.key: each for each in people}
    for work in works:
        given = proposal.given[work.key]
        assert len(set(given)) == len(given) <= 2
        assert all(work.may_go_to(by_key[key]) for key in given)
        assert (len(given) < 2) == (work.key in proposal.short)
    assert all(proposal.loads[each.key] <= each.cap for each in people)


# -- Why ---------------------------------------------------------------------------------------------------------------


def test_each_reading_is_explained_in_words():
    knows = reader(
        1, languages=EN_FR, sectors=frozenset({"transport", "health"}), countries=frozenset({"KE", "FR"})
    )
    work = case(1, "fr", sectors=["transport"], countries=["KE", "UG"])

    assert (
        why(knows, work, 12) == "reads French · knows Transport and infrastructure · knows Kenya · 12 of 60"
    )
    assert (
        why(reader(2, languages=frozenset({"other"})), case(2, "other"), 1) == "reads its language · 1 of 60"
    )


@pytest.mark.parametrize(
    ("work", "people", "reason"),
    [
        (case(1), [], "Nobody takes cases."),
        (case(1, given=[1]), [reader(1)], "Everybody who takes cases has it."),
        (case(1, "fr"), [reader(1)], "Nobody reads French."),
        (
            case(1, "fr", given=[1], conflicts=[4]),
            [
                reader(1, languages=EN_FR),
                reader(2),
                reader(3),
                reader(4, languages=EN_FR),
                reader(5, cap=3, load=3, languages=EN_FR),
            ],
            "Nobody else can take it: 2 do not read its language, 1 has a conflict of interest, 1 has no room left.",
        ),
        (case(1, had=[1]), [reader(1)], "Nobody else can take it: 1 had it before."),
        (case(1), [reader(1, cap=0)], "Nobody else can take it: 1 has no room left."),
    ],
)
def test_a_case_that_gets_too_few_says_why(work, people, reason):
    assert propose([work], people, 2).short == {1: reason}


# -- Put right by hand ---------------------------------------------------------------------------------------------------


def test_a_change_by_hand_moves_nothing_else_and_its_loads_are_counted():
    works, people = [case(n) for n in range(1, 5)], [reader(1), reader(2), reader(3, load=1)]
    proposal = propose(works, people, 1)
    before = proposal.given[2]

    changed = with_changes(proposal, {1: (3,), 2: ()}, works, people, 1)

    assert changed.given == {**proposal.given, 1: (3,), 2: ()}
    assert changed.short == {2: "Somebody else could still take it."}
    assert sum(changed.loads.values()) == sum(proposal.loads.values()) - len(before)


# -- The pace ----------------------------------------------------------------------------------------------------------


def test_the_end_is_foretold_from_the_pace_of_two_weeks():
    assert Pace(left=40, finished=28).ends_at(NOON) == NOON + timedelta(days=20)
    assert Pace(left=40, finished=28).a_day == 2


def test_nothing_is_foretold_from_a_handful_and_nothing_left_is_the_end():
    assert Pace(left=40, finished=4).ends_at(NOON) is None
    assert Pace(left=0, finished=0).ends_at(NOON) == NOON


def test_facts_stay_as_they_are():
    work, one = case(1), reader(1)

    propose([work], [one], 1)

    assert (work, one) == (case(1), replace(one, load=0))
