"""The round: how the cases of one call are reviewed, and the rubric by which they are scored."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cases.models import Call
from people.texts import TranslatedField, in_language

#: Every criterion is scored with one of these points, each described by its anchor.
POINTS = (0, 1, 2, 3, 4)
HIGHEST = POINTS[-1]


class RoundQuerySet(models.QuerySet["Round"]):
    def locked(self) -> Self:
        """One at a time. Whoever holds a dossier of the round need not wait: PostgreSQL looks once more, before it
        commits, whether the round that a changed dossier names is there, and that would be waiting for us."""
        return self.select_for_update(of=("self",), no_key=True)

    def newest(self) -> Round | None:
        """That of the latest call in review, with its call."""
        return self.select_related("call").defer("figures").order_by("-call__year").first()


class Round(models.Model):
    """The review of one call. Its row is the lock under which the rubric is edited, begun, and decisions released.

    ``begun_at`` is set by the first score that anybody saves; from then on the rubric stays as it is.
    ``figures`` are the statistics as they were counted at ``counted_at``. ``discuss_from`` is on the scale of 0 to 4.
    ``waits`` says how long authors waited for each step (see ``durations.py``).
    """

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="round", verbose_name=_("call"))
    readers_per_case = models.PositiveSmallIntegerField(
        _("reviewers for each case"), default=2, validators=[MinValueValidator(1), MaxValueValidator(6)]
    )
    days_to_read = models.PositiveSmallIntegerField(
        _("days to read a case"), default=14, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    discuss_from = models.DecimalField(
        _("discuss from this spread on"),
        max_digits=3,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST)],
        help_text=_("Cases whose highest and lowest score differ by so much, on the scale of 0 to 4."),
    )
    blind = models.BooleanField(
        _("blind review"),
        default=False,
        help_text=_("Reviewers see no organisation, no names of people, no addresses and no websites."),
    )
    promised_at = models.DateTimeField(
        _("promised to authors"),
        null=True,
        blank=True,
        help_text=_("By when every author has our decision. Shown on their pages."),
    )
    begun_at = models.DateTimeField(_("first score at"), null=True, blank=True, editable=False)
    figures = models.JSONField(default=dict, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, editable=False)
    waits = models.JSONField(default=dict, editable=False)

    history = HistoricalRecords(excluded_fields=["figures", "counted_at", "waits"])
    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["-call__year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(readers_per_case__gte=1), name="round_has_a_reader_for_each_case"
            )
        ]

    def __str__(self) -> str:
        return str(_("Review of %(call)s") % {"call": self.call})

    @property
    def time_to_read(self) -> timedelta:
        return timedelta(days=self.days_to_read)

    @property
    def rubric_is_open(self) -> bool:
        return self.begun_at is None


class Criterion(models.Model):
    """One line of the rubric: a question, a weight, and a description of every point that can be given.

    ``key`` is stable and stands in scores and exports.
    """

    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("round")
    )
    key = models.SlugField(_("key"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    title = TranslatedField(_("title"), rows=1)
    question = TranslatedField(_("question"), rows=2)
    anchor_0 = TranslatedField(_("0 points mean"), rows=2)
    anchor_1 = TranslatedField(_("1 point means"), rows=2)
    anchor_2 = TranslatedField(_("2 points mean"), rows=2)
    anchor_3 = TranslatedField(_("3 points mean"), rows=2)
    anchor_4 = TranslatedField(_("4 points mean"), rows=2)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["round", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "key"], name="one_criterion_per_key"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="criterion_has_a_weight"),
        ]

    def __str__(self) -> str:
        return in_language(self.title) or self.key

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def question_text(self) -> str:
        return in_language(self.question)

    @property
    def anchors(self) -> list[tuple[int, str]]:
        """Every point with what it means, in the active language."""
        return [(points, in_language(getattr(self, f"anchor_{points}"))) for points in POINTS]
