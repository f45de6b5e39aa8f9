"""The demo seed: Tarn & Thistle, an invented wholesaler of goods for kitchen and garden, and its small sister.

The sister company shares the GUIDs of accounts, contacts, items and documents with other content under them:
Xero repeats GUIDs across organisations (xero-facts 3.4). Same seed and same day give the same records.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain

from counterfoil.sandbox.seeds import chart
from counterfoil.sandbox.seeds.catalogue import Product, products
from counterfoil.sandbox.seeds.identity import guid, vat_number_gb
from counterfoil.sandbox.seeds.shape import Record, SeedData
from counterfoil.sandbox.seeds.uk_books import (
    PURCHASE_TAX,
    SALES_TAX,
    Books,
    purchase_account,
    sales_account,
    with_line_ids,
)
from counterfoil.sandbox.seeds.uk_contacts import contact_groups, parties
from counterfoil.sandbox.seeds.uk_credits import allocation, purchase_claims, sales_credits
from counterfoil.sandbox.seeds.uk_purchases import APPROVED, bills, opening_bill, purchase_orders
from counterfoil.sandbox.seeds.uk_sales import sales_invoices
from counterfoil.sandbox.seeds.uk_settlement import payment, payments_for, touched

_OLD = datetime(2008, 9, 15, 7, 30, 12, 473_000, tzinfo=UTC)


@dataclass(frozen=True)
class Extent:
    """How much of everything to draw up."""

    contacts: int = 120
    items: int = 80
    invoices: int = 600
    bills: int = 60
    credit_notes: int = 27
    claims: int = 8
    purchase_orders: int = 40


SISTER = Extent(contacts=80, items=30, invoices=40, bills=8, credit_notes=4, claims=1, purchase_orders=5)


def uk_organisations(*, seed: int, today: date, extent: Extent) -> list[SeedData]:
    """The wholesaler and its sister. Two users: the bookkeeper sees both companies, the clerk the first only."""
    bookkeeper, clerk = _user("Ruth", "Ashgill", "FINANCIALADVISER"), _user("Daniel", "Fellows", "STANDARD")
    first = _organisation("Tarn & Thistle Trading Ltd", "!tT7nQ", random.Random(f"{seed}/uk"), today, extent)
    sister = _organisation(
        "Tarn & Thistle Interiors Ltd", "!tT2sR", random.Random(f"{seed}/sister"), today, SISTER
    )
    first.users, sister.users = [bookkeeper, clerk], [bookkeeper]
    return [first, sister]


def _user(first: str, last: str, role: str) -> Record:
    return {
        "UserID": guid("user", first),
        "GlobalUserID": guid("global-user", first),
        "EmailAddress": f"{first.lower()}@tarnandthistle.example",
        "FirstName": first,
        "LastName": last,
        "UpdatedDateUTC": _OLD,
        "IsSubscriber": role == "FINANCIALADVISER",
        "OrganisationRole": role,
    }


def _organisation(name: str, short_code: str, rng: random.Random, today: date, extent: Extent) -> SeedData:
    rates = {rate["TaxType"]: rate["EffectiveRate"] for rate in chart.tax_rates_uk()}
    everyone = parties(rng, today=today, rotated_by=0 if extent.contacts == Extent.contacts else 37)
    books = Books(rng, today, everyone[: extent.contacts], _price_list(extent.items), rates)
    papers = _papers(books, extent)
    organisation = _profile(name, short_code, rng)
    return SeedData(
        organisation=organisation,
        tenant_id=organisation["OrganisationID"],
        actions=chart.actions(),
        accounts=chart.accounts(currency="GBP", sales_tax="OUTPUT2", purchase_tax="INPUT2", stamp=_OLD),
        tax_rates=chart.tax_rates_uk(),
        currencies=chart.currencies("GBP", "EUR", "USD"),
        branding_themes=chart.branding_themes(_OLD),
        tracking_categories=chart.tracking_categories(),
        contact_groups=contact_groups(list(books.parties)),
        contacts=[party.record for party in books.parties],
        items=_items(books, papers),
        invoices=papers.invoices,
        credit_notes=papers.credit_notes,
        purchase_orders=papers.purchase_orders,
        payments=papers.payments,
        allocations=papers.allocations,
    )


def _price_list(count: int) -> list[Product]:
    """``count`` products, a quarter of them tracked; services and packaging are always among them."""
    kinds = {kind: [p for p in products() if p.kind == kind] for kind in "TUSP"}
    return (kinds["S"] + kinds["P"] + kinds["T"][: count // 4] + kinds["U"])[:count]


def _profile(name: str, short_code: str, rng: random.Random) -> Record:
    return {
        "OrganisationID": guid("organisation", name),
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": "UK",
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": "GBP",
        "CountryCode": "GB",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "RegistrationNumber": "09990417",
        "TaxNumber": vat_number_gb(rng),
        "TaxNumberName": "VAT Number",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "ACCRUAL",
        "SalesTaxPeriod": "QUARTERLY",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "PeriodLockDate": date(2021, 3, 31),
        "CreatedDateUTC": datetime(2019, 4, 2, 9, 14, 7, 77_000, tzinfo=UTC),
        "Timezone": "GMTSTANDARDTIME",
        "ShortCode": short_code,
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "LineOfBusiness": "Wholesale of household goods",
        "Addresses": [
            {
                "AddressType": "STREET",
                "AddressLine1": "Unit 7, Canal Head",
                "City": "Kendal",
                "Region": "Cumbria",
                "PostalCode": "LA9 7XX",
                "Country": "United Kingdom",
                "AttentionTo": "",
            }
        ],
        "Phones": [{"PhoneType": "OFFICE", "PhoneNumber": "960700", "PhoneAreaCode": "01632"}],
        "ExternalLinks": [{"LinkType": "Website", "Url": "https://www.tarnandthistle.example"}],
        "PaymentTerms": {
            "Bills": {"Day": 30, "Type": "DAYSAFTERBILLDATE"},
            "Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"},
        },
    }


@dataclass(frozen=True)
class _Papers:
    """All documents of one organisation, complete."""

    invoices: list[Record]
    credit_notes: list[Record]
    purchase_orders: list[Record]
    payments: list[Record]
    allocations: list[Record]


def _papers(books: Books, extent: Extent) -> _Papers:
    orders = purchase_orders(books, extent.purchase_orders)
    bought = bills(books, orders, extent.bills)
    sold = [
        _sale_identified(books, place, sale)
        for place, sale in enumerate(sales_invoices(books, extent.invoices))
    ]
    notes = sales_credits(books, sold, extent.credit_notes) + purchase_claims(books, bought, extent.claims)
    sold, numbered = _numbered(sold, notes)
    bought.insert(0, opening_bill(books, _stock_needed(sold, [note for _, note, _ in numbered])))
    return _settled(books, [*bought, *sold], numbered, orders)


def _sale_identified(books: Books, place: int, sale: Record) -> Record:
    stamp = _OLD if place % 61 == 0 else books.stamp(sale["Date"])
    identified = {"InvoiceID": guid("invoice", place), **sale, "UpdatedDateUTC": stamp}
    return with_line_ids(identified, "invoice", str(place))


_Notes = list[tuple[str, Record, Record]]


def _numbered(sold: list[Record], notes: _Notes) -> tuple[list[Record], _Notes]:
    """Sales and credit notes numbered from one counter, by date (xero-facts 4.5)."""
    sales_notes = [note for _, note, _ in notes if note["Type"] == "ACCRECCREDIT"]
    in_order = sorted(chain(sold, sales_notes), key=lambda d: (d["Date"], d.get("InvoiceID", "~")))
    place_of = {d.get("InvoiceID") or d["CreditNoteID"]: place for place, d in enumerate(in_order, start=1)}
    sold = [sale | {"InvoiceNumber": f"INV-{place_of[sale['InvoiceID']]:04d}"} for sale in sold]
    by_id = {sale["InvoiceID"]: sale for sale in sold}
    renumbered = []
    for fate, note, invoice in notes:
        place = place_of.get(note["CreditNoteID"])
        number = {"CreditNoteNumber": f"CN-{place:04d}"} if place else {}
        renumbered.append((fate, note | number, by_id.get(invoice["InvoiceID"], invoice)))
    return sold, renumbered


def _stock_needed(sold: list[Record], notes: list[Record]) -> Counter[str]:
    """Units a product's sales and claims take from stock at most, should no bill or return bring any back."""
    needed: Counter[str] = Counter()
    taking = [
        d for d in [*sold, *notes] if d["Status"] in APPROVED and d["Type"] in ("ACCREC", "ACCPAYCREDIT")
    ]
    for line in chain.from_iterable(d["LineItems"] for d in taking):
        if "ItemCode" in line:
            needed[line["ItemCode"]] += int(line["Quantity"])
    return needed


def _settled(books: Books, documents: list[Record], notes: _Notes, orders: list[Record]) -> _Papers:
    credited = {invoice["InvoiceID"]: note for fate, note, invoice in notes if fate in ("allocate", "settle")}
    payments: list[Record] = []
    invoices: list[Record] = []
    for document in documents:
        if document["InvoiceID"] in credited:
            invoices.append(_credited(document, credited[document["InvoiceID"]]))
            continue
        own = payments_for(books, document)
        payments += own
        invoices.append(touched(document, own))
    finished = []
    for fate, note, _ in notes:
        refunds = [payment(books, note, note["Total"], 0)] if fate == "refund" else []
        payments += refunds
        finished.append(_consumed(touched(note, refunds), fate))
    allocations = [row for fate, note, invoice in notes if (row := allocation(fate, note, invoice))]
    return _Papers(invoices, finished, orders, payments, allocations)


def _credited(invoice: Record, note: Record) -> Record:
    """An open invoice after its credit note: settled when the note is as large as the invoice."""
    stamp = max(invoice["UpdatedDateUTC"], note["UpdatedDateUTC"])
    if note["Total"] != invoice["Total"]:
        return invoice | {"UpdatedDateUTC": stamp}
    return invoice | {"UpdatedDateUTC": stamp, "Status": "PAID", "FullyPaidOnDate": note["Date"]}


def _consumed(note: Record, fate: str) -> Record:
    return note | {"FullyPaidOnDate": note["Date"]} if fate in ("allocate", "settle") else note


def _items(books: Books, papers: _Papers) -> list[Record]:
    on_hand = _quantity_on_hand(papers)
    midnight = datetime(books.today.year, books.today.month, books.today.day, tzinfo=UTC)
    return [
        _item(product, on_hand[product.code], _OLD, midnight, place)
        for place, product in enumerate(books.products)
    ]


def _quantity_on_hand(papers: _Papers) -> Counter[str]:
    """Approved bills and returns bring goods in, approved sales and claims take them out (xero-facts 4.4)."""
    signs = {"ACCPAY": 1, "ACCRECCREDIT": 1, "ACCREC": -1, "ACCPAYCREDIT": -1}
    on_hand: Counter[str] = Counter()
    for document in chain(papers.invoices, papers.credit_notes):
        if document["Status"] in APPROVED:
            for line in document["LineItems"]:
                on_hand[line.get("ItemCode", "")] += signs[document["Type"]] * int(line.get("Quantity", 0))
    return on_hand


def _item(product: Product, on_hand: int, old: datetime, midnight: datetime, place: int) -> Record:
    sold, bought = product.kind in "TUS", product.kind in "TUP"
    item: Record = {
        "ItemID": guid("item", product.code),
        "Code": product.code,
        "Name": product.name,
        "IsSold": sold,
        "IsPurchased": bought,
        "IsTrackedAsInventory": product.kind == "T",
        "SalesDetails": {},
        "PurchaseDetails": {},
        "UpdatedDateUTC": old
        if place % 7 == 0
        else midnight.replace(year=midnight.year - 1, day=1 + place % 28, hour=9),
    }
    if sold:
        sales = {
            "UnitPrice": product.price,
            "AccountCode": sales_account(product),
            "TaxType": SALES_TAX[product.tax],
        }
        item |= {"Description": product.text, "SalesDetails": sales}
    if bought:
        item |= {"PurchaseDescription": product.text, "PurchaseDetails": _purchase_details(product)}
    if product.kind == "T":
        pool = Decimal(on_hand) * product.cost
        item |= {
            "InventoryAssetAccountCode": "630",
            "QuantityOnHand": Decimal(on_hand),
            "TotalCostPool": pool,
        }
    return item


def _purchase_details(product: Product) -> Record:
    """Tracked goods name the account of their cost of sale instead of a purchases account (4.4)."""
    details = {"UnitPrice": product.cost, "TaxType": PURCHASE_TAX[product.tax]}
    if product.kind == "T":
        return details | {"COGSAccountCode": "310"}
    return details | {"AccountCode": purchase_account(product)}
