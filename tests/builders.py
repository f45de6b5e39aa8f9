"""Records and rows with readable defaults: a test names only what it is about."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from counterfoil.xero import records

AT = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)


def guid(name: str) -> str:
    """The id that `name` always has."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def wire_date(on: dt.date) -> str:
    """A document date as Xero writes it: midnight UTC in milliseconds."""
    days = (on - dt.date(1970, 1, 1)).days
    return f"/Date({days * 86_400_000}+0000)/"


# ------------------------------------------------------------------ Xero's records


def line(name: str = "line", /, **given: Any) -> records.LineItem:
    """Two at 50.00 with a fifth of tax, sold from account 200. Amounts may be written as text."""
    values = {
        "line_item_id": guid(name),
        "description": f"The {name}",
        "quantity": "2",
        "unit_amount": "50.00",
        "line_amount": "100.00",
        "tax_amount": "20.00",
        "account_code": "200",
        "tax_type": "OUTPUT2",
    } | given
    return records.LineItem(**_decimals(values))


def invoice(name: str = "invoice", /, *lines: records.LineItem | None, **given: Any) -> records.Invoice:
    """An approved sales invoice of one line over 120.00 to "customer"; give totals with lines of your own."""
    values = _document(lines or (line(),)) | {
        "invoice_id": guid(name),
        "invoice_number": f"INV-{name}",
        "type": "ACCREC",
        "amount_due": "120.00",
    }
    return records.Invoice(**_decimals(values | given))


def credit_note(name: str = "credit", /, *lines: records.LineItem | None, **given: Any) -> records.CreditNote:
    """An approved sales credit note of one line over 120.00 to "customer", none of it used."""
    values = _document(lines or (line(),)) | {
        "credit_note_id": guid(name),
        "credit_note_number": f"CN-{name}",
        "type": "ACCRECCREDIT",
        "remaining_credit": "120.00",
    }
    return records.CreditNote(**_decimals(values | given))


def purchase_order(
    name: str = "order", /, *lines: records.LineItem | None, **given: Any
) -> records.PurchaseOrder:
    """An approved purchase order of one line over 120.00 from "supplier"."""
    values = _document(lines or (line(),)) | {
        "purchase_order_id": guid(name),
        "purchase_order_number": f"PO-{name}",
        "type": "PURCHASEORDER",
        "contact": records.ContactRef(contact_id=guid("supplier"), name="supplier"),
    }
    return records.PurchaseOrder(**_decimals(values | given))


def item(name: str = "item", /, **given: Any) -> records.Item:
    """An untracked item that is sold at 19.95 and bought at 12.50; its code is `name`."""
    sale = records.PriceDetails(unit_price=Decimal("19.95"), account_code="200", tax_type="OUTPUT2")
    purchase = records.PriceDetails(unit_price=Decimal("12.50"), account_code="310", tax_type="INPUT2")
    values = {
        "item_id": guid(name),
        "code": name,
        "name": f"The {name}",
        "description": f"{name}, at length",
        "is_sold": True,
        "is_purchased": True,
        "is_tracked_as_inventory": False,
        "sales_details": sale,
        "purchase_details": purchase,
    }
    return records.Item(**_decimals(values | given))


def tracked_item(name: str = "item", /, *, on_hand: str = "5", **given: Any) -> records.Item:
    """An item whose stock Xero counts; it has an account for cost of goods sold instead of a purchase account."""
    purchase = records.PriceDetails(unit_price=Decimal("12.50"), cogs_account_code="320", tax_type="INPUT2")
    values = {"is_tracked_as_inventory": True, "quantity_on_hand": on_hand, "purchase_details": purchase}
    return item(name, **(values | given))


def _document(lines: tuple[records.LineItem | None, ...]) -> dict[str, Any]:
    return {
        "status": "AUTHORISED",
        "contact": records.ContactRef(contact_id=guid("customer"), name="customer"),
        "reference": "Their order 7",
        "date": wire_date(dt.date(2026, 10, 1)),
        "line_amount_types": "Exclusive",
        "line_items": list(lines),
        "sub_total": "100.00",
        "total_tax": "20.00",
        "total": "120.00",
        "currency_code": "GBP",
        "currency_rate": "1",
        "updated_date_utc": wire_date(dt.date(2026, 10, 1)),
    }


_AMOUNTS = (
    "quantity",
    "amount",
    "total",
    "rate",
    "due",
    "credit",
    "paid",
    "credited",
    "tax",
    "discount",
    "hand",
)


def _decimals(values: dict[str, Any]) -> dict[str, Any]:
    """Amounts written as text become Decimals, as decoding would make them."""
    return {
        key: Decimal(value) if isinstance(value, str | int) and key.split("_")[-1] in _AMOUNTS else value
        for key, value in values.items()
    }


# ------------------------------------------------------------------ rows of the CRM


def operating_company(name: str = "Northwind", **given: Any) -> Any:
    from counterfoil.accounts.models import OperatingCompany

    return OperatingCompany.objects.create(name=name, slug=name.lower(), **given)


def sales_ledger(company: Any, name: str = "customer", **given: Any) -> Any:
    from counterfoil.crm.customers.models import SalesLedger

    values = {
        "ledger_id": guid(name),
        "name": name,
        "display_description": name,
        "created_at": AT,
        "updated_at": AT,
    }
    return SalesLedger.objects.create(operating_company=company, **(values | given))


def purchase_ledger(company: Any, name: str = "supplier", **given: Any) -> Any:
    from counterfoil.crm.customers.models import PurchaseLedger

    values = {"ledger_id": guid(name), "name": name, "created_at": AT, "updated_at": AT}
    return PurchaseLedger.objects.create(operating_company=company, **(values | given))
