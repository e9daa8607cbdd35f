"""What came of a session, in words of staff: public, and cited by what is written later."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.texts import TranslatedField, in_language
from workshops.models.workshop import Workshop


class Result(models.Model):
    """One result of a session. ``number`` is its place on the page, for ever; ``edition`` counts its wordings, so that
    whoever cited one can be told that there is a newer one."""

    workshop = models.ForeignKey(
        Workshop, on_delete=models.PROTECT, related_name="results", verbose_name=_("workshop")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = TranslatedField(_("title"), rows=1)
    words = TranslatedField(_("what came of it"), rows=5)
    edition = models.PositiveSmallIntegerField(default=1)
    said_at = models.DateTimeField(_("recorded at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["workshop", "number"]
        constraints = [models.UniqueConstraint(fields=["workshop", "number"], name="one_result_per_number")]

    def __str__(self) -> str:
        return in_language(self.title)

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def words_text(self) -> str:
        return in_language(self.words)

    @property
    def anchor(self) -> str:
        return f"result-{self.number}"
