"""The library with the real cases in it."""

import pytest

from cases.models import PublicCase
from tests.library.shelf import publish_real_cases


@pytest.fixture
def real_library(db) -> list[PublicCase]:
    return publish_real_cases()
