"""Who may see what others gave: nobody before they have given their own.

Beside the right to see scores this holds for everybody who has a case to read, whatever else they are: a manager
who reads sees no score, comment, advice or mean of a case before their own review of it is finished, nor where it
stands among others. Once the author has been told, no review can be begun any more and nothing is hidden.
"""

from __future__ import annotations

from django.db.models import Q

from people.models import User
from reviews.models import Assignment, Dossier


def may_see_scores(user: User, dossier: Dossier) -> bool:
    """Whether nothing is hidden from this person for the sake of fairness. It is no right: ask for that beside it."""
    return not Assignment.objects.of(user).untold().filter(dossier=dossier).exists()


def open_to(user: User) -> Q:
    """The dossiers of which nothing is hidden from this person, for lists and counts in the database."""
    return ~Q(pk__in=Assignment.objects.of(user).untold().values("dossier"))


def hidden_from(user: User) -> set[int]:
    """The dossiers whose scores this person must not see yet, by their keys; for what is told row by row."""
    return set(Assignment.objects.of(user).untold().values_list("dossier_id", flat=True))
