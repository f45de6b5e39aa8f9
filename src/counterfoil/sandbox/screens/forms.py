"""What a person may do with a record: the forms on the right of a detail page, and what sending one does.

A form is offered when it usually makes sense for the record's status, not only when it will be accepted: the
rules live in ``actions``, and a refusal is shown in Xero's words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from counterfoil.sandbox import actions
from counterfoil.sandbox.errors import ValidationError
from counterfoil.sandbox.screens.frame import day, money
from counterfoil.sandbox.screens.markup import Markup, element, together
from counterfoil.sandbox.screens.reading import Record, bank_accounts, open_invoices_of
from counterfoil.sandbox.world import Organisation, World

Sent = dict[str, str]


@dataclass(frozen=True)
class Place:
    """The record a form belongs to."""

    world: World
    organisation: Organisation
    key: str
    record: Record
    today: date


@dataclass(frozen=True)
class Form:
    """One form. ``perform`` does the work and says what was done; it raises ValidationError."""

    button: str
    offered: Callable[[Record], bool]
    fields: Callable[[Place], Markup]
    perform: Callable[[Place, Sent], str]
    danger: bool = False


def offered(section: str, place: Place, *, address: str) -> Markup:
    """All forms for this record, sending to ``address``/name."""
    shown = [
        _form(name, form, place, address)
        for name, form in FORMS[section].items()
        if form.offered(place.record)
    ]
    return element(
        "aside", *(shown or [element("p", "Nothing can be done with this record.", class_="empty")])
    )


def _form(name: str, form: Form, place: Place, address: str) -> Markup:
    button = element("button", form.button, class_="danger" if form.danger else None)
    return element("form", form.fields(place), button, method="post", action=f"{address}/{name}")


# Fields


def _field(
    label: str, name: str, value: object = "", *, kind: str = "text", step: str | None = None
) -> Markup:
    text = "" if value is None else str(value)
    return element("label", label, element("input", name=name, value=text, type=kind, step=step))


def _choice(label: str, name: str, options: list[tuple[str, str]]) -> Markup:
    inside = [element("option", words, value=value) for value, words in options]
    return element("label", label, element("select", *inside, name=name))


def _none(_: Place) -> Markup:
    return Markup("")


def _contact_fields(place: Place) -> Markup:
    labels = {
        "Name": "Name",
        "EmailAddress": "Email",
        "FirstName": "First name",
        "LastName": "Last name",
        "AccountNumber": "Account number",
    }
    inputs = [_field(label, key, place.record.get(key, "")) for key, label in labels.items()]
    return together(element("h2", "Edit"), *inputs)


def _merge_fields(_: Place) -> Markup:
    return together(element("h2", "Merge"), _field("Name of the contact that stays", "into"))


def _item_fields(place: Place) -> Markup:
    price = (place.record.get("SalesDetails") or {}).get("UnitPrice", "")
    priced = (
        _field("Sales price", "UnitPrice", price, kind="number", step="any")
        if place.record["IsSold"]
        else None
    )
    return together(element("h2", "Edit"), _field("Name", "Name", place.record.get("Name", "")), priced)


def _invoice_fields(place: Place) -> Markup:
    lines = [
        _field(f"Price of line {number}", f"line-{number}", line["UnitAmount"], kind="number", step="any")
        for number, line in enumerate(place.record["LineItems"], start=1)
        if "UnitAmount" in line and _unsettled(place.record)
    ]
    due = place.record.get("DueDate")
    return together(
        element("h2", "Edit"),
        _field("Reference", "Reference", place.record.get("Reference", "")),
        _field("Due date", "DueDate", due.isoformat() if due else "", kind="date"),
        *lines,
    )


def _payment_fields(place: Place) -> Markup:
    accounts = [
        (str(a.get("Code") or a["AccountID"]), f"{a.get('Code', '')} {a['Name']}")
        for a in bank_accounts(place.organisation)
    ]
    return together(
        element("h2", "Pay"),
        _field("Amount", "Amount", place.record.get("AmountDue", ""), kind="number", step="0.01"),
        _field("Date", "Date", place.today.isoformat(), kind="date"),
        _choice("Account", "Account", accounts),
    )


def _unpay_fields(place: Place) -> Markup:
    rows = [
        (p["PaymentID"], f"{money(p['Amount'])} of {day(p.get('Date'))}")
        for p in place.record.get("Payments", [])
    ]
    return together(element("h2", "Take a payment back"), _choice("Payment", "PaymentID", rows))


def _allocation_fields(place: Place) -> Markup:
    kind = "ACCREC" if place.record["Type"] == "ACCRECCREDIT" else "ACCPAY"
    open_ones = open_invoices_of(place.organisation, place.record["Contact"]["ContactID"], kind)
    if not open_ones:
        return together(element("h2", "Allocate"), element("p", "This contact has no open document."))
    rows = [(i["InvoiceID"], f"{i.get('InvoiceNumber', '')}, {money(i['AmountDue'])} due") for i in open_ones]
    amount = min(place.record.get("RemainingCredit", 0), open_ones[0]["AmountDue"])
    return together(
        element("h2", "Allocate"),
        _choice("Document", "InvoiceID", rows),
        _field("Amount", "Amount", amount, kind="number", step="0.01"),
    )


# What sending does


def _amount(sent: Sent, name: str) -> Decimal:
    try:
        amount = Decimal(sent.get(name, "").strip())
    except InvalidOperation:
        raise ValidationError(f"{sent.get(name, '')!r} is not an amount.") from None
    if not amount.is_finite():
        raise ValidationError(f"{sent.get(name, '')!r} is not an amount.")
    return amount


def _date(sent: Sent, name: str) -> date:
    try:
        return date.fromisoformat(sent.get(name, "").strip())
    except ValueError:
        raise ValidationError(f"{sent.get(name, '')!r} is not a date.") from None


def _contact_edit(place: Place, sent: Sent) -> str:
    keys = ("Name", "EmailAddress", "FirstName", "LastName", "AccountNumber")
    values = {
        key: sent[key].strip()
        for key in keys
        if key in sent and sent[key].strip() != place.record.get(key, "")
    }
    actions.contact_edit(place.organisation, place.key, **values)
    return "The contact was changed."


def _contact_merge(place: Place, sent: Sent) -> str:
    name = sent.get("into", "").strip()
    found = [
        row.key
        for row in place.organisation.store.contacts.find("name", name.casefold())
        if row.key != place.key
    ]
    if not found:
        raise ValidationError(f"There is no other active contact named {name!r}.")
    actions.contact_merge(place.organisation, place.key, into=found[0])
    return f"The contact was merged into {name} and archived."


def _item_edit(place: Place, sent: Sent) -> str:
    values: Record = {"Name": sent.get("Name", "").strip()}
    if place.record["IsSold"]:
        values["SalesDetails"] = place.record["SalesDetails"] | {"UnitPrice": _amount(sent, "UnitPrice")}
    actions.item_edit(place.organisation, place.key, **values)
    return "The item was changed."


def _invoice_edit(place: Place, sent: Sent) -> str:
    """Only what was changed is passed on: a paid invoice takes a new reference but no new line (xero-facts 4.5)."""
    record, values = place.record, {}
    if sent.get("Reference", "").strip() != record.get("Reference", ""):
        values["Reference"] = sent.get("Reference", "").strip()
    if sent.get("DueDate", "").strip() and _date(sent, "DueDate") != record.get("DueDate"):
        values["DueDate"] = _date(sent, "DueDate")
    lines = [_repriced(line, sent, number) for number, line in enumerate(record["LineItems"], start=1)]
    if lines != record["LineItems"]:
        values["LineItems"] = lines
    actions.invoice_edit(place.organisation, place.key, **values)
    return "The document was changed." if values else "There was nothing to change."


def _repriced(line: Record, sent: Sent, number: int) -> Record:
    """The line at its new price, without the sums that follow from it."""
    name = f"line-{number}"
    if name not in sent or _amount(sent, name) == line["UnitAmount"]:
        return line
    kept = {key: value for key, value in line.items() if key not in ("LineAmount", "TaxAmount")}
    return kept | {"UnitAmount": _amount(sent, name)}


def _pay(place: Place, sent: Sent) -> str:
    amount, on = _amount(sent, "Amount"), _date(sent, "Date")
    actions.payment_add(
        place.organisation, place.key, Amount=amount, Date=on, Account={"Code": sent.get("Account", "")}
    )
    return f"A payment of {money(amount)} was recorded."


def _allocate(place: Place, sent: Sent) -> str:
    amount, invoice = _amount(sent, "Amount"), {"InvoiceID": sent.get("InvoiceID", "")}
    actions.credit_allocate(place.organisation, place.key, Invoice=invoice, Amount=amount)
    return f"A credit of {money(amount)} was allocated."


def _simply(action: Callable[..., object], told: str) -> Callable[[Place, Sent], str]:
    def perform(place: Place, _: Sent) -> str:
        action(place.organisation, place.key)
        return told

    return perform


def _unpay(place: Place, sent: Sent) -> str:
    actions.payment_delete(place.organisation, sent.get("PaymentID", ""))
    return "The payment was taken back."


# When a form is offered


def _status(*statuses: str) -> Callable[[Record], bool]:
    return lambda record: record["Status"] in statuses


def _contact_status(*statuses: str) -> Callable[[Record], bool]:
    return lambda record: record["ContactStatus"] in statuses


def _unsettled(record: Record) -> bool:
    return not record.get("AmountPaid") and not record.get("AmountCredited") and record["Status"] != "PAID"


def _always(_: Record) -> bool:
    return True


def _paid_in_part(record: Record) -> bool:
    return bool(record.get("Payments"))


FORMS: dict[str, dict[str, Form]] = {
    "contacts": {
        "edit": Form("Save", _contact_status("ACTIVE"), _contact_fields, _contact_edit),
        "merge": Form("Merge", _contact_status("ACTIVE"), _merge_fields, _contact_merge, danger=True),
        "archive": Form(
            "Archive",
            _contact_status("ACTIVE"),
            _none,
            _simply(actions.contact_archive, "The contact was archived."),
            danger=True,
        ),
        "restore": Form(
            "Restore",
            _contact_status("ARCHIVED"),
            _none,
            _simply(actions.contact_restore, "The contact is active again."),
        ),
    },
    "items": {
        "edit": Form("Save", _always, _item_fields, _item_edit),
        "delete": Form(
            "Delete", _always, _none, _simply(actions.item_delete, "The item was deleted."), danger=True
        ),
    },
    "invoices": {
        "approve": Form(
            "Approve",
            _status("DRAFT", "SUBMITTED"),
            _none,
            _simply(actions.invoice_approve, "The document was approved."),
        ),
        "pay": Form("Record payment", _status("AUTHORISED"), _payment_fields, _pay),
        "unpay": Form("Take back", _paid_in_part, _unpay_fields, _unpay, danger=True),
        "edit": Form(
            "Save", _status("DRAFT", "SUBMITTED", "AUTHORISED", "PAID"), _invoice_fields, _invoice_edit
        ),
        "void": Form(
            "Void",
            _status("AUTHORISED"),
            _none,
            _simply(actions.invoice_void, "The document was voided."),
            danger=True,
        ),
        "delete": Form(
            "Delete",
            _status("DRAFT", "SUBMITTED"),
            _none,
            _simply(actions.invoice_delete, "The document was deleted."),
            danger=True,
        ),
    },
    "credit-notes": {"allocate": Form("Allocate", _status("AUTHORISED"), _allocation_fields, _allocate)},
    "purchase-orders": {
        "bill": Form(
            "Mark as billed",
            _status("AUTHORISED"),
            _none,
            _simply(actions.purchase_order_bill, "The order was billed."),
        )
    },
}
