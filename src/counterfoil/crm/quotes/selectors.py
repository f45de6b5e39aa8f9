"""Read quotes and orders for pages, for the sync, and for what is said about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.selectors import audit_actions
from counterfoil.core.lifecycle import Act, Stage, acts_of
from counterfoil.core.money import ZERO, in_home_currency
from counterfoil.core.quoting import Group, GroupedLine, Margin, groups, margin
from counterfoil.core.taxchoice import TaxRate
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.quotes.choosing import sales_rates
from counterfoil.crm.quotes.facts import credit_used, tax_codes_by_type
from counterfoil.crm.quotes.figuring import counts, lines_of, quotes_whole
from counterfoil.crm.quotes.models import LineKind, Quote, QuoteLine, QuoteSettings, QuoteVersion
from counterfoil.crm.quotes.orders import amend_refusal, sent_version
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.sales.models import SalesTransaction, TransactionKind

__all__ = [
    "Difference",
    "LastPrice",
    "amend_refusal",
    "credit_used",
    "last_prices_paid",
    "line_gone",
    "line_of",
    "margin_is_shown",
    "order_content_of",
    "order_differences",
    "quote_acts",
    "quote_by_uuid",
    "quote_groups",
    "quote_lines",
    "quote_margin",
    "quote_of",
    "quote_settings_of",
    "quote_version_of",
    "quote_versions",
    "quotes_count",
    "quotes_of",
    "quotes_pushed",
    "sent_version",
    "stages_been_in",
    "tax_codes_by_type",
    "tax_options",
]


def _whole(company: int) -> QuerySet[Quote]:
    return quotes_whole().filter(operating_company=company)


def quote_of(company: int, pk: int) -> Quote | None:
    """One quote of an operating company with all that its page shows beside lines."""
    return _whole(company).filter(pk=pk).first()


def quote_by_uuid(company: int, uuid: str) -> Quote | None:
    return _whole(company).filter(uuid=uuid).first()


def quotes_of(ledger: SalesLedger, *, most: int = 100) -> list[Quote]:
    """A customer's newest quotes and orders."""
    rows = Quote.objects.filter(sales_ledger=ledger).select_related("owner", "document")
    return list(rows.order_by("-date", "-pk")[:most])


def quotes_count(ledger: SalesLedger) -> int:
    return Quote.objects.filter(sales_ledger=ledger).count()


def quotes_pushed(company: int, invoice_ids: Collection[str]) -> dict[str, Quote]:
    """Invoice id → the order it was made from, for those that were made from one."""
    rows = Quote.objects.of(company).filter(invoice_id__in=set(invoice_ids) - {""})
    return {quote.invoice_id: quote for quote in rows}


def quote_lines(quote: Quote) -> list[QuoteLine]:
    """The lines in their order, each with its product, its stock (`free`) and as at when (`free_at`).

    After a service they are those that it settled; they are not read again.
    """
    return lines_of(quote) if quote.lines_settled is None else quote.lines_settled


def line_of(company: int, quote: int, pk: int) -> QuoteLine | None:
    """One line of a quote of an operating company, to be changed; services read it anew."""
    rows: QuerySet[QuoteLine] = QuoteLine.objects.of(company)
    found = rows.select_related("quote").filter(pk=pk).first()
    return found if found and found.quote_id == quote else None


def line_gone(quote: Quote, pk: int) -> QuoteLine:
    """Stands for a line that is not on the quote any more: what is to be done with it, a service refuses."""
    return QuoteLine(pk=pk, quote=quote, position=1)


def quote_groups(lines: Sequence[QuoteLine]) -> list[Group]:
    """Headings with the places of their lines in `lines`, and subtotals in document currency."""
    return groups(
        GroupedLine(line.kind == LineKind.HEADING, line.description, line.net, counts(line)) for line in lines
    )


def quote_margin(quote: Quote) -> Margin | None:
    """What the quote leaves after cost, in home currency; None while its rate is unknown."""
    return margin(in_home_currency(quote.net, quote.rate), quote.cost) if quote.rate else None


def margin_is_shown(settings: QuoteSettings, role: str) -> bool:
    """Whether a role may see cost and margin."""
    return role in settings.margin_roles


def quote_acts(quote: Quote) -> frozenset[Act]:
    """What may be done with the quote now; amending only while its invoice is a draft (PU-9)."""
    acts = acts_of(quote.stage)
    if Act.AMEND in acts and amend_refusal(quote):
        acts -= {Act.AMEND}
    if Act.REOPEN in acts and quote.push_state not in {"refused", "skipped"}:
        acts -= {Act.REOPEN}
    return acts


_ENTERED_BY = {"quote.sent": Stage.SENT, "quote.won": Stage.WON}


def stages_been_in(quote: Quote) -> frozenset[Stage]:
    """Sent and Won may be left out on the way to an order: which of them the quote has been in, in any version."""
    found = audit_actions(quote.operating_company_id, f"quote:{quote.pk}", _ENTERED_BY)
    return frozenset(_ENTERED_BY[action] for action in found)


def quote_versions(quote: Quote) -> list[QuoteVersion]:
    """Everything that was kept of a quote, newest first."""
    return list(QuoteVersion.objects.filter(quote=quote).select_related("by").order_by("-pk"))


def quote_version_of(company: int, quote: int, pk: int) -> QuoteVersion | None:
    rows: QuerySet[QuoteVersion] = QuoteVersion.objects.of(company)
    return rows.select_related("by").filter(quote=quote, pk=pk).first()


def order_content_of(version_id: int) -> dict[str, Any]:
    """What an invoice is made from, as it was confirmed (`content.order_content`); the change record names it."""
    content: dict[str, Any] = QuoteVersion.objects.values_list("content", flat=True).get(pk=version_id)
    order: dict[str, Any] = content["order"]
    return order


def tax_options(company: OperatingCompany) -> list[TaxRate]:
    """The tax codes a line may be given by hand, by name."""
    return sorted(sales_rates(company).values(), key=lambda rate: rate.name)


class LastPrice(NamedTuple):
    """What a customer last paid for a product: the price before the discount, in the document's currency."""

    unit_price: Decimal
    discount_rate: Decimal
    currency: str
    quantity: Decimal
    on: dt.date | None
    number: str


def last_prices_paid(
    ledger: SalesLedger, products: Collection[int], *, but: int | None = None
) -> dict[int, LastPrice]:
    """Product → what this customer paid for it last; products never bought are missing.

    `but` is an invoice to leave out: that of the order which asks, whose own price tells it nothing.
    """
    rows = (
        SalesTransaction.objects.filter(
            header__sales_ledger=ledger,
            header__is_reported=True,
            kind=TransactionKind.INVOICE,
            product__in=products,
            unit_price__isnull=False,
        )
        .exclude(header=but)
        .order_by("header__date", "header_id", "position")
        .values_list(
            "product",
            "unit_price",
            "discount_rate",
            "header__currency",
            "quantity",
            "header__date",
            "header__number",
        )
    )
    return {
        product: LastPrice(price, discount or ZERO, currency, quantity or ZERO, on, number)
        for product, price, discount, currency, quantity, on, number in rows
    }


class Difference(NamedTuple):
    """One thing that is otherwise in the invoice than it was confirmed; texts for people."""

    what: str
    ours: str
    theirs: str


def order_differences(quote: Quote) -> list[Difference]:
    """What was changed in Xero since the order was confirmed (PU-9, IN-7); empty without an invoice."""
    version = sent_version(quote)
    if version is None or quote.document is None:
        return []
    order, header = version.content["order"], quote.document
    found = [
        Difference(label, ours, theirs)
        for label, ours, theirs in (
            ("Currency", order["currency"], header.currency),
            ("Date", order["date"], _text(header.date)),
            ("Due date", order["due_date"] or "", _text(header.due_date)),
            ("Reference", order["reference"], header.customer_reference),
            ("Tax basis", order["line_amount_types"], header.line_amount_types),
            ("Total", _text(Decimal(order["total"])), _text(header.total)),
        )
        if ours != theirs
    ]
    lines = list(SalesTransaction.objects.filter(header=header).order_by("position"))
    return found + _line_differences(order["lines"], lines)


_COMPARED = ("description", "quantity", "unit_price", "discount_rate", "analysis", "tax_type", "net")


def _line_differences(
    ours: Sequence[Mapping[str, Any]], theirs: Sequence[SalesTransaction]
) -> list[Difference]:
    """Line by line in their order; what one side has more of is named as a whole."""
    found = []
    for place, (mine, other) in enumerate(zip(ours, theirs, strict=False), start=1):
        for name in _COMPARED:
            was, now = _value(mine.get(name)), _value(getattr(other, name))
            if was != now:
                found.append(Difference(f"Line {place}, {name.replace('_', ' ')}", was, now))
    for place, line in enumerate(ours[len(theirs) :], start=len(theirs) + 1):
        found.append(Difference(f"Line {place}", line["description"], "removed"))
    for place, added in enumerate(theirs[len(ours) :], start=len(ours) + 1):
        found.append(Difference(f"Line {place}", "", f"added: {added.description}"))
    return found


def _value(value: Any) -> str:
    """Amounts alike whatever their zeros; nothing and nought are the same for a line."""
    text = str(value) if value is not None else ""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return _text(number) if number and number.is_finite() else ""


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")
