"""The mark by which an invoice in Xero is known as the one of a certain order (reliability §5.4).

It is derived, never drawn: a database restored from a backup makes the same mark for the same order, and finds what it
had sent before. Another installation on the same organisation has another key, so its marks differ.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from hashlib import sha256

LENGTH = 26
_SHAPE = re.compile(r"/x/([a-z2-7]{26})(?:[/?#]|$)", re.IGNORECASE)


def marker(*, key: bytes, company: str, kind: str, order: str, revision: int) -> str:
    """26 characters a-z, 2-7 (130 bits). `key` is the installation's; `order` the order's UUID, not its number.

    Raises ValueError for a part with the separator in it, which could make two orders look like one.
    """
    parts = (company, kind, order, str(revision))
    if any("|" in part for part in parts):
        raise ValueError("A part of a marker holds the sign that separates the parts.")
    digest = hmac.digest(key, "|".join(parts).encode(), sha256)
    return b32encode(digest).decode()[:LENGTH].lower()


def marker_url(host: str, mark: str) -> str:
    """The `Url` of the invoice: https, absolute. Raises ValueError for a host that Xero would refuse.

    Xero refuses an address with its own name in it (xero-facts §4.5).
    """
    if not host or "xero" in host.lower() or "/" in host:
        raise ValueError(f"{host!r} cannot stand in a link on an invoice in Xero.")
    return f"https://{host}/x/{mark}"


def marker_in(url: str | None) -> str:
    """The mark in an invoice's `Url`, or "" when it has none of any installation's."""
    found = _SHAPE.search(url or "")
    return found.group(1).lower() if found else ""


def contact_number(ledger: str, *, key: bytes, company: str) -> str:
    """The `ContactNumber` given to a contact that is made here: `crm-` and 26 characters, of Xero's 50."""
    return f"crm-{marker(key=key, company=company, kind='contact', order=ledger, revision=0)}"
