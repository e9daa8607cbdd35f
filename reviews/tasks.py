"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from reviews import asking, counting, digesting, durations, likeness, taking_in


@shared_task(ignore_result=True)
def take_in() -> None:
    taking_in.take_in(at=timezone.now())


@shared_task(ignore_result=True)
def compare() -> None:
    likeness.compare_new()


@shared_task(ignore_result=True)
def count() -> None:
    counting.count_changed(at=timezone.now())


@shared_task(ignore_result=True)
def remind() -> None:
    asking.remind(at=timezone.now())


@shared_task(ignore_result=True)
def count_waits() -> None:
    durations.count()


@shared_task(ignore_result=True)
def send_digests() -> None:
    digesting.send_digests(at=timezone.now())
