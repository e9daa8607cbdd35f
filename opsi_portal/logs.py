"""Logs without names, addresses or tokens."""

import logging
import re

_PRIVATE = re.compile(r"(/(?:draft|files|l|l/stop|verify|workshops/calendar)/)[\w:\-.=]{6,}")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+\.[\w.-]+")
#: Where PostgreSQL repeats the row that it would not take.
_ROW = re.compile(r"(\bDETAIL: ).*")


class Discreet(logging.Filter):
    """Cut the secret part of private addresses, e-mail addresses, and rows of the database out of every line, those of
    tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = discreet(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = discreet(logging.Formatter().formatException(record.exc_info))
        return True


def discreet(text: str) -> str:
    return _ROW.sub(r"\1…", _ADDRESS.sub("<address>", _PRIVATE.sub(r"\1…", text)))
