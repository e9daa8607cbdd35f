"""Which members of staff get which page of the review; ``tests/roof/test_office_doors.py`` walks them all."""

from cases.models import Case
from reviews.models import Dossier
from tests.reviews.makers import make_dossier

READER, REVIEWER, EDITOR, MANAGER, BOSS = "reader", "reviewer", "editor", "manager", "boss"
ROLES = {READER, REVIEWER, EDITOR, MANAGER, BOSS}
#: Who reads along.
READING = {READER, EDITOR, MANAGER, BOSS}
NOBODY: set[str] = set()

WHO: dict[str, set[str]] = {
    # The list of cases in review
    "reviews_dossier_changelist": READING,
    "reviews_dossier_change": READING,
    "reviews_dossier_history": READING,
    "reviews_dossier_add": NOBODY,
    "reviews_dossier_delete": NOBODY,
    # Rounds and the rubric
    "reviews_round_changelist": READING,
    "reviews_round_change": READING,
    "reviews_round_history": READING,
    "reviews_round_add": NOBODY,
    "reviews_round_delete": NOBODY,
    # Screening
    # Giving out
    # Reading
    # Figures
    "reviews_round_figures": {EDITOR, MANAGER, BOSS},
    "reviews_round_ranking": {EDITOR, MANAGER, BOSS},
    "reviews_round_discuss": {EDITOR, MANAGER, BOSS},
    # Questions and decisions
    # Exports
    "reviews_dossier_pdf": READING,
}
#: Doors without a page behind them: what only a button opens.
BUTTONS: set[str] = {
    "reviews_round_count",
    "reviews_dossier_export",
    "reviews_dossier_shortlist",
}


def rows(case: Case) -> dict:
    """One row of everything that the pages of the review show, about this case."""
    dossier: Dossier = make_dossier(case)
    return {"reviews_dossier": dossier, "reviews_round": dossier.round}
