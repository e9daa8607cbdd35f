"""Staff keep calls in the admin, and move a deadline in one action that says beforehand whom it reaches."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import html5lib
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.admin.forms import LastMinuteField, first_too_late, last_minute_in
from cases.models import Call, Extension
from opsi_portal.roles import MANAGERS, READERS, make_groups
from outbox.models import OutboxMessage
from people.models import Event
from people.typing_in import instant_in
from tests.makers import make_boss, make_call, make_draft, make_staff

PARIS = ZoneInfo("Europe/Paris")
XHTML = "{http://www.w3.org/1999/xhtml}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_boss())
    return client


@pytest.fixture
def call() -> Call:
    """A call that is open now and closes in ten days, at the end of a day in Paris."""
    now = timezone.now()
    return make_call(
        year=now.year + 1,
        opens_at=now - timedelta(days=10),
        closes_at=end_of_day(now + timedelta(days=10)),
        timeline={"en": f"Until {day_words(now + timedelta(days=10))} – you hand in"},
    )


def end_of_day(instant: datetime) -> datetime:
    day = (instant.astimezone(PARIS) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    return day.astimezone(UTC)


def day_words(instant: datetime) -> str:
    local = instant.astimezone(PARIS)
    return f"{local.day} {local:%B}"


def member(client: Client, group: str) -> Client:
    make_groups(timezone.now())
    user = make_staff()
    user.groups.add(user.groups.model.objects.get(name=group))
    client.force_login(user)
    return client


def typed_in(response, form_id: str) -> dict[str, list[str]]:
    """What the browser would send if somebody pressed «Save» in this form at once."""
    page = html5lib.parse(response.content, transport_encoding="utf-8")
    form = next(node for node in page.iter(f"{XHTML}form") if node.get("id") == form_id)
    sent: dict[str, list[str]] = {}
    for node in form.iter():
        name, tag = node.get("name"), node.tag.removeprefix(XHTML)
        if not name or tag == "button" or node.get("type") in ("submit", "button"):
            continue
        if tag == "select":
            values = [o.get("value") for o in node.iter(f"{XHTML}option") if o.get("selected") is not None]
        elif tag == "textarea":
            values = ["".join(node.itertext())]
        elif node.get("type") == "checkbox":
            values = ["on"] if node.get("checked") is not None else []
        else:
            values = [node.get("value", "")]
        sent.setdefault(name, []).extend(values)
    return sent


def change_page(call: Call) -> str:
    return reverse("admin:cases_call_change", args=[call.pk])


def extend_page(call: Call) -> str:
    return reverse("admin:cases_call_extend", args=[call.pk])


def saved(client: Client, call: Call, **changes):
    """Open the call, change some boxes, and press «Save»."""
    sent = typed_in(client.get(change_page(call)), "call_form")
    sent.update(changes)
    return client.post(change_page(call), sent)


# -- Instants as people say them -----------------------------------------------------------------------------------


def test_a_last_day_counts_to_its_end_and_a_time_to_the_end_of_its_minute():
    field = LastMinuteField()

    assert first_too_late(field.clean(["2027-05-21", ""]), PARIS) == datetime(2027, 5, 21, 22, 0, tzinfo=UTC)
    assert first_too_late(field.clean(["2027-05-21", "23:59"]), PARIS) == datetime(
        2027, 5, 21, 22, 0, tzinfo=UTC
    )
    assert first_too_late(field.clean(["2027-05-21", "18:00"]), PARIS) == datetime(
        2027, 5, 21, 16, 1, tzinfo=UTC
    )


def test_what_is_stored_comes_back_as_it_was_typed():
    for day, time in (("2027-05-21", None), ("2027-10-31", "02:30"), ("2027-03-28", "01:59")):
        field = LastMinuteField()
        instant = first_too_late(field.clean([day, time or ""]), PARIS)

        shown = field.widget.decompress(last_minute_in(instant, PARIS))

        assert [str(shown[0]), shown[1] and shown[1].strftime("%H:%M")] == [day, time]


def test_a_time_that_summer_time_jumps_over_is_asked_again():
    with pytest.raises(ValidationError):
        instant_in(datetime(2027, 3, 28, 2, 30), PARIS)


def test_of_an_hour_that_comes_twice_the_later_one_counts():
    assert instant_in(datetime(2027, 10, 31, 2, 30), PARIS) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("day", ["", "21 May", "0001-01-01", "9999-12-31", "2027-02-30"])
def test_a_day_that_is_none_is_refused_in_words(day):
    with pytest.raises(ValidationError):
        LastMinuteField().clean([day, ""])


# -- The form --------------------------------------------------------------------------------------------------------


def test_an_abbreviation_that_is_not_in_force_at_the_deadline_is_saved_with_a_warning(boss, call):
    Call.objects.filter(pk=call.pk).update(
        opens_at=datetime(2027, 1, 15, 8, tzinfo=UTC), closes_at=datetime(2027, 5, 21, 22, tzinfo=UTC)
    )
    sent = typed_in(boss.get(change_page(call)), "call_form")

    page = boss.post(change_page(call), sent | {"timeline_en": "Closes at 23:59 CET"}, follow=True)

    assert "Timeline: “CET” is not in force on 21 May 2027." in page.content.decode()
    assert Call.objects.get(pk=call.pk).timeline == {"en": "Closes at 23:59 CET"}


def test_the_form_saves_words_and_dates_of_a_call_without_drafts(boss, call):
    response = saved(
        boss,
        call,
        title_en="Across borders",
        opens_at="2026-01-15T09:00",
        closes_at_day="2027-06-30",
        closes_at_time="18:00",
    )

    assert response.status_code == 302
    call.refresh_from_db()
    assert call.title == {"en": "Across borders"}
    assert call.opens_at == datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
    assert call.closes_at == datetime(2027, 6, 30, 16, 1, tzinfo=UTC)


def test_saving_without_a_change_leaves_every_instant_as_it_stood(boss, call):
    before = Call.objects.values().get()

    assert saved(boss, call).status_code == 302

    assert Call.objects.values().get() == before


def test_once_a_draft_is_begun_the_form_shows_the_deadline_and_cannot_move_it(boss, call):
    make_draft(call, begun_at=timezone.now())
    closes_at, opens_at, year = call.closes_at, call.opens_at, call.year

    response = saved(
        boss, call, closes_at_day="2030-01-01", opens_at="2029-01-01T00:00", year="2031", theme_en="Rivers"
    )

    assert response.status_code == 302
    call.refresh_from_db()
    assert (call.closes_at, call.opens_at, call.year) == (closes_at, opens_at, year)
    assert call.theme == {"en": "Rivers"}


def test_saving_an_old_page_cannot_take_back_an_extension(boss, call):
    sent = typed_in(boss.get(change_page(call)), "call_form")
    make_draft(call, begun_at=timezone.now())
    later = call.closes_at + timedelta(days=5)
    Call.objects.filter(pk=call.pk).update(closes_at=later)

    boss.post(change_page(call), sent)

    call.refresh_from_db()
    assert call.closes_at == later


def test_who_saves_over_somebody_elses_words_is_told_first_and_may_insist(boss, call):
    sent = typed_in(boss.get(change_page(call)), "call_form") | {"theme_en": ["Mine"]}
    Call.objects.filter(pk=call.pk).update(theme={"en": "Theirs"})

    first = boss.post(change_page(call), sent)

    call.refresh_from_db()
    assert call.theme == {"en": "Theirs"}
    assert "Somebody else saved this while" in first.content.decode()

    again = typed_in(first, "call_form")
    assert again["theme_en"] == ["Mine"]
    boss.post(change_page(call), again)
    call.refresh_from_db()
    assert call.theme == {"en": "Mine"}


@pytest.mark.parametrize("zone", ["CET", "Paris", "Europe/Nowhere", "../etc/passwd", ""])
def test_a_zone_is_a_region_and_a_city(boss, call, zone):
    response = saved(boss, call, zone_name=zone)

    assert response.status_code == 200
    assert "zone_name" in response.context["adminform"].form.errors


def test_a_grace_that_people_count_on_can_only_grow(boss, call):
    make_draft(call, begun_at=timezone.now())

    assert saved(boss, call, grace_minutes="5").status_code == 200
    assert saved(boss, call, grace_minutes="30").status_code == 302

    call.refresh_from_db()
    assert call.grace_minutes == 30


def test_the_deadline_has_to_be_later_than_the_opening(boss, call):
    response = saved(boss, call, opens_at="2027-06-30T09:00", closes_at_day="2027-06-29")

    assert response.status_code == 200
    assert "closes_at" in response.context["adminform"].form.errors


def test_example_answers_are_edited_for_the_long_questions_only(boss, call):
    changes = {
        "examples-TOTAL_FORMS": "1",
        "examples-0-question": "results",
        "examples-0-words_en": "Warnings come earlier.",
        "examples-0-call": str(call.pk),
    }
    assert saved(boss, call, **changes).status_code == 302
    assert list(call.examples.values_list("question", "words")) == [
        ("results", {"en": "Warnings come earlier."})
    ]

    call.examples.all().delete()
    assert saved(boss, call, **changes | {"examples-0-question": "title"}).status_code == 200
    assert not call.examples.exists()


def test_a_change_of_a_call_is_written_into_the_book(boss, call):
    saved(boss, call, theme_en="Rivers")

    event = Event.objects.get(object_kind="call")
    assert (event.action, event.actor, event.facts["fields"]) == ("call changed", "staff", ["theme"])


def test_readers_see_a_call_as_text_and_no_box_to_type_in(client, call):
    reader = member(client, READERS)

    page = reader.get(change_page(call)).content.decode()

    assert "Tell us how you work across borders." in page
    assert "<textarea" not in page
    assert "Extend the deadline" not in page


# -- Extending the deadline ------------------------------------------------------------------------------------------


def asked(call: Call, days: int = 8, **more) -> dict:
    last_day = (call.closes_at + timedelta(days=days)).astimezone(PARIS) - timedelta(minutes=1)
    return {
        "closes_at_day": f"{last_day:%Y-%m-%d}",
        "closes_at_time": "",
        "reason_en": "Many asked for it.",
        **more,
    }


def confirmed(call: Call, **more) -> dict:
    return asked(call, confirm="yes", expected=call.closes_at.isoformat(), **more)


def test_the_preview_names_every_place_and_how_many_people_and_changes_nothing(client, call):
    manager = member(client, MANAGERS)
    make_draft(call, begun_at=timezone.now())
    make_draft(call, begun_at=timezone.now())

    page = manager.post(extend_page(call), asked(call)).content.decode()

    for words in (
        "The home page",
        "The page of the call",
        "The pages of 2 open drafts.",
        "Reminders: 3 of them",
        "One letter to each of 2 people",
        "Many asked for it.",
        "Timeline (en)",  # written by hand, names the old day
    ):
        assert words in page
    assert Call.objects.get().closes_at == call.closes_at
    assert not Extension.objects.exists()
    assert not OutboxMessage.objects.filter(kind="deadline-extended").exists()


def test_confirming_moves_the_deadline_and_writes_to_everybody_with_an_open_draft(client, call):
    manager = member(client, MANAGERS)
    make_draft(call, begun_at=timezone.now())

    response = manager.post(extend_page(call), confirmed(call), follow=True)

    step = Extension.objects.get()
    assert step.closed_at == call.closes_at
    assert Call.objects.get().closes_at == step.closes_at == end_of_day(call.closes_at + timedelta(days=7))
    assert OutboxMessage.objects.filter(kind="deadline-extended").count() == 1
    assert "The deadline is now" in response.content.decode()
    assert "how the deadline has moved" in response.content.decode().lower()


def test_the_second_of_two_who_extend_at_once_looks_again(boss, call):
    make_draft(call, begun_at=timezone.now())
    sent = confirmed(call)
    boss.post(extend_page(call), confirmed(call, days=2))

    response = boss.post(extend_page(call), sent, follow=True)

    assert Extension.objects.count() == 1
    assert "Somebody else has just moved the deadline" in response.content.decode()


@pytest.mark.parametrize("expected", ["", "tomorrow", "2027-05-21", "\x00"])
def test_a_confirmation_that_no_preview_made_moves_nothing(boss, call, expected):
    response = boss.post(extend_page(call), confirmed(call) | {"expected": expected}, follow=True)

    assert response.status_code == 200
    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closes_at_day": "2020-01-01"}, "Choose a later deadline"),
        ({"closes_at_day": ""}, "Enter a day."),
        ({"reason_en": ""}, "This field is required"),
        ({"reason_en": "  "}, "Say why."),
    ],
)
def test_an_extension_needs_a_later_day_and_a_reason(boss, call, change, words):
    response = boss.post(extend_page(call), confirmed(call) | change)

    assert words in response.content.decode()
    assert not Extension.objects.exists()


def test_changing_ones_mind_in_the_preview_leads_back_to_the_form_as_filled_in(boss, call):
    page = boss.post(extend_page(call), asked(call, change="yes")).content.decode()

    assert "See whom it reaches" in page
    assert "Many asked for it." in page


def test_readers_cannot_extend(client, call):
    reader = member(client, READERS)

    assert reader.get(extend_page(call)).status_code == 403
    assert reader.post(extend_page(call), confirmed(call)).status_code == 403
    assert not Extension.objects.exists()
