"""Reviewers, the cases they are given, and the conflicts of interest that they declare."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from reviews.models.dossier import Dossier


class Reviewer(models.Model):
    """A member of staff who reads cases: how many, in which languages, on what, and whom they are close to.

    ``languages`` are codes as in the form, ``sectors`` and ``countries`` what they know well (empty: anything);
    ``country``, ``organisation`` and ``domains`` are their own and make conflicts of interest.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviewer", verbose_name=_("person")
    )
    cap = models.PositiveSmallIntegerField(
        _("at most so many cases"), default=60, validators=[MaxValueValidator(2000)]
    )
    languages = models.JSONField(_("languages read"), default=list, blank=True)
    sectors = models.JSONField(_("themes known well"), default=list, blank=True)
    countries = models.JSONField(_("countries known well"), default=list, blank=True)
    country = models.CharField(_("own country"), max_length=3, blank=True)
    organisation = models.CharField(_("own organisation"), max_length=300, blank=True)
    domains = models.JSONField(
        _("mail domains of their own"),
        default=list,
        blank=True,
        help_text=_("Beside that of their address; one a line, such as ministry.example."),
    )
    active = models.BooleanField(_("takes cases"), default=True)
    digest_on = models.DateField(_("last digest on"), null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["digest_on"])

    class Meta:
        verbose_name = _("reviewer")
        verbose_name_plural = _("reviewers")
        ordering = ["user__name", "user__email"]

    def __str__(self) -> str:
        return str(self.user)


class Conflict(models.Model):
    """A conflict of interest that a reviewer declared; those that follow from the facts are computed, never stored."""

    reviewer = models.ForeignKey(Reviewer, on_delete=models.PROTECT, related_name="conflicts")
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="conflicts")
    reason = models.TextField(_("why"), blank=True)
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        constraints = [
            models.UniqueConstraint(fields=["reviewer", "dossier"], name="one_conflict_per_reviewer_and_case")
        ]


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of(self, user) -> Self:
        """What was ever given to this member of staff."""
        return self.filter(reviewer__user=user)

    def active(self) -> Self:
        """Given, and not taken back."""
        return self.filter(ended_at__isnull=True)

    def to_read(self) -> Self:
        return self.active().filter(finished_at__isnull=True)

    def untold(self) -> Self:
        """To read, and the author has not been told of a decision. A withdrawn case is among them: it may come back."""
        return self.to_read().exclude(dossier__step=Dossier.Step.DECIDED)

    def wanted(self) -> Self:
        """To read, and of use: the author has not withdrawn the case, and has not been told of a decision."""
        return self.to_read().exclude(dossier__step__in=[Dossier.Step.OUT, Dossier.Step.DECIDED])


class Assignment(models.Model):
    """One case given to one reviewer. It ends when it is taken back or a conflict is declared; it never goes away.

    ``cleared_at``: the reviewer said that they have no conflict, which opens the text. ``finished_at`` repeats what
    the review says, for lists.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="assignments")
    reviewer = models.ForeignKey(
        Reviewer, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("reviewer")
    )
    given_at = models.DateTimeField(_("given at"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    due_at = models.DateTimeField(_("due at"))
    cleared_at = models.DateTimeField(_("no conflict declared at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_why = models.CharField(_("ended because"), max_length=40, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "reviewer"],
                condition=Q(ended_at__isnull=True),
                name="one_active_assignment_per_reviewer_and_case",
            )
        ]
        indexes = [
            models.Index(
                fields=["reviewer", "due_at"],
                condition=Q(ended_at__isnull=True, finished_at__isnull=True),
                name="assignment_to_read",
            ),
        ]
