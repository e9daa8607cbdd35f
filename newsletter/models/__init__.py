"""Who gets news, what an issue says, and how far a mailing has come."""

from newsletter.models.issue import Block, Issue, Picture
from newsletter.models.mailing import Mailing
from newsletter.models.subscription import Record, Subscription, Topic

__all__ = ["Block", "Issue", "Mailing", "Picture", "Record", "Subscription", "Topic"]
