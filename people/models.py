"""Who we write to, who works here, and what was agreed and done: rows that know nobody else's room."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def normal(email: str) -> str:
    """One spelling per mailbox: trimmed and in lower case."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        user = self.model(email=normal(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=normal(email or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works in the office (the admin). The public has no users."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("may enter the office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = normal(self.email)

    def get_short_name(self) -> str:
        return self.name or self.email


class AddressQuerySet(models.QuerySet["Address"]):
    def known(self, email: str, *, at: datetime, language: str = "en", time_zone: str = "") -> Address:
        """The row of this mailbox, made if need be; safe when two requests make it at once.

        Somebody who was invited first, and so came without a time zone, has one from when their browser tells it.
        """
        defaults = {"language": language, "time_zone": time_zone, "created_at": at}
        address, _made = self.get_or_create(email=normal(email), defaults=defaults)
        if time_zone and not address.time_zone:
            address.time_zone = time_zone
            address.save(update_fields=["time_zone"])
        return address

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def let_go(self, pk: int) -> None:
        """Part with an address and the letters to it, unless somebody else needs it: another room, what it agreed to,
        or its own wish that nobody writes to it."""
        if Consent.objects.filter(address=pk).exists():
            return
        try:
            with transaction.atomic():
                self.filter(pk=pk, suppressed_at=None).delete()
        except models.ProtectedError:
            return

    def nobody(self, *, at: datetime) -> Address:
        """A new row that stands for somebody who was erased: no letter ever goes to it."""
        return self.create(email=f"{uuid4().hex}@erased.invalid", created_at=at, suppressed_at=at)


class Address(models.Model):
    """A mailbox that letters go to. ``generation`` numbers its «my page» links: raising it ends them all."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    confirmed_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    suppressed_at = models.DateTimeField(_("no letters since"), null=True, blank=True)
    stopped_kinds = models.JSONField(_("letters stopped"), default=list, blank=True)
    generation = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("known since"))

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self) -> str:
        return self.email

    @property
    def mailbox(self) -> str:
        """Where mail to this address ends up, as far as it can be told: «ana+seat@…» is read by «ana@…»."""
        name, _at, host = self.email.rpartition("@")
        return f"{name.partition('+')[0]}@{host}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo | None:
        return zone_named(self.time_zone)

    def wants(self, kind: str) -> bool:
        return kind not in self.stopped_kinds

    def confirm(self, at: datetime) -> None:
        """Note that somebody answered from this mailbox. Harmless when repeated."""
        if self.confirmed_at is None:
            Address.objects.filter(pk=self.pk, confirmed_at__isnull=True).update(confirmed_at=at)
            self.confirmed_at = at

    @property
    def masked(self) -> str:
        """«m…@example.org»: enough to know one's own address by."""
        name, _at, host = self.email.partition("@")
        return f"{name[:1]}…@{host}"

    @transaction.atomic
    def start(self, kind: str) -> None:
        """Letters of this kind again. Harmless when repeated."""
        self.stopped_kinds = Address.objects.select_for_update().get(pk=self.pk).stopped_kinds
        if not self.wants(kind):
            self.stopped_kinds = [other for other in self.stopped_kinds if other != kind]
            self.save(update_fields=["stopped_kinds"])

    @transaction.atomic
    def stop(self, kind: str) -> None:
        """No more letters of this kind. Harmless when repeated, and when two kinds are stopped at once."""
        self.stopped_kinds = Address.objects.select_for_update().get(pk=self.pk).stopped_kinds
        if self.wants(kind):
            self.stopped_kinds = [*self.stopped_kinds, kind]
            self.save(update_fields=["stopped_kinds"])


def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """The IANA zone of this name, or None for anything else that a browser or a person may send.

    «right/…» and «posix/…» lie beside the zones on many machines: the first is half a minute off.
    """
    if name.startswith(("right/", "posix/")):
        return None
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def valid_zone(name: str) -> None:
    """Refuse what is no IANA zone, such as an abbreviation, which is right for half of the year only."""
    if zone_named(name) is None:
        raise ValidationError(
            _("Enter an IANA time zone such as Europe/Paris, not an abbreviation such as CET.")
        )


class Allowance(models.Model):
    """How often somebody did something in one stretch of time: the limits are rows, not a cache."""

    kind = models.CharField(max_length=40)
    who = models.CharField(max_length=64)
    since = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "who", "since"], name="one_allowance_per_stretch")
        ]
        indexes = [models.Index(fields=["since"], name="allowance_since")]


class Consent(models.Model):
    """What somebody agreed to: which wording, in which language, when, and about what (a plain kind and id)."""

    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=40)
    wording = models.CharField(max_length=40, help_text=_("version of the words that were shown"))
    language = models.CharField(max_length=12)
    given_at = models.DateTimeField()
    about_kind = models.CharField(max_length=40)
    about_id = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["about_kind", "about_id"], name="consent_about")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.wording})"


class Event(models.Model):
    """What was done, by whom and why. Rows are only ever added; personal values stand apart in EventWords."""

    class Actor(models.TextChoices):
        STAFF = "staff", _("staff")
        AUTHOR = "author", _("author or colleague")
        PORTAL = "portal", _("the portal itself")

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.CharField(_("by"), max_length=10, choices=Actor)
    actor_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(_("what"), max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    reason = models.TextField(_("why"), blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["object_kind", "object_id", "at"], name="event_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"

    def save(self, *args, **kwargs) -> None:
        if self.pk:
            raise TypeError("An event is written once.")
        super().save(*args, **kwargs)


class EventWords(models.Model):
    """The personal values of an event, erasable without touching the event."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="words")
    values = models.JSONField(default=dict)
