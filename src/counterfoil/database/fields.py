"""Exact decimal columns on both databases.

SQLite has no decimal type: what Django stores there are binary floats, and their sums drift. These
columns are scaled integers on SQLite (so SUM is exact) and NUMERIC on PostgreSQL; Python always
sees Decimal. See docs/decisions/integer-money-on-sqlite.md.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from counterfoil.core.money import MONEY_PLACES, RATE_PLACES

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field

SQLITE_LIMIT = 2**63 - 1


class FixedField(_Field):
    """A decimal with a fixed number of places."""

    places: int
    digits: int

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        if connection.vendor == "sqlite":
            return "bigint"
        return f"numeric({self.digits}, {self.places})"

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(value).scaleb(-self.places)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return self.to_python(value) if isinstance(value, int | float | str) else value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        if isinstance(value, Decimal) and connection.vendor == "sqlite":
            return scaled(value, self.places)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{
                "form_class": forms.DecimalField,
                "max_digits": self.digits,
                "decimal_places": self.places,
                **kwargs,
            }
        )


class MoneyField(FixedField):
    """Amounts, prices, quantities: 4 places (Xero's finest, xero-facts 3.8)."""

    places = MONEY_PLACES
    digits = 19


class RateField(FixedField):
    """Exchange rates and tax rates: 10 places (reliability C8)."""

    places = RATE_PLACES
    digits = 28


def scaled(value: Decimal, places: int) -> int:
    """The integer SQLite stores for `value`; digits beyond `places` are cut, as callers round first.

    Raises OverflowError when it does not fit 64 bits (an amount over 900 billion at 4 places).
    """
    number = int(value.scaleb(places))
    if not -SQLITE_LIMIT <= number <= SQLITE_LIMIT:
        raise OverflowError(f"{value} does not fit a column with {places} decimal places")
    return number
