"""What every answer says besides its page: who may run, frame, keep or follow it, and in which language it speaks."""

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from opsi_portal.environment import ROOT
from tests.makers import make_boss
from tests.roof.house import DOORS, UNKNOWN, House, open_my_page, path_of

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}

#: What is the same for all and may be read by the scripts of any site: the open data.
OPEN = {"api", "api_root", "openapi", "cases:export", "cases:feed"}
#: What may be shown on other sites.
SHOWN_ELSEWHERE = {*OPEN, "cases:og", "news_picture"}
#: What everybody may keep, whatever cookies came with the question: it is nobody's own. Pages may be kept as well, but
#: not those of a browser with a key, as all here are (``tests/people/test_fresh.py``).
KEPT = {
    *OPEN,
    "news_picture",
    "cases:og",
    "cases:qr",
    "cases:cite",
    "cases:cite_edition",
    "picture",
    "robots",
    "sitemap",
} - {"api_root"}
#: Files and pictures, which are nothing but what they are.
IN_A_SANDBOX = {
    "cases:file",
    "cases:public_file",
    "cases:picture_of_draft",
    "cases:picture_for_partner",
    "picture",
}


def answers_of_every_kind(house: House):
    """Each page, and each way in which one fails."""
    mine = open_my_page(house.browser(), house.author.address, house.at)
    for name, door in DOORS.items():
        browser = mine if door.of == "my page" else house.browser("author")
        if door.get:
            yield name, browser.get(path_of(name, house))
        elif door.post:
            yield name, browser.post(path_of(name, house), door.post(house))
    yield "no key", house.browser().get(path_of("cases:overview", house))
    yield "unknown case", house.browser().get(reverse("cases:overview", args=[UNKNOWN]))
    yield "not found", house.browser().get("/en/no-such-page/")
    yield "no such link", house.browser().get("/l/nothing")
    yield "form error", house.browser().post(reverse("cases:start"), {})
    yield "no token", Client(enforce_csrf_checks=True).post(reverse("my_ask"), {"email": "a@example.org"})
    yield "too many fields", house.browser().post(reverse("my_ask"), {f"n{n}": 1 for n in range(900)})
    yield "wrong method", house.browser().put(reverse("home"))
    yield "NUL", house.browser().get("/en/%00/")
    yield "bad host", house.browser().get("/en/", HTTP_HOST="evil.example")
    office = Client()
    yield "login", office.get("/admin/login/")
    office.force_login(make_boss())
    yield "office", office.get("/admin/")
    yield "office list", office.get("/admin/cases/case/")
    yield "office refusal", house.browser().get("/admin/cases/case/")


def test_every_answer_carries_the_headers_that_keep_its_readers_safe(house: House):
    for name, answer in answers_of_every_kind(house):
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        elsewhere = "cross-origin" if name in SHOWN_ELSEWHERE else "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == elsewhere, name
        assert headers["X-Frame-Options"] == "DENY", name
        assert "camera=()" in headers["Permissions-Policy"], name
        assert headers.get("Access-Control-Allow-Origin") == ("*" if name in OPEN else None), name
        assert "Access-Control-Allow-Credentials" not in headers, name
        kind = headers["Content-Type"]
        assert not kind.startswith("text/") or "charset=utf-8" in kind, name
        for cookie in answer.cookies.values():
            assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), (name, cookie.key)


def test_every_answer_has_a_strict_policy_and_none_lets_a_script_of_the_page_run(house: House):
    for name, answer in answers_of_every_kind(house):
        told = answer.headers["Content-Security-Policy"]
        said = dict(rule.strip().split(" ", 1) for rule in told.split(";") if " " in rule.strip())
        assert "unsafe" not in told, name
        if name in IN_A_SANDBOX:
            assert told == "default-src 'none'; sandbox"
        else:
            assert said == POLICY, name


def test_nothing_that_is_private_is_kept_by_a_browser_or_a_proxy(house: House):
    for name, answer in answers_of_every_kind(house):
        if name in KEPT:
            assert answer.headers["Cache-Control"].startswith("public"), name
            assert not answer.cookies, name
        elif name not in ("root",):
            assert "no-store" in answer.headers["Cache-Control"], name


def test_the_bare_address_sends_people_to_the_page_in_their_language(house: House):
    here = {"": "/en/", "fr, de;q=0.8": "/en/", "ar-EG, en;q=0.5": "/ar/", "xx": "/en/", "*": "/en/"}

    for wanted, path in here.items():
        answer = Client().get("/", HTTP_ACCEPT_LANGUAGE=wanted)
        assert (answer.status_code, answer.headers["Location"]) == (302, path), wanted
        assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", answer.headers["Vary"]))


def test_pages_say_their_language_and_foreign_prefixes_are_unknown(house: House):
    assert Client().get("/en/").headers["Content-Language"] == "en"
    assert Client().get("/xx/").status_code == 404
    assert Client().get("/call/").status_code in (302, 404)


def test_letters_speak_the_language_of_their_reader_whatever_the_browser_wants(house: House):
    answer = house.browser().get(f"/l/{house.token()}", HTTP_ACCEPT_LANGUAGE="ar")

    assert b'<html lang="en"' in answer.content


def test_an_address_without_its_last_slash_leads_to_the_page(house: House):
    answer = Client().get("/en/call")

    assert (answer.status_code, answer.headers["Location"]) == (301, "/en/call/")


def test_no_redirect_leads_to_another_site(house: House):
    for path in (
        "//evil.example/",
        "/\\evil.example",
        "/en//evil.example/",
        "/l//evil.example/x",
        "//evil.example/en/call",
    ):
        for suffix in ("", "?next=https://evil.example/"):
            answer = house.browser().get(path + suffix)
            assert not re.match(r"(https?:)?[/\\]{2}", answer.headers.get("Location", "")), path


def test_downloads_are_downloads_whatever_is_inside(house: House):
    browser = house.browser("author")

    for name in ("cases:file", "cases:public_file", "cases:copy_txt", "cases:copy_pdf", "cases:receipt_pdf"):
        answer = browser.get(path_of(name, house))
        assert answer.headers["Content-Disposition"].startswith("attachment; filename="), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# -- Production -------------------------------------------------------------------------------------------------


def production(folder: Path, **changes: str | None) -> dict[str, str]:
    """The environment of a portal in earnest; None takes a value away."""
    told = {
        "DJANGO_SETTINGS_MODULE": "opsi_portal.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "portal.example",
        "SITE_URL": "https://portal.example",
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp://127.0.0.1:2525",
        "DEFAULT_FROM_EMAIL": "portal@portal.example",
        "VAR_DIR": str(folder),
        "PATH": os.environ.get("PATH", ""),
        "LOG_LEVEL": "ERROR",
    }
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def python(code: str, env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 60),
        ("SECRET_KEY", "django-insecure-" + "aB3$kL9mQ2wE8rT6yU1i" * 3),
        ("ALLOWED_HOSTS", None),
        ("ALLOWED_HOSTS", "*"),
        ("SITE_URL", None),
        ("SITE_URL", "http://portal.example"),
        ("DATABASE_URL", None),
        ("REDIS_URL", None),
        ("EMAIL_URL", None),
        ("DEFAULT_FROM_EMAIL", None),
    ],
)
def test_production_does_not_start_on_a_missing_or_guessed_value(
    tmp_path: Path, name: str, value: str | None
):
    done = python("import opsi_portal.settings.production", production(tmp_path, **{name: value}))

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr.splitlines()[-1]
    assert name in done.stderr.splitlines()[-1]


LOOK = r"""
import json, re, django
django.setup()
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
from django.test import Client
from django.utils import timezone
from cases.models import Call
from people.links import address_of, letter_link
from people.models import Address
at = timezone.now()
Call.objects.create(year=2027, title={"en": "Call"}, introduction={"en": "Hello"}, contact_email="a@portal.example",
                    opens_at=at - timedelta(days=1), closes_at=at + timedelta(days=1))
address = Address.objects.known("marta@example.org", at=at)
link = address_of(letter_link("my", address=address.pk, generation=1))
https = {"HTTP_HOST": "portal.example", "HTTP_X_FORWARDED_PROTO": "https"}
browser = Client(raise_request_exception=False)
said = {}
for name, method, path in [
    ("plain", "get", "http"), ("home", "get", "/en/"), ("start", "get", "/en/draft/"), ("health", "get", "/healthz"),
    ("missing", "get", "/en/x/"), ("link", "post", link.removeprefix("https://portal.example")),
    ("login", "get", "/admin/login/"), ("wrong host", "get", "/en/"), ("debug", "get", "/en/draft/x/"),
]:
    extra = dict(https)
    if path == "http":
        path, extra = "/en/", {"HTTP_HOST": "portal.example"}
    if name == "health":
        extra.pop("HTTP_X_FORWARDED_PROTO")
    if name == "wrong host":
        extra["HTTP_HOST"] = "evil.example"
    answer = getattr(browser, method)(path, **extra)
    said[name] = {
        "status": answer.status_code, "headers": dict(answer.headers), "body": answer.content.decode()[:9000],
        "cookies": {key: {**{k: bool(v) if v is True or v == "" else v for k, v in morsel.items()}}
                    for key, morsel in answer.cookies.items()},
    }
style = browser.get(re.search(r'href="(/static/css/portal[^"]+)"', said["home"]["body"])[1], **https)
said["style"] = {"status": style.status_code, "headers": dict(style.headers), "body": "", "cookies": {}}
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def in_earnest(tmp_path_factory) -> dict:
    """Some answers of the portal under its production settings, as a proxy in front would get them."""
    done = python(LOOK, production(tmp_path_factory.mktemp("production")))
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_production_speaks_only_https_and_says_so_for_a_year(in_earnest: dict):
    assert in_earnest["plain"]["status"] == 301
    assert in_earnest["plain"]["headers"]["Location"] == "https://portal.example/en/"
    for name in ("home", "start", "missing", "login", "link"):
        assert (
            in_earnest[name]["headers"]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        )


def test_the_health_of_production_is_told_to_a_probe_without_https(in_earnest: dict):
    assert in_earnest["health"]["status"] == 200


def test_cookies_of_production_belong_to_this_host_alone(in_earnest: dict):
    found = {key: told for name in in_earnest for key, told in in_earnest[name]["cookies"].items()}

    assert set(found) >= {"__Host-csrf", "__Host-keys"}
    for name, told in found.items():
        assert name.startswith("__Host-"), name
        assert told["secure"] and told["httponly"], name
        assert (told["samesite"], told["path"], told["domain"]) == ("Lax", "/", False), name


def test_production_answers_no_foreign_host_and_shows_no_inner_workings(in_earnest: dict):
    assert in_earnest["wrong host"]["status"] == 400
    for told in in_earnest.values():
        assert "Traceback" not in told["body"] and "DEBUG" not in told["body"]
        assert "Server" not in told["headers"]


def test_a_file_that_is_named_by_its_content_is_kept_for_good(in_earnest: dict):
    assert in_earnest["style"]["status"] == 200
    assert in_earnest["style"]["headers"]["Cache-Control"] == "max-age=315360000, public, immutable"


def test_a_page_of_production_names_its_files_by_their_content(in_earnest: dict):
    assert re.search(r'href="/static/css/portal\.[0-9a-f]{12}\.css"', in_earnest["home"]["body"])
    assert in_earnest["home"]["status"] == 200
