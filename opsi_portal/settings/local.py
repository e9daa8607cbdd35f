"""A fresh clone: everything on this machine, no server needed, nothing to configure."""

import os
import secrets

from .base import *  # noqa: F403
from .base import VAR_DIR, env


def _key_of_this_machine() -> str:
    """A secret made once and kept in ``var/``, so that links in letters outlive a restart."""
    VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = VAR_DIR / "secret-key"
    try:
        with open(path, "x", opener=_private) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or _key_of_this_machine()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
