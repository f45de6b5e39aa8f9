"""Writing payments: they settle approved documents, and can only be deleted again. Facts: xero-facts 4.12."""

from __future__ import annotations

from decimal import Decimal

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Problems, Record, ValidationError
from counterfoil.sandbox.numbers import ZERO, rounded
from counterfoil.sandbox.store import Row

from . import document_form, document_rules, payment_form, payments
from .batch import Saved, Writable
from .document_form import code_row
from .kinds import CREDIT_NOTE, INVOICE, Kind


def save(books: Books, element: Record, create_only: bool) -> Saved:
    """Record a payment, or delete one (PaymentID with Status DELETED). Raises ValidationError."""
    if element.get("PaymentID") and not create_only:
        if str(element.get("Status") or "").upper() != "DELETED":
            raise ValidationError("Payments cannot be modified, only created and deleted.")
        return Saved(delete(books, str(element["PaymentID"])))
    problems = Problems()
    kind, row = _document(books, element)
    document = document_form.record(kind, row)
    if document["Status"] != "AUTHORISED":
        problems.add("Payments can only be made against Authorised documents")
    amount = incoming.number(element.get("Amount"), "Amount")
    due = document["AmountDue"] if kind is INVOICE else document["RemainingCredit"]
    if amount is None or amount <= 0:
        problems.add("The payment amount must be greater than zero.")
    elif amount > due:
        problems.add("Payment amount exceeds the amount outstanding on this document")
    account, currency = _account(books, element.get("Account") or {}, problems)
    payment = _fresh(books, kind, row.key, document, element, problems)
    problems.check()
    payment |= {"Amount": amount or ZERO, "Account": account}
    payment["BankAmount"] = _bank_amount(books, payment, document["CurrencyCode"], currency)
    warnings: tuple[str, ...] = ()
    if payment["Date"] < document["Date"]:
        warnings = ("The payment date is prior to the invoice date.",)
    return Saved(_put(books, kind, row, document, payment), warnings)


def _document(books: Books, element: Record) -> tuple[Kind, Row]:
    for kind in (INVOICE, CREDIT_NOTE):
        given = element.get(kind.singular)
        if not isinstance(given, dict):
            continue
        rows = kind.rows(books.store)
        row = rows.get(str(given.get(kind.id_key) or ""))
        if row is None and given.get(kind.number_key):
            row = next(iter(rows.find("number", str(given[kind.number_key]).casefold())), None)
        if row is None:
            raise ValidationError(f"The {kind.singular} to be paid could not be found.")
        return kind, row
    raise ValidationError("A payment must name an Invoice or a CreditNote.")


def _bank_amount(books: Books, payment: Record, currency: str, of_bank: str) -> Decimal:
    """What reaches a bank account kept in base currency for a foreign document; elsewhere the amount itself."""
    amount = Decimal(payment["Amount"])
    if currency == of_bank or of_bank != books.base_currency:
        return amount
    return rounded(amount / Decimal(payment["CurrencyRate"]))


def _account(books: Books, given: Record, problems: Problems) -> tuple[Record, str]:
    """A bank account, or one on which payments are enabled, with its currency."""
    row = books.store.accounts.get(str(given.get("AccountID") or ""))
    row = row or code_row(books.store, "accounts", str(given.get("Code") or ""))
    if row is None:
        problems.add("Account could not be found")
        return {}, books.base_currency
    account = wire.decode(row.parts[0])
    if account["Status"] != "ACTIVE" or not (account["Type"] == "BANK" or account["EnablePaymentsToAccount"]):
        problems.add(f"Account code '{account.get('Code', '')}' is not a valid code for this document.")
    shown = {"AccountID": account["AccountID"]}
    shown |= {"Code": account["Code"]} if account.get("Code") else {}
    return shown, account.get("CurrencyCode") or books.base_currency


def _fresh(
    books: Books, kind: Kind, key: str, document: Record, element: Record, problems: Problems
) -> Record:
    try:
        on = wire.parse_day(element["Date"]) if element.get("Date") else books.today
    except ValueError:
        problems.add("Date is not a valid date.")
        on = books.today
    rate = incoming.number(element.get("CurrencyRate"), "CurrencyRate")
    for name in ("EndOfYearLockDate", "PeriodLockDate"):
        locked = books.store.organisation.get(name)
        if locked is not None and on <= locked:
            problems.add(
                f"The document date cannot be before the lock date, currently set at {locked:%d %B %Y}"
            )
            break
    return {
        "PaymentID": books.world.guid(),
        kind.singular: {kind.id_key: key},
        "Date": on,
        "Reference": str(element.get("Reference") or ""),
        "CurrencyRate": rate or document.get("CurrencyRate") or Decimal(1),
        "IsReconciled": incoming.truth(element.get("IsReconciled", False)),
        "Status": "AUTHORISED",
        "PaymentType": payment_form.PAYMENT_TYPES[document["Type"]],
    }


def _put(books: Books, kind: Kind, row: Row, document: Record, payment: Record) -> str:
    document["Payments"] = [*(document.get("Payments") or []), payment_form.within_document(payment)]
    restamped(books, kind, document, on=payment["Date"], details=f"Payment of {payment['Amount']}")
    payment["UpdatedDateUTC"] = wire.moment(kind.rows(books.store).rows[row.key].stamp)
    books.store.payments.put(payment_form.row(books.store, payment))
    return str(payment["PaymentID"])


def delete(books: Books, key: str) -> str:
    """Mark a payment deleted; its document is open again. Raises NotFoundError, ValidationError."""
    row = books.store.payments.get(key)
    if row is None:
        raise NotFoundError(f"no payment {key}")
    payment = payment_form.record(row)
    if payment["Status"] == "DELETED":
        raise ValidationError("The payment has already been deleted.")
    kind = payment_form.kind_of(payment)
    document = document_form.record(kind, kind.rows(books.store).rows[row.facts[5]])
    document["Payments"] = [entry for entry in document["Payments"] if entry["PaymentID"] != row.key]
    restamped(books, kind, document, on=books.today, details="Payment deleted")
    stamp = wire.moment(kind.rows(books.store).rows[row.facts[5]].stamp)
    books.store.payments.put(
        payment_form.row(books.store, {**payment, "Status": "DELETED", "UpdatedDateUTC": stamp})
    )
    return row.key


def restamped(books: Books, kind: Kind, document: Record, *, on: object, details: str) -> None:
    """A settled or reopened document: new balance, new stamp, an event when switched on (xero-facts 8, 16)."""
    key = str(document[kind.id_key])
    document.pop("FullyPaidOnDate", None)
    document["FullyPaidOnDate"] = on
    document_rules.settle_again(books, kind, document)
    if document["Status"] != "PAID":
        document.pop("FullyPaidOnDate", None)
    document["UpdatedDateUTC"] = books.stamp()
    kind.rows(books.store).put(document_form.row(books.store, kind, document))
    books.note(kind.name, key, "Paid" if document["Status"] == "PAID" else "Edited", details)
    if books.switches.webhook_on_payment:
        books.tell(kind.event, key, "UPDATE", document)


def written(books: Books, key: str) -> Record:
    """The form of a write answer: the payment with its whole document."""
    form = payments.detail(books, books.store.payments.rows[key])
    return dict(form)


WRITABLE = Writable("Payments", "PaymentID", save, written)
