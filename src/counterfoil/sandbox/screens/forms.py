"""Which forms stand beside a record: inputs from ``fields``, work from ``deeds``, and when each is offered.

A form is offered when it usually makes sense for the record's status, not only when it will be accepted: the
rules live in ``actions``, and a refusal is shown in Xero's words.
"""

from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.sandbox import actions
from counterfoil.sandbox.screens import deeds, fields
from counterfoil.sandbox.screens.deeds import Sent
from counterfoil.sandbox.screens.markup import Markup, element
from counterfoil.sandbox.screens.reading import Place, Record


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


def _status(*statuses: str) -> Callable[[Record], bool]:
    return lambda record: record["Status"] in statuses


def _contact_status(*statuses: str) -> Callable[[Record], bool]:
    return lambda record: record["ContactStatus"] in statuses


def _always(_: Record) -> bool:
    return True


def _paid_in_part(record: Record) -> bool:
    return bool(record.get("Payments"))


FORMS: dict[str, dict[str, Form]] = {
    "contacts": {
        "edit": Form("Save", _contact_status("ACTIVE"), fields.contact, deeds.contact_edit),
        "merge": Form("Merge", _contact_status("ACTIVE"), fields.merge, deeds.contact_merge, danger=True),
        "archive": Form(
            "Archive",
            _contact_status("ACTIVE"),
            fields.nothing,
            deeds.simply(actions.contact_archive, "The contact was archived."),
            danger=True,
        ),
        "restore": Form(
            "Restore",
            _contact_status("ARCHIVED"),
            fields.nothing,
            deeds.simply(actions.contact_restore, "The contact is active again."),
        ),
    },
    "items": {
        "edit": Form("Save", _always, fields.item, deeds.item_edit),
        "delete": Form(
            "Delete",
            _always,
            fields.nothing,
            deeds.simply(actions.item_delete, "The item was deleted."),
            danger=True,
        ),
    },
    "invoices": {
        "approve": Form(
            "Approve",
            _status("DRAFT", "SUBMITTED"),
            fields.nothing,
            deeds.simply(actions.invoice_approve, "The document was approved."),
        ),
        "pay": Form("Record payment", _status("AUTHORISED"), fields.payment, deeds.pay),
        "unpay": Form("Take back", _paid_in_part, fields.payments_made, deeds.unpay, danger=True),
        "edit": Form(
            "Save",
            _status("DRAFT", "SUBMITTED", "AUTHORISED", "PAID"),
            fields.invoice,
            deeds.document_edit(actions.invoice_edit, "DueDate"),
        ),
        "void": Form(
            "Void",
            _status("AUTHORISED"),
            fields.nothing,
            deeds.simply(actions.invoice_void, "The document was voided."),
            danger=True,
        ),
        "delete": Form(
            "Delete",
            _status("DRAFT", "SUBMITTED"),
            fields.nothing,
            deeds.simply(actions.invoice_delete, "The document was deleted."),
            danger=True,
        ),
    },
    "credit-notes": {
        "approve": Form(
            "Approve",
            _status("DRAFT", "SUBMITTED"),
            fields.nothing,
            deeds.credit_note_status("AUTHORISED", "approved"),
        ),
        "allocate": Form("Allocate", _status("AUTHORISED"), fields.allocation, deeds.allocate),
        "refund": Form("Refund", _status("AUTHORISED"), fields.refund, deeds.pay),
        "edit": Form(
            "Save",
            _status("DRAFT", "SUBMITTED", "AUTHORISED"),
            fields.credit_note,
            deeds.document_edit(actions.credit_note_edit),
        ),
        "void": Form(
            "Void",
            _status("AUTHORISED"),
            fields.nothing,
            deeds.credit_note_status("VOIDED", "voided"),
            danger=True,
        ),
        "delete": Form(
            "Delete",
            _status("DRAFT", "SUBMITTED"),
            fields.nothing,
            deeds.credit_note_status("DELETED", "deleted"),
            danger=True,
        ),
    },
    "purchase-orders": {
        "approve": Form(
            "Approve",
            _status("DRAFT", "SUBMITTED"),
            fields.nothing,
            deeds.order_status("AUTHORISED", "approved"),
        ),
        "bill": Form(
            "Copy to a bill",
            _status("AUTHORISED"),
            fields.nothing,
            deeds.simply(actions.purchase_order_bill, "The order was billed: there is a new draft bill."),
        ),
        "edit": Form(
            "Save",
            _status("DRAFT", "SUBMITTED", "AUTHORISED"),
            fields.order,
            deeds.document_edit(actions.purchase_order_edit, "DeliveryDate"),
        ),
        "delete": Form(
            "Delete",
            _status("DRAFT", "SUBMITTED", "AUTHORISED"),
            fields.nothing,
            deeds.order_status("DELETED", "deleted"),
            danger=True,
        ),
    },
}
