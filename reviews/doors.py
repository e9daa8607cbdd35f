"""What the links in this room's letters open (named in ``LINK_DOORS``): the case, as the link to a draft does."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.doors import DraftDoor
from reviews.models import Question


class QuestionDoor(DraftDoor):
    """Leads to a question about the case."""

    def __init__(self, link: dict):
        super().__init__(link)
        case = self.colleague.case_id if self.colleague else None
        self.question = Question.objects.filter(pk=link.get("question"), dossier__case=case).first()

    @property
    def is_there(self) -> bool:
        return super().is_there and self.question is not None

    def words(self) -> dict:
        return super().words() | {
            "text": _("You are %(name)s. Press the button to read our question on this device.")
            % {"name": self.colleague.name},
            "button": _("Read the question"),
        }

    def leads_to(self) -> str:
        return reverse("reviews:question", args=[self.colleague.case.code, self.question.pk])


class DecisionDoor(DraftDoor):
    """Leads to what was decided of the case."""

    def words(self) -> dict:
        return super().words() | {
            "text": _("You are %(name)s. Press the button to read our decision on this device.")
            % {"name": self.colleague.name},
            "button": _("Read the decision"),
        }

    def leads_to(self) -> str:
        return reverse("reviews:decision", args=[self.colleague.case.code])
