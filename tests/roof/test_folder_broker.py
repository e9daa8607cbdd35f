"""The broker of ``make run``: whatever lies in its folder, the worker goes on."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest
from kombu import Connection
from kombu.transport.virtual import Empty

from opsi_portal.celery import folder_broker


@pytest.fixture
def channel(tmp_path: Path):
    told = folder_broker(tmp_path)
    with Connection(told["broker_url"], transport_options=told["broker_transport_options"]) as connection:
        channel = connection.channel()
        channel.queue_declare("celery")
        yield channel


def test_half_a_message_wakes_nobody_and_stops_nothing(channel, tmp_path: Path):
    (tmp_path / "queue" / "1_a.celery.msg").write_text("")
    (tmp_path / "queue" / "2_b.celery.msg").write_text('{"body": "ha')
    channel._put("celery", {"body": "whole"})

    got = []
    for _again in range(3):
        try:
            got.append(channel._get("celery"))
        except Empty:
            pass

    assert got == [{"body": "whole"}]


def test_a_message_is_seen_whole_or_not_at_all(channel, tmp_path: Path):
    queue, seen, over = tmp_path / "queue", [], Event()

    def watch() -> None:
        while not over.is_set():
            seen.extend(path.stat().st_size for path in queue.glob("*.msg"))

    watcher = Thread(target=watch)
    watcher.start()
    for _each in range(200):
        channel._put("celery", {"body": "x" * 20_000})
    over.set()
    watcher.join()

    assert seen
    assert min(seen) > 20_000
