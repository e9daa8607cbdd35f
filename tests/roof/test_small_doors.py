"""Checking a receipt, asking how the portal is, and what its logs keep to themselves."""

import io
import logging

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Submission
from opsi_portal.logs import Discreet
from outbox.models import OutboxMessage
from tests.roof.house import House, path_of


@pytest.mark.parametrize(
    "spelled",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f" {code} ",
        lambda code: code.replace("-", "."),
    ],
    ids=["as printed", "in small letters", "without dashes", "with blanks", "with dots"],
)
def test_whoever_holds_a_receipt_can_check_it_however_they_spell_its_code(house: House, spelled):
    page = Client().get(reverse("verify", args=[spelled(house.submission.code)]))

    text = page.content.decode()
    assert page.status_code == 200
    assert "This receipt is ours" in text
    assert house.case.reference in text and house.submission.digest in text


def test_checking_a_receipt_tells_nothing_about_people_or_contents(house: House):
    text = Client().get(path_of("verify", house)).content.decode()

    for secret in (house.case.title, house.author.name, house.author.address.email, house.case.code):
        assert secret not in text


def test_a_record_that_was_changed_is_no_longer_called_genuine(house: House):
    Submission.objects.filter(pk=house.submission.pk).update(content='{"answers": {}, "files": []}')

    text = Client().get(path_of("verify", house)).content.decode()

    assert "does not match" in text
    assert "Genuine" not in text


@pytest.mark.parametrize("code", ["XXXX", "A" * 26, "0" * 26, "é" * 26, "2" * 5000])
def test_a_code_that_is_nobodys_is_said_to_be_unknown(house: House, code: str):
    page = Client().get(reverse("verify", args=[code]))

    assert page.status_code == 404
    assert "We do not know this code" in page.content.decode()


def test_health_is_told_in_figures_and_a_late_worker_takes_no_site_down(house: House):
    answer = Client().get("/healthz")

    told = answer.json()
    assert answer.status_code == 200
    assert set(told) == {"status", "worker_age_seconds", "oldest_due_letter_seconds", "failed_letters"}
    assert (told["status"], told["worker_age_seconds"]) == ("ok", None)
    assert OutboxMessage.objects.waiting().exists() and told["oldest_due_letter_seconds"] > 0


def test_logs_hold_no_token_no_case_and_no_mailbox(house: House):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Discreet())
    log = logging.getLogger("django")
    log.addHandler(handler)
    try:
        browser = house.browser()
        browser.get(path_of("cases:overview", house))
        browser.post(path_of("cases:section", house), {"title": "x"})
        browser.get(f"/l/{house.token()}x")
        browser.get(f"/l/stop/{house.token('stop')}x")
        browser.get(f"/verify/{house.submission.code}x")
        browser.get(f"/en/nobody@example.org/{house.case.code}/")
        browser.get(f"/en/draft/{house.case.code}/files/{house.text_file.code}/?email=nobody@example.org")
    finally:
        log.removeHandler(handler)

    said = written.getvalue()
    assert said.count("\n") >= 6
    secrets = (house.token(), house.token("stop"), house.submission.code, "nobody@", house.text_file.code)
    assert [secret for secret in secrets if secret in said] == []
    assert f"/draft/{house.case.code}" not in said


def test_logs_hold_no_address_of_a_private_calendar_and_no_row_of_a_traceback(db):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Discreet())
    log = logging.getLogger("django")
    log.addHandler(handler)
    token = "12-1.kYx0-abc_def"
    words = "duplicate key of marta@kisumu.example\nDETAIL:  Key (name)=(Marta Okello) exists."
    try:
        Client().get(f"/en/workshops/calendar/{token}.ics")
        try:
            raise ValueError(words)
        except ValueError:
            log.exception("Something broke for marta@kisumu.example")
    finally:
        log.removeHandler(handler)

    said = written.getvalue()
    assert "/en/workshops/calendar/…" in said and "Traceback" in said and "ValueError" in said
    assert [word for word in (token, "kisumu", "Okello", "kYx0") if word in said] == []
