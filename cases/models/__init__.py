"""Calls, cases and what was handed in."""

from cases.models.call import Call, Example, Extension, Numbering
from cases.models.case import Attachment, Case, Change, Colleague
from cases.models.library import (
    Agreement,
    Badge,
    Edition,
    Partner,
    PartnerStanding,
    Picture,
    PublicCase,
    Shelf,
    YearlyCheck,
)
from cases.models.search import SearchGram, SearchText, SearchWord
from cases.models.submission import Facet, FormFeedback, Jurisdiction, Submission

__all__ = [
    "Agreement",
    "Attachment",
    "Badge",
    "Call",
    "Case",
    "Change",
    "Colleague",
    "Edition",
    "Example",
    "Extension",
    "Facet",
    "FormFeedback",
    "Jurisdiction",
    "Numbering",
    "Partner",
    "PartnerStanding",
    "Picture",
    "PublicCase",
    "SearchGram",
    "SearchText",
    "SearchWord",
    "Shelf",
    "Submission",
    "YearlyCheck",
]
