"""The inputs of each form: what a person fills in, with the record's values in place."""

from counterfoil.sandbox.screens.frame import day, money
from counterfoil.sandbox.screens.markup import Markup, element, together
from counterfoil.sandbox.screens.reading import Place, Record, bank_accounts, open_invoices_of


def _field(
    label: str, name: str, value: object = "", *, kind: str = "text", step: str | None = None
) -> Markup:
    text = "" if value is None else str(value)
    return element("label", label, element("input", name=name, value=text, type=kind, step=step))


def _choice(label: str, name: str, options: list[tuple[str, str]]) -> Markup:
    inside = [element("option", words, value=value) for value, words in options]
    return element("label", label, element("select", *inside, name=name))


def nothing(_: Place) -> Markup:
    return Markup("")


def contact(place: Place) -> Markup:
    labels = {
        "Name": "Name",
        "EmailAddress": "Email",
        "FirstName": "First name",
        "LastName": "Last name",
        "AccountNumber": "Account number",
    }
    inputs = [_field(label, key, place.record.get(key, "")) for key, label in labels.items()]
    return together(element("h2", "Edit"), *inputs)


def merge(_: Place) -> Markup:
    return together(element("h2", "Merge"), _field("Name of the contact that stays", "into"))


def item(place: Place) -> Markup:
    price = (place.record.get("SalesDetails") or {}).get("UnitPrice", "")
    priced = (
        _field("Sales price", "UnitPrice", price, kind="number", step="any")
        if place.record["IsSold"]
        else None
    )
    return together(element("h2", "Edit"), _field("Name", "Name", place.record.get("Name", "")), priced)


def invoice(place: Place) -> Markup:
    return _document(place, "Due date", "DueDate")


def credit_note(place: Place) -> Markup:
    return _document(place)


def order(place: Place) -> Markup:
    return _document(place, "Delivery date", "DeliveryDate")


def _document(place: Place, label: str = "", key: str = "") -> Markup:
    lines = [
        _field(f"Price of line {number}", f"line-{number}", line["UnitAmount"], kind="number", step="any")
        for number, line in enumerate(place.record["LineItems"], start=1)
        if "UnitAmount" in line and _unsettled(place.record)
    ]
    on = place.record.get(key)
    return together(
        element("h2", "Edit"),
        _field("Reference", "Reference", place.record.get("Reference", "")),
        _field(label, key, on.isoformat() if on else "", kind="date") if key else None,
        *lines,
    )


def payment(place: Place) -> Markup:
    return _money_fields(place, "Pay", place.record.get("AmountDue", ""))


def refund(place: Place) -> Markup:
    return _money_fields(place, "Refund", place.record.get("RemainingCredit", ""))


def _money_fields(place: Place, heading: str, amount: object) -> Markup:
    accounts = [
        (str(a.get("Code") or a["AccountID"]), f"{a.get('Code', '')} {a['Name']}")
        for a in bank_accounts(place.organisation)
    ]
    return together(
        element("h2", heading),
        _field("Amount", "Amount", amount, kind="number", step="0.01"),
        _field("Date", "Date", place.today.isoformat(), kind="date"),
        _choice("Account", "Account", accounts),
    )


def payments_made(place: Place) -> Markup:
    rows = [
        (p["PaymentID"], f"{money(p['Amount'])} of {day(p.get('Date'))}")
        for p in place.record.get("Payments", [])
    ]
    return together(element("h2", "Take a payment back"), _choice("Payment", "PaymentID", rows))


def allocation(place: Place) -> Markup:
    kind = "ACCREC" if place.record["Type"] == "ACCRECCREDIT" else "ACCPAY"
    open_ones = open_invoices_of(place.organisation, place.record["Contact"]["ContactID"], kind)
    if not open_ones:
        return together(element("h2", "Allocate"), element("p", "This contact has no open document."))
    rows = [
        (i["InvoiceID"], f"{i.get('InvoiceNumber') or '(no number)'}, {money(i['AmountDue'])} due")
        for i in open_ones
    ]
    amount = min(place.record.get("RemainingCredit", 0), open_ones[0]["AmountDue"])
    return together(
        element("h2", "Allocate"),
        _choice("Document", "InvoiceID", rows),
        _field("Amount", "Amount", amount, kind="number", step="0.01"),
    )


def _unsettled(record: Record) -> bool:
    settled = any(record.get(key) for key in ("AmountPaid", "AmountCredited", "Payments", "Allocations"))
    return not settled and record["Status"] != "PAID"
