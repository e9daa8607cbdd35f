"""What a version cites: one row for each case, workshop result or other output, with the version that was cited."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Edition
from outputs.models.output import Version
from workshops.models import Result


class Citation(models.Model):
    """``key`` is how the text names what it cites («case:shared-river»), ``anchor`` where on the page it first does.

    ``number`` is the edition or version that was cited, so that readers see when there is a newer one.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="citations")
    key = models.CharField(max_length=200)
    anchor = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField(_("version cited"))
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="citations")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, null=True, related_name="citations")
    cited = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="cited_in")

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_citation_per_key"),
            models.CheckConstraint(
                condition=Q(edition__isnull=False, result__isnull=True, cited__isnull=True)
                | Q(edition__isnull=True, result__isnull=False, cited__isnull=True)
                | Q(edition__isnull=True, result__isnull=True, cited__isnull=False),
                name="citation_cites_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.key}"
