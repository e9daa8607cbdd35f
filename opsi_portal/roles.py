"""The groups of staff and what they may do. The tests walk every page of the office as a member of each."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

from people import events
from people.models import Event

MANAGERS = "Programme managers"
REVIEWERS = "Reviewers"
EDITORS = "Editors"
READERS = "Case readers"

#: What everybody may see who reads along; of the review not its scores.
_READ = (
    "cases.view_call",
    "cases.view_example",
    "cases.view_case",
    "cases.view_publiccase",
    "cases.view_badge",
    "reviews.view_round",
    "reviews.view_dossier",
    "workshops.view_series",
    "workshops.view_workshop",
    "workshops.view_group",
    "workshops.view_registration",
    "outputs.view_output",
)

#: Writing news; sending them is a right of its own.
_WRITE_NEWS = (
    "newsletter.view_issue",
    "newsletter.add_issue",
    "newsletter.change_issue",
    "newsletter.delete_issue",  # of a draft
    "newsletter.view_block",
    "newsletter.add_block",
    "newsletter.change_block",
    "newsletter.delete_block",
)

RIGHTS: dict[str, tuple[str, ...]] = {
    MANAGERS: (
        "cases.view_call",
        "cases.change_call",  # extending the deadline is a change of the call
        "cases.view_example",
        "cases.add_example",
        "cases.change_example",
        "cases.delete_example",
        "cases.view_case",
        "cases.reopen_case",
        "cases.withdraw_case",
        "cases.view_formfeedback",
        "cases.view_publiccase",
        "cases.change_publiccase",  # preparing the public version, asking author and partners
        "cases.publish_publiccase",
        "cases.award_badge",
        "cases.view_badge",
        "cases.add_badge",
        "cases.change_badge",
        "reviews.view_round",
        "reviews.change_round",
        "reviews.view_criterion",
        "reviews.add_criterion",
        "reviews.change_criterion",
        "reviews.delete_criterion",
        "reviews.view_dossier",
        "reviews.read_dossier",  # a manager may be a reviewer too
        "reviews.screen_dossier",
        "reviews.assign_dossier",
        "reviews.ask_author",
        "reviews.decide_dossier",
        "reviews.release_decision",
        "reviews.see_scores",
        "reviews.export_review",
        "reviews.view_reviewer",
        "reviews.add_reviewer",
        "reviews.change_reviewer",
        "workshops.view_series",
        "workshops.add_series",
        "workshops.change_series",
        "workshops.view_workshop",
        "workshops.add_workshop",
        "workshops.change_workshop",  # moving and cancelling are changes of the workshop
        "workshops.view_group",
        "workshops.change_group",
        "workshops.view_registration",
        "workshops.add_registration",
        "workshops.change_registration",  # confirming, giving back, noting who came
        "workshops.delete_registration",  # erasing a person who asks for it
        "workshops.see_access_needs",
        "workshops.write_to_registrants",
        "outputs.view_output",
        "outputs.add_output",
        "outputs.change_output",
        "outputs.delete_output",  # drafts that were never published
        "outputs.publish_output",
        *_WRITE_NEWS,
        "newsletter.send_issue",
        "newsletter.view_subscription",
        "outbox.view_outboxmessage",
        "outbox.change_outboxmessage",  # sending a letter again
        "outbox.view_bounce",
        "people.view_address",
    ),
    # Reviewers see the cases that they are given, on the pages of their pile, and nothing else: the review may be blind.
    REVIEWERS: ("reviews.read_dossier",),
    EDITORS: (
        *_READ,
        *_WRITE_NEWS,
        "reviews.screen_dossier",
        "reviews.ask_author",
        "reviews.see_scores",
        "outputs.add_output",
        "outputs.change_output",
        "cases.change_publiccase",
    ),
    READERS: _READ,
}


#: What rights begin with that came after groups had been made and before the book told what they were given.
LATER = (
    "workshops.",
    "workshops.delete_registration",
    "reviews.",
    "outputs.",
    *(f"cases.{verb}_publiccase" for verb in ("view", "change", "publish")),
    *(f"cases.{verb}_badge" for verb in ("award", "view", "add", "change")),
)


@transaction.atomic
def make_groups(at: datetime) -> None:
    """Make the groups that are missing, and give each the rights it was never given, as those of a room that came
    after it. Safe to repeat: the book tells what a group was given, so what staff took away or gave stays."""
    for name, rights in RIGHTS.items():
        group, made = Group.objects.get_or_create(name=name)
        given = set() if made else _given(group, rights)
        new = tuple(right for right in rights if right not in given)
        group.permissions.add(*permissions_named(new))
        if new or not _lines(group).exists():
            facts = {"rights": list(rights), "new": list(new)}
            events.record("rights given", about=("staff group", group.pk), at=at, facts=facts)


def _given(group: Group, rights: tuple[str, ...]) -> set[str]:
    """What the group was given, whether or not it has it still. One that is older than its first line in the book was
    made with every right but those of ``LATER``, or with these too if it has any of a kind."""
    if lines := list(_lines(group).values_list("facts", flat=True)):
        return {right for facts in lines for right in facts["rights"]}
    has = [".".join(names) for names in group.permissions.values_list("content_type__app_label", "codename")]
    missed = tuple(kind for kind in LATER if not any(right.startswith(kind) for right in has))
    return {right for right in rights if not right.startswith(missed)}


def _lines(group: Group) -> QuerySet[Event]:
    return Event.objects.filter(action="rights given", object_kind="staff group", object_id=str(group.pk))


def permissions_named(names: tuple[str, ...]) -> list[Permission]:
    """The permissions of these names («app.codename»). Raises LookupError for one that does not exist."""
    wanted = Q(pk__in=[])
    for name in names:
        app, _dot, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    there = {f"{permission.content_type.app_label}.{permission.codename}" for permission in found}
    if missing := set(names) - there:
        raise LookupError(f"No such permission: {', '.join(sorted(missing))}. Has everything been migrated?")
    return found
