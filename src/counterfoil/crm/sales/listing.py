"""Read invoices and credit notes for lists and pages, and what they say about a customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from counterfoil.core.money import ZERO, in_home_currency, to_penny
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, SalesTransaction, TransactionKind
from counterfoil.crm.sales.narrowing import BUCKETS, OPEN, documents_where
from counterfoil.database.amounts import Penny
from counterfoil.database.paging import Criteria, Source, containing, holding, matching

LEDGERS_SEARCHED = ("display_description", "name", "account_number")


def _documents(kind: str) -> Any:
    def narrow(company: int, criteria: Criteria) -> QuerySet[SalesOrderHeader]:
        rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
        conditions = Q(kind=kind) & documents_where(criteria)
        if (product := criteria.get("product", "")).isdecimal():
            holds = SalesTransaction.objects.filter(product=int(product), header=OuterRef("pk"))
            conditions &= Q(Exists(holds))
        if not (wanted := criteria.get("q", "").strip()):
            return rows.filter(conditions)
        codes = holding(("number", "customer_reference"), wanted)
        ledgers = containing(SalesLedger.objects.of(company), LEDGERS_SEARCHED, wanted)
        return matching(rows, conditions, codes, "sales_ledger", ledgers)

    return narrow


def _whole(company: int) -> QuerySet[SalesOrderHeader]:
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.by_key_of(company)
    return rows.select_related("sales_ledger")


_SORTS = {
    "date": [("date", False)],
    "number": [("number", False)],
    "due": [("due_date", False)],
    "total": [("home_total", False)],
}


def _source(kind: str) -> Source:
    sums, more = {"home": "home_total", "due": "amount_due"}, {"net": Penny("home_net")}
    return Source(
        narrow=_documents(kind), whole=_whole, sorts=_SORTS, sums=sums, per="currency", more_sums=more
    )


INVOICES, CREDIT_NOTES = _source(TransactionKind.INVOICE), _source(TransactionKind.CREDIT)


def document_of(company: int, kind: str, pk: int) -> SalesOrderHeader | None:
    """An invoice (`I`) or credit note (`C`) of an operating company."""
    return _whole(company).filter(kind=kind, pk=pk).select_related("sales_ledger__division__company").first()


def lines_of(header: SalesOrderHeader) -> list[SalesTransaction]:
    """The lines of a document in their order, each with its product."""
    return list(SalesTransaction.objects.filter(header=header).select_related("product").order_by("position"))


def documents_of(ledger: SalesLedger, *, most: int = 100) -> list[SalesOrderHeader]:
    """A customer's newest invoices and credit notes."""
    return list(SalesOrderHeader.objects.filter(sales_ledger=ledger).order_by("-date", "-pk")[:most])


def lines_like(ledger: SalesLedger, wanted: str, *, most: int = 100) -> list[SalesTransaction]:
    """Lines of a customer's documents whose code or words contain the text, with their documents, newest first."""
    mine = SalesTransaction.objects.filter(header__sales_ledger=ledger).select_related("header")
    rows = containing(mine, ("item_code", "description"), wanted)
    return list(rows.order_by("-header__date", "-header_id", "position")[:most])


def documents_like(company: int, wanted: str, most: int) -> list[SalesOrderHeader]:
    """For the search box: documents whose number contains the text, the highest numbers first."""
    found: list[SalesOrderHeader] = []
    for kind in TransactionKind.values:
        rows = SalesOrderHeader.objects.of(company).filter(holding(("number",), wanted), kind=kind)
        rows = rows.select_related("sales_ledger")
        found += rows.order_by("-number")[: most - len(found)]
    return found


# --- what a customer owes --------------------------------------------------------------------------


@dataclass(frozen=True)
class Bucket:
    """Open invoices so many days overdue, in home currency."""

    label: str
    amount: Decimal
    count: int


@dataclass(frozen=True)
class Standing:
    """How a customer stands: ageing (CU-12), habits of paying, last dates.

    `open_total` is that of the buckets; `unused` is what credit notes still hold, negative.
    """

    buckets: Sequence[Bucket]
    open_total: Decimal
    unused: Decimal
    days_overdue: int
    documents: int
    last_invoice_on: dt.date | None
    last_payment_on: dt.date | None
    days_to_pay: int | None


def standing_of(ledger: SalesLedger, today: dt.date) -> Standing:
    """Worked out from the imported documents. `today` is the day in the organisation's time zone."""
    documents = SalesOrderHeader.objects.filter(sales_ledger=ledger)
    invoices = documents.filter(kind=TransactionKind.INVOICE)
    dates = documents.aggregate(
        documents=Count("pk"),
        last=Max("date", filter=Q(kind=TransactionKind.INVOICE, is_reported=True)),
        paid=Max("paid_on", filter=Q(is_paid=True, is_reported=True)),
        oldest=Min("due_date", filter=OPEN & Q(kind=TransactionKind.INVOICE)),
    )
    buckets, unused = _ageing(documents.filter(OPEN), today)
    oldest = dates["oldest"]
    return Standing(
        buckets=buckets,
        open_total=sum((bucket.amount for bucket in buckets), ZERO),
        unused=unused,
        days_overdue=max(0, (today - oldest).days) if oldest else 0,
        documents=dates["documents"],
        last_invoice_on=dates["last"],
        last_payment_on=dates["paid"],
        days_to_pay=_days_to_pay(invoices),
    )


def _ageing(documents: QuerySet[SalesOrderHeader], today: dt.date) -> tuple[list[Bucket], Decimal]:
    """Each document to the penny in home currency, as the books and the customer's statement have it."""
    groups = documents.values("kind", "due_date", "rate", "amount_due").annotate(n=Count("pk"))
    amounts = [ZERO] * len(BUCKETS)
    counts = [0] * len(BUCKETS)
    unused = ZERO
    for group in groups.order_by():
        amount = group["n"] * to_penny(in_home_currency(group["amount_due"], group["rate"]))
        if group["kind"] == TransactionKind.CREDIT:
            unused += amount
            continue
        place = bucket_of(group["due_date"], today)
        amounts[place] += amount
        counts[place] += group["n"]
    return [Bucket(b[0], a, c) for b, a, c in zip(BUCKETS, amounts, counts, strict=True)], unused


def bucket_of(due: dt.date | None, today: dt.date) -> int:
    """The place in BUCKETS of a document due on `due`; one without a due date is not due."""
    days = (today - due).days if due else 0
    return next(i for i, (_, _, most) in enumerate(BUCKETS) if most is None or days <= most)


def _days_to_pay(invoices: QuerySet[SalesOrderHeader], most: int = 50) -> int | None:
    """The average over the last paid invoices, weighed equally."""
    paid = invoices.filter(
        is_paid=True, state=DocumentState.INVOICED, paid_on__isnull=False, date__isnull=False
    )
    dates = paid.order_by("-date").values_list("paid_on", "date")[:most]
    days = [(on - date).days for on, date in dates if on and date]
    return round(sum(days) / len(days)) if days else None


# --- who buys a product ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sold:
    """What a product sold since a day, and to whom most."""

    quantity: Decimal
    home_net: Decimal
    documents: int
    customers: Sequence[dict[str, Any]]


def product_sold(product: ProductItem, *, since: dt.date, most: int = 8) -> Sold:
    """Confirmed sales of a product since `since`, credits taken off, as in the report by product."""
    lines = SalesTransaction.objects.filter(
        product=product, header__state=DocumentState.INVOICED, header__date__gte=since
    )
    whole = lines.aggregate(quantity=Sum("quantity"), net=Sum("home_net"), n=Count("header", distinct=True))
    customers = (
        lines.values("header__sales_ledger", "header__sales_ledger__display_description")
        .annotate(quantity=Sum("quantity"), net=Sum("home_net"))
        .order_by("-net", "header__sales_ledger")[:most]
    )
    return Sold(whole["quantity"] or ZERO, whole["net"] or ZERO, whole["n"], list(customers))
