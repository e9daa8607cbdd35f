"""Django first, then the bench:  python -m bench [--quick]"""

import os
import sys
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsi_portal.settings.test")
django.setup()
sys.exit(import_module("bench.run").main(sys.argv[1:]))
