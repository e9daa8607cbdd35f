"""What is kept no longer: addresses that never said yes, letters, pictures, and whoever asks to be forgotten."""

import pytest

from newsletter import forgetting, sending, subscribing
from newsletter.models import Picture, Record, Subscription
from outbox.models import OutboxMessage
from people.models import Address
from tests.makers import DAY, HOUR, NOON, make_address, make_draft
from tests.newsletter.makers import ask, make_issue, make_reader, send
from tests.workshops.makers import make_workshop, take
from workshops import erasing

pytestmark = pytest.mark.django_db


def test_whoever_never_said_yes_is_forgotten_after_a_month_with_their_address():
    ask("never@x.example")
    make_reader("reader@x.example")
    author = make_address("author@x.example", confirmed=False)
    make_draft(author=author)
    ask("author@x.example")

    assert forgetting.forget(NOON + 30 * DAY - HOUR) == 0
    assert forgetting.forget(NOON + 30 * DAY) == 2

    assert set(Address.objects.values_list("email", flat=True)) == {"reader@x.example", "author@x.example"}
    assert Subscription.objects.get().address.email == "reader@x.example"
    assert not OutboxMessage.objects.filter(address=author).exists()


def test_whoever_left_is_kept_for_three_years_to_prove_it_and_then_forgotten():
    leaver = make_reader()
    subscribing.leave(leaver, where=Record.Where.LETTER, at=NOON)

    assert forgetting.forget(NOON + 3 * 365 * DAY - HOUR) == 0
    assert forgetting.forget(NOON + 3 * 365 * DAY) == 1
    assert not Address.objects.exists() and not Record.objects.exists()


def test_whoever_left_and_was_asked_for_again_in_vain_has_left_as_before():
    leaver = make_reader()
    subscribing.leave(leaver, where=Record.Where.LETTER, at=NOON)
    ask(leaver.address.email, at=NOON + HOUR)

    assert forgetting.forget(NOON + 40 * DAY) == 0
    left = Subscription.objects.get()
    assert (left.state, left.topics) == ("left", [])


def test_somebody_who_is_erased_at_the_workshops_is_forgotten_here_too():
    reader = make_reader()
    send(make_issue())
    sending.carry_on(NOON)
    mine = take(make_workshop(), address=reader.address)

    erasing.erase(mine, reason="Asked by mail.", by=None, at=NOON)

    assert not Subscription.objects.exists() and not Record.objects.exists()
    assert not OutboxMessage.objects.filter(kind__startswith="news").exists()


def test_letters_of_an_issue_go_after_a_while_and_are_not_written_anew():
    make_reader()
    issue = make_issue()
    send(issue)
    sending.carry_on(NOON)
    OutboxMessage.objects.filter(kind="news").update(state="sent", sent_at=NOON)

    forgetting.forget(NOON + 90 * DAY)
    sending.carry_on(NOON + 90 * DAY)

    assert not OutboxMessage.objects.filter(kind="news").exists()
    issue.refresh_from_db()
    assert issue.is_public


def test_a_picture_that_no_block_shows_goes_after_a_day():
    issue = make_issue()
    shown, alone = (
        Picture.objects.create(
            name=name, file=f"news/{name}", kind="image/png", width=1, height=1, made_at=NOON
        )
        for name in ("a.png", "b.png")
    )
    issue.blocks.create(kind="picture", picture=shown, alt={"en": "A bridge"})

    forgetting.forget(NOON + 2 * DAY)

    assert list(Picture.objects.all()) == [shown] and alone.pk
