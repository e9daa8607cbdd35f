"""A series of workshops that share their content, and each of its sessions."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from people.models import valid_zone
from people.texts import TranslatedField, in_language, lines_in_language

#: Whoever is next gets a seat at once until this long before the start; then it is offered, with a time to answer.
OFFERS_FROM = timedelta(hours=24)
#: Whoever registers late gets at least this long to confirm their address.
SHORTEST_CONFIRM = timedelta(hours=1)
#: Where silence costs the seat, whoever was asked whether they come has at least this long to answer.
TIME_TO_ANSWER = timedelta(hours=12)
#: Access needs are deleted this long after the end.
NEEDS_KEPT = timedelta(days=14)


def calendar_id() -> str:
    """The one identity of a session in people's calendars, for ever."""
    return secrets.token_hex(16)


class SeriesQuerySet(models.QuerySet["Series"]):
    def current(self) -> Series | None:
        """The series that the public pages speak of: the last one announced."""
        return self.filter(listed=True).order_by("-year").first()


class Series(models.Model):
    """Sessions that share their content: whoever has a seat in one does not need one in another."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    title = TranslatedField(_("title"), rows=1)
    introduction = TranslatedField(_("introduction"), rows=4)
    one_seat_each = models.BooleanField(
        _("one seat for each person"), default=True, help_text=_("The sessions share their content.")
    )
    contact_email = models.EmailField(_("contact"))
    listed = models.BooleanField(_("shown to the public"), default=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["-year"]

    def __str__(self) -> str:
        return in_language(self.title)

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def introduction_text(self) -> str:
        return in_language(self.introduction)


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def announced(self) -> Self:
        return self.exclude(status=Workshop.Status.HIDDEN)

    def to_come(self, at: datetime) -> Self:
        return self.filter(status=Workshop.Status.OPEN, starts_at__gt=at)

    def without_way_in(self, at: datetime) -> Self:
        """Announced and not over, and nobody has said yet where people meet."""
        return self.filter(status=Workshop.Status.OPEN, ends_at__gt=at, meeting_url="")


class Workshop(models.Model):
    """One session. Instants are UTC; people are told the wall-clock time of ``zone_name`` and their own.

    ``schedule`` counts the times it was moved (a moved workshop re-arms its reminders), ``sequence`` every
    change that calendars have to hear of.
    """

    class Status(models.TextChoices):
        HIDDEN = "hidden", _("Not announced yet")
        OPEN = "open", _("Announced")
        CANCELLED = "cancelled", _("Cancelled")

    class OpenTo(models.TextChoices):
        ANYBODY = "anybody", _("Everybody")
        ORGANISATIONS = "organisations", _("People with an address at the organisations named below")
        OFFICE = "office", _("Only people whom the office registers")

    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, related_name="workshops", verbose_name=_("series")
    )
    slug = models.SlugField(_("address"), unique=True)
    title = TranslatedField(_("title"), rows=1)
    promise = TranslatedField(_("what people take away"), rows=3)
    agenda = TranslatedField(_("agenda"), rows=6, blank=True, help_text=_("One part a line."))
    audience = TranslatedField(_("for whom"), rows=2, blank=True)
    language = models.CharField(_("language spoken"), max_length=60, default="English")
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    zone_name = models.CharField(
        _("time zone"), max_length=64, default="Europe/Paris", validators=[valid_zone]
    )
    capacity = models.PositiveIntegerField(_("seats"), default=60)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    open_to = models.CharField(_("who may register"), max_length=15, choices=OpenTo, default=OpenTo.ANYBODY)
    domains = models.TextField(
        _("organisations"),
        blank=True,
        help_text=_(
            "What their e-mail addresses end in, one a line: oecd.org, gov.uk. Whatever ends in it counts too."
        ),
    )
    meeting_url = models.URLField(
        _("address of the meeting"),
        blank=True,
        max_length=500,
        help_text=_("Never shown; people are sent on to it."),
    )
    phone = models.TextField(_("by phone"), blank=True, help_text=_("Numbers and codes, shown on the day."))
    access = TranslatedField(
        _("access"), rows=3, blank=True, help_text=_("Captions, interpreters, documents before.")
    )
    opens_minutes = models.PositiveSmallIntegerField(_("way in opens, minutes before"), default=15)
    confirm_hours = models.PositiveSmallIntegerField(
        _("hours to confirm the address"),
        default=48,
        help_text=_("An address that does not answer gives its seat back."),
    )
    silence_costs_seat = models.BooleanField(
        _("no answer 48 h before gives the seat back"), default=False, help_text=_("Said at registration.")
    )
    uid = models.CharField(max_length=32, unique=True, default=calendar_id, editable=False)
    schedule = models.PositiveIntegerField(default=1, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    groups_published = models.BooleanField(_("groups shown to registrants"), default=False)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="workshop_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"{in_language(self.title)} ({self.slug})"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def promise_text(self) -> str:
        return in_language(self.promise)

    @property
    def audience_text(self) -> str:
        return in_language(self.audience)

    @property
    def access_text(self) -> str:
        return in_language(self.access)

    @property
    def agenda_lines(self) -> list[str]:
        return lines_in_language(self.agenda)

    @property
    def agenda_parts(self) -> list[tuple[str, str]]:
        """Each part with what is said of it after a colon: («Pain points», «What makes it hard»)."""
        parts = [line.partition(": ") for line in self.agenda_lines]
        return [(name.strip(), capfirst(words.strip())) for name, _colon, words in parts]

    @property
    def opens_at(self) -> datetime:
        """From this instant each person's own link leads into the meeting."""
        return self.starts_at - timedelta(minutes=self.opens_minutes)

    def lacks_way_in(self, at: datetime) -> bool:
        """As ``without_way_in`` asks of many."""
        return self.takes_people(at) and not self.meeting_url

    def takes_people(self, at: datetime) -> bool:
        """Whether somebody may still register: until the end, as long as it is announced."""
        return self.status == self.Status.OPEN and not self.is_over(at)

    def is_over(self, at: datetime) -> bool:
        return self.ends_at <= at

    def confirm_by(self, since: datetime) -> datetime:
        """Until when somebody seated at ``since`` has to confirm their address: the hours that staff chose; near the
        start half of what is left, but never less than an hour."""
        patience = min(timedelta(hours=self.confirm_hours), (self.starts_at - since) / 2)
        return since + max(patience, SHORTEST_CONFIRM)

    def answer_by(self, asked: datetime) -> datetime:
        """Until when somebody who was asked at ``asked`` whether they come has to say so, where silence costs the seat."""
        return max(self.gives_until, asked + TIME_TO_ANSWER)

    @property
    def domain_list(self) -> list[str]:
        return self.domains.split()

    def admits(self, email: str) -> bool:
        """Whether somebody with this address may register by themselves; the office may register anybody."""
        if self.open_to == self.OpenTo.ORGANISATIONS:
            host = email.rpartition("@")[2].lower()
            return any(host == domain or host.endswith(f".{domain}") for domain in self.domain_list)
        return self.open_to == self.OpenTo.ANYBODY

    @property
    def gives_until(self) -> datetime:
        """Until this instant a seat that comes free goes to the next in line without asking."""
        return self.starts_at - OFFERS_FROM

    def gives_at_once(self, at: datetime) -> bool:
        """Whether a seat that comes free goes to the next in line without asking."""
        return self.status == self.Status.OPEN and at < self.gives_until

    def offers(self, at: datetime) -> bool:
        """Whether a seat that comes free is offered, with a time to answer."""
        return self.status == self.Status.OPEN and self.gives_until <= at < self.starts_at


class Group(models.Model):
    """A breakout group of one workshop."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["workshop", "number"]
        constraints = [models.UniqueConstraint(fields=["workshop", "number"], name="one_group_per_number")]

    def __str__(self) -> str:
        return self.name or str(_("Group %(n)s") % {"n": self.number})
