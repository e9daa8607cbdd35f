"""The staff login of a machine on which somebody tries the portal out."""

import os
import secrets

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from people.models import User

EMAIL = "staff@localhost"


class Command(BaseCommand):
    help = (
        "Makes a staff login with a random password for this machine and prints it. "
        "Safe to repeat: the password stays while it is valid. It is kept in VAR_DIR, readable by its owner alone."
    )

    def handle(self, *args, **options) -> None:
        if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
            raise CommandError("Staff of a public portal are made with: manage.py createsuperuser")
        kept = settings.VAR_DIR / "staff-password"
        password = kept.read_text() if kept.exists() else ""
        staff = User.objects.filter(email=EMAIL).first()
        if staff and password and not staff.check_password(password):
            self.stdout.write(f"{EMAIL}, with the password that you chose in the admin")
            return
        if not staff or not password:
            password = secrets.token_urlsafe(18)
            with open(kept, "w", opener=_for_the_owner_alone) as file:
                file.write(password)
            staff = staff or User(email=EMAIL, name="Local staff", is_staff=True, is_superuser=True)
            staff.set_password(password)
            staff.save()
        self.stdout.write(f"{EMAIL}  {password}")


def _for_the_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
