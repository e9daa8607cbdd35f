"""What the author is asked, what is decided, and when the letters leave."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Colleague, Submission
from reviews.models.dossier import Dossier
from reviews.models.round import Round


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self) -> Self:
        return self.filter(answered_at__isnull=True, closed_at__isnull=True)


class Question(models.Model):
    """One question to the author of a case. ``may_change``: the author may change the case and hand it in again.

    It is answered in words, or, where the author may change the case, by handing in again. The answer can be
    changed until staff have looked at it, that is, for as long as it stands among the news of the dossier.
    ``due_at`` is the first instant that is later than wished.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="questions")
    words = models.TextField(_("question"))
    may_change = models.BooleanField(_("the author may change the case"), default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("answer wished by"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(Colleague, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question to the author")
        verbose_name_plural = _("questions to the author")
        ordering = ["asked_at", "pk"]
        indexes = [models.Index(fields=["dossier", "asked_at"], name="question_of_dossier")]

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.closed_at is None


class Release(models.Model):
    """One press of «Release»: the letters of these decisions left together."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="releases")
    released_at = models.DateTimeField(_("released at"))
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-released_at", "-pk"]


class DecisionQuerySet(models.QuerySet["Decision"]):
    def pending(self) -> Self:
        """Decided, not yet told: the latest of its case, and its letter has not been released."""
        return self.filter(release__isnull=True, dossier__decision=models.F("pk"))

    def told(self) -> Self:
        """Those that authors know, or knew."""
        return self.filter(release__isnull=False)


class Decision(models.Model):
    """What is decided of one case: number 1, 2, 3 … Rows are only ever added; the database refuses changes, but for
    ``release``, which is set once.

    ``reasons`` are for the author. ``why_changed`` is for the history, and needed from number 2 on. ``points`` are
    what the scores of all reviewers together come to, by key of the criterion and rounded to a described point, as
    they were when it was decided; None with fewer than two finished reviews, of which an author could tell one.
    """

    class Outcome(models.TextChoices):
        PUBLISH = "publish", _("Publish")
        NOT_PUBLISHED = "not-published", _("Not currently published")
        CHANGES_REQUESTED = "changes-requested", _("Changes requested")
        HOLD = "hold", _("Hold")

    #: What the case becomes when the decision is released.
    STATUS = {
        Outcome.PUBLISH: Case.Status.ACCEPTED,
        Outcome.NOT_PUBLISHED: Case.Status.NOT_PUBLISHED,
        Outcome.CHANGES_REQUESTED: Case.Status.CHANGES_REQUESTED,
        Outcome.HOLD: Case.Status.ON_HOLD,
    }

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField(_("number"))
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome)
    reasons = models.TextField(_("reasons for the author"))
    why_changed = models.TextField(_("why it was changed"), blank=True)
    points = models.JSONField(_("what the reviews come to"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="decisions")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["dossier", "number"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "number"], name="one_decision_per_number"),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(why_changed=""), name="decision_changed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["dossier"], condition=Q(release__isnull=True), name="decision_not_released"),
        ]

    @property
    def told_at(self) -> datetime:
        """When its author was told. Raises ValueError for one that still waits."""
        if self.release is None:
            raise ValueError("This decision waits to be told.")
        return self.release.released_at
