"""The WSGI application."""

import gc
import os

import django
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
django.setup()

from counterfoil.project import static  # noqa: E402  # it needs Django's settings

static.collect()  # before WhiteNoise looks for files
application = get_wsgi_application()
# The views are loaded now rather than while the first person waits; and the collector, which would look through all
# that was loaded some 100 ms long whenever garbage has piled up, is told that it stays.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()
