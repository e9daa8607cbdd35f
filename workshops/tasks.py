"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from workshops import attending, reminding, seating


@shared_task(ignore_result=True)
def look_after() -> None:
    at = timezone.now()
    seating.look_after(at)
    reminding.remind(at)


@shared_task(ignore_result=True)
def forget_access_needs() -> None:
    attending.forget_access_needs(timezone.now())
