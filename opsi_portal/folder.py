"""Files in a folder as a broker: kombu's own, with messages that are there whole or not at all.

Kombu writes a message under its final name while the worker may be reading it already; an empty one ends the worker,
and with it a whole ``make run``. Seen once in half an hour on a busy machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

from kombu.transport import filesystem
from kombu.transport.virtual import Empty
from kombu.utils.json import dumps

#: Another process that has begun to write down who reads what has done so after this long (seconds).
MOMENT = 0.2


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict, **kwargs) -> None:
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        final = Path(self.data_folder_out, name)
        unseen = final.with_name(f"{name}.new")
        unseen.write_text(dumps(payload))
        os.replace(unseen, final)

    def _get(self, queue: str) -> dict:
        try:
            return super()._get(queue)
        except ValueError:  # half a message, as a full disk or a lost machine leaves it; it only wakes
            raise Empty from None

    def _queue_bind(self, *binding) -> None:
        try:
            super()._queue_bind(*binding)
        except ValueError:  # worker and beat begin at once, and the other has opened the file just now
            sleep(MOMENT)
            super()._queue_bind(*binding)


class Transport(filesystem.Transport):
    Channel = Channel
