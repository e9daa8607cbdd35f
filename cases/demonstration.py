"""Real cases from public pages, as if their authors had handed them in: for trying out and for tests.

The facts and sources are in ``data/real_cases.json``. Answers that the source does not give are filled with
text that says so. Addresses end in ``.example``, so that no letter can ever reach anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from cases import submitting
from cases.desk_research import INSTRUMENT, MECHANISM, SECTOR
from cases.models import Call, Case, Colleague, Submission
from people.models import Address

SOURCE = Path(__file__).parent / "data" / "real_cases.json"
FILLER = "Demonstration text: the public source of this case does not answer this question."


def real_cases() -> list[dict]:
    return json.loads(SOURCE.read_text())


def answers_from(real: dict) -> dict:
    """The answers of one real case: complete, with filler where the source is silent."""
    rows = [
        {
            "id": f"real{number:04}",
            "country": place["country"],
            "level": place["level"],
            "name": place.get("name") or "",
            "organisation": "",
        }
        for number, place in enumerate(real["jurisdictions"][:20], 1)
    ]
    lead = real["jurisdictions"][0]
    sector, instrument = SECTOR[real["policy_area"]], INSTRUMENT[real["instrument"]]
    return {
        "organisation": lead.get("name") or real["title"],
        "organisation_country": lead["country"],
        "organisation_level": lead["level"],
        "sectors": [sector],
        "public_employee": "yes",
        "jurisdictions": rows,
        "jurisdictions.lead": rows[0]["id"],
        "language": "en",
        "title": real["title"],
        "website": real["source_url"],
        "year": str(real["year_launched"] or 2020),
        "short_explanation": real["summary"],
        "overview": f"{real['summary']}\n\n{FILLER}",
        "tags": f"{sector}, {MECHANISM[real['mechanism']]}, across borders",
        "innovative": FILLER,
        "stages": ["implementing"],
        "happening_now": FILLER,
        "mechanisms": [MECHANISM[real["mechanism"]]],
        "instruments": [instrument] if instrument else [],
        "collaborations": FILLER,
        "results": FILLER,
        "challenges": FILLER,
        "conditions": FILLER,
        "replication": FILLER,
        "lessons": FILLER,
        "links": "\n".join(real.get("other_sources") or []),
        "consent_truth": True,
        "consent_cleared": True,
        "consent_publish": True,
        "consent_licence": True,
    }


def hand_in_real_cases(call: Call, *, at: datetime) -> Iterator[tuple[str, Submission | None]]:
    """Hand in each real case as a demonstration author; yields its title, and None where it was there already."""
    for number, real in enumerate(real_cases(), 1):
        yield real["title"], _hand_in(call, number, answers_from(real), at=at)


@transaction.atomic
def _hand_in(call: Call, number: int, said: dict, *, at: datetime) -> Submission | None:
    address = Address.objects.known(f"demonstration-{number:02}@cases.example", at=at)
    if address.parts.filter(case__call=call).exists():
        return None
    address.confirm(at)
    case = Case.objects.create(
        call=call, begun_at=at, changed_at=at, answers=said, title=said["title"], language=said["language"]
    )
    author = case.colleagues.create(
        address=address, name=f"Demonstration author {number}", role=Colleague.Role.AUTHOR, joined_at=at
    )
    return submitting.hand_in(author, at=at)
