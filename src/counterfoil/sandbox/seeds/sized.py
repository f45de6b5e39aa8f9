"""A company in US dollars of any size: record ``n`` follows from ``n`` by arithmetic, so nothing is remembered.

Invoices, payments and the rest are generators that agree with each other without sharing state: whether invoice
``n`` is paid, and how much, is a function of ``n``. Lines come from a few hundred sets priced once, which is what
makes tens of thousands of invoices a second possible. Shares numbers, not believability, with the UK seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from counterfoil.sandbox.seeds import chart
from counterfoil.sandbox.seeds.catalogue import Product, products
from counterfoil.sandbox.seeds.identity import counted_guid, guid
from counterfoil.sandbox.seeds.people import STAFF_FIRST, STAFF_LAST
from counterfoil.sandbox.seeds.shape import Record, SeedData
from counterfoil.sandbox.seeds.sums import ZERO, document_summed

_CONTACT, _ITEM, _INVOICE, _LINE, _CREDIT, _CREDIT_LINE, _ORDER, _ORDER_LINE, _PAYMENT = range(1, 10)
_LINES = 5
_SETS = 499  # a prime, so that contacts and line sets do not repeat together
_YEARS_DAYS = 1095
_TAXES = {"S": "TAX001", "R": "OUTPUT", "Z": "NONE"}
_STREETS = ["Birch", "Canal", "Depot", "Elm", "Foundry", "Granary", "Harbor"]
_TOWNS = [
    ("Duluth", "MN", "55802"),
    ("Bangor", "ME", "04401"),
    ("Ashland", "OR", "97520"),
    ("Galena", "IL", "61036"),
]
_FIRST_WORDS = [
    "Amber",
    "Birch",
    "Copper",
    "Dune",
    "Ember",
    "Flint",
    "Grove",
    "Heron",
    "Iron",
    "Juniper",
    "Kettle",
    "Linden",
]
_LAST_WORDS = [
    "Supply",
    "Home & Garden",
    "Mercantile",
    "Outfitters",
    "Market",
    "Hardware",
    "Gifts",
    "Nursery",
    "Pantry",
]


@dataclass(frozen=True)
class Size:
    """How many of each; ``seed`` turns the wheel so that two seeds give different books."""

    invoices: int = 400
    contacts: int = 80
    items: int = 60
    credit_notes: int = 20
    purchase_orders: int = 25
    seed: int = 1


def global_organisation(name: str, *, size: Size, today: date) -> SeedData:
    """One company with USD, CAD and a two-part sales tax, as large as asked."""
    works = _Works(size, today)
    old = datetime(2009, 3, 2, 8, 0, 0, 473_000, tzinfo=UTC)
    organisation = _profile(name)
    return SeedData(
        organisation=organisation,
        tenant_id=organisation["OrganisationID"],
        actions=chart.actions(),
        accounts=chart.accounts(currency="USD", sales_tax="OUTPUT", purchase_tax="INPUT", stamp=old),
        tax_rates=chart.tax_rates_global(),
        currencies=chart.currencies("USD", "CAD"),
        branding_themes=chart.branding_themes(old),
        tracking_categories=chart.tracking_categories(),
        contact_groups=[],
        contacts=works.contacts(),
        items=works.items(),
        invoices=works.invoices(),
        credit_notes=works.credit_notes(),
        purchase_orders=works.purchase_orders(),
        payments=works.payments(),
        allocations=iter(()),
        users=[_owner(name)],
    )


def _owner(name: str) -> Record:
    return {
        "UserID": guid("user", name),
        "GlobalUserID": guid("global-user", name),
        "EmailAddress": "owner@emberandelm.example",
        "FirstName": "Odette",
        "LastName": "Larkwell",
        "IsSubscriber": True,
        "OrganisationRole": "FINANCIALADVISER",
    }


def _profile(name: str) -> Record:
    return {
        "OrganisationID": guid("organisation", name),
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": "GLOBAL",
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": "USD",
        "CountryCode": "US",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "3MONTHLY",
        "DefaultSalesTax": "Remember previous",
        "DefaultPurchasesTax": "Remember previous",
        "PeriodLockDate": date(2015, 12, 31),
        "CreatedDateUTC": datetime(2014, 1, 6, 15, 0, 0, tzinfo=UTC),
        "Timezone": "EASTERNSTANDARDTIME",
        "ShortCode": "!gB1zE",
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }


@dataclass
class _Works:
    """The arithmetic that makes record ``n`` of each kind."""

    size: Size
    today: date
    _epoch: datetime = field(init=False)

    def __post_init__(self) -> None:
        first = self.today - timedelta(days=_YEARS_DAYS)
        self._epoch = datetime(first.year, first.month, first.day, 8, tzinfo=UTC)

    # Contacts

    def contacts(self) -> Iterator[Record]:
        """All contacts; one in forty is archived, the last tenth are suppliers."""
        return (self._contact(number) for number in range(self.size.contacts))

    def _contact(self, number: int) -> Record:
        city, state, code = _TOWNS[number % len(_TOWNS)]
        domain = f"c{number}.example"
        first, last = STAFF_FIRST[number % len(STAFF_FIRST)], STAFF_LAST[number % len(STAFF_LAST)]
        return {
            "ContactID": counted_guid(_CONTACT, number),
            "ContactStatus": "ARCHIVED" if number % 40 == 39 else "ACTIVE",
            "Name": _contact_name(number),
            "AccountNumber": f"C{number:06d}",
            "FirstName": first,
            "LastName": last,
            "EmailAddress": f"office@{domain}",
            "Addresses": [
                {
                    "AddressType": "POBOX",
                    "AddressLine1": f"{number % 900 + 1} {_STREETS[number % len(_STREETS)]} Street",
                    "City": city,
                    "Region": state,
                    "PostalCode": code,
                    "Country": "United States",
                    "AttentionTo": "",
                },
                {"AddressType": "STREET"},
            ],
            "Phones": [{"PhoneType": kind} for kind in ("DEFAULT", "DDI", "FAX", "MOBILE")],
            "PaymentTerms": {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
            "ContactGroups": [],
            "ContactPersons": [],
            "HasAttachments": False,
            "HasValidationErrors": False,
            "UpdatedDateUTC": self._stamp(number, self.size.contacts),
        }

    @cached_property
    def _customers(self) -> list[Record]:
        """The contact objects documents carry, made once and shared by all documents of a contact."""
        active = (n for n in range(self.size.contacts) if n % 40 != 39)
        return [{"ContactID": counted_guid(_CONTACT, n), "Name": _contact_name(n)} for n in active]

    # Items

    def items(self) -> Iterator[Record]:
        """All items: the invented price list over and over, under numbered codes."""
        return (self._item(number) for number in range(self.size.items))

    @cached_property
    def _goods(self) -> list[Product]:
        return [p for p in products() if p.kind in "TU" and p.price >= 1]

    def _item(self, number: int) -> Record:
        product = self._goods[number % len(self._goods)]
        code = self._code(number)
        return {
            "ItemID": counted_guid(_ITEM, number),
            "Code": code,
            "Name": f"{product.name} {number}"[:50],
            "Description": product.text,
            "PurchaseDescription": product.text,
            "IsSold": True,
            "IsPurchased": True,
            "IsTrackedAsInventory": False,
            "SalesDetails": {
                "UnitPrice": product.price,
                "AccountCode": "200",
                "TaxType": _TAXES[product.tax],
            },
            "PurchaseDetails": {"UnitPrice": product.cost, "AccountCode": "300", "TaxType": "INPUT"},
            "UpdatedDateUTC": self._stamp(number, self.size.items),
        }

    def _code(self, number: int) -> str:
        return f"{self._goods[number % len(self._goods)].code[:20]}-{number:05d}"

    # Documents

    @cached_property
    def _sales_sets(self) -> list[Record]:
        """Priced sets of lines, each a document without identity: basis, lines, totals."""
        rates = {rate["TaxType"]: rate["EffectiveRate"] for rate in chart.tax_rates_global()}
        return [document_summed(self._set(place, _LINES), rates) for place in range(_SETS)]

    def _set(self, place: int, count: int) -> Record:
        wheel = place * 31 + self.size.seed * 17
        lines = [
            self._line((wheel + turn * 7) % self.size.items, (wheel + turn) % 9 + 1) for turn in range(count)
        ]
        if place % 6 == 0:
            lines[0]["DiscountRate"] = Decimal("5.00")
        return {"LineAmountTypes": "Inclusive" if place % 11 == 0 else "Exclusive", "LineItems": lines}

    def _line(self, item: int, quantity: int) -> Record:
        product = self._goods[item % len(self._goods)]
        return {
            "Description": product.text,
            "Quantity": Decimal(quantity),
            "UnitAmount": product.price,
            "ItemCode": self._code(item),
            "Item": {
                "ItemID": counted_guid(_ITEM, item),
                "Name": f"{product.name} {item}"[:50],
                "Code": self._code(item),
            },
            "AccountCode": "200",
            "AccountID": guid("account", "200"),
            "TaxType": _TAXES[product.tax],
            "Tracking": [],
        }

    def invoices(self) -> Iterator[Record]:
        """All invoices, oldest first, totals and what is due filled in."""
        sets, customers, theme = self._sales_sets, self._customers, guid("theme", "Standard")
        shared: dict[str, Any] = {
            "Type": "ACCREC",
            "CurrencyCode": "USD",
            "CurrencyRate": Decimal(1),
            "BrandingThemeID": theme,
            "SentToContact": True,
            "HasAttachments": False,
        }
        for number in range(self.size.invoices):
            priced = sets[number % _SETS]
            status, on = self._status(number), self._day(number, self.size.invoices)
            paid = priced["Total"] if status == "PAID" else ZERO
            yield {
                **shared,
                **priced,
                "InvoiceID": counted_guid(_INVOICE, number),
                "InvoiceNumber": f"INV-{number + 1:06d}",
                "Reference": f"PO {number * 7 % 90_000 + 10_000}",
                "Contact": customers[(number * 37 + self.size.seed) % len(customers)],
                "Date": on,
                "DueDate": on + timedelta(days=30),
                "Status": status,
                "AmountPaid": paid,
                "AmountCredited": ZERO,
                "AmountDue": priced["Total"] - paid if status not in ("VOIDED", "DELETED") else ZERO,
                "LineItems": _identified(priced["LineItems"], _LINE, number),
                "UpdatedDateUTC": self._settled_at(number),
                **({"FullyPaidOnDate": self._paid_on(number)} if status == "PAID" else {}),
            }

    def _status(self, number: int) -> str:
        """Seven of ten paid; the newest fiftieth are drafts or waiting; a few void or deleted."""
        if number % 50 == 13:
            return "VOIDED" if number % 100 == 13 else "DELETED"
        if number >= self.size.invoices - self.size.invoices // 50:
            return "DRAFT" if number % 3 else "SUBMITTED"
        return "PAID" if number % 10 < 7 else "AUTHORISED"

    def payments(self) -> Iterator[Record]:
        """One payment for every invoice that is PAID."""
        account = {"AccountID": guid("account", "090"), "Code": "090"}
        for number in range(self.size.invoices):
            if self._status(number) != "PAID":
                continue
            total = self._sales_sets[number % _SETS]["Total"]
            yield {
                "PaymentID": counted_guid(_PAYMENT, number),
                "Invoice": {"InvoiceID": counted_guid(_INVOICE, number)},
                "Account": account,
                "Date": self._paid_on(number),
                "CurrencyRate": Decimal(1),
                "Amount": total,
                "BankAmount": total,
                "Reference": "",
                "IsReconciled": True,
                "Status": "AUTHORISED",
                "PaymentType": "ACCRECPAYMENT",
                "HasAccount": True,
                "UpdatedDateUTC": self._settled_at(number),
            }

    def credit_notes(self) -> Iterator[Record]:
        """Open credit notes of one line set each."""
        for number in range(self.size.credit_notes):
            priced = self._plain_sets[number % len(self._plain_sets)]
            yield {
                **priced,
                "Type": "ACCRECCREDIT",
                "CreditNoteID": counted_guid(_CREDIT, number),
                "CreditNoteNumber": f"CN-{self.size.invoices + number + 1:06d}",
                "Contact": self._customers[number * 11 % len(self._customers)],
                "Date": self._day(number, self.size.credit_notes),
                "CurrencyCode": "USD",
                "CurrencyRate": Decimal(1),
                "Status": "AUTHORISED",
                "Reference": "",
                "SentToContact": False,
                "HasAttachments": False,
                "BrandingThemeID": guid("theme", "Standard"),
                "LineItems": _identified(priced["LineItems"], _CREDIT_LINE, number),
                "UpdatedDateUTC": self._stamp(number, self.size.credit_notes),
            }

    @cached_property
    def _plain_sets(self) -> list[Record]:
        """Sets without a discount, which a credit note does not know."""
        return [priced for place, priced in enumerate(self._sales_sets) if place % 6]

    def purchase_orders(self) -> Iterator[Record]:
        """Orders in the statuses AUTHORISED and BILLED."""
        for number in range(self.size.purchase_orders):
            priced = self._plain_sets[number % len(self._plain_sets)]
            on = self._day(number, self.size.purchase_orders)
            lines = [
                line | {"AccountCode": "300", "AccountID": guid("account", "300")}
                for line in priced["LineItems"]
            ]
            yield {
                **priced,
                "Type": "PURCHASEORDER",
                "PurchaseOrderID": counted_guid(_ORDER, number),
                "PurchaseOrderNumber": f"PO-{number + 1:05d}",
                "Contact": self._customers[-1 - number % (len(self._customers) // 10 + 1)],
                "Date": on,
                "DeliveryDate": on + timedelta(days=14),
                "CurrencyCode": "USD",
                "CurrencyRate": Decimal(1),
                "Status": "BILLED" if number % 3 else "AUTHORISED",
                "Reference": "",
                "SentToContact": True,
                "HasAttachments": False,
                "BrandingThemeID": guid("theme", "Standard"),
                "LineItems": _identified(lines, _ORDER_LINE, number),
                "UpdatedDateUTC": self._stamp(number, self.size.purchase_orders),
            }

    # Times: three years up to the day before today

    def _day(self, number: int, count: int) -> date:
        return self.today - timedelta(days=_YEARS_DAYS - number * (_YEARS_DAYS - 1) // count)

    def _stamp(self, number: int, count: int) -> datetime:
        """Rising with the number, to the millisecond, never after yesterday evening."""
        return self._epoch + timedelta(
            milliseconds=number * (_YEARS_DAYS - 1) * 86_400_000 // count + number % 7
        )

    def _paid_on(self, number: int) -> date:
        return min(self._day(number, self.size.invoices) + timedelta(days=28), self.today - timedelta(days=1))

    def _settled_at(self, number: int) -> datetime:
        """When the invoice last changed: 28 days later when that has been reached and it was paid."""
        stamp = self._stamp(number, self.size.invoices)
        later = stamp + timedelta(days=28 if self._status(number) == "PAID" else 0)
        return later if later.date() < self.today else stamp


def _contact_name(number: int) -> str:
    first = _FIRST_WORDS[number % len(_FIRST_WORDS)]
    last = _LAST_WORDS[number // len(_FIRST_WORDS) % len(_LAST_WORDS)]
    turn = number // (len(_FIRST_WORDS) * len(_LAST_WORDS))
    return f"{first} {last} {turn + 1}" if turn else f"{first} {last}"


def _identified(lines: list[Record], salt: int, number: int) -> list[Record]:
    return [
        {**line, "LineItemID": counted_guid(salt, number * 8 + place)} for place, line in enumerate(lines)
    ]
