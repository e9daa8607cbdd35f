"""What the roof tells of this room: the newest reports, stories and dialogues for the home page, all of them for search
engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from outputs.models import Output
from people import times

SHOWN = 3
TINTS = {"report": "rose", "story": "lilac", "dialogue": "sea"}
#: Where times are told for all, as the programme tells its own.
PARIS = ZoneInfo("Europe/Paris")


def newest_outputs(at: datetime) -> dict | None:
    """What came out last, as plain values; None while there is nothing. One statement."""
    rows = [
        {
            "kind": output.get_kind_display(),
            "title": output.title_text,
            "url": output.page,
            "words": output.short_text,
            "language": output.spoken,
            "line": times.in_full(output.starts_at, PARIS) if output.starts_at else "",
            "tint": TINTS[output.kind],
        }
        for output in Output.objects.on_show().defer("draft")[:SHOWN]
    ]
    if not rows:
        return None
    return {
        "key": "outputs",
        "title": _("What we learned"),
        "words": _("Reports, digital stories and dialogues, made of the cases and the workshops."),
        "rows": rows,
        "more": {"url": reverse("outputs:reports"), "words": _("All reports and stories")},
    }


def for_search_engines() -> Iterator[tuple[str, datetime | None]]:
    """Every list and every page of this room that can be read, with the instant of its newest version."""
    yield from ((reverse(f"outputs:{name}"), None) for name in ("reports", "stories", "dialogues"))
    for output in Output.objects.on_show().only("kind", "slug", "renewed_at").iterator():
        yield output.page, output.renewed_at
