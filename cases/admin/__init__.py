"""The office of this room: calls, the desk at which cases are read, their public versions, and what
people said of the form."""

from cases.admin import badges, calls, desk, feedback, public_versions

__all__ = ["badges", "calls", "desk", "feedback", "public_versions"]
