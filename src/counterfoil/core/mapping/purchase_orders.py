"""A Xero purchase order as a Purchase Order Header with its lines (PO)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from counterfoil.core.mapping.amounts import day, four_or_none, home, rate_of
from counterfoil.core.mapping.documents import contact_id, document_totals, line_amount_types, short
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.lines import Basis, LineValues, line_values
from counterfoil.core.mapping.text import INDEXED_LIMIT, bounded, clean
from counterfoil.xero.records import PurchaseOrder

FIELDS = (
    MappedField("external_id", "PurchaseOrderID", "PO-1", "xero"),
    MappedField("purchase_ledger", "Contact.ContactID", "PO-1", "xero"),
    MappedField("number", "PurchaseOrderNumber", "PO-1", "xero"),
    MappedField("reference", "Reference", "PO-1", "xero"),
    MappedField("status", "Status", "PO-2", "xero"),
    MappedField("state", "Status", "PO-2", "xero"),
    MappedField("date", "Date", "PO-1", "xero"),
    MappedField("delivery_date", "DeliveryDate", "PO-1", "xero"),
    MappedField("expected_on", "ExpectedArrivalDate", "PO-1", "xero"),
    MappedField("currency", "CurrencyCode, else the home currency", "TX-3", "xero"),
    MappedField("rate", "CurrencyRate; 1 in home currency", "TX-3", "xero"),
    MappedField("line_amount_types", "LineAmountTypes", "PO-1", "xero"),
    MappedField("net", "SubTotal", "PO-1", "xero"),
    MappedField("tax", "TotalTax", "PO-1", "xero"),
    MappedField("total", "Total", "PO-1", "xero"),
    MappedField("home_net", "SubTotal ÷ CurrencyRate", "PO-1", "xero"),
    MappedField("home_total", "Total ÷ CurrencyRate", "PO-1", "xero"),
    MappedField("delivery_address", "DeliveryAddress", "PO-1", "xero"),
    MappedField("attention_to", "AttentionTo", "PO-1", "xero"),
    MappedField("telephone", "Telephone", "PO-1", "xero"),
    MappedField("delivery_instructions", "DeliveryInstructions", "PO-1", "xero"),
)

_STATES = {
    "DRAFT": "draft",
    "SUBMITTED": "submitted",
    "AUTHORISED": "authorised",
    "BILLED": "completed",
    "DELETED": "obsolete",
}
_STATUS, _CURRENCY = 30, 3


class PurchaseOrderValues(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One purchase order, its header in the order of the columns; `ledger_id` is the ContactID.

    Amounts have 4 decimals, in document currency unless named `home_`.
    """

    external_id: str
    ledger_id: str
    number: str
    reference: str
    status: str
    state: str
    date: dt.date | None
    delivery_date: dt.date | None
    expected_on: dt.date | None
    currency: str
    rate: Decimal
    line_amount_types: str
    net: Decimal
    tax: Decimal
    total: Decimal
    home_net: Decimal
    home_total: Decimal
    delivery_address: str
    attention_to: str
    telephone: str
    delivery_instructions: str
    lines: tuple[LineValues, ...]


def purchase_order_values(record: PurchaseOrder, *, home_currency: str) -> PurchaseOrderValues:
    """The values of one purchase order; an unknown status is kept as such (PO-2).

    Raises CannotMap for what cannot be kept: no contact, a foreign currency without a rate, an amount
    beyond the columns.
    """
    status = short(record.status, "Status", _STATUS)
    currency = short(record.currency_code, "CurrencyCode", _CURRENCY) or home_currency
    rate = rate_of(currency, record.currency_rate, home_currency=home_currency)
    amount_types = line_amount_types(record)
    basis = Basis(amount_types, rate, False, four_or_none(record.total_tax, "TotalTax"))
    lines = line_values(record.line_items, basis=basis)
    net, tax, total = document_totals(record, lines, basis=basis)
    return PurchaseOrderValues(
        external_id=record.document_id,
        ledger_id=contact_id(record),
        number=bounded(record.number, "Number", INDEXED_LIMIT),
        reference=clean(record.reference),
        status=status,
        state=_STATES.get(status, "unknown"),
        date=day(record.date) or day(record.date_string),
        delivery_date=day(record.delivery_date) or day(record.delivery_date_string),
        expected_on=day(record.expected_arrival_date) or day(record.expected_arrival_date_string),
        currency=currency,
        rate=rate,
        line_amount_types=amount_types,
        net=net,
        tax=tax,
        total=total,
        home_net=home(net, rate, "SubTotal"),
        home_total=home(total, rate, "Total"),
        delivery_address=clean(record.delivery_address),
        attention_to=clean(record.attention_to),
        telephone=clean(record.telephone),
        delivery_instructions=clean(record.delivery_instructions),
        lines=lines,
    )
