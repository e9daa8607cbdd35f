"""The review of a call: its rubric, a dossier for each case, who reads what, what they say, and what is decided."""

from reviews.models.decision import Decision, Question, Release
from reviews.models.dossier import Answer, Dossier, Screening
from reviews.models.likeness import Fingerprint, Likeness, Shingle
from reviews.models.review import Review
from reviews.models.reviewer import Assignment, Conflict, Reviewer
from reviews.models.round import Criterion, Round

__all__ = [
    "Answer",
    "Assignment",
    "Conflict",
    "Criterion",
    "Decision",
    "Dossier",
    "Fingerprint",
    "Likeness",
    "Question",
    "Release",
    "Review",
    "Reviewer",
    "Round",
    "Screening",
    "Shingle",
]
