"""What tests of giving out share: cases that wait for reviewers."""

from __future__ import annotations

from people.models import User
from reviews.models import Dossier, Screening
from reviews.settling import settle
from tests.makers import make_draft, make_staff
from tests.reviews.makers import REVIEWING, make_dossier


def screened(dossier: Dossier | None = None, answer: str = "yes", **answers) -> Dossier:
    """A case that passed its screening and waits for reviewers."""
    dossier = dossier or make_dossier(make_draft(complete=True, answers=answers))
    tests = dict.fromkeys(Screening.TESTS, answer)
    Screening.objects.create(
        dossier=dossier, submission=dossier.submission, by=clerk(), at=REVIEWING, **tests
    )
    settle(dossier)
    return dossier


def clerk() -> User:
    """Whoever screened the cases."""
    return User.objects.filter(email="clerk@oecd.example").first() or make_staff("clerk@oecd.example")
