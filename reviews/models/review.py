"""The review: what one reviewer says of one case."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cases.models import Submission
from reviews.models.reviewer import Assignment


class ReviewQuerySet(models.QuerySet["Review"]):
    def finished(self) -> Self:
        return self.filter(finished_at__isnull=False, assignment__ended_at__isnull=True)


class Review(models.Model):
    """Scores, advice and words of one reviewer on one submission, saved as they are typed.

    ``scores`` holds points (0 to 4) by the key of the criterion. ``comments`` are for colleagues alone,
    ``words_for_author`` are what staff may pass on. ``version`` counts the saves: a save carries the version that
    it was based on. Histories are written when a review is finished and whenever it is changed afterwards, not with
    each autosave.
    """

    class Advice(models.TextChoices):
        PUBLISH = "publish", _("Publish")
        ASK = "ask", _("Ask the author a question first")
        NOT = "not", _("Do not publish")

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="review")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    scores = models.JSONField(_("scores"), default=dict)
    advice = models.CharField(_("advice"), max_length=8, choices=Advice, blank=True)
    comments = models.TextField(_("comments for colleagues"), blank=True)
    words_for_author = models.TextField(_("words for the author"), blank=True)
    version = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(_("begun at"))
    saved_at = models.DateTimeField(_("saved at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    history = HistoricalRecords()
    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
