"""One house for every test of this folder that asks for it."""

import pytest

from cases import card_index
from tests.roof.house import House, make_house


@pytest.fixture(autouse=True)
def nothing_remembered():
    """The index of the library remembers nothing of the test before."""
    card_index.forget()
    yield
    card_index.forget()


@pytest.fixture
def house(db) -> House:
    return make_house()
