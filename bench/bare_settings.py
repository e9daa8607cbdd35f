"""Beside the same database, as little as there can be."""

from bench.settings import *  # noqa: F403

MIDDLEWARE = ["bench.meter.MeterMiddleware"]
ROOT_URLCONF = "bench.bare_urls"
