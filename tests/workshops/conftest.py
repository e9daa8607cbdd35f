"""Staff at the front desk, as the roles make them."""

import pytest
from django.test import Client

from opsi_portal.roles import MANAGERS, READERS
from tests.workshops.office import member


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


@pytest.fixture
def reader(client: Client) -> Client:
    return member(client, READERS)
