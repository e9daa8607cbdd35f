"""Pictures of outputs, made anew without metadata; and versions on paper, kept once they were asked for."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from outputs.models.output import Output, Version


def random_code() -> str:
    return secrets.token_urlsafe(16)


class Picture(models.Model):
    """One picture as WebP in two widths. Its words stand in the blocks that show it.

    It is public from ``published_at`` on, when a version first shows it; until then staff alone see it.
    """

    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="pictures")
    code = models.CharField(max_length=32, unique=True, default=random_code, editable=False)
    large = models.FileField(_("file"), max_length=200)
    small = models.FileField(_("file for small screens"), max_length=200)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_at = models.DateTimeField(_("added at"))
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["output", "sha256"], name="one_picture_of_a_kind_in_an_output")
        ]

    def __str__(self) -> str:
        return self.code


class Printed(models.Model):
    """A version as PDF in one language, made when it was first asked for."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="printed")
    language = models.CharField(max_length=12)
    file = models.FileField(_("file"), max_length=200)
    size = models.PositiveIntegerField(_("size in bytes"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("version on paper")
        verbose_name_plural = _("versions on paper")
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="one_paper_per_language")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.language}"
