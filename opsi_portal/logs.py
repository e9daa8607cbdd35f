"""Logs without names, addresses or tokens."""

import logging
import re

_PRIVATE = re.compile(r"(/(?:draft|files|l|l/stop|verify)/)[\w:\-.=]{6,}")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+\.[\w.-]+")


class Discreet(logging.Filter):
    """Cut the secret part of private addresses, and e-mail addresses, out of every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        record.msg = _ADDRESS.sub("<address>", _PRIVATE.sub(r"\1…", text))
        record.args = ()
        return True
