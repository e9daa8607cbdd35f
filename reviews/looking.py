"""Looking at what came back: somebody says that they have seen it, and its mark goes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from people import events
from people.models import User
from reviews.models import Dossier
from reviews.settling import settle


@transaction.atomic
def look(dossier: Dossier, *, seen: datetime | None, by: User, at: datetime) -> bool:
    """Note that somebody has looked at what came back at the instant ``seen``; False when more has come since.

    Harmless when repeated.
    """
    dossier = Dossier.objects.locked().select_related("round").get(pk=dossier.pk)
    if dossier.came_back_at is None:
        return True
    if dossier.came_back_at != seen:
        return False
    news, dossier.news, dossier.came_back_at = dossier.news, {}, None
    dossier.save(update_fields=["news", "came_back_at"])
    settle(dossier)
    events.record("looked at", about=("case", dossier.case_id), at=at, by=by, facts=news)
    return True
