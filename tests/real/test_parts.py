"""The starters of the real parts, on which every other claim in this folder stands."""

import os
import smtplib
from email.message import EmailMessage

import psycopg2
import pytest
import redis

from tests.parts.mail import CUT, CUT_AFTER_TAKING, MailServer
from tests.parts.postgres import postgres
from tests.parts.redis import Gate, OwnServer


def test_a_postgres_on_the_path_that_does_not_work_is_passed_over(tmp_path, monkeypatch):
    for name in ("postgres", "initdb"):
        broken = tmp_path / name
        broken.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\ntest \"$1\" = --version\n")
        broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("TEST_DATABASE_URL")

    with postgres() as url:
        connection = psycopg2.connect(url)
        assert connection.server_version >= 140000
        connection.close()

    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)


def test_what_redis_holds_survives_a_kill(tmp_path):
    server = OwnServer(tmp_path / "redis")
    server.start()
    client = redis.Redis.from_url(server.url, socket_timeout=1)
    client.set("word", "kept")

    server.kill()
    with pytest.raises(redis.ConnectionError):
        client.get("word")
    server.start()

    assert client.get("word") == b"kept"
    server.stop()


def test_a_gate_refuses_and_falls_silent_like_a_server(tmp_path):
    server = OwnServer(tmp_path / "redis")
    server.start()
    gate = Gate(server.url)
    gate.start()
    client = redis.Redis.from_url(gate.url, socket_timeout=0.5)
    assert client.set("word", "kept")

    gate.pause()
    with pytest.raises(redis.TimeoutError):
        client.get("word")
    gate.resume()
    assert client.get("word") == b"kept"

    gate.stop()
    with pytest.raises(redis.ConnectionError):
        client.get("word")
    gate.start()
    assert client.get("word") == b"kept"
    gate.stop()
    server.stop()


def test_the_mail_server_can_be_as_unhelpful_as_real_ones():
    server = MailServer()
    server.start()

    assert send(server) == "taken"
    server.refuse("451 4.3.0 later")
    assert send(server) == "451"
    server.refuse("550 5.1.1 nobody here", only="other@example.org")
    assert send(server) == "taken"
    server.mood = lambda to, number: CUT
    assert send(server) == "cut"
    assert len(server.letters) == 2
    server.mood = lambda to, number: CUT_AFTER_TAKING
    assert send(server) == "cut"
    assert [letter.message_id for letter in server.letters] == ["<1@example.org>"] * 3
    assert server.letters[0].text.strip() == "Déjà vu"

    server.stop()
    assert send(server) == "down"
    server.start()
    server.recover()
    assert send(server) == "taken"
    server.stop()


def send(server: MailServer) -> str:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Message-ID"] = "a@example.org", "b@example.org", "<1@example.org>"
    letter.set_content("Déjà vu")
    try:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as line:
            line.send_message(letter)
    except smtplib.SMTPDataError as refusal:
        return str(refusal.smtp_code)
    except smtplib.SMTPServerDisconnected:
        return "cut"
    except ConnectionRefusedError:
        return "down"
    return "taken"


def test_the_whole_portal_serves_works_and_stays_small(portal):
    assert portal.rows("SELECT count(*) FROM django_migrations")[0][0] > 0
    assert portal.python("from django.conf import settings; result = settings.SITE_URL") == portal.base_url

    memory = portal.memory()

    assert sum(memory.values()) < 400, memory
