"""Columns that are alike on many lists, shown to those who choose them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Column


def optional(key: str, label: str, text: Callable[[Any], str], most: int = 40) -> Column:
    """A text of the record."""
    return Column(
        key, label, lambda row, company: cells.text(text(row), most), lambda row, _: text(row), optional=True
    )


def home(key: str, label: str, value: Callable[[Any], Decimal]) -> Column:
    """An amount in home currency."""
    return Column(
        key,
        label,
        lambda row, company: cells.amount(value(row), company.home_currency),
        lambda row, _: value(row),
        numeric=True,
        optional=True,
    )
