"""A pull brings what Xero has; what users have changed here meanwhile, and Xero not yet, stays visible (PU-2, SY-12).

Only where Xero still has what it had before: what changed on both sides shows Xero's value until somebody chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import ChangeRecord
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.core.mapping.items import ItemValues
from counterfoil.core.merge import joined, merge_all
from counterfoil.crm.customers.editing import CUSTOMER_CHANGED, customer_fields_put
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.changing import PRODUCT_CHANGED, product_fields_put
from counterfoil.crm.products.models import ProductItem
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync.models import Errand
from counterfoil.sync.owned import contact_fields, item_fields, same_contact_field

# What one record has on its way: base, wanted, sent.
_Way = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]

_ERRANDS = PreparedQuery(
    lambda company, kind: (
        Errand.objects.of(company)
        .filter(kind=kind, skipped_at=None)
        .exclude(state="done")
        .values_list("ledger_id", "product_id", "base", "wanted", "sent")
    ),
    int,
    str,
)
_CHANGES = PreparedQuery(
    lambda company, change: (
        ChangeRecord.objects.of(company)
        .filter(kind=change, handled_at=None)
        .order_by("pk")
        .values_list("payload", flat=True)
    ),
    int,
    str,
)


def contacts_kept(
    company: OperatingCompany,
    values: Iterable[ContactValues],
    *,
    home_currency: str,
    street_fallback: bool,
    at: dt.datetime,
) -> None:
    """Put users' changes back over a page of contacts that was just applied, in its transaction."""
    ways = on_the_way(company, "contact", CUSTOMER_CHANGED, "sales_ledger")
    for ledger, value in _met(SalesLedger, "ledger_id", company, ways, values):
        base, wanted, sent = ways[ledger.pk]
        now = contact_fields(value, home_currency=home_currency, street_fallback=street_fallback)
        kept, _ = merge_all(base, wanted, now, sent=sent, same=same_contact_field)
        kept.pop("is_archived", None)
        if kept:
            customer_fields_put(ledger, kept, at=at)


def items_kept(company: OperatingCompany, values: Iterable[ItemValues], *, at: dt.datetime) -> None:
    """As `contacts_kept`, for items."""
    ways = on_the_way(company, "item", PRODUCT_CHANGED, "product")
    for product, value in _met(ProductItem, "external_id", company, ways, values):
        base, wanted, sent = ways[product.pk]
        now = item_fields(value)
        local = {name: given for name, given in wanted.items() if name in now}
        kept, _ = merge_all(base, local, now, sent=sent)
        if kept:
            product_fields_put(product, kept, at=at)


def on_the_way(company: OperatingCompany, kind: str, change: str, about: str) -> dict[int, _Way]:
    """By primary key: what is not in Xero yet, of errands and of changes that nobody has acted on."""
    ways: dict[int, _Way] = {}
    for *keys, base, wanted, sent in _ERRANDS.rows(company.pk, kind):
        key = keys[kind != "contact"]
        if wanted and key is not None:
            ways[key] = (base, wanted, sent)
    for payload in _CHANGES.rows(company.pk, change):
        base, wanted, sent = ways.get(payload[about], ({}, {}, {}))
        ways[payload[about]] = (*joined(base, wanted, payload["fields"]), sent)
    return ways


def _met(
    model: type[SalesLedger | ProductItem],
    name: str,
    company: OperatingCompany,
    ways: dict[int, _Way],
    values: Iterable[Any],
) -> Sequence[tuple[Any, Any]]:
    """The records on the way that this page holds, each with its value."""
    if not ways:
        return ()
    given = {value.external_id: value for value in values}
    find: Callable[[Any], str] = lambda row: getattr(row, name) or ""  # noqa: E731
    rows = model.objects.of(company).filter(pk__in=ways)
    return [(row, given[find(row)]) for row in rows if find(row) in given]
