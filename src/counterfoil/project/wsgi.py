"""The WSGI application."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
django.setup()

from counterfoil.project import static  # noqa: E402  # it needs Django's settings

static.collect()  # before WhiteNoise looks for files
application = get_wsgi_application()
