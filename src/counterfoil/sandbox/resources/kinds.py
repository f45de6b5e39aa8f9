"""The three documents with lines, as data: names, keys and what they have in common. Facts: xero-facts 4.5 to 4.7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterfoil.sandbox.store import Collection, Store


@dataclass(frozen=True)
class Kind:
    """One kind of document. `event` is its webhook category, empty when it has none."""

    name: str
    singular: str
    id_key: str
    number_key: str
    event: str
    types: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    discounts: bool

    def rows(self, store: Store) -> Collection:
        """Where the store keeps them."""
        collection: Collection = getattr(store, _ATTRIBUTE[self.name])
        return collection


_ATTRIBUTE = {
    "Invoices": "invoices",
    "CreditNotes": "credit_notes",
    "PurchaseOrders": "purchase_orders",
}

INVOICE = Kind(
    name="Invoices",
    singular="Invoice",
    id_key="InvoiceID",
    number_key="InvoiceNumber",
    event="INVOICE",
    types=("ACCREC", "ACCPAY"),
    before=(
        "Type",
        "InvoiceID",
        "InvoiceNumber",
        "Reference",
        "Url",
        "Payments",
        "CreditNotes",
        "Prepayments",
        "Overpayments",
        "AmountDue",
        "AmountPaid",
        "AmountCredited",
        "SentToContact",
        "ExpectedPaymentDate",
        "PlannedPaymentDate",
        "CurrencyRate",
        "TotalDiscount",
        "IsDiscounted",
        "HasAttachments",
        "HasErrors",
        "RepeatingInvoiceID",
        "InvoicePaymentServices",
        "Contact",
        "Date",
        "DueDate",
        "BrandingThemeID",
        "Status",
        "LineAmountTypes",
    ),
    after=("SubTotal", "TotalTax", "Total", "UpdatedDateUTC", "CurrencyCode", "FullyPaidOnDate"),
    discounts=True,
)
CREDIT_NOTE = Kind(
    name="CreditNotes",
    singular="CreditNote",
    id_key="CreditNoteID",
    number_key="CreditNoteNumber",
    event="CREDITNOTE",
    types=("ACCRECCREDIT", "ACCPAYCREDIT"),
    before=(
        "CreditNoteID",
        "CreditNoteNumber",
        "Payments",
        "ID",
        "HasErrors",
        "CurrencyRate",
        "Type",
        "Reference",
        "SentToContact",
        "RemainingCredit",
        "Allocations",
        "HasAttachments",
        "Contact",
        "Date",
        "DueDate",
        "BrandingThemeID",
        "Status",
        "LineAmountTypes",
    ),
    after=("SubTotal", "TotalTax", "Total", "UpdatedDateUTC", "CurrencyCode", "FullyPaidOnDate"),
    discounts=False,
)
PURCHASE_ORDER = Kind(
    name="PurchaseOrders",
    singular="PurchaseOrder",
    id_key="PurchaseOrderID",
    number_key="PurchaseOrderNumber",
    event="",
    types=("PURCHASEORDER",),
    before=(
        "PurchaseOrderID",
        "PurchaseOrderNumber",
        "Date",
        "DeliveryDate",
        "ExpectedArrivalDate",
        "DeliveryAddress",
        "AttentionTo",
        "Telephone",
        "DeliveryInstructions",
        "SentToContact",
        "HasErrors",
        "TotalDiscount",
        "IsDiscounted",
        "Reference",
        "Type",
        "CurrencyRate",
        "CurrencyCode",
        "Contact",
        "BrandingThemeID",
        "Status",
        "LineAmountTypes",
    ),
    after=("SubTotal", "TotalTax", "Total", "UpdatedDateUTC", "HasAttachments"),
    discounts=True,
)
KINDS = (INVOICE, CREDIT_NOTE, PURCHASE_ORDER)
