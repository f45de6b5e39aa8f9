"""Post a message to an address that somebody entered, without letting it reach what only this machine may reach.

An Administrator of one company chooses the address, and need not be the one who runs the installation. So: https only,
a name is looked up once and the connection goes to exactly the address that was checked, and no redirect is followed.
The operator may allow addresses of the own network, and plain http to this machine (COUNTERFOIL_ALERTS_INSIDE).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

TIME_S = 10.0
# Of the whole post, however slowly an answer drips: one company's address must not hold up another's messages.
TOTAL_S = 20.0
LONGEST = 500
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotPosted(OSError):
    """It was not taken; the text says why and holds nothing secret."""


def address_problem(url: str, *, inside: bool) -> str:
    """Why no message can go to this address, as far as its text tells; "" when it may."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address."
    if len(url) > LONGEST or not url.isascii() or any(sign.isspace() for sign in url):
        return f"An address has at most {LONGEST} plain characters."
    if not parts.hostname or parts.username or parts.password or port == 0:
        return "Give an address such as https://alerts.example.com/xero, without a user name."
    is_loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme == "http" and inside and is_loopback:
        return ""
    if parts.scheme != "https":
        return "Only https addresses are posted to, so that nobody reads or changes messages on the way."
    return _literal_problem(parts.hostname, inside=inside)


def post(url: str, body: bytes, headers: Mapping[str, str], *, inside: bool) -> None:
    """Post `body`. Raises NotPosted unless the answer is a 2xx."""
    if problem := address_problem(url, inside=inside):
        raise NotPosted(problem)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with _connected(host, port, secure=parts.scheme == "https", inside=inside) as link:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            link.request("POST", path, body=body, headers=dict(headers))
            status = link.getresponse().status
    except NotPosted:
        raise
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NotPosted(f"{host} did not answer ({type(error).__name__}).") from error
    if not 200 <= status < 300:
        raise NotPosted(f"{host} answered with status {status}, which is no success.")


@contextmanager
def _connected(host: str, port: int, *, secure: bool, inside: bool) -> Iterator[http.client.HTTPConnection]:
    """A connection to the very address that was checked, cut when its time is over."""
    address = _address_of(host, port, inside=inside)
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    link = kind(host, port, timeout=TIME_S)
    raw = socket.create_connection((address, port), timeout=TIME_S)
    with raw.dup() as handle:
        cut = threading.Timer(TOTAL_S, _cut, (handle,))
        cut.daemon = True
        cut.start()
        try:
            link.sock = raw
            if secure:
                link.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
            yield link
        finally:
            cut.cancel()
            link.close()
            raw.close()


def _cut(handle: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        handle.shutdown(socket.SHUT_RDWR)


def _address_of(host: str, port: int, *, inside: bool) -> str:
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        # Every one of them: a name with one public and one private address is a trap.
        if not inside and not _is_public(address):
            raise NotPosted(
                f"{host} is an address of an own network, which this installation does not post to."
            )
    if not found:
        raise NotPosted(f"{host} has no address.")
    return found[0]


def _literal_problem(host: str, *, inside: bool) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        return "" if inside or not local else "This installation posts to public addresses only."
    return "" if inside or _is_public(str(address)) else "This installation posts to public addresses only."


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (carried := _carried(found)):
        return all(one.is_global and not one.is_multicast for one in carried)
    return found.is_global and not found.is_multicast


def _carried(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that gateways would reach for it: mapped, 6to4, Teredo, NAT64."""
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
