"""Numbers that are given once: of quotes, and of invoices where the CRM numbers them."""

from __future__ import annotations

from typing import Final

from django.db.models import F

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.quotes.models import NumberSeries

QUOTES: Final = "quote"
INVOICES: Final = "invoice"
_FIRST: Final = {QUOTES: 1001, INVOICES: 100001}


def number_take(company: OperatingCompany, name: str, *, prefix: str) -> str:
    """The next number of a series, such as Q-1001; call it in the transaction that uses it.

    The update comes first: it locks the row, so that two at once get two numbers. `prefix` may change
    at any time; the count goes on.
    """
    series = NumberSeries.objects.of(company).filter(name=name)
    if not series.update(next=F("next") + 1):
        NumberSeries.objects.get_or_create(
            operating_company=company, name=name, defaults={"prefix": prefix, "next": _FIRST[name]}
        )
        series.update(next=F("next") + 1)
    taken: int = series.values_list("next", flat=True).get() - 1
    return f"{prefix}{taken}"
