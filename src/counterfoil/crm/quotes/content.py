"""The whole of a quote as JSON: what versions keep, and what an invoice is made from.

Amounts are text, so that they come back as they went; ids are those of rows, and of the books where known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from counterfoil.accounts.models import User
from counterfoil.core.quoting import sent_description
from counterfoil.core.totals import LineAmounts
from counterfoil.crm.quotes.figuring import counts
from counterfoil.crm.quotes.models import DeliveryMode, LineKind, Quote, QuoteLine, QuoteSettings

FORMAT: Final = 1

HEAD: Final = (
    "number",
    "version",
    "title",
    "currency",
    "rate",
    "rate_on",
    "rate_source",
    "line_amount_types",
    "customer_reference",
    "date",
    "valid_until",
    "due_date",
    "delivery_mode",
    "delivery_product_id",
    "delivery_code",
    "delivery_description",
    "delivery_charge",
    "delivery_net",
    "delivery_tax",
    "delivery_gross",
    "delivery_tax_type",
    "delivery_tax_rate",
    "delivery_tax_why",
    "delivery_analysis",
    "notes",
    "internal_notes",
    "net",
    "tax",
    "total",
    "home_total",
    "cost",
)
LINE: Final = (
    "position",
    "group",
    "kind",
    "is_optional",
    "product_id",
    "code",
    "description",
    "extended_description",
    "quantity",
    "unit_price",
    "price_note",
    "discount_rate",
    "tax_type",
    "tax_rate",
    "tax_why",
    "tax_by_hand",
    "analysis",
    "cost_price",
    "net",
    "tax",
    "gross",
)


def quote_content(quote: Quote, lines: Iterable[QuoteLine]) -> dict[str, Any]:
    """Everything that was offered, as it stands."""
    ledger = quote.sales_ledger
    return {
        "format": FORMAT,
        "head": {name: _plain(getattr(quote, name)) for name in HEAD},
        "ledger": {"id": ledger.pk, "name": ledger.name},
        "lines": [{name: _plain(getattr(line, name)) for name in LINE} for line in lines],
    }


def order_content(
    quote: Quote,
    lines: Sequence[QuoteLine],
    settings: QuoteSettings,
    *,
    revision: int,
    invoice_number: str,
    actor: User,
    at: dt.datetime,
) -> dict[str, Any]:
    """What the invoice is made from: nothing that changes later is looked up again (PU-4, PU-10).

    `amends` is the id of the invoice that a further revision changes, "" for the first one.
    """
    ledger = quote.sales_ledger
    return {
        "uuid": str(quote.uuid),
        "number": quote.number,
        "version": quote.version,
        "revision": revision,
        "title": quote.title,
        "amends": quote.invoice_id,
        "ledger": {
            "id": ledger.pk,
            "ledger_id": ledger.ledger_id,
            "uuid": str(ledger.uuid) if ledger.uuid else None,
            "name": ledger.name,
        },
        "currency": quote.currency,
        "home_currency": quote.operating_company.home_currency,
        "rate": _plain(quote.rate),
        "rate_on": _plain(quote.rate_on),
        "rate_source": quote.rate_source,
        "line_amount_types": quote.line_amount_types,
        "date": _plain(quote.date),
        "due_date": _plain(quote.due_date),
        "reference": quote.customer_reference,
        "status": settings.invoice_status,
        "invoice_number": invoice_number,
        "lines": order_lines(quote, lines, combine=settings.combine_descriptions),
        "net": _plain(quote.net),
        "tax": _plain(quote.tax),
        "total": _plain(quote.total),
        "products_to_make": products_to_make(quote, lines),
        "confirmed_by": str(actor),
        "confirmed_at": at.isoformat(),
    }


def order_lines(quote: Quote, lines: Iterable[QuoteLine], *, combine: bool) -> list[dict[str, Any]]:
    """The invoice's lines: the quote's without its optional ones, then delivery (PU-5, IS-6).

    `amount` is Xero's LineAmount: what quantity and price come to in the document's own tax basis.
    """
    sent = [_order_line(quote, line, combine=combine) for line in lines if not line.is_optional]
    if has_delivery(quote):
        sent.append(_delivery_line(quote))
    return [{"place": place, **line} for place, line in enumerate(sent, start=1)]


def has_delivery(quote: Quote) -> bool:
    """Whether the invoice has a line for delivery; going free is said by the missing line."""
    return quote.delivery_mode != DeliveryMode.NONE and bool(quote.delivery_charge)


def products_to_make(quote: Quote, lines: Iterable[QuoteLine]) -> list[int]:
    """Products on the order that the books do not have yet (PU-3), each once."""
    products = [line.product for line in lines if line.product and counts(line)]
    if has_delivery(quote) and quote.delivery_product:
        products.append(quote.delivery_product)
    return sorted({product.pk for product in products if product.external_id is None})


def _order_line(quote: Quote, line: QuoteLine, *, combine: bool) -> dict[str, Any]:
    words = sent_description(line.description, line.extended_description, combine=combine, code=line.code)
    if line.kind != LineKind.ITEM:
        return {"line": line.pk, "kind": line.kind, "description": words}
    is_inclusive = quote.line_amount_types == LineAmounts.INCLUSIVE
    return {
        "line": line.pk,
        "kind": line.kind,
        "product": line.product_id,
        "code": line.product.code if line.product else "",
        "description": words,
        "quantity": _plain(line.quantity),
        "unit_price": _plain(line.unit_price),
        "discount_rate": _plain(line.discount_rate),
        "analysis": line.analysis,
        "tax_type": line.tax_type,
        "amount": _plain(line.gross if is_inclusive else line.net),
        "net": _plain(line.net),
        "tax": _plain(line.tax),
        "gross": _plain(line.gross),
    }


def _delivery_line(quote: Quote) -> dict[str, Any]:
    return {
        "line": None,
        "kind": "delivery",
        "product": quote.delivery_product_id,
        "code": quote.delivery_product.code if quote.delivery_product else "",
        "description": quote.delivery_description,
        "quantity": "1",
        "unit_price": _plain(quote.delivery_charge),
        "discount_rate": "0",
        "analysis": quote.delivery_analysis,
        "tax_type": quote.delivery_tax_type,
        "amount": _plain(quote.delivery_charge),
        "net": _plain(quote.delivery_net),
        "tax": _plain(quote.delivery_tax),
        "gross": _plain(quote.delivery_gross),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, dt.date) else value
