"""How much an unanswered mailbox or one network may ask for. Rows in the database: they hold across processes."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import UTC, datetime, timedelta

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
