"""Who may see what others gave: nobody before they have given their own.

Beside the right to see scores this holds for everybody who has a case to read, whatever else they are: a manager
who reads sees no score, comment, advice or mean of a case before their own review of it is finished.
"""

from __future__ import annotations

from django.db.models import QuerySet

from people.models import User
from reviews.models import Assignment, Dossier


def may_see_scores(user: User, dossier: Dossier) -> bool:
    """Whether nothing is hidden from this person for the sake of fairness. It is no right: ask for that beside it."""
    return not _to_give(user).filter(dossier=dossier).exists()


def hidden_from(user: User) -> set[int]:
    """The dossiers whose scores this person must not see yet, by their keys; for lists, figures and exports."""
    return set(_to_give(user).values_list("dossier_id", flat=True))


def _to_give(user: User) -> QuerySet[Assignment]:
    """What this person may still give a review of. A case that its author has withdrawn is among it: it can be handed
    in again, and its review goes on then."""
    return Assignment.objects.of(user).to_read().exclude(dossier__step=Dossier.Step.DECIDED)
