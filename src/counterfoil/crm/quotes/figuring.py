"""Work a quote out anew after a change: groups, amounts of lines, delivery, totals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum

from counterfoil.core.lifecycle import NAMES, Act, Stage, next_stage
from counterfoil.core.money import ZERO, in_home_currency, to_four
from counterfoil.core.quoting import ONE, delivery_by_value
from counterfoil.core.totals import Amounts, document_amounts, line_figures
from counterfoil.crm.products.models import Stock
from counterfoil.crm.quotes.errors import QuoteChanged, QuoteRefused
from counterfoil.crm.quotes.models import DeliveryMode, LineKind, Quote, QuoteLine, QuoteSettings
from counterfoil.database import bulk

AMOUNT_LIMIT = Decimal(10) ** 13  # below what either database's column takes, with room for sums
_WORKED_OUT = ("position", "group", "net", "tax", "gross")
_TOTALS = (
    "delivery_charge",
    "delivery_net",
    "delivery_tax",
    "delivery_gross",
    "net",
    "tax",
    "total",
    "home_total",
    "cost",
    "edit_version",
    "updated_at",
)


def quotes_whole() -> QuerySet[Quote]:
    """Quotes with every record that their page or a change of them looks at, the settings among these."""
    rows: QuerySet[Quote] = Quote.objects.select_related(
        "operating_company__quote_settings__delivery_product",
        "sales_ledger__division__company",
        "contact",
        "owner",
        "confirmed_by",
        "document",
        "delivery_product",
    )
    return rows


def lines_of(quote: Quote) -> list[QuoteLine]:
    """The lines in their order, each with its product, what of it is `free` in stock, and as at when."""
    stock = Stock.objects.filter(product=OuterRef("product")).order_by().values("product")
    rows = quote.lines.select_related("product").order_by("position", "pk")
    return list(
        rows.annotate(
            free=Subquery(stock.annotate(sum=Sum("free_stock")).values("sum")),
            free_at=Subquery(stock.annotate(newest=Max("as_at")).values("newest")),
        )
    )


def quote_locked(quote: Quote, act: Act, *, expected_version: int | None = None) -> Stage:
    """Read `quote` anew under lock and return the stage that `act` leads to; call it in a transaction.

    Raises QuoteRefused when its stage does not allow that, QuoteChanged when it is not at
    `expected_version` (its `edit_version`) any more.
    """
    quote.refresh_from_db(from_queryset=quotes_whole().select_for_update(of=("self",)))
    quote.lines_settled = None
    stage = next_stage(quote.stage, act)
    if stage is None:
        raise QuoteRefused(f"{quote.number} is {NAMES[Stage(quote.stage)].lower()}. {_HINTS[act]}")
    if expected_version is not None and quote.edit_version != expected_version:
        raise QuoteChanged(
            f"{quote.number} was changed by somebody else meanwhile. Nothing was done; look at it again first."
        )
    return stage


_HINTS = {
    Act.EDIT: "Nothing was changed; revise it to change its contents.",
    Act.NOTE: "Nothing was changed; its details are final now.",
    Act.SEND: "It cannot be marked as sent; nothing was changed.",
    Act.WIN: "It cannot be won; nothing was changed.",
    Act.LOSE: "It cannot be lost; nothing was changed.",
    Act.REVISE: "It cannot be revised; nothing was changed.",
    Act.CONFIRM: "It cannot be confirmed; nothing was changed.",
    Act.AMEND: "There is no invoice to amend; nothing was changed.",
    Act.REOPEN: "It cannot be reopened; nothing was changed.",
    Act.MADE: "No invoice was expected for it; nothing was changed.",
    Act.REFUSED: "No invoice was expected for it; nothing was changed.",
    Act.LINKED: "No invoice was expected for it; nothing was changed.",
}


def quote_settle(
    quote: Quote,
    settings: QuoteSettings,
    *,
    at: dt.datetime,
    fields: Iterable[str] = (),
    lines: list[QuoteLine] | None = None,
) -> list[QuoteLine]:
    """Work out the quote from its lines and save it with `fields`; returns the lines in their order.

    `lines` are all of them when they were read under this lock already.
    """
    lines = lines_of(quote) if lines is None else lines
    _lines_settle(quote, lines)
    counted = [line for line in lines if counts(line)]
    goods = document_amounts(Amounts(line.net, line.tax, line.gross) for line in counted)
    _delivery_settle(quote, settings, goods)
    delivery = Amounts(quote.delivery_net, quote.delivery_tax, quote.delivery_gross)
    quote.net, quote.tax, quote.total = document_amounts((goods, delivery))
    quote.home_total = in_home_currency(quote.total, quote.rate) if quote.rate else None
    quote.cost = sum((line_cost(line) for line in counted), ZERO)
    amounts_check(quote.total, quote.home_total or ZERO, quote.cost)
    quote.edit_version += 1
    quote.updated_at = at
    quote.save(update_fields={*_TOTALS, *fields})
    quote.lines_settled = lines
    return lines


def amounts_check(*amounts: Decimal) -> None:
    """Raise QuoteRefused for amounts that no column holds; what an invoice takes is far less."""
    if any(abs(amount) >= AMOUNT_LIMIT for amount in amounts):
        raise QuoteRefused(
            "Amounts of this size cannot be kept. Nothing was changed; check quantity and price."
        )


def counts(line: QuoteLine) -> bool:
    """Whether a line is part of the order: not a heading or text, and not only optional."""
    return line.kind == LineKind.ITEM and not line.is_optional


def line_cost(line: QuoteLine) -> Decimal:
    """What a line costs us in home currency; nothing where no cost price is known."""
    if line.cost_price is None or line.quantity is None:
        return ZERO
    return to_four(line.cost_price * line.quantity)


def _lines_settle(quote: Quote, lines: Sequence[QuoteLine]) -> None:
    """Number and group the lines and work out their amounts; what is the same already is not written."""
    group, changed = "", []
    for position, line in enumerate(lines, start=1):
        before = tuple(getattr(line, name) for name in _WORKED_OUT)
        if line.kind == LineKind.HEADING:
            group = line.description[:200]
        line.position, line.group = position, group
        line.net, line.tax, line.gross = line_worth(line, quote.line_amount_types)
        after = tuple(getattr(line, name) for name in _WORKED_OUT)
        if after != before:
            changed.append((line.pk, *after))
    amounts_check(*(line.gross for line in lines))
    bulk.update(QuoteLine, "id", _WORKED_OUT, changed)


def line_worth(line: QuoteLine, kind: str) -> Amounts:
    """Net, tax and gross of a line; nothing for text and headings."""
    if line.kind != LineKind.ITEM:
        return Amounts(ZERO, ZERO, ZERO)
    return line_figures(
        line.quantity, line.unit_price, discount_rate=line.discount_rate, tax_rate=line.tax_rate, kind=kind
    )


def _delivery_settle(quote: Quote, settings: QuoteSettings, goods: Amounts) -> None:
    if quote.delivery_mode == DeliveryMode.NONE:
        quote.delivery_charge = ZERO
    elif quote.delivery_mode == DeliveryMode.AUTOMATIC:
        quote.delivery_charge = delivery_by_value(
            goods.net,
            rate=quote.rate or ZERO,
            charge=settings.delivery_charge,
            free_over=settings.delivery_free_over,
        )
    figures = line_figures(
        ONE,
        quote.delivery_charge,
        discount_rate=None,
        tax_rate=quote.delivery_tax_rate,
        kind=quote.line_amount_types,
    )
    quote.delivery_net, quote.delivery_tax, quote.delivery_gross = figures
