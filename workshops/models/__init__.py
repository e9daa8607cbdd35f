"""The series, its workshops, and who has a seat in them."""

from workshops.models.registration import Answer, Registration, Step
from workshops.models.workshop import Group, Series, Workshop

__all__ = ["Answer", "Group", "Registration", "Series", "Step", "Workshop"]
