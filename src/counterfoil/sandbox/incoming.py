"""Request bodies: JSON or XML, wrapped, bare or an array, as a list of elements. Facts: xero-facts 3.1.

Also the reading of single values that a client may have sent as text, because XML knows nothing else.
"""

from __future__ import annotations

import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from . import wire
from .errors import PostDataError, Record
from .xmlform import LISTS

_LISTED = frozenset(LISTS)
_OBJECTS = frozenset(
    {
        "Account",
        "Balances",
        "BatchPayments",
        "Bills",
        "Contact",
        "CreditNote",
        "Invoice",
        "PaymentTerms",
        "PurchaseDetails",
        "Sales",
        "SalesDetails",
    }
)


_TEXTS = frozenset(
    {"ContactID", "CurrencyCode", "InvoiceID", "ItemCode", "Name", "Status", "TaxType", "Type"}
)


_TOO_LARGE = Decimal(10) ** 15


def elements(body: bytes, headers: Mapping[str, str], collection: str) -> list[Record]:
    """The elements of a body. Raises PostDataError on anything that is none."""
    try:
        return _elements(body, headers, collection)
    except UnicodeDecodeError as error:
        raise PostDataError("The post data was not UTF-8") from error
    except RecursionError as error:
        raise PostDataError("The post data was nested too deeply") from error


def _elements(body: bytes, headers: Mapping[str, str], collection: str) -> list[Record]:
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        fields = urllib.parse.parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        body = fields.get("xml", [body.decode("utf-8", "replace")])[0].encode()
        kind = "application/xml"
    if kind.endswith("xml") or body.lstrip()[:1] == b"<":
        return _of_xml(body, collection)
    try:
        data = wire.decode(body)
    except msgspec.DecodeError as error:
        raise PostDataError(f"JSON for post data was invalid, {error}") from error
    if isinstance(data, dict):
        inner = next((value for key, value in data.items() if key.lower() == collection.lower()), None)
        data = inner if isinstance(inner, list) else [inner if isinstance(inner, dict) else data]
    if not isinstance(data, list) or not all(isinstance(element, dict) for element in data):
        raise PostDataError(f"JSON for post data was invalid, {collection} expected")
    for element in data:
        _check_shape(element)
    return data


def _check_shape(record: Record) -> None:
    """Lists must be lists of objects, and objects objects: no rule has to look again. Raises PostDataError."""
    for key, value in record.items():
        if value is None:
            continue
        if key in _LISTED and not isinstance(value, list):
            raise PostDataError(f"JSON for post data was invalid, {key} must be an array")
        if key in _OBJECTS and not isinstance(value, dict):
            raise PostDataError(f"JSON for post data was invalid, {key} must be an object")
        if key in _TEXTS and isinstance(value, (list, dict)):
            raise PostDataError(f"JSON for post data was invalid, {key} must be a value")
        if key not in _LISTED and key not in _OBJECTS:
            continue  # unknown members are ignored
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                raise PostDataError(f"JSON for post data was invalid, {key} must hold objects")
            _check_shape(part)


def _of_xml(body: bytes, collection: str) -> list[Record]:
    try:
        # No entity of another document can be reached: expat refuses undefined ones, and the listener is loopback.
        root = ET.fromstring(body)  # noqa: S314 - see above
    except ET.ParseError as error:
        raise PostDataError(f"XML for post data was invalid, {error}") from error
    if root.tag.lower() == "request" and len(root):
        root = root[0]
    if root.tag.lower() == collection.lower():
        return [_record(child) for child in root]
    return [_record(root)]


def _record(element: ET.Element) -> Record:
    return {child.tag: _value(child) for child in element}


def _value(element: ET.Element) -> Any:
    if element.tag in LISTS:
        return [_record(child) if len(child) else (child.text or "") for child in element]
    if len(element):
        return _record(element)
    return element.text or ""


def number(value: Any, name: str) -> Decimal | None:
    """A Decimal out of a number or its text; None for nothing. Raises PostDataError."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise PostDataError(f"{name} must be a number")
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise PostDataError(f"{name} must be a number, not {value!r}") from error
    if not found.is_finite() or abs(found) >= _TOO_LARGE:
        raise PostDataError(f"{name} must be a number of at most 15 digits before the point")
    return found


def truth(value: Any) -> bool:
    """A boolean out of a boolean or its text."""
    return value if isinstance(value, bool) else str(value).strip().lower() == "true"
