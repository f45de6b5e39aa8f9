"""What the configuration says about Xero, as the client library wants it."""

from __future__ import annotations

import ctypes
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from counterfoil.xero.auth import App
from counterfoil.xero.client import Repeats
from counterfoil.xero.governor import Governor
from counterfoil.xero.transport import XERO, Hosts, Transport
from counterfoil.xero.writing import transport_for_writing

CALLBACK_PATH = "/integration/xero/callback"
# The page of the connection, for messages that lead there.
XERO_PAGE_PATH = "/settings/integration/xero/"
IN_FLIGHT = 4
# Organisations that one process reads at the same time; a pass that finds nothing takes milliseconds.
PASSES_AT_ONCE = 3
# How a read is repeated when the wire or Xero stumbles.
REPEATS = Repeats()
# Calls to one organisation within a minute (xero-facts 2).
MINUTE_LIMIT = 60
# mallopt(3): blocks from this size on, as the bodies of pages are, go back to the system when they are freed.
M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 1024 * 1024

_governors: dict[str, Governor] = {}
_transports: dict[str, Transport] = {}
_lock = threading.Lock()


def app() -> App:
    """The registered Xero app that the environment names; without a client id it names none."""
    configuration = settings.CONFIGURATION
    return App(configuration.xero_client_id, configuration.xero_client_secret or None)


def redirect_uri() -> str:
    return f"{configuration().url}{CALLBACK_PATH}"


def redirect_problem() -> str:
    """Why Xero would not send people back here (xero-facts 1.3); "" when it would."""
    address = urlsplit(configuration().url)
    if address.scheme == "https" or address.hostname == "localhost":
        return ""
    return (
        f"Xero sends people back to https addresses only (plain http for localhost alone), and Counterfoil's "
        f"is {configuration().url}. Nothing was sent to Xero. Give Counterfoil an https address and set "
        "COUNTERFOIL_URL, or use a custom connection, which needs no way back."
    )


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


@cache
def threads() -> ThreadPoolExecutor:
    """The process's threads for asking Xero: those of all passes, and of one other that reads as they do."""
    _large_blocks_go_back()
    return ThreadPoolExecutor((PASSES_AT_ONCE + 1) * IN_FLIGHT, thread_name_prefix="xero")


def _large_blocks_go_back() -> None:
    """glibc would come to keep up to twice the largest block for each thread that had one; other libraries need nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def governor(tenant_id: str, *, day_reserve: int | None = None) -> Governor:
    """The keeper of one organisation's limits, shared by all threads of this process.

    `day_reserve`: the calls of a day that are people's alone from now on (IS-8); None leaves it as it is.
    """
    with _lock:
        if tenant_id not in _governors:
            _governors[tenant_id] = Governor(
                max_in_flight=IN_FLIGHT,
                minute_limit=MINUTE_LIMIT,
                day_reserve=configuration().day_reserve,
            )
        found = _governors[tenant_id]
    if day_reserve is not None:
        found.reserve_set(day_reserve)
    return found


def background_calls_a_day(day_reserve: int | None = None) -> int:
    """What reading by itself may use of a day's calls; a tenth is left for what the rhythm does not foresee."""
    reserve = configuration().day_reserve if day_reserve is None else day_reserve
    return int((configuration().max_calls_a_day - reserve) * 0.9)


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
