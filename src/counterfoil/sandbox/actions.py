"""What a person does in Xero's own screens: the same rules as the API, with a person's wider rights.

A person may edit and restore archived contacts and merge them, which the API may not (xero-facts 4.2). Every action
returns the id of the record it made or changed, raises ValidationError with Xero's words, and changes nothing then.
Values have Xero's key names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import wire
from .books import PERSON, Books
from .errors import NotFoundError, Record, ValidationError
from .resources import (
    allocation_rules,
    contact_rules,
    document_form,
    document_rules,
    item_form,
    item_rules,
    merging,
    payment_rules,
    settings_rules,
)
from .resources.blind_spots import is_part_paid
from .resources.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from .store import Row

if TYPE_CHECKING:
    from .world import Organisation, World


@contextmanager
def _work(organisation: Organisation) -> Iterator[Books]:
    """One action: under the lock, all or nothing, told about afterwards."""
    world = organisation.world
    with world.lock:
        books = Books(world, organisation, query={"unitdp": "4"}, app_name=_name(organisation))
        journal = books.store.journal
        journal.begin()
        try:
            yield books
        except BaseException:
            journal.rollback()
            raise
        journal.commit()
        books.tell_all()


def _name(organisation: Organisation) -> str:
    """Who did it, for the history: the organisation's first user."""
    user = next(iter(organisation.store.users), {})
    return f"{user.get('FirstName', '')} {user.get('LastName', '')}".strip() or PERSON


def _changed(
    save: Callable[[Books, Record, bool], Any],
    id_key: str,
    organisation: Organisation,
    key: str | None,
    values: Record,
) -> str:
    with _work(organisation) as books:
        element = {**values, id_key: key} if key else values
        return str(save(books, element, key is None).key)


def contact_add(organisation: Organisation, **values: Any) -> str:
    """A new contact."""
    return _changed(contact_rules.save, "ContactID", organisation, None, values)


def contact_edit(organisation: Organisation, key: str, **values: Any) -> str:
    """Change a contact, archived or not."""
    return _changed(contact_rules.save, "ContactID", organisation, key, values)


def contact_archive(organisation: Organisation, key: str) -> str:
    """Archive; the name becomes free, the contact number stays taken."""
    return contact_edit(organisation, key, ContactStatus="ARCHIVED")


def contact_restore(organisation: Organisation, key: str) -> str:
    """Un-archive; refused while another active contact has the name."""
    return contact_edit(organisation, key, ContactStatus="ACTIVE")


def contact_merge(organisation: Organisation, key: str, *, into: str) -> str:
    """Move everything of this contact `into` another; the source is archived and says where it went."""
    with _work(organisation) as books:
        return merging.merge(books, key, into)


def contact_delete(organisation: Organisation, key: str) -> str:
    """Take a contact without any document away: it cannot be read any more."""
    with _work(organisation) as books:
        return merging.delete(books, key)


def item_add(organisation: Organisation, **values: Any) -> str:
    """A new item."""
    return _changed(item_rules.save, "ItemID", organisation, None, values)


def item_edit(organisation: Organisation, key: str, **values: Any) -> str:
    """Change an item; a new code or name shows on its lines too."""
    return _changed(item_rules.save, "ItemID", organisation, key, values)


def item_archive(organisation: Organisation, key: str, *, archived: bool = True) -> str:
    """Mark an item archived, which the API does not show (xero-facts 4.4)."""
    with _work(organisation) as books:
        row = _row(books.store.items.get(key), key)
        item = item_form.record(row)
        item["Archived"] = archived
        return item_rules.put(books, item, row)


def item_delete(organisation: Organisation, key: str) -> str:
    """Delete an item: it vanishes."""
    with _work(organisation) as books:
        item_rules.delete(books, key)
        return key


def _document_changed(organisation: Organisation, kind: Kind, key: str | None, values: Record) -> str:
    writable = document_rules.WRITABLE[kind.name]
    return _changed(writable.save, kind.id_key, organisation, key, values)


def invoice_add(organisation: Organisation, **values: Any) -> str:
    """A new invoice or bill; a draft unless Status says otherwise."""
    return _document_changed(organisation, INVOICE, None, values)


def invoice_edit(organisation: Organisation, key: str, **values: Any) -> str:
    """Change an invoice within what its status and payments allow."""
    return _document_changed(organisation, INVOICE, key, values)


def invoice_approve(organisation: Organisation, key: str) -> str:
    """DRAFT or SUBMITTED to AUTHORISED: stock moves."""
    return invoice_edit(organisation, key, Status="AUTHORISED")


def invoice_void(organisation: Organisation, key: str) -> str:
    """AUTHORISED to VOIDED; refused with payments or credits on it."""
    return invoice_edit(organisation, key, Status="VOIDED")


def invoice_delete(organisation: Organisation, key: str) -> str:
    """DRAFT or SUBMITTED to DELETED."""
    return invoice_edit(organisation, key, Status="DELETED")


def invoice_due_move(organisation: Organisation, key: str, *, due: date) -> str:
    """Move the due date of a part-paid invoice: its stamp stays, so nobody who asks for changes sees it (xero-facts 3.5)."""
    with _work(organisation) as books:
        rows = INVOICE.rows(books.store)
        invoice = document_form.record(INVOICE, _row(rows.get(key), key))
        if not is_part_paid(invoice):
            raise ValidationError("Only a part-paid invoice keeps its stamp.")
        invoice |= {"DueDate": due}
        rows.put(document_form.row(books.store, INVOICE, invoice))
        return key


def credit_note_add(organisation: Organisation, **values: Any) -> str:
    """A new credit note."""
    return _document_changed(organisation, CREDIT_NOTE, None, values)


def credit_note_edit(organisation: Organisation, key: str, **values: Any) -> str:
    """Change a credit note; Status approves, voids or deletes it."""
    return _document_changed(organisation, CREDIT_NOTE, key, values)


def credit_allocate(organisation: Organisation, key: str, **values: Any) -> str:
    """Put a part of a credit note against an invoice: Invoice={"InvoiceID": …}, Amount; returns the allocation's id."""
    with _work(organisation) as books:
        _row(books.store.credit_notes.get(key), key)
        return allocation_rules.allocate(books, key, values)


def credit_deallocate(organisation: Organisation, key: str, *, allocation_id: str) -> str:
    """Take an allocation back."""
    with _work(organisation) as books:
        allocation_rules.remove(books, key, allocation_id)
        return allocation_id


def purchase_order_add(organisation: Organisation, **values: Any) -> str:
    """A new purchase order."""
    return _document_changed(organisation, PURCHASE_ORDER, None, values)


def purchase_order_edit(organisation: Organisation, key: str, **values: Any) -> str:
    """Change a purchase order; Status approves or deletes it."""
    return _document_changed(organisation, PURCHASE_ORDER, key, values)


def purchase_order_bill(organisation: Organisation, key: str, **values: Any) -> str:
    """Copy an approved order to a draft bill and mark it BILLED; returns the bill's id."""
    with _work(organisation) as books:
        row = _row(books.store.purchase_orders.get(key), key)
        order = document_form.record(PURCHASE_ORDER, row)
        if order["Status"] != "AUTHORISED":
            raise ValidationError("Order not of valid status for modification")
        bill = {
            "Type": "ACCPAY",
            "Contact": order["Contact"],
            "LineAmountTypes": order["LineAmountTypes"],
            "CurrencyCode": order["CurrencyCode"],
            "CurrencyRate": order["CurrencyRate"],
            "InvoiceNumber": order.get("PurchaseOrderNumber", ""),
            "LineItems": [_billed_line(line) for line in order["LineItems"]],
            **values,
        }
        saved = document_rules.save(INVOICE, books, bill, True)
        document_rules.save(PURCHASE_ORDER, books, {"PurchaseOrderID": key, "Status": "BILLED"}, False)
        return saved.key


def _billed_line(line: Record) -> Record:
    # A bill knows no discount, so the discounted amount becomes the price.
    kept = {key: value for key, value in line.items() if not key.startswith(("LineItemID", "Discount"))}
    if line.get("DiscountRate") or line.get("DiscountAmount"):
        kept["UnitAmount"] = None
    return kept


def payment_add(organisation: Organisation, key: str, **values: Any) -> str:
    """Pay an invoice or refund a credit note by its id: Amount, Account={"Code": …}, Date, Reference."""
    with _work(organisation) as books:
        kind = CREDIT_NOTE if books.store.credit_notes.get(key) else INVOICE
        element = {**values, kind.singular: {kind.id_key: key}}
        return payment_rules.save(books, element, True).key


def payment_delete(organisation: Organisation, key: str) -> str:
    """Mark a payment deleted; its document is open again."""
    with _work(organisation) as books:
        return payment_rules.delete(books, key)


def account_edit(organisation: Organisation, key: str | None = None, **values: Any) -> str:
    """Add, change or archive an account."""
    return _changed(settings_rules.save_account, "AccountID", organisation, key, values)


def tax_rate_edit(organisation: Organisation, **values: Any) -> str:
    """Add a tax rate, or change one by its TaxType."""
    with _work(organisation) as books:
        return settings_rules.save_tax_rate(books, values, not values.get("TaxType")).key


def organisation_edit(organisation: Organisation, **values: Any) -> str:
    """Change the organisation itself: its name, lock dates (as text or dates), time zone."""
    with _work(organisation) as books:
        profile = books.store.organisation
        for key, value in values.items():
            dated = key in wire.DATE_KEYS and value is not None
            books.store.assign(profile, key, wire.parse_day(value) if dated else value)
        return str(profile["OrganisationID"])


def stock_adjust(organisation: Organisation, key: str, *, quantity: Decimal) -> str:
    """Set the quantity on hand at the present average cost; the item's stamp stays (xero-facts 3.5)."""
    with _work(organisation) as books:
        row = _row(books.store.items.get(key), key)
        if not item_form.is_tracked(row):
            raise ValidationError("Only tracked items have a quantity on hand.")
        item = item_form.record(row)
        on_hand, pool = Decimal(item["QuantityOnHand"]), Decimal(item["TotalCostPool"])
        each = pool / on_hand if on_hand else Decimal((item["PurchaseDetails"] or {}).get("UnitPrice") or 0)
        item |= {"QuantityOnHand": quantity, "TotalCostPool": each * quantity}
        books.store.items.put(item_form.row(item))
        return key


def _with_id(action: Callable[..., str]) -> Callable[..., str]:
    """The action as the control plane calls it: the world first, and `id` by name."""

    def run(world: World, organisation: Organisation, **given: Any) -> str:
        del world
        key = given.pop("id", None)
        return action(organisation, **given) if key is None else action(organisation, key, **given)

    run.__doc__ = action.__doc__
    return run


def _row(row: Row | None, key: str) -> Row:
    if row is None:
        raise NotFoundError(f"no record {key}")
    return row


ACTIONS: dict[str, Callable[..., str]] = {
    action.__name__: _with_id(action)
    for action in (
        contact_add,
        contact_edit,
        contact_archive,
        contact_restore,
        contact_merge,
        contact_delete,
        item_add,
        item_edit,
        item_archive,
        item_delete,
        invoice_add,
        invoice_edit,
        invoice_approve,
        invoice_void,
        invoice_delete,
        invoice_due_move,
        credit_note_add,
        credit_note_edit,
        credit_allocate,
        credit_deallocate,
        purchase_order_add,
        purchase_order_edit,
        purchase_order_bill,
        payment_add,
        payment_delete,
        account_edit,
        tax_rate_edit,
        organisation_edit,
        stock_adjust,
    )
}
