"""Reports, digital stories and dialogues: one row each while they are written, and versions that nothing changes."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from outputs.blocks import said_in


def calendar_id() -> str:
    """The one identity of a dialogue in people's calendars, for ever."""
    return secrets.token_hex(16)


class OutputQuerySet(models.QuerySet["Output"]):
    def on_show(self) -> Self:
        """What can be read, newest first."""
        return self.filter(state=Output.State.PUBLISHED).order_by("-published_at", "-pk")

    def with_a_page(self) -> Self:
        """What has an address: what is on show, and what was withdrawn, whose page says so."""
        return self.exclude(state=Output.State.DRAFT)

    def due(self, at: datetime) -> Self:
        return self.filter(publish_at__lte=at).order_by("publish_at", "pk")

    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)


class Output(models.Model):
    """One report, story or dialogue. One table, because writing, publishing and citing are the same for all three.

    ``draft`` is what staff write, by the keys of ``outputs.blocks``; ``draft_number`` counts its saves. What the world
    reads is ``version``, whose content never changes; ``title`` to ``ends_at`` are copied from it for lists.
    ``publish_at`` is an instant at which the draft of number ``scheduled_number`` goes out by itself.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        STORY = "story", _("Digital story")
        DIALOGUE = "dialogue", _("Dialogue")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("output", "Draft")
        PUBLISHED = "published", pgettext_lazy("output", "Published")
        WITHDRAWN = "withdrawn", pgettext_lazy("output", "Withdrawn")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    slug = models.SlugField(_("address"), max_length=90)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    draft = models.JSONField(default=dict)
    draft_number = models.PositiveIntegerField(default=1)
    begun_at = models.DateTimeField(_("begun at"))
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    version = models.ForeignKey(
        "outputs.Version",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version"),
    )
    publish_at = models.DateTimeField(_("goes out at"), null=True, blank=True)
    scheduled_number = models.PositiveIntegerField(null=True)
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    scheduled_note = models.TextField(blank=True)
    trouble = models.TextField(_("why it did not go out"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    renewed_at = models.DateTimeField(_("latest version at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_because = models.TextField(_("why it was withdrawn"), blank=True)
    uid = models.CharField(max_length=32, unique=True, default=calendar_id, editable=False)

    title = models.JSONField(_("title"), default=dict)
    short = models.JSONField(_("in short"), default=dict)
    language = models.CharField(_("language"), max_length=12, default="en")
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)

    objects = OutputQuerySet.as_manager()

    class Meta:
        verbose_name = _("output")
        verbose_name_plural = _("outputs")
        ordering = ["-changed_at", "-pk"]
        permissions = [("publish_output", "Can publish, schedule and withdraw")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="one_output_per_address"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(version__isnull=False, published_at__isnull=False),
                name="output_that_is_no_draft_has_a_version",
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=True) | Q(scheduled_number__isnull=False),
                name="output_scheduled_says_which_draft",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "-published_at", "-id"], name="output_newest"),
            models.Index(fields=["-changed_at", "-id"], name="output_changed"),
            models.Index(
                fields=["publish_at"], name="output_scheduled", condition=Q(publish_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title_text or self.slug

    @property
    def title_text(self) -> str:
        """Of the version that is shown; of one that was never published the working title."""
        title = self.title or self.draft.get("title")
        return said_in(title, get_language() or "en", self.language)[0]

    @property
    def short_text(self) -> str:
        return said_in(self.short, get_language() or "en", self.language)[0]

    @property
    def spoken(self) -> str:
        """The language in which title and short text are told to whoever reads now."""
        return said_in(self.title or self.draft.get("title"), get_language() or "en", self.language)[1]

    @property
    def page(self) -> str:
        return reverse(f"outputs:{self.kind}", args=[self.slug])

    def page_of(self, number: int) -> str:
        """The permanent address of one version."""
        return reverse(f"outputs:{self.kind}_version", args=[self.slug, number])

    @property
    def is_on_show(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_scheduled(self) -> bool:
        return self.publish_at is not None


class Version(models.Model):
    """One numbered version of an output: 1, 2, 3 … Rows are only ever added; the database refuses changes.

    ``content`` is canonical JSON: what was written, with ``cited`` (what each citation said that day) and the numbers
    of its figures, which stay as they were. ``note`` says to readers what is different from the version before.
    """

    output = models.ForeignKey(
        Output, on_delete=models.PROTECT, related_name="versions", verbose_name=_("output")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    note = models.TextField(_("what is different"), blank=True)
    content = models.TextField(_("content"))
    digest = models.CharField(_("digest (SHA-256)"), max_length=64)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["output", "number"]
        constraints = [models.UniqueConstraint(fields=["output", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.output_id} ({self.number})"

    def save(self, *args, **kwargs) -> None:
        if self.pk:
            raise TypeError("A version is written once.")
        super().save(*args, **kwargs)

    @property
    def said(self) -> dict:
        return json.loads(self.content)
