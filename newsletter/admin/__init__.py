"""The desk of this room: issues with their blocks, and who gets them."""

from newsletter.admin import issues, subscriptions

__all__ = ["issues", "subscriptions"]
