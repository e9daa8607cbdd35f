"""The office of this room: calls, the desk at which cases are read, and what people said of the form."""

from cases.admin import calls, desk, feedback

__all__ = ["calls", "desk", "feedback"]
