"""The public portal. It would rather not start than start with a guess."""

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import DATABASES, EMAIL_BACKEND, SITE_URL, env

DEBUG = False
GUESSABLE = ("changeme", "secret", "insecure", "password", "example", "django-")


def _secret() -> str:
    key = env("SECRET_KEY", default="")
    if len(key) < 50 or len(set(key)) < 10 or any(word in key.lower() for word in GUESSABLE):
        raise ImproperlyConfigured(
            "SECRET_KEY is missing or could be guessed. Make one of 50 characters or more: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return key


SECRET_KEY = _secret()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS has to name the portal's own hosts.")
if not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "SITE_URL has to be the portal's https:// address; links in letters begin with it."
    )
if not env("DATABASE_URL", default=""):
    raise ImproperlyConfigured("DATABASE_URL is missing: name the PostgreSQL database.")
if not env("REDIS_URL", default=""):
    raise ImproperlyConfigured("REDIS_URL is missing: name the broker of the worker.")
if EMAIL_BACKEND.startswith("outbox.mailbox"):
    raise ImproperlyConfigured(
        "EMAIL_URL is missing: the local mailbox shows whole letters and is for trying out."
    )
if not env("DEFAULT_FROM_EMAIL", default=""):
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL is missing: letters need a sender.")

# A proxy always stands in front. Were it not believed, all the world would be one network to the limits.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
