"""Cases on the real parts while one part after another is taken away: nobody who hands in notices.

What becomes of letters alone is proved in ``test_letters_under_fire``; here people press the last button.
"""

import http.client
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.parts.portal import Portal

pytestmark = pytest.mark.timeout(300)

#: Complete drafts, and the keys of their authors' browsers.
MAKE = """
from django.core import signing
from django.db import transaction
from django.utils import timezone
from cases.models import Call
from tests.makers import author_of, make_address, make_draft
now = timezone.now()
call = Call.objects.current(now)
result = []
with transaction.atomic():
    for n in range({count}):
        case = make_draft(call, author=make_address(f"author{{n}}@office.example"), complete=True, begun_at=now)
        part = author_of(case)
        ring = {{f"draft:{{case.code}}": [part.pk, part.generation]}}
        result.append([case.code, signing.dumps(ring, salt="people.keys", compress=True)])
"""
FORM_KEY = "k" * 32


@dataclass(frozen=True)
class Button:
    """The last button of one case, in its author's browser."""

    code: str
    keys: str

    @property
    def path(self) -> str:
        return f"/en/draft/{self.code}/hand-in/"

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={FORM_KEY}; keys={self.keys}",
        }

    def press(self, portal: Portal) -> float:
        """Hand in and read the receipt; returns how long that took (s)."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
        line.request("POST", self.path, f"csrfmiddlewaretoken={FORM_KEY}", self.headers)
        answer = line.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Location"]) == (302, f"/en/draft/{self.code}/receipt/1/")
        line.request("GET", answer.headers["Location"], headers=self.headers)
        receipt = line.getresponse()
        assert receipt.status == 200 and b"Thank you. We have your case." in receipt.read()
        line.close()
        return time.monotonic() - began


def drafts(portal: Portal, count: int) -> list[Button]:
    return [Button(code, keys) for code, keys in portal.python(MAKE.format(count=count))]


class Rush:
    """People who all press at once, eight at a time. ``done`` counts those who hold their receipt."""

    def __init__(self, portal: Portal, buttons: list[Button]):
        self.done = 0
        self._counting = threading.Lock()
        self._crowd = ThreadPoolExecutor(8)
        self._pressed = [self._crowd.submit(self._press, portal, button) for button in buttons]

    def _press(self, portal: Portal, button: Button) -> float:
        took = button.press(portal)
        with self._counting:
            self.done += 1
        return took

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while self.done < count:
            assert time.monotonic() < deadline, f"{self.done} of {count} receipts"
            time.sleep(0.02)

    def end(self) -> list[float]:
        """How long each person waited (s), when all are through."""
        self._crowd.shutdown()
        return [each.result() for each in self._pressed]


def every_case_is_handed_in_once(portal: Portal, count: int) -> None:
    assert portal.rows("SELECT count(*), count(DISTINCT case_id) FROM cases_submission") == [(count, count)]
    references = {reference for (reference,) in portal.rows("SELECT reference FROM cases_case")}
    assert {reference.rpartition("-")[2] for reference in references} == {
        f"{n:04}" for n in range(1, count + 1)
    }


def seconds_until_all_letters_have_left(portal: Portal, count: int) -> float:
    began = time.monotonic()
    portal.wait_for(
        "SELECT 1 FROM outbox_outboxmessage HAVING count(*) = %s AND every(state = 'sent')",
        count,
        seconds=120,
    )
    return time.monotonic() - began


def letters_by_person(portal: Portal) -> Counter:
    """How often each letter came to each person, by Message-ID; nothing may have come that was not posted."""
    posted = portal.rows(
        "SELECT a.email, m.message_id FROM outbox_outboxmessage m JOIN people_address a ON a.id = m.address_id"
    )
    came = Counter((letter.to[0], letter.message_id) for letter in portal.mail.letters)
    assert set(came) == set(posted)
    return came


def test_nobody_notices_a_broker_that_stops_while_two_hundred_cases_are_handed_in(portal):
    rush = Rush(portal, drafts(portal, 200))
    rush.wait_for(40)
    portal.redis.stop()
    rush.wait_for(120)
    assert portal.rows("SELECT count(*) FROM outbox_outboxmessage WHERE state = 'waiting'") != [(0,)]
    waits = rush.end()

    every_case_is_handed_in_once(portal, 200)
    assert max(waits) < 5, "a person waited for the broker"
    portal.redis.start()
    assert seconds_until_all_letters_have_left(portal, 200) < 120
    assert set(letters_by_person(portal).values()) == {1}


def test_two_hundred_cases_outlive_a_worker_killed_while_sending_and_a_mail_server_that_refuses(portal):
    portal.mail.delay = 0.03
    rush = Rush(portal, drafts(portal, 200))
    portal.mail.wait_for(30, seconds=60)

    portal.worker.kill()
    portal.mail.refuse("451 4.3.0 later")
    portal.worker.start()
    rush.end()
    portal.wait_for("SELECT 1 FROM outbox_outboxmessage WHERE troubles > 0", seconds=30)
    portal.mail.recover()

    every_case_is_handed_in_once(portal, 200)
    assert seconds_until_all_letters_have_left(portal, 200) < 120
    came = letters_by_person(portal)
    assert len({person for person, _letter in came}) == 200
    assert [times for times in came.values() if times > 1] in ([], [2]), (
        "one letter was in flight at the kill"
    )
    assert portal.rows("SELECT sum(attempts) FROM outbox_outboxmessage") == [(0,)]


# -- The last second ---------------------------------------------------------------------------------------------


def closes_in(portal: Portal, seconds: float) -> None:
    """The call closes in so many seconds from now by the database's clock, without any grace."""
    portal.rows(
        "UPDATE cases_call SET grace_minutes = 0, closes_at = clock_timestamp() + %s * interval '1 second'",
        seconds,
    )


def wait_until_closed(portal: Portal) -> None:
    portal.wait_for("SELECT 1 FROM cases_call WHERE closes_at < clock_timestamp()", seconds=10)


def send_slowly(portal: Portal, button: Button, wait, *more: str) -> bytes:
    """The head of the request now, its body after ``wait()``; returns the head of the answer."""
    body = f"csrfmiddlewaretoken={FORM_KEY}".encode()
    head = [f"POST {button.path} HTTP/1.1", f"Host: 127.0.0.1:{portal.port}", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in button.headers.items()]
    with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as line:
        line.sendall("\r\n".join([*head, *more, "Connection: close", "", ""]).encode())
        wait()
        line.sendall(body)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer.partition(b"\r\n\r\n")[0]


def standing(portal: Portal, button: Button) -> tuple:
    [row] = portal.rows(
        "SELECT c.status, c.late_at IS NOT NULL, s.arrived_at < k.closes_at FROM cases_case c"
        " JOIN cases_call k ON k.id = c.call_id LEFT JOIN cases_submission s ON s.case_id = c.id WHERE c.code = %s",
        button.code,
    )
    return row


def test_what_was_on_its_way_at_the_deadline_counts_from_its_arrival_and_what_came_later_is_kept(portals):
    with portals.portal(TRUST_REQUEST_START="1") as portal:
        slow, queued, late = drafts(portal, 3)
        closes_in(portal, 3)

        answer = send_slowly(portal, slow, lambda: wait_until_closed(portal))
        assert b" 302 " in answer and b"/receipt/1/" in answer
        assert standing(portal, slow) == ("handed-in", False, True)

        [(closing,)] = portal.rows("SELECT extract(epoch FROM closes_at) FROM cases_call")
        in_the_proxy_since = f"X-Request-Start: t={float(closing) - 0.5:.3f}"
        assert b"/receipt/1/" in send_slowly(portal, queued, lambda: None, in_the_proxy_since)
        assert standing(portal, queued) == ("handed-in", False, True)

        answer = send_slowly(portal, late, lambda: None)
        assert b" 302 " in answer and b"/receipt/" not in answer
        assert standing(portal, late) == ("draft", True, None)
