"""Django's settings, made from `configuration` alone."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.contrib.messages import constants as messages

from counterfoil.project.configuration import configuration_read

CONFIGURATION = configuration_read()

SECRET_KEY = CONFIGURATION.secret_key
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = list(CONFIGURATION.hosts)
ROOT_URLCONF = "counterfoil.project.urls"
WSGI_APPLICATION = "counterfoil.project.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "counterfoil.accounts",
    "counterfoil.changes",
    "counterfoil.crm.finance",
    "counterfoil.crm.customers",
    "counterfoil.crm.products",
    "counterfoil.crm.sales",
    "counterfoil.crm.purchasing",
    "counterfoil.crm.quotes",
    "counterfoil.crm.documents",
    "counterfoil.sync",
    "counterfoil.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "counterfoil.web.middleware.OperatingCompanyMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A screen's templates stand beside its views: web/customers/list.html is "customers/list.html".
        "DIRS": [Path(__file__).resolve().parent.parent / "web"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["counterfoil.web.templatetags.show", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "counterfoil.web.context.shell",
            ],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if url.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///"),
            "OPTIONS": {
                # One writer at a time, taken at the start of a transaction: no deadlock by upgrade.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA cache_size=-12000; PRAGMA wal_autocheckpoint=4000;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": _query(parts.query).get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _query(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {key: unquote(value) for key, _, value in pairs}


DATABASES = {"default": _database(CONFIGURATION.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = True

STATIC_URL = "/static/"
# Filled when the server starts (counterfoil.project.static); WhiteNoise serves the packages' own folders as well.
STATIC_ROOT = CONFIGURATION.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "counterfoil.project.static.Storage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = CONFIGURATION.home / "uploads"
MEDIA_URL = "/uploads/"

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

_SECURE = CONFIGURATION.url.startswith("https://")
SESSION_COOKIE_NAME = "__Host-session" if _SECURE else "counterfoil-session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
# Lax, not Strict: the way back from Xero's consent page is a cross-site top-level navigation.
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.url]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        # Connect is a form, and browsers hold the redirect that answers it to this list.
        "form-action": [SELF, CONFIGURATION.xero_sandbox or "https://login.xero.com"],
    }
}

MESSAGE_TAGS = {messages.ERROR: "danger", messages.DEBUG: "secondary"}


def _mail(url: str) -> dict[str, Any]:
    """Django's mail settings from one address; without one, mail goes to the terminal."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure,
        "EMAIL_TIMEOUT": 20,
    }


globals().update(_mail(CONFIGURATION.mail_url))
DEFAULT_FROM_EMAIL = CONFIGURATION.mail_from


def _is_news(record: logging.LogRecord) -> bool:
    """Wrong signatures at the webhook's address are counted, not logged: Xero sends some on purpose (xero-facts 5)."""
    request = getattr(record, "request", None)
    return getattr(record, "status_code", 0) != 401 or getattr(request, "path", "") != WEBHOOK_PATH


WEBHOOK_PATH = "/integration/xero/webhook"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"news": {"()": "django.utils.log.CallbackFilter", "callback": _is_news}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # The client library logs each request's address with its query; ours says what matters.
    "loggers": {
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "django.request": {"filters": ["news"]},
    },
}

BASE_DIR = Path(__file__).resolve().parent
