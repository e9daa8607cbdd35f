"""Which cases are like each other, and what is kept to find that out without reading them all again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reviews.models.dossier import Dossier


class Likeness(models.Model):
    """Another case that this one is like, as computed here: 0 to 100 for title, jurisdictions, text, and together.

    ``same_places`` of ``all_places`` jurisdictions of the two stand in both.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+")
    title = models.PositiveSmallIntegerField(_("title"))
    places = models.PositiveSmallIntegerField(_("jurisdictions"))
    text = models.PositiveSmallIntegerField(_("text"))
    score = models.PositiveSmallIntegerField(_("together"))
    same_places = models.PositiveSmallIntegerField(default=0)
    all_places = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("likeness")
        verbose_name_plural = _("likenesses")
        ordering = ["dossier", "-score", "other"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "other"], name="one_likeness_per_pair"),
            models.CheckConstraint(condition=~Q(dossier=F("other")), name="likeness_with_another_case"),
        ]


class Fingerprint(models.Model):
    """What is kept of a case to compare it: some two kilobytes, however long its text.

    ``titles`` are the parts of its titles, ``places`` its jurisdictions, ``sample`` the smallest hashes of its text
    in rising order (see ``reviews.likeness``).
    """

    dossier = models.OneToOneField(Dossier, on_delete=models.CASCADE, related_name="fingerprint")
    titles = models.JSONField(default=list)
    places = models.JSONField(default=list)
    sample = models.JSONField(default=list)


class Shingle(models.Model):
    """One of the few hashes by which a case is found among all: cases that share one are compared."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="shingles")
    value = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["value", "dossier"], name="one_shingle_per_value_and_case")
        ]
