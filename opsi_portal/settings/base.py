"""What the house is made of. ``local``, ``test`` and ``production`` say only what differs."""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

env = environ.Env()

ROOT = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env("VAR_DIR", default=str(ROOT / "var")))
PORT = env.int("PORT", default=8000)

INSTALLED_APPS = [
    "opsi_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "django_countries",
    "people",
    "outbox",
    "newsletter",
    "cases",
    "workshops",
    "simple_history",
    "reviews",
    "outputs",
    "opsi_portal.apps.PortalConfig",
]

MIDDLEWARE = [
    # First of all: the instant that counts is the one at which the request came in.
    "opsi_portal.arrival.ArrivalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "opsi_portal.guard.GZipPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Before anything reads the request, and inside those that give every answer its headers.
    "opsi_portal.guard.GuardMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "opsi_portal.urls"
WSGI_APPLICATION = "opsi_portal.wsgi.application"
AUTH_USER_MODEL = "people.User"
LOGIN_REDIRECT_URL = "admin:index"  # where a log-in leads that names a foreign address to go to
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opsi_portal.frame.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "portal"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["portal"]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# -- Words and times ---------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # what is stored; people see their own zone and the call's

# -- Database: SQLite needs IMMEDIATE and WAL, or people at once get "database is locked" (measured) -------
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(url: str) -> dict:
    """Django's description of the database at ``url``; SQLite gets the options without which it loses words."""
    described = env.db_url_config(url)
    if described["ENGINE"].endswith("sqlite3"):
        described["OPTIONS"] = {**SQLITE_OPTIONS, **described.get("OPTIONS", {})}
    else:
        described.setdefault("CONN_MAX_AGE", 60)
        described.setdefault("CONN_HEALTH_CHECKS", True)
    return described


DATABASES = {"default": database(env("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"))}

# Sessions belong to staff alone and live in the database, as do limits; Redis is the broker and nothing else.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "opsi_portal.views.words_held.csrf_failure"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# -- Files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    # Attachments are private: random names, outside anything served, delivered through a view that asks.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# One request carries at most one file of 20 MB and the text of one section.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# -- Letters -------------------------------------------------------------------------------------------------
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Innovation across borders <portal@localhost>")
EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"
EMAIL_TIMEOUT = 20
CONTACT_EMAIL = env("CONTACT_EMAIL", default="opsi@oecd.org")
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))

# -- The worker: Redis where there is one, else folders on the disk ------------------------------------------
REDIS_URL = env("REDIS_URL", default="")

# -- What the rooms tell the roof, by name -------------------------------------------------------------------
# A link in a letter opens a door: kind -> (what the button page says, what pressing it does).
LINK_DOORS = {
    "draft": "cases.doors.DraftDoor",
    "my": "opsi_portal.doors.MyPageDoor",
    "stop": "opsi_portal.doors.StopDoor",
    "seat": "workshops.doors.SeatDoor",
    "question": "reviews.doors.QuestionDoor",
    "decision": "reviews.doors.DecisionDoor",
    "public-version": "cases.doors.PublicVersionDoor",
    "still-true": "cases.doors.StillTrueDoor",
    "partner": "cases.doors.PartnerDoor",
    "news-confirm": "newsletter.doors.ConfirmDoor",
    "news": "newsletter.doors.PreferencesDoor",
    "leave": "newsletter.doors.LeaveDoor",
}
MY_PAGE_ROOMS = [
    "cases.on_my_page.cases_of",
    "workshops.on_my_page.seats_of",
    "newsletter.on_my_page.news_of",
]
# The way of a case, told on its own page and on «my page» by rooms that the cases do not know.
CASE_TIMELINES = ["reviews.timeline.timelines_of", "cases.publication.timelines_of"]
# What such rooms do with a case, in words for its history.
CASE_DEEDS = ["reviews.admin.dossier_file.DEEDS"]
# What the home page shows of a room: functions that take the instant and give a heading with its rows as plain values
# (see cases/at_home.py), or None while there is nothing; in this order.
HOME_SHELVES = ["cases.at_home.newest_cases", "outputs.at_home.newest_outputs"]
# What the frame around every public page depends on, for those who keep pages (see people/fresh.py).
PAGE_FRAME = "opsi_portal.frame.stamp_of"
# What search engines are told of, by rooms: each gives (path, when it changed or None).
SITEMAPS = ["cases.showing.for_search_engines", "outputs.at_home.for_search_engines"]
# Stands under every map and every list of places. A stand-in until the OECD's own wording is given.
NOTE_ON_BORDERS = _(
    "The map shows no borders. Names and dots help to find places; they say nothing about the status of a territory, "
    "its frontiers or its name."
)
# Where a public case, or what came of a session of workshops, is cited by rooms that they do not know.
CASE_CITATIONS = ["outputs.citing.citations_of_case"]
SESSION_CITATIONS = ["outputs.citing.citations_of_session"]
RECEIPT_CHECKERS = ["cases.receipts.check", "workshops.certificates.check"]

# -- Limits (rows in the database, see people/limits.py) -----------------------------------------------------
DRAFTS_PER_NETWORK_AND_HOUR = env.int("DRAFTS_PER_NETWORK_AND_HOUR", default=60)
REGISTRATIONS_PER_NETWORK_AND_HOUR = env.int("REGISTRATIONS_PER_NETWORK_AND_HOUR", default=80)
NEWS_PER_NETWORK_AND_HOUR = env.int("NEWS_PER_NETWORK_AND_HOUR", default=60)
LINKS_PER_NETWORK_AND_HOUR = env.int("LINKS_PER_NETWORK_AND_HOUR", default=60)
API_REQUESTS_PER_NETWORK_AND_HOUR = env.int("API_REQUESTS_PER_NETWORK_AND_HOUR", default=3000)
EXPORTS_PER_NETWORK_AND_HOUR = env.int("EXPORTS_PER_NETWORK_AND_HOUR", default=60)

# -- The proxy in front: believed only when named ------------------------------------------------------------
TRUST_REQUEST_START = env.bool("TRUST_REQUEST_START", default=False)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies append to X-Forwarded-For

# -- Headers -------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
USE_X_FORWARDED_HOST = False

# -- Logs carry no personal data and no tokens: paths of private pages are cut by the filter -----------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discreet": {"()": "opsi_portal.logs.Discreet"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["discreet"]},
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
