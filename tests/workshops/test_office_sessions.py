"""Staff keep workshops in the admin: words, time and seats; moving and cancelling say first who is told what."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outbox.delivery import deliver_due, written
from outbox.models import OutboxMessage
from people.models import Event
from tests.cases.test_office_calls import typed_in
from tests.makers import letters_posted, make_address, make_boss
from tests.workshops.makers import DAY, HOUR, LASTS, make_series, make_workshop, statuses, take
from tests.workshops.office import statements
from workshops.models import Registration, Series, Workshop

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
LIST = "/admin/workshops/workshop/"


@pytest.fixture
def workshop() -> Workshop:
    """A session of two seats in twenty days."""
    return make_workshop(starts_at=NOW + 20 * DAY, slug="june-3", title={"en": "Across borders"})


def page(workshop: Workshop, name: str = "change") -> str:
    return reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])


def seat(workshop: Workshop, name: str = "Marta Okello", **facts) -> Registration:
    return take(workshop, name=name, at=facts.pop("at", NOW - DAY), **facts)


def saved(client: Client, workshop: Workshop, **changes):
    """Open the workshop, change some boxes, and press «Save»."""
    sent = typed_in(client.get(page(workshop)), "workshop_form")
    return client.post(page(workshop), sent | changes, follow=True)


def local(instant: datetime, workshop: Workshop) -> str:
    return f"{instant.astimezone(workshop.zone):%Y-%m-%dT%H:%M}"


# -- The list ----------------------------------------------------------------------------------------------------------


def test_the_list_says_when_and_how_many(manager, workshop):
    for name in ("First", "Second", "Third"):
        seat(workshop, name)

    words = manager.get(LIST).content.decode()

    assert "2 of 2 taken" in words
    assert f'href="/admin/workshops/registration/?workshop={workshop.pk}">1 waiting, 0 came' in words
    assert "Paris time (" in words


def test_a_list_of_ten_costs_as_many_statements_as_one_of_one(manager, workshop):
    seat(workshop)
    few = statements(manager, LIST)
    for n in range(9):
        seat(make_workshop(starts_at=NOW + (30 + n) * DAY))

    assert statements(manager, LIST) <= few


# -- The form ----------------------------------------------------------------------------------------------------------


def new_workshop(**changes) -> dict:
    return {
        "series": make_series(year=2031).pk,
        "slug": "july-1",
        "title_en": "July",
        "promise_en": "You leave with a list.",
        "language": "English",
        "zone_name": "Europe/Paris",
        "starts_at": "2031-07-01T15:30",
        "ends_at": "2031-07-01T18:00",
        "capacity": "40",
        "status": "open",
        "open_to": "anybody",
        "opens_minutes": "15",
        "confirm_hours": "48",
    } | changes


def test_a_new_workshop_is_typed_in_its_own_zone(manager):
    response = manager.post(f"{LIST}add/", new_workshop(zone_name="Asia/Tokyo"))

    assert response.status_code == 302
    made = Workshop.objects.get()
    assert (made.starts_at, made.ends_at) == (
        datetime(2031, 7, 1, 6, 30, tzinfo=UTC),
        datetime(2031, 7, 1, 9, 0, tzinfo=UTC),
    )
    assert Event.objects.get(action="workshop made").object_id == str(made.pk)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends_at": "2031-07-01T15:30"}, "The end has to be later than the beginning."),
        ({"starts_at": "2031-03-30T02:30"}, "jump over this time"),
        ({"zone_name": "CET"}, "Enter a region and a city"),
        ({"zone_name": "Europe/Atlantis"}, "zone"),
        ({"starts_at": ""}, "This field is required."),
        ({"status": "cancelled"}, "Select a valid choice."),
        ({"meeting_url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"meeting_url": "ftps://meet.example/"}, "Enter an address that begins with https://"),
        ({"zone_name": "right/Europe/Paris"}, "zone"),
        ({"open_to": "organisations"}, "Name at least one organisation"),
        ({"open_to": "organisations", "domains": "oecd.org gov_uk"}, "“gov_uk” is nothing that an address"),
    ],
)
def test_what_cannot_be_is_asked_again(manager, change, words):
    response = manager.post(f"{LIST}add/", new_workshop(**change))

    assert words in response.content.decode()
    assert not Workshop.objects.exists()


def test_staff_choose_who_may_register(manager, workshop):
    saved(manager, workshop, open_to="organisations", domains="@OECD.org, gov.uk\r\noecd.org")

    chosen = Workshop.objects.get()
    assert (chosen.open_to, chosen.domain_list) == ("organisations", ["oecd.org", "gov.uk"])


def test_saving_what_stands_changes_nothing(manager, workshop):
    before = Workshop.objects.values().get()

    saved(manager, workshop)

    assert Workshop.objects.values().get() == before
    assert OutboxMessage.objects.count() == 0


def test_the_form_of_a_workshop_that_exists_has_no_box_for_its_time(manager, workshop):
    boxes = typed_in(manager.get(page(workshop)), "workshop_form")

    assert not {"starts_at", "ends_at", "zone_name"} & set(boxes)
    saved(manager, workshop, starts_at="2031-01-01T10:00", ends_at="2031-01-01T11:00", zone_name="UTC")
    assert Workshop.objects.get().starts_at == workshop.starts_at
    assert Workshop.objects.get().zone_name == "Europe/Paris"


def test_more_seats_go_to_those_who_wait_at_once(manager, workshop):
    for name in ("First", "Second", "Third"):
        seat(workshop, name)

    saved(manager, workshop, capacity="3")

    assert statuses(workshop) == ["seated", "seated", "seated"]
    assert Event.objects.get(action="capacity changed").facts == {"from": 2, "to": 3}
    assert len(letters_posted("workshop-promoted")) == 1


def test_fewer_seats_take_nobodys_seat_away(manager, workshop):
    seat(workshop, "First"), seat(workshop, "Second")

    saved(manager, workshop, capacity="1")

    assert Workshop.objects.get().capacity == 1
    assert statuses(workshop) == ["seated", "seated"]


def test_a_new_title_reaches_calendars_and_everybody_with_a_seat_and_another_text_does_not(manager, workshop):
    seated, _also, waits = seat(workshop, "One"), seat(workshop, "Two"), seat(workshop, "Waits")
    saved(manager, workshop, audience_en="Everybody")
    assert Workshop.objects.get().sequence == 0 and not letters_posted("workshop-renamed")

    said = saved(manager, workshop, title_en="Across rivers").content.decode()

    assert (Workshop.objects.get().title, Workshop.objects.get().sequence) == ({"en": "Across rivers"}, 1)
    assert "The workshop has another name. 2 letters are on their way." in said
    told = {letter.subject_id: letter for letter in letters_posted("workshop-renamed")}
    assert str(waits.pk) not in told and len(told) == 2
    entry = told[str(seated.pk)].attachments[0]["text"]
    assert "SUMMARY:Across rivers" in entry and "SEQUENCE:1" in entry and "METHOD:REQUEST" in entry
    assert "“Across borders” is called “Across rivers” from now on." in written(told[str(seated.pk)]).text


def test_lines_that_a_browser_ends_in_its_own_way_are_no_change(manager, workshop):
    Workshop.objects.update(promise={"en": "One line.\nAnother."})
    saved(manager, workshop, promise_en="One line.\r\nAnother.")
    assert Workshop.objects.get().sequence == 0


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_unseen(manager, workshop):
    sent = typed_in(manager.get(page(workshop)), "workshop_form")
    saved(manager, workshop, language="French")

    first = manager.post(page(workshop), sent | {"language": "Spanish"})

    assert "Somebody else saved this while you were writing." in first.content.decode()
    assert Workshop.objects.get().language == "French"


def test_a_workshop_with_people_in_it_cannot_be_hidden_renamed_or_deleted(client, workshop):
    client.force_login(make_boss())
    seat(workshop)

    response = saved(client, workshop, status="hidden", slug="other")

    assert "It can be cancelled." in response.content.decode()
    saved(client, workshop, slug="other")
    assert (Workshop.objects.get().status, Workshop.objects.get().slug) == ("open", "june-3")
    assert client.post(page(workshop, "delete"), {"post": "yes"}).status_code == 403


def test_an_abbreviation_that_is_not_in_force_is_saved_with_a_warning(manager):
    june = make_workshop(starts_at=datetime(2031, 6, 3, 13, 30, tzinfo=UTC))

    response = saved(manager, june, agenda_en="15:30 CET: welcome")

    assert "Agenda: “CET” is not in force on 3 June 2031. Right is: Paris time (CEST, UTC+2)." in (
        response.content.decode().replace("&quot;", '"')
    )
    assert Workshop.objects.get().agenda == {"en": "15:30 CET: welcome"}


def test_abbreviations_are_looked_at_again_when_a_workshop_moves_and_in_the_reason_of_a_cancellation(manager):
    june = datetime(2031, 6, 3, 13, 30, tzinfo=UTC)
    workshop = make_workshop(starts_at=june, promise={"en": "Doors open at 15:00 CEST."})
    said = manager.post(page(workshop, "cancel"), {"reason": "At 15:30 CET nobody can."}).content.decode()
    assert "“CET” is not in force on 3 June 2031" in said

    sent = {"starts_at": "2031-12-03T15:30", "ends_at": "2031-12-03T18:00", "reason": ""}
    preview = manager.post(page(workshop, "move"), sent)
    said = manager.post(
        page(workshop, "move"),
        sent | {"confirm": "yes", "expected": preview.context["expected"]},
        follow=True,
    ).content.decode()
    assert "“CEST” is not in force on 3 December 2031" in said


def test_the_series_is_kept_and_its_rule_stands_once_people_have_registered(manager, workshop):
    address = reverse("admin:workshops_series_change", args=[workshop.series_id])
    sent = typed_in(manager.get(address), "series_form")
    assert "one_seat_each" in sent
    seat(workshop)

    sent = typed_in(manager.get(address), "series_form")
    manager.post(address, sent | {"title_en": "Workshops by the river", "one_seat_each": ""})

    assert Series.objects.get().title == {"en": "Workshops by the river"}
    assert Series.objects.get().one_seat_each
    assert Event.objects.get(action="series changed").facts == {"fields": ["title"]}


def test_readers_read_the_words_and_neither_the_way_in_nor_any_deed(reader, workshop):
    words = reader.get(page(workshop)).content.decode()

    assert "You leave with a shared list." in words
    for hidden in (
        "meet.example",
        "code 1234",
        "<textarea",
        ">Move<",
        ">Cancel<",
        ">Duplicate<",
        "Write a letter",
    ):
        assert hidden not in words


# -- Another one like it -----------------------------------------------------------------------------------------------


def test_a_duplicate_is_hidden_a_week_later_and_has_nothing_of_its_original_but_the_words(manager, workshop):
    seat(workshop)

    response = manager.post(page(workshop, "duplicate"), follow=True)

    copy = Workshop.objects.exclude(pk=workshop.pk).get()
    kept = ("series_id", "title", "promise", "agenda", "capacity", "zone_name", "language")
    assert [getattr(copy, name) for name in kept] == [getattr(workshop, name) for name in kept]
    assert (copy.slug, copy.status, copy.meeting_url, copy.phone) == ("june-3-2", "hidden", "", "")
    assert copy.uid != workshop.uid
    assert copy.starts_at.astimezone(copy.zone).time() == workshop.starts_at.astimezone(workshop.zone).time()
    assert copy.ends_at - copy.starts_at == LASTS
    assert not copy.registrations.exists()
    assert response.redirect_chain[-1][0] == page(copy)


def test_duplicates_of_one_workshop_have_addresses_of_their_own_and_are_always_to_come(manager):
    old = make_workshop(starts_at=NOW - 400 * DAY, slug="x" * 50)
    for _n in range(3):
        manager.post(page(old, "duplicate"))

    copies = Workshop.objects.exclude(pk=old.pk)

    assert len({copy.slug for copy in copies}) == 3
    assert all(copy.starts_at > NOW for copy in copies)
    assert manager.get(page(old, "duplicate")).status_code == 405


# -- Moving ------------------------------------------------------------------------------------------------------------


def times(workshop: Workshop, starts_at: datetime, **more) -> dict:
    ends_at = starts_at + LASTS
    return {"starts_at": local(starts_at, workshop), "ends_at": local(ends_at, workshop), "reason": ""} | more


def expected(response) -> str:
    return response.context["expected"]


def test_moving_says_first_who_is_told_what_and_changes_nothing_until_confirmed(manager, workshop):
    workshop = Workshop.objects.get()
    for name in ("First", "Second", "Third"):
        seat(workshop, name)
    posted = OutboxMessage.objects.count()
    new = workshop.starts_at.replace(second=0) + 7 * DAY

    preview = manager.post(page(workshop, "move"), times(workshop, new))

    words = preview.content.decode()
    assert "3 people get one letter each, at once." in words
    assert "2 people have a seat and keep it" in words
    assert "1 person stays in line where they are." in words
    assert preview.context["letter"]["subject"].startswith("New time:")
    assert "Dear Lea M.," in preview.context["letter"]["text"]
    assert preview.context["letter"]["attachments"] != []
    assert (Workshop.objects.get().starts_at, OutboxMessage.objects.count()) == (workshop.starts_at, posted)

    sent = times(workshop, new, confirm="yes", expected=expected(preview))
    after = manager.post(page(workshop, "move"), sent, follow=True)

    moved = Workshop.objects.get()
    assert (moved.starts_at, moved.schedule, moved.sequence) == (new, 2, 1)
    assert "3 letters are on their way." in after.content.decode()
    assert len(letters_posted("workshop-moved")) == 3


def test_the_letter_that_is_previewed_is_the_letter_that_is_sent(manager, workshop):
    seat(workshop, "Lea M.")
    new = workshop.starts_at.replace(second=0) + 7 * DAY
    preview = manager.post(page(workshop, "move"), times(workshop, new))
    OutboxMessage.objects.all().delete()

    manager.post(page(workshop, "move"), times(workshop, new, confirm="yes", expected=expected(preview)))
    deliver_due(timezone.now() + HOUR)

    told = preview.context["letter"]["text"]
    assert told.count("[link]") == 1
    before, after = told.split("[link]")
    (letter,) = mail.outbox
    assert letter.body.startswith(before)
    assert letter.body.endswith(after)
    assert letter.subject == preview.context["letter"]["subject"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"starts_at": "2020-01-01T10:00"}, "still to come"),
        ({"ends_at": "2020-01-01T10:00"}, "later than the beginning"),
        ({"starts_at": ""}, "This field is required."),
        ({"starts_at": "nonsense"}, "Enter a valid date/time."),
    ],
)
def test_a_time_that_cannot_be_is_asked_again(manager, workshop, change, words):
    sent = times(workshop, workshop.starts_at + DAY) | change

    response = manager.post(page(workshop, "move"), sent)

    assert words in response.content.decode()
    assert "letter" not in response.context


def test_the_time_that_stands_is_no_move(manager):
    workshop = make_workshop(starts_at=(NOW + 20 * DAY).replace(second=0))

    response = manager.post(page(workshop, "move"), times(workshop, workshop.starts_at))

    assert "This is the time at which it stands." in response.content.decode()


def test_when_a_colleague_moved_it_after_the_preview_the_button_does_nothing(manager, workshop):
    seat(workshop)
    new = workshop.starts_at.replace(second=0) + 7 * DAY
    stale = expected(manager.post(page(workshop, "move"), times(workshop, new)))
    manager.post(page(workshop, "move"), times(workshop, new + DAY, confirm="yes", expected=stale))

    late = manager.post(
        page(workshop, "move"), times(workshop, new, confirm="yes", expected=stale), follow=True
    )

    assert "Somebody else has just changed this workshop." in late.content.decode()
    assert Workshop.objects.get().starts_at == new + DAY
    assert len(letters_posted("workshop-moved")) == 1


# -- Cancelling --------------------------------------------------------------------------------------------------------


def test_cancelling_says_first_who_is_told_what_and_then_tells_them(manager, workshop):
    for name in ("First", "Second", "Third"):
        seat(workshop, name)
    address = make_address("dead@example.org", suppressed_at=NOW)
    take(workshop, address=address, name="Dead mailbox", at=NOW - DAY)

    preview = manager.post(page(workshop, "cancel"), {"reason": "The speaker is ill."})

    words = preview.content.decode()
    assert "3 people get one letter each, at once." in words
    assert "2 people lose a seat" in words
    assert "2 people leave the line." in words
    assert "1 address takes no letters" in words
    assert "The speaker is ill." in preview.context["letter"]["text"]
    assert Workshop.objects.get().status == "open"

    sent = {"reason": "The speaker is ill.", "confirm": "yes", "expected": expected(preview)}
    manager.post(page(workshop, "cancel"), sent)
    manager.post(page(workshop, "cancel"), sent)

    assert Workshop.objects.get().status == "cancelled"
    assert set(statuses(workshop)) == {"cancelled"}
    assert len(letters_posted("workshop-cancelled")) == 3
    assert Event.objects.get(action="cancelled").reason == "The speaker is ill."


def test_a_workshop_that_is_cancelled_offers_no_deed_and_its_status_stands(manager, workshop):
    Workshop.objects.update(status="cancelled")

    assert ">Move<" not in manager.get(page(workshop)).content.decode()
    assert "cancelled already" in manager.get(page(workshop, "cancel")).content.decode()
    saved(manager, workshop, status="open", language="French")
    assert (Workshop.objects.get().status, Workshop.objects.get().language) == ("cancelled", "French")


@pytest.mark.parametrize("deed", ["move", "cancel"])
def test_a_workshop_that_is_over_stays_as_it_was(manager, deed):
    over = make_workshop(starts_at=timezone.now() - 2 * DAY)
    take(over, at=timezone.now() - 3 * DAY)
    address = f"/admin/workshops/workshop/{over.pk}/{deed}/"
    assert "This workshop is over." in manager.get(address).content.decode()
    manager.post(address, {"reason": "late", "confirm": "yes", "starts_at": "2099-06-03T15:30"})
    assert statuses(over) == ["seated"] and not letters_posted("workshop-cancelled")


def test_a_reason_is_asked_for(manager, workshop):
    response = manager.post(page(workshop, "cancel"), {"reason": "  ", "confirm": "yes"})

    assert "This field is required." in response.content.decode()
    assert Workshop.objects.get().status == "open"


def test_what_staff_type_as_a_reason_cannot_become_part_of_a_page(manager, workshop):
    preview = manager.post(page(workshop, "cancel"), {"reason": "<script>alert(1)</script>{{ name }}"})

    words = preview.content.decode()
    assert "<script>alert(1)" not in words
    assert "{{ name }}" in preview.context["letter"]["text"]


@pytest.mark.parametrize("name", ["move", "cancel", "duplicate", "write"])
def test_readers_get_none_of_the_deeds(reader, workshop, name):
    before = Workshop.objects.values().get()

    assert reader.post(page(workshop, name), {"reason": "x", "confirm": "yes"}).status_code == 403

    assert Workshop.objects.values().get() == before


@pytest.mark.parametrize("name", ["move", "cancel", "write", "line", "attendance", "figures", "groups"])
def test_a_workshop_that_does_not_exist_is_a_404(manager, name):
    assert manager.get(reverse(f"admin:workshops_workshop_{name}", args=[99_999])).status_code == 404


def test_times_that_summer_time_jumps_over_are_asked_again(manager):
    workshop = make_workshop(starts_at=datetime(2031, 3, 20, 9, tzinfo=UTC))
    sent = {"starts_at": "2031-03-30T02:30", "ends_at": "2031-03-30T05:00", "reason": ""}

    assert "jump over this time" in manager.post(page(workshop, "move"), sent).content.decode()
