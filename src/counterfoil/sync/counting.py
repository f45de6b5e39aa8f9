"""What the CRM holds of one Xero organisation, stream by stream, to compare with Xero's own counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.sales.models import SalesOrderHeader, TransactionKind
from counterfoil.sync import selectors
from counterfoil.sync.models import Connection, Link, Pass, SetAside
from counterfoil.sync.streams import CONTACTS
from counterfoil.sync.webhook_models import Hearing

# Our stream → the organisation's own count of what a client should read there. Bills are not ours.
EXPECTED = {
    "tax_rates": "tax_rates",
    "currencies": "currencies",
    "accounts": "accounts",
    "branding_themes": "branding_themes",
    "contacts": "contacts",
    "items": "items",
    "invoices": "invoices_ACCREC",
    "credit_notes": "credit_notes_ACCRECCREDIT",
    "purchase_orders": "purchase_orders",
}


def expected_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The organisation's own counts under our stream names, and nothing set aside."""
    return {name: counts.get(theirs, 0) for name, theirs in EXPECTED.items()} | {"set_aside": 0}


def found(tenant_id: str) -> dict[str, int]:
    """Business rows per stream. Contacts are those imported and those left out by a rule, together.

    `customers`, `suppliers` and `contacts_left_out` say how the contacts divide.
    """
    connection = Connection.objects.select_related("operating_company").get(tenant_id=tenant_id)
    company = connection.operating_company
    documents = SalesOrderHeader.objects.of(company)
    contacts = Link.objects.filter(connection=connection, stream=CONTACTS.key)
    ledgers = set(SalesLedger.objects.of(company).values_list("ledger_id", flat=True))
    ledgers |= set(PurchaseLedger.objects.of(company).values_list("ledger_id", flat=True))
    left_out = contacts.exclude(outcome="").count()
    return {
        "tax_rates": TaxCode.objects.of(company).count(),
        "currencies": Currency.objects.of(company).count(),
        "accounts": AnalysisCode.objects.of(company).count(),
        "branding_themes": BrandingTheme.objects.of(company).count(),
        "contacts": len(ledgers) + left_out,
        "items": ProductItem.objects.of(company).count(),
        "invoices": documents.filter(kind=TransactionKind.INVOICE).count(),
        "credit_notes": documents.filter(kind=TransactionKind.CREDIT).count(),
        "purchase_orders": PurchaseOrderHeader.objects.of(company).count(),
        "set_aside": SetAside.objects.filter(connection=connection).count(),
        "customers": SalesLedger.objects.of(company).count(),
        "suppliers": PurchaseLedger.objects.of(company).count(),
        "contacts_left_out": left_out,
    }


def first_pass() -> selectors.PassProgress | None:
    """The oldest pass of the installation: its first sync."""
    run = Pass.objects.order_by("started_at").first()
    return selectors.pass_progress(run) if run else None


def some_customer(tenant_id: str) -> str:
    """The ContactID of a customer that is active in Xero, "" if there is none."""
    connection = Connection.objects.select_related("operating_company").get(tenant_id=tenant_id)
    ledgers = SalesLedger.objects.of(connection.operating_company).filter(is_archived=False)
    return ledgers.exclude(ledger_id=None).order_by("name").values_list("ledger_id", flat=True).first() or ""


def events_acted_on() -> int:
    """How many webhook events set off a read, in the whole installation."""
    return sum(Hearing.objects.values_list("events", flat=True))


def some_products(tenant_id: str, count: int) -> list[ProductItem]:
    """Products that can be sold as they are: with a price and an account."""
    connection = Connection.objects.select_related("operating_company").get(tenant_id=tenant_id)
    rows = ProductItem.objects.of(connection.operating_company).filter(
        is_sellable=True, is_withdrawn=False, selling_price__gt=0
    )
    return list(rows.exclude(sales_analysis="").order_by("code")[:count])


def orders_back(quotes: Sequence[int]) -> int:
    """How many of these orders have got their invoice back by a pull (IN-6)."""
    return int(Quote.objects.filter(pk__in=quotes, document__isnull=False).count())
