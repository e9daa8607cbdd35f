"""Everything that has to be done once before the portal serves on a machine."""

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Migrates, loads the programme, collects the static files and prints the staff login of this machine. "
        "One process does it, before web, worker and beat open the database. Safe to repeat."
    )

    def handle(self, *args, **options) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_programme", verbosity=0)
        # django-countries brings a thousand pictures of flags that no page shows.
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["flags"])
        call_command("make_local_staff", stdout=self.stdout)
