"""What a hostile visitor, registrant or colleague tried with the workshops, one sentence each: kept shut."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.roof.test_bad_input import HOSTILE
from tests.workshops.makers import DAY, DETAILS, make_workshop, seat_key, take

pytestmark = pytest.mark.django_db

FORM = {**DETAILS, "email": "marta@kisumu.example", "terms": "on", "nickname": "", "zone": "Africa/Nairobi"}


def browser() -> Client:
    return Client(raise_request_exception=False)


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
