"""What was confirmed, beside what the invoice says in Xero now (PU-9, IN-7). Local: it asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from counterfoil.core.preflight import BooksFacts
from counterfoil.crm.quotes.models import Quote, QuoteVersion, VersionMoment
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState


@dataclass(frozen=True)
class Difference:
    """One thing that differs; `line` counts from 1, None for the head. Empty text: it is not there on that side."""

    what: str
    line: int | None
    confirmed: str
    in_xero: str


def books_facts(company: int) -> BooksFacts:
    """What the checks before confirming need of the connected organisation (PU-6)."""
    rows = Connection.objects.of(company).filter(role=ConnectionRole.PRIMARY)
    return books_facts_of(rows.order_by("-connected_at").first())


def books_facts_of(connection: Connection | None) -> BooksFacts:
    """The same of a connection that was read already; None while there is none."""
    if connection is None:
        return BooksFacts()
    return BooksFacts(
        is_connected=connection.state in {ConnectionState.CONNECTED, ConnectionState.WAITING},
        lock_date=connection.period_lock_date,
        year_end_lock_date=connection.year_end_lock_date,
    )


def changed_since_confirmed(quote: Quote) -> list[Difference]:
    """How the invoice in Xero differs from the order as confirmed last; empty while it has not come back."""
    header: SalesOrderHeader | None = quote.document
    version = (
        QuoteVersion.objects.filter(quote=quote, moment=VersionMoment.CONFIRMED)
        .order_by("-order_revision")
        .first()
    )
    if header is None or version is None:
        return []
    order: dict[str, Any] = version.content["order"]
    return [*_head(order, header), *_lines(order["lines"], list(header.lines.order_by("position")))]


def _head(order: Mapping[str, Any], header: SalesOrderHeader) -> Iterable[Difference]:
    pairs = (
        ("Customer", order["ledger"]["name"] if header.sales_ledger_id != order["ledger"]["id"] else "", ""),
        ("Date", order["date"], header.date.isoformat() if header.date else ""),
        ("Due date", order["due_date"] or "", header.due_date.isoformat() if header.due_date else ""),
        ("Reference", order["reference"] or "", header.customer_reference),
        ("Currency", order["currency"], header.currency),
    )
    for what, confirmed, in_xero in pairs:
        if what == "Customer" and confirmed:
            yield Difference(what, None, confirmed, header.sales_ledger.name)
        elif what != "Customer" and confirmed != in_xero:
            yield Difference(what, None, confirmed, in_xero)
    if Decimal(order["total"]) != header.total:
        yield Difference("Total", None, _amount(order["total"]), _amount(header.total))


def _lines(ordered: list[dict[str, Any]], kept: list[Any]) -> Iterable[Difference]:
    for place, (line, row) in enumerate(zip_longest(ordered, kept), start=1):
        if line is None:
            yield Difference("Line", place, "", row.description)
        elif row is None:
            yield Difference("Line", place, line["description"], "")
        else:
            yield from _line(place, line, row)


def _line(place: int, line: Mapping[str, Any], row: Any) -> Iterable[Difference]:
    pairs = (
        ("Description", line["description"], row.description),
        ("Quantity", _amount(line.get("quantity")), _amount(row.quantity)),
        ("Unit price", _amount(line.get("unit_price")), _amount(row.unit_price)),
        ("Discount", _amount(line.get("discount_rate")), _amount(row.discount_rate)),
        ("Analysis", line.get("analysis", ""), row.analysis),
        ("Tax code", line.get("tax_type", ""), row.tax_type),
    )
    only_words = line["kind"] not in {"item", "delivery"}
    for what, confirmed, in_xero in pairs[:1] if only_words else pairs:
        if confirmed != in_xero:
            yield Difference(what, place, confirmed, in_xero)


def _amount(value: Any) -> str:
    """Without trailing zeros; nothing and nought are the same."""
    if value in (None, "") or not Decimal(value):
        return ""
    return f"{Decimal(value).normalize():,f}"
