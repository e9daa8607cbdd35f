"""One person's claim to a seat, and the book of how seats changed hands."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from people.codes import receipt_code
from people.models import Address
from workshops.models.workshop import Group, Series, Workshop


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> Self:
        return self.filter(status__in=Registration.ACTIVE)

    def holding(self) -> Self:
        """Seats that nobody else can have: taken, or offered to somebody who may still answer."""
        return self.filter(status__in=Registration.HOLDING)

    def seated(self) -> Self:
        return self.filter(status=Registration.Status.SEATED)

    def reachable(self) -> Self:
        """Whose address takes letters, and who have not asked to be erased."""
        return self.filter(erased_at=None, address__suppressed_at=None)

    def waiting(self) -> Self:
        """The waiting list, first in line first: in the order in which the lock was taken."""
        return self.filter(status=Registration.Status.WAITING).order_by("turn")


class Registration(models.Model):
    """Somebody's claim to a seat in one workshop. ``turn`` is the order in which the workshop's lock was taken.

    ``generation`` numbers the links in their letters, ``feed_generation`` the address of their private calendar.
    ``sequence`` counts what their calendar has heard. ``confirm_by`` is what the letter about the seat promised to an
    address that had not answered: whatever staff change later, it is not taken back sooner. ``code`` is on the certificate of whoever came.
    ``erased_at`` says that the words are gone, ``let_go_at`` that the address is, too.
    ``access_needs`` are seen by the organiser only and deleted 14 days after the end.
    """

    class Status(models.TextChoices):
        SEATED = "seated", pgettext_lazy("registration", "Seat")
        OFFERED = "offered", pgettext_lazy("registration", "Seat offered")
        WAITING = "waiting", pgettext_lazy("registration", "Waiting list")
        LEFT = "left", pgettext_lazy("registration", "Gave the seat back")
        RELEASED = "released", pgettext_lazy("registration", "Seat taken back")
        CANCELLED = "cancelled", pgettext_lazy("registration", "Workshop cancelled")

    HOLDING = (Status.SEATED, Status.OFFERED)
    ACTIVE = (Status.SEATED, Status.OFFERED, Status.WAITING)

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="registrations")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+")
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("address")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status)
    turn = models.PositiveIntegerField(_("turn"))
    exclusive = models.BooleanField(default=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=3, blank=True)
    level = models.CharField(_("level of government"), max_length=20, blank=True)
    role = models.CharField(_("role"), max_length=150, blank=True)
    hopes = models.TextField(_("hopes to work on"), blank=True)
    brings = models.TextField(_("brings a case"), blank=True)
    access_needs = models.TextField(_("access needs"), blank=True)
    registered_at = models.DateTimeField(_("registered at"))
    seated_at = models.DateTimeField(_("seated at"), null=True, blank=True)
    confirm_by = models.DateTimeField(_("seat kept for an unconfirmed address until"), null=True, blank=True)
    offered_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    reconfirmed_at = models.DateTimeField(_("coming, confirmed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    attended_at = models.DateTimeField(_("came at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    let_go_at = models.DateTimeField(null=True, blank=True, editable=False)
    group = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    generation = models.PositiveIntegerField(default=1, editable=False)
    feed_generation = models.PositiveIntegerField(default=1, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    code = models.CharField(max_length=40, unique=True, default=receipt_code, editable=False)
    told = models.JSONField(default=dict, editable=False)

    #: Whether this very request made it, and whether the person had a claim in the series before; not kept.
    is_new = False
    stood_before = False

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        permissions = [
            ("see_access_needs", "Can see what people need to take part"),
            ("write_to_registrants", "Can write letters to registrants"),
        ]
        ordering = ["workshop", "turn"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "address"],
                condition=Q(status__in=["seated", "offered", "waiting"]),
                name="one_active_registration_per_person",
            ),
            models.UniqueConstraint(
                fields=["series", "address"],
                condition=Q(status="seated", exclusive=True),
                name="one_seat_per_person_and_series",
            ),
            models.UniqueConstraint(fields=["workshop", "turn"], name="one_turn_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["workshop", "status", "turn"], name="registration_in_line"),
            models.Index(
                fields=["erased_at"],
                condition=Q(erased_at__isnull=False, let_go_at=None),
                name="registration_to_let_go",
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Erased")

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    def has_seat(self) -> bool:
        return self.status == self.Status.SEATED

    def place_in_line(self) -> int:
        """1 for the first of those who wait; 0 for everybody else."""
        if self.status != self.Status.WAITING:
            return 0
        return self.workshop.registrations.waiting().filter(turn__lte=self.turn).count()

    @property
    def is_certified(self) -> bool:
        """Whether there is a certificate: the person came, and the workshop is not cancelled."""
        return self.has_seat() and self.attended_at is not None

    def is_offer_open(self, at: datetime) -> bool:
        """Whether an offered seat can be taken: not after its time, and never after the start."""
        if self.status != self.Status.OFFERED or self.offered_until is None:
            return False
        return at < min(self.offered_until, self.workshop.starts_at)


class Step(models.Model):
    """How seats changed hands, in the order in which it happened: the log that shows the list was fair."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="steps")
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField(_("at"))
    was = models.CharField(_("was"), max_length=10, blank=True)
    became = models.CharField(_("became"), max_length=10)
    why = models.CharField(_("why"), max_length=40)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["pk"]
        indexes = [models.Index(fields=["workshop", "id"], name="step_of_workshop")]


class Answer(models.Model):
    """What somebody thought of a workshop. Stored with the workshop, not with the person."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="answers")
    useful = models.PositiveSmallIntegerField(_("how useful, 1 to 5"), null=True)
    learned = models.TextField(_("what people take away"), blank=True)
    better = models.TextField(_("what should be better"), blank=True)
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
