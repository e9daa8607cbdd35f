"""Links in letters: the same bytes each time, signed, dated, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from people import links
from people.links import address_of, letter_link

NOON = datetime(2027, 5, 12, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def token(**facts) -> str:
    return address_of(letter_link("draft", **facts)).rpartition("/")[2]


def test_a_link_gives_back_what_was_put_in():
    said = links.read(token(colleague=7, generation=2), at=NOON)

    assert said == {"kind": "draft", "colleague": 7, "generation": 2}


def test_a_link_is_the_same_to_the_byte_however_often_and_in_whatever_order_it_is_made():
    assert token(colleague=7, generation=2) == token(generation=2, colleague=7)


def test_a_link_as_plain_data_carries_no_signature():
    assert letter_link("draft", colleague=7) == {"link": {"kind": "draft", "colleague": 7}}


def test_a_link_opens_until_its_last_second():
    dated = token(colleague=7, expires_at=NOON)

    assert links.read(dated, at=NOON - SECOND)["colleague"] == 7
    assert links.read(dated, at=NOON) is None


def test_addresses_are_absolute_without_language_and_short_enough_for_one_line(settings):
    settings.SITE_URL = "https://portal.example"

    open_it = address_of(letter_link("draft", colleague=123456, generation=12, expires_at=NOON))
    stop_it = address_of(letter_link("stop", address=1, what="reminder"))

    assert open_it.startswith("https://portal.example/l/")
    assert stop_it.startswith("https://portal.example/l/stop/")
    assert len(open_it) < 200


def forgeries() -> dict[str, str]:
    payload, _dot, signature = token(colleague=7, generation=1).partition(".")
    other, _dot, _signature = token(colleague=8, generation=1).partition(".")
    return {
        "nothing": "",
        "no signature": payload,
        "an empty signature": f"{payload}.",
        "another payload": f"{other}.{signature}",
        "another signature": f"{payload}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        "a longer payload": f"{payload}A.{signature}",
        "capitals": f"{payload.upper()}.{signature}",
        "signs that are none": "%00é🌊.\x00",
        "a very long one": "a" * 100_000 + ".b",
    }


@pytest.mark.parametrize("forgery", forgeries().values(), ids=forgeries().keys())
def test_a_forged_link_opens_nothing(forgery):
    assert links.read(forgery, at=NOON) is None


def test_a_new_secret_ends_all_links(settings):
    before = token(colleague=7)

    settings.SECRET_KEY = "another secret of fifty signs, as long as it has to be"

    assert links.read(before, at=NOON) is None
