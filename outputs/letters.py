"""Everything this room ever says by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import translation

from cases.models import Colleague
from outputs.blocks import said_in
from outputs.models import Output
from people.links import letter_link

CITED = "cited"


def cited(output: Output, parts: Sequence[Colleague], titles: dict[int, str], *, at: datetime) -> dict:
    """«Your case is cited»: what ``post_many`` needs, for one person and all their cases that this output cites.

    The key has no version in it: each person hears of one output once, however often it is published again.
    ``titles`` are the public titles, by the key of the case.
    """
    to = parts[0].address
    with translation.override(to.language):
        link = settings.SITE_URL + output.page
    return {
        "kind": CITED,
        "key": f"{CITED}:{output.pk}:{to.pk}",
        "to": to,
        "template": "outputs/cited",
        "subject": ("output", output.pk),
        "context": {
            "name": parts[0].name,
            "kind": str(output.kind),
            "title": said_in(output.title, to.language, output.language)[0],
            "cases": [titles[part.case_id] for part in parts],
            "link": link,
            "stop": letter_link("stop", address=to.pk, what=CITED),
        },
        "list_unsubscribe": True,
        "at": at,
    }
