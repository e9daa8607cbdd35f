"""The portal as it is, with a meter around it."""

from opsi_portal.settings.local import *  # noqa: F403
from opsi_portal.settings.local import MIDDLEWARE

MIDDLEWARE = ["bench.meter.MeterMiddleware", *MIDDLEWARE]
