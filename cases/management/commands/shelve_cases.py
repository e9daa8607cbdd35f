"""``manage.py shelve_cases``: what lists, filters and search read of each public case is worked out again.

For when another filter, another field of the search or another rule for words is wanted. Safe to repeat and to stop:
each case is a transaction of its own, and the library answers all the while.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand
from django.db import transaction

from cases.models import PublicCase
from cases.shelving import shelve


class Command(BaseCommand):
    help = "Works out again what lists, filters and search read of each public case."

    def handle(self, *args, **options) -> None:
        keys = list(PublicCase.objects.on_show().order_by("pk").values_list("pk", flat=True))
        for number, key in enumerate(keys, 1):
            with transaction.atomic():
                public = (
                    PublicCase.objects.locked()
                    .select_related("edition", "call")
                    .on_show()
                    .filter(pk=key)
                    .first()
                )
                if public:
                    shelve(public)
            if number % 100 == 0 or number == len(keys):
                self.stdout.write(f"{number} of {len(keys)}")
        self.stdout.write(f"{len(keys)} cases are shelved.")
