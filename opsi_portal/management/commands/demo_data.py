"""A living office to try things in."""

import os
import secrets
from collections import Counter
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cases import desk_research
from cases.demonstration import hand_in_real_cases, real_cases
from cases.models import Call
from opsi_portal.roles import EDITORS, MANAGERS, REVIEWERS, make_groups
from outputs import demonstration as outputs_demonstration
from people.models import User
from reviews import demonstration


class Command(BaseCommand):
    help = (
        "Puts real cases from public pages into the library as desk research, hands them in and reviews them in every state that there is, with invented reviewers, "
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
        password = secrets.token_urlsafe(18)
        self._shelve(at)
        try:
            with transaction.atomic():
                self._fill(call, password, at=at)
        except demonstration.AlreadyThere:
            self.stdout.write("The review is filled already; nothing was changed.")
            return
        except demonstration.WorkedOn:
            raise CommandError(
                "Somebody has worked on the demonstration's cases already, so they are left as they are. "
                "On a fresh database (with «make run»: delete the folder var/) it can be put in."
            )
        self.stdout.write(
            f"\nLog in to the office as one of them, each with the password {password}\n"
            f"  mira@{demonstration.MAILS}  programme manager\n"
            f"  lea@{demonstration.MAILS}   reviewer\n"
            f"  ida@{demonstration.MAILS}   editor\n"
            "To be rid of all this: stop the portal and delete its database (with «make run»: the folder var/)."
        )

    def _shelve(self, at: datetime) -> None:
        """The same cases as desk research in the library, where they are marked as such."""
        told = Counter(each.outcome for each in desk_research.take_in(real_cases(), at=at))
        self.stdout.write(
            f"In the library: {told['new']} cases of desk research, {told['as before']} there already."
        )

    def _fill(self, call: Call, password: str, *, at: datetime) -> None:
        make_groups(at)
        begun = demonstration.begin(call, at=at)
        for title, submission in hand_in_real_cases(call, at=begun):
            self.stdout.write(f"{submission.case.reference if submission else 'there already':14} {title}")
        groups = {"managers": MANAGERS, "reviewers": REVIEWERS, "editors": EDITORS}
        for done in demonstration.fill(call, **groups, password=password, at=at):
            self.stdout.write(done)
        self._write_about_the_library(at)

    def _write_about_the_library(self, at: datetime) -> None:
        manager = User.objects.get(email=f"mira@{demonstration.MAILS}")
        try:
            for done in outputs_demonstration.fill(by=manager, at=at):
                self.stdout.write(done)
        except outputs_demonstration.TooFewCases:
            self.stdout.write("The library has too few cases for a report, so none is made.")
