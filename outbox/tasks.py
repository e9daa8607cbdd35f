"""Doors for the worker: one line each."""

from celery import shared_task
from django.utils import timezone

from outbox import delivery


@shared_task(ignore_result=True)
def deliver_due() -> None:
    delivery.deliver_due(at=timezone.now())
