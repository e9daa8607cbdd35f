"""What happens by itself; each task is a door to one plain function."""

from celery import shared_task
from django.utils import timezone

from cases import agreeing, drafting, partners, reminding, yearly


@shared_task(ignore_result=True)
def remind() -> None:
    at = timezone.now()
    reminding.remind(at)
    reminding.tell_of_open_calls(at)


@shared_task(ignore_result=True)
def sweep_attachments() -> None:
    drafting.sweep_attachments(timezone.now())


@shared_task(ignore_result=True)
def look_after_public_versions() -> None:
    at = timezone.now()
    agreeing.remind(at)
    partners.remind(at)


@shared_task(ignore_result=True)
def ask_whether_still_true() -> None:
    yearly.ask_due(timezone.now())
