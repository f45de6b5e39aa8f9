"""Whether an import can be undone as a whole, and what that would take out (SY-8). Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.worked import Worked
from counterfoil.crm.customers.leaving import people_left, people_worked_on
from counterfoil.crm.finance.leaving import finance_left, finance_worked_on
from counterfoil.crm.products.leaving import products_left, products_worked_on
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.quotes.leaving import quotes_worked_on
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState, Link, Pass, SetAside

UNDOABLE = (ConnectionState.CONNECTED, ConnectionState.WAITING, ConnectionState.PAUSED)
# In the order of a page; the words are for one and for many.
LABELS = {
    "customers": ("customer", "customers"),
    "suppliers": ("supplier", "suppliers"),
    "companies": ("company", "companies"),
    "people": ("person", "people"),
    "products": ("product, with its stock", "products, with their stock"),
    "invoices": ("invoice", "invoices"),
    "credit_notes": ("credit note", "credit notes"),
    "purchase_orders": ("purchase order", "purchase orders"),
    "tax_codes": ("tax code", "tax codes"),
    "analysis_codes": ("analysis code", "analysis codes"),
    "branding_themes": ("branding theme", "branding themes"),
    "currencies": ("currency", "currencies"),
    "set_aside": ("record that was set aside", "records that were set aside"),
}
REASONS = {
    "customers": ("customer from Xero was changed here", "customers from Xero were changed here"),
    "companies": (
        "company from Xero was changed here: its name, its people, who looks after it, or whom it holds",
        "companies from Xero were changed here: their names, their people, who looks after them, or whom they hold",
    ),
    "notes": ("note was written on a customer from Xero", "notes were written on customers from Xero"),
    "merged": (
        "customer from Xero has taken over another one that people had worked on",
        "customers from Xero have taken over others that people had worked on",
    ),
    "products": ("product from Xero was changed here", "products from Xero were changed here"),
    "own_products": (
        "product made here was changed after Xero's item had taken its place",
        "products made here were changed after Xero's items had taken their place",
    ),
    "orders": ("order has its invoice in Xero", "orders have their invoices in Xero"),
    "quotes": (
        "quote or order was made for a customer, with a product or with a tax code from Xero",
        "quotes or orders were made for customers, with products or with tax codes from Xero",
    ),
    "delivery": (
        "product from Xero is what quotes charge for delivery",
        "products from Xero are what quotes charge for delivery",
    ),
    "tax_codes": ("tax code was corrected by hand", "tax codes were corrected by hand"),
    "rates": (
        "currency from Xero has an exchange rate set by hand",
        "currencies from Xero have exchange rates set by hand",
    ),
}
RECONNECT = "Xero has to be connected again first."
TWO_BOOKS = (
    "{} was connected here before, and its history is kept among the same records. What came from which can no longer "
    "be told apart for certain."
)


@dataclass(frozen=True)
class Counted:
    """So many of something, in words for that number."""

    count: int
    words: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undoable:
    """What undoing would take out, and what stands against it. `kept`: products that get their own values back."""

    connection: Connection
    removed: list[Counted]
    kept: int = 0
    worked_on: list[Counted] = field(default_factory=list)
    problem: str = ""

    @property
    def is_possible(self) -> bool:
        return not (self.worked_on or self.problem)


def undoable_of(company: OperatingCompany) -> Undoable | None:
    """How an undo stands for the company's Primary; None while there is nothing to undo."""
    rows = Connection.objects.of(company).filter(role=ConnectionRole.PRIMARY)
    live = rows.exclude(state=ConnectionState.DISCONNECTED).select_related("operating_company").first()
    return undoable(live) if live is not None and has_imported(live) else None


def has_imported(connection: Connection) -> bool:
    """Whether anything was read, were it half of a first import."""
    return connection.last_pass_at is not None or Link.objects.filter(connection=connection).exists()


def undoable(connection: Connection) -> Undoable:
    counts = _counts(connection)
    return Undoable(
        connection,
        removed=[
            Counted(counts[kind], _words(LABELS, kind, counts[kind])) for kind in LABELS if counts[kind]
        ],
        kept=counts["own_products"],
        worked_on=[
            Counted(worked.count, _words(REASONS, kind, worked.count), worked.names)
            for kind, worked in _worked_on(connection.operating_company).items()
        ],
        problem=_problem(connection),
    )


def _counts(connection: Connection) -> dict[str, int]:
    company = connection.operating_company
    documents = SalesOrderHeader.objects.of(company)
    return {
        **people_left(company),
        **products_left(company),
        **finance_left(company),
        "invoices": documents.filter(kind="I").count(),
        "credit_notes": documents.filter(kind="C").count(),
        "purchase_orders": PurchaseOrderHeader.objects.of(company).count(),
        "set_aside": SetAside.objects.filter(connection=connection).count(),
    }


def _worked_on(company: OperatingCompany) -> dict[str, Worked]:
    return {
        **people_worked_on(company),
        **products_worked_on(company),
        **quotes_worked_on(company),
        **finance_worked_on(company),
    }


def _problem(connection: Connection) -> str:
    """Why the connection itself does not allow it; "" if it does."""
    if connection.state not in UNDOABLE:
        return RECONNECT
    others = Connection.objects.of(connection.operating_company).filter(role=ConnectionRole.PRIMARY)
    read = Pass.objects.filter(connection__in=others.exclude(pk=connection.pk)).order_by("-started_at")
    former = read.values_list("connection__organisation_name", flat=True).first()
    return TWO_BOOKS.format(former) if former is not None else ""


def _words(words: dict[str, tuple[str, str]], kind: str, count: int) -> str:
    one, many = words[kind]
    return one if count == 1 else many
