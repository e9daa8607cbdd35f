"""«Still true?»: asked once a year, answered with one click, and honest when nobody answers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import publishing, yearly
from cases.drafting import NotAllowed
from cases.models import PublicCase, YearlyCheck
from people import links
from people.models import Event
from tests.library.makers import fresh, make_accepted, make_published
from tests.makers import (
    DAY,
    HOUR,
    NOON,
    author_of,
    letters_posted,
    make_boss,
    make_colleague,
    make_desk_research,
)

pytestmark = pytest.mark.django_db

A_YEAR_LATER = NOON + 365 * DAY


def the_link(name: str) -> str:
    """Where one of the two links of the newest letter leads."""
    letter = letters_posted("still-true")[-1]
    return "/l/" + links.address_of(letter.context[name]).rpartition("/")[2]


def test_the_author_of_a_public_case_is_asked_a_year_after_it_was_confirmed_and_once():
    make_published()

    asked = [yearly.ask_due(NOON + timedelta(days=days)) for days in (364, 365, 366, 700)]

    assert asked == [0, 1, 0, 0]
    (letter,) = letters_posted("still-true")
    assert letter.list_unsubscribe
    assert letter.context["page"].endswith("/en/cases/shared-river-flood-warnings/")


def test_who_is_silent_is_asked_again_a_year_later_and_the_case_is_never_hidden():
    public = make_published()
    yearly.ask_due(A_YEAR_LATER)

    assert yearly.ask_due(A_YEAR_LATER + 365 * DAY) == 1

    public = fresh(public)
    assert public.is_on_show
    assert public.not_confirmed_since(NOON + 547 * DAY) is None
    assert public.not_confirmed_since(NOON + 548 * DAY) == NOON


def test_desk_research_and_what_has_left_the_library_is_not_asked_about():
    make_desk_research()
    publishing.archive(make_published(), reason="Ended.", by=make_boss(), at=NOON)
    taken_down = make_published(case=make_accepted(title="Another one"))
    publishing.unpublish(taken_down, reason="Asked to.", by=make_boss(), at=NOON)

    assert yearly.ask_due(A_YEAR_LATER) == 0


def test_who_stopped_these_letters_gets_none():
    public = make_published()
    author_of(public.case).address.stop("still-true")

    yearly.ask_due(A_YEAR_LATER)

    assert letters_posted("still-true") == []


def test_asking_about_many_costs_a_few_statements_each():
    def statements(count: int) -> int:
        for number in range(count):
            make_published(case=make_accepted(title=f"Case {count} {number}"))
        with CaptureQueriesContext(connection) as queries:
            yearly.ask_due(A_YEAR_LATER)
        return len(queries)

    assert statements(3) - statements(1) <= 4


def test_two_taps_are_enough_and_looking_is_none_of_them():
    public = make_published()
    yearly.ask_due(A_YEAR_LATER)
    phone, link = Client(), the_link("yes")

    looked = phone.get(link)
    assert "Yes, it is still true" in looked.content.decode()
    assert YearlyCheck.objects.get().answer == ""

    pressed = phone.post(link)

    assert pressed.headers["Location"] == reverse("cases:public_version", args=[public.case.code])
    assert YearlyCheck.objects.get().answer == "still-true"
    assert "says so from now on" in phone.get(pressed.headers["Location"]).content.decode()


def test_pressing_the_link_again_confirms_nothing_a_second_time():
    public = make_published()
    yearly.ask_due(A_YEAR_LATER)
    link = the_link("yes")
    Client().post(link)
    confirmed = fresh(public).confirmed_at

    assert Client().post(link).status_code == 302

    assert fresh(public).confirmed_at == confirmed
    assert Event.objects.filter(action="said that it is still true").count() == 1


def test_still_true_confirms_it_for_another_year_and_shelves_it_again():
    public = make_published()
    before = public.shelved_as

    yearly.answer(public, said="still-true", by=author_of(public.case), at=NOON + 300 * DAY)

    public = fresh(public)
    assert public.confirmed_at == NOON + 300 * DAY
    assert public.shelved_as > before
    assert yearly.ask_due(A_YEAR_LATER) == 0
    assert yearly.ask_due(NOON + 665 * DAY) == 1


def test_what_has_changed_needs_words_waits_for_staff_and_changes_nothing_public():
    public = make_published()
    author = author_of(public.case)

    with pytest.raises(NotAllowed, match="what has changed"):
        yearly.answer(public, said="changed", by=author, at=A_YEAR_LATER)
    check = yearly.answer(public, said="changed", words="A third city.", by=author, at=A_YEAR_LATER)

    assert (check.answer, check.words, check.looked_at) == ("changed", "A third city.", None)
    assert fresh(public).edition == public.edition
    assert fresh(public).confirmed_at == NOON

    yearly.looked_at(check, by=make_boss(), at=A_YEAR_LATER + HOUR)
    yearly.looked_at(check, by=make_boss(), at=A_YEAR_LATER + 2 * HOUR)
    assert Event.objects.filter(action="looked at the yearly answer").count() == 1


def test_nobody_but_the_author_answers_and_of_nothing_but_a_public_case():
    public = make_published()

    with pytest.raises(NotAllowed, match="Only the author"):
        yearly.answer(public, said="ended", by=make_colleague(public.case), at=NOON)
    with pytest.raises(NotAllowed, match="Choose"):
        yearly.answer(public, said="nonsense", by=author_of(public.case), at=NOON)
    publishing.unpublish(public, reason="Because.", by=make_boss(), at=NOON)
    with pytest.raises(NotAllowed, match="not public"):
        yearly.answer(public, said="ended", by=author_of(public.case), at=NOON)


def test_pressing_twice_counts_once():
    public = make_published()
    for minutes in (0, 1):
        yearly.answer(
            public,
            said="ended",
            words="2028.",
            by=author_of(public.case),
            at=NOON + timedelta(minutes=minutes),
        )

    assert YearlyCheck.objects.count() == 1
    assert PublicCase.objects.get().is_on_show
