"""The read API: what it gives is what its schema says, to whoever asks, however they ask."""

from datetime import UTC, datetime

import pytest
import schemathesis
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis import GenerationMode

from cases import editions, open_data, publishing, shelving
from cases.models import PublicCase
from cases.views import operations
from people import limits
from people.models import Allowance
from tests.makers import DAY, NOON, make_desk_research, make_public_case

pytestmark = pytest.mark.django_db


def ask(path: str, **headers):
    return Client(headers=headers).get(f"/api/v1/{path}")


def said(path: str) -> dict:
    answer = ask(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


# -- What it gives -----------------------------------------------------------------------------------------------


def test_a_page_of_cases_leads_to_the_others(real_library):
    first = said("cases?per_page=10&country=US&country=DE")
    slugs, page = [], first
    while True:
        slugs += [case["slug"] for case in page["cases"]]
        if not page["links"]["next"]:
            break
        page = said(page["links"]["next"].removeprefix("https://portal.example/api/v1/"))

    assert first["count"] == len(slugs) == len(set(slugs))
    assert first["pages"] == page["page"] == -(-first["count"] // 10)
    assert page["links"]["previous"].endswith(f"page={page['page'] - 1}&per_page=10")
    assert {"licence", "licence_url", "snapshot_at"} <= set(first)


def test_it_finds_what_the_library_finds(real_library):
    found = said("cases?q=tram&sort=title")

    page = Client().get("/en/cases/?q=tram&sort=title").content.decode()
    assert found["count"] > 0
    assert all(f"/en/cases/{case['slug']}/" in page for case in found["cases"])


def test_a_case_is_told_whole_with_its_versions():
    public = make_public_case()
    publishing.bring_out(public, {**public.edition.said, "title": "Corrected"}, at=NOON + DAY)

    newest, first = said(f"cases/{public.slug}"), said(f"cases/{public.slug}/editions/1")

    assert (newest["title"], newest["version"]) == ("Corrected", 2)
    assert (first["title"], first["version"], first["newest_version"]) == (
        "Shared river flood warnings",
        1,
        2,
    )
    assert newest["versions"] == [
        f"https://portal.example/api/v1/cases/{public.slug}/editions/{n}" for n in (1, 2)
    ]
    assert newest["citation"].startswith("River Basin Authority North (2027). Corrected.")


def test_filters_are_counted(real_library):
    facets = said("facets")

    assert facets["count"] == len(real_library)
    sectors = {each["value"]: each["count"] for each in facets["facets"]["sector"]}
    assert sectors["transport"] == 7
    assert said("facets?sector=transport")["count"] == 7


def test_notes_tell_what_was_not_understood(real_library):
    assert said("cases?country=XX")["notes"]
    assert said("cases?per_page=5")["notes"] == []


def test_words_are_english_whatever_the_browser_prefers(real_library):
    assert ask("facets", accept_language="ar").json() == ask("facets").json()


# -- What is not there -------------------------------------------------------------------------------------------


def test_what_is_not_public_is_not_there():
    hidden, gone, archived = make_public_case(), make_desk_research("Gone"), make_desk_research("Archived")
    PublicCase.objects.filter(pk=hidden.pk).update(state="preparing", shelved_as=None)
    for public, state in ((gone, "unpublished"), (archived, "archived")):
        public.state, public.left_at = state, NOON
        public.save()
        shelving.take_off(public)

    assert ask(f"cases/{hidden.slug}").status_code == 404
    assert ask(f"cases/{hidden.slug}/editions/1").status_code == 404
    assert ask(f"cases/{gone.slug}").status_code == 410
    assert ask(f"cases/{gone.slug}/editions/1").status_code == 410
    assert said(f"cases/{archived.slug}")["state"] == "archived"
    assert said("cases")["cases"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("cases/", 404),
        ("cases/never-was", 404),
        ("cases/never-was/editions/1", 404),
        ("cases?page=0", 422),
        ("cases?page=x", 422),
        ("cases?per_page=101", 422),
        ("cases?per_page=-1", 422),
        (f"cases?q={'x' * 300}", 422),
        ("cases/x/editions/abc", 422),
        ("cases/x/editions/999999999999999999999", 404),
    ],
)
def test_what_cannot_be_answered_is_told_as_an_object(path, status):
    answer = ask(path)

    assert answer.status_code == status
    assert answer.json()["error"]
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_says_where_to_begin():
    begin = said("")

    assert begin["cases"] == "https://portal.example/api/v1/cases"
    assert set(begin) == {"cases", "facets", "schema", "documentation"}
    assert Client().get(begin["documentation"].removeprefix("https://portal.example")).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(method):
    answer = getattr(Client(), method)("/api/v1/cases")

    assert answer.status_code == 405


# -- How it is asked ---------------------------------------------------------------------------------------------


def test_whoever_has_an_answer_is_told_so_until_the_shelf_changes(real_library):
    had = ask("cases").headers["ETag"]

    assert ask("cases", if_none_match=had).status_code == 304
    make_desk_research(at=NOON + DAY)
    assert ask("cases", if_none_match=had).status_code == 200


def test_scripts_of_any_site_may_read_it_and_no_cookie_is_set(real_library):
    answers = [
        ask("cases"),
        ask("nothing"),
        Client().get("/api/openapi.json"),
        Client().options("/api/v1/cases"),
    ]

    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.cookies == {}
    assert answers[-1].status_code == 204
    assert "GET" in answers[-1].headers["Access-Control-Allow-Methods"]


def test_head_gives_the_head(real_library):
    answer = Client().head("/api/v1/cases")

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["ETag"] == ask("cases").headers["ETag"]


def test_each_answer_costs_the_same_few_statements(real_library):
    slug = real_library[0].slug

    def cost(path: str) -> int:
        ask(path)
        with CaptureQueriesContext(connection) as asked:
            assert ask(path).status_code == 200
        return len(asked)

    paths = ("cases", "cases?country=US", f"cases/{slug}", f"cases/{slug}/editions/1", "facets")
    few = [cost(path) for path in paths]
    for number in range(20):
        make_desk_research(f"Case {number}", at=NOON + DAY)

    assert [cost(path) for path in paths] == few == [3, 3, 4, 5, 3]


# -- How often ---------------------------------------------------------------------------------------------------


NOW = datetime(2027, 5, 12, 10, 10, tzinfo=UTC)


def test_a_network_is_counted_without_a_row_until_it_asks_often():
    meter = limits.Meter("test", window=limits.HOUR, step=10)

    waits = [meter.wait("a", at=NOW, limit=30) for _n in range(9)]
    assert (waits, Allowance.objects.count()) == ([0] * 9, 0)
    waits = [meter.wait("a", at=NOW, limit=30) for _n in range(40)]

    assert waits.count(0) == 30, "three steps, and the fourth is refused as soon as it is asked for"
    assert waits[-1] == 50 * 60
    assert meter.wait("b", at=NOW, limit=30) == 0
    assert meter.wait("a", at=NOW + limits.HOUR, limit=30) == 0


def test_two_processes_share_a_limit():
    one, other = (limits.Meter("test", window=limits.HOUR, step=10) for _n in range(2))

    given = [meter.wait("a", at=NOW, limit=40) == 0 for _n in range(60) for meter in (one, other)]

    assert 40 <= sum(given) <= 40 + 2 * 10


def test_who_asks_too_often_is_told_when_to_come_back(real_library, settings):
    settings.API_REQUESTS_PER_NETWORK_AND_HOUR = 50
    browser = Client(REMOTE_ADDR="203.0.113.7")

    answers = [browser.get("/api/v1/cases/never-was") for _n in range(110)]

    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert ask("cases").status_code == 200


# -- The schema --------------------------------------------------------------------------------------------------


def test_the_schema_describes_every_address_and_every_error():
    schema = Client().get("/api/openapi.json").json()

    assert schema["openapi"].startswith("3.1")
    assert set(schema["paths"]) == {
        "/api/v1/cases",
        "/api/v1/cases/{slug}",
        "/api/v1/cases/{slug}/editions/{number}",
        "/api/v1/facets",
    }
    for path, methods in schema["paths"].items():
        assert set(methods) == {"get"}
        assert {"200", "422", "429"} <= set(methods["get"]["responses"]), path


def test_a_record_in_the_schema_has_every_public_field():
    shape = set(operations.Record.model_fields)
    assert {*editions.FIELDS, *open_data.RECORD} <= shape


class Served:
    """The portal as a WSGI application, inside the transaction of the test."""

    def __init__(self) -> None:
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def __call__(self, environ, start_response):
        answer = self.handler(environ)
        start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
        return [answer.getvalue()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_it_answers_is_what_it_describes_whatever_is_asked(real_library, mode):
    """Schemathesis asks each address with fitting and with hostile values, and holds every answer against the schema."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", Served())
    tried = []
    for found in schema.get_all_operations():

        @trying(
            max_examples=20,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=found.ok().as_strategy(generation_mode=mode))
        def asks(case):
            tried.append(case.path)
            case.call_and_validate()

        asks()

    assert len(set(tried)) == 4
    assert len(tried) > 20
