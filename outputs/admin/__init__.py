"""The desk of this room: outputs with their editor, going out, versions."""

from outputs.admin import desk

__all__ = ["desk"]
