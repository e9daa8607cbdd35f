"""What is private of a case reaches no public address: every private field holds a word that nobody may ever see."""

import gzip
import json

import pytest
from django.test import Client

from cases import drafting, publishing, shelving
from cases.editions import FIELDS, SECTION_KEYS
from cases.models import Agreement, Case, PublicCase, YearlyCheck
from cases.questions import QUESTIONS, Kind
from tests.makers import (
    COMPLETE,
    DAY,
    NOON,
    author_of,
    make_address,
    make_boss,
    make_colleague,
    make_desk_research,
    make_draft,
    make_submission,
    make_upload,
)

pytestmark = pytest.mark.django_db

#: Every one of these words is somebody's secret.
CANARY = "canary"

#: What an author is asked and what never becomes public.
PRIVATE = {
    "sponsor_name": "Canary Sponsor",
    "sponsor_organisation": "Canary Ministry",
    "sponsor_email": "canary-sponsor@hidden.example",
    "public_employee": "yes",
}


@pytest.fixture
def published() -> PublicCase:
    """A case with a secret in every private field of it and around it, in two editions."""
    said = {
        **COMPLETE,
        **PRIVATE,
        "jurisdictions": [
            {**place, "contact": f"canary-partner-{number}@hidden.example"}
            for number, place in enumerate(COMPLETE["jurisdictions"])
        ],
    }
    draft = make_draft(
        author=make_address("canary-author@hidden.example"), answers=said, begun_at=NOON - 2 * DAY
    )
    draft.colleagues.update(name="Canary Author")
    author = author_of(draft)
    make_colleague(draft, name="Canary Colleague", email="canary-colleague@hidden.example")
    drafting.attach(author, make_upload("canary-file.txt", b"canary words in a file\n"), at=NOON - 2 * DAY)
    case = make_submission(draft, at=NOON - DAY).case
    Case.objects.filter(pk=case.pk).update(status=Case.Status.PUBLISHED)
    case.refresh_from_db()
    lea = make_boss("canary-staff@hidden.example")
    lea.name = "Canary Staff"
    lea.save()
    public = publishing.begin(case, at=NOON)
    content = {**public.draft, "agreed_at": NOON.isoformat()}
    publishing.bring_out(public, content, at=NOON, by=lea)
    publishing.bring_out(public, {**content, "year": 2018}, at=NOON + DAY, by=lea, note="The year was wrong.")
    public.refresh_from_db()
    public.draft = {**public.draft, "title": "Canary draft title"}
    public.left_because = "Canary reason of staff"
    public.withdrawal_words = "Canary words of the author"
    public.known_as = "canary-name"
    public.save()
    for number, place in enumerate(said["jurisdictions"]):
        public.partners.create(
            key=place["id"],
            country=place["country"],
            level=place["level"],
            name=place["name"],
            organisation=place["organisation"],
            address=make_address(place["contact"]),
            state="confirmed" if number else "objected",
            words="Canary words of a partner",
            solution="Canary solution",
            solved_by=lea,
            solved_at=NOON,
        )
    asked = {"public_case": public, "asked_of": author, "asked_at": NOON}
    Agreement.objects.create(
        **asked,
        asked_by=lea,
        content=json.dumps({"title": "Canary shown"}),
        digest="canary",
        words="Canary wish",
    )
    YearlyCheck.objects.create(**asked, words="Canary change")
    shelving.shelve(public)
    return public


def addresses_of(public: PublicCase) -> list[str]:
    """Every public address in which a case is told."""
    below = ("", "v/1/", "v/2/", "og.png", "qr.svg")
    cites = [f"{at}cite.{kind}" for at in ("", "v/1/", "v/2/") for kind in ("bib", "ris", "txt")]
    return [
        "/en/",
        *(f"/en/cases/{public.slug}/{rest}" for rest in (*below, *cites)),
        f"/ar/cases/{public.slug}/",
        "/en/cases/",
        "/en/cases/?q=river&country=FR",
        "/en/cases/data/",
        "/en/cases/feed.atom",
        *(
            f"/en/cases/export.{kind}{query}"
            for kind in ("csv", "json", "geojson")
            for query in ("", "?q=river")
        ),
        "/en/baseline/",
        "/en/baseline/network/",
        "/api/openapi.json",
        "/api/v1/cases",
        "/api/v1/cases?q=river",
        f"/api/v1/cases/{public.slug}",
        f"/api/v1/cases/{public.slug}/editions/1",
        "/api/v1/facets",
        "/sitemap.xml",
        "/robots.txt",
    ]


def told_at(path: str) -> str:
    answer = Client().get(path)
    body = answer.getvalue()
    assert answer.status_code == 200, path
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return f"{answer.headers} {body.decode(errors='replace')}".casefold()


def test_no_public_address_tells_a_secret(published):
    make_desk_research(tags=["rivers"])

    leaks = [path for path in addresses_of(published) if CANARY in told_at(path)]

    assert leaks == []


def test_none_of_them_is_found_by_searching_for_it(published):
    for secret in ("canary", "canary-author@hidden.example", "Canary Sponsor"):
        found = Client().get("/api/v1/cases", {"q": secret, "exact": "1"}).json()
        assert found["count"] == 0, secret


def test_the_secrets_are_really_there(published):
    """A walk that looks for what was never written would prove nothing."""
    case = published.case
    kept = [
        case.latest.content,
        *case.colleagues.values_list("name", flat=True),
        *case.attachments.values_list("name", flat=True),
        *published.partners.values_list("words", flat=True),
        published.left_because,
        json.dumps(published.draft),
    ]

    assert all(CANARY in str(each).casefold() for each in kept if each)


def test_every_question_is_public_or_is_known_to_be_private():
    """A new question has to be decided about: it is in the one list of what is public, or in the list of this test."""
    public = {*FIELDS, *SECTION_KEYS, "short_explanation"}
    asked = {key for key, question in QUESTIONS.items() if question.kind is not Kind.TICK}

    assert asked - public - {"jurisdictions"} <= set(PRIVATE)
