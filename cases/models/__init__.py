"""Calls, cases and what was handed in."""

from cases.models.call import Call, Example, Extension, Numbering
from cases.models.case import Attachment, Case, Change, Colleague
from cases.models.submission import Facet, FormFeedback, Jurisdiction, Submission

__all__ = [
    "Attachment",
    "Call",
    "Case",
    "Change",
    "Colleague",
    "Example",
    "Extension",
    "Facet",
    "FormFeedback",
    "Jurisdiction",
    "Numbering",
    "Submission",
]
