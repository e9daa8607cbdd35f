"""What was handed in: written once, never changed; and what the office searches it by."""

from __future__ import annotations

import hashlib
import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.call import Call
from cases.models.case import Case, Colleague
from people.codes import receipt_code


def canonical(answers: dict) -> str:
    """One spelling of the same answers: sorted keys, no spaces, real letters. The digest is taken over this."""
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class Submission(models.Model):
    """One handing-in of a case: number 1, 2, 3 … each with its receipt. Rows are only ever added.

    ``content`` is canonical JSON: ``answers`` by question key, and ``files`` with name, size and SHA-256.
    ``arrived_at`` is the instant (UTC) at which the request arrived.
    """

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="submissions", verbose_name=_("case")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    arrived_at = models.DateTimeField(_("arrived at"))
    language = models.CharField(_("language"), max_length=12)
    form_version = models.CharField(_("version of the form"), max_length=20)
    title = models.CharField(_("title"), max_length=300)
    organisation = models.CharField(_("organisation"), max_length=300, blank=True)
    border_kind = models.CharField(_("kind of border"), max_length=40)
    in_time = models.CharField(_("in time"), max_length=10, default="open")
    content = models.TextField(_("content"))
    digest = models.CharField(_("digest (SHA-256)"), max_length=64)
    code = models.CharField(_("receipt code"), max_length=40, unique=True, default=receipt_code)
    by = models.ForeignKey(
        Colleague, on_delete=models.PROTECT, related_name="+", verbose_name=_("handed in by")
    )

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["case", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="one_submission_per_number")]

    def __str__(self) -> str:
        return f"{self.case.reference} ({self.number})"

    def save(self, *args, **kwargs) -> None:
        if self.pk:
            raise TypeError("A submission is written once.")
        super().save(*args, **kwargs)

    @property
    def answers(self) -> dict:
        return json.loads(self.content)["answers"]

    @property
    def files(self) -> list[dict]:
        return json.loads(self.content)["files"]

    @property
    def is_intact(self) -> bool:
        """Whether the stored text still has the digest that the receipt shows."""
        return digest_of(self.content) == self.digest


class Jurisdiction(models.Model):
    """One of the places whose governments act together, as handed in. The contact address stays in the answers."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="jurisdictions")
    position = models.PositiveSmallIntegerField()
    country = models.CharField(_("country"), max_length=3, help_text=_("ISO 3166-1, EU, or INT"))
    level = models.CharField(_("level"), max_length=20)
    name = models.CharField(_("name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=300, blank=True)
    is_lead = models.BooleanField(_("lead"), default=False)

    class Meta:
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        ordering = ["submission", "position"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "position"], name="one_jurisdiction_per_position"),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(is_lead=True), name="one_lead_per_submission"
            ),
        ]


class Facet(models.Model):
    """One way of narrowing the list of cases, from the latest submission: country, level, sector, stage …"""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value", "case"], name="one_facet_per_value")]


class FormFeedback(models.Model):
    """How easy somebody found the form, 1 to 10, and what was hard. Not tied to the case or the person."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="feedback")
    ease = models.PositiveSmallIntegerField(_("how easy, 1 to 10"), null=True)
    words = models.TextField(_("what was hard"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("feedback on the form")
        verbose_name_plural = _("feedback on the form")
