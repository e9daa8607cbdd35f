"""Around the day: the waiting list and its log, groups, letters by hand, who came, figures; and how the pages are made."""

import json
from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from opsi_portal.roles import MANAGERS
from outbox.delivery import deliver_due
from outbox.models import OutboxMessage
from people.models import Event
from tests.makers import letters_posted, make_address, make_staff
from tests.workshops.makers import DAY, HOUR, fresh, make_workshop, take
from tests.workshops.office import member, statements
from tests.workshops.test_exports import make_many
from workshops import figures, grouping, registering, seating, writing
from workshops.models import Registration, Workshop

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def workshop() -> Workshop:
    """A session of two seats in twenty days."""
    return make_workshop(starts_at=NOW + 20 * DAY, slug="june-3", title={"en": "Across borders"})


def page(workshop: Workshop, name: str) -> str:
    return reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])


def seat(workshop: Workshop, name: str = "Marta Okello", **facts) -> Registration:
    return take(workshop, facts.pop("email", ""), name=name, at=facts.pop("at", NOW - DAY), **facts)


# -- The waiting list --------------------------------------------------------------------------------------------------


def test_the_waiting_list_stands_in_order_with_the_log_of_how_it_moved(reader, workshop):
    first, *_others = [seat(workshop, name) for name in ("First", "Second", "Third", "Fourth", "Fifth")]
    seating.give_back(first, at=NOW - HOUR)

    shown = reader.get(page(workshop, "line")).context

    assert [(row["place"], row["name"]) for row in shown["waiting"]] == [(1, "Fourth"), (2, "Fifth")]
    assert [(step["name"], step["was"], step["became"], step["why"]) for step in shown["log"][:3]] == [
        ("Third", "Waiting list", "Seat", "next in line"),
        ("First", "Seat", "Gave the seat back", "gave it back"),
        ("Fifth", "", "Waiting list", "registered"),
    ]


def test_a_long_line_costs_what_a_short_one_costs_and_says_that_it_is_cut(manager, workshop):
    for n in range(3):
        seat(workshop, f"Person {n}")
    few = statements(manager, page(workshop, "line"))
    addresses = [make_address() for _n in range(230)]
    Registration.objects.bulk_create(
        Registration(
            workshop=workshop,
            series=workshop.series,
            address=each,
            status="waiting",
            turn=10 + n,
            registered_at=NOW,
            name="Waits",
        )
        for n, each in enumerate(addresses)
    )

    response = manager.get(page(workshop, "line"))

    assert statements(manager, page(workshop, "line")) <= few
    assert len(response.context["waiting"]) == 200
    assert "231 people wait. The first 200 are shown" in " ".join(response.content.decode().split())


# -- Attendance --------------------------------------------------------------------------------------------------------


def running() -> Workshop:
    """A session that began ten minutes ago, with twenty seats."""
    return make_workshop(starts_at=NOW - timedelta(minutes=10), capacity=20)


def test_whoever_goes_in_is_on_the_page_when_it_is_looked_at_again(reader):
    workshop = running()
    ana, _bea = seat(workshop, "Ana"), seat(workshop, "Bea")
    assert reader.get(page(workshop, "attendance")).context["came"] == 0

    Registration.objects.filter(pk=ana.pk).update(attended_at=NOW)
    shown = reader.get(page(workshop, "attendance"))

    assert [row["name"] for row in shown.context["arrivals"]] == ["Ana"]
    assert [each.name for each in shown.context["absent"]] == ["Bea"]
    assert "1 of 2 have come" in shown.content.decode()
    assert 'type="checkbox"' not in shown.content.decode()
    assert "meet.example" not in shown.content.decode()


def test_a_manager_notes_who_is_there_and_nobody_of_another_workshop(manager):
    workshop, other = running(), running()
    ana, elsewhere = seat(workshop, "Ana"), seat(other, "Elsewhere")

    sent = {"person": [ana.pk, elsewhere.pk, "x", "9" * 15]}
    response = manager.post(page(workshop, "attendance"), sent, follow=True)

    assert "1 person is noted." in response.content.decode()
    assert fresh(ana).attended_at is not None
    assert fresh(elsewhere).attended_at is None


def test_readers_note_nobody(reader):
    workshop = running()
    ana = seat(workshop, "Ana")

    reader.post(page(workshop, "attendance"), {"person": [ana.pk]})

    assert fresh(ana).attended_at is None


def test_attendance_of_three_hundred_costs_as_many_statements_as_of_two(manager):
    workshop = running()
    seat(workshop), seat(workshop)
    few = statements(manager, page(workshop, "attendance"))
    make_many(300)
    large = Workshop.objects.latest("pk")

    assert statements(manager, page(large, "attendance")) <= few


# -- Figures -----------------------------------------------------------------------------------------------------------


def test_figures_count_seats_the_line_and_who_came_by_country_and_level(reader, workshop):
    seat(workshop, country="KE", level="local")
    came = seat(workshop, country="PT", level="national")
    Registration.objects.filter(pk=came.pk).update(attended_at=NOW)
    seat(workshop, country="KE", level="local")
    left = seat(workshop, country="FR", level="")
    seating.give_back(left, at=NOW)

    told = reader.get(page(workshop, "figures")).context["figures"]

    assert told.total == figures.Row("All", seated=2, waiting=1, attended=1)
    assert told.ended == 1
    assert told.countries == [
        figures.Row("Kenya", seated=1, waiting=1, attended=0),
        figures.Row("Portugal", seated=1, waiting=0, attended=1),
    ]
    assert [row.label for row in told.levels] == ["Local", "National or federal"]


def test_a_plot_puts_many_countries_together():
    rows = [figures.Row(f"Country {n}", seated=40 - n, waiting=n % 3, attended=0) for n in range(30)]

    plot = figures.plot_of(rows, says="By country")

    assert 'aria-label="By country"' in plot
    assert ("Country 10<" in plot, "Country 11<" in plot, "19 others" in plot) == (True, False, True)
    assert figures.plot_of([], says="By country") == ""


def test_feedback_is_read_as_figures_and_words_that_are_nobodys(reader, workshop):
    for useful, learned, better in (
        (4, "Zeal", ""),
        (5, "A map", "<b>More time</b>"),
        (None, "", "Less talk"),
    ):
        registering.take_answer(seat(workshop), useful=useful, learned=learned, better=better, at=NOW)

    response = reader.get(page(workshop, "feedback"))
    shown, text = response.context["feedback"], response.content.decode()

    assert (shown.answers, shown.average) == (3, 4.5)
    assert [(row.label, row.seated) for row in shown.marks] == [
        ("5", 1),
        ("4", 1),
        ("3", 0),
        ("2", 0),
        ("1", 0),
    ]
    assert shown.learned == ["A map", "Zeal"] and "&lt;b&gt;More time" in text
    assert "On average they found it 4.5 useful, of 5." in text
    assert statements(reader, page(workshop, "feedback")) <= 12


def test_figures_are_drawn_without_a_style_and_told_in_a_table_beside(reader, workshop):
    seat(workshop)

    text = reader.get(page(workshop, "figures")).content.decode()

    assert text.count('<svg class="chart"') == 2
    assert text.count('<table class="past">') == 2
    assert " style=" not in text
    assert statements(reader, page(workshop, "figures")) <= 12


# -- Groups ------------------------------------------------------------------------------------------------------------


def crowd(workshop: Workshop, people: int = 6) -> list[Registration]:
    Workshop.objects.filter(pk=workshop.pk).update(capacity=people)
    workshop.refresh_from_db()
    return [seat(workshop, f"Person {n}", country=("KE", "FR", "PT")[n % 3]) for n in range(people)]


def do(client: Client, workshop: Workshop, deed: str, **more):
    return client.post(page(workshop, "groups"), {"do": deed} | more, follow=True)


def test_groups_are_proposed_put_right_named_printed_and_shown(manager, workshop):
    people = crowd(workshop)

    assert "2 groups are proposed." in do(manager, workshop, "propose", size="3").content.decode()
    one = workshop.registrations.filter(group__number=1).first()
    do(manager, workshop, "places", **{f"was-{one.pk}": "1", f"group-{one.pk}": "2"})
    do(manager, workshop, "names", **{"name-1": "Rivers", "name-2": ""})
    do(manager, workshop, "publish")

    assert fresh(one).group.number == 2
    assert Workshop.objects.get().groups_published
    printed = manager.get(page(workshop, "groups_print"))
    assert [(str(each["group"]), len(each["people"])) for each in printed.context["groups"]] == [
        ("Rivers", 2),
        ("Group 2", 4),
    ]
    assert "Registrants see their group." in manager.get(page(workshop, "groups")).content.decode()
    seating.give_back(people[0], at=NOW)
    seat(workshop, "Late")
    assert "1 person has none." in manager.get(page(workshop, "groups")).content.decode()
    do(manager, workshop, "fill")
    assert not workshop.registrations.seated().filter(group=None).exists()
    do(manager, workshop, "hide")
    assert not Workshop.objects.get().groups_published


@pytest.mark.parametrize(
    "sent", [{}, {"size": "2", "number": "2"}, {"size": "1"}, {"number": "-1"}, {"size": "x"}]
)
def test_a_wish_that_is_none_is_asked_again_and_groups_stand(manager, workshop, sent):
    crowd(workshop)
    grouping.regroup(workshop, 3, at=NOW, by=make_staff())

    response = do(manager, workshop, "propose", **sent)

    assert "errornote" in response.content.decode()
    assert workshop.groups.count() == 3


def test_a_size_and_a_number_may_both_be_given_and_everybody_has_to_fit_in(manager, workshop):
    people = len(crowd(workshop))

    response = do(manager, workshop, "propose", size="2", number="2")
    assert f"2 groups of at most 2 have room for 4, and {people} people have a seat." in (
        response.content.decode()
    )

    do(manager, workshop, "propose", size="4", number="3")
    sizes = [group.people.count() for group in workshop.groups.all()]
    assert len(sizes) == 3 and sum(sizes) == people and max(sizes) <= 4


def test_readers_read_the_groups_and_change_nothing(reader, workshop):
    crowd(workshop)
    grouping.regroup(workshop, 3, at=NOW, by=make_staff())

    assert "<select" not in reader.get(page(workshop, "groups")).content.decode()
    for deed in ("propose", "fill", "places", "names", "publish", "hide"):
        assert do(reader, workshop, deed, number="2").status_code == 403
    assert workshop.groups.count() == 3


def test_a_page_of_two_hundred_people_costs_as_many_statements_as_one_of_six(manager, workshop):
    crowd(workshop)
    grouping.regroup(workshop, 2, at=NOW, by=make_staff())
    few = statements(manager, page(workshop, "groups"))
    make_many(230)
    large = Workshop.objects.latest("pk")
    grouping.regroup(large, 29, at=NOW, by=make_staff())

    assert statements(manager, page(large, "groups")) <= few
    assert len(manager.get(page(large, "groups")).context["people"]) == 200
    assert len(manager.get(page(large, "groups") + "?p=2").context["people"]) == 30
    assert manager.get(page(large, "groups") + "?p=zz").status_code == 200


# -- Letters by hand ---------------------------------------------------------------------------------------------------


def letter(**changes) -> dict:
    return {
        "to": "seated",
        "subject": "Bring a map",
        "words": "Please bring a map.\n\n{{ link }} {% now 'Y' %} <b>bold</b>",
        "token": "a" * 32,
    } | changes


def test_a_letter_is_looked_at_first_and_goes_to_nobody(manager, workshop):
    for name in ("Ana", "Bea", "Waits"):
        seat(workshop, name)
    posted = OutboxMessage.objects.count()

    response = manager.post(page(workshop, "write"), letter())

    assert (response.context["readers"], response.context["first"]) == (2, ["Ana", "Bea"])
    assert response.context["letter"]["subject"] == "Bring a map"
    text = response.context["letter"]["text"]
    assert "Dear Lea M.," in text
    assert "{{ link }} {% now 'Y' %} <b>bold</b>" in text
    assert "<b>bold" not in response.content.decode()
    assert OutboxMessage.objects.count() == posted


def test_it_is_tried_on_oneself_as_often_as_one_likes(manager, workshop):
    seat(workshop, "Ana", email="ana@example.org")
    OutboxMessage.objects.all().delete()

    for _n in range(5):
        response = manager.post(page(workshop, "write"), letter(**{"try": "yes"}))

    assert "on its way to you, lea@oecd.example" in response.content.decode()
    assert [each.address.email for each in letters_posted()] == ["lea@oecd.example"] * 5
    deliver_due(timezone.now() + HOUR)
    assert len(mail.outbox) == 5
    assert "/l/" in mail.outbox[0].body
    token = mail.outbox[0].body.partition("/l/")[2].split()[0]
    assert manager.post(f"/l/{token}").status_code in (403, 404, 410, 200)
    assert "Ana" not in mail.outbox[0].body


def test_pressing_twice_sends_once_and_other_words_are_another_letter(manager, workshop):
    seat(workshop, "Ana"), seat(workshop, "Bea")
    OutboxMessage.objects.all().delete()

    first = manager.post(page(workshop, "write"), letter(send="yes"), follow=True)
    again = manager.post(page(workshop, "write"), letter(send="yes"), follow=True)

    assert "on its way to 2 people" in first.content.decode()
    assert "has been sent already" in again.content.decode()
    assert len(letters_posted("workshop-note")) == 2
    assert Event.objects.filter(action="wrote to people").count() == 1
    manager.post(page(workshop, "write"), letter(send="yes", words="Bring two."))
    assert len(letters_posted("workshop-note")) == 4


def test_an_audience_that_overlaps_writes_to_nobody_twice(manager, workshop):
    for name in ("Ana", "Bea", "Waits"):
        seat(workshop, name)
    OutboxMessage.objects.all().delete()

    manager.post(page(workshop, "write"), letter(send="yes"))
    response = manager.post(page(workshop, "write"), letter(send="yes", to="claims"), follow=True)

    assert "on its way to 1 person." in response.content.decode()
    assert len(letters_posted("workshop-note")) == 3


def test_words_by_staff_are_text_and_nothing_else_in_both_parts(manager, workshop):
    seat(workshop, "Ana", email="ana@example.org")
    OutboxMessage.objects.all().delete()

    manager.post(page(workshop, "write"), letter(send="yes", subject="Bring\r\nBcc: x@y.example a map"))
    deliver_due(timezone.now() + HOUR)

    (sent,) = mail.outbox
    html = sent.alternatives[0][0]
    assert sent.subject == "Bring Bcc: x@y.example a map"
    assert "{{ link }} {% now 'Y' %} <b>bold</b>" in sent.body
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "{{ link }}" in html
    assert sent.to == ["ana@example.org"]


def test_each_audience_is_whom_it_says(workshop):
    people = {name: seat(workshop, name) for name in ("Came", "Seat", "Waits", "Dead")}
    Registration.objects.filter(pk=people["Came"].pk).update(attended_at=NOW)
    type(people["Dead"].address).objects.filter(pk=people["Dead"].address_id).update(suppressed_at=NOW)
    grouping.regroup(workshop, 2, at=NOW, by=make_staff())

    told = {
        key: sorted(r.name for r in writing.readers(workshop, key)) for key, _w in writing.audiences(workshop)
    }

    groups = [told.pop("group-1"), told.pop("group-2")]
    assert sorted(groups) == [["Came"], ["Seat"]]
    assert told == {
        "seated": ["Came", "Seat"],
        "waiting": ["Waits"],
        "claims": ["Came", "Seat", "Waits"],
        "attended": ["Came"],
        "absent": ["Seat"],
    }


def test_a_letter_goes_to_those_whom_a_narrowed_list_shows_and_to_nobody_else(manager):
    workshop = make_workshop(starts_at=NOW + 20 * DAY, capacity=9)
    ana, gone = seat(workshop, "Ana", country="PT"), seat(workshop, "Gone", country="PT")
    seat(workshop, "Bea", country="KE")
    seat(make_workshop(starts_at=NOW + 30 * DAY), "Elsewhere", country="PT")
    seating.give_back(gone, at=NOW)
    shown = f"/admin/workshops/registration/?workshop={workshop.pk}&country=PT"
    response = manager.get(shown)
    address = response.context["address_of_letter"]
    assert "Write to these people" in response.content.decode() and address.startswith(
        page(workshop, "write")
    )

    assert "Those in the list: with a seat, an offer or a number in line, Portugal" in (
        manager.get(address).content.decode()
    )
    looked = manager.post(address, letter(to="listed"))
    assert looked.context["first"] == ["Ana"] and not letters_posted("workshop-note")
    manager.post(address, letter(to="listed", send="yes"))

    assert [each.subject_id for each in letters_posted("workshop-note")] == [str(ana.pk)]
    facts = Event.objects.get(action="wrote to people").facts
    assert facts == {"to": "listed", "letters": 1, "asked": {"country": "PT"}}
    assert manager.post(page(workshop, "write"), letter(to="listed", send="yes")).status_code == 200
    assert len(letters_posted("workshop-note")) == 1, "without its list nobody is meant"


def test_those_who_left_are_written_to_only_when_the_list_shows_them_alone(manager, workshop):
    gone = seat(workshop, "Gone")
    seating.give_back(gone, at=NOW)
    for question, readers in (("q=Gone", 0), ("status=left", 1)):
        address = f"{page(workshop, 'write')}?workshop={workshop.pk}&{question}"
        assert manager.post(address, letter(to="listed")).context["readers"] == readers


def test_the_list_of_several_workshops_leads_to_no_letter_and_readers_to_none(reader, workshop):
    seat(workshop)
    for address in (
        "/admin/workshops/registration/",
        f"/admin/workshops/registration/?workshop={workshop.pk}",
    ):
        assert "Write to these people" not in reader.get(address).content.decode()


@pytest.mark.parametrize("words", ["We begin at 15:30 CET.", "Nothing about hours."])
def test_an_abbreviation_that_is_not_in_force_is_pointed_out_before_a_letter_is_sent(manager, words):
    workshop = make_workshop(starts_at=datetime(2031, 6, 3, 13, 30, tzinfo=UTC))
    text = manager.post(page(workshop, "write"), letter(words=words)).content.decode()
    assert ("“CET” is not in force on 3 June 2031" in text) == ("CET" in words)


@pytest.mark.parametrize(
    "change",
    [{"to": "group-9"}, {"to": "everybody"}, {"subject": " "}, {"words": ""}, {"words": "x" * 10_001}],
)
def test_a_letter_that_is_none_is_asked_again(manager, workshop, change):
    seat(workshop)

    response = manager.post(page(workshop, "write"), letter(send="yes", **change))

    assert "errornote" in response.content.decode()
    assert letters_posted("workshop-note") == []


def test_after_the_end_people_can_still_be_written_to(manager):
    over = make_workshop(starts_at=NOW - 3 * DAY)
    ana = seat(over, "Ana", at=NOW - 9 * DAY)
    Registration.objects.filter(pk=ana.pk).update(attended_at=NOW - 3 * DAY)

    manager.post(page(over, "write"), letter(send="yes", to="attended"))

    (note,) = letters_posted("workshop-note")
    assert note.expires_at > timezone.now() + 6 * DAY


def test_a_thousand_letters_cost_a_few_statements_for_every_five_hundred(
    manager, django_assert_max_num_queries
):
    make_many(1_000)
    large = Workshop.objects.get()

    with django_assert_max_num_queries(45):
        manager.post(page(large, "write"), letter(send="yes"))

    assert OutboxMessage.objects.filter(kind="workshop-note").count() == 1_000


# -- How the pages are made --------------------------------------------------------------------------------------------


def every_page(workshop: Workshop, registration: Registration) -> list[str]:
    names = (
        "change",
        "move",
        "cancel",
        "write",
        "line",
        "attendance",
        "figures",
        "feedback",
        "groups",
        "groups_print",
        "history",
    )
    return [
        "/admin/workshops/workshop/",
        "/admin/workshops/workshop/add/",
        *(page(workshop, name) for name in names),
        "/admin/workshops/series/",
        reverse("admin:workshops_series_change", args=[workshop.series_id]),
        "/admin/workshops/registration/",
        "/admin/workshops/registration/add/",
        reverse("admin:workshops_registration_change", args=[registration.pk]),
        reverse("admin:workshops_registration_erase", args=[registration.pk]),
    ]


def complaints(response) -> list[str]:
    text = response.content.decode()
    tree = html5lib.HTMLParser(strict=True).parse(text)
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    tags = [str(node.tag).rpartition("}")[2] for node in tree.iter()]
    inline = [node for node in tree.iter() if str(node.tag).endswith("script") and not node.get("src")]
    return [
        *(f"id {each} twice" for each in set(ids) if ids.count(each) > 1),
        *(["not one h1"] if tags.count("h1") != 1 else []),
        *(["style"] if " style=" in text or "<style" in text else []),
        *(["inline script"] if inline else []),
        *(["handler"] if " onclick=" in text else []),
        *(["unsafe"] if "unsafe" in response["Content-Security-Policy"] else []),
    ]


def test_every_page_is_valid_has_one_heading_and_no_inline_style_or_script(client, workshop):
    manager = member(client, MANAGERS)
    people = crowd(workshop)
    Registration.objects.filter(pk=people[0].pk).update(attended_at=NOW)
    seat(workshop, "Waits")
    grouping.regroup(workshop, 2, at=NOW, by=make_staff())

    found = {address: complaints(manager.get(address)) for address in every_page(workshop, people[0])}

    assert {address: said for address, said in found.items() if said} == {}


def test_the_pages_that_follow_a_button_are_as_well_made(manager, workshop):
    registration = seat(workshop)
    bulk = {"action": "give_back", "index": "0", "_selected_action": [registration.pk]}
    new = workshop.starts_at.astimezone(workshop.zone) + DAY
    moved = {
        "starts_at": f"{new:%Y-%m-%dT%H:%M}",
        "ends_at": f"{new + 2 * HOUR:%Y-%m-%dT%H:%M}",
        "reason": "x",
    }

    for response in (
        manager.post(page(workshop, "write"), letter()),
        manager.post(page(workshop, "write"), letter(subject="")),
        manager.post(page(workshop, "cancel"), {"reason": "The speaker is ill."}),
        manager.post(page(workshop, "move"), moved),
        manager.post(page(workshop, "move"), {}),
        manager.post("/admin/workshops/registration/", bulk),
        manager.post("/admin/workshops/registration/add/", {}),
        manager.post(page(workshop, "groups"), {"do": "propose"}),
    ):
        assert response.status_code == 200
        assert complaints(response) == []


def test_the_script_of_the_attendance_page_is_small_and_asks_our_own_page_only(settings):
    script = (settings.ROOT / "static" / "js" / "attendance.js").read_text()

    assert len(script) < 1500
    assert "http" not in script
    assert "innerHTML" not in script


def test_what_people_typed_is_shown_as_text_on_every_page(manager, workshop):
    registration = seat(workshop, "<script>alert(1)</script>", organisation="<b>x</b>", role='"><i>y')
    grouping.regroup(workshop, 1, at=NOW, by=make_staff())

    for address in every_page(workshop, registration):
        text = manager.get(address).content.decode()
        assert "<script>alert" not in text, address
        assert "<b>x" not in text, address
        assert "><i>y" not in text, address


def test_facts_in_the_book_hold_no_words_of_people(manager, workshop):
    seat(workshop, "Ana")
    manager.post(page(workshop, "write"), letter(send="yes"))

    assert "map" not in json.dumps([event.facts for event in Event.objects.all()])
