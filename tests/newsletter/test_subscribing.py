"""Nobody gets news who did not say so from their own mailbox, and whoever leaves has left at once."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from newsletter import subscribing
from newsletter.models import Record, Subscription
from outbox import delivery
from people.models import Address
from tests.makers import DAY, HOUR, NOON, SECOND, letters_posted, make_address
from tests.newsletter.makers import ALL, ask, last_asked, make_reader

pytestmark = pytest.mark.django_db


def lines() -> list[tuple]:
    return list(Record.objects.values_list("what", "where", "wording", "language", "topics"))


def test_asking_writes_one_letter_and_nothing_else_begins():
    ask("marta@kisumu.example", ["call", "events"], language="ar")

    subscription = Subscription.objects.get()
    assert (subscription.state, subscription.topics, subscription.language) == (
        "asked",
        ["events", "call"],
        "ar",
    )
    assert [letter.kind for letter in letters_posted()] == ["news-confirm"]
    assert not Subscription.objects.readers(ALL).exists()
    assert Address.objects.get().confirmed_at is None


def test_saying_yes_is_recorded_with_wording_language_time_topics_and_place():
    ask(topics=["reports"], language="ar", at=NOON)
    subscribing.confirm(last_asked(Address.objects.get()), at=NOON + HOUR)

    assert lines() == [
        ("asked", "page", "news-2027.1", "ar", ["reports"]),
        ("confirmed", "letter", "news-2027.1", "ar", ["reports"]),
    ]
    assert list(Record.objects.values_list("at", flat=True)) == [NOON, NOON + HOUR]
    assert Subscription.objects.readers(["reports"]).get().confirmed_at == NOON + HOUR
    assert Address.objects.get().confirmed_at == NOON + HOUR


def test_a_line_of_the_record_is_never_changed():
    line = make_reader().records.first()

    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        Record.objects.update(wording="other")


def test_saying_yes_twice_is_once():
    ask()
    asked = last_asked(Address.objects.get())

    first, second = subscribing.confirm(asked, at=NOON), subscribing.confirm(asked, at=NOON + HOUR)

    assert first == second
    assert [line[0] for line in lines()] == ["asked", "confirmed"]


def test_a_link_of_before_puts_nothing_back_that_was_chosen_since():
    reader = make_reader(topics=["events"])
    subscribing.change(reader, topics=["call"], language="en", at=NOON + HOUR)

    subscribing.confirm(last_asked(reader.address), at=NOON + 2 * HOUR)

    assert Subscription.objects.get().topics == ["call"]


@pytest.mark.parametrize("later", [30 * DAY, 31 * DAY])
def test_what_is_confirmed_a_month_later_counts_no_more(later):
    ask()

    assert subscribing.confirm(last_asked(Address.objects.get()), at=NOON + later) is None
    assert Subscription.objects.get().state == "asked"


def test_a_link_of_before_leaving_brings_nobody_back():
    reader = make_reader()
    asked = last_asked(reader.address)
    subscribing.leave(reader, where=Record.Where.LETTER, at=NOON + HOUR)

    assert subscribing.confirm(asked, at=NOON + 2 * HOUR) is None
    assert Subscription.objects.get().state == "left"


def test_whoever_gets_news_and_is_asked_for_again_is_told_so_in_their_mailbox_and_keeps_what_they_chose():
    reader = make_reader(topics=["events"])

    ask(reader.address.email, ["call"], at=NOON + HOUR)

    assert Subscription.objects.get().topics == ["events"]
    assert [letter.kind for letter in letters_posted()] == ["news-confirm", "news-known"]


def test_an_address_is_written_to_three_times_a_day_however_often_somebody_asks():
    for n in range(5):
        ask(f"Marta+{n}@Kisumu.example ", at=NOON + n * SECOND)
    make_reader("jo@x.example")
    for n in range(5):
        ask("jo@x.example", at=NOON + n * SECOND)

    kinds = [letter.kind for letter in letters_posted()]
    assert (kinds.count("news-confirm"), kinds.count("news-known")) == (4, 2)


def test_one_network_asks_for_so_many_an_hour_whatever_the_addresses(settings):
    settings.NEWS_PER_NETWORK_AND_HOUR = 2
    ask("a@x.example")
    ask("b@x.example")

    with pytest.raises(subscribing.TooMany):
        ask("c@x.example")
    ask("c@x.example", network="198.51.100.0/24")
    assert Subscription.objects.count() == 3


def test_asking_costs_about_the_same_whatever_we_know_of_the_address():
    def cost(email: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        return len(queries)

    make_address("known@x.example")
    make_reader("reader@x.example")
    costs = [cost(email) for email in ("new@x.example", "known@x.example", "reader@x.example")]

    assert max(costs) - min(costs) <= 5, costs


# -- Changing and leaving ------------------------------------------------------------------------------------------


def test_choices_are_changed_and_recorded_once():
    reader = make_reader(topics=["events"])

    for _n in range(2):
        subscribing.change(reader, topics=["reports", "call"], language="ar", at=NOON + HOUR)

    changed = Subscription.objects.get()
    assert (changed.topics, changed.language) == (["reports", "call"], "ar")
    assert [line[0] for line in lines()] == ["asked", "confirmed", "changed"]


def test_leaving_keeps_only_what_proves_it():
    reader = make_reader(topics=ALL)

    assert subscribing.leave(reader, where=Record.Where.LETTER, at=NOON + HOUR) is True
    assert subscribing.leave(reader, where=Record.Where.LETTER, at=NOON + 2 * HOUR) is False

    left = Subscription.objects.get()
    assert (left.state, left.topics, left.left_at) == ("left", [], NOON + HOUR)
    assert [line[0] for line in lines()] == ["asked", "confirmed", "left"]
    assert Address.objects.get().stopped_kinds == ["news"]


def test_no_topic_at_all_is_leaving():
    reader = make_reader()

    subscribing.change(reader, topics=[], language="en", at=NOON)

    assert Subscription.objects.get().state == "left"


def test_whoever_has_left_can_come_back_by_a_new_letter_alone():
    reader = make_reader()
    subscribing.leave(reader, where=Record.Where.LETTER, at=NOON)
    assert subscribing.change(reader, topics=["events"], language="en", at=NOON) is False

    ask(reader.address.email, ["call"], at=NOON + HOUR)
    assert not Subscription.objects.readers(ALL).exists()
    subscribing.confirm(last_asked(reader.address), at=NOON + HOUR)

    assert Subscription.objects.readers(["call"]).get().address.stopped_kinds == []


# -- A tick in the form of another room ----------------------------------------------------------------------------


def wish(address: Address, *, at=NOON, where=Record.Where.WORKSHOP) -> None:
    subscribing.wish(address, where=where, language="en", at=at)


def test_a_tick_counts_once_the_mailbox_has_answered_after_it():
    address = make_address(confirmed=False)
    wish(address)
    assert subscribing.is_wished(address.pk) and not Subscription.objects.readers(ALL).exists()

    assert subscribing.answered(address, at=NOON + HOUR) is True

    assert Subscription.objects.readers(["call"]).get().topics == ALL
    assert lines() == [
        ("asked", "workshop", "workshop-2027.1", "en", ALL),
        ("confirmed", "letter", "workshop-2027.1", "en", ALL),
    ]
    assert letters_posted() == [], "the letter of the registration asks"


def test_a_tick_that_comes_after_the_answer_waits_for_the_next_one():
    address = make_address()
    subscribing.answered(address, at=NOON)
    wish(address, at=NOON + HOUR)

    assert Subscription.objects.get().state == "asked"
    assert subscribing.answered(address, at=NOON) is False


def test_what_was_asked_for_on_the_page_is_confirmed_by_its_own_letter_alone():
    ask("marta@kisumu.example")

    assert subscribing.answered(Address.objects.get(), at=NOON + HOUR) is False
    assert list(subscribing.standings(Address.objects.get().pk)) == []


def test_a_tick_changes_nothing_for_whoever_gets_news_or_has_a_wish_already():
    reader = make_reader(topics=["reports"])
    wish(reader.address)
    other = make_address()
    wish(other)
    wish(other)

    assert Subscription.objects.get(pk=reader.pk).topics == ["reports"]
    assert Record.objects.filter(subscription__address=other).count() == 1


def test_whoever_left_and_is_ticked_again_is_asked_again_and_not_written_to_before():
    reader = make_reader()
    wish(reader.address)
    subscribing.leave(reader, where=Record.Where.LETTER, at=NOON)
    assert not subscribing.is_wished(reader.address_id)

    wish(reader.address, at=NOON + HOUR, where=Record.Where.PHONE)
    assert list(subscribing.standings(reader.address_id)) == ["asked"]
    assert subscribing.answered(reader.address, at=NOON + HOUR) is True


def test_a_letter_to_a_suppressed_address_does_not_leave(mailoutbox):
    make_address("gone@x.example", suppressed_at=NOON)
    ask("gone@x.example")
    delivery.deliver_due(NOON)

    assert mailoutbox == []
