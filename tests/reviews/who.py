"""Which members of staff get which page of the review; ``tests/roof/test_office_doors.py`` walks them all."""

from cases.models import Case
from reviews.models import Dossier
from tests.reviews.makers import give, make_dossier, make_reviewer

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
    "reviews_dossier_file": READING,
    "reviews_dossier_add": NOBODY,
    "reviews_dossier_delete": NOBODY,
    # Rounds and the rubric
    "reviews_round_changelist": READING,
    "reviews_round_change": READING,
    "reviews_round_history": READING,
    "reviews_round_add": NOBODY,
    "reviews_round_delete": NOBODY,
    "reviews_round_rubric": READING,
    # Screening
    "reviews_dossier_screening": {EDITOR, MANAGER, BOSS},
    # Giving out
    "reviews_round_plan": {MANAGER, BOSS},
    "reviews_dossier_give": {MANAGER, BOSS},
    "reviews_reviewer_changelist": {MANAGER, BOSS},
    "reviews_reviewer_change": {MANAGER, BOSS},
    "reviews_reviewer_history": {MANAGER, BOSS},
    "reviews_reviewer_add": {MANAGER, BOSS},
    "reviews_reviewer_delete": NOBODY,
    "reviews_reviewer_take_back": {MANAGER, BOSS},
    # Reading
    "reviews_assignment_changelist": {REVIEWER, MANAGER, BOSS},
    "reviews_assignment_change": NOBODY,  # somebody else's pile, whoever asks
    "reviews_assignment_history": NOBODY,
    "reviews_assignment_file": NOBODY,
    "reviews_assignment_add": NOBODY,
    "reviews_assignment_delete": NOBODY,
    # Figures
    "reviews_round_figures": {EDITOR, MANAGER, BOSS},
    "reviews_round_ranking": {EDITOR, MANAGER, BOSS},
    "reviews_round_discuss": {EDITOR, MANAGER, BOSS},
    # Questions and decisions
    "reviews_dossier_ask": {EDITOR, MANAGER, BOSS},
    "reviews_dossier_decide": {MANAGER, BOSS},
    "reviews_dossier_decide_many": {MANAGER, BOSS},
    "reviews_round_release": {MANAGER, BOSS},
    # Exports
    "reviews_dossier_pdf": READING,
}
#: Doors without a page behind them: what only a button opens.
BUTTONS: set[str] = {
    # Screening
    "reviews_dossier_looked",
    "reviews_dossier_screen_next",
    "reviews_round_count",
    "reviews_dossier_export",
    "reviews_dossier_shortlist",
    "reviews_assignment_save",
}


def rows(case: Case) -> dict:
    """One row of everything that the pages of the review show, about this case."""
    dossier: Dossier = make_dossier(case)
    reviewer = make_reviewer()
    return {
        "reviews_dossier": dossier,
        "reviews_round": dossier.round,
        "reviews_reviewer": reviewer,
        "reviews_assignment": give(dossier, reviewer),
    }
