"""Turns a seed into a store: everything rendered once, in bulk, with nothing validated.

Payments and allocations are read before the documents they settle, so that each document is rendered once.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal

from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import ZERO, totals
from counterfoil.sandbox.resources import contact_form, document_form, item_form, payment_form, settings_form
from counterfoil.sandbox.resources.arithmetic import line_worked_out
from counterfoil.sandbox.resources.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from counterfoil.sandbox.resources.stock import stock_moved
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.settling import amounts
from counterfoil.sandbox.store import Store

_TRAILING_NUMBER = re.compile(r"^(?:INV|CN|PO)-(\d+)$")
Guid = Callable[[], str]
Settled = dict[str, list[Record]]


def load(data: SeedData, *, guid: Guid) -> Store:
    """A store with everything the seed holds. Iterables are read once, in the order the records depend on."""
    store = Store()
    store.organisation = dict(data.organisation)
    store.actions = list(data.actions)
    store.users = list(data.users)
    _load_settings(store, data)
    _load_contacts(store, data)
    counted = _load_items(store, data)
    payments = list(data.payments)
    allocations = list(data.allocations)
    paid = _by_document(payments)
    credited: Settled = defaultdict(list)
    for allocation in allocations:
        allocation.setdefault("AllocationID", guid())
        credited[allocation["Invoice"]["InvoiceID"]].append(allocation)
        credited[allocation["CreditNoteID"]].append(allocation)
    _load_documents(store, CREDIT_NOTE, data.credit_notes, paid, credited, guid)
    _load_documents(store, INVOICE, data.invoices, paid, credited, guid)
    _load_documents(store, PURCHASE_ORDER, data.purchase_orders, paid, credited, guid)
    _refresh_allocations(store, allocations)
    _load_payments(store, payments)
    if not counted:
        _count_stock(store)
    return store


def _load_settings(store: Store, data: SeedData) -> None:
    store.accounts.bulk_begin()
    for account in data.accounts:
        store.accounts.put(settings_form.account_row(account))
    store.accounts.bulk_end()
    store.tax_rates = {rate["TaxType"]: dict(rate) for rate in data.tax_rates}
    store.currencies = {currency["Code"]: dict(currency) for currency in data.currencies}
    store.branding_themes = [dict(theme) for theme in data.branding_themes]
    store.tracking_categories = [dict(category) for category in data.tracking_categories]
    for group in data.contact_groups:
        key = group["ContactGroupID"]
        store.contact_groups[key] = {"ContactGroupID": key, "Name": group["Name"], "Status": "ACTIVE"}
        store.contact_groups[key]["Status"] = group.get("Status", "ACTIVE")
        for contact in group.get("Contacts") or ():
            store.group_members.setdefault(contact["ContactID"], {})[key] = None


def _load_contacts(store: Store, data: SeedData) -> None:
    store.contacts.bulk_begin()
    for contact in data.contacts:
        contact.setdefault("ContactStatus", "ACTIVE")
        store.contacts.put(contact_form.row(contact))
        for flag in ("IsCustomer", "IsSupplier"):
            if contact.get(flag):
                store.parties[flag].add(contact["ContactID"])
        for group in contact.get("ContactGroups") or ():
            store.group_members.setdefault(contact["ContactID"], {})[group["ContactGroupID"]] = None
    store.contacts.bulk_end()


def _load_items(store: Store, data: SeedData) -> bool:
    """Whether the seed says what is in stock; without that, the documents are counted."""
    counted = False
    store.items.bulk_begin()
    for item in data.items:
        counted = counted or item.get("QuantityOnHand") is not None
        store.items.put(item_form.row(item))
    store.items.bulk_end()
    return counted


def _by_document(payments: Iterable[Record]) -> Settled:
    found: Settled = defaultdict(list)
    for payment in payments:
        payment.setdefault("Status", "AUTHORISED")
        found[payment_form.document_key(payment)].append(payment)
    return found


def _load_documents(
    store: Store, kind: Kind, records: Iterable[Record], paid: Settled, credited: Settled, guid: Guid
) -> None:
    rows = kind.rows(store)
    rates = {key: Decimal(rate.get("EffectiveRate", 0)) for key, rate in store.tax_rates.items()}
    base = str(store.organisation.get("BaseCurrency", "GBP"))
    highest = 0
    rows.bulk_begin()
    for record in records:
        key = record[kind.id_key]
        document_complete(kind, record, rates=rates, base=base, guid=guid)
        settle(store, kind, record, paid.get(key, ()), credited.get(key, ()))
        found = _TRAILING_NUMBER.match(record.get(kind.number_key) or "")
        highest = max(highest, int(found[1]) if found else 0)
        rows.put(document_form.row(store, kind, record))
        if kind is INVOICE:
            flag = "IsCustomer" if record["Type"] == "ACCREC" else "IsSupplier"
            store.parties[flag].add(record["Contact"]["ContactID"])
    rows.bulk_end()
    counter = "PO" if kind is PURCHASE_ORDER else "INV"
    store.counters[counter] = max(store.counters.get(counter, 0), highest)


def document_complete(
    kind: Kind, record: Record, *, rates: dict[str, Decimal], base: str, guid: Guid
) -> None:
    """Fill in what Xero derives, where the seed left it out."""
    record.setdefault("Status", "DRAFT")
    record.setdefault("LineAmountTypes", "Exclusive")
    record.setdefault("CurrencyCode", base)
    record.setdefault("CurrencyRate", Decimal(1))
    if kind is PURCHASE_ORDER:
        record.setdefault("Type", "PURCHASEORDER")
    for line in record["LineItems"]:
        if not line.get("LineItemID"):
            line["LineItemID"] = guid()
        document_form.tidy_line(line)
        line_worked_out(line, rates.get(line.get("TaxType") or "", ZERO), record["LineAmountTypes"])
    if record.get("Total") is None:
        pairs = [(line["LineAmount"], line["TaxAmount"]) for line in record["LineItems"]]
        sums = totals(pairs, record["LineAmountTypes"])
        record |= {"SubTotal": sums.sub_total, "TotalTax": sums.total_tax, "Total": sums.total}


def settle(
    store: Store, kind: Kind, record: Record, paid: Iterable[Record], credited: Collection[Record]
) -> None:
    """Hang the live payments and allocations on a document and work out what is left of it."""
    if kind is PURCHASE_ORDER:
        return
    live = [payment for payment in paid if payment["Status"] != "DELETED"]
    record["Payments"] = [payment_form.within_document(payment) for payment in live]
    if kind is INVOICE:
        record["CreditNotes"] = [payment_form.credit_within_invoice(store, entry) for entry in credited]
    else:
        record["Allocations"] = [payment_form.allocation_form(store, entry) for entry in credited]
    settled_on = [entry["Date"] for entry in (*live, *credited) if entry.get("Date")]
    if record["Status"] == "PAID" and not live and not credited:
        # A seed may say that something was paid without saying how; it hangs on a payment of its own then.
        record["Payments"] = [_unnamed_payment(record)]
    amounts(kind, record)
    if record["Status"] == "PAID" and settled_on:
        record.setdefault("FullyPaidOnDate", max(settled_on))


def _unnamed_payment(record: Record) -> Record:
    key = record.get("InvoiceID") or record["CreditNoteID"]
    payment = {"PaymentID": str(uuid.uuid5(uuid.NAMESPACE_URL, key)), "Date": record["Date"]}
    return payment_form.within_document({**payment, "Amount": record["Total"]})


def _refresh_allocations(store: Store, allocations: Iterable[Record]) -> None:
    """Credit notes are loaded before the invoices whose numbers their allocations show."""
    for key in {allocation["CreditNoteID"] for allocation in allocations}:
        row = store.credit_notes.get(key)
        if row is None:
            continue
        record = document_form.record(CREDIT_NOTE, row)
        for entry in record["Allocations"]:
            entry["Invoice"] = payment_form.invoice_reference(store, entry["Invoice"]["InvoiceID"])
        store.credit_notes.put(document_form.row(store, CREDIT_NOTE, record))


def _load_payments(store: Store, payments: Iterable[Record]) -> None:
    store.payments.bulk_begin()
    for payment in payments:
        store.payments.put(payment_form.row(store, payment))
    store.payments.bulk_end()


def _count_stock(store: Store) -> None:
    """Move stock by every approved document, purchases first within a day."""
    tracked = {str(row.facts[0]).casefold() for row in store.items.rows.values() if item_form.is_tracked(row)}
    if not tracked:
        return
    moves: list[tuple[object, bool, Kind, str]] = []
    for kind in (INVOICE, CREDIT_NOTE):
        moves.extend(
            (row.facts[5], row.facts[0] != "ACCPAY", kind, row.key)
            for row in kind.rows(store).rows.values()
            if row.facts[1] in ("AUTHORISED", "PAID") and b'"ItemCode"' in row.parts[1]
        )
    for _, _, kind, key in sorted(moves, key=lambda move: (move[0], move[1], move[3])):
        record = document_form.record(kind, kind.rows(store).rows[key])
        stock_moved(store, record, sign=1, check=False)
