"""The lines of a Xero document as lines of the CRM (IN-3), alike for sales and purchase documents."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import msgspec

from counterfoil.core.mapping.amounts import AT_HOME, NO_MONEY, four, four_or_none, home, ten, ten_or_none
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.text import bounded, clean
from counterfoil.core.totals import LineAmounts, line_amount, line_amounts, shares
from counterfoil.xero.records import LineItem

FIELDS = (
    MappedField("position", "LineItems[]", "IN-1", "xero"),
    MappedField("line_item_id", "LineItems[].LineItemID", "IN-1", "xero"),
    MappedField("item_code", "LineItems[].ItemCode", "IN-3", "xero"),
    MappedField("description", "LineItems[].Description", "IN-3", "xero"),
    MappedField("quantity", "LineItems[].Quantity", "IN-3", "xero"),
    MappedField("unit_price", "LineItems[].UnitAmount", "IN-3", "xero"),
    MappedField("discount_rate", "LineItems[].DiscountRate", "IN-3", "xero"),
    MappedField("discount_amount", "LineItems[].DiscountAmount", "IN-3", "xero"),
    MappedField("analysis", "LineItems[].AccountCode", "IN-3", "xero"),
    MappedField("tax_type", "LineItems[].TaxType", "IN-3", "xero"),
    MappedField(
        "net", "LineItems[].LineAmount, less TaxAmount when LineAmountTypes is Inclusive", "IN-3", "xero"
    ),
    MappedField("tax", "LineItems[].TaxAmount", "IN-3", "xero"),
    MappedField("gross", "net + tax", "IN-3", "xero"),
    MappedField("home_net", "net ÷ CurrencyRate", "IN-3", "xero"),
    MappedField("home_gross", "gross ÷ CurrencyRate", "IN-3", "xero"),
)

_ID, _ANALYSIS, _TAX = 36, 50, 60


class LineValues(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One line, in the order of the columns; amounts have 4 decimals and are negative on credits."""

    position: int
    line_item_id: str
    item_code: str
    description: str
    quantity: Decimal | None
    unit_price: Decimal | None
    discount_rate: Decimal | None
    discount_amount: Decimal | None
    analysis: str
    tax_type: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    home_net: Decimal
    home_gross: Decimal


class Basis(msgspec.Struct, frozen=True, gc=False):
    """What a document says about all its lines. `total_tax` is None when Xero left it out."""

    kind: str
    rate: Decimal
    is_credit: bool
    total_tax: Decimal | None


def line_values(lines: Sequence[LineItem | None] | None, *, basis: Basis) -> tuple[LineValues, ...]:
    """The lines that are there, numbered from 0; a null is skipped, an empty object is an empty line.

    Raises CannotMap, naming the line, for a value that no column holds.
    """
    if not lines:
        return ()
    position = 0
    try:
        present = [line for line in lines if line is not None]
        amounts = []
        for position, line in enumerate(present):  # noqa: B007  # the position names the line that is refused
            amounts.append(
                _amount(line) if line.line_amount is None else four(line.line_amount, "LineAmount")
            )
        taxes = _taxes(present, amounts, basis=basis)
        made = []
        for position, line in enumerate(present):
            made.append(_line(line, position, amounts[position], taxes[position], basis))
    except CannotMap as error:
        raise CannotMap(f"LineItems[{position}].{error.field}", error.reason) from error
    return tuple(made)


def _amount(line: LineItem) -> Decimal:
    """What a line comes to whose amount Xero left out."""
    amount = line_amount(
        four_or_none(line.quantity, "Quantity"),
        four_or_none(line.unit_amount, "UnitAmount"),
        discount_rate=ten_or_none(line.discount_rate, "DiscountRate"),
        discount_amount=four_or_none(line.discount_amount, "DiscountAmount"),
    )
    return four(amount, "LineAmount")


def _taxes(present: Sequence[LineItem], amounts: Sequence[Decimal], *, basis: Basis) -> list[Decimal]:
    """Each line's tax: Xero's own figure; where it is missing, a share of what TotalTax leaves (IN-7)."""
    if basis.kind == LineAmounts.NO_TAX:
        return [NO_MONEY] * len(present)
    taxes = [None if line.tax_amount is None else four(line.tax_amount, "TaxAmount") for line in present]
    if None not in taxes:
        return taxes  # type: ignore[return-value]  # none of them is None
    bare = [i for i, tax in enumerate(taxes) if tax is None and present[i].tax_type]
    if bare and basis.total_tax is not None:
        left = basis.total_tax - sum((tax for tax in taxes if tax is not None), NO_MONEY)
        for i, part in zip(bare, shares(left, [amounts[i] for i in bare]), strict=True):
            taxes[i] = four(part, "TaxAmount")
    return [NO_MONEY if tax is None else tax for tax in taxes]


def _line(line: LineItem, position: int, amount: Decimal, tax: Decimal, basis: Basis) -> LineValues:
    quantity, price, discount = line.quantity, line.unit_amount, line.discount_amount
    if quantity is not None:
        quantity = four(quantity, "Quantity")
    if discount is not None:
        discount = four(discount, "DiscountAmount")
    if basis.is_credit:
        amount, tax = -amount, -tax
        quantity = None if quantity is None else -quantity
        discount = None if discount is None else -discount
    net, tax, gross = line_amounts(amount, tax, kind=basis.kind)
    home_net, home_gross = net, gross
    if basis.rate is not AT_HOME:
        home_net, home_gross = home(net, basis.rate, "LineAmount"), home(gross, basis.rate, "LineAmount")
    return LineValues(
        position,
        bounded(line.line_item_id, "LineItemID", _ID),
        _item_code(line.item_code),
        clean(line.description),
        quantity,
        None if price is None else four(price, "UnitAmount"),
        None if line.discount_rate is None else ten(line.discount_rate, "DiscountRate"),
        discount,
        _analysis(line.account_code),
        _tax_type(line.tax_type),
        net,
        tax,
        gross,
        home_net,
        home_gross,
    )


# The same few codes stand on thousands of lines.
_item_code = lru_cache(maxsize=8192)(clean)


@lru_cache(maxsize=2048)
def _analysis(code: str | None) -> str:
    return bounded(code, "AccountCode", _ANALYSIS)


@lru_cache(maxsize=2048)
def _tax_type(code: str | None) -> str:
    return bounded(code, "TaxType", _TAX)
