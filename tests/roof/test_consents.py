"""Nobody agrees to anything by leaving a form as it comes: no tick and no choice is preset, in any form of the portal."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from django import forms
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases.models import Case
from cases.questions import SECTIONS
from opsi_portal.templatetags import portal
from tests.makers import author_of, key_for, make_boss, make_draft
from tests.roof.house import DOORS, House, path_of
from tests.roof.test_every_page import parsed
from tests.test_plan import ROOMS, dotted, files
from tests.workshops.makers import STARTS, make_workshop

#: Ticks of staff about the portal itself, with which nobody agrees to anything: (form, field).
NO_CONSENT = {
    ("NewStaffForm", "usable_password"),
    ("StaffForm", "is_active"),
    ("SeriesForm", "one_seat_each"),
    ("SeriesForm", "listed"),
    ("CallForm", "listed"),
    ("ReviewerForm", "active"),
}


def all_forms() -> list[type[forms.BaseForm]]:
    """Every class of form that a file of ours defines."""
    for room in ROOMS:
        for path in files(room):
            if "wsgi" not in path.name and "settings" not in path.parts:
                importlib.import_module(dotted(path).removesuffix(".__init__"))
    found, look_at = set(), [forms.BaseForm]
    while look_at:
        for child in look_at.pop().__subclasses__():
            look_at.append(child)
            if child.__module__.split(".")[0] in ROOMS:
                found.add(child)
    return sorted(found, key=lambda form: (form.__module__, form.__name__))


def is_tick(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect)


def test_no_form_presets_a_tick():
    ticks = [
        (form.__name__, name, field.initial)
        for form in all_forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if is_tick(field)
    ]

    assert len(ticks) > 15, "the forms were found"
    assert {each[:2] for each in ticks if each[2]} <= NO_CONSENT


def pages_as_they_come(house: House) -> Iterator[tuple[str, HttpResponse]]:
    """Every page with a form, as somebody meets it who has said nothing yet; and again after sending it empty."""
    stranger = house.browser()
    for name, door in DOORS.items():
        if door.of == "everybody" and door.get and name != "news_picture":
            yield name, stranger.get(path_of(name, house))
        if door.of == "everybody" and door.post:
            yield f"{name}: empty", stranger.post(path_of(name, house), {})
    workshop = reverse("workshops:workshop", args=[make_workshop().slug])
    clock = {"HTTP_X_REQUEST_START": f"t={STARTS.timestamp()}"}
    yield "workshop", stranger.get(workshop, **clock)
    yield "workshop: empty", stranger.post(workshop, {}, **clock)
    draft = make_draft(call=house.call)
    author = key_for(house.browser(), author_of(Case.objects.get(pk=draft.pk)))
    for section in SECTIONS:
        path = reverse("cases:section", args=[draft.code, section.key])
        yield section.key, author.get(path)
        yield f"{section.key}: empty", author.post(path, {})
    office = Client()
    office.force_login(make_boss())
    yield "by telephone", office.get("/admin/workshops/registration/add/")
    yield "issue", office.get("/admin/newsletter/issue/add/")


def ticked(page: bytes) -> list[str]:
    inputs = [each for each in parsed(page).iter("input") if each.get("type") in ("checkbox", "radio")]
    return [each.get("name", "") for each in inputs if each.get("checked") is not None]


def test_no_page_comes_with_a_tick(house: House):
    found, ticks = {}, 0
    for name, page in pages_as_they_come(house):
        assert page.status_code < 500, name
        if not (page.headers.get("Content-Type", "").startswith("text/html") and page.content):
            continue
        ticks += page.content.count(b'type="checkbox"') + page.content.count(b'type="radio"')
        found[name] = ticked(page.content)

    assert {name: names for name, names in found.items() if names} == {}
    assert ticks > 100, "there were forms on these pages"


def test_the_small_form_comes_without_a_tick():
    assert "checked" not in portal.stay_informed(2)
