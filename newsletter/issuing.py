"""What staff do with an issue: see what is missing, whom it reaches, try it on themselves, schedule it, call it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from newsletter import letters
from newsletter.models import Issue, Subscription
from outbox.posting import post_many
from people import events
from people.models import Address, User
from people.texts import FALLBACK, in_language

#: No issue is scheduled for a day further away.
FURTHEST = timedelta(days=366)


class NotPossible(Exception):
    """What was asked of an issue cannot be done; the words say why."""


@dataclass(frozen=True)
class Reach:
    """How many get an issue now: in all, and for each language in which it goes out by topic; nobody is counted twice
    in ``n``. Topics overlap."""

    n: int
    rows: list[dict]


def gaps(issue: Issue) -> list[str]:
    """What is missing before an issue can leave, in words."""
    found = []
    if not issue.languages:
        found.append(_("It has no title."))
    if not issue.topics:
        found.append(_("It goes to no topic, and so to nobody."))
    if not issue.blocks.exists():
        found.append(_("It has no block."))
    return found


def reach_of(issue: Issue) -> Reach:
    """Whom it would reach if it left now. One statement."""
    rows = Subscription.objects.readers(issue.topics).by_language_and_topic()
    for row in rows:
        row["goes_in"] = issue.language_for(row["language"])
    return Reach(sum(row["n"] for row in rows), rows)


@transaction.atomic
def schedule(issue: Issue, *, due_at: datetime | None, seen: int, by: User, at: datetime) -> Issue:
    """Let it leave at ``due_at``, or now. ``seen`` is the version that was looked at: raises NotPossible when somebody
    has changed it since, when something is missing, or for an instant that has passed."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    if not issue.is_editable:
        raise NotPossible(_("It is scheduled or sent already."))
    if issue.version != seen:
        raise NotPossible(_("Somebody has changed it since you looked at it. Please look again."))
    if missing := gaps(issue):
        raise NotPossible(" ".join(missing))
    if due_at is not None and due_at <= at:
        raise NotPossible(_("This instant has passed. Choose one that is still to come, or send it now."))
    if due_at is not None and due_at > at + FURTHEST:
        raise NotPossible(_("This is more than a year away."))
    issue.state, issue.due_at = Issue.State.SCHEDULED, due_at or at
    name = issue.slug or _free_slug(issue)
    try:
        with transaction.atomic():
            issue.slug = name
            _save(issue, ["state", "due_at", "slug"], by=by, at=at)
    except IntegrityError:  # another issue of this title was scheduled in the same moment
        issue.slug = f"{name}-{issue.pk}"
        _save(issue, ["state", "due_at", "slug"], by=by, at=at)
    facts = {"due_at": issue.due_at.isoformat(), "version": issue.version, "readers": reach_of(issue).n}
    events.record("issue scheduled", about=("issue", issue.pk), at=at, by=by, facts=facts)
    return issue


@transaction.atomic
def call_back(issue: Issue, *, by: User, at: datetime) -> Issue:
    """It is a draft again. Raises NotPossible once sending has begun."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    if issue.state != Issue.State.SCHEDULED:
        raise NotPossible(_("It is on its way, and cannot be called back."))
    issue.state = Issue.State.DRAFT
    _save(issue, ["state"], by=by, at=at)
    events.record("issue called back", about=("issue", issue.pk), at=at, by=by)
    return issue


@transaction.atomic
def try_on(issue: Issue, *, by: User, at: datetime) -> int:
    """Send it to whoever asks, in each of its languages; nobody else gets it. Returns how many letters that is."""
    address = Address.objects.known(by.email, at=at)
    letters_ = [
        letters.issue_to_try(issue, to=address, language=language, at=at) for language in issue.languages
    ]
    for number, letter in enumerate(letters_):
        letter["key"] += f":{number}"
    return post_many(letters_)


def changed(issue: Issue, *, by: User, at: datetime) -> None:
    """Note that an issue or its blocks were saved, so that nobody sends what they have not looked at."""
    issue.version += 1
    _save(issue, ["version"], by=by, at=at)
    events.record("issue changed", about=("issue", issue.pk), at=at, by=by, facts={"version": issue.version})


def _save(issue: Issue, fields: list[str], *, by: User, at: datetime) -> None:
    issue._history_user, issue._history_date = by, at  # type: ignore[attr-defined]
    issue.save(update_fields=fields)


def _free_slug(issue: Issue) -> str:
    """The title as an address; with the number of the issue where another has it, or where no letter of it is Latin."""
    with override(FALLBACK):
        name = slugify(in_language(issue.title, FALLBACK))[:60].strip("-")
    taken = not name or name == "mine" or Issue.objects.filter(slug=name).exists()
    return f"{name}-{issue.pk}".strip("-") if taken else name
