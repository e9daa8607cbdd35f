"""What a hostile visitor, registrant or colleague tried with the workshops, one sentence each: kept shut."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outbox.delivery import compose
from outbox.models import OutboxMessage
from outbox.posting import UNANSWERED_LETTERS
from people import keys, links
from people.models import Address, Event
from tests.makers import MINUTE, letters_posted, make_address, make_staff
from tests.roof.house import open_my_page
from tests.roof.test_bad_input import HOSTILE, NO_MAILBOXES
from tests.workshops.makers import (
    DAY,
    DETAILS,
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
from workshops import announcing, attending, letters, registering, seating, writing
from workshops.models import Answer, Registration, Workshop

pytestmark = pytest.mark.django_db

FORM = {**DETAILS, "email": "marta@kisumu.example", "terms": "on", "nickname": "", "zone": "Africa/Nairobi"}


def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def register():
    """Somebody sends the form for a session from a browser (a new one unless told)."""

    def send(workshop: Workshop, email: str, client: Client | None = None, /, **more):
        path = reverse("workshops:workshop", args=[workshop.slug])
        return (client or browser()).post(path, {**FORM, "email": email, **more})

    return send


def make_sessions(*capacities: int) -> list[Workshop]:
    """Sessions of one series that are to come, a day apart."""
    starts_at = timezone.now() + 20 * DAY
    return [make_workshop(starts_at=starts_at + n * DAY, capacity=c) for n, c in enumerate(capacities)]


def seat_page(registration: Registration) -> str:
    return reverse("workshops:seat", args=[registration.pk])


# -- Other people's seats ------------------------------------------------------------------------------------------


def told_by(answer) -> str:
    """A page without what is drawn by lot each time, or is only what was typed."""
    lots = r'name="csrfmiddlewaretoken" value="\w+"|data-server-now="[^"]+"'
    text = re.sub(lots, "", answer.content.decode())
    return text.replace("not@gov", "here@gov")


def claims_of(email: str) -> list[dict]:
    return list(Registration.objects.filter(address__email=email).order_by("pk").values())


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("standing", ["seated", "waiting"])
def test_typing_an_address_moves_nobody_and_opens_no_door_to_what_they_have(register, standing, confirmed):
    """A place in line for a full session was opened to whoever typed, and from there any claim of the series."""
    theirs, full, free = make_sessions(2, 0, 2)
    if standing == "waiting":
        Workshop.objects.filter(pk=theirs.pk).update(capacity=0)
    victim = take(
        theirs, "victim@gov.example", confirmed=confirmed, access_needs="captions", at=timezone.now() - HOUR
    )
    before, stranger = claims_of("victim@gov.example"), browser()

    for session in (theirs, full, free):
        answer = register(session, "victim@gov.example", stranger)
        assert answer.status_code == 200 and "Look in your mailbox" in answer.content.decode()
    for session in (theirs, full, free):
        assert stranger.post(seat_page(victim), {"act": f"swap:{session.slug}"}).status_code == 403

    assert claims_of("victim@gov.example") == before
    kinds = [letter.kind for letter in letters_posted()]
    assert kinds[1:] == [f"workshop-{standing}", "workshop-elsewhere", "workshop-elsewhere"]


def test_a_seat_typed_in_one_series_opens_nothing_that_somebody_else_typed_in_another(register):
    theirs = take(
        make_workshop(make_series(year=2026), starts_at=timezone.now() + 20 * DAY),
        "victim@gov.example",
        confirmed=False,
        access_needs="captions",
        at=timezone.now() - HOUR,
    )
    [here] = make_sessions(2)
    before, stranger = claims_of("victim@gov.example"), browser()
    assert register(here, "victim@gov.example", stranger).status_code == 302

    answer = register(theirs.workshop, "victim@gov.example", stranger)

    assert answer.status_code == 200 and "Look in your mailbox" in answer.content.decode()
    assert stranger.get(seat_page(theirs)).status_code == 403
    assert claims_of("victim@gov.example")[:1] == before


def test_whoever_typed_an_address_first_goes_no_further_once_its_mailbox_has_answered(register):
    [session, other] = make_sessions(2, 2)
    stranger, victim = browser(), browser()
    page = register(session, "victim@gov.example", stranger).url
    assert "You have a seat" in stranger.get(page).content.decode()
    [theirs] = Registration.objects.all()

    link = links.address_of(letters.door(theirs)).removeprefix("https://portal.example")
    victim.post(link)
    victim.post(page, {**DETAILS, "act": "correct", "access_needs": "captions"})
    before = claims_of("victim@gov.example")

    for path in (page, page + "give-back/", page + "join/", page + "calendar.ics"):
        assert stranger.get(path).status_code == 403
    for act in ("correct", "coming", "revoke-feed", f"swap:{other.slug}"):
        assert stranger.post(page, {**DETAILS, "act": act}).status_code == 403
    assert stranger.post(page + "give-back/").status_code == 403
    assert before[0]["access_needs"] == "captions" and claims_of("victim@gov.example") == before
    assert "captions" in victim.get(page).content.decode()


def test_the_private_calendar_is_told_to_nobody_before_the_mailbox_answers(register):
    """Its address outlives every key: whoever typed would have followed all that the person does later."""
    [session] = make_sessions(2)
    stranger = browser()
    page = register(session, "victim@gov.example", stranger).url
    [theirs] = Registration.objects.all()

    assert "/workshops/calendar/" not in stranger.get(page).content.decode()
    stranger.post(page, {"act": "revoke-feed"})
    assert Registration.objects.get().feed_generation == 1

    stranger.post(links.address_of(letters.door(theirs)).removeprefix("https://portal.example"))
    assert "/workshops/calendar/" in stranger.get(page).content.decode()


def test_of_an_address_that_has_answered_nobody_learns_whether_it_is_registered(register):
    session, _other = make_sessions(9, 9)
    make_address("not@gov.example")
    take(session, "here@gov.example", at=timezone.now() - HOUR)

    answers = [register(session, email) for email in ("here@gov.example", "not@gov.example")]

    told = [told_by(answer) for answer in answers]
    assert told[0] == told[1] and [answer.status_code for answer in answers] == [200, 200]
    assert [answer.cookies.get(keys.cookie_name()) for answer in answers] == [None, None]
    assert [letter.address.email for letter in letters_posted()][-2:] == [
        "here@gov.example",
        "not@gov.example",
    ]


@pytest.mark.parametrize("state", ["over", "cancelled", "begun and full"])
def test_a_session_that_takes_nobody_says_the_same_to_all_writes_to_nobody_and_keeps_what_was_typed(
    register, state
):
    """Of a session that was over it told who had been registered, without a trace and without a limit."""
    [session] = make_sessions(1)
    take(session, "here@gov.example", at=timezone.now())
    to = {"cancelled": {"status": "cancelled"}, "over": {"starts_at": timezone.now() - DAY}}
    changed = to.get(state, {"starts_at": timezone.now() - HOUR})
    Workshop.objects.filter(pk=session.pk).update(**changed)
    Workshop.objects.filter(pk=session.pk).update(ends_at=F("starts_at") + LASTS)
    posted = len(letters_posted())

    answers = [
        register(session, email, hopes="Fewer forms") for email in ("here@gov.example", "not@gov.example")
    ]

    told = [told_by(answer) for answer in answers]
    assert told[0] == told[1] and [answer.status_code for answer in answers] == [409, 409]
    assert "Fewer forms" in told[0] and '<button class="btn">' not in told[0].partition('id="register"')[2]
    assert len(letters_posted()) == posted


@pytest.mark.parametrize("how", ["my page", "a seat that has ended"])
def test_on_a_device_of_their_own_people_go_on_without_looking_into_their_mailbox(register, how):
    first, second = make_sessions(2, 2)
    there = take(first, "marta@kisumu.example", at=timezone.now())
    seating.give_back(there, at=timezone.now())
    own = browser()
    open_my_page(own, there.address, timezone.now()) if how == "my page" else seat_key(own, there)

    answer = register(second, "marta@kisumu.example", own)

    assert "You have a seat" in own.get(answer.url).content.decode()
    assert statuses(second) == ["seated"]


def test_whoever_waits_may_wait_for_another_session_on_the_same_device(register):
    first, second = make_sessions(0, 0)
    own = browser()

    for session in (first, second):
        answer = register(session, "marta@kisumu.example", own)
        assert "You are number 1 in line" in own.get(answer.url).content.decode()

    assert statuses(first) == statuses(second) == ["waiting"]


def test_who_has_a_seat_is_led_to_it_when_they_ask_for_another_on_their_own_device(register):
    first, second = make_sessions(2, 2)
    own = browser()
    register(first, "marta@kisumu.example", own)

    answer = register(second, "marta@kisumu.example", own)

    assert answer.url == seat_page(Registration.objects.get())
    assert "ask for the other session" in own.get(answer.url).content.decode()


# -- Our letters in other people's hands ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Win at https://evil.example",
        "www.evil.example",
        "you won: evil.com",
        "win@evil.example",
        "Call 0900 123 456",
        "...",
        "\u200b\u200b",
    ],
)
def test_no_letter_carries_an_advertisement_to_a_mailbox_that_somebody_typed(register, name):
    [session] = make_sessions(9)

    assert register(session, "victim@gov.example", name=name).status_code == 422
    seat = take(session, "marta@kisumu.example", at=timezone.now())
    seat_key(own := browser(), seat)
    assert own.post(seat_page(seat), {**DETAILS, "act": "correct", "name": name}).status_code == 422

    assert [letter.address.email for letter in letters_posted()] == ["marta@kisumu.example"]


def test_of_what_somebody_types_only_the_name_is_in_letters_and_it_ends_no_line(register):
    """The rest could have carried the advertisement; a name could have begun another header or property."""
    [session] = make_sessions(9)
    said = dict.fromkeys(("organisation", "role", "hopes", "brings", "access_needs"), "https://evil.example/")
    name = "Marta\r\nBcc: all@x\x0b\x1c\u2028ATTENDEE:x\u202egnp\x08"

    answer = register(session, "victim@gov.example", **said, name=name.replace("all@x", "all"))

    assert answer.status_code == 302
    assert Registration.objects.get().name == "Marta Bcc: all ATTENDEE:xgnp"
    [letter] = letters_posted()
    mail = compose(letter).message()
    assert "evil.example" not in str(letter.context) + mail.as_string() + letter.attachments[0]["text"]
    assert "Bcc" not in mail and compose(letter).to == ["victim@gov.example"]
    lines = letter.attachments[0]["text"].replace("\r\n ", "").split("\r\n")
    assert len([line for line in lines if line.startswith("ATTENDEE")]) == 1
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("email", NO_MAILBOXES)
def test_a_mailbox_that_is_none_gets_no_seat(register, email: str):
    [session] = make_sessions(9)

    assert register(session, email).status_code == 422
    assert not Registration.objects.exists() and letters_posted() == []


# -- Letters asked for again -----------------------------------------------------------------------------------------


def leave(registration: Registration) -> None:
    seating.give_back(registration, at=timezone.now())


def be_moved(registration: Registration) -> None:
    workshop = registration.workshop
    starts_at = workshop.starts_at + DAY
    seating.move(
        workshop,
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        at=timezone.now(),
        by=make_staff("lea@oecd.example"),
    )


def be_cancelled(registration: Registration) -> None:
    seating.cancel(
        registration.workshop, at=timezone.now(), by=make_staff("lea@oecd.example"), reason="Strike"
    )


@pytest.mark.parametrize("happens", [leave, be_moved, be_cancelled])
def test_what_is_no_longer_true_cannot_be_asked_for_again_and_puts_nothing_into_a_calendar(happens):
    [session] = make_sessions(2)
    seat = take(session, "marta@kisumu.example", at=timezone.now() - DAY)
    OutboxMessage.objects.update(state="sent", sent_at=timezone.now(), subject_line="You have a seat")
    [first] = OutboxMessage.objects.all()
    mine = open_my_page(browser(), seat.address, timezone.now())
    button = f'value="again:{first.pk}"'
    assert button in mine.get(reverse("my")).content.decode()

    happens(seat)
    mine.post(reverse("my"), {"act": f"again:{first.pk}"})

    assert OutboxMessage.objects.get(pk=first.pk).state == "sent"
    assert button not in mine.get(reverse("my")).content.decode()
    OutboxMessage.objects.filter(pk=first.pk).send_again(timezone.now())  # as staff may, whatever it says
    assert "text/calendar" not in compose(OutboxMessage.objects.get(pk=first.pk)).message().as_string()


# -- When it is too late ---------------------------------------------------------------------------------------------


@pytest.fixture
def over() -> Registration:
    """Somebody who came to a session that is over; another of the series is still to come."""
    first, second = make_sessions(2, 2)
    came = take(first, "marta@kisumu.example", name="Marta Okello", at=timezone.now() - HOUR)
    Workshop.objects.filter(pk=first.pk).update(
        starts_at=timezone.now() - DAY, ends_at=timezone.now() - DAY + LASTS
    )
    Registration.objects.update(attended_at=timezone.now() - DAY)
    return fresh(came)


def test_after_the_end_nothing_that_a_certificate_says_is_changed(over: Registration):
    own, before = seat_key(browser(), over), claims_of("marta@kisumu.example")
    other = Workshop.objects.exclude(pk=over.workshop_id).get()

    for act in ("correct", "coming", "take", "decline", f"swap:{other.slug}"):
        own.post(seat_page(over), {**DETAILS, "name": "Somebody Else", "act": act})
    own.post(seat_page(over) + "give-back/")

    assert claims_of("marta@kisumu.example") == before
    assert "too late" in own.get(seat_page(over)).content.decode()


def test_each_person_who_came_is_heard_once(over: Registration):
    own = seat_key(browser(), over)

    for words in ("first", "second", "third"):
        own.post(seat_page(over), {"act": "answer", "useful": "1", "learned": words})

    assert [answer.learned for answer in Answer.objects.all()] == ["first"]
    assert "Three questions" not in own.get(seat_page(over)).content.decode()


def test_who_did_not_come_left_or_waits_is_not_asked_and_not_heard(over: Registration):
    for facts in (
        {"attended_at": None},
        {"status": "left"},
        {"status": "waiting"},
        {"status": "cancelled"},
        {"status": "offered"},
    ):
        before = Registration.objects.filter(pk=over.pk).values().get()
        Registration.objects.filter(pk=over.pk).update(**facts)
        own = seat_key(browser(), over)
        assert "Three questions" not in own.get(seat_page(over)).content.decode()
        own.post(seat_page(over), {"act": "answer", "useful": "1"})
        Registration.objects.filter(pk=over.pk).update(**before)

    assert not Answer.objects.exists()


def test_nobody_says_that_they_come_before_they_have_a_seat():
    [session] = make_sessions(0)
    waits = take(session, at=timezone.now())

    seat_key(browser(), waits).post(seat_page(waits), {"act": "coming"})

    assert fresh(waits).reconfirmed_at is None


# -- Time that moves -----------------------------------------------------------------------------------------------


def move_to(workshop: Workshop, starts_at: datetime, *, at: datetime) -> None:
    seating.move(
        workshop, starts_at=starts_at, ends_at=starts_at + LASTS, at=at, by=make_staff(f"{at}@x.example")
    )


def make_offer(*, hours_before: int = 20) -> tuple[Registration, datetime]:
    """A seat offered to somebody so long before the start, for four hours; and when."""
    workshop = make_workshop(capacity=1)
    first, second = take(workshop), take(workshop)
    at = STARTS - hours_before * HOUR
    seating.give_back(first, at=at)
    assert fresh(second).offered_until == at + seating.OFFER_HOLDS
    return fresh(second), at


def test_an_offer_moves_with_its_workshop_and_never_outlives_the_start():
    offered, at = make_offer()
    soon = at + timedelta(minutes=30)

    move_to(offered.workshop, soon + HOUR, at=soon)

    half_of_what_is_left = soon + timedelta(minutes=30)
    assert fresh(offered).offered_until == half_of_what_is_left
    [told] = [letter for letter in letters_posted() if letter.kind == "workshop-moved"]
    assert "still waits for you: take it by Wednesday 2 June 2027, 20:30" in compose(told).body.replace(
        "\n", " "
    )
    with pytest.raises(seating.NotPossible):
        seating.answer_offer(offered, take=True, at=half_of_what_is_left)
    assert seating.answer_offer(offered, take=True, at=soon + MINUTE).has_seat()


def test_an_offer_is_not_longer_for_a_workshop_that_moves_away():
    offered, at = make_offer()

    move_to(offered.workshop, STARTS + 9 * DAY, at=at + HOUR)

    assert fresh(offered).offered_until == at + seating.OFFER_HOLDS
    assert not fresh(offered).is_offer_open(at + seating.OFFER_HOLDS)


def test_even_a_row_that_says_otherwise_gives_no_seat_after_the_start():
    offered, _at = make_offer()
    Registration.objects.filter(pk=offered.pk).update(offered_until=STARTS + DAY)

    for at in (STARTS, STARTS + HOUR):
        with pytest.raises(seating.NotPossible):
            seating.answer_offer(offered, take=True, at=at)


def test_an_offer_is_taken_once_and_a_no_is_a_no():
    offered, at = make_offer()

    for _twice in "ab":
        assert seating.answer_offer(offered, take=True, at=at).has_seat()
    seated = fresh(offered)
    with pytest.raises(seating.NotPossible):
        seating.answer_offer(seated, take=False, at=at)

    declined, at = make_offer()
    seating.answer_offer(declined, take=False, at=at)
    with pytest.raises(seating.NotPossible):
        seating.answer_offer(declined, take=True, at=at)
    assert (fresh(offered).status, fresh(declined).status) == ("seated", "left")


@pytest.mark.parametrize("to", [0, 1])
def test_fewer_seats_than_people_let_nobody_in_until_enough_have_left(to: int):
    workshop, boss = make_workshop(capacity=3), make_staff("lea@oecd.example")
    seats = [take(workshop) for _n in range(3)]
    waits = take(workshop)

    seating.change_capacity(workshop, to, at=MAY, by=boss)
    seating.give_back(seats[0], at=MAY)
    seating.give_back(seats[1], at=MAY)

    assert statuses(workshop) == ["left", "left", "seated", "waiting"]
    seating.give_back(seats[2], at=MAY)
    assert fresh(waits).status == ("seated" if to else "waiting")


@pytest.mark.parametrize(
    ("zone", "starts_at", "words"),
    [
        ("Europe/Paris", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30 (UTC+2)–04:00 (UTC+1)"),
        ("Europe/Paris", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "01:30 (UTC+1)–05:00 (UTC+2)"),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 14, 0, tzinfo=UTC), "01:00 (UTC+11)–03:00 (UTC+10:30)"),
        (
            "America/Sao_Paulo",
            datetime(2027, 6, 3, 1, 0, tzinfo=UTC),
            "22:00 to Thursday 3 June 2027, 00:30",
        ),
    ],
)
def test_on_a_night_when_the_clocks_change_hours_say_on_which_clock(zone, starts_at, words):
    workshop = make_workshop(starts_at=starts_at, zone_name=zone)

    assert announcing.span_of(workshop, workshop.zone).hours == words


def test_a_seat_in_a_night_with_an_hour_twice_opens_and_closes_at_instants_and_not_by_the_clock():
    starts_at = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in Paris, for the first time
    seat = take(make_workshop(starts_at=starts_at), at=starts_at - 9 * DAY)

    instants = [starts_at - timedelta(minutes=16), starts_at, starts_at + HOUR, starts_at + LASTS]

    assert [attending.may_enter(seat, at) for at in instants] == [False, True, True, False]


# -- The day -------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_door() -> Registration:
    """Somebody with a seat in a session that begins in ten minutes, so that their way in is open."""
    workshop = make_workshop(starts_at=timezone.now() + 10 * MINUTE)
    return take(workshop, "marta@kisumu.example", at=timezone.now() - DAY)


@pytest.mark.parametrize(
    "ahead",
    [
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_X_PURPOSE": "preview"},
        {"HTTP_X_MOZ": "prefetch"},
    ],
)
def test_a_browser_that_looks_ahead_has_not_come_and_learns_no_address(open_door, ahead):
    own = seat_key(browser(), open_door)

    answer = own.get(seat_page(open_door) + "join/", **ahead)

    assert answer.url == seat_page(open_door)
    assert fresh(open_door).attended_at is None


def test_looking_at_every_page_changes_nothing_and_tells_no_meeting(open_door):
    """What scanners and previews do: all that a browser with the key can look at, but going in."""
    own = seat_key(browser(), open_door)
    session, page = open_door.workshop, seat_page(open_door)
    link = links.address_of(letters.door(open_door, to="join")).removeprefix("https://portal.example")
    feed = reverse("workshops:private_calendar", args=[registering.feed_token(open_door)])
    public = [reverse(f"workshops:{name}") for name in ("series", "series_calendar")]
    public += [
        reverse(f"workshops:{name}", args=[session.slug]) for name in ("workshop", "workshop_calendar")
    ]
    private = [page, f"{page}give-back/", f"{page}calendar.ics", f"{page}certificate.pdf", link, feed]
    before, events = claims_of("marta@kisumu.example"), Event.objects.count()

    for path in (*public, *private, "/en/", f"/verify/{open_door.code}"):
        for look in (own.get, own.head):
            answer = look(path)
            told = answer.content.decode() + str(answer.headers)
            assert answer.status_code in (200, 404) and "meet.example" not in told, path
            assert "no-store" in answer.headers["Cache-Control"] or path in public, path

    assert claims_of("marta@kisumu.example") == before and Event.objects.count() == events
    assert fresh(open_door).address.confirmed_at == open_door.address.confirmed_at


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "left"},
        {"status": "released"},
        {"status": "cancelled"},
        {"status": "waiting"},
        {"status": "offered"},
    ],
)
def test_who_has_no_seat_does_not_get_in_whatever_key_they_hold(open_door, facts):
    own = seat_key(browser(), open_door)
    Registration.objects.filter(pk=open_door.pk).update(**facts)

    answer = own.get(seat_page(open_door) + "join/")

    assert answer.url == seat_page(open_door) and fresh(open_door).attended_at is None
    assert own.get(seat_page(open_door) + "calendar.ics").status_code == 404
    assert "+33" not in own.get(seat_page(open_door)).content.decode()


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"status": "hidden"}, {"meeting_url": ""}])
def test_nobody_gets_into_a_session_that_does_not_take_place(open_door, facts):
    Workshop.objects.filter(pk=open_door.workshop_id).update(**facts)

    answer = seat_key(browser(), open_door).get(seat_page(open_door) + "join/?next=https://evil.example/")

    assert answer.url == seat_page(open_door) and fresh(open_door).attended_at is None


# -- Which session -------------------------------------------------------------------------------------------------


def test_no_seat_is_changed_for_one_in_a_session_that_is_closed_hidden_or_of_another_series():
    [session] = make_sessions(2)
    seat = take(session, "marta@kisumu.example", at=timezone.now())
    soon = timezone.now() + 9 * DAY
    foreign = make_series(year=2026)
    targets = [
        make_workshop(starts_at=soon, status="cancelled"),
        make_workshop(starts_at=soon, status="hidden"),
        make_workshop(starts_at=timezone.now() - DAY),
        make_workshop(starts_at=timezone.now() - HOUR, capacity=0),
        make_workshop(foreign, starts_at=soon),
    ]
    own, before = seat_key(browser(), seat), claims_of("marta@kisumu.example")

    codes = [own.post(seat_page(seat), {"act": f"swap:{to.slug}"}).status_code for to in targets]

    assert codes == [302, 404, 302, 302, 404]
    assert claims_of("marta@kisumu.example") == before


def test_fields_that_the_form_does_not_have_are_passed_over(register):
    [session] = make_sessions(0)
    mass = {
        "status": "seated",
        "turn": "0",
        "capacity": "9",
        "workshop": "1",
        "series": "1",
        "address": "1",
        "code": "MINE",
        "generation": "9",
        "confirmed_at": "2020-01-01",
        "attended_at": "2020-01-01",
        "exclusive": "",
        "id": "1",
        "pk": "1",
    }

    own = browser()
    page = register(session, "marta@kisumu.example", own, **mass).url
    own.post(page, {**DETAILS, **mass, "act": "correct"})

    [row] = Registration.objects.select_related("workshop", "address")
    assert (row.status, row.turn, row.generation, row.exclusive) == ("waiting", 1, 1, True)
    assert (row.workshop.capacity, row.attended_at, row.address.confirmed_at) == (0, None, None)
    assert row.code != "MINE"


def test_of_a_field_that_arrives_twice_the_last_counts(register):
    [session] = make_sessions(2)

    register(session, ["first@x.example", "last@x.example"], name=["First", "Last"])

    assert [(each.name, each.address.email) for each in Registration.objects.all()] == [
        ("Last", "last@x.example")
    ]


# -- Staff ---------------------------------------------------------------------------------------------------------


def test_a_letter_by_hand_that_had_not_left_does_not_reach_whoever_has_left_meanwhile():
    [session] = make_sessions(9)
    stays, goes = (take(session, f"{who}@x.example", at=timezone.now()) for who in ("stays", "goes"))
    lea = make_staff("lea@oecd.example")
    writing.send(session, "seated", "Before we meet", "Bring a map.", token="t", by=lea, at=timezone.now())

    seating.give_back(goes, at=timezone.now())

    notes = OutboxMessage.objects.filter(kind="workshop-note")
    assert [note.address_id for note in notes.waiting()] == [stays.address_id]
    assert not writing.readers(session, "claims").filter(pk=goes.pk).exists()


def test_ticking_people_who_are_not_there_or_elsewhere_touches_nobody_else(manager: Client):
    here, there = make_sessions(2, 2)
    one = take(here, at=timezone.now())
    other = take(there, at=timezone.now())
    people = reverse("admin:workshops_registration_changelist")

    for action in ("mark_attended", "confirm", "give_back"):
        ticked = {"action": action, "_selected_action": [other.pk, 999_999], "index": "0", "confirm": "yes"}
        manager.post(f"{people}?workshop={here.pk}", ticked)
    manager.post(
        reverse("admin:workshops_workshop_attendance", args=[here.pk]), {"person": [other.pk, "999999"]}
    )

    for each in (one, other):
        now = fresh(each)
        assert (now.status, now.attended_at, now.reconfirmed_at) == ("seated", None, None)


# -- Many at once ----------------------------------------------------------------------------------------------------


def test_an_office_of_sixty_behind_one_address_registers_even_if_everybody_presses_twice(register, settings):
    settings.REGISTRATIONS_PER_NETWORK_AND_HOUR = 6
    [session] = make_sessions(9)

    codes = [register(session, f"person{n}@office.example").status_code for n in range(6) for _twice in "ab"]

    assert codes == [302, 200] * 6
    assert register(session, "one-more@office.example").status_code == 429
    assert statuses(session) == ["seated"] * 6
    assert not Address.objects.filter(email="one-more@office.example").exists()


def test_pressing_twice_is_one_seat_and_one_letter(register):
    [session] = make_sessions(9)
    own = browser()

    answers = [register(session, "marta@kisumu.example", client) for client in (own, own, browser())]

    assert answers[0].url == answers[1].url == seat_page(Registration.objects.get())
    assert "Look in your mailbox" in answers[2].content.decode()
    assert [letter.kind for letter in letters_posted()] == ["workshop-seated"]


def test_many_spellings_of_one_mailbox_are_one_mailbox_to_its_daily_allowance(register):
    [session] = make_sessions(99)

    for n in range(UNANSWERED_LETTERS + 2):
        register(session, f"victim+{n}@gov.example")

    today = OutboxMessage.objects.filter(due_at__lt=timezone.now() + MINUTE)
    assert today.count() == UNANSWERED_LETTERS
    assert OutboxMessage.objects.count() == UNANSWERED_LETTERS + 2, "the others wait, and none is lost"


def test_the_limit_of_a_network_tells_nobody_apart_and_keeps_nobody_from_their_own(register, settings):
    """Past the limit, who is registered was told by another answer, and without a letter to anybody."""
    settings.REGISTRATIONS_PER_NETWORK_AND_HOUR = 6
    [session] = make_sessions(99)
    here = take(session, "here@gov.example", at=timezone.now() - HOUR)
    for _again in range(3):
        register(session, "here@gov.example")
    for n in range(3):
        register(session, f"person{n}@office.example")
    posted = len(letters_posted())

    answers = [register(session, email) for email in ("here@gov.example", "not@gov.example")]
    own = register(session, "here@gov.example", seat_key(browser(), here))

    assert told_by(answers[0]) == told_by(answers[1])
    assert [answer.status_code for answer in answers] == [429, 429]
    assert len(letters_posted()) == posted and own.url == seat_page(here)
    assert not Address.objects.filter(email="not@gov.example").exists()


def test_changing_to_and_fro_without_end_fills_no_mailbox():
    sessions = make_sessions(2, 2)
    seat = take(sessions[0], "victim@gov.example", at=timezone.now())
    own = seat_key(browser(), seat)
    page = seat_page(seat)

    for n in range(registering.SWAPS_A_DAY + 5):
        page = own.post(page, {"act": f"swap:{sessions[(n + 1) % 2].slug}"}).url

    assert len(letters_posted()) == 1 + 2 * registering.SWAPS_A_DAY
    assert "try again tomorrow" in own.get(page).content.decode()


# -- Whatever is sent ----------------------------------------------------------------------------------------------


def every_form(value: str):
    """Each form of the workshops with the value in each of its fields: who presses, the address, what is sent."""
    now = timezone.now()
    workshop, over = (
        make_workshop(starts_at=now + 9 * DAY, capacity=1),
        make_workshop(starts_at=now - 9 * DAY),
    )
    seated, waiting = take(workshop, at=now - DAY), take(workshop, at=now - DAY)
    came = take(over, at=now - 20 * DAY)
    page = reverse("workshops:workshop", args=[workshop.slug])
    yield browser(), page, dict.fromkeys(FORM, value)
    for name in (*FORM, "recording", "nickname"):
        yield browser(), page, {**FORM, "email": f"{name}@office.example", name: value}
    for registration in (seated, waiting, came):
        theirs = seat_key(browser(), registration)
        seat = reverse("workshops:seat", args=[registration.pk])
        for act in (value, f"swap:{value}", "correct", "answer", "take"):
            yield theirs, seat, dict.fromkeys((*FORM, "useful", "learned", "better"), value) | {"act": act}
    yield browser(), reverse("workshops:seat", args=[seated.pk]), dict.fromkeys(FORM, value)


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_form_answers_hostile_words_clearly(kind: str):
    faults = []
    for client, path, words in every_form(HOSTILE[kind]):
        answer = client.post(path, words)
        if is_faulty(answer):
            faults.append((path, {name: value[:20] for name, value in words.items()}, answer.status_code))

    assert faults == []


def is_faulty(answer) -> bool:
    """A fault of ours, a page that no browser can read, or one that says it is as long as it is not."""
    told = int(answer.headers.get("Content-Length", len(answer.content)))
    return answer.status_code >= 500 or b"\0" in answer.content or told != len(answer.content)


def every_form_of_the_office(value: str):
    """The same for what a manager presses: the address, and what is sent."""
    now = timezone.now()
    workshop = make_workshop(starts_at=now + 9 * DAY, capacity=1)
    seated, _waiting = take(workshop, at=now - DAY), take(workshop, at=now - DAY)
    of_it = {
        "move": ("starts_at", "ends_at", "reason", "expected"),
        "cancel": ("reason", "expected"),
        "write": ("to", "subject", "words", "token"),
        "attendance": ("person", "absent"),
        "groups": ("size", "number", "name-1", "group-1", "was-1", f"group-{seated.pk}", f"was-{seated.pk}"),
        "change": ("title_0", "slug", "capacity", "zone_name", "meeting_url", "status", "seen", "series"),
    }
    for name, fields in of_it.items():
        path = reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])
        for press in ({}, {"confirm": "yes"}, {"send": "1"}, {"try": "1"}, {"change": "1"}):
            yield path, dict.fromkeys(fields, value) | press
        for do in ("propose", "fill", "places", "names", "publish", "hide", value):
            yield path, dict.fromkeys(fields, value) | {"do": do}
    groups = reverse("admin:workshops_workshop_groups", args=[workshop.pk])
    yield groups, {"do": "names", f"name-{value[:200]}": value, f"group-{value[:200]}": value}
    yield groups, {"do": "places", f"group-{seated.pk}": value, f"was-{seated.pk}": "1"}
    fields = (*DETAILS, "workshop", "email", "terms", "recording")
    yield reverse("admin:workshops_registration_add"), dict.fromkeys(fields, value)
    by_hand = {**DETAILS, "workshop": workshop.pk, "email": "a@b.example", "terms": "on"}
    for name in fields:
        yield reverse("admin:workshops_registration_add"), by_hand | {name: value}
    people = reverse("admin:workshops_registration_changelist")
    for action in ("confirm", "give_back", "mark_attended", "mark_absent", value):
        yield people, {"action": action, "_selected_action": value, "index": "0", "confirm": "yes"}
        yield people, {"action": action, "_selected_action": seated.pk, "index": value, "reason": value}
    yield (
        reverse("admin:workshops_series_change", args=[workshop.series_id]),
        dict.fromkeys(("year", "title_0", "introduction_0", "contact_email", "seen"), value),
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_form_of_the_office_answers_hostile_words_clearly(manager: Client, kind: str):
    manager.raise_request_exception = False
    faults = []
    for path, words in every_form_of_the_office(HOSTILE[kind]):
        answer = manager.post(path, words)
        if is_faulty(answer):
            faults.append(
                (path, {name: str(value)[:20] for name, value in words.items()}, answer.status_code)
            )

    assert faults == []
