"""What a well-behaved client does not do, noticed call by call (reliability 3.2).

Each note begins with a name before its colon, by which the journal counts. Notes change nothing in the
answer: the stand-in stays as tolerant as Xero.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from counterfoil.sandbox.call import Call

IN_FLIGHT_WISE = 4
_FOUR_PLACES = frozenset({"items", "invoices", "creditnotes"})
_PAGED = frozenset({"contacts", "invoices", "creditnotes", "payments"})
_COLLECTIONS = {
    "contacts": ("Contacts", "ContactID"),
    "invoices": ("Invoices", "InvoiceID"),
    "creditnotes": ("CreditNotes", "CreditNoteID"),
    "purchaseorders": ("PurchaseOrders", "PurchaseOrderID"),
    "items": ("Items", "ItemID"),
}
_SELECTIVE = frozenset({"ids", "invoicenumbers", "contactids", "where", "searchterm"})
_KNOWN = frozenset(
    (
        "page pagesize where order unitdp ids invoicenumbers contactids statuses includearchived"
        " summaryonly searchterm createdbymyapp summarizeerrors status datefrom dateto offset"
        " date fromdate todate contactid includeonline"
    ).split()
)
_BODY_LOOKED_AT = 200_000


def notes(call: Call, segments: list[str], *, in_flight: int, early_by_s: float) -> list[str]:
    """What is wrong with the manners of one call, in the order of weight; usually nothing."""
    parts = [segment.lower() for segment in segments]
    query = {name.lower(): value for name, value in call.parameters().items()}
    found = [
        _pace(in_flight, early_by_s),
        _format(call),
        _precision(parts, query),
        _paging(call, parts, query),
    ]
    if unknown := sorted(query.keys() - _KNOWN):
        found.append(f"unknown-parameter: {', '.join(unknown)}")
    if call.method in ("POST", "PUT"):
        found += _writing(call, parts)
    return [note for note in found if note]


def _pace(in_flight: int, early_by_s: float) -> str:
    if early_by_s > 0:
        return f"before-retry-after: {early_by_s:.0f} s too early"
    if in_flight > IN_FLIGHT_WISE:
        return f"too-many-in-flight: {in_flight} at once"
    return ""


def _format(call: Call) -> str:
    if "json" not in call.headers.get("accept", "") and call.method == "GET" and "pdf" not in call.path:
        return "no-accept-json: the answer may come as XML"
    if call.method == "GET" and "gzip" not in call.headers.get("accept-encoding", ""):
        return "no-gzip: seven times the bytes"
    return ""


def _precision(parts: list[str], query: Mapping[str, str]) -> str:
    if parts and parts[0] in _FOUR_PLACES and len(parts) <= 2 and query.get("unitdp") != "4":
        return "no-unitdp: unit amounts are rounded to two places"
    return ""


def _paging(call: Call, parts: list[str], query: Mapping[str, str]) -> str:
    listing = call.method == "GET" and len(parts) == 1 and parts[0] in _PAGED
    if listing and "page" not in query and not _SELECTIVE & query.keys():
        return "unpaged-list: a whole collection in one answer"
    return ""


def _writing(call: Call, parts: list[str]) -> list[str]:
    found = [] if "idempotency-key" in call.headers else ["no-idempotency-key: a repeat may write twice"]
    if not 1 <= len(parts) <= 2 or parts[0] not in _COLLECTIONS:
        return found
    name, id_key = _COLLECTIONS[parts[0]]
    elements = _elements(call, name)
    if call.method == "POST" and len(parts) == 1 and any(id_key not in element for element in elements):
        found.append("post-without-id: may overwrite a record of the same name or number")
    if any(_keys(element.get("Contact")) - {"ContactID"} for element in elements):
        found.append("contact-in-document: more than ContactID edits the contact")
    if call.method == "POST" and any("ContactPersons" in element for element in elements):
        found.append("contact-persons: an update replaces all of them")
    return found


def _keys(value: object) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _elements(call: Call, name: str) -> list[dict[str, object]]:
    if len(call.body) > _BODY_LOOKED_AT:
        return []
    try:
        value = json.loads(call.body)
    except ValueError:
        return []
    if isinstance(value, dict):
        value = value.get(name, [value])
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
