"""The pages of the workshops: what they say, what they cost, and whom they let in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import html5lib
import pytest
from crispy_forms.utils import render_crispy_form
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from newsletter.models import Subscription
from outbox.delivery import written
from people import links
from people.models import Address, Consent
from tests.makers import letters_posted, make_address
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
from workshops import announcing, letters, registering, seating, urls
from workshops.forms import DetailsForm, filled
from workshops.models import Answer, Registration

pytestmark = pytest.mark.django_db

FORM = {**DETAILS, "email": "marta@kisumu.example", "terms": "on", "nickname": "", "zone": "Africa/Nairobi"}


def valid(response) -> str:
    """The page as text, if a strict parser finds nothing wrong with it and no id stands twice."""
    text = response.content.decode()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert "style=" not in text and "<script>" not in text
    return text


@pytest.mark.parametrize(
    ("starts_at", "zone", "said"),
    [
        (STARTS, "Europe/Paris", "15:30–18:00"),
        (datetime(2027, 6, 7, 7, 0, tzinfo=UTC), "Europe/Paris", "09:00–11:30"),
    ],
)
def test_a_page_says_weekday_date_year_hours_and_zone(client, arrive, starts_at, zone, said):
    workshop = make_workshop(starts_at=starts_at, zone_name=zone)

    text = valid(client.get(f"/en/workshops/{workshop.slug}/", **arrive(MAY)))

    assert said in text and "Paris time (CEST, UTC+2)" in text and "June 2027" in text
    assert "meet.example" not in text and "+33 1 23" not in text


def test_the_agenda_stands_in_parts_with_their_names(client, arrive):
    workshop = make_workshop(agenda={"en": "Pain points: what is hard\n15:30 Break\nVisions"})

    text = valid(client.get(f"/en/workshops/{workshop.slug}/", **arrive(MAY)))

    assert "<h3>Pain points</h3><p>What is hard</p>" in text
    assert "<h3>15:30 Break</h3></li>" in text and "<h3>Visions</h3></li>" in text


def test_another_zone_is_chosen_without_a_script_and_another_day_is_warned_of(client, arrive):
    workshop = make_workshop(title={"en": "Making it easier"})

    there = valid(client.get(f"/en/workshops/{workshop.slug}/?zone=Pacific/Auckland", **arrive(MAY)))
    here = valid(client.get(f"/en/workshops/{workshop.slug}/?zone=Africa/Nairobi"))
    odd = valid(client.get(f"/en/workshops/{workshop.slug}/?zone=../../etc/passwd"))

    assert "Friday 4 June 2027" in there and "01:30–04:00" in there
    assert "For you this is another day." in there.split("</main>")[0]
    assert "16:30–19:00" in here and "another day" not in here.split("</main>")[0]
    assert "Choose a city" in odd
    for page in (here, there):
        assert "Making it easier" in page


def test_every_way_in_which_clocks_go_can_be_chosen_without_a_script(client, arrive):
    workshop = make_workshop()
    text = valid(client.get(f"/en/workshops/{workshop.slug}/?zone=America/Toronto", **arrive(MAY)))
    assert '<option value="America/Toronto" selected>Toronto (UTC−4)</option>' in text

    def clock(key: str) -> tuple:
        june, december = datetime(2027, 6, 3, tzinfo=UTC), datetime(2027, 12, 3, tzinfo=UTC)
        return tuple(day.astimezone(ZoneInfo(key)).utcoffset() for day in (june, december))

    inhabited = {
        key
        for key in available_timezones()
        if key.startswith(("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/"))
    }
    offered = {clock(key) for key in ("Europe/Paris", *announcing.OFFERED)}
    assert {key for key in inhabited if clock(key) not in offered} == set()


def test_sessions_within_ones_working_hours_are_pointed_out_where_others_are_not(client, arrive):
    make_workshop()
    morning = make_workshop(starts_at=datetime(2027, 6, 7, 7, 0, tzinfo=UTC))
    clock, hint = arrive(MAY), "Within your working hours."

    nairobi = valid(client.get("/en/workshops/?zone=Africa/Nairobi", **clock)).split("</main>")[0]
    assert nairobi.count(hint) == 1
    assert nairobi.index("10:00–12:30") < nairobi.index(hint) < nairobi.index(f"/{morning.slug}/")
    for zone in ("Europe/Paris", "America/Los_Angeles"):
        assert hint not in valid(client.get(f"/en/workshops/?zone={zone}", **clock)).split("</main>")[0]


def test_whoever_waits_reads_until_when_the_line_moves_and_what_is_to_be_hoped_for(client, arrive):
    full = make_workshop(capacity=10)
    for _ in range(10):
        take(full)
    waits = take(full, address=make_address(time_zone="Africa/Nairobi"))
    seat_key(client, waits)
    page = f"/en/workshops/seat/{waits.pk}/"

    text = valid(client.get(page, **arrive(MAY)))
    assert "Until <b>Wednesday 2 June 2027, 16:30 Nairobi time" in text and "if people do" not in text.lower()
    said = " ".join(written(letters_posted("workshop-waiting")[0]).text.split())
    assert "Until Wednesday 2 June 2027, 15:30 Paris time" in said
    assert "For you that is Wednesday 2 June 2027, 16:30 Nairobi time" in said

    past = make_workshop(starts_at=STARTS - 300 * DAY, capacity=20)
    seats = [take(past, at=STARTS - 320 * DAY) for _ in range(20)]
    for registration in seats[:4]:
        seating.give_back(registration, at=STARTS - 310 * DAY)
    assert "about 2 seats come free before the start" in valid(client.get(page))
    text = valid(client.get(page, **arrive(STARTS - HOUR)))
    assert "is offered to the next in line, by letter and on this page" in text


def test_the_series_page_and_the_home_page_list_the_sessions(client, arrive):
    first, second = make_workshop(), make_workshop(starts_at=STARTS + 4 * DAY, capacity=1)
    take(second)

    for address in ("/en/workshops/", "/en/", "/en/workshops/?zone=Asia/Kolkata"):
        text = valid(client.get(address, **arrive(MAY)))
        assert f"/en/workshops/{first.slug}/" in text and "Full: waiting list open" in text
        assert "Workshops</a>" in text


def test_without_a_series_there_is_no_page_and_no_entry_in_the_navigation(client, arrive):
    assert client.get("/en/workshops/", **arrive(MAY)).status_code == 404
    assert "Workshops</a>" not in client.get("/en/").content.decode()


@pytest.mark.parametrize(("page", "most"), [("/en/", 5), ("/en/workshops/", 3), ("/en/workshops/{slug}/", 3)])
def test_public_pages_cost_few_statements_however_many_came(client, arrive, page, most):
    workshop = make_workshop(capacity=5)
    clock = arrive(MAY)
    counts = []
    for _ in range(2):
        for _ in range(4):
            take(workshop)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page.format(slug=workshop.slug), **clock).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= most, [query["sql"] for query in queries]


def test_a_registration_is_one_form_and_seats_at_once(client, arrive):
    workshop = make_workshop()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(f"/en/workshops/{workshop.slug}/", FORM, **arrive(MAY))

    registration = Registration.objects.get()
    assert answer.status_code == 302 and answer.url == f"/en/workshops/seat/{registration.pk}/"
    assert registration.has_seat() and registration.country == "KE"
    assert registration.address.time_zone == "Africa/Nairobi" and registration.address.confirmed_at is None
    assert [consent.kind for consent in Consent.objects.all()] == [registering.TERMS]
    [letter] = letters_posted()
    assert letter.kind == "workshop-seated" and letter.attachments[0]["type"].endswith("method=REQUEST")
    said = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) <= 22, "\n".join(said)

    page = valid(client.get(answer.url))
    assert "You have a seat" in page and "Please confirm your address." in page


def kinds_agreed_to() -> list[str]:
    news = Subscription.objects.exclude(state="left").values_list("state", flat=True)
    return sorted([*Consent.objects.values_list("kind", flat=True), *news])


def test_recording_and_news_are_consented_to_apart_and_nothing_is_preset(client, arrive):
    workshop = make_workshop()
    text = valid(client.get(f"/en/workshops/{workshop.slug}/", **arrive(MAY)))
    assert " checked" not in text and 'name="news"' in text and 'name="recording"' in text

    client.post(f"/en/workshops/{workshop.slug}/", {**FORM, "recording": "on"})
    assert kinds_agreed_to() == [registering.RECORDING, registering.TERMS]
    client.post(f"/en/workshops/{workshop.slug}/", {**FORM, "email": "jo@x.example", "news": "on"})
    assert registering.NEWS_WISHED in kinds_agreed_to() and registering.NEWS not in kinds_agreed_to()


def test_news_begin_when_the_mailbox_has_answered_and_end_on_ones_page(client, arrive):
    workshop, clock = make_workshop(), arrive(MAY)
    answer = client.post(f"/en/workshops/{workshop.slug}/", {**FORM, "news": "on"}, **clock)
    registration = Registration.objects.get()

    client.post(link_of(registration))
    assert kinds_agreed_to() == [registering.NEWS, registering.TERMS]
    assert registering.agreed_to(registration) == {registering.NEWS, registering.TERMS}
    again = {**DETAILS, "act": "correct", "news": "on"}
    client.post(answer.url, again)
    assert kinds_agreed_to() == [registering.NEWS, registering.TERMS], "nothing is asked twice"

    client.post(answer.url, {**DETAILS, "act": "correct"})
    assert kinds_agreed_to() == [registering.TERMS]

    client.post(answer.url, again)
    assert "You wished to get news" in valid(client.get(answer.url, **arrive(STARTS + DAY)))
    client.post(answer.url, {"act": "stop-news"})
    assert kinds_agreed_to() == [registering.TERMS]


@pytest.mark.parametrize("missing", ["name", "email", "organisation", "country", "level", "terms"])
def test_what_is_missing_is_said_and_what_was_typed_stays(client, arrive, missing):
    workshop = make_workshop()
    sent = {name: value for name, value in FORM.items() if name != missing}

    answer = client.post(f"/en/workshops/{workshop.slug}/", {**sent, "hopes": "Fewer forms"}, **arrive(MAY))

    assert answer.status_code == 422 and not Registration.objects.exists()
    text = valid(answer)
    assert f'href="#id_{missing}"' in text and "Fewer forms" in text


def test_a_machine_that_fills_in_everything_is_told_so(client, arrive):
    workshop = make_workshop()
    answer = client.post(f"/en/workshops/{workshop.slug}/", {**FORM, "nickname": "x"}, **arrive(MAY))
    assert answer.status_code == 422 and not Registration.objects.exists()


def test_a_full_session_says_so_offers_the_others_first_and_then_the_line(client, arrive):
    full, other = make_workshop(capacity=1), make_workshop(starts_at=STARTS + 4 * DAY)
    take(full), take(full)

    text = valid(client.get(f"/en/workshops/{full.slug}/", **arrive(MAY)))
    assert text.index("This workshop is full") < text.index(f"/en/workshops/{other.slug}/")
    assert text.index(f"/en/workshops/{other.slug}/") < text.index("You would be number 2 in line.")

    answer = client.post(f"/en/workshops/{full.slug}/", FORM)
    page = valid(client.get(answer.url))
    assert "You are number 2 in line" in page
    assert statuses(full) == ["seated", "waiting", "waiting"]


def test_any_of_the_full_sessions_will_do_and_one_letter_tells_all_lines(client, arrive):
    first, second, third = (make_workshop(capacity=1, starts_at=STARTS + n * DAY) for n in range(3))
    other = make_workshop(starts_at=STARTS + 9 * DAY)
    for full in (first, second, third):
        take(full), take(full)
    clock = arrive(MAY)
    text = valid(client.get(f"/en/workshops/{first.slug}/", **clock))
    assert text.count('name="also"') == 2 and f'value="{other.slug}"' not in text
    wrong = client.post(f"/en/workshops/{first.slug}/", {**FORM, "name": "", "also": [second.slug]})
    assert f'value="{second.slug}" checked' in valid(wrong)

    sent = {**FORM, "also": [second.slug, third.slug, other.slug, "x"]}
    page = client.post(f"/en/workshops/{first.slug}/", sent).url

    mine = Registration.objects.filter(address__email=FORM["email"]).order_by("pk")
    assert [each.workshop for each in mine] == [first, second, third]
    assert {each.status for each in mine} == {"waiting"}
    [letter] = [each for each in letters_posted() if each.address.email == FORM["email"]]
    said = " ".join(written(letter).text.split())
    assert "Friday 4 June 2027, 15:30–18:00 Paris time" in said and said.count("Number 2 in line") == 2
    assert "For you: Friday 4 June 2027, 16:30–19:00 Nairobi time" in said

    text = valid(client.get(page))
    assert text.count("You wait for this one: number 2") == 2
    assert "You are number 2 in line" in valid(client.get(f"/en/workshops/seat/{mine[1].pk}/"))

    for registration in second.registrations.exclude(address__email=FORM["email"]):
        seating.give_back(registration, at=MAY + HOUR)
    assert [each.status for each in mine.all()] == ["left", "seated", "left"]


def test_whoever_would_take_any_date_gets_the_one_that_has_a_seat_by_then():
    full, free = make_workshop(capacity=1), make_workshop(starts_at=STARTS + DAY)
    take(full)
    made = seating.take_any([full, free], address=make_address(), details=DETAILS, at=MAY)
    assert [(each.workshop, each.status) for each in made] == [(free, "seated")]


def test_where_people_may_have_several_seats_nothing_is_said_of_giving_one_up(client, arrive):
    series = make_series(one_seat_each=False)
    full, other = make_workshop(series, capacity=1), make_workshop(series, starts_at=STARTS + DAY, capacity=1)
    take(full), take(other)
    text = valid(client.get(f"/en/workshops/{full.slug}/", **arrive(MAY)))
    assert "You would be number 1 in line." in text
    assert "If you have a seat elsewhere" not in text and 'name="also"' not in text
    take(full)
    assert "then you change over" not in written(letters_posted("workshop-waiting")[0]).text


def test_typing_the_address_of_somebody_who_waits_lets_nobody_in_beside_them(client, arrive):
    """Where people may have several seats, a new one is made; only its mailbox hears of it."""
    series = make_series(one_seat_each=False)
    full, free = make_workshop(series, capacity=1), make_workshop(series, starts_at=STARTS + DAY)
    take(full)
    theirs = take(full, "marta@kisumu.example", confirmed=False, access_needs="captions")
    clock = arrive(MAY)

    answer = client.post(f"/en/workshops/{free.slug}/", FORM, **clock)

    new = free.registrations.get()
    assert answer.status_code == 200 and "Look in your mailbox" in valid(answer)
    assert new.has_seat() and letters_posted("workshop-seated")[-1].subject_id == str(new.pk)
    for registration in (theirs, new):
        assert client.get(f"/en/workshops/seat/{registration.pk}/").status_code == 403


def test_changing_to_a_session_where_one_waits_already_opens_only_what_was_open(client, arrive):
    """Until the mailbox has answered: what somebody else typed under its address is not shown to whoever typed it."""
    here, full = make_workshop(), make_workshop(starts_at=STARTS + DAY, capacity=1)
    address = make_address(confirmed=False)
    mine = take(here, address=address)
    take(full)
    waits = take(full, address=address)
    seat_key(client, mine)
    page = f"/en/workshops/seat/{mine.pk}/"

    answer = client.post(page, {"act": f"swap:{full.slug}"}, **arrive(MAY))
    assert answer.url == page and client.get(f"/en/workshops/seat/{waits.pk}/").status_code == 403
    assert client.post(page, {"act": f"open:{full.slug}"}).url == page
    assert "You wait for this one" not in valid(client.get(page))

    client.post(link_of(mine))
    assert "You wait for this one: number 1" in valid(client.get(page))
    assert "You are number 1 in line" in valid(client.get(f"/en/workshops/seat/{waits.pk}/"))


def test_typing_a_known_address_opens_nothing_here_and_writes_to_its_mailbox(client, arrive):
    workshop, other = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    theirs = take(workshop, "marta@kisumu.example", access_needs="captions")
    clock = arrive(MAY + HOUR)

    again = client.post(f"/en/workshops/{workshop.slug}/", FORM, **clock)
    elsewhere = client.post(f"/en/workshops/{other.slug}/", FORM)

    for answer in (again, elsewhere):
        assert answer.status_code == 200 and "captions" not in valid(answer)
    assert client.get(f"/en/workshops/seat/{theirs.pk}/").status_code == 403
    assert [letter.kind for letter in letters_posted()] == [
        "workshop-seated",
        "workshop-seated",
        "workshop-elsewhere",
    ]
    for _ in range(5):
        client.post(f"/en/workshops/{workshop.slug}/", FORM)
    assert len(letters_posted()) == 4, "three a day, whoever asks"


def test_who_is_signed_in_here_is_led_to_what_stands_and_told_why(client, arrive):
    here, there = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    clock = arrive(MAY)
    first = client.post(f"/en/workshops/{here.slug}/", FORM, **clock).url

    answer = client.post(f"/en/workshops/{there.slug}/", FORM, follow=True)

    assert answer.redirect_chain == [(first, 302)] and "You have this one already." in valid(answer)


def test_one_network_cannot_fill_a_workshop_in_an_hour(client, arrive, settings):
    settings.REGISTRATIONS_PER_NETWORK_AND_HOUR = 2
    workshop = make_workshop(capacity=9)
    clock = arrive(MAY)
    codes = [
        client.post(
            f"/en/workshops/{workshop.slug}/", {**FORM, "email": f"p{n}@x.example"}, **clock
        ).status_code
        for n in range(3)
    ]
    assert codes == [302, 302, 429] and Registration.objects.count() == 2


# -- The link in the letter ----------------------------------------------------------------------------------------


def link_of(registration, **more) -> str:
    return links.address_of(letters.door(registration, **more)).removeprefix("https://portal.example")


def test_looking_at_the_link_changes_nothing_and_pressing_confirms_and_opens(client, arrive):
    registration = take(make_workshop(), confirmed=False)
    clock = arrive(MAY + HOUR)

    for _ in range(3):
        looked = client.get(link_of(registration), **clock)
        assert looked.status_code == 200 and "Confirm my seat" in valid(looked)
    assert fresh(registration).address.confirmed_at is None

    pressed = client.post(link_of(registration))
    assert pressed.status_code == 302 and fresh(registration).address.confirmed_at is not None
    opened = valid(client.get(pressed.url))
    assert "You have a seat" in opened and "Your address is confirmed" in opened
    assert "Open my registration" in valid(client.get(link_of(registration)))


def test_one_click_says_that_one_is_coming(client, arrive):
    registration = take(make_workshop())
    client.post(link_of(registration, to="coming"), **arrive(STARTS - 2 * DAY))
    assert fresh(registration).reconfirmed_at is not None


def test_a_link_of_an_older_generation_or_long_after_opens_nothing(client, arrive):
    registration = take(make_workshop())
    link = link_of(registration)
    assert client.post(link, **arrive(STARTS + 40 * DAY)).status_code == 404
    Registration.objects.update(generation=2)
    assert client.get(link, **arrive(MAY)).status_code == 404


OWN_PAGES = [
    ("get", "seat", {}),
    ("post", "seat", {"act": "correct", **DETAILS}),
    ("post", "seat", {"act": "swap:x"}),
    ("post", "seat", {"act": "take"}),
    ("post", "seat", {"act": "decline"}),
    ("post", "seat", {"act": "coming"}),
    ("post", "seat", {"act": "revoke-feed"}),
    ("post", "seat", {"act": "leave"}),
    ("post", "seat", {"act": "stop-news"}),
    ("post", "seat", {"act": "answer", "learned": "much"}),
    ("get", "give_back", {}),
    ("post", "give_back", {"yes": "1"}),
    ("get", "join", {}),
    ("get", "seat_calendar", {}),
    ("get", "certificate", {}),
]


PUBLIC = {"series", "series_calendar", "private_calendar", "workshop", "workshop_calendar"}


def test_every_address_of_this_room_is_walked_by_these_tests():
    walked = {name for _method, name, _data in OWN_PAGES} | PUBLIC | {"open_mine"}
    assert {pattern.name for pattern in urls.urlpatterns} == walked


@pytest.mark.parametrize(("method", "name", "data"), OWN_PAGES)
@pytest.mark.parametrize("who", ["stranger", "foreign", "stale", "liar", "nobody"])
def test_nobody_else_gets_in(client, arrive, method, name, data, who):
    workshop = make_workshop(capacity=5)
    theirs, mine = take(workshop, name="Secret Person"), take(workshop)
    if who == "foreign":
        seat_key(client, mine)
    elif who == "stale":
        seat_key(client, theirs)
        Registration.objects.filter(pk=theirs.pk).update(generation=2)
    elif who == "liar":
        mine.pk, real = theirs.pk, mine.pk
        mine.generation = 7
        seat_key(client, mine)
        mine.pk = real
    pk = 999_999 if who == "nobody" else theirs.pk
    before = Registration.objects.filter(pk=theirs.pk).values().get()

    answer = getattr(client, method)(reverse(f"workshops:{name}", args=[pk]), data, **arrive(STARTS))

    assert answer.status_code == 403 and "Secret Person" not in answer.content.decode()
    assert Registration.objects.filter(pk=theirs.pk).values().get() == before
    assert not Answer.objects.exists()


def test_from_my_page_one_opens_only_ones_own(client, arrive):
    theirs, mine = take(make_workshop()), take(make_workshop())
    clock = arrive(MAY)
    address = Address.objects.get(pk=mine.address_id)
    link = links.address_of(
        links.letter_link("my", address=address.pk, generation=address.generation)
    ).removeprefix("https://portal.example")

    assert client.post(reverse("workshops:open_mine", args=[mine.pk]), **clock).url == "/en/my/ask/"
    client.post(link)
    page = valid(client.get("/en/my/"))
    assert "Thursday 3 June 2027, 15:30–18:00 Paris time (CEST, UTC+2)" in page
    assert client.post(reverse("workshops:open_mine", args=[theirs.pk])).url == "/en/my/ask/"
    assert client.post(reverse("workshops:open_mine", args=[mine.pk])).url.endswith(f"/seat/{mine.pk}/")


# -- One's own page ------------------------------------------------------------------------------------------------


def test_details_are_corrected_and_needs_shown_only_to_oneself(client, arrive):
    registration = take(make_workshop())
    seat_key(client, registration)
    sent = {
        **DETAILS,
        "act": "correct",
        "name": "  Marta   O. ",
        "access_needs": "captions",
        "recording": "on",
    }

    assert client.post(f"/en/workshops/seat/{registration.pk}/", sent, **arrive(MAY)).status_code == 302
    assert fresh(registration).name == "Marta O." and fresh(registration).access_needs == "captions"
    assert registering.may_be_recorded(registration)
    assert "captions" in valid(client.get(f"/en/workshops/seat/{registration.pk}/"))

    bad = client.post(f"/en/workshops/seat/{registration.pk}/", {**sent, "country": "XX"})
    assert bad.status_code == 422 and 'href="#id_country"' in valid(bad)
    client.post(f"/en/workshops/seat/{registration.pk}/", {k: v for k, v in sent.items() if k != "recording"})
    assert not registering.may_be_recorded(registration)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_form_that_is_drawn_ahead_is_the_form_itself_whatever_was_written(language):
    said = {
        "name": 'O\'Neill <script> & "Söhne"',
        "organisation": "\ue000name\ue000 \\g<0> {{ name }}",
        "country": "KE",
        "level": "local",
        "role": "بلدية",
        "hopes": 'First line\n</textarea><option value="FR">\nname="recording"',
        "brings": "\nA line that begins with a break",
        "access_needs": '<option value="local">',
    }
    registration = take(make_workshop(), **said)

    with translation.override(language):
        for agreed in (set(), {registering.RECORDING}, {registering.NEWS_WISHED}, {registering.NEWS}):
            recording, news = registering.RECORDING in agreed, registering.wants_news(agreed)
            itself = render_crispy_form(DetailsForm(initial={**said, "recording": recording, "news": news}))
            assert filled(registration, agreed) == itself


def test_swapping_opens_the_new_registration_here_and_gives_up_the_old(client, arrive):
    first, second = make_workshop(), make_workshop(starts_at=STARTS + DAY)
    registration = take(first)
    seat_key(client, registration)

    answer = client.post(
        f"/en/workshops/seat/{registration.pk}/", {"act": f"swap:{second.slug}"}, **arrive(MAY)
    )

    assert "You have a seat" in valid(client.get(answer.url))
    assert statuses(first) == ["left"] and statuses(second) == ["seated"]
    assert "This registration has ended" in valid(client.get(f"/en/workshops/seat/{registration.pk}/"))


def test_what_one_has_in_the_other_sessions_is_shown_and_opened_from_each_of_them(client, arrive):
    first, second, third = (make_workshop(starts_at=STARTS + n * DAY, capacity=1) for n in range(3))
    take(second)
    seat = take(first)
    seat_key(client, seat)
    page = f"/en/workshops/seat/{seat.pk}/"
    waits = client.post(page, {"act": f"swap:{second.slug}"}, **arrive(MAY)).url

    there = valid(client.get(waits))
    assert "You are number 1 in line" in there and "You have a seat here" in there
    assert "You keep the seat that you have in another session" in there
    assert f'value="open:{first.slug}"' in there and f'value="swap:{third.slug}"' in there
    assert "You wait for this one" in valid(client.get(page))

    assert client.post(waits, {"act": f"open:{first.slug}"}).url == page
    back = client.post(waits, {"act": f"swap:{first.slug}"})
    assert back.url == page and "You have changed sessions" not in valid(client.get(page))
    assert client.post(waits, {"act": f"open:{third.slug}"}).url == waits, "there is nothing to open"
    assert statuses(first) == ["seated"] and statuses(second) == ["seated", "waiting"]


def test_whoever_waits_leaves_the_line_and_not_a_seat(client, arrive):
    workshop = make_workshop(capacity=1)
    take(workshop)
    waiting = take(workshop)
    seat_key(client, waiting)
    clock = arrive(MAY)

    assert "Give my seat back" not in valid(client.get(f"/en/workshops/seat/{waiting.pk}/", **clock))
    asked = valid(client.get(f"/en/workshops/seat/{waiting.pk}/give-back/"))
    assert "Leave the waiting list?" in asked and "Those behind you move up." in asked


def test_on_a_device_of_many_one_closes_ones_registrations(client, arrive):
    first, second = take(make_workshop()), take(make_workshop())
    seat_key(client, first, second)

    left = client.post(f"/en/workshops/seat/{first.pk}/", {"act": "leave"}, **arrive(MAY))

    assert "has forgotten your registration" in valid(client.get(left.url))
    assert client.get(f"/en/workshops/seat/{first.pk}/").status_code == 403
    assert client.get(f"/en/workshops/seat/{second.pk}/").status_code == 403


def test_giving_back_asks_once_and_gives_the_seat_on(client, arrive):
    workshop = make_workshop(capacity=1)
    mine, _next = take(workshop), take(workshop)
    seat_key(client, mine)
    address = f"/en/workshops/seat/{mine.pk}/give-back/"

    assert "Give my seat back?" in valid(client.get(address, **arrive(MAY)))
    assert statuses(workshop) == ["seated", "waiting"]
    client.post(address)
    assert statuses(workshop) == ["left", "seated"]
    assert client.post(address).status_code == 302, "harmless when repeated"
    assert "nothing left to give back" in valid(client.get(address))


@pytest.mark.parametrize(("act", "status"), [("take", "seated"), ("decline", "left")])
def test_an_offer_is_taken_or_declined_on_the_page(client, arrive, act, status):
    workshop = make_workshop(capacity=1)
    first, second = take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - 10 * HOUR)
    seat_key(client, second)
    clock = arrive(STARTS - 9 * HOUR)

    page = valid(client.get(f"/en/workshops/seat/{second.pk}/", **clock))
    assert "A seat is free for you" in page and "Thursday 3 June 2027, 09:30" in page
    client.post(f"/en/workshops/seat/{second.pk}/", {"act": act})
    assert fresh(second).status == status


def test_an_offer_that_lapsed_says_so(client, arrive):
    workshop = make_workshop(capacity=1)
    first, second = take(workshop), take(workshop)
    seating.give_back(first, at=STARTS - 10 * HOUR)
    seat_key(client, second)

    assert "The time to answer is over" in valid(
        client.get(f"/en/workshops/seat/{second.pk}/", **arrive(STARTS - HOUR))
    )
    client.post(f"/en/workshops/seat/{second.pk}/", {"act": "take"})
    assert fresh(second).status == "offered"


# -- The day -------------------------------------------------------------------------------------------------------


def test_the_way_in_counts_down_then_leads_into_the_meeting_and_notes_who_came(client, arrive):
    registration = take(make_workshop())
    seat_key(client, registration)
    page, join = f"/en/workshops/seat/{registration.pk}/", f"/en/workshops/seat/{registration.pk}/join/"

    early = client.get(join, **arrive(STARTS - timedelta(minutes=16)))
    assert early.status_code == 302 and early.url == page
    text = valid(client.get(page))
    assert "1 minute left" in text and "15:15" in text and "meet.example" not in text
    assert 'data-left="2027-06-03T13:15:00Z"' in text
    assert f'<p hidden data-from="2027-06-03T13:15:00Z"><a class="btn" href="{join}">' in text
    assert "+33 1 23 45 67 89" in text

    clock = arrive(STARTS - timedelta(minutes=15))
    text = valid(client.get(page, **clock))
    assert join in text and "meet.example" not in text
    assert client.head(join, **clock).url == page
    assert client.get(join, HTTP_SEC_PURPOSE="prefetch", **clock).url == page
    assert fresh(registration).attended_at is None

    into = client.get(join, **clock)
    assert into.status_code == 302 and into.url == "https://meet.example/secret-room"
    assert fresh(registration).attended_at is not None
    assert client.get(join, **arrive(STARTS + LASTS)).url == page


def test_the_link_in_the_last_letters_leads_on_into_the_meeting(client, arrive):
    registration = take(make_workshop())
    link = link_of(registration, to="join")

    early = client.post(link, **arrive(STARTS - HOUR))
    assert early.url == f"/en/workshops/seat/{registration.pk}/"

    text = valid(client.post(link, **arrive(STARTS)))
    assert f"0;url=/en/workshops/seat/{registration.pk}/join/" in text and "meet.example" not in text
    assert fresh(registration).attended_at is None, "the page that goes on is not the meeting yet"


def test_a_way_in_that_nobody_has_set_says_so_instead_of_being_closed(client, arrive):
    registration = take(make_workshop(meeting_url=""))
    seat_key(client, registration)
    page = f"/en/workshops/seat/{registration.pk}/"

    early = valid(client.get(page, **arrive(STARTS - HOUR)))
    late = valid(client.get(page, **arrive(STARTS)))

    assert "45 minutes left" in early and "Join the workshop" not in early
    assert "It is not ready yet." in late and "help@portal.example" in late
    assert "Closed" not in late.split("</main>")[0]


def test_the_phone_is_not_shown_before_the_day(client, arrive):
    registration = take(make_workshop())
    seat_key(client, registration)
    text = valid(client.get(f"/en/workshops/seat/{registration.pk}/", **arrive(STARTS - 2 * DAY)))
    assert "+33 1 23" not in text and "meet.example" not in text


def test_whoever_waits_does_not_get_in(client, arrive):
    workshop = make_workshop(capacity=1)
    take(workshop)
    waiting = take(workshop)
    seat_key(client, waiting)
    answer = client.get(f"/en/workshops/seat/{waiting.pk}/join/", **arrive(STARTS))
    assert "meet.example" not in answer.url and fresh(waiting).attended_at is None
    page = valid(client.get(f"/en/workshops/seat/{waiting.pk}/"))
    assert "No seat came free in time" in page and "in line</h1>" not in page


# -- Afterwards ----------------------------------------------------------------------------------------------------


def test_feedback_is_kept_with_the_workshop_and_not_with_the_person(client, arrive):
    registration = take(make_workshop())
    seat_key(client, registration)
    page = f"/en/workshops/seat/{registration.pk}/"
    client.post(page, {"act": "answer", "learned": "too early"}, **arrive(STARTS))
    assert not Answer.objects.exists()

    Registration.objects.update(attended_at=STARTS)
    clock = arrive(STARTS + DAY)
    assert "Three questions" in valid(client.get(page, **clock))
    assert client.post(page, {"act": "answer"}).status_code == 422
    client.post(page, {"act": "answer", "useful": "4", "better": "More time"})

    answer = Answer.objects.get()
    assert (answer.useful, answer.better) == (4, "More time") and answer.day.isoformat() == "2027-06-04"
    assert {field.name for field in Answer._meta.fields} == {
        "id",
        "workshop",
        "useful",
        "learned",
        "better",
        "day",
    }


def test_whoever_came_gets_a_certificate_that_anybody_can_check(client, arrive):
    registration = take(make_workshop(), name="Marta Okello")
    seat_key(client, registration)
    clock = arrive(STARTS + LASTS + HOUR)
    address = f"/en/workshops/seat/{registration.pk}/certificate.pdf"
    assert client.get(address, **clock).status_code == 404
    assert "We did not see you come in" in valid(client.get(f"/en/workshops/seat/{registration.pk}/"))
    assert client.get(f"/verify/{registration.code}").status_code == 404

    Registration.objects.update(attended_at=STARTS)
    paper = client.get(address)
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF")
    checked = client.get(f"/verify/{registration.code.lower()}")
    text = valid(checked)
    assert "This certificate is ours" in text and "Okello" not in text
    assert "Thursday 3 June 2027, 13:30:00" in text
    assert address in valid(client.get(f"/en/workshops/seat/{registration.pk}/"))


def test_afterwards_nothing_is_given_back_or_corrected_and_who_missed_it_is_shown_the_others(client, arrive):
    registration = take(make_workshop())
    seat_key(client, registration)
    page, clock = f"/en/workshops/seat/{registration.pk}/", arrive(STARTS + LASTS)

    assert "nothing left to give back" in valid(client.get(f"{page}give-back/", **clock))
    client.post(f"{page}give-back/")
    client.post(page, {"act": "correct", **DETAILS, "name": "Somebody Else"})

    assert fresh(registration).has_seat() and fresh(registration).name == "Marta Okello"
    assert "You could not come?" in valid(client.get(page))


def test_ones_own_page_costs_few_statements(client, arrive):
    for n in range(3):
        make_workshop(starts_at=STARTS + n * DAY)
    registration = take(Registration._meta.get_field("workshop").related_model.objects.first())
    seat_key(client, registration)
    clock = arrive(MAY)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/en/workshops/seat/{registration.pk}/", **clock)
    assert len(queries) <= 5, [query["sql"] for query in queries]


def test_every_page_stands_in_arabic_too(client, arrive):
    workshop = make_workshop(capacity=1)
    registration = take(workshop)
    seat_key(client, registration)
    clock = arrive(STARTS)
    for name, args in (
        ("series", []),
        ("workshop", [workshop.slug]),
        ("seat", [registration.pk]),
        ("give_back", [registration.pk]),
    ):
        address = reverse(f"workshops:{name}", args=args).replace("/en/", "/ar/")
        answer = client.get(address, **clock)
        assert answer.status_code == 200 and 'dir="rtl"' in valid(answer)


def test_hidden_and_unlisted_sessions_are_nobodys_business(client, arrive):
    hidden = make_workshop(status="hidden")
    unlisted = make_workshop(make_series(year=2026, listed=False), slug="old")
    clock = arrive(MAY)
    for workshop in (hidden, unlisted):
        assert client.get(f"/en/workshops/{workshop.slug}/", **clock).status_code == 404
        assert client.post(f"/en/workshops/{workshop.slug}/", FORM).status_code == 404
        assert client.get(f"/en/workshops/{workshop.slug}/calendar.ics").status_code == 404


def test_a_page_says_who_may_register_and_has_no_form_where_nobody_may(client, arrive):
    some = make_workshop(open_to="organisations", domains="oecd.org\ngov.uk")
    none = make_workshop(starts_at=STARTS + DAY, open_to="office")
    clock = arrive(MAY)

    text = valid(client.get(f"/en/workshops/{some.slug}/", **clock))
    assert "People with an e-mail address that ends in: oecd.org, gov.uk" in text
    refused = client.post(f"/en/workshops/{some.slug}/", FORM)
    assert refused.status_code == 409 and "Kisumu County" in valid(refused)
    assert client.post(f"/en/workshops/{some.slug}/", {**FORM, "email": "jo@oecd.org"}).status_code == 302

    text = valid(client.get(f"/en/workshops/{none.slug}/"))
    assert "The organisers register people" in text and 'id="register"' not in text
    assert valid(client.get("/en/workshops/")).count('<a class="btn alt slim"') == 1
    assert client.post(f"/en/workshops/{none.slug}/", FORM).status_code == 409


def test_a_cancelled_or_past_session_takes_nobody(client, arrive):
    cancelled, past = make_workshop(status="cancelled"), make_workshop(starts_at=STARTS - 30 * DAY)
    clock = arrive(MAY)
    for workshop in (cancelled, past):
        text = valid(client.get(f"/en/workshops/{workshop.slug}/", **clock))
        assert 'id="register"' not in text and "Add to calendar" not in text
        assert "This workshop does not take place." in text or "This workshop is over." in text
        assert client.post(f"/en/workshops/{workshop.slug}/", FORM).status_code == 409
    assert not make_address().registrations.exists()


def test_words_sent_to_a_session_that_has_closed_meanwhile_are_kept_and_can_go_to_another(client, arrive):
    closed, other = make_workshop(status="cancelled"), make_workshop(starts_at=STARTS + DAY)
    sent = {**FORM, "hopes": "Fewer forms, and a map"}

    text = valid(client.post(f"/en/workshops/{closed.slug}/", sent, **arrive(MAY)))
    assert "Fewer forms, and a map" in text and f'formaction="/en/workshops/{other.slug}/"' in text

    client.post(f"/en/workshops/{other.slug}/", sent)
    assert Registration.objects.get().hopes == "Fewer forms, and a map"
