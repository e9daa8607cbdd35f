"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from workshops import attending, erasing, reminding, seating


@shared_task(ignore_result=True)
def look_after() -> None:
    at = timezone.now()
    seating.look_after(at)
    reminding.remind(at)
    erasing.let_go(at)


@shared_task(ignore_result=True)
def forget() -> None:
    """What is kept no longer: access needs after 14 days, people after a year."""
    at = timezone.now()
    attending.forget_access_needs(at)
    erasing.forget_old(at)
