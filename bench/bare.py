"""The least that Django can do for a form: one view, one insert, no middleware but the meter. It is the yardstick."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.bare_settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
