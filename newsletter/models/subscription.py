"""A subscription, and the record of what its reader agreed to and withdrew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from people.models import Address

#: Whoever asked and did not confirm is forgotten after this long.
CONFIRM_WITHIN = timedelta(days=30)


class Topic(models.TextChoices):
    EVENTS = "events", _("Workshops, dialogues and other events")
    REPORTS = "reports", _("Reports, stories and new cases")
    CALL = "call", _("The call opens, or its deadline is extended")


def wants_any(topics: Iterable[str]) -> Q:
    """For querysets: who wants one of these topics, which may have been stored by anybody: others are passed over."""
    wanted = Q(pk__in=[])
    for topic in topics:
        if topic in Topic.values:
            wanted |= Q(**{f"wants_{topic}": True})
    return wanted


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def confirmed(self) -> Self:
        return self.filter(state=Subscription.State.CONFIRMED)

    def readers(self, topics: Iterable[str]) -> Self:
        """Who gets a letter about one of these topics: confirmed, and with an address that takes letters."""
        return self.confirmed().filter(wants_any(topics), address__suppressed_at=None)

    def by_language_and_topic(self) -> list[dict]:
        """{"language", "n", "events", "reports", "call"} for each language. One statement at any number of rows."""
        each = {topic: Count("pk", filter=Q(**{f"wants_{topic}": True})) for topic in Topic.values}
        return list(self.order_by("language").values("language").annotate(n=Count("pk"), **each))


class Subscription(models.Model):
    """One mailbox and the topics it wants.

    ``asked``: somebody typed the address; ``confirmed``: whoever reads its mail said yes; ``left``: they said no,
    and nothing is kept but what proves it. ``generation`` numbers the links to the preferences; leaving raises it.
    ``language`` is that of the news, which need not be that of other letters.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for, not confirmed")
        CONFIRMED = "confirmed", _("gets news")
        LEFT = "left", _("has left")

    address = models.OneToOneField(
        Address, on_delete=models.PROTECT, related_name="subscription", verbose_name=_("address")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    language = models.CharField(_("language"), max_length=12)
    wants_events = models.BooleanField(_("events"), default=False)
    wants_reports = models.BooleanField(_("reports"), default=False)
    wants_call = models.BooleanField(_("the call"), default=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    asked_at = models.DateTimeField(_("asked"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "id"], name="subscription_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="left") | Q(wants_events=True) | Q(wants_reports=True) | Q(wants_call=True),
                name="a_subscription_has_a_topic",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="a_confirmed_subscription_says_when",
            ),
        ]

    def __str__(self) -> str:
        return str(self.address)

    @property
    def topics(self) -> list[str]:
        return [topic for topic in Topic.values if getattr(self, f"wants_{topic}")]

    @topics.setter
    def topics(self, wanted: Iterable[str]) -> None:
        for topic in Topic.values:
            setattr(self, f"wants_{topic}", topic in wanted)

    @property
    def is_confirmed(self) -> bool:
        return self.state == self.State.CONFIRMED


class Record(models.Model):
    """One line of what was asked, agreed to or withdrawn: with which words, in which language, when and where.

    Lines are only added, never changed; they go with their subscription.
    """

    class What(models.TextChoices):
        ASKED = "asked", _("asked for")
        CONFIRMED = "confirmed", _("confirmed from the mailbox")
        CHANGED = "changed", _("changed")
        LEFT = "left", _("left")

    class Where(models.TextChoices):
        PAGE = "page", _("the page of the news")
        WORKSHOP = "workshop", _("the registration for a workshop")
        PHONE = "phone", _("by telephone, noted by staff")
        LETTER = "letter", _("a link in a letter")
        PREFERENCES = "preferences", _("the preferences")

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="records")
    what = models.CharField(_("what"), max_length=10, choices=What)
    at = models.DateTimeField(_("at"))
    wording = models.CharField(_("wording"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    where = models.CharField(_("where"), max_length=12, choices=Where)

    class Meta:
        verbose_name = _("line of the record")
        verbose_name_plural = _("the record")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs) -> None:
        if self.pk:
            raise TypeError("A line of the record is written once.")
        super().save(*args, **kwargs)

    def still_asks(self, at: datetime) -> bool:
        """Whether this asking can still be confirmed: it is fresh, and nothing was said since that ends it."""
        left_at = self.subscription.left_at
        fresh = self.what == self.What.ASKED and at < self.at + CONFIRM_WITHIN
        return fresh and (left_at is None or self.at > left_at)
