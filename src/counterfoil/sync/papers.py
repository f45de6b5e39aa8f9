"""An invoice as its customer sees it: the page where they pay it, and Xero's own PDF. Asked for when somebody wants it."""

from __future__ import annotations

from urllib.parse import urlsplit

from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync import organisations, wiring
from counterfoil.sync.models import Connection
from counterfoil.sync.places import one_place
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.work import READABLE
from counterfoil.xero.client import Repeats, XeroClient
from counterfoil.xero.errors import NotFound, XeroError

# Somebody waits for the page: one try, and no long wait for a turn.
AT_ONCE = Repeats(times=0, limit_times=0)


class PaperRefused(Exception):
    """It cannot be had now; the text is a sentence for whoever asked."""


def online_invoice(connection: Connection | None, document: SalesOrderHeader) -> str:
    """Where the customer sees and pays this invoice. Raises PaperRefused."""
    client = _client(connection)
    try:
        address = client.online_invoice(document.external_id or "")
    except XeroError as error:
        raise _refused(error) from error
    if not address:
        raise PaperRefused(
            f"{document.number or 'This invoice'} has no page for the customer yet: Xero makes one when the invoice is "
            "approved. Nothing was changed."
        )
    if not _is_xeros(address):
        raise PaperRefused("Xero gave an address that is not its own, so it was not opened.")
    return address


def invoice_pdf(connection: Connection | None, document: SalesOrderHeader) -> bytes:
    """The invoice as Xero prints it. Raises PaperRefused."""
    client = _client(connection)
    try:
        return client.invoice_pdf(document.external_id or "")
    except NotFound as error:
        raise PaperRefused("Xero does not have this invoice any more, so there is no PDF of it.") from error
    except XeroError as error:
        raise _refused(error) from error


def _client(connection: Connection | None) -> XeroClient:
    if connection is None or connection.state not in READABLE or connection.tokens_id is None:
        raise PaperRefused(
            "This company is not connected to Xero now, so its papers cannot be fetched from there."
        )
    source = StoredTokens(connection.tokens_id)
    turns = one_place(connection.tenant_id)
    return organisations.client_for(connection.tenant_id, source, turns=turns, repeats=AT_ONCE, max_wait_s=5)


def _refused(error: XeroError) -> PaperRefused:
    return PaperRefused(
        f"Xero did not give it just now: {error.message} Nothing was changed; try again in a moment."
    )


def _is_xeros(address: str) -> bool:
    """An address of Xero's, so that nobody is sent elsewhere by what came over the wire."""
    told = urlsplit(address)
    if (sandbox := wiring.configuration().xero_sandbox) and address.startswith(f"{sandbox}/"):
        return True
    host = told.hostname or ""
    return told.scheme == "https" and (host == "xero.com" or host.endswith(".xero.com"))
