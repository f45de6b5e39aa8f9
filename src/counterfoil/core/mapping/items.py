"""A Xero item as a Product Item with its stock (PR-1 to PR-6)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from counterfoil.core.mapping.amounts import four_or_none
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.text import bounded, clean
from counterfoil.xero.records import Item, PriceDetails

# CRM field, Xero path, rule, owner ("xero": a pull overwrites it; "crm": no pull touches it; "both": PU-2).
FIELDS = (
    MappedField("code", "Code", "PR-1", "xero"),
    MappedField("external_id", "ItemID", "PR-1", "xero"),
    MappedField("description", "Name", "PR-1", "both"),
    MappedField("extended_description", "Description", "PR-1", "both"),
    MappedField("purchase_description", "PurchaseDescription", "PR-1", "both"),
    MappedField("selling_price", "SalesDetails.UnitPrice", "PR-2", "both"),
    MappedField("cost_price", "PurchaseDetails.UnitPrice", "PR-2", "both"),
    MappedField("sales_analysis", "SalesDetails.AccountCode", "PR-3", "both"),
    MappedField("purchase_analysis", "PurchaseDetails.AccountCode or COGSAccountCode", "PR-3", "both"),
    MappedField("vat_code", "SalesDetails.TaxType", "PR-3", "both"),
    MappedField("purchase_vat_code", "PurchaseDetails.TaxType", "PR-3", "both"),
    MappedField("is_stocked", "IsTrackedAsInventory", "PR-4", "xero"),
    MappedField("is_sellable", "IsSold", "PR-5", "xero"),
    MappedField("is_obsolete", "IsSold", "PR-5", "xero"),
    MappedField("is_purchased", "IsPurchased", "PR-5", "xero"),
    MappedField("free_stock", "QuantityOnHand", "PR-6", "xero"),
    MappedField("physical_stock", "QuantityOnHand", "PR-6", "xero"),
    MappedField("barcode", "", "PR-7", "crm"),
    MappedField("unit_of_measure", "", "PR-7", "crm"),
    MappedField("product_group", "", "PR-7", "crm"),
    MappedField("image", "", "PR-7", "crm"),
)

_NO_DETAILS = PriceDetails()
_CODE, _ANALYSIS, _TAX = 100, 50, 60


class ItemValues(msgspec.Struct, frozen=True, gc=False):
    """What the CRM keeps of one item.

    What belongs to selling is empty when `is_sellable` is false, since Xero drops it then; the CRM
    keeps what it had (PR-5). The same goes for buying and `is_purchased`. `quantity_on_hand` is None
    when Xero does not track the item.
    """

    external_id: str
    code: str
    description: str
    extended_description: str
    purchase_description: str
    selling_price: Decimal | None
    cost_price: Decimal | None
    sales_analysis: str
    purchase_analysis: str
    vat_code: str
    purchase_vat_code: str
    is_sellable: bool
    is_purchased: bool
    is_stocked: bool
    quantity_on_hand: Decimal | None


def item_values(record: Item) -> ItemValues:
    """The values of one item. IsSold and IsPurchased count as true when Xero leaves them out (xero-facts 4.4).

    Raises CannotMap for an item without a code and for a value that no column holds.
    """
    code = clean(record.code)
    if not code.strip():
        raise CannotMap("Code", "The item has no code, and a product is known by its code.")
    sale = record.sales_details or _NO_DETAILS
    purchase = record.purchase_details or _NO_DETAILS
    is_stocked = record.is_tracked_as_inventory is True
    purchase_analysis = _purchase_analysis(purchase, is_stocked=is_stocked)
    return ItemValues(
        external_id=record.item_id,
        code=bounded(code, "Code", _CODE),
        description=clean(record.name),
        extended_description=clean(record.description),
        purchase_description=clean(record.purchase_description),
        selling_price=four_or_none(sale.unit_price, "SalesDetails.UnitPrice"),
        cost_price=four_or_none(purchase.unit_price, "PurchaseDetails.UnitPrice"),
        sales_analysis=bounded(sale.account_code, "SalesDetails.AccountCode", _ANALYSIS),
        purchase_analysis=bounded(purchase_analysis, "PurchaseDetails.AccountCode", _ANALYSIS),
        vat_code=bounded(sale.tax_type, "SalesDetails.TaxType", _TAX),
        purchase_vat_code=bounded(purchase.tax_type, "PurchaseDetails.TaxType", _TAX),
        is_sellable=record.is_sold is not False,
        is_purchased=record.is_purchased is not False,
        is_stocked=is_stocked,
        quantity_on_hand=four_or_none(record.quantity_on_hand, "QuantityOnHand") if is_stocked else None,
    )


def _purchase_analysis(purchase: PriceDetails, *, is_stocked: bool) -> str:
    """A tracked item buys into stock and has a cost-of-goods account instead (PR-3, xero-facts 4.4)."""
    own, of_goods = clean(purchase.account_code), clean(purchase.cogs_account_code)
    return (of_goods or own) if is_stocked else (own or of_goods)
