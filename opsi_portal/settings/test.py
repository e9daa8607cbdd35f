"""What the tests change: a database of their own, and a pseudo-language to walk the pages in."""

import atexit
import shutil
import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import SQLITE_OPTIONS, STORAGES, database, env

SECRET_KEY = "only-for-tests-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
VAR_DIR = Path(tempfile.mkdtemp(prefix="portal-test-"))
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
SITE_URL = "https://portal.example"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir()

DATABASES = {"default": database(env("TEST_DATABASE_URL", default="sqlite:///unused"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because threads that share SQLite in memory lock each other out at once.
    DATABASES["default"] |= {
        "NAME": VAR_DIR / "portal.sqlite3",
        "OPTIONS": SQLITE_OPTIONS,
        "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

# Arabic stands in for every language to come: right to left, and 40 % longer (see tests/roof).
LANGUAGES = [("en", "English"), ("ar", "العربية")]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"
STORAGES = {
    **STORAGES,
    "default": {
        **STORAGES["default"],
        "OPTIONS": {**STORAGES["default"]["OPTIONS"], "location": VAR_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
