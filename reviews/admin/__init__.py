"""The office of this room: rounds and their rubric, the list of cases in review and the pages about one of them."""

from reviews.admin import dossiers, reading, reviewers, rounds

__all__ = ["dossiers", "reading", "reviewers", "rounds"]
