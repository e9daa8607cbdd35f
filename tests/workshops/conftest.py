"""Staff at the front desk, as the roles make them, and a clock for those who come."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from opsi_portal.roles import MANAGERS, READERS
from tests.workshops.makers import MAY
from tests.workshops.office import member


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


@pytest.fixture
def reader(client: Client) -> Client:
    return member(client, READERS)


@pytest.fixture
def arrive(monkeypatch, settings):
    """Requests arrive at the instant that the test names, as a proxy would say it."""
    settings.TRUST_REQUEST_START = True
    moment = {}

    def set_clock(at: datetime) -> dict:
        moment["at"] = at
        return {"HTTP_X_REQUEST_START": f"t={at.timestamp():.3f}"}

    monkeypatch.setattr(timezone, "now", lambda: moment.get("at", MAY) + timedelta(milliseconds=1))
    return set_clock
