"""Arithmetic on money columns inside a query, to the same digit on both databases."""

from __future__ import annotations

from typing import Any

from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler

from counterfoil.core.money import MONEY_PLACES
from counterfoil.database.fields import MoneyField


class Product(Func):
    """One money column times another, such as quantity times price, rounded half away from zero to 4 decimals."""

    arity = 2
    template = f"ROUND(%(expressions)s, {MONEY_PLACES})"
    arg_joiner = " * "

    def __init__(self, *columns: str) -> None:
        super().__init__(*columns, output_field=MoneyField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """Both are whole numbers of the last decimal, so the product has as many decimals too many."""
        scale = 10**MONEY_PLACES
        sign = "CASE WHEN (%(expressions)s) < 0 THEN -1 ELSE 1 END"
        template = f"(((%(expressions)s) + {sign} * {scale // 2}) / {scale})"
        return super().as_sql(compiler, connection, template=template, **extra)


class Unindexed(Func):
    """A column, compared or grouped by its values alone.

    For sums over most of a table: SQLite would follow an index on the column, row by row all over the table, which
    takes it three times as long as reading the table from end to end. PostgreSQL sees that by itself.
    """

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, template="+%(expressions)s", **extra)


class Penny(Func):
    """A money column, each row rounded half away from zero to 2 decimals as the books round it."""

    arity = 1
    template = "ROUND(%(expressions)s, 2)"

    def __init__(self, column: str) -> None:
        super().__init__(column, output_field=MoneyField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        penny = 10 ** (MONEY_PLACES - 2)
        sign = "CASE WHEN %(expressions)s < 0 THEN -1 ELSE 1 END"
        template = f"((%(expressions)s + {sign} * {penny // 2}) / {penny} * {penny})"
        return super().as_sql(compiler, connection, template=template, **extra)
