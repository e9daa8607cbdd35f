"""How much an unanswered mailbox or one network may ask for. Rows in the database: they hold across processes."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from people.models import Allowance

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def take(kind: str, who: object, *, at: datetime, limit: int, window: timedelta) -> bool:
    """Use one of ``limit`` in the current stretch of ``window``; False when they are used up.

    One UPDATE decides, so a hundred requests at once get ``limit`` between them. Two statements.
    """
    key = {"kind": kind, "who": _hashed(who), "since": _stretch(at, window)}
    Allowance.objects.bulk_create([Allowance(**key)], ignore_conflicts=True)
    return bool(Allowance.objects.filter(**key, used__lt=limit).update(used=F("used") + 1))


def is_used_up(kind: str, who: object, *, at: datetime, limit: int, window: timedelta) -> bool:
    """Whether ``take`` would say no just now; nothing is used. For refusing cheaply what ``take`` decides later."""
    stretch = Allowance.objects.filter(kind=kind, who=_hashed(who), since=_stretch(at, window))
    return stretch.filter(used__gte=limit).exists()


class Meter:
    """For what is asked often and costs little: counts in this process, and takes from the limit a step at a time.

    Whoever asks less than a step in a stretch writes no row. Processes learn of one another at their next step, so
    that at most a step each is given too much.
    """

    def __init__(self, kind: str, *, window: timedelta, step: int) -> None:
        self.kind, self.window, self.step = kind, window, step
        self._lock, self._since = Lock(), datetime.min.replace(tzinfo=UTC)
        self._asked: Counter[str] = Counter()
        self._spent: set[str] = set()

    def wait(self, who: str, *, at: datetime, limit: int) -> int:
        """0 when ``who`` may go on; else for how many seconds to wait."""
        since = _stretch(at, self.window)
        with self._lock:
            if since != self._since:
                self._since = since
                self._asked.clear()
                self._spent.clear()
            self._asked[who] += 1
            takes = self._asked[who] % self.step == 0 and who not in self._spent
        steps = max(1, limit // self.step)
        if takes and not take(self.kind, who, at=at, limit=steps, window=self.window):
            with self._lock:
                self._spent.add(who)
        return seconds_left(self.window, at=at) if who in self._spent else 0

    def forget(self) -> None:
        """Begin to count anew: what a test has asked is not asked of the next one."""
        with self._lock:
            self._asked.clear()
            self._spent.clear()


def seconds_left(window: timedelta, *, at: datetime) -> int:
    """For how many seconds the current stretch still lasts: when whoever has used it up may come again."""
    return max(1, int((_stretch(at, window) + window - at).total_seconds()))


def forget_before(at: datetime) -> int:
    """Remove allowances that no limit looks at any more. Safe to repeat; returns how many went."""
    return Allowance.objects.filter(since__lt=at).delete()[0]


def network_of(request: HttpRequest) -> str:
    """The network a request comes from: /24 for IPv4, /48 for IPv6; proxies count only when trusted."""
    host = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = [
            part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
        ]
        host = forwarded[-settings.TRUSTED_PROXIES] if len(forwarded) >= settings.TRUSTED_PROXIES else host
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


def _stretch(at: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def _hashed(who: object) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY}:{who}".encode()).hexdigest()
