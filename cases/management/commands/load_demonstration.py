"""Real cases to try the office with."""

import os

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.demonstration import hand_in_real_cases
from cases.models import Call


class Command(BaseCommand):
    help = (
        "Hands in real cases from public pages, with filler where the sources are silent, so that the office has "
        "something to read. For trying out only. Safe to repeat. The call has to be open."
    )

    def handle(self, *args, **options) -> None:
        if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
            raise CommandError(
                "A public portal takes no demonstration: its references are given to real cases."
            )
        at = timezone.now()
        call = Call.objects.current(at)
        if call is None or not call.is_open(at):
            raise CommandError("No call is open. Begin with: manage.py load_programme")
        for title, submission in hand_in_real_cases(call, at=at):
            self.stdout.write(f"{submission.case.reference if submission else 'there already':14} {title}")
