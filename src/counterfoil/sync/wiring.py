"""What the configuration says about Xero, as the client library wants it."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings

from counterfoil.xero.auth import App
from counterfoil.xero.client import Repeats
from counterfoil.xero.governor import Governor
from counterfoil.xero.scopes import BROAD, GRANULAR
from counterfoil.xero.transport import XERO, Hosts, Transport
from counterfoil.xero.writing import transport_for_writing

CALLBACK_PATH = "/integration/xero/callback"
IN_FLIGHT = 4
# How a read is repeated when the wire or Xero stumbles.
REPEATS = Repeats()

_governors: dict[str, Governor] = {}
_transports: dict[str, Transport] = {}
_lock = threading.Lock()


def app() -> App:
    """The installation's own registered Xero app."""
    configuration = settings.CONFIGURATION
    return App(configuration.xero_client_id, configuration.xero_client_secret or None)


def redirect_uri() -> str:
    return f"{configuration().url}{CALLBACK_PATH}"


def needed_scopes() -> tuple[str, ...]:
    """What to ask consent for (CN-3)."""
    return BROAD if configuration().xero_scopes == "broad" else GRANULAR


def hosts() -> Hosts:
    sandbox = configuration().xero_sandbox
    return Hosts.sandbox(sandbox) if sandbox else XERO


def transport() -> Transport:
    """The process's one pool of connections to Xero."""
    with _lock:
        if "pool" not in _transports:
            _transports["pool"] = Transport(hosts())
        return _transports["pool"]


def write_transport() -> Transport:
    """The process's connections for writing, which end sooner (reliability 5.4, step 6)."""
    with _lock:
        if "writes" not in _transports:
            _transports["writes"] = transport_for_writing(hosts())
        return _transports["writes"]


def governor(tenant_id: str) -> Governor:
    """The keeper of one organisation's limits, shared by all threads of this process."""
    with _lock:
        if tenant_id not in _governors:
            _governors[tenant_id] = Governor(max_in_flight=IN_FLIGHT, day_reserve=configuration().day_reserve)
        return _governors[tenant_id]


def configuration() -> Any:
    """The installation's settings (`project.configuration.Configuration`)."""
    return settings.CONFIGURATION


def forget() -> None:
    """Drop pooled connections and remembered limits, after the configuration changed."""
    with _lock:
        _governors.clear()
        for pool in _transports.values():
            pool.close()
        _transports.clear()
