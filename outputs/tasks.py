"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from outputs import pictures, publishing


@shared_task(ignore_result=True)
def publish_due() -> None:
    publishing.publish_due(at=timezone.now())


@shared_task(ignore_result=True)
def sweep_pictures() -> None:
    pictures.sweep(at=timezone.now())
