"""A mail server that keeps what it is given and can be as unhelpful as real ones are."""

import email
import email.policy
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.parts.program import free_port

CUT = "cut"  # the line goes dead instead of an answer; nothing is kept
CUT_AFTER_TAKING = "cut after taking"  # the letter is kept, but the sender never hears so
SILENCE = "silence"  # no answer until the sender gives up; nothing is kept


@dataclass(frozen=True)
class Received:
    """One letter as it came in. ``at`` is in seconds of ``time.monotonic``."""

    to: tuple[str, ...]
    sender: str
    raw: bytes = field(repr=False)
    at: float

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return self.mail["Message-ID"]

    @property
    def subject(self) -> str:
        return self.mail["Subject"]

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def html(self) -> str:
        part = self.mail.get_body(("html",))
        return part.get_content() if part else ""


# Told who a letter is for and how many have been offered (from 1), says what to do with it: None to take it, an
# answer like "451 4.3.0 later" or "550 5.1.1 nobody here", or one of CUT, CUT_AFTER_TAKING, SILENCE.
Mood = Callable[[str, int], str | None]


class MailServer:
    """``letters`` are those taken. The port stays the same while it is stopped and started.

    ``delay`` seconds pass between the last byte of a letter and the answer: time to kill a sender in.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.letters: list[Received] = []
        self.offered = 0
        self.delay = 0.0
        self.mood: Mood = lambda to, number: None
        self._changing = threading.Lock()
        self._server: socketserver.ThreadingTCPServer | None = None
        self._lines: set[socket.socket] = set()

    def start(self) -> None:
        if self._server is not None:
            return
        house = self

        class Talk(_Conversation):
            server_of_the_house = house

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self._server = Listener(("127.0.0.1", self.port), Talk)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be down: new connections are refused, open ones go dead."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for line in list(self._lines):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def refuse(self, answer: str, *, only: str = "") -> None:
        """Answer every letter like this, or those to one address: "451 4.3.0 later", "550 5.1.1 nobody here"."""
        self.mood = lambda to, number: answer if not only or only == to else None

    def recover(self) -> None:
        self.mood = lambda to, number: None
        self.delay = 0.0

    def to(self, address: str) -> list[Received]:
        return [letter for letter in self.letters if address in letter.to]

    def wait_for(self, count: int, *, to: str = "", seconds: float = 30) -> list[Received]:
        """The letters (to one address) as soon as there are ``count``. Raises AssertionError after ``seconds``."""
        deadline = time.monotonic() + seconds
        while len(found := self.to(to) if to else list(self.letters)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} letters came within {seconds} s"
            time.sleep(0.05)
        return found

    def _take(self, to: tuple[str, ...], sender: str, raw: bytes) -> str:
        with self._changing:
            self.offered += 1
            wish = self.mood(to[0], self.offered)
        if self.delay:
            time.sleep(self.delay)
        if wish in (None, CUT_AFTER_TAKING):
            self.letters.append(Received(to, sender, raw, time.monotonic()))
        return wish or "250 2.0.0 taken"


class _Conversation(socketserver.StreamRequestHandler):
    server_of_the_house: MailServer

    def handle(self) -> None:
        self.server_of_the_house._lines.add(self.connection)
        try:
            self._talk()
        except OSError:
            pass
        finally:
            self.server_of_the_house._lines.discard(self.connection)

    def _talk(self) -> None:
        sender, to = "", []
        self._say("220 mail.example ready")
        while line := self.rfile.readline():
            words = line.decode(errors="replace").strip()
            verb = words[:4].upper()
            if verb == "EHLO":
                self._say("250-mail.example\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb == "MAIL":
                sender, to = _address(words), []
                self._say("250 2.1.0 ok")
            elif verb == "RCPT":
                to.append(_address(words))
                self._say("250 2.1.5 ok")
            elif verb == "DATA":
                self._say("354 go on")
                answer = self.server_of_the_house._take(tuple(to), sender, self._letter())
                if answer == SILENCE:
                    self.rfile.readline()
                if answer in (CUT, CUT_AFTER_TAKING, SILENCE):
                    return
                self._say(answer)
            elif verb == "QUIT":
                self._say("221 2.0.0 bye")
                return
            else:
                self._say("250 2.0.0 ok")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionError("cut in the middle of a letter")
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]
