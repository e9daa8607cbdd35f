"""The worker, and the timetable of everything that happens by itself.

The queue only wakes a worker: tasks carry no facts, may come twice or not at all, and lapse before the
next one is due, so nothing piles up. Nobody but the beat publishes; requests never speak to the broker.
"""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.local")

SECONDS = 1
MINUTES = 60 * SECONDS
HOURS = 60 * MINUTES

TIMETABLE = {
    "issues and news that are due": {
        "task": "newsletter.tasks.carry_on",
        "schedule": 10 * SECONDS,
        "options": {"expires": 10 * SECONDS},
    },
    "subscriptions that nobody confirmed": {
        "task": "newsletter.tasks.forget",
        "schedule": 24 * HOURS,
        "options": {"expires": 6 * HOURS},
    },
    "letters that are due": {
        "task": "outbox.tasks.deliver_due",
        "schedule": 5 * SECONDS,
        "options": {"expires": 5 * SECONDS},
    },
    "reminders": {
        "task": "cases.tasks.remind",
        "schedule": 60 * SECONDS,
        "options": {"expires": 50 * SECONDS},
    },
    "seats, offers and reminders of workshops": {
        "task": "workshops.tasks.look_after",
        "schedule": 60 * SECONDS,
        "options": {"expires": 50 * SECONDS},
    },
    "access needs and registrations that are no longer needed": {
        "task": "workshops.tasks.forget",
        "schedule": 24 * HOURS,
        "options": {"expires": 6 * HOURS},
    },
    "cases that come to the review": {
        "task": "reviews.tasks.take_in",
        "schedule": 10 * SECONDS,
        "options": {"expires": 10 * SECONDS},
    },
    "cases that are like each other": {
        "task": "reviews.tasks.compare",
        "schedule": 10 * SECONDS,
        "options": {"expires": 10 * SECONDS},
    },
    "statistics and ranking of the review": {
        "task": "reviews.tasks.count",
        "schedule": 20 * SECONDS,
        "options": {"expires": 20 * SECONDS},
    },
    "reminders of questions to authors": {
        "task": "reviews.tasks.remind",
        "schedule": 60 * SECONDS,
        "options": {"expires": 50 * SECONDS},
    },
    "how long authors wait": {
        "task": "reviews.tasks.count_waits",
        "schedule": 1 * HOURS,
        "options": {"expires": 30 * MINUTES},
    },
    "what reviewers hear in the morning": {
        "task": "reviews.tasks.send_digests",
        "schedule": 5 * MINUTES,
        "options": {"expires": 4 * MINUTES},
    },
    "reminders of public versions to authors and partners": {
        "task": "cases.tasks.look_after_public_versions",
        "schedule": 10 * MINUTES,
        "options": {"expires": 9 * MINUTES},
    },
    "public cases that may no longer be true": {
        "task": "cases.tasks.ask_whether_still_true",
        "schedule": 1 * HOURS,
        "options": {"expires": 30 * MINUTES},
    },
    "reports, stories and dialogues whose time has come": {
        "task": "outputs.tasks.publish_due",
        "schedule": 20 * SECONDS,
        "options": {"expires": 20 * SECONDS},
    },
    "pictures of drafts that nobody names any more": {
        "task": "outputs.tasks.sweep_pictures",
        "schedule": 1 * HOURS,
        "options": {"expires": 30 * MINUTES},
    },
    "attachments nobody names any more": {
        "task": "cases.tasks.sweep_attachments",
        "schedule": 1 * HOURS,
        "options": {"expires": 30 * MINUTES},
    },
    "spent limits and ended sessions": {
        "task": "opsi_portal.tasks.tidy",
        "schedule": 24 * HOURS,
        "options": {"expires": 6 * HOURS},
    },
}


def configuration() -> dict:
    """Celery's settings, made from Django's when they are first needed."""
    return {
        **(
            redis_broker(settings.REDIS_URL)
            if settings.REDIS_URL
            else folder_broker(settings.VAR_DIR / "broker")
        ),
        "beat_schedule": TIMETABLE,
        "enable_utc": True,
        "timezone": "UTC",
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # A run of letters ends by itself after 30 s; one letter to a slow server may take 80 s more.
        "task_time_limit": 3 * MINUTES,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a broker may be away for as long as it likes
    }


def redis_broker(url: str) -> dict:
    """Redis or Valkey, with time-outs: one that accepts and stays silent would hold the beat for ever."""
    return {
        "broker_url": url,
        "broker_transport_options": {
            "visibility_timeout": 5 * MINUTES,
            "socket_timeout": 10 * SECONDS,
            "socket_connect_timeout": 5 * SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 25 * SECONDS,
            "retry_on_timeout": True,
        },
    }


def folder_broker(folder: Path) -> dict:
    """Files in a folder: enough for the worker and the beat of one machine, and no server to install."""
    queue, control = folder / "queue", folder / "control"
    for each in (queue, control):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    TRANSPORT_ALIASES["folder"] = "opsi_portal.folder:Transport"
    return {
        "broker_url": "folder://localhost",
        "broker_transport_options": {
            "data_folder_in": str(queue),
            "data_folder_out": str(queue),
            "control_folder": str(control),
            "polling_interval": 0.5 * SECONDS,
        },
    }


app = Celery("opsi_portal")
app.add_defaults(configuration)
app.autodiscover_tasks()
