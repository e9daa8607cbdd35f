"""The library with the real cases in it, and an index that remembers nothing of the test before."""

import pytest

from cases import card_index
from cases.models import PublicCase
from cases.views.api import METER
from tests.library.shelf import publish_real_cases


@pytest.fixture(autouse=True)
def nothing_remembered():
    card_index.forget()
    METER.forget()
    yield
    card_index.forget()


@pytest.fixture
def real_library(db) -> list[PublicCase]:
    return publish_real_cases()
