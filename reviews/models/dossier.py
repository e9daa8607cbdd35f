"""The dossier: what the review knows of one case, and its screening."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from cases.models import Case, Submission
from reviews.models.round import Round


class Answer(models.TextChoices):
    """What is said to one of the four tests, and of all of them together."""

    YES = "yes", pgettext_lazy("answer", "Yes")
    NO = "no", pgettext_lazy("answer", "No")
    UNCLEAR = "unclear", pgettext_lazy("answer", "Unclear")


class DossierQuerySet(models.QuerySet["Dossier"]):
    def locked(self) -> Self:
        """One at a time; rows that only name the dossier need not wait."""
        return self.select_for_update(of=("self",), no_key=True)

    def at_step(self, *steps: str) -> Self:
        return self.filter(step__in=steps)

    def overdue(self, at) -> Self:
        return self.filter(due_at__lt=at)

    def to_discuss(self) -> Self:
        return self.filter(discuss=True)

    def come_back(self) -> Self:
        return self.filter(came_back_at__isnull=False)

    def waiting_for_author(self) -> Self:
        return self.filter(asked_at__isnull=False)

    def likely_duplicates(self) -> Self:
        return self.filter(likely_duplicate=True)

    def not_eligible(self) -> Self:
        """What a computed check speaks against."""
        return self.filter(eligible=False)

    def with_first_look(self) -> Self:
        """``looked_at``: when the screening first came to a verdict. What is put right in it later changes nothing."""
        said = Screening.history.filter(Screening.says_something(), dossier=OuterRef("pk"))  # type: ignore[attr-defined]
        return self.annotate(looked_at=Subquery(said.order_by("at").values("at")[:1]))

    def saying(self, word: str) -> Self:
        """What has this in its reference, its title or the name of its organisation."""
        return self.filter(searched__contains=word.casefold())

    def not_held_by_others(self, user, at) -> Self:
        """What nobody else has taken in hand to screen it."""
        return self.filter(Q(held_until__isnull=True) | Q(held_until__lte=at) | Q(held_by=user))


class Dossier(models.Model):
    """One case in review: exactly one row for each case that was ever handed in.

    It sums up what stands in the other tables, so that lists and counts ask this table alone; ``settling.settle``
    is the only one that writes ``step``, ``verdict``, ``readers``, ``finished`` and ``due_at``. ``submission`` is what
    was handed in last when the review last looked; ``news`` says what has come back since and nobody has looked at:
    ``{"changed": [keys of answers], "answered": [ids of questions]}``. Scores are on the scale of 0 to 4.

    ``checks`` are computed from the submission (see ``screening.checks_of``), and ``eligible`` says whether all of
    them hold. ``searched`` is what a search of the list looks through, without capitals. ``to_compare``: likenesses
    are to be looked for anew. ``held_by`` has opened the case to screen it; until ``held_until`` nobody else is given it.
    """

    class Step(models.TextChoices):
        TO_SCREEN = "to-screen", _("To screen")
        TO_ASSIGN = "to-assign", _("To assign")
        IN_REVIEW = "in-review", _("In review")
        TO_DECIDE = "to-decide", _("To decide")
        TO_RELEASE = "to-release", _("Decided, letter not released")
        DECIDED = "decided", _("Decided")
        OUT = "out", _("Withdrawn")

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="dossier", verbose_name=_("case")
    )
    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="dossiers", verbose_name=_("round")
    )
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="+", verbose_name=_("submission")
    )
    opened_at = models.DateTimeField(_("opened at"))
    step = models.CharField(_("step"), max_length=12, choices=Step, default=Step.TO_SCREEN)
    readers = models.PositiveSmallIntegerField(_("reviewers"), default=0)
    finished = models.PositiveSmallIntegerField(_("reviews finished"), default=0)
    due_at = models.DateTimeField(_("next review due"), null=True, blank=True)
    asked_at = models.DateTimeField(_("author asked at"), null=True, blank=True)
    came_back_at = models.DateTimeField(_("came back at"), null=True, blank=True)
    news = models.JSONField(default=dict, blank=True)
    checks = models.JSONField(default=dict, blank=True)
    eligible = models.BooleanField(_("eligible as computed"), default=True)
    searched = models.TextField(default="", editable=False)
    verdict = models.CharField(_("screening"), max_length=8, choices=Answer, blank=True, default="")
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    held_until = models.DateTimeField(null=True, editable=False)
    likely_duplicate = models.BooleanField(_("likely duplicate"), default=False, editable=False)
    to_compare = models.BooleanField(default=True, editable=False)
    plain_mean = models.DecimalField(_("mean"), max_digits=4, decimal_places=3, null=True, blank=True)
    normalised_mean = models.DecimalField(
        _("normalised mean"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    spread = models.DecimalField(_("spread"), max_digits=4, decimal_places=3, null=True, blank=True)
    discuss = models.BooleanField(_("to discuss"), default=False)
    to_count = models.BooleanField(default=True, editable=False)
    decision = models.ForeignKey(
        "reviews.Decision",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decision"),
    )

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = _("case in review")
        verbose_name_plural = _("cases in review")
        permissions = [
            ("read_dossier", "Can read and score the cases given to them"),
            ("screen_dossier", "Can screen cases"),
            ("assign_dossier", "Can give cases to reviewers"),
            ("ask_author", "Can ask the author a question"),
            ("decide_dossier", "Can decide"),
            ("release_decision", "Can release letters with decisions"),
            ("see_scores", "Can see scores, statistics and ranking"),
            ("export_review", "Can export the review"),
        ]
        indexes = [
            models.Index(fields=["round", "step", "-id"], name="dossier_by_step"),
            models.Index(fields=["step", "-id"], name="dossier_step"),
            models.Index(fields=["verdict", "-id"], name="dossier_by_verdict"),
            models.Index(fields=["-id"], condition=Q(eligible=False), name="dossier_not_eligible"),
            models.Index(fields=["-id"], condition=Q(likely_duplicate=True), name="dossier_likely_duplicate"),
            models.Index(fields=["id"], condition=Q(to_compare=True), name="dossier_to_compare"),
            models.Index(fields=["due_at", "id"], name="dossier_due"),
            models.Index(
                fields=["came_back_at"], condition=Q(came_back_at__isnull=False), name="dossier_came_back"
            ),
            models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False), name="dossier_asked"),
            models.Index(fields=["round"], condition=Q(to_count=True), name="dossier_to_count"),
            models.Index(fields=["round", "-spread"], condition=Q(discuss=True), name="dossier_to_discuss"),
            models.Index(
                F("round"),
                F("plain_mean").desc(),
                F("id"),
                condition=Q(plain_mean__isnull=False),
                name="dossier_by_mean",
            ),
            models.Index(
                F("round"),
                F("normalised_mean").desc(),
                F("id"),
                condition=Q(normalised_mean__isnull=False),
                name="dossier_by_normalised",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.reference} {self.submission.title}"


class Screening(models.Model):
    """The four tests of an innovation, each answered by staff with a note; all are needed."""

    Answer = Answer
    TESTS = ("public_sector", "novel", "implemented", "impact")

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="screening")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    public_sector = models.CharField(_("public sector integral"), max_length=8, choices=Answer, blank=True)
    public_sector_note = models.TextField(_("note"), blank=True)
    novel = models.CharField(_("novel"), max_length=8, choices=Answer, blank=True)
    novel_note = models.TextField(_("note"), blank=True)
    implemented = models.CharField(_("implemented"), max_length=8, choices=Answer, blank=True)
    implemented_note = models.TextField(_("note"), blank=True)
    impact = models.CharField(_("public impact"), max_length=8, choices=Answer, blank=True)
    impact_note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("screening")
        verbose_name_plural = _("screenings")

    def __str__(self) -> str:
        return f"{self.dossier_id}: {self.verdict or '…'}"

    @classmethod
    def name_of(cls, test: str) -> str:
        """What one of the four tests is called, in the active language."""
        return next(str(field.verbose_name) for field in cls._meta.fields if field.name == test)

    @classmethod
    def says_something(cls) -> Q:
        """Rows, of today or of the history, that have a verdict."""
        fails = reduce(or_, (Q(**{test: cls.Answer.NO}) for test in cls.TESTS))
        return fails | ~reduce(or_, (Q(**{test: ""}) for test in cls.TESTS))

    @property
    def answers(self) -> list[str]:
        return [getattr(self, test) for test in self.TESTS]

    @property
    def verdict(self) -> str:
        """«no» if one test fails, «unclear» if one is unclear, «yes» if all hold, "" until all four are answered."""
        if self.Answer.NO in self.answers:
            return self.Answer.NO
        if "" in self.answers:
            return ""
        return self.Answer.UNCLEAR if self.Answer.UNCLEAR in self.answers else self.Answer.YES
