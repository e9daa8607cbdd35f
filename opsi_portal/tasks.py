"""What the roof does by itself; each task is a door to one plain function."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from people import limits


@shared_task(ignore_result=True)
def tidy() -> None:
    """Forget spent limits and ended sessions."""
    limits.forget_before(timezone.now() - 2 * limits.DAY)
    call_command("clearsessions")
