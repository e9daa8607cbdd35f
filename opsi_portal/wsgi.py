"""The door for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.local")

application = get_wsgi_application()

# What is loaded by now stays for good: the collector need not look at it again, and processes forked from this one
# go on sharing its memory.
gc.collect()
gc.freeze()
