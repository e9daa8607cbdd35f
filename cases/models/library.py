"""The public shelf: the version of a case that the world reads, its numbered editions, who agreed and who confirmed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from cases.models.call import Call
from cases.models.case import Attachment, Case, Colleague, random_code
from cases.models.submission import Submission, digest_of
from people.models import Address
from people.texts import TranslatedField, in_language

#: A case that nobody has confirmed for so long says so on its page; it is not hidden for that.
CONFIRMED_FOR = timedelta(days=548)


class PublicCaseQuerySet(models.QuerySet["PublicCase"]):
    def on_show(self) -> Self:
        """In the library: listed, counted, exported, in the feed and on the map."""
        return self.filter(state=PublicCase.State.PUBLISHED)

    def with_a_page(self) -> Self:
        """Whose page can be read: what is on show, and what is archived."""
        return self.filter(state__in=[PublicCase.State.PUBLISHED, PublicCase.State.ARCHIVED])

    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)


class PublicCase(models.Model):
    """The public version of one case, beside what its author handed in; desk research has no ``case``.

    ``draft`` is what staff edit, with the keys of ``cases.editions.FIELDS``. What the world reads is ``edition``, whose
    content never changes; ``title`` to ``facets`` are copied from it, so that lists fetch no content.
    ``confirmed_at`` is when somebody who knows the case last said that it is true.
    """

    class State(models.TextChoices):
        PREPARING = "preparing", pgettext_lazy("public version", "Being prepared")
        PUBLISHED = "published", pgettext_lazy("public version", "Published")
        UNPUBLISHED = "unpublished", pgettext_lazy("public version", "Taken down")
        ARCHIVED = "archived", pgettext_lazy("public version", "Archived")

    class Origin(models.TextChoices):
        CALL = "call", _("From the call")
        DESK_RESEARCH = "desk-research", _("Desk research")

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="public", verbose_name=_("case")
    )
    call = models.ForeignKey(
        Call,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="public_cases",
        verbose_name=_("call"),
    )
    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.CALL)
    known_as = models.CharField(max_length=300, unique=True, null=True, editable=False)
    slug = models.SlugField(_("address"), max_length=90, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PREPARING)
    made_from = models.ForeignKey(
        Submission,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made from"),
    )
    draft = models.JSONField(default=dict)
    draft_version = models.PositiveIntegerField(default=1)
    begun_at = models.DateTimeField(_("begun at"))
    edition = models.ForeignKey(
        "cases.Edition",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("edition"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    renewed_at = models.DateTimeField(_("latest edition at"), null=True, blank=True)
    left_at = models.DateTimeField(_("taken down or archived at"), null=True, blank=True)
    left_because = models.TextField(_("why taken down or archived"), blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    withdrawal_asked_at = models.DateTimeField(_("taking down asked at"), null=True, blank=True)
    withdrawal_words = models.TextField(_("why it should be taken down"), blank=True)
    badges = models.ManyToManyField(
        "cases.Badge", blank=True, related_name="public_cases", verbose_name=_("badges")
    )

    title = models.CharField(_("title"), max_length=300, blank=True)
    short = models.TextField(_("short explanation"), blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    card = models.JSONField(default=dict)
    facets = models.JSONField(default=list)
    shelved_as = models.PositiveBigIntegerField(null=True, editable=False)

    objects = PublicCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("public version")
        verbose_name_plural = _("public versions")
        permissions = [
            ("publish_publiccase", "Can publish, correct, take down and archive"),
            ("award_badge", "Can give badges"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin="desk-research", case__isnull=True) | Q(origin="call", case__isnull=False),
                name="public_case_has_a_case_or_is_desk_research",
            ),
            models.CheckConstraint(
                condition=Q(state="preparing") | Q(edition__isnull=False, published_at__isnull=False),
                name="public_case_out_of_preparation_has_an_edition",
            ),
        ]
        indexes = [
            models.Index(fields=["shelved_as"], name="public_case_shelved_as"),
            models.Index(fields=["state", "-published_at", "-id"], name="public_case_newest"),
            models.Index(fields=["state", "confirmed_at"], name="public_case_to_ask"),
            models.Index(
                fields=["withdrawal_asked_at"],
                name="public_case_asks_to_go",
                condition=Q(withdrawal_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.draft.get("title") or str(_("Untitled"))

    @property
    def is_on_show(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def has_a_page(self) -> bool:
        return self.state in (self.State.PUBLISHED, self.State.ARCHIVED)

    def may_become(self, state: str) -> bool:
        return state in PUBLIC_MOVES[self.State(self.state)]

    def path(self, language: str) -> str:
        """Where its page stands, now and later."""
        return f"/{language}/cases/{self.slug}/"

    def not_confirmed_since(self, at: datetime) -> datetime | None:
        """Since when nobody has said that it is true, if that is long ago."""
        since = self.confirmed_at or self.published_at
        return since if since and since + CONFIRMED_FOR <= at else None


#: How a public version moves, whoever moves it, and what becomes of its case (see ``MOVES`` of the case). What was
#: taken down can be put up again; what is archived keeps its page and its addresses.
_P = PublicCase.State
PUBLIC_MOVES: dict[str, set[str]] = {
    _P.PREPARING: {_P.PUBLISHED},
    _P.PUBLISHED: {_P.UNPUBLISHED, _P.ARCHIVED},
    _P.UNPUBLISHED: {_P.PUBLISHED},
    _P.ARCHIVED: {_P.PUBLISHED, _P.UNPUBLISHED},
}


class Edition(models.Model):
    """One numbered version of a public case: 1, 2, 3 … Rows are only ever added; the database refuses changes.

    ``content`` is canonical JSON with exactly the keys of ``cases.editions.FIELDS``: all of it is public. ``note`` says
    to readers what is different from the edition before.
    """

    public_case = models.ForeignKey(
        PublicCase, on_delete=models.PROTECT, related_name="editions", verbose_name=_("public version")
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
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["public_case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["public_case", "number"], name="one_edition_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.public_case_id} ({self.number})"

    def save(self, *args, **kwargs) -> None:
        if self.pk:
            raise TypeError("An edition is written once.")
        super().save(*args, **kwargs)

    @property
    def said(self) -> dict:
        """The content, by the keys of ``cases.editions.FIELDS``."""
        return json.loads(self.content)

    @property
    def is_intact(self) -> bool:
        return digest_of(self.content) == self.digest


class Shelf(models.Model):
    """One row: how often the shelf was changed. What is shelved bears the number at which it was.

    Whoever changes the shelf holds this row until the end, so that whoever has read number n has seen all up to n.
    """

    number = models.PositiveBigIntegerField(default=0)


class Picture(models.Model):
    """A picture on the public shelf: made anew from what was handed in, or added by staff, without metadata.

    Its words (alternative text, caption) belong to the content of an edition. Never deleted: editions name it.
    """

    public_case = models.ForeignKey(PublicCase, on_delete=models.PROTECT, related_name="pictures")
    code = models.CharField(max_length=32, unique=True, default=random_code, editable=False)
    made_from = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    file = models.FileField(_("file"), max_length=200)
    small = models.FileField(_("small file"), max_length=200, blank=True)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["added_at", "pk"]


class Badge(models.Model):
    """What staff mark cases with, such as «Shortlisted 2027». ``words`` explains it to readers."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = TranslatedField(_("name"), rows=1)
    words = TranslatedField(_("what it says"), rows=2, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        ordering = ["key"]

    def __str__(self) -> str:
        return in_language(self.name) or self.key

    @property
    def words_text(self) -> str:
        return in_language(self.words)


class Agreement(models.Model):
    """The author was shown the public version and answers. ``digest`` names exactly what was shown.

    The newest row counts. ``wording`` is the version of the words agreed to, in ``language``. ``recorded_by`` is set
    where staff wrote down what the author told them, ``words`` then says how.
    """

    class Answer(models.TextChoices):
        AGREED = "agreed", pgettext_lazy("author", "Agrees")
        WISHES = "wishes", pgettext_lazy("author", "Wishes changes")
        REFUSED = "refused", pgettext_lazy("author", "Does not want it published")

    public_case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="agreements")
    asked_of = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    content = models.TextField(_("what was shown"))
    digest = models.CharField(_("digest (SHA-256)"), max_length=64)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    words = models.TextField(_("words"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    wording = models.CharField(_("version of the wording"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("agreement of the author")
        verbose_name_plural = _("agreements of authors")
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return str(self.get_answer_display() or _("Asked, no answer"))

    @property
    def shown(self) -> dict:
        """What the author was shown, by the keys of ``cases.editions.FIELDS``."""
        return json.loads(self.content)


@dataclass(frozen=True)
class PartnerStanding:
    """How many partners of a case confirmed it, in numbers alone; whoever leads the case is not among them."""

    partners: int = 0
    confirmed: int = 0
    asked: int = 0  # a letter is with them, and there is time left to answer
    no_answer: int = 0  # asked and reminded twice, and silent
    suggested: int = 0  # proposed a correction and did not confirm yet
    objected: int = 0
    withdrew: int = 0
    no_address: int = 0  # nobody can be asked
    not_asked: int = 0


class PartnerQuerySet(models.QuerySet["Partner"]):
    def locked(self) -> Self:
        return self.select_for_update(of=("self",), no_key=True)

    def blocking(self) -> Self:
        """Objections whose solution staff have not recorded."""
        return self.filter(state=Partner.State.OBJECTED, solved_at__isnull=True)

    def to_look_at(self) -> Self:
        """What a partner said and staff have not dealt with."""
        said = [Partner.State.OBJECTED, Partner.State.SUGGESTED, Partner.State.WITHDREW]
        return self.filter(state__in=said, solved_at__isnull=True)

    def standing(self) -> PartnerStanding:
        """One statement."""
        rows = list(self.values_list("state", "silent_at"))
        state = Partner.State
        return PartnerStanding(
            partners=len(rows),
            confirmed=rows_in(rows, state.CONFIRMED),
            asked=sum(row == state.ASKED and silent is None for row, silent in rows),
            no_answer=sum(row == state.ASKED and silent is not None for row, silent in rows),
            suggested=rows_in(rows, state.SUGGESTED),
            objected=rows_in(rows, state.OBJECTED),
            withdrew=rows_in(rows, state.WITHDREW),
            no_address=rows_in(rows, state.NO_ADDRESS),
            not_asked=rows_in(rows, state.NOT_ASKED),
        )


def rows_in(rows: list[tuple[str, datetime | None]], state: str) -> int:
    return sum(row == state for row, _silent in rows)


class Partner(models.Model):
    """One partner named in a case, and what they say to it. Where no address is known nobody can be asked.

    ``key`` is the id of the jurisdiction in the answers. Address and words are never public; the count is. An objection
    blocks publishing until ``solution`` is recorded. ``silent_at`` is when it was found that two reminders were of no
    use. ``generation`` numbers the link: asking anew ends the ones sent before. ``digest`` names the text that they
    confirmed, and is "" for everybody else.
    """

    class State(models.TextChoices):
        NO_ADDRESS = "no-address", pgettext_lazy("partner", "No address known")
        NOT_ASKED = "not-asked", pgettext_lazy("partner", "Not asked yet")
        ASKED = "asked", pgettext_lazy("partner", "Asked, no answer")
        CONFIRMED = "confirmed", pgettext_lazy("partner", "Confirmed")
        SUGGESTED = "suggested", pgettext_lazy("partner", "Proposed a correction")
        OBJECTED = "objected", pgettext_lazy("partner", "Objected")
        WITHDREW = "withdrew", pgettext_lazy("partner", "Took the confirmation back")

    public_case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="partners")
    key = models.CharField(max_length=40)
    country = models.CharField(_("country"), max_length=3)
    level = models.CharField(_("level"), max_length=20)
    name = models.CharField(_("name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=300, blank=True)
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, null=True, blank=True, related_name="partners"
    )
    generation = models.PositiveIntegerField(default=1)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.NO_ADDRESS)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    silent_at = models.DateTimeField(_("no answer since"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    digest = models.CharField(_("digest (SHA-256)"), max_length=64, blank=True)
    words = models.TextField(_("correction or objection"), blank=True)
    solution = models.TextField(_("how it was solved"), blank=True)
    solved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    forgotten_at = models.DateTimeField(_("forgotten at"), null=True, blank=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["public_case", "pk"]
        constraints = [models.UniqueConstraint(fields=["public_case", "key"], name="one_partner_per_key")]
        indexes = [models.Index(fields=["state", "asked_at"], name="partner_by_state")]

    def __str__(self) -> str:
        return self.organisation or self.name or self.country


class YearlyCheck(models.Model):
    """«Still true?»: asked once a year of the author of a published case, answered with one click."""

    class Answer(models.TextChoices):
        STILL_TRUE = "still-true", _("Still true")
        CHANGED = "changed", _("Something has changed")
        ENDED = "ended", _("It has ended")

    public_case = models.ForeignKey(PublicCase, on_delete=models.CASCADE, related_name="yearly_checks")
    asked_of = models.ForeignKey(Colleague, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.CharField(_("answer"), max_length=12, choices=Answer, blank=True)
    words = models.TextField(_("words"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    looked_at = models.DateTimeField(_("looked at by staff"), null=True, blank=True)

    class Meta:
        verbose_name = _("yearly question")
        verbose_name_plural = _("yearly questions")
        ordering = ["asked_at", "pk"]
