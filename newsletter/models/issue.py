"""An issue: what staff write to everybody who wants a topic, in blocks and in several languages."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from newsletter.models.subscription import Topic
from people.texts import FALLBACK, TranslatedField, in_language

#: The zone in which staff say when an issue leaves.
ZONE = ZoneInfo("Europe/Paris")


class IssueQuerySet(models.QuerySet["Issue"]):
    def due(self, at: datetime) -> Self:
        return self.filter(state=Issue.State.SCHEDULED, due_at__lte=at)

    def public(self) -> Self:
        """What stands on the page of the news, the newest first."""
        return self.filter(state__in=(Issue.State.SENDING, Issue.State.SENT)).order_by("-begun_at", "-pk")


class Issue(models.Model):
    """One issue. ``due_at`` (UTC) is when it leaves; ``version`` grows with each saving of it or of its blocks."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")

    title = TranslatedField(
        _("title"), rows=1, help_text=_("The subject of the letter, and the title of its page.")
    )
    opening = TranslatedField(
        _("opening"), rows=3, blank=True, help_text=_("One or two sentences that come before all else.")
    )
    topics = models.JSONField(_("goes to readers of"), default=list)
    slug = models.SlugField(_("address of its page"), max_length=80, unique=True, null=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    made_at = models.DateTimeField(_("begun"), editable=False)
    due_at = models.DateTimeField(_("leaves"), null=True, editable=False)
    begun_at = models.DateTimeField(_("sending began"), null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)

    objects = IssueQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["-pk"]
        permissions = [("send_issue", _("Can send an issue to its readers, and call it back"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(due_at__isnull=False, slug__isnull=False),
                name="an_issue_that_leaves_says_when",
            )
        ]

    def __str__(self) -> str:
        return in_language(self.title) or f"{self._meta.verbose_name} {self.pk}"

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def opening_text(self) -> str:
        return in_language(self.opening)

    @property
    def languages(self) -> list[str]:
        """The languages of the portal in which it has a title; letters in others go out in English."""
        return [code for code, _name in settings.LANGUAGES if self.title.get(code)]

    @property
    def is_editable(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_public(self) -> bool:
        return self.state in (self.State.SENDING, self.State.SENT)

    def language_for(self, language: str) -> str:
        """The language in which a reader of ``language`` finds it."""
        found = self.languages or [FALLBACK]
        return next((each for each in (language, FALLBACK) if each in found), found[0])

    def topic_words(self) -> list[str]:
        return [str(Topic(topic).label) for topic in Topic.values if topic in self.topics]

    def parts(self, language: str) -> list[dict[str, Any]]:
        """What its blocks say in one language, in order, as plain values. One statement."""
        return [block.said(language) for block in self.blocks.select_related("picture")]


class Picture(models.Model):
    """A picture as it was made anew, without what the camera knows. Its name is drawn by lot and is all its key."""

    name = models.CharField(max_length=40, unique=True)
    file = models.FileField(upload_to="news/%Y/%m", max_length=200)
    kind = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def new_name(ending: str) -> str:
        return f"{secrets.token_urlsafe(16)}.{ending}"

    @property
    def path(self) -> str:
        return reverse("news_picture", args=[self.name])


class Block(models.Model):
    """One block of an issue. Which of its texts it uses depends on its kind."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        PICTURE = "picture", _("picture")
        QUOTATION = "quotation", _("quotation")
        LINK = "link", _("link with title and text")
        BUTTON = "button", _("button")

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="blocks")
    position = models.PositiveSmallIntegerField(_("place"), default=10)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TEXT)
    title = TranslatedField(
        _("title"),
        rows=1,
        blank=True,
        help_text=_("Of a text, if it has one; of a link; what a button says."),
    )
    words = TranslatedField(
        _("text"), rows=4, blank=True, help_text=_("Plain text; an empty line begins a new paragraph.")
    )
    source = TranslatedField(
        _("whose words, or caption"), rows=1, blank=True, help_text=_("Of a quotation or a picture.")
    )
    alt = TranslatedField(
        _("alternative text"),
        rows=1,
        blank=True,
        help_text=_("What a picture shows, for those who do not see it."),
    )
    url = models.URLField(_("web address"), max_length=500, blank=True, help_text=_("Of a link or button."))
    picture = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="blocks",
        verbose_name=_("picture"),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return in_language(self.title) or str(self.get_kind_display())

    def said(self, language: str) -> dict[str, Any]:
        """What this block says in one language (or in the one that there is), as plain values."""
        texts = {
            name: in_language(getattr(self, name), language) for name in ("title", "words", "source", "alt")
        }
        paragraphs = [each.strip() for each in texts.pop("words").split("\n\n") if each.strip()]
        said: dict[str, Any] = {"kind": self.kind, **texts, "paragraphs": paragraphs, "url": self.url}
        if self.kind == self.Kind.PICTURE and self.picture:
            said |= {"path": self.picture.path, "width": self.picture.width, "height": self.picture.height}
        return said
