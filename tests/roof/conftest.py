"""One house for every test of this folder that asks for it."""

import pytest

from tests.roof.house import House, make_house


@pytest.fixture
def house(db) -> House:
    return make_house()
