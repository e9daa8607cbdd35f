"""The front desk of this room: series, workshops with everything around them, and the people in them."""

from workshops.admin import registrations, series, sessions

__all__ = ["registrations", "series", "sessions"]
