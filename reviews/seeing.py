"""Who may see what others gave: nobody before they have given their own, and nobody who is too close to the case.

Beside the right to see scores this holds for everybody who has a case to read, whatever else they are: a manager
who reads sees no score, comment, advice or mean of a case before their own review of it is finished, nor where it
stands among others. Once the author has been told, no review can be begun any more and nothing is hidden. From whoever
has declared a conflict of interest everything stays hidden.
"""

from __future__ import annotations

from django.db.models import Q

from people.models import User
from reviews.models import Assignment, Conflict, Dossier


def may_see_scores(user: User, dossier: Dossier) -> bool:
    """Whether nothing is hidden from this person for the sake of fairness. It is no right: ask for that beside it."""
    return Dossier.objects.filter(open_to(user), pk=dossier.pk).exists()


def open_to(user: User) -> Q:
    """The dossiers of which nothing is hidden from this person, for lists and counts in the database."""
    return ~Q(pk__in=_to_read(user)) & ~Q(pk__in=_declared(user))


def hidden_from(user: User) -> set[int]:
    """The dossiers whose scores this person must not see, by their keys; for what is told row by row."""
    return set(Dossier.objects.filter(~open_to(user)).values_list("pk", flat=True))


def _to_read(user: User):
    return Assignment.objects.of(user).untold().values("dossier")


def _declared(user: User):
    return Conflict.objects.filter(reviewer__user=user).values("dossier")
