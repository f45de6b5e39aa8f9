"""Columns of the reports on sales. Amounts that lead to records are links of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.core.quoting import margin
from counterfoil.database.paging import Criteria, Totals
from counterfoil.web import showing
from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Column


def named(label: str, link: Callable[[Any], str]) -> Column:
    """What the row is called, which leads on."""

    def cell(row: Any, company: OperatingCompany) -> SafeString:
        shown = cells.two_lines(cells.text(row.name.label, 60), cells.text(row.name.second, 60))
        address = link(row)
        return format_html('<a class="row-link" href="{}">{}</a>', address, shown) if address else shown

    return Column("name", label, cell, lambda row, _: row.name.label, sortable=True, place="title")


def second(label: str) -> Column:
    """What is said beside the name, for exports."""
    return Column("second", label, None, lambda row, _: row.name.second)


def linked(shown: SafeString, address: str) -> SafeString:
    return format_html('<a class="figure-link" href="{}">{}</a>', address, shown) if address else shown


def amount(
    key: str,
    label: str,
    value: Callable[[Any], Decimal],
    link: Callable[[Any], str] | None = None,
    place: str = "more",
) -> Column:
    """An amount in home currency that adds up to the one below, each of them leading to its records."""

    def cell(row: Any, company: OperatingCompany) -> SafeString:
        shown = cells.amount(value(row), company.home_currency)
        return linked(shown, link(row)) if link and value(row) else shown

    return Column(
        key,
        label,
        cell,
        lambda row, _: value(row),
        sortable=True,
        numeric=True,
        place=place,
        total=lambda totals, company: cells.amount(totals.sums[key], company.home_currency),
    )


def counted(key: str, label: str, value: Callable[[Any], int]) -> Column:
    return Column(
        key,
        label,
        lambda row, _: format_html("{}", f"{value(row):,}"),
        lambda row, _: Decimal(value(row)),
        sortable=True,
        numeric=True,
        total=lambda totals, _: format_html("{}", f"{totals.sums[key]:,}"),
        digits="#,##0",
    )


def _foreign(row: Any, company: OperatingCompany) -> dict[str, Decimal]:
    return {code: own for code, own in sorted(row.currencies.items()) if code != company.home_currency}


def _each(amounts: dict[str, Decimal], company: OperatingCompany) -> SafeString:
    shown = [(cells.foreign(own, code, company.home_currency),) for code, own in amounts.items()]
    return format_html_join(SafeString("<br>"), "{}", shown)


def _foreign_total(totals: Totals, company: OperatingCompany) -> SafeString:
    whole = totals.groups["currencies"].items()
    return _each({code: own for code, own in sorted(whole) if code != company.home_currency}, company)


CURRENCIES = Column(
    "currencies",
    "In other currencies",
    lambda row, company: _each(_foreign(row, company), company),
    lambda row, company: "; ".join(f"{code} {own:f}" for code, own in _foreign(row, company).items()),
    numeric=True,
    total=_foreign_total,
)


# A margin that stands for less of the sales than this, in per cent, is marked.
LITTLE = 90


def rate_of(covered: Decimal, cost: Decimal) -> Decimal | None:
    return margin(covered, cost).rate


def _percent(rate: Decimal | None) -> SafeString:
    return format_html("{}", f"{showing.number_text(rate, 1)}%") if rate is not None else SafeString("")


def share_of(covered: Decimal, net: Decimal) -> Decimal | None:
    """How much of the sales their known costs cover, in per cent; None where nothing was sold."""
    return (covered * 100 / net).quantize(Decimal("0.1")) if net else None


def _coverage(covered: Decimal, net: Decimal) -> SafeString:
    share = share_of(covered, net)
    if share is None:
        return SafeString("")
    shown = _percent(share)
    return format_html('<span class="in-part">{}</span>', shown) if share < LITTLE else shown


MARGINS = (
    Column(
        "margin",
        "Margin",
        lambda row, company: cells.amount(row.margin if row.covered else None, company.home_currency),
        lambda row, _: row.margin if row.covered else None,
        sortable=True,
        numeric=True,
        total=lambda totals, company: cells.amount(totals.sums["margin"], company.home_currency),
    ),
    Column(
        "rate",
        "Margin %",
        lambda row, _: _percent(rate_of(row.covered or ZERO, row.cost or ZERO)),
        lambda row, _: rate_of(row.covered or ZERO, row.cost or ZERO),
        sortable=True,
        numeric=True,
        total=lambda totals, _: _percent(
            rate_of(totals.sums["covered"], totals.sums["covered"] - totals.sums["margin"])
        ),
        digits="0.0",
    ),
    Column(
        "covered",
        "Cost known",
        lambda row, _: _coverage(row.covered or ZERO, row.net),
        lambda row, _: row.covered,
        numeric=True,
        total=lambda totals, _: _coverage(totals.sums["covered"], totals.sums["net"]),
    ),
)


def text(key: str, label: str, value: Callable[[Any], str], place: str = "more") -> Column:
    return Column(
        key, label, lambda row, _: cells.text(value(row), 60), lambda row, _: value(row), place=place
    )


def customer(label: str) -> Column:
    """A customer by `key`, `label` and `code`."""

    def cell(row: Any, company: OperatingCompany) -> SafeString:
        shown = cells.two_lines(cells.text(row.label, 60), cells.text(row.code, 30))
        return format_html('<a class="row-link" href="{}">{}</a>', reverse("customer", args=[row.key]), shown)

    return Column("name", label, cell, lambda row, _: row.label, sortable=True, place="title")


def searched(rows: Callable[[int, Criteria], Sequence[Any]]) -> Callable[[int, Criteria], Sequence[Any]]:
    """The same rows, but of a search only those whose label or code holds what was looked for."""

    def found(company: int, criteria: Criteria) -> Sequence[Any]:
        wanted = criteria.get("q", "").strip().casefold()
        every = rows(company, criteria)
        return [row for row in every if wanted in f"{row.label} {row.code}".casefold()] if wanted else every

    return found
