"""The series, its workshops, who has a seat in them, and what came of them."""

from workshops.models.registration import Answer, Registration, Step
from workshops.models.result import Result
from workshops.models.workshop import Group, Series, Workshop

__all__ = ["Answer", "Group", "Registration", "Result", "Series", "Step", "Workshop"]
