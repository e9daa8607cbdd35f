"""The case while it is being written: the working copy, who may touch it, its files, and who changed what."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.call import LINKS_LIVE_ON, Call
from people.models import Address


def random_code() -> str:
    """128 random bits for an address that nobody can guess."""
    return secrets.token_urlsafe(16)


class EmptyLast(models.Index):
    """An index in falling order with empty values at the end, which SQLite does by itself and will not be told."""

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.connection.vendor != "sqlite":
            return super().create_sql(model, schema_editor, using, **kwargs)
        falling = [F(order.expression.name).desc() for order in self.expressions]
        return models.Index(*falling, name=self.name).create_sql(model, schema_editor, using, **kwargs)


class CaseQuerySet(models.QuerySet["Case"]):
    def drafts(self) -> Self:
        """Begun and not (or no longer) in our hands."""
        return self.filter(status=Case.Status.DRAFT)

    def handed_in(self) -> Self:
        return self.exclude(status__in=[Case.Status.DRAFT, Case.Status.WITHDRAWN])

    def asking_for_reopening(self) -> Self:
        return self.filter(reopening_asked_at__isnull=False)

    def locked(self) -> Self:
        """One at a time; rows that only name the case (PostgreSQL looks whether it is there) need not wait."""
        return self.select_for_update(of=("self",), no_key=True)


class Case(models.Model):
    """One innovation, told by one author: a draft until handed in; this row is the working copy.

    ``answers`` holds what is written, by question key; ``versions`` counts the saves of each field, so
    that two people who write at once never overwrite each other unseen. Staff and reviewers read the
    latest Submission, never this copy.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        HANDED_IN = "handed-in", _("Handed in")
        CHANGES_REQUESTED = "changes-requested", _("Changes requested")
        ON_HOLD = "on-hold", _("On hold")
        NOT_PUBLISHED = "not-published", _("Reviewed, not currently published")
        ACCEPTED = "accepted", _("Accepted")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ARCHIVED = "archived", _("Archived")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="cases", verbose_name=_("call"))
    code = models.CharField(max_length=32, unique=True, default=random_code, editable=False)
    begun_with = models.CharField(max_length=64, unique=True, null=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True, null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.DRAFT)
    title = models.CharField(_("title"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    answers = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    begun_at = models.DateTimeField(_("begun at"))
    changed_at = models.DateTimeField(_("changed at"))
    handed_in_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    latest = models.ForeignKey(
        "cases.Submission",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("latest"),
    )
    late_at = models.DateTimeField(_("kept late at"), null=True, blank=True)
    reopening_asked_at = models.DateTimeField(_("reopening asked at"), null=True, blank=True)
    reopening_words = models.TextField(_("why reopen"), blank=True)
    reopened_at = models.DateTimeField(_("reopened at"), null=True, blank=True)
    reopened_until = models.DateTimeField(_("reopened until"), null=True, blank=True)
    reminded = models.CharField(max_length=60, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [
            ("reopen_case", "Can reopen a draft"),
            ("withdraw_case", "Can withdraw on behalf of the author"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft") | Q(reference__isnull=False),
                name="case_handed_in_has_a_reference",
            ),
            models.CheckConstraint(
                condition=Q(reopened_until__isnull=True) | Q(reopened_at__isnull=False),
                name="case_reopened_until_has_a_beginning",
            ),
        ]
        indexes = [
            models.Index(fields=["call", "status", "-changed_at"], name="case_in_call"),
            models.Index(fields=["status", "-changed_at"], name="case_by_status"),
            models.Index(fields=["call", "status", "reminded"], name="case_to_remind"),
            EmptyLast(F("handed_in_at").desc(nulls_last=True), F("id").desc(), name="case_by_handing_in"),
            models.Index(
                fields=["reopening_asked_at"],
                name="case_asks_reopening",
                condition=Q(reopening_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}" if self.reference else self.title or str(_("Untitled draft"))

    @property
    def was_handed_in(self) -> bool:
        return self.latest_id is not None

    def may_become(self, status: str) -> bool:
        return status in MOVES[self.Status(self.status)]

    @property
    def is_in_our_hands(self) -> bool:
        """Handed in, and not withdrawn: what we have counts, whatever becomes of later changes."""
        return self.status not in (self.Status.DRAFT, self.Status.WITHDRAWN)

    @property
    def links_end_at(self) -> datetime:
        """Until when links to this case work: a month from the close, or from the end of its own reopening."""
        return max(self.call.links_end_at, (self.reopened_until or self.call.closes_at) + LINKS_LIVE_ON)

    def deadline_missed(self, at: datetime) -> datetime:
        """The last deadline before ``at``: the call's, or the end of this case's own reopening."""
        if self.reopened_until and self.reopened_until <= at:
            return max(self.call.closes_at, self.reopened_until)
        return self.call.closes_at


#: Who may move where: enforced alike in the office and on the author's pages. Every move writes an event. What was
#: published is never withdrawn: it is archived and keeps its page, or its page is taken down, which makes of it an
#: accepted case that is not published, of which everything may become that may become of such a one.
_S = Case.Status
MOVES: dict[str, set[str]] = {
    _S.DRAFT: {_S.HANDED_IN},
    _S.HANDED_IN: {
        _S.HANDED_IN,
        _S.CHANGES_REQUESTED,
        _S.ON_HOLD,
        _S.NOT_PUBLISHED,
        _S.ACCEPTED,
        _S.WITHDRAWN,
    },
    _S.CHANGES_REQUESTED: {_S.HANDED_IN, _S.ON_HOLD, _S.NOT_PUBLISHED, _S.ACCEPTED, _S.WITHDRAWN},
    _S.ON_HOLD: {_S.CHANGES_REQUESTED, _S.NOT_PUBLISHED, _S.ACCEPTED, _S.WITHDRAWN},
    _S.NOT_PUBLISHED: {_S.CHANGES_REQUESTED, _S.ON_HOLD, _S.ACCEPTED, _S.WITHDRAWN},
    _S.ACCEPTED: {_S.CHANGES_REQUESTED, _S.ON_HOLD, _S.NOT_PUBLISHED, _S.PUBLISHED, _S.WITHDRAWN},
    _S.PUBLISHED: {_S.ARCHIVED, _S.ACCEPTED},
    _S.WITHDRAWN: {_S.HANDED_IN},
    _S.ARCHIVED: {_S.PUBLISHED, _S.ACCEPTED},
}


class ColleagueQuerySet(models.QuerySet["Colleague"]):
    def present(self) -> Self:
        return self.filter(removed_at__isnull=True)

    def who_write(self) -> Self:
        return self.present().exclude(role=Colleague.Role.READER)


class Colleague(models.Model):
    """One person's part in one case. ``generation`` numbers their link: raising it ends the ones sent before."""

    class Role(models.TextChoices):
        AUTHOR = "author", pgettext_lazy("role", "Author")
        EDITOR = "editor", pgettext_lazy("role", "May edit")
        READER = "reader", pgettext_lazy("role", "May read")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="colleagues")
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, related_name="parts", verbose_name=_("address")
    )
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    generation = models.PositiveIntegerField(default=1)
    joined_at = models.DateTimeField(_("since"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = ColleagueQuerySet.as_manager()

    class Meta:
        verbose_name = _("colleague")
        verbose_name_plural = _("colleagues")
        ordering = ["joined_at"]
        constraints = [
            models.UniqueConstraint(fields=["case", "address"], name="one_part_per_address_and_case"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(role="author", removed_at__isnull=True),
                name="one_author_per_case",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_author(self) -> bool:
        return self.role == self.Role.AUTHOR

    @property
    def may_write(self) -> bool:
        return self.role != self.Role.READER and self.removed_at is None


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def kept(self) -> Self:
        return self.filter(removed_at__isnull=True)


class Attachment(models.Model):
    """A file that belongs to a case, stored as received under a random name that nothing serves.

    Removing one hides it; its bytes stay as long as a Submission names them.
    """

    class ScanState(models.TextChoices):
        NOT_SCANNED = "not-scanned", _("not scanned for viruses")
        CLEAN = "clean", _("no virus found")
        INFECTED = "infected", _("virus found")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attachments")
    code = models.CharField(max_length=32, unique=True, default=random_code, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20)
    content_type = models.CharField(_("content type"), max_length=120)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    file = models.FileField(_("file"), max_length=200)
    scan_state = models.CharField(
        _("virus scan"), max_length=12, choices=ScanState, default=ScanState.NOT_SCANNED
    )
    added_by = models.ForeignKey(Colleague, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(_("added at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["added_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.kind == "image"


class Change(models.Model):
    """Who changed which answer, and what it said before; saves within ten minutes by one person are one change."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(_("answer"), max_length=80)
    by = models.ForeignKey(
        Colleague, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    since = models.DateTimeField(_("since"))
    at = models.DateTimeField(_("at"))
    before = models.JSONField(_("before"), null=True)
    version = models.PositiveIntegerField(_("version"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-at"]
        indexes = [models.Index(fields=["case", "-at"], name="change_of_case")]
