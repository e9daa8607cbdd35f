"""The current programme: its call, its workshops and the groups of staff."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.programme import load_call
from opsi_portal.roles import make_groups
from workshops.programme import load_series


class Command(BaseCommand):
    help = (
        "Makes the call of the coming 21 May (this year's until its last workshop is over), the three workshops of that "
        "year and the groups of staff, "
        "and gives groups that were there the rights for rooms that are new. "
        "Safe to repeat: what staff have edited stays as it is."
    )

    def handle(self, *args, **options) -> None:
        at = timezone.now()
        make_groups(at)
        call, made = load_call(at)
        series, series_made = load_series(call.year)
        if options["verbosity"]:
            self.stdout.write(
                f"{call}: {'made' if made else 'there already'}, closes {call.closes_at:%Y-%m-%d %H:%M %Z}."
            )
            self.stdout.write(f"{series}: {'made' if series_made else 'there already'}.")
