"""Put lines on a quote, change, move and remove them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.core.lifecycle import Act
from counterfoil.core.mapping.text import clean
from counterfoil.core.money import to_four
from counterfoil.core.quoting import ONE, priced
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.choosing import Chooser, chooser_for
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.figuring import amounts_check, line_worth, lines_of, quote_locked, quote_settle
from counterfoil.crm.quotes.models import LineKind, Quote, QuoteLine
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit

_TEXT_LIMIT: Final = 4000  # what an invoice line takes (xero-facts 4.5)
_LIMIT: Final = Decimal(10) ** 10
_HUNDRED: Final = Decimal(100)
_PENNIES: Final = Decimal("0.01")


class LineChanges(TypedDict, total=False):
    """What may be given of a line; the rest is prefilled. `tax_type` "" goes back to the one chosen by rule."""

    description: str
    extended_description: str
    quantity: Decimal
    unit_price: Decimal
    discount_rate: Decimal
    tax_type: str
    analysis: str
    cost_price: Decimal | None
    is_optional: bool


def line_add(
    quote: Quote,
    *,
    actor: User,
    at: dt.datetime,
    product: ProductItem | None = None,
    kind: str = LineKind.ITEM,
    position: int | None = None,
    **given: Unpack[LineChanges],
) -> QuoteLine:
    """Add a line: of a product, free (a description and a price), a text or a heading.

    Words, price, discount, account, tax with why, and cost are the product's and the customer's unless
    given. `position` counts from 1; without one the line goes to the end.
    """
    _check_product(quote, product, kind)
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        settings = quote_settings_of(quote.operating_company)
        codes = [given.get("analysis", ""), product.sales_analysis if product else ""]
        chooser = chooser_for(quote, settings, codes)
        line = QuoteLine(operating_company=quote.operating_company, quote=quote, kind=kind, product=product)
        _prefill(line, chooser, given)
        _fill(line, chooser, given, actor)
        line.position = QuoteLine.objects.filter(quote=quote).count() + 1
        line.net, line.tax, line.gross = line_worth(line, quote.line_amount_types)
        line.save()
        lines = lines_of(quote)
        line = _found(lines, line)
        if position is not None:
            _reorder(lines, line, position)
        quote_settle(quote, settings, at=at, lines=lines)
        summary = f"{quote.number}: line {line.position} was added ({_called(line)})."
        quote_audit(quote, "quote.line_added", summary, actor=actor, at=at, detail=_figures(line))
    return line


def line_edit(line: QuoteLine, *, actor: User, at: dt.datetime, **given: Unpack[LineChanges]) -> QuoteLine:
    """Change what is given of a line; another account chooses the tax anew unless somebody chose it by hand."""
    quote = line.quote
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        lines = lines_of(quote)
        line = _found(lines, line)
        settings = quote_settings_of(quote.operating_company)
        chooser = chooser_for(quote, settings, [given.get("analysis", line.analysis)])
        before = {name: getattr(line, name) for name in given}
        _fill(line, chooser, given, actor)
        detail = {name: [value, getattr(line, name)] for name, value in before.items()}
        changed = {name: pair for name, pair in detail.items() if pair[0] != pair[1]}
        line.net, line.tax, line.gross = line_worth(line, quote.line_amount_types)
        line.save()
        quote_settle(quote, settings, at=at, lines=lines)
        if changed:
            summary = f"{quote.number}: line {line.position} was changed ({_called(line)})."
            quote_audit(quote, "quote.line_edited", summary, actor=actor, at=at, detail=changed)
    return line


def line_move(line: QuoteLine, position: int, *, actor: User, at: dt.datetime) -> None:
    """Put a line at `position` (from 1); the others make room."""
    quote = line.quote
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        lines = lines_of(quote)
        line = _found(lines, line)
        before = line.position
        _reorder(lines, line, position)
        quote_settle(quote, quote_settings_of(quote.operating_company), at=at, lines=lines)
        summary = f"{quote.number}: line {before} was moved to {line.position} ({_called(line)})."
        quote_audit(quote, "quote.line_moved", summary, actor=actor, at=at)


def line_remove(line: QuoteLine, *, actor: User, at: dt.datetime) -> None:
    """Take a line off; the trail keeps what it was."""
    quote = line.quote
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        lines = lines_of(quote)
        line = _found(lines, line)
        summary = f"{quote.number}: line {line.position} was removed ({_called(line)})."
        detail = _figures(line)
        lines.remove(line)
        line.delete()
        quote_settle(quote, quote_settings_of(quote.operating_company), at=at, lines=lines)
        quote_audit(quote, "quote.line_removed", summary, actor=actor, at=at, detail=detail)


def lines_optional_toggle(quote: Quote, line_ids: Collection[int], *, actor: User, at: dt.datetime) -> int:
    """Make these lines optional, or part of the order again; optional ones count towards nothing."""
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        lines = lines_of(quote)
        turned = [line for line in lines if line.pk in line_ids and line.kind == LineKind.ITEM]
        for line in turned:
            line.is_optional = not line.is_optional
        QuoteLine.objects.bulk_update(turned, ["is_optional"])
        quote_settle(quote, quote_settings_of(quote.operating_company), at=at, lines=lines)
        said = ", ".join(
            f"{_called(line)} {'is optional' if line.is_optional else 'counts'}" for line in turned
        )
        quote_audit(quote, "quote.lines_optional", f"{quote.number}: {said}.", actor=actor, at=at)
    return len(turned)


def _prefill(line: QuoteLine, chooser: Chooser, given: LineChanges) -> None:
    """What product and customer say; what is given comes on top of it."""
    product = line.product
    line.quantity = line.unit_price = None
    if line.kind != LineKind.ITEM:
        return
    line.quantity = ONE
    line.analysis = given.get("analysis") or chooser.analysis(product)
    line.tax_type, line.tax_rate, line.tax_why = chooser.tax(
        product.vat_code if product else "", line.analysis
    )
    line.discount_rate = chooser.discount()
    if product is None:
        return
    line.code, line.cost_price = product.code, product.cost_price
    line.description = product.description or product.code
    line.extended_description = product.extended_description
    if "unit_price" not in given:
        line.unit_price = chooser.price(product, line.tax_rate)


def _fill(line: QuoteLine, chooser: Chooser, given: LineChanges, actor: User) -> None:
    """Set what is given, checked, and what follows from it."""
    for name in ("description", "extended_description"):
        if name in given:
            setattr(line, name, _words(given[name], name))
    if line.kind != LineKind.ITEM:
        _check_wordy(line, given)
        return
    line.is_optional = given.get("is_optional", line.is_optional)
    if "cost_price" in given:
        cost = given["cost_price"]
        line.cost_price = None if cost is None else _number(cost, "cost price")
    if "discount_rate" in given:
        line.discount_rate = _discount(given["discount_rate"])
    _fill_tax(line, chooser, given, actor)
    if "quantity" in given or "unit_price" in given:
        line.price_note = ""
    quantity = _number(given.get("quantity", line.quantity or ONE), "quantity")
    price = _number(given.get("unit_price", line.unit_price or Decimal(0)), "unit price")
    fit = priced(quantity, price)
    amounts_check(fit.quantity * fit.unit_price, quantity * (line.cost_price or Decimal(0)))
    line.quantity, line.unit_price = fit.quantity, fit.unit_price
    line.price_note = fit.note or line.price_note
    if fit.note and line.cost_price is not None:
        line.cost_price = to_four(line.cost_price * quantity)  # per unit, and the unit is the whole now
    if not line.description:
        raise QuoteRefused("A line needs a description. Nothing was changed.")


def _fill_tax(line: QuoteLine, chooser: Chooser, given: LineChanges, actor: User) -> None:
    if "analysis" in given:
        line.analysis = clean(given["analysis"])[:50]
    if given.get("tax_type"):
        line.tax_type, line.tax_rate, line.tax_why = chooser.by_hand(given["tax_type"], actor)
        line.tax_by_hand = True
    elif "tax_type" in given or ("analysis" in given and not line.tax_by_hand):
        product_tax = line.product.vat_code if line.product else ""
        line.tax_type, line.tax_rate, line.tax_why = chooser.tax(product_tax, line.analysis)
        line.tax_by_hand = False


def _check_wordy(line: QuoteLine, given: LineChanges) -> None:
    if not line.description:
        raise QuoteRefused("A text or heading needs words. Nothing was changed.")
    if given.keys() - {"description", "extended_description"}:
        raise QuoteRefused("A text or heading has words only, no amounts. Nothing was changed.")


def _check_product(quote: Quote, product: ProductItem | None, kind: str) -> None:
    if kind not in LineKind.values or (product is not None and kind != LineKind.ITEM):
        raise QuoteRefused(f"{kind!r} is no kind of line for this. Nothing was added.")
    if product is not None and product.operating_company_id != quote.operating_company_id:
        raise QuoteRefused(f"{product.code} belongs to another operating company. Nothing was added.")


def _found(lines: Sequence[QuoteLine], line: QuoteLine) -> QuoteLine:
    """The line as it is under lock: another tab may have changed or removed it before."""
    found = next((one for one in lines if one.pk == line.pk), None)
    if found is None:
        raise QuoteRefused("That line is no longer on the quote. Nothing was changed.")
    return found


def _reorder(lines: list[QuoteLine], line: QuoteLine, position: int) -> None:
    """Move the line within `lines`; settling writes the places down."""
    lines.remove(line)
    lines.insert(max(0, min(position - 1, len(lines))), line)


def _words(text: str, name: str) -> str:
    words = clean(text)
    if len(words) > _TEXT_LIMIT:
        label = name.replace("_", " ")
        raise QuoteRefused(
            f"The {label} has {len(words):,} characters; {_TEXT_LIMIT:,} fit. Nothing was changed."
        )
    return words


def _number(value: Decimal, what: str) -> Decimal:
    if not value.is_finite() or abs(value) >= _LIMIT:
        raise QuoteRefused(f"{value} is no {what} that can be kept. Nothing was changed.")
    return value


def _discount(rate: Decimal) -> Decimal:
    """Per cent, 0 to 100, 2 decimals: more would be cut on the way (xero-facts 4.5 does not say where)."""
    if not rate.is_finite() or not 0 <= rate <= _HUNDRED or rate != rate.quantize(_PENNIES):
        raise QuoteRefused("A discount is 0 to 100 per cent with 2 decimals at most. Nothing was changed.")
    return rate


def _called(line: QuoteLine) -> str:
    return line.code or line.description[:60]


def _figures(line: QuoteLine) -> dict[str, Any]:
    names = ("code", "description", "quantity", "unit_price", "discount_rate", "tax_type", "analysis")
    return {name: getattr(line, name) for name in names}
