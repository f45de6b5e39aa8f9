"""Counterfoil's own server inside a test, for what others post to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from counterfoil.project.serving import WebServer
from counterfoil.sync.webhooks import PATH


@contextmanager
def listening() -> Iterator[str]:
    """The webhook's address, answered by the real server. Its threads leave no database connection behind."""
    before = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    try:
        with WebServer(host="127.0.0.1", port=0) as web:
            yield f"http://localhost:{web.port}{PATH}"
    finally:
        connection.settings_dict["CONN_MAX_AGE"] = before
