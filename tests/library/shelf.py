"""The real cases on the shelf, and questions asked of it as an address would."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict

from cases import editions, finding, publishing
from cases.demonstration import answers_from, real_cases
from cases.models import PublicCase
from tests.makers import NOON, SECOND


def publish_real_cases(*, at: datetime = NOON) -> list[PublicCase]:
    """The 31 real cases as desk research, one second after the other."""
    shelved = []
    for number, real in enumerate(real_cases()):
        content = editions.content_from(answers_from(real)) | {
            "origin": "desk-research",
            "year": real["year_launched"],
            "sources": [{"title": "Source", "url": real["source_url"]}],
        }
        public = PublicCase.objects.create(
            origin=PublicCase.Origin.DESK_RESEARCH,
            slug=publishing.free_slug(content, fallback=f"case-{number}"),
            draft=content,
            begun_at=at,
        )
        publishing.bring_out(public, content, at=at + number * SECOND)
        shelved.append(public)
    return shelved


def ask(address: str = "", *, at: datetime = NOON) -> finding.Found:
    return finding.found(QueryDict(address), at=at)


def titles(result: finding.Found) -> list[str]:
    """The titles of everything found, in order."""
    keys = list(result.keys())
    named = dict(PublicCase.objects.filter(pk__in=keys).values_list("pk", "title"))
    return [named[key] for key in keys]
