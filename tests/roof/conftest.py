"""One house for every test of this folder that asks for it."""

import pytest

from cases import card_index
from cases.views.api import METER
from tests.roof.house import House, make_house


@pytest.fixture(autouse=True)
def nothing_remembered():
    """The index of the library and the limit of its API remember nothing of the test before."""
    card_index.forget()
    METER.forget()
    yield
    card_index.forget()


@pytest.fixture
def house(db) -> House:
    return make_house()
