"""What the rows of reports are called: key → (name, what is said beside it), all in one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from counterfoil.accounts.models import User
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.finance.models import AnalysisCode
from counterfoil.crm.products.models import ProductItem

Names = Mapping[Any, tuple[str, str]]


def months(company: int, keys: Iterable[dt.date]) -> Names:
    return {key: (f"{key:%B %Y}", "") for key in keys}


def customers(company: int, keys: Iterable[int]) -> Names:
    rows = SalesLedger.objects.of(company).values_list("pk", "display_description", "account_number")
    return {pk: (name, code if code != name else "") for pk, name, code in rows}


def managers(company: int, keys: Iterable[int | None]) -> Names:
    found = {user.pk: (str(user), "") for user in User.objects.filter(pk__in=[k for k in keys if k])}
    return {**found, None: ("Nobody", "customers without an account manager")}


def products(company: int, keys: Iterable[int | None]) -> Names:
    rows = ProductItem.objects.of(company).values_list("pk", "code", "description")
    return {**{pk: (code, name) for pk, code, name in rows}, None: ("No product", "lines without a product")}


def accounts(company: int, keys: Iterable[str]) -> Names:
    """A code that no account has now stays what the line says."""
    known = dict(AnalysisCode.objects.of(company).values_list("code", "name"))
    found = {key: (key, known.get(key, "not in the list of codes")) for key in keys}
    return {**found, "": ("No account", "lines without an account code")}
