"""What both floors share: the least that any reader of Xero does, as fast as plain Python can.

Pages are decoded into typed records with exact amounts and become the rows of 13 plain tables. No mapping,
no company or ledger, no home currency, no links, no fingerprints, no progress, no rules: what the product
costs on top of this is the price of being a CRM.
"""

from __future__ import annotations

import http.client
import json
import time
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from operator import attrgetter
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from benchmarks import memory

Row = tuple[Any, ...]
# Table, its key, its other columns. Lines are keyed by their document and position.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}


class Record(msgspec.Struct, rename="pascal", gc=False):
    pass


class Address(Record):
    address_type: str = ""
    address_line1: str = ""
    address_line2: str = ""
    address_line3: str = ""
    address_line4: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    attention_to: str = ""


class Phone(Record):
    phone_type: str = ""
    phone_number: str = ""
    phone_area_code: str = ""
    phone_country_code: str = ""


class Person(Record):
    first_name: str = ""
    last_name: str = ""
    email_address: str = ""
    include_in_emails: bool = False


class Contact(Record):
    contact_id: str = msgspec.field(name="ContactID")
    contact_status: str = ""
    name: str = ""
    account_number: str = ""
    first_name: str = ""
    last_name: str = ""
    email_address: str = ""
    tax_number: str = ""
    accounts_receivable_tax_type: str = ""
    accounts_payable_tax_type: str = ""
    is_customer: bool = False
    is_supplier: bool = False
    default_currency: str = ""
    website: str = ""
    discount: Decimal | None = None
    updated_date_utc: str = msgspec.field(name="UpdatedDateUTC", default="")
    addresses: list[Address] = []
    phones: list[Phone] = []
    contact_persons: list[Person] = []


class Prices(Record, frozen=True):
    unit_price: Decimal | None = None
    account_code: str = ""
    tax_type: str = ""


class Item(Record):
    item_id: str = msgspec.field(name="ItemID")
    code: str = ""
    name: str = ""
    description: str = ""
    purchase_description: str = ""
    is_sold: bool = True
    is_purchased: bool = True
    is_tracked_as_inventory: bool = False
    quantity_on_hand: Decimal | None = None
    sales_details: Prices = Prices()
    purchase_details: Prices = Prices()
    updated_date_utc: str = msgspec.field(name="UpdatedDateUTC", default="")


class Line(Record):
    line_item_id: str = msgspec.field(name="LineItemID", default="")
    item_code: str = ""
    description: str = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    account_code: str = ""
    tax_type: str = ""
    tax_amount: Decimal | None = None
    line_amount: Decimal | None = None


class ContactRef(Record):
    contact_id: str = msgspec.field(name="ContactID")


class Document(Record, kw_only=True):
    type: str = ""
    status: str = ""
    contact: ContactRef
    reference: str = ""
    date_string: str = ""
    line_amount_types: str = ""
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    currency_code: str = ""
    currency_rate: Decimal | None = None
    sent_to_contact: bool = False
    updated_date_utc: str = msgspec.field(name="UpdatedDateUTC")
    line_items: list[Line]


class Invoice(Document, kw_only=True):
    invoice_id: str = msgspec.field(name="InvoiceID")
    invoice_number: str = ""
    due_date_string: str = ""
    fully_paid_on_date: str = ""
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    url: str = ""


class InvoiceRef(Record):
    invoice_id: str = msgspec.field(name="InvoiceID")


class Allocation(Record):
    amount: Decimal
    date: str = ""
    invoice: InvoiceRef | None = None


class CreditNote(Document, kw_only=True):
    credit_note_id: str = msgspec.field(name="CreditNoteID")
    credit_note_number: str = ""
    remaining_credit: Decimal | None = None
    allocations: list[Allocation] = []


class PurchaseOrder(Document, kw_only=True):
    purchase_order_id: str = msgspec.field(name="PurchaseOrderID")
    purchase_order_number: str = ""
    delivery_date_string: str = ""
    delivery_address: str = ""
    attention_to: str = ""
    telephone: str = ""
    delivery_instructions: str = ""


def _columns(record: type, *left_out: str) -> tuple[str, ...]:
    return tuple(name for name in record.__struct_fields__ if name not in left_out)


_COMMON = _columns(Document, "contact", "line_items")


def _parts(name: str, record: type, parent: str) -> Callable[[Any], Row]:
    TABLES[name] = ((parent, "position"), _columns(record))
    return attrgetter(*_columns(record))


def _documents(name: str, record: type) -> Callable[[Any], Row]:
    own = [n for n in record.__struct_fields__ if n not in Document.__struct_fields__ and n != "allocations"]
    paths = [*own, "contact.contact_id", *_COMMON]
    TABLES[name] = ((own[0],), tuple(path.replace(".", "_") for path in paths[1:]))
    return attrgetter(*paths)


_contact_paths = _columns(Contact, "addresses", "phones", "contact_persons")
TABLES["contacts"] = ((_contact_paths[0],), _contact_paths[1:])
_contact = attrgetter(*_contact_paths)
_address = _parts("contact_addresses", Address, "contact_id")
_phone = _parts("contact_phones", Phone, "contact_id")
_person = _parts("contact_persons", Person, "contact_id")
_item_paths = (
    *_columns(Item, "sales_details", "purchase_details"),
    *(
        f"{side}.{name}"
        for side in ("sales_details", "purchase_details")
        for name in Prices.__struct_fields__
    ),
)
TABLES["items"] = ((_item_paths[0],), tuple(path.replace(".", "_") for path in _item_paths[1:]))
_item = attrgetter(*_item_paths)
_invoice = _documents("invoices", Invoice)
_invoice_line = _parts("invoice_lines", Line, "invoice_id")
_credit = _documents("credit_notes", CreditNote)
_credit_line = _parts("credit_note_lines", Line, "credit_note_id")
TABLES["allocations"] = (("credit_note_id", "position"), ("invoice_id", "amount", "date"))
_order = _documents("purchase_orders", PurchaseOrder)
_order_line = _parts("purchase_order_lines", Line, "purchase_order_id")
TABLES["cursors"] = (("stream",), ("updated_ms", "page"))

AMOUNTS = {
    "discount", "unit_price", "quantity_on_hand", "sales_details_unit_price", "purchase_details_unit_price",
    "quantity", "unit_amount", "discount_rate", "tax_amount", "line_amount", "sub_total", "total_tax", "total",
    "currency_rate", "amount_due", "amount_paid", "amount_credited", "remaining_credit", "amount",
}  # fmt: skip
FLAGS = {
    "is_customer", "is_supplier", "is_sold", "is_purchased", "is_tracked_as_inventory", "sent_to_contact",
    "include_in_emails",
}  # fmt: skip


def _contact_rows(records: list[Contact]) -> dict[str, list[Row]]:
    return {
        "contacts": [_contact(c) for c in records],
        "contact_addresses": [
            (c.contact_id, i, *_address(a)) for c in records for i, a in enumerate(c.addresses)
        ],
        "contact_phones": [(c.contact_id, i, *_phone(p)) for c in records for i, p in enumerate(c.phones)],
        "contact_persons": [
            (c.contact_id, i, *_person(p)) for c in records for i, p in enumerate(c.contact_persons)
        ],
    }


def _item_rows(records: list[Item]) -> dict[str, list[Row]]:
    return {"items": [_item(i) for i in records]}


def _invoice_rows(records: list[Invoice]) -> dict[str, list[Row]]:
    return {
        "invoices": [_invoice(d) for d in records],
        "invoice_lines": [
            (d.invoice_id, i, *_invoice_line(x)) for d in records for i, x in enumerate(d.line_items)
        ],
    }


def _credit_rows(records: list[CreditNote]) -> dict[str, list[Row]]:
    return {
        "credit_notes": [_credit(d) for d in records],
        "credit_note_lines": [
            (d.credit_note_id, i, *_credit_line(x)) for d in records for i, x in enumerate(d.line_items)
        ],
        "allocations": [
            (d.credit_note_id, i, a.invoice.invoice_id if a.invoice else "", a.amount, a.date)
            for d in records
            for i, a in enumerate(d.allocations)
        ],
    }


def _order_rows(records: list[PurchaseOrder]) -> dict[str, list[Row]]:
    return {
        "purchase_orders": [_order(d) for d in records],
        "purchase_order_lines": [
            (d.purchase_order_id, i, *_order_line(x)) for d in records for i, x in enumerate(d.line_items)
        ],
    }


# Stream: path, query beside the page, record, rows. Items are not paged.
STREAMS = (
    ("Contacts", "includeArchived=true", Contact, _contact_rows),
    ("Items", "unitdp=4", Item, _item_rows),
    ("Invoices", f"where={quote('Type==') + quote(chr(34) + 'ACCREC' + chr(34))}&unitdp=4", Invoice, _invoice_rows),
    ("CreditNotes", f"where={quote('Type==') + quote(chr(34) + 'ACCRECCREDIT' + chr(34))}&unitdp=4", CreditNote, _credit_rows),
    ("PurchaseOrders", "", PurchaseOrder, _order_rows),
)  # fmt: skip


def _decoder(record: type, key: str) -> msgspec.json.Decoder[Any]:
    class Pagination(msgspec.Struct, rename="camel", frozen=True):
        page_count: int = 1

    fields = [
        ("rows", list[record], msgspec.field(name=key)),
        ("pagination", Pagination, Pagination()),
    ]
    return msgspec.json.Decoder(msgspec.defstruct(f"{key}Envelope", fields, gc=False))


DECODERS = {path: _decoder(record, path) for path, _, record, _ in STREAMS}


class Reader:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc)
        self.calls = self.bytes = 0

    def get(self, target: str, since_ms: int | None) -> bytes:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if since_ms is not None:
            headers["If-Modified-Since"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_ms / 1000))
        self._http.request("GET", f"/api.xro/2.0/{target}", headers=headers)
        answer = self._http.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{target}: {answer.status}")
        self.calls += 1
        self.bytes += len(body)
        return zlib.decompress(body, wbits=47)

    def pages(self, path: str, query: str, cursors: dict[str, int]) -> Iterator[tuple[int, int, list[Any]]]:
        """(page, highest stamp, records) of one stream; since the cursor when there is one."""
        decode, since, page = DECODERS[path].decode, cursors.get(path), 1
        low = None if since is None else since - 300_000
        while True:
            asked = "" if path == "Items" else f"&page={page}&pageSize=1000"
            content = decode(self.get(f"{path}?{query}{asked}".replace("?&", "?"), low))
            stamps = [int(r.updated_date_utc[6:19]) for r in content.rows]
            yield page, max(stamps, default=since or 0), content.rows
            if path == "Items" or page >= content.pagination.page_count:
                return
            page += 1


Write = Callable[[dict[str, list[Row]]], None]


def read_all(reader: Reader, cursors: dict[str, int], write: Write) -> int:
    """Read every stream once, a transaction a page; returns the records read."""
    count = 0
    for path, query, _, rows_of in STREAMS:
        for page, highest, records in reader.pages(path, query, cursors):
            count += len(records)
            cursors[path] = max(highest, cursors.get(path, 0))
            if records:
                write({**rows_of(records), "cursors": [(path, cursors[path], page)]})
    return count


def peak_mb() -> float:
    return memory.told("VmHWM") if memory.IS_TOLD else memory.elsewhere("VmHWM")


def report(reader: Reader, *, records: int, wall: float, cpu: float, **more: Any) -> None:
    figures = {"records": records, "wall": wall, "cpu": cpu, "calls": reader.calls, "bytes": reader.bytes}
    print(json.dumps({**figures, "peak_mb": peak_mb(), **more}), flush=True)
