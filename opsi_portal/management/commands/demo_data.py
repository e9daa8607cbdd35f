"""A living office to try things in."""

import os
import secrets

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.demonstration import hand_in_real_cases
from cases.models import Call
from opsi_portal.roles import EDITORS, MANAGERS, REVIEWERS, make_groups
from reviews import demonstration


class Command(BaseCommand):
    help = (
        "Hands in real cases from public pages and reviews them in every state that there is, with invented reviewers, "
        "scores, questions and decisions. For trying out only; a public portal refuses it. Safe to repeat. The call has "
        "to be open. Decisions and the book of events can only be added to, so the demonstration cannot be taken out "
        "again row by row: to be rid of it, stop the portal and delete its database (with «make run»: the folder var/)."
    )

    def handle(self, *args, **options) -> None:
        if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
            raise CommandError(
                "A public portal takes no demonstration: decisions cannot be taken back there."
            )
        at = timezone.now()
        call = Call.objects.current(at)
        if call is None or not call.is_open(at):
            raise CommandError("No call is open. Begin with: manage.py load_programme")
        make_groups(at)
        for title, submission in hand_in_real_cases(call, at=at):
            self.stdout.write(f"{submission.case.reference if submission else 'there already':14} {title}")
        password = secrets.token_urlsafe(18)
        groups = {"managers": MANAGERS, "reviewers": REVIEWERS, "editors": EDITORS}
        try:
            for done in demonstration.fill(call, **groups, password=password, at=at):
                self.stdout.write(done)
        except demonstration.AlreadyThere:
            self.stdout.write("The review is filled already; nothing was changed.")
            return
        self.stdout.write(
            f"\nLog in to the office as one of them, each with the password {password}\n"
            f"  mira@{demonstration.MAILS}  programme manager\n"
            f"  lea@{demonstration.MAILS}   reviewer\n"
            f"  ida@{demonstration.MAILS}   editor\n"
            "To be rid of all this: stop the portal and delete its database (with «make run»: the folder var/)."
        )
