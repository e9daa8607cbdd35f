"""A letter as a row: what we promised to say, to whom, and how far it has got."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

#: How long a worker may keep a message to itself. One that dies gives the message back by doing nothing.
LEASE = timedelta(seconds=60)

#: What waits after each refusal of this very message; the one after the last is final.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)

#: What waits when the mail server could not take this message now: the first time, and from then on.
SOON, LATER = timedelta(seconds=60), timedelta(minutes=10)


def new_message_id() -> str:
    """A Message-ID of our own, made once per row: every repeat of the letter carries the same."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host in ("", "localhost") or host.replace(".", "").isdigit() or ":" in host:
        host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid4().hex}@{host}>"


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def waiting(self) -> Self:
        return self.filter(state=OutboxMessage.State.WAITING)

    def due(self, at: datetime) -> Self:
        return self.waiting().filter(due_at__lte=at)

    def about(self, kind: str, pk: object) -> Self:
        """The letters about one thing, for example ``about("case", case.pk)``."""
        return self.filter(subject_kind=kind, subject_id=str(pk))

    def still_true(self) -> Self:
        """Without those that were let go before they left: about a case of somebody whose address this never was."""
        return self.exclude(state=OutboxMessage.State.EXPIRED, expires_at__isnull=False)

    def of_use(self, at: datetime) -> Self:
        """Without those whose time is over."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))

    def claim(self, pk: int, at: datetime) -> OutboxMessage | None:
        """Take a due message for one lease, or None if another worker has it."""
        claimed = self.due(at).filter(pk=pk).update(due_at=at + LEASE)
        return self.select_related("address").filter(pk=pk).first() if claimed else None

    def send_again(self, at: datetime) -> int:
        """Make these due now with all their attempts, whatever became of them. Safe to repeat.

        One that had left gets a new Message-ID: mailboxes drop a letter whose identity they know already, and
        somebody who misses a letter has asked for another one.
        """
        for pk in self.filter(state=OutboxMessage.State.SENT).values_list("pk", flat=True):
            self.model.objects.filter(pk=pk).update(message_id=new_message_id())
        return self.update(
            state=OutboxMessage.State.WAITING,
            due_at=at,
            promised_at=at,
            expires_at=None,
            attempts=0,
            troubles=0,
            error="",
        )

    def set_aside(self) -> int:
        """Take failed letters off the red list; their error stays readable."""
        return self.filter(state=OutboxMessage.State.FAILED).update(state=OutboxMessage.State.EXPIRED)

    def kinds(self) -> Iterator[str]:
        """Each kind of letter there is, by one probe of the index per kind, at any number of letters."""
        kind = self.order_by("kind").values_list("kind", flat=True).first()
        while kind:
            yield kind
            kind = self.filter(kind__gt=kind).order_by("kind").values_list("kind", flat=True).first()


class OutboxMessage(models.Model):
    """One letter to one address, written in the transaction of the fact that it reports.

    All instants are in UTC. ``due_at`` is the reminder's date, the worker's lease and the back-off after
    trouble, all in one; ``promised_at`` is when the letter should have left and is not moved by any of
    these, so that lateness can be seen. ``attempts`` counts refusals of this very message, ``troubles``
    the times the mail server could not take it just then. Context holds links as facts, never signed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("no longer needed")
        BOUNCED = "bounced", _("bounced")

    key = models.CharField(_("key"), max_length=200, unique=True)
    kind = models.CharField(_("letter"), max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    address = models.ForeignKey(
        "people.Address", verbose_name=_("to"), on_delete=models.CASCADE, related_name="letters"
    )
    language = models.CharField(_("language"), max_length=12)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    template = models.CharField(_("template"), max_length=100)
    context = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True)
    list_unsubscribe = models.BooleanField(_("can be stopped with one click"), default=False)
    skip_stopped = models.BooleanField(_("not to people who stopped this kind"), default=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(_("due"))
    promised_at = models.DateTimeField(_("promised for"))
    expires_at = models.DateTimeField(_("of no use after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("refusals"), default=0)
    troubles = models.PositiveSmallIntegerField(_("times put off"), default=0)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    # Never empty: posting gives it. The default only makes an INSERT hand back the identity of the row that
    # stands, so that posting learns in its one statement whether it was the first.
    message_id = models.CharField("Message-ID", max_length=200, unique=True, db_default="")

    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    subject_line = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"), blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "due_at", "promised_at"], name="outbox_state_due"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting", list_unsubscribe=False),
                name="outbox_due_first",
            ),
            models.Index(fields=["kind", "id"], name="outbox_kind"),
            models.Index(fields=["subject_kind", "subject_id"], name="outbox_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(message_id=""), name="every_letter_has_a_message_id"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="a_sent_letter_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def is_expired(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def is_stopped(self) -> bool:
        return self.skip_stopped and not self.address.wants(self.kind)

    # What a worker reports about a message it has claimed. Each is one UPDATE.

    def mark_sent(self, at: datetime, *, subject_line: str, text: str) -> bool:
        """It has left; what was said is kept, without links.

        Not bound to the lease: should the lease have run out while a slow server took the letter, saying
        so keeps the next worker from sending it once more.
        """
        standing = OutboxMessage.objects.waiting().filter(pk=self.pk)
        return bool(
            standing.update(
                state=self.State.SENT,
                sent_at=at,
                subject_line=subject_line,
                text=text,
                error="",
            )
        )

    def mark_refused(self, at: datetime, error: str) -> bool:
        """This very message was refused: again after a while, until the attempts are used up."""
        attempts = self.attempts + 1
        if attempts > len(BACK_OFF):
            return self._report(state=self.State.FAILED, attempts=attempts, error=error)
        return self._report(due_at=at + BACK_OFF[attempts - 1], attempts=attempts, error=error)

    def put_off(self, at: datetime, error: str) -> bool:
        """The server could not take it now. That is nobody's fault, so no attempt is used up."""
        wait = SOON if self.troubles == 0 else LATER
        return self._report(due_at=at + wait, troubles=min(self.troubles + 1, 30_000), error=error)

    def give_back(self, at: datetime, error: str) -> bool:
        """Nobody tried to send it: it is due as before, and says why it still waits."""
        return self._report(due_at=at, error=error)

    def close(self, state: State, error: str) -> bool:
        return self._report(state=state, error=error)

    def _report(self, **changes) -> bool:
        """Write ``changes`` if this worker still holds the lease, which ``due_at`` tells."""
        changes["error"] = " ".join(changes["error"].split())[:500]
        held = OutboxMessage.objects.waiting().filter(pk=self.pk, due_at=self.due_at)
        return bool(held.update(**changes))


class Bounce(models.Model):
    """A report that came back for a letter of ours: it could not be delivered, or its reader complained.

    ``digest`` names the report, so that one that is read twice counts once.
    """

    class Kind(models.TextChoices):
        HARD = "hard", _("there is no such mailbox")
        SOFT = "soft", _("it could not be delivered now, or not this letter")
        COMPLAINT = "complaint", _("its reader complained")

    address = models.ForeignKey(
        "people.Address", verbose_name=_("address"), on_delete=models.CASCADE, related_name="bounces"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    letter = models.CharField(_("letter"), max_length=40)
    status = models.CharField(_("status"), max_length=20, blank=True)
    said = models.CharField(_("what the other server said"), max_length=300, blank=True)
    at = models.DateTimeField(_("read"))
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("bounce or complaint")
        verbose_name_plural = _("bounces and complaints")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.status}".strip()


class Pulse(models.Model):
    """One row: the worker's last sign of life, and until when the mail server is being left alone."""

    ROW = 1

    beat_at = models.DateTimeField()
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.beat_at.isoformat()

    @staticmethod
    def beat(at: datetime) -> None:
        Pulse.objects.bulk_create(
            [Pulse(pk=Pulse.ROW, beat_at=at)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["beat_at"],
        )

    @staticmethod
    def is_resting(at: datetime) -> bool:
        return Pulse.objects.filter(pk=Pulse.ROW, rests_until__gt=at).exists()

    @staticmethod
    def rest(until: datetime) -> None:
        Pulse.objects.filter(pk=Pulse.ROW).update(rests_until=until)


class LocalLetter(models.Model):
    """A whole mail in the mailbox of this machine, links and all. Only where no mail server is configured."""

    to = models.CharField(_("to"), max_length=254, db_index=True)
    subject_line = models.CharField(_("subject"), max_length=250)
    received_at = models.DateTimeField(_("received"))
    raw = models.BinaryField()

    class Meta:
        verbose_name = _("mail on this machine")
        verbose_name_plural = _("mail on this machine")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.subject_line
