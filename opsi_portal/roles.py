"""The two groups of staff and what they may do. The tests walk every page of the office as a member of each."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

MANAGERS = "Programme managers"
READERS = "Case readers"

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
        "outbox.view_outboxmessage",
        "outbox.change_outboxmessage",  # sending a letter again
        "people.view_address",
    ),
    READERS: (
        "cases.view_call",
        "cases.view_example",
        "cases.view_case",
        "workshops.view_series",
        "workshops.view_workshop",
        "workshops.view_group",
        "workshops.view_registration",
    ),
}


@transaction.atomic
def make_groups() -> None:
    """Make the groups that are missing, with their rights. Safe to repeat: what staff took away or gave stays."""
    for name, rights in RIGHTS.items():
        group, made = Group.objects.get_or_create(name=name)
        if made:
            group.permissions.set(permissions_named(rights))


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
