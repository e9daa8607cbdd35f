"""The index in memory: it knows what the rows know, after whatever happened to them, in every thread."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from cases import card_index, publishing
from cases.card_index import bits_of, positions_of, snapshot
from cases.models import PublicCase
from cases.shelving import take_off
from tests.library.shelf import ask, titles
from tests.makers import DAY, NOON, SECOND, make_desk_research


def known() -> dict[int, tuple]:
    return {row.key: row.facets for row in snapshot().rows if row}


def in_the_rows() -> dict[int, tuple]:
    return {public.pk: tuple(public.facets) for public in PublicCase.objects.on_show()}


def test_sets_are_numbers_and_back():
    for size in (0, 1, 7, 8, 9, 100, 5000):
        places = sorted(random.Random(size).sample(range(10_000), size))
        assert list(positions_of(bits_of(places))) == places


@pytest.mark.django_db
def test_it_catches_up_after_publishing_correcting_and_taking_down():
    first, second = make_desk_research("First"), make_desk_research("Second")
    assert titles(ask()) == ["Second", "First"]

    third = make_desk_research("Third", at=NOON + SECOND)
    publishing.bring_out(
        first, {**first.edition.said, "title": "Zeroth", "sectors": ["health"]}, at=NOON + DAY
    )
    second.refresh_from_db()
    second.state = PublicCase.State.ARCHIVED
    second.save()
    take_off(second)

    assert titles(ask("sort=title")) == ["Third", "Zeroth"]
    assert titles(ask()) == ["Third", "Zeroth"]  # a correction makes no case newer
    assert list(ask("sector=health").keys()) == [first.pk]
    assert known() == in_the_rows() and set(known()) == {first.pk, third.pk}
    assert len(snapshot()) == 2


@pytest.mark.django_db
def test_what_was_taken_down_and_is_published_again_has_its_old_place():
    older, newer = make_desk_research("Older"), make_desk_research("Newer", at=NOON + SECOND)
    for state in (PublicCase.State.UNPUBLISHED, PublicCase.State.PUBLISHED):
        older.refresh_from_db()
        older.state = state
        older.save()
        take_off(older)
        ask()

    assert list(ask().keys()) == [newer.pk, older.pk]


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_known():
    make_desk_research("Stays")
    assert ask().count == 1

    try:
        with transaction.atomic():
            make_desk_research("Goes")
            assert ask().count == 2
            raise RuntimeError
    except RuntimeError:
        pass

    assert titles(ask()) == ["Stays"]
    make_desk_research("Comes")
    assert titles(ask("sort=title")) == ["Comes", "Stays"]


@pytest.mark.django_db
def test_catching_up_gives_what_beginning_again_gives():
    chance = random.Random(5)
    cases: list[PublicCase] = []
    for step in range(40):
        what = chance.random()
        if what < 0.5 or not cases:
            tags = [chance.choice("abcdef") for _ in range(2)]
            cases.append(make_desk_research(f"Case {step}", at=NOON + step * SECOND, tags=tags))
        else:
            public = PublicCase.objects.get(pk=chance.choice(cases).pk)
            if what < 0.75:
                content = {**public.edition.said, "tags": [chance.choice("abcdef")], "title": f"Case {-step}"}
                publishing.bring_out(public, content, at=NOON + step * SECOND)
            else:
                public.state = PublicCase.State.UNPUBLISHED
                public.save()
                take_off(public)
        if step % 3 == 0:
            ask()

    def told() -> list:
        result = ask()
        return [
            list(result.keys()),
            list(ask("sort=title").keys()),
            [result.facet(kind) for kind in ("tag", "country", "level", "border")],
            list(ask("tag=a&tag=b").keys()),
            result.shelf.pair_counts(result.all),
        ]

    caught_up = told()
    card_index.forget()
    assert told() == caught_up
    assert known() == in_the_rows()


@pytest.mark.django_db
@pytest.mark.parametrize("size", [10, 200])
def test_a_page_asks_as_few_questions_and_fetches_as_few_rows_however_many_cases_there_are(client, size: int):
    for number in range(size):
        make_desk_research(f"Ferry {number}", sections=[{"key": "overview", "text": "With a compass."}])
    asked = {}
    for address in ("", "?q=ferry&country=FR", "?q=compass", "?page=2&sort=title", "?q=feryr"):
        client.get(f"/en/cases/{address}")  # from now on the words are known
        with CaptureQueriesContext(connection) as sent:
            page = client.get(f"/en/cases/{address}")
        assert page.content.decode().count('<li class="card') <= 12
        asked[address] = len(sent)

    # the stamp of the page, the number of the shelf, the cards, and what the frame asks; texts only where nothing of a card
    # was found
    assert asked == {"": 5, "?q=ferry&country=FR": 5, "?q=compass": 6, "?page=2&sort=title": 5, "?q=feryr": 5}


@pytest.mark.django_db(transaction=True)
def test_two_threads_that_ask_while_a_third_publishes_see_a_whole_library_each_time():
    for number in range(5):
        make_desk_research(f"Case {number}")

    def read(_number: int) -> list[tuple[int, int, int]]:
        try:
            seen = []
            for _again in range(30):
                result = ask("country=FR")
                seen.append((result.count, len(list(result.keys())), result.facet("level")["local"]))
            return seen
        finally:
            connections.close_all()

    def publish(_number: int) -> None:
        try:
            for number in range(8):
                make_desk_research(f"New {number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read, number) for number in range(2)]
        threads.submit(publish, 0).result()
        for reader in readers:
            counts = [count for count, keys, level in reader.result() if count == keys == level]
            assert len(counts) == 30
            assert counts == sorted(counts)
    assert ask().count == 13


@pytest.mark.django_db
def test_shelving_all_cases_again_changes_nothing_that_is_right_and_mends_what_is_not(capsys):
    right, wrong = make_desk_research("Right"), make_desk_research("Wrong")
    PublicCase.objects.filter(pk=wrong.pk).update(facets=["country:ZZ"])
    before = PublicCase.objects.filter(pk=right.pk).values("facets", "card", "title").get()

    call_command("shelve_cases")

    assert PublicCase.objects.filter(pk=right.pk).values("facets", "card", "title").get() == before
    assert titles(ask("country=FR&q=wrong")) == ["Wrong"]
    assert "2 cases are shelved." in capsys.readouterr().out
