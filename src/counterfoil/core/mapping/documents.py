"""Sales invoices and credit notes as Sales Order Headers with their lines (IN, CR).

Bills and supplier credits never become CRM records: asking for one raises `NotOurs`, so that a filter
forgotten in a request cannot bring one in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import msgspec

from counterfoil.core.mapping.amounts import NO_MONEY, day, four, four_or_none, home, rate_of
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.lines import Basis, LineValues, line_values
from counterfoil.core.mapping.text import INDEXED_LIMIT, bounded, clean
from counterfoil.core.totals import LineAmounts
from counterfoil.xero.records import CreditNote, Document, Invoice, SalesDocument, each

FIELDS = (
    MappedField("external_id", "InvoiceID | CreditNoteID", "IN-1", "xero"),
    MappedField("kind", "Type", "CR-1", "xero"),
    MappedField("sales_ledger", "Contact.ContactID", "CU-1", "xero"),
    MappedField("number", "InvoiceNumber | CreditNoteNumber", "IN-1", "xero"),
    MappedField("customer_reference", "Reference", "IN-5", "xero"),
    MappedField("status", "Status", "IN-2", "xero"),
    MappedField("state", "Status", "IN-2", "xero"),
    MappedField("is_reported", "Status", "RP-1", "xero"),
    MappedField("date", "Date", "IN-5", "xero"),
    MappedField("due_date", "DueDate", "IN-5", "xero"),
    MappedField("currency", "CurrencyCode, else the home currency", "TX-3", "xero"),
    MappedField("rate", "CurrencyRate; 1 in home currency", "TX-3", "xero"),
    MappedField("line_amount_types", "LineAmountTypes", "IN-3", "xero"),
    MappedField("net", "SubTotal", "IN-7", "xero"),
    MappedField("tax", "TotalTax", "IN-7", "xero"),
    MappedField("total", "Total", "IN-7", "xero"),
    MappedField("home_net", "SubTotal ÷ CurrencyRate", "IN-3", "xero"),
    MappedField("home_total", "Total ÷ CurrencyRate", "IN-3", "xero"),
    MappedField("amount_paid", "AmountPaid | Payments[].Amount", "IN-4", "xero"),
    MappedField("amount_credited", "AmountCredited | what allocations used of a credit", "IN-4", "xero"),
    MappedField("amount_due", "AmountDue | RemainingCredit", "IN-4", "xero"),
    MappedField("is_paid", "Status, or Total = 0", "IN-4", "xero"),
    MappedField("paid_on", "FullyPaidOnDate, or Date when Total = 0", "IN-4", "xero"),
    MappedField("back_link", "Url", "PU-4", "xero"),
    MappedField("sent_to_contact", "SentToContact", "IN-1", "xero"),
)

# Xero's status → state in the CRM and whether reports count the document (IN-2, CR-2, RP-1).
_STATES = {
    "AUTHORISED": ("invoiced", True),
    "PAID": ("invoiced", True),
    "DRAFT": ("pending", True),
    "SUBMITTED": ("pending", True),
    "DELETED": ("deleted", False),
    "VOIDED": ("voided", False),
}
_UNKNOWN = ("unknown", False)
_AMOUNT_TYPES = {one.value.upper(): one.value for one in LineAmounts}
_STATUS, _CURRENCY = 30, 3


class NotOurs(Exception):
    """The record is a bill or a supplier's credit note, which the CRM never holds."""


class DocumentValues(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One invoice or credit note, its header in the order of the columns.

    Amounts have 4 decimals, in document currency unless named `home_`; all of a credit note's are
    negative (CR-1). `ledger_id` is the ContactID; `is_paid` and `paid_on` follow IN-4.
    """

    external_id: str
    kind: str
    ledger_id: str
    number: str
    customer_reference: str
    status: str
    state: str
    is_reported: bool
    date: dt.date | None
    due_date: dt.date | None
    currency: str
    rate: Decimal
    line_amount_types: str
    net: Decimal
    tax: Decimal
    total: Decimal
    home_net: Decimal
    home_total: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    amount_due: Decimal
    is_paid: bool
    paid_on: dt.date | None
    back_link: str
    sent_to_contact: bool
    lines: tuple[LineValues, ...]


def invoice_values(record: Invoice, *, home_currency: str) -> DocumentValues:
    """The values of one sales invoice.

    Raises NotOurs for a bill, and CannotMap for what cannot be kept: no contact, a foreign currency
    without a rate, an amount beyond the columns. An unknown status is kept and not reported.
    """
    _check_type(record.type, "ACCREC")
    return _values(record, kind="I", home_currency=home_currency)


def credit_note_values(record: CreditNote, *, home_currency: str) -> DocumentValues:
    """The values of one sales credit note, all amounts negative (CR-1). Raises as `invoice_values`."""
    _check_type(record.type, "ACCRECCREDIT")
    return _values(record, kind="C", home_currency=home_currency)


def _check_type(given: str | None, ours: str) -> None:
    if not given:
        raise CannotMap("Type", "Xero did not say whether this is a sale or a purchase.")
    if given != ours:
        raise NotOurs(f"A document of type {given} is no {ours}; the CRM keeps sales only.")


def _values(record: Invoice | CreditNote, *, kind: str, home_currency: str) -> DocumentValues:
    status = short(record.status, "Status", _STATUS)
    state, is_reported = _STATES.get(status, _UNKNOWN)
    currency = short(record.currency_code, "CurrencyCode", _CURRENCY) or home_currency
    rate = rate_of(currency, record.currency_rate, home_currency=home_currency)
    amount_types = line_amount_types(record)
    total_tax = four_or_none(record.total_tax, "TotalTax")
    basis = Basis(amount_types, rate, kind == "C", total_tax)
    lines = line_values(record.line_items, basis=basis)
    net, tax, total = document_totals(record, lines, basis=basis)
    paid, credited, due = _settled(record, total, is_alive=is_reported)
    date = day(record.date) or day(record.date_string)
    is_paid = state == "invoiced" and (status == "PAID" or not total)
    return DocumentValues(
        external_id=record.document_id,
        kind=kind,
        ledger_id=contact_id(record),
        number=bounded(record.number, "Number", INDEXED_LIMIT),
        customer_reference=clean(record.reference),
        status=status,
        state=state,
        is_reported=is_reported,
        date=date,
        due_date=day(record.due_date) or day(record.due_date_string),
        currency=currency,
        rate=rate,
        line_amount_types=amount_types,
        net=net,
        tax=tax,
        total=total,
        home_net=home(net, rate, "SubTotal"),
        home_total=home(total, rate, "Total"),
        amount_paid=paid,
        amount_credited=credited,
        amount_due=due,
        is_paid=is_paid,
        paid_on=_paid_on(record, date, is_zero=not total) if is_paid else None,
        back_link=clean(record.url) if isinstance(record, Invoice) else "",
        sent_to_contact=record.sent_to_contact is True,
        lines=lines,
    )


# The same few words stand on thousands of documents.
short = lru_cache(maxsize=2048)(bounded)


def line_amount_types(record: Document) -> str:
    """Whether the lines hold tax; Xero's own default where it says nothing. Raises CannotMap for a new kind.

    What the amounts of such lines mean would be a guess.
    """
    said = clean(record.line_amount_types) or LineAmounts.EXCLUSIVE.value
    kind = _AMOUNT_TYPES.get(said.upper())
    if kind is None:
        raise CannotMap("LineAmountTypes", f"is {said[:40]!r}, which this version does not know.")
    return kind


def contact_id(record: Document) -> str:
    """The ContactID of a document. Raises CannotMap when Xero named none."""
    if record.contact is None or not record.contact.contact_id:
        raise CannotMap("Contact.ContactID", "Xero did not say whose document this is.")
    return clean(record.contact.contact_id)


def document_totals(
    record: Document, lines: Sequence[LineValues], *, basis: Basis
) -> tuple[Decimal, Decimal, Decimal]:
    """Net, tax and total, signed: Xero's own (IN-7), and where one is missing the sum of the lines."""
    net = four_or_none(record.sub_total, "SubTotal")
    tax = basis.total_tax
    total = four_or_none(record.total, "Total")
    if basis.is_credit:
        net, tax, total = (None if amount is None else -amount for amount in (net, tax, total))
    if net is None:
        net = four(sum((line.net for line in lines), NO_MONEY), "SubTotal")
    if tax is None:
        tax = four(sum((line.tax for line in lines), NO_MONEY), "TotalTax")
    return net, tax, net + tax if total is None else total


def _settled(
    record: Invoice | CreditNote, total: Decimal, *, is_alive: bool
) -> tuple[Decimal, Decimal, Decimal]:
    """Paid, credited and still due, signed; total = paid + credited + due unless the document is dead."""
    if isinstance(record, Invoice):
        paid = four_or_none(record.amount_paid, "AmountPaid") or NO_MONEY
        credited = four_or_none(record.amount_credited, "AmountCredited") or NO_MONEY
        due = four_or_none(record.amount_due, "AmountDue")
        return paid, credited, (total - paid - credited if is_alive else NO_MONEY) if due is None else due
    if not is_alive:
        return NO_MONEY, NO_MONEY, NO_MONEY
    # Refunds are a credit note's payments; allocations to invoices used up the rest (xero-facts 4.6).
    refunds = (four_or_none(payment.amount, "Payments.Amount") for payment in each(record.payments))
    paid = -sum((amount for amount in refunds if amount is not None), NO_MONEY)
    remaining = four_or_none(record.remaining_credit, "RemainingCredit")
    if remaining is None:
        used = (
            four_or_none(a.amount, "Allocations.Amount") for a in each(record.allocations) if not a.is_deleted
        )
        credited = -sum((amount for amount in used if amount is not None), NO_MONEY)
        return paid, credited, total - paid - credited
    return paid, total + remaining - paid, -remaining


def _paid_on(record: SalesDocument, date: dt.date | None, *, is_zero: bool) -> dt.date | None:
    """The day it was settled; a document over nothing is settled by its own date (IN-4)."""
    return day(record.fully_paid_on_date) or (date if is_zero else None)
