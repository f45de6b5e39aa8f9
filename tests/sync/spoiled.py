"""One record of a list that the stand-in answers, made wrong on its way."""

from __future__ import annotations

from typing import Any

from tests.sync.world import World

ADDRESSES = {
    "Contacts": "/Contacts?page=1&pageSize=1000&includeArchived=true",
    "Invoices": '/Invoices?page=1&pageSize=1000&unitdp=4&where=Type=="ACCREC"',
    "CreditNotes": '/CreditNotes?page=1&pageSize=1000&unitdp=4&where=Type=="ACCRECCREDIT"',
    "PurchaseOrders": "/PurchaseOrders?page=1&pageSize=1000",
    "Items": "/Items?unitdp=4",
}
IDS = {
    "Contacts": "ContactID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "PurchaseOrders": "PurchaseOrderID",
    "Items": "ItemID",
    "TaxRates": "TaxType",
    "Currencies": "Code",
    "Accounts": "AccountID",
    "BrandingThemes": "BrandingThemeID",
}


def body_of(here: World, path: str) -> dict[str, Any]:
    """What the stand-in answers."""
    with here.source() as source:
        answer = source.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def spoil(
    here: World,
    collection: str,
    change: dict[str, Any],
    *,
    times: int = 1,
    only: int = 1,
    with_invoice: bool = False,
    key: str = "",
) -> str:
    """Have `only` records of a list changed in the next answer (`times` 0: in all); returns their ids, comma between.

    `with_invoice`: a contact that an invoice belongs to; `key`: this record.
    """
    page = body_of(here, ADDRESSES.get(collection, f"/{collection}"))
    rows = page[collection]
    if key:
        rows = [row for row in rows if row[IDS[collection]] == key]
    elif with_invoice:
        named = {row["Contact"]["ContactID"] for row in body_of(here, ADDRESSES["Invoices"])["Invoices"]}
        rows = [row for row in rows if row["ContactID"] in named]
    elif collection == "Contacts":
        rows = [row for row in rows if row["ContactStatus"] == "ACTIVE" and row.get("IsCustomer")]
    for row in rows[:only]:
        row.update(change)
    here.arm("custom", path=rf"/{collection}(\?|$)", count=times, params={"body": page})
    return ",".join(str(row[IDS[collection]]) for row in rows[:only])
