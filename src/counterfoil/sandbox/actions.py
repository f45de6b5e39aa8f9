"""What a person does in Xero's own screens: the same rules as the API, with a person's wider rights.

A person may edit and restore archived contacts and merge them, which the API may not (xero-facts 4.2). Every action
returns the id of the record it made or changed, raises ValidationError with Xero's words, and changes nothing then.
Values have Xero's key names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .books import Books
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
from .resources.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from .store import Row

if TYPE_CHECKING:
    from .world import Organisation, World


@dataclass
class Person:
    """Somebody at work in one organisation of the stand-in."""

    world: World
    organisation: Organisation
    name: str = "System Generated"

    @contextmanager
    def work(self) -> Iterator[Books]:
        """One action: under the lock, all or nothing, told about afterwards."""
        with self.world.lock:
            books = Books(self.world, self.organisation, query={"unitdp": "4"}, app_name=self.name)
            journal = books.store.journal
            journal.begin()
            try:
                yield books
            except BaseException:
                journal.rollback()
                raise
            journal.commit()
            books.tell_all()


def _changed(
    save: Callable[[Books, Record, bool], Any], id_key: str, person: Person, key: str | None, values: Record
) -> str:
    with person.work() as books:
        element = {**values, id_key: key} if key else values
        return str(save(books, element, key is None).key)


def contact_add(person: Person, **values: Any) -> str:
    """A new contact."""
    return _changed(contact_rules.save, "ContactID", person, None, values)


def contact_edit(person: Person, key: str, **values: Any) -> str:
    """Change a contact, archived or not."""
    return _changed(contact_rules.save, "ContactID", person, key, values)


def contact_archive(person: Person, key: str) -> str:
    """Archive; the name becomes free, the contact number stays taken."""
    return contact_edit(person, key, ContactStatus="ARCHIVED")


def contact_restore(person: Person, key: str) -> str:
    """Un-archive; refused while another active contact has the name."""
    return contact_edit(person, key, ContactStatus="ACTIVE")


def contact_merge(person: Person, source: str, target: str) -> str:
    """Move everything of `source` to `target`; the source is archived and says where it went."""
    with person.work() as books:
        return merging.merge(books, source, target)


def contact_delete(person: Person, key: str) -> str:
    """Take a contact without any document away: it cannot be read any more."""
    with person.work() as books:
        return merging.delete(books, key)


def item_add(person: Person, **values: Any) -> str:
    """A new item."""
    return _changed(item_rules.save, "ItemID", person, None, values)


def item_edit(person: Person, key: str, **values: Any) -> str:
    """Change an item; a new code or name shows on its lines too."""
    return _changed(item_rules.save, "ItemID", person, key, values)


def item_archive(person: Person, key: str, *, archived: bool = True) -> str:
    """Mark an item archived, which the API does not show (xero-facts 4.4)."""
    with person.work() as books:
        row = _row(books.store.items.get(key), key)
        item = item_form.record(row)
        item["Archived"] = archived
        return item_rules.put(books, item, row)


def item_delete(person: Person, key: str) -> str:
    """Delete an item: it vanishes."""
    with person.work() as books:
        item_rules.delete(books, key)
        return key


def _document_changed(person: Person, kind: Kind, key: str | None, values: Record) -> str:
    writable = document_rules.WRITABLE[kind.name]
    return _changed(writable.save, kind.id_key, person, key, values)


def invoice_add(person: Person, **values: Any) -> str:
    """A new invoice or bill; a draft unless Status says otherwise."""
    return _document_changed(person, INVOICE, None, values)


def invoice_edit(person: Person, key: str, **values: Any) -> str:
    """Change an invoice within what its status and payments allow."""
    return _document_changed(person, INVOICE, key, values)


def invoice_approve(person: Person, key: str) -> str:
    """DRAFT or SUBMITTED to AUTHORISED: stock moves."""
    return invoice_edit(person, key, Status="AUTHORISED")


def invoice_void(person: Person, key: str) -> str:
    """AUTHORISED to VOIDED; refused with payments or credits on it."""
    return invoice_edit(person, key, Status="VOIDED")


def invoice_delete(person: Person, key: str) -> str:
    """DRAFT or SUBMITTED to DELETED."""
    return invoice_edit(person, key, Status="DELETED")


def credit_note_add(person: Person, **values: Any) -> str:
    """A new credit note."""
    return _document_changed(person, CREDIT_NOTE, None, values)


def credit_note_edit(person: Person, key: str, **values: Any) -> str:
    """Change a credit note; Status approves, voids or deletes it."""
    return _document_changed(person, CREDIT_NOTE, key, values)


def credit_allocate(person: Person, key: str, *, invoice_id: str, amount: Decimal, **values: Any) -> str:
    """Put a part of a credit note against an invoice; returns the allocation's id."""
    with person.work() as books:
        _row(books.store.credit_notes.get(key), key)
        element = {**values, "Invoice": {"InvoiceID": invoice_id}, "Amount": amount}
        return allocation_rules.allocate(books, key, element)


def credit_deallocate(person: Person, key: str, allocation_id: str) -> str:
    """Take an allocation back."""
    with person.work() as books:
        allocation_rules.remove(books, key, allocation_id)
        return allocation_id


def purchase_order_add(person: Person, **values: Any) -> str:
    """A new purchase order."""
    return _document_changed(person, PURCHASE_ORDER, None, values)


def purchase_order_edit(person: Person, key: str, **values: Any) -> str:
    """Change a purchase order; Status approves or deletes it."""
    return _document_changed(person, PURCHASE_ORDER, key, values)


def purchase_order_bill(person: Person, key: str, **values: Any) -> str:
    """Copy an approved order to a draft bill and mark it BILLED; returns the bill's id."""
    with person.work() as books:
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


def payment_add(person: Person, *, amount: Decimal, account: Record, **values: Any) -> str:
    """Pay an invoice or refund a credit note: Invoice={"InvoiceID": …} or CreditNote={"CreditNoteID": …}."""
    element = {**values, "Amount": amount, "Account": account}
    return _changed(payment_rules.save, "PaymentID", person, None, element)


def payment_delete(person: Person, key: str) -> str:
    """Mark a payment deleted; its document is open again."""
    with person.work() as books:
        return payment_rules.delete(books, key)


def account_edit(person: Person, key: str | None = None, **values: Any) -> str:
    """Add, change or archive an account."""
    return _changed(settings_rules.save_account, "AccountID", person, key, values)


def tax_rate_edit(person: Person, **values: Any) -> str:
    """Add a tax rate, or change one by its TaxType."""
    with person.work() as books:
        return settings_rules.save_tax_rate(books, values, not values.get("TaxType")).key


def organisation_edit(person: Person, **values: Any) -> str:
    """Change the organisation itself: its name, lock dates, time zone."""
    with person.work() as books:
        organisation = books.store.organisation
        for key, value in values.items():
            books.store.assign(organisation, key, value)
        return str(organisation["OrganisationID"])


def stock_adjust(person: Person, key: str, *, quantity: Decimal) -> str:
    """Set the quantity on hand at the present average cost; the item's stamp stays (xero-facts 3.5)."""
    with person.work() as books:
        row = _row(books.store.items.get(key), key)
        if not item_form.is_tracked(row):
            raise ValidationError("Only tracked items have a quantity on hand.")
        item = item_form.record(row)
        on_hand, pool = Decimal(item["QuantityOnHand"]), Decimal(item["TotalCostPool"])
        each = pool / on_hand if on_hand else Decimal((item["PurchaseDetails"] or {}).get("UnitPrice") or 0)
        item |= {"QuantityOnHand": quantity, "TotalCostPool": each * quantity}
        books.store.items.put(item_form.row(item))
        return key


def _row(row: Row | None, key: str) -> Row:
    if row is None:
        raise NotFoundError(f"no record {key}")
    return row
