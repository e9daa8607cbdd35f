"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from newsletter import forgetting, sending


@shared_task(ignore_result=True)
def carry_on() -> None:
    sending.carry_on(timezone.now())


@shared_task(ignore_result=True)
def forget() -> None:
    forgetting.forget(timezone.now())
