from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.mail import MailServer


@pytest.fixture(autouse=True)
def letters_for_tests(settings) -> None:
    """A letter that belongs to no room: ``demo/hello``, and ``demo/broken``, whose templates cannot be read."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.fixture
def mail(settings) -> Iterator[MailServer]:
    """A mail server that letters of this test go to."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 2
    yield server
    server.stop()
