"""Writing invoices, credit notes and purchase orders: the rules they share. Facts: xero-facts 4.5 to 4.7.

`save` reads one element, merges it into what is there and checks it; `put` stores, moves stock, stamps and tells.
"""

from __future__ import annotations

import functools
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from counterfoil.sandbox import exchange, incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Problems, Record, ValidationError
from counterfoil.sandbox.numbers import ZERO, expected_discount, totals
from counterfoil.sandbox.settling import amounts
from counterfoil.sandbox.store import Row

from . import blind_spots, contact_rules, document_form, lines, refreshing, statuses, terms
from .batch import Saved, Writable
from .kinds import CREDIT_NOTE, INVOICE, KINDS, PURCHASE_ORDER, Kind
from .stock import stock_moved

_TEXT_LIMITS = {
    "Reference": 255,
    "Url": 2083,
    "BrandingThemeID": 36,
    "DeliveryAddress": 1000,
    "AttentionTo": 255,
    "Telephone": 50,
    "DeliveryInstructions": 500,
}
_DATES = (
    "Date",
    "DueDate",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
    "DeliveryDate",
    "ExpectedArrivalDate",
)
_LINE_AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
_ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)
_NO_CONTACT = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
_NAMING = ("ContactID", "Name", "ContactNumber")
_IDENTIFYING = frozenset({*_NAMING, "ContactStatus"})


def save(kind: Kind, books: Books, element: Record, create_only: bool) -> Saved:
    """Create or update one document. Raises ValidationError with every problem found."""
    problems = Problems()
    existing = _matched(books, kind, element, create_only=create_only)
    before = document_form.record(kind, existing) if existing else None
    document: Record = (
        document_form.record(kind, existing) if existing else _fresh(books, kind, element, problems)
    )
    problems.check()
    wanted = statuses.wanted(books, kind, element, before, problems)
    problems.check()
    _contact(books, kind, document, element, problems)
    _fields(books, kind, document, element, problems)
    _currency(books, document, element, problems)
    work = lines.LineWork(books, kind, document, problems)
    work.lenient = wanted == "DRAFT" and books.query.get("summarizeErrors", "").lower() == "false"
    _lines(work, document, element, before)
    problems.check()
    _numbered(books, kind, document, element, problems)
    document["Status"] = wanted
    warnings = [*work.warnings, *_sent(document, element, kind)]
    _approved(books, kind, document, problems)
    statuses.locked_by_payments(before, document, problems)
    statuses.lock_dates(books, kind, before, document, problems)
    problems.check()
    return Saved(put(books, kind, document, existing, before), tuple(warnings))


def _matched(books: Books, kind: Kind, element: Record, *, create_only: bool) -> Row | None:
    rows = kind.rows(books.store)
    key = element.get(kind.id_key)
    if create_only:
        return None
    if key:
        row = rows.get(str(key))
        if row is None:
            # The wording has not been recorded.
            raise ValidationError(f"The {kind.singular} with the specified id could not be found.")
        return row
    number = str(element.get(kind.number_key) or "")
    if (
        not number
        or not books.switches.invoice_number_matches
        or element.get("Type") in ("ACCPAY", "ACCPAYCREDIT")
    ):
        return None
    same = [
        row
        for row in rows.find("number", number.casefold())
        if row.facts[0] not in ("ACCPAY", "ACCPAYCREDIT")
    ]
    return same[0] if same else None


def _fresh(books: Books, kind: Kind, element: Record, problems: Problems) -> Record:
    document_type = kind.types[0] if kind is PURCHASE_ORDER else element.get("Type")
    if document_type not in kind.types:
        problems.add(f"{kind.singular} type '{document_type or ''}' is not valid.")
    document: Record = {
        kind.id_key: books.world.guid(),
        "Type": document_type,
        "Status": "DRAFT",
        "LineAmountTypes": "Exclusive",
        "Date": books.today,
        "LineItems": [],
        "CreatedBy": books.app_id,
    }
    theme = min(books.store.branding_themes, key=lambda entry: entry.get("SortOrder", 0), default=None)
    if theme is not None and document_type not in ("ACCPAY", "ACCPAYCREDIT"):
        document["BrandingThemeID"] = theme["BrandingThemeID"]
    return document


def _contact(books: Books, kind: Kind, document: Record, element: Record, problems: Problems) -> None:
    given = element.get("Contact")
    # A purchase order takes no contact by its name (xero-facts 4.7).
    naming = ("ContactID", "ContactNumber") if kind is PURCHASE_ORDER else _NAMING
    if not isinstance(given, dict) or not any(given.get(key) for key in naming):
        if "Contact" not in document or isinstance(given, dict):
            missing = "A Contact must be specified for this type of transaction"
            problems.add(missing if kind is PURCHASE_ORDER else _NO_CONTACT)
        return
    row = _contact_named(books, given)
    if row is None:
        if given.get("ContactID") or kind is PURCHASE_ORDER or not given.get("Name"):
            problems.inner("Contact", "The contact with the specified contact details could not be found.")
            return
        document["Contact"] = {"ContactID": contact_rules.save(books, given, True).key}
        return
    if row.facts[0] == "ARCHIVED":
        if document.get("Contact", {}).get("ContactID") != row.key:
            problems.inner("Contact", _ARCHIVED)
        return
    if set(given) - _IDENTIFYING or (given.get("ContactID") and _renamed(given, row)):
        # More than the id edits the contact, and persons not sent are gone (xero-facts 0.1, 4.5).
        edit = {"ContactPersons": [], **given, "ContactID": row.key}
        contact_rules.save(books, edit, False)
    document["Contact"] = {"ContactID": row.key}


def _renamed(given: Record, row: Row) -> bool:
    _, name, number = row.facts[:3]
    return given.get("Name") not in (None, "", name) or given.get("ContactNumber") not in (None, "", number)


def _contact_named(books: Books, given: Record) -> Row | None:
    contacts = books.store.contacts
    if given.get("ContactID"):
        return contacts.get(str(given["ContactID"]))
    same = contacts.find("number", str(given.get("ContactNumber") or "").casefold())
    if not same and given.get("Name"):
        same = contacts.find("name", contact_rules.name_of(books, given["Name"]).casefold())
    return same[0] if same else None


def _fields(books: Books, kind: Kind, document: Record, element: Record, problems: Problems) -> None:
    for key, limit in _TEXT_LIMITS.items():
        if key not in element or key not in kind.before:
            continue
        text = "" if element[key] is None else str(element[key])
        if len(text) > limit and (key != "Reference" or books.switches.oversized_reference_rejected):
            problems.add(f"The {key} field must not be longer than {limit} characters.")
        document[key] = text[:limit] or None
    _url(document, problems)
    for key in _DATES:
        if key in element and key in kind.before:
            document[key] = _day(key, element[key], problems)
    if document.get("Date") is None:
        document["Date"] = books.today
    kinds = element.get("LineAmountTypes")
    if kinds is not None:
        if kinds not in _LINE_AMOUNT_TYPES:
            problems.add(f"LineAmountTypes '{kinds}' is not valid.")
        else:
            document["LineAmountTypes"] = kinds


def _url(document: Record, problems: Problems) -> None:
    """The link back must be absolute and must not point at Xero; the wording is unknown (xero-facts 8)."""
    if not document.get("Url"):
        return
    parts = urlsplit(document["Url"])
    if parts.scheme not in ("http", "https") or not parts.netloc or "xero" in document["Url"].lower():
        problems.add("The Url must be a valid absolute http or https address.")


def _day(key: str, value: Any, problems: Problems) -> date | None:
    if value in (None, ""):
        return None
    try:
        return wire.parse_day(value)
    except ValueError:
        problems.add(f"{key} is not a valid date.")
        return None


def _currency(books: Books, document: Record, element: Record, problems: Problems) -> None:
    if element.get("CurrencyCode"):
        document["CurrencyCode"] = str(element["CurrencyCode"]).upper()
    elif "CurrencyCode" not in document:
        row = books.store.contacts.get(document.get("Contact", {}).get("ContactID", ""))
        document["CurrencyCode"] = (row.facts[8] if row else None) or books.base_currency
    code = document["CurrencyCode"]
    if code != books.base_currency and code not in books.store.currencies:
        problems.add(f"Organisation is not subscribed to currency {code}")
    rate = incoming.number(element.get("CurrencyRate"), "CurrencyRate")
    if code == books.base_currency:
        document["CurrencyRate"] = exchange.day_rate(code, code)
    elif rate:
        document["CurrencyRate"] = round(rate, 6)
        if document["CurrencyRate"] <= 0:
            problems.add("CurrencyRate must be greater than zero.")  # the wording has not been recorded
    elif "CurrencyRate" not in document or element.get("CurrencyCode"):
        document["CurrencyRate"] = exchange.day_rate(code, books.base_currency)


def _lines(work: lines.LineWork, document: Record, element: Record, before: Record | None) -> None:
    old = before["LineItems"] if before else []
    work.retaxed = before is not None and before["LineAmountTypes"] != document["LineAmountTypes"]
    if element.get("LineItems") is not None:
        document["LineItems"] = lines.built(work, element["LineItems"], old)
    elif work.retaxed:
        document["LineItems"] = lines.recalculated(work, document["LineItems"])
    lines.lengths(document, work.problems)
    if not document["LineItems"] and before is None:
        work.problems.add("One or more line items must be specified")
    pairs = [(line["LineAmount"], line["TaxAmount"]) for line in document["LineItems"]]
    sums = totals(pairs, document["LineAmountTypes"])
    document |= {"SubTotal": sums.sub_total, "TotalTax": sums.total_tax, "Total": sums.total}
    discount = sum((expected_discount(line) for line in document["LineItems"]), ZERO)
    document["TotalDiscount"] = discount or None
    if sums.total < 0:
        work.problems.add("The document total must not be negative.")


def _numbered(books: Books, kind: Kind, document: Record, element: Record, problems: Problems) -> None:
    """Sales documents number themselves out of one counter, drafts too (xero-facts 4.5)."""
    key, sells = kind.number_key, document["Type"] not in ("ACCPAY", "ACCPAYCREDIT")
    given = element.get(key)
    if given is not None and (given or not sells):
        document[key] = str(given)
        _number_checked(kind, document, problems)
    if not sells:
        if kind is INVOICE:
            document.setdefault(key, "")
        return
    if not document.get(key):
        document[key] = _next_number(books, kind)
        return
    others = [
        row
        for row in kind.rows(books.store).find("number", document[key].casefold())
        if row.key != document[kind.id_key] and row.facts[0] == document["Type"] and row.facts[1] != "DELETED"
    ]
    if others:
        name = {"Invoices": "Invoice", "CreditNotes": "Credit Note", "PurchaseOrders": "Order"}[kind.name]
        problems.add(f"{name} # must be unique.")


def _number_checked(kind: Kind, document: Record, problems: Problems) -> None:
    """An invoice's number has its length, a sales invoice's its characters too. The wordings are not recorded."""
    number = document[kind.number_key]
    if kind is not INVOICE:
        return
    if len(number) > 255:
        problems.add("The InvoiceNumber field must not be longer than 255 characters.")
    if document["Type"] == "ACCREC" and not (number.isascii() and number.isprintable()):
        problems.add("The InvoiceNumber field must hold printable ASCII characters only.")


def _next_number(books: Books, kind: Kind) -> str:
    store = books.store
    counter, prefix = {
        "Invoices": ("INV", "INV"),
        "CreditNotes": ("INV", "CN"),
        "PurchaseOrders": ("PO", "PO"),
    }[kind.name]
    while True:
        store.assign(store.counters, counter, store.counters.get(counter, 0) + 1)
        number = f"{prefix}-{store.counters[counter]:04d}"
        if not kind.rows(store).find("number", number.casefold()):
            return number


def _sent(document: Record, element: Record, kind: Kind) -> list[str]:
    if "SentToContact" not in element or kind is CREDIT_NOTE:
        return []
    if document["Status"] in ("AUTHORISED", "PAID", "BILLED"):
        document["SentToContact"] = incoming.truth(element["SentToContact"])
        return []
    if incoming.truth(element["SentToContact"]):
        return [f"Only AUTHORISED {kind.name.lower()} may have SentToContact updated."]
    return []


def _approved(books: Books, kind: Kind, document: Record, problems: Problems) -> None:
    if document["Status"] not in ("SUBMITTED", "AUTHORISED"):
        return
    if kind is INVOICE and document.get("DueDate") is None:
        document["DueDate"] = terms.due_on(books, document)
        if document["DueDate"] is None:
            # The wording has not been recorded; the demand has (xero-facts 4.5).
            problems.add("DueDate must be specified for an approved invoice.")
    if not document["LineItems"]:
        problems.add("One or more line items must be specified")
    lines.approvable(document, problems)


def put(books: Books, kind: Kind, document: Record, existing: Row | None, before: Record | None) -> str:
    """Store a checked document: balances, stock, stamp, flags, history and events."""
    store = books.store
    settle_again(books, kind, document)
    key = str(document[kind.id_key])
    if existing is not None:
        same = document_form.row(store, kind, {**document, "UpdatedDateUTC": wire.moment(existing.stamp)})
        if same.parts == existing.parts:
            return key
    _move_stock(books, kind, before, document)
    unseen = kind is INVOICE and before is not None and blind_spots.unseen(before, document)
    if not unseen:
        document["UpdatedDateUTC"] = books.stamp()
    kind.rows(store).put(document_form.row(store, kind, document))
    if before is not None:
        refreshing.payments_shown_again(store, key)
    if kind is INVOICE:
        flag = "IsCustomer" if document["Type"] == "ACCREC" else "IsSupplier"
        store.party_add(flag, document["Contact"]["ContactID"])
    told(books, kind, document, before, unseen=unseen)
    return key


def settle_again(books: Books, kind: Kind, document: Record) -> None:
    """Recompute what is due; a document with nothing left turns PAID by itself."""
    if kind is PURCHASE_ORDER:
        return
    amounts(kind, document)
    if document["Status"] == "PAID":
        document.setdefault("FullyPaidOnDate", books.today)


def _move_stock(books: Books, kind: Kind, before: Record | None, document: Record) -> None:
    if kind is PURCHASE_ORDER:
        return
    was = before is not None and before["Status"] in ("AUTHORISED", "PAID")
    now = document["Status"] in ("AUTHORISED", "PAID")
    if was and now and before is not None and before["LineItems"] == document["LineItems"]:
        return
    if was and before is not None:
        stock_moved(books.store, before, sign=-1, check=False)
    if now:
        free = books.query.get("allowBackorders", "").lower() == "true" or document["Type"] != "ACCREC"
        stock_moved(books.store, document, sign=1, check=not free)


def told(books: Books, kind: Kind, document: Record, before: Record | None, *, unseen: bool) -> None:
    """History and webhook of a change; one that leaves no stamp is not reported either."""
    key = str(document[kind.id_key])
    changes = "Created" if before is None else _CHANGES.get(document["Status"], "Edited")
    if before is not None and before["Status"] == document["Status"]:
        changes = "Edited"
    books.note(kind.name, key, changes, f"{kind.singular} through {books.app_name}" if books.app_id else "")
    if kind.event and not unseen:
        books.tell(kind.event, key, "CREATE" if before is None else "UPDATE", document)


_CHANGES = {
    "AUTHORISED": "Approved",
    "SUBMITTED": "Submitted",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
    "PAID": "Paid",
    "BILLED": "Billed",
}


def written(kind: Kind, books: Books, key: str) -> Record:
    """The form of a write answer."""
    return document_form.written(books, kind, kind.rows(books.store).rows[key])


WRITABLE = {
    kind.name: Writable(
        kind.name, kind.id_key, functools.partial(save, kind), functools.partial(written, kind)
    )
    for kind in KINDS
}
