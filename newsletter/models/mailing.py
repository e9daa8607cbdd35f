"""A mailing: one letter to everybody who wants its topic, written into the outbox piece by piece."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.texts import FALLBACK


class MailingQuerySet(models.QuerySet["Mailing"]):
    def under_way(self) -> Self:
        return self.filter(ended_at=None)


class Mailing(models.Model):
    """What is told to readers of some topics; the row is the promise, and ``last`` how far it has been kept.

    The letter to one address has the key ``<key>:<address>``, so that nobody gets it twice, whoever writes it.
    ``contexts`` hold what the template is told, for each language that there is, as it was when the mailing began.
    ``last`` is the subscription up to which letters stand in the outbox.
    """

    key = models.CharField(_("key"), max_length=80, unique=True)
    topics = models.JSONField(_("topics"))
    template = models.CharField(_("template"), max_length=100)
    contexts = models.JSONField()
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    begun_at = models.DateTimeField(_("begun"))
    expires_at = models.DateTimeField(_("of no use after"), null=True, blank=True)
    last = models.PositiveBigIntegerField(default=0)
    written = models.PositiveIntegerField(_("letters"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        indexes = [
            models.Index(fields=["ended_at", "id"], name="mailing_under_way"),
            models.Index(fields=["subject_kind", "subject_id"], name="mailing_subject"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def subject(self) -> tuple[str, str]:
        return self.subject_kind, self.subject_id

    def is_of_use(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at

    def spoken_to(self, language: str) -> str:
        """The language in which a reader of ``language`` gets it: theirs, else English, else what there is."""
        wanted = (language, language.split("-")[0], FALLBACK)
        return next((each for each in wanted if each in self.contexts), next(iter(self.contexts)))
