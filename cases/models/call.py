"""The call: an invitation to hand in cases, open from an instant until it closes."""

from __future__ import annotations

import enum
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.db import connections, models
from django.db.models import Case as Choice
from django.db.models import F, Q, When
from django.utils.translation import gettext_lazy as _

from people.models import valid_zone
from people.texts import TranslatedField, in_language, lines_in_language

if TYPE_CHECKING:
    from cases.models.case import Case

#: What somebody writes after the close is still kept for this long (and marked late).
KEPT_LATE = timedelta(days=7)
#: Links to drafts work until this long after the close.
LINKS_LIVE_ON = timedelta(days=30)


class Standing(enum.Enum):
    """How the call stands to one case at one instant; each value is a row of the table in docs/rules.md."""

    BEFORE = "before"  # the call has not opened
    OPEN = "open"
    GRACE = "grace"  # closed, but the draft was begun in time and the grace is not over
    REOPENED = "reopened"  # staff gave this one case until an instant
    KEPT = "kept"  # too late: what is typed is kept, but cannot be handed in
    OVER = "over"  # too late even for keeping: read only

    @property
    def may_hand_in(self) -> bool:
        return self in (Standing.OPEN, Standing.GRACE, Standing.REOPENED)

    @property
    def may_edit(self) -> bool:
        return self in (Standing.OPEN, Standing.GRACE, Standing.REOPENED, Standing.KEPT)


class CallQuerySet(models.QuerySet["Call"]):
    def open(self, at: datetime) -> Self:
        return self.filter(opens_at__lte=at, closes_at__gt=at)

    def current(self, at: datetime) -> Call | None:
        """The call that the public pages speak of: of those listed the one that closes next, else the last that closed.

        So next year's call, announced early or while this year's is extended, hides nothing that is still open.
        """
        to_come = Choice(When(closes_at__gt=at, then=F("closes_at")))
        return self.filter(listed=True).order_by(to_come.asc(nulls_last=True), "-closes_at").first()

    def in_short(self, at: datetime) -> tuple[bool, bool]:
        """Whether there is a current call, and whether it is open: what the navigation of every page asks, without
        fetching the call and all its words."""
        listed = self.filter(listed=True).order_by("closes_at").values_list("opens_at", "closes_at")
        times = list(listed)
        opens_at = next((opens_at for opens_at, closes_at in times if closes_at > at), None)
        return bool(times), opens_at is not None and opens_at <= at

    def held_still(self, pk: int) -> Call:
        """The call, locked in share mode: nobody can move its deadline until this transaction ends.

        Many may hold it at once. SQLite needs nothing: its transactions are IMMEDIATE, one at a time.
        """
        if connections[self.db].vendor == "postgresql":
            table = self.model._meta.db_table
            return self.raw(f'SELECT * FROM "{table}" WHERE id = %s FOR SHARE', [pk])[0]  # noqa: S608 -- the table is ours
        return self.get(pk=pk)


class Call(models.Model):
    """An invitation to hand in cases.

    ``opens_at`` and ``closes_at`` are instants in UTC. ``closes_at`` is the first instant that is too
    late: the end of 21 May in Paris is 22 May, 00:00 there. ``grace_minutes`` count from ``closes_at``
    and serve only drafts begun before it.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True, help_text=_("The year of the deadline."))
    title = TranslatedField(_("title"), rows=1)
    theme = TranslatedField(_("theme"), rows=1, blank=True)
    introduction = TranslatedField(_("introduction"), rows=4)
    guidance = TranslatedField(
        _("guidance"),
        rows=6,
        blank=True,
        help_text=_("What is looked for and who may take part; one paragraph a line."),
    )
    criteria = TranslatedField(_("criteria"), rows=6, blank=True, help_text=_("One criterion a line."))
    timeline = TranslatedField(
        _("timeline"), rows=6, blank=True, help_text=_("One step a line: date – what happens.")
    )
    becomes_public = TranslatedField(
        _("what becomes public"), rows=4, blank=True, help_text=_("One statement a line.")
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(
        _("closes at"), help_text=_("The first instant that is too late: for 21 May, enter 22 May 00:00.")
    )
    zone_name = models.CharField(
        _("time zone"), max_length=64, default="Europe/Paris", validators=[valid_zone]
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("grace minutes"), default=15, help_text=_("For drafts begun in time; announced on the call page.")
    )
    contact_email = models.EmailField(_("contact"))
    listed = models.BooleanField(_("shown to the public"), default=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"
            )
        ]

    def __str__(self) -> str:
        return in_language(self.title)

    @property
    def title_text(self) -> str:
        return in_language(self.title)

    @property
    def theme_text(self) -> str:
        return in_language(self.theme)

    @property
    def introduction_text(self) -> str:
        return in_language(self.introduction)

    @property
    def guidance_lines(self) -> list[str]:
        return lines_in_language(self.guidance)

    @property
    def criteria_lines(self) -> list[str]:
        return lines_in_language(self.criteria)

    @property
    def becomes_public_lines(self) -> list[str]:
        return lines_in_language(self.becomes_public)

    @property
    def timeline_lines(self) -> list[dict[str, str]]:
        """«By 18 June – we read your case» as {"when", "what"}."""
        parts = (re.split(r"\s[–—-]\s", line, maxsplit=1) for line in lines_in_language(self.timeline))
        return [{"when": part[0], "what": part[1] if len(part) > 1 else ""} for part in parts]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def grace_ends_at(self) -> datetime:
        return self.closes_at + timedelta(minutes=self.grace_minutes)

    def kept_until(self, case: Case) -> datetime:
        """Until when late words are kept: a week from the last instant at which this case could be handed in."""
        return max(self.grace_ends_at, case.reopened_until or self.grace_ends_at) + KEPT_LATE

    @property
    def links_end_at(self) -> datetime:
        return self.closes_at + LINKS_LIVE_ON

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at

    def standing(self, case: Case | None, at: datetime) -> Standing:
        """What may be done at the instant ``at`` with this case (None: with one not yet begun).

        The one function that decides; every writer asks it inside its transaction, with the call
        held still, and with the instant at which the request arrived.
        """
        if case and case.reopened_at and case.reopened_until and case.reopened_at <= at < case.reopened_until:
            return Standing.REOPENED
        if at < self.opens_at:
            return Standing.BEFORE
        if at < self.closes_at:
            return Standing.OPEN
        if case and case.status == case.Status.CHANGES_REQUESTED:
            return Standing.OPEN
        if case and case.begun_at < self.closes_at and at < self.grace_ends_at:
            return Standing.GRACE
        return Standing.KEPT if case and at < self.kept_until(case) else Standing.OVER

    def accepts(self, case: Case | None, at: datetime) -> bool:
        """Whether this case may be handed in at ``at``."""
        return self.standing(case, at).may_hand_in


class Extension(models.Model):
    """A deadline moved to a later instant: the public history says from, to and why, and names no staff."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="extensions")
    closed_at = models.DateTimeField(_("closed at before"))
    closes_at = models.DateTimeField(_("closes at now"))
    reason = TranslatedField(_("why"), rows=2)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("closed_at")), name="extension_goes_forward")
        ]


class Example(models.Model):
    """A model answer to one question of the form, written by staff."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="examples")
    question = models.CharField(_("question"), max_length=40)
    words = TranslatedField(_("example answer"), rows=4)

    class Meta:
        verbose_name = _("example answer")
        verbose_name_plural = _("example answers")
        constraints = [models.UniqueConstraint(fields=["call", "question"], name="one_example_per_question")]

    def __str__(self) -> str:
        return self.question


class Numbering(models.Model):
    """The last reference number given in a call. A row of its own, so that taking a number never waits for
    those who hold the call still (and they never for each other)."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="numbering")
    last = models.PositiveIntegerField(default=0)
