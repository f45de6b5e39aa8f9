"""What sending a form does: reads what was filled in, calls an action, and says what was done.

Raises ValidationError for input that cannot be read and for whatever the rules in ``actions`` refuse.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from counterfoil.sandbox import actions
from counterfoil.sandbox.errors import ValidationError
from counterfoil.sandbox.screens.frame import money
from counterfoil.sandbox.screens.reading import Place, Record

Sent = dict[str, str]


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


def contact_edit(place: Place, sent: Sent) -> str:
    keys = ("Name", "EmailAddress", "FirstName", "LastName", "AccountNumber")
    values = {
        key: sent[key].strip()
        for key in keys
        if key in sent and sent[key].strip() != place.record.get(key, "")
    }
    actions.contact_edit(place.organisation, place.key, **values)
    return "The contact was changed."


def contact_merge(place: Place, sent: Sent) -> str:
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


def item_edit(place: Place, sent: Sent) -> str:
    """An item may be sold without a price of its own; a price left empty stays as it is."""
    values: Record = {"Name": sent.get("Name", "").strip()}
    if sent.get("UnitPrice", "").strip():
        values["SalesDetails"] = place.record["SalesDetails"] | {"UnitPrice": _amount(sent, "UnitPrice")}
    actions.item_edit(place.organisation, place.key, **values)
    return "The item was changed."


def document_edit(action: Callable[..., object], date_key: str = "") -> Callable[[Place, Sent], str]:
    """Only what was changed is passed on: a paid invoice takes a new reference but no new line (xero-facts 4.5)."""

    def perform(place: Place, sent: Sent) -> str:
        values = _changed(place.record, sent, date_key)
        action(place.organisation, place.key, **values)
        return "The document was changed." if values else "There was nothing to change."

    return perform


def _changed(record: Record, sent: Sent, date_key: str) -> Record:
    values: Record = {}
    if sent.get("Reference", "").strip() != record.get("Reference", ""):
        values["Reference"] = sent.get("Reference", "").strip()
    if sent.get(date_key, "").strip() and _date(sent, date_key) != record.get(date_key):
        values[date_key] = _date(sent, date_key)
    lines = [_repriced(line, sent, number) for number, line in enumerate(record["LineItems"], start=1)]
    if lines != record["LineItems"]:
        values["LineItems"] = lines
    return values


def _repriced(line: Record, sent: Sent, number: int) -> Record:
    """The line at its new price, without the sums that follow from it."""
    name = f"line-{number}"
    if name not in sent or _amount(sent, name) == line["UnitAmount"]:
        return line
    kept = {key: value for key, value in line.items() if key not in ("LineAmount", "TaxAmount")}
    return kept | {"UnitAmount": _amount(sent, name)}


def pay(place: Place, sent: Sent) -> str:
    amount, on = _amount(sent, "Amount"), _date(sent, "Date")
    actions.payment_add(
        place.organisation, place.key, Amount=amount, Date=on, Account={"Code": sent.get("Account", "")}
    )
    return f"{money(amount)} was booked."


def allocate(place: Place, sent: Sent) -> str:
    amount, invoice = _amount(sent, "Amount"), {"InvoiceID": sent.get("InvoiceID", "")}
    actions.credit_allocate(place.organisation, place.key, Invoice=invoice, Amount=amount)
    return f"A credit of {money(amount)} was allocated."


def simply(action: Callable[..., object], told: str) -> Callable[[Place, Sent], str]:
    def perform(place: Place, _: Sent) -> str:
        action(place.organisation, place.key)
        return told

    return perform


def credit_note_status(status: str, word: str) -> Callable[[Place, Sent], str]:
    def perform(place: Place, _: Sent) -> str:
        actions.credit_note_edit(place.organisation, place.key, Status=status)
        return f"The credit note was {word}."

    return perform


def order_status(status: str, word: str) -> Callable[[Place, Sent], str]:
    def perform(place: Place, _: Sent) -> str:
        actions.purchase_order_edit(place.organisation, place.key, Status=status)
        return f"The order was {word}."

    return perform


def unpay(place: Place, sent: Sent) -> str:
    actions.payment_delete(place.organisation, sent.get("PaymentID", ""))
    return "The payment was taken back."
