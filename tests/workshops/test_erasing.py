"""People are forgotten: at once when they ask, a year after their workshop by itself; their seats go on."""

import pytest
from django.test import Client

from newsletter.models import Subscription
from opsi_portal.roles import MANAGERS, READERS
from outbox.delivery import deliver_due
from outbox.models import OutboxMessage
from people.models import Address, Consent, Event
from tests.makers import letters_posted, make_address, make_boss, make_draft
from tests.workshops.makers import (
    DAY,
    HOUR,
    LASTS,
    MAY,
    STARTS,
    fresh,
    make_series,
    make_workshop,
    seat_key,
    statuses,
    take,
)
from tests.workshops.office import member
from workshops import attending, erasing, grouping, registering, reminding, seating, writing
from workshops.models import Registration

pytestmark = pytest.mark.django_db
OVER = STARTS + LASTS
YEAR = erasing.KEPT


def erase(registration: Registration, *, at=MAY + HOUR) -> int:
    return erasing.erase(registration, reason="Asked by mail.", by=make_boss(), at=at)


def sent(at) -> None:
    """All letters have left."""
    OutboxMessage.objects.filter(state="waiting").update(state="sent", sent_at=at)


def test_the_seat_of_somebody_who_is_erased_goes_to_the_next_at_once_and_leaves_their_calendar():
    here, there = make_workshop(capacity=1), make_workshop(capacity=1, starts_at=STARTS + DAY)
    address = make_address()
    mine, following = take(here, address=address), take(here)
    take(there)
    waits = take(there, address=address)

    assert erase(mine) == 2

    assert statuses(here) == ["left", "seated"] and fresh(following).has_seat()
    assert fresh(waits).status == "left"
    letters = [each for each in letters_posted("workshop-erased") if each.subject_id == str(mine.pk)]
    assert "METHOD:CANCEL" in letters[0].attachments[0]["text"]
    assert {event.reason for event in Event.objects.filter(action="erased")} == {"Asked by mail."}


def test_words_go_at_once_and_the_address_once_the_last_letter_has_left():
    mine = take(make_workshop(), "marta@kisumu.example", access_needs="captions", hopes="Fewer forms")
    registering.note_consents(mine, recording=True, news=True, language="en", at=MAY)
    erase(mine)
    gone = fresh(mine)
    assert [getattr(gone, name) for name in erasing.WORDS] == [""] * len(erasing.WORDS)
    assert (gone.country, gone.level) == ("KE", "local"), "figures stay true"

    erasing.let_go(MAY + HOUR)
    assert Address.objects.filter(email="marta@kisumu.example").exists(), "its letter is on its way"
    sent(MAY + HOUR)
    assert erasing.let_go(MAY + 2 * HOUR) == 1 and erasing.let_go(MAY + 2 * HOUR) == 0

    assert not Address.objects.filter(email="marta@kisumu.example").exists()
    assert not OutboxMessage.objects.exists() and not Consent.objects.exists()
    assert fresh(mine).address.suppressed_at is not None


def test_the_last_letter_is_delivered(mailoutbox):
    erase(take(make_workshop(), "marta@kisumu.example"))
    deliver_due(MAY + 2 * HOUR)
    assert mailoutbox[-1].to == ["marta@kisumu.example"]
    assert "What we held about you" in " ".join(mailoutbox[-1].body.split())


def test_an_address_that_a_case_needs_or_that_wants_no_letters_stays():
    author = make_address("author@office.example")
    make_draft(author=author)
    shut = make_address("shut@office.example", suppressed_at=MAY)
    workshop = make_workshop()
    for address in (author, shut):
        erase(take(workshop, address=address))
    sent(MAY)
    erasing.let_go(MAY + DAY)

    kept = set(Address.objects.filter(email__endswith="@office.example").values_list("email", flat=True))
    assert kept == {"author@office.example", "shut@office.example"}
    assert not Registration.objects.filter(address__in=[author, shut]).exists()


def test_old_links_keys_and_calendars_of_somebody_who_is_erased_open_nothing(client: Client):
    mine = take(make_workshop(starts_at=STARTS))
    feed = f"/en/workshops/calendar/{registering.feed_token(mine)}.ics"
    seat_key(client, mine)
    erase(mine)
    assert client.get(f"/en/workshops/seat/{mine.pk}/").status_code == 403
    assert client.get(feed).status_code == 404


def test_whoever_came_and_is_erased_afterwards_stays_counted_and_is_neither_written_to_nor_grouped():
    workshop = make_workshop()
    mine = take(workshop)
    attending.enter(fresh(mine), at=STARTS)
    erase(mine, at=OVER + HOUR)

    assert reminding.remind(OVER + 2 * HOUR) == 0
    assert not writing.readers(workshop, "attended").exists()
    assert grouping.people_of(workshop) == []
    assert fresh(mine).is_certified


def test_a_year_after_the_workshop_everybody_is_forgotten_and_nobody_before():
    workshop, later = make_workshop(), make_workshop(make_series(year=2028), starts_at=STARTS + 300 * DAY)
    address = make_address()
    old, young = take(workshop, address=address), take(later, address=address)
    registering.note_consents(old, recording=False, news=False, language="en", at=MAY)
    sent(MAY)

    assert erasing.forget_old(OVER + YEAR - HOUR) == 0
    assert erasing.forget_old(OVER + YEAR) == 1
    erasing.let_go(OVER + YEAR)

    assert fresh(old).name == "" and fresh(young).name == "Marta Okello"
    assert fresh(young).address == address and fresh(old).address != address
    assert fresh(young).is_active and not Consent.objects.exists()


def test_news_that_somebody_wants_outlive_the_registration():
    mine = take(make_workshop(), "marta@kisumu.example")
    registering.note_consents(mine, recording=False, news=True, language="en", at=MAY)
    registering.opened_from_letter(mine, at=MAY)
    sent(MAY)
    erasing.forget_old(OVER + YEAR)
    erasing.let_go(OVER + YEAR)
    assert Subscription.objects.confirmed().get().address.email == "marta@kisumu.example"


def test_an_erasure_that_somebody_waits_behind_in_two_sessions_gives_neither_seat_twice():
    here, there = make_workshop(capacity=1), make_workshop(capacity=1, starts_at=STARTS + DAY)
    mine, theirs = take(here), take(there)
    wish = seating.swap(theirs, here, at=MAY)
    take(there)
    erase(mine)
    assert fresh(wish).has_seat() and statuses(there) == ["left", "seated"]


# -- In the office ---------------------------------------------------------------------------------------------------


def test_staff_say_why_and_see_first_what_goes(client: Client):
    manager = member(client, MANAGERS)
    workshop = make_workshop(slug="june-3", starts_at=STARTS)
    mine = take(workshop, "marta@kisumu.example")
    page = f"/admin/workshops/registration/{mine.pk}/"
    assert f'href="{page}erase/"' in manager.get(f"{page}change/").content.decode()

    text = manager.get(f"{page}erase/").content.decode()
    assert "june-3: Seat" in text and "It cannot be undone." in text
    assert "This field is required." in manager.post(f"{page}erase/", {"reason": ""}).content.decode()
    assert fresh(mine).name == "Marta Okello"

    done = manager.post(f"{page}erase/", {"reason": "Asked by mail."}, follow=True).content.decode()
    assert "1 registration is erased." in done and "Erased</a>" in done and "Marta" not in done
    sent(MAY)
    erasing.let_go(MAY)
    text = manager.get(f"{page}change/").content.decode()
    assert "Marta" not in text and "erased.invalid" not in text and "kisumu" not in text.lower()
    assert manager.get(f"{page}erase/").status_code == 404


def test_readers_erase_nobody(client: Client):
    reader, mine = member(client, READERS), take(make_workshop())
    page = f"/admin/workshops/registration/{mine.pk}/erase/"
    assert reader.get(page).status_code == 403
    assert reader.post(page, {"reason": "x"}).status_code == 403
    assert fresh(mine).erased_at is None
