"""What other books know of customers and suppliers that are here already; nobody is made and nobody is renamed (CN-5)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.crm.customers.models import LedgerAccount, PurchaseLedger, SalesLedger
from counterfoil.database import bulk

UNMATCHED = "unmatched"
_MATCHED_BY = ("id", "ledger_id", "account_number")
_BALANCES = ("balance_outstanding", "balance_overdue")
_WORDS = ("default_analysis", "payment_terms")


def ledgers_enrich(
    company: OperatingCompany, values: Sequence[ContactValues], *, has_primary: bool, at: dt.datetime
) -> Applied:
    """Put analysis codes, terms and balances onto ledgers found by id or account number; the caller's transaction.

    A ledger that a Primary keeps (`has_primary`, and it has an id there) has its balances from there; only what is
    empty is filled. `skipped` holds who was not found.
    """
    sales = _matched(SalesLedger, company, values, (*_WORDS, *_BALANCES))
    purchases = _matched(PurchaseLedger, company, values, _BALANCES)
    sold, bought = [], []
    for value in values:
        if row := sales.get(value.external_id):
            words = [
                new if new and not (has_primary and row["ledger_id"] and row[name]) else row[name]
                for name, new in zip(_WORDS, (value.sales_analysis, value.payment_terms), strict=True)
            ]
            amounts = _amounts(row, value.receivable, value.receivable_overdue, has_primary)
            if [*words, *amounts] != [row[name] for name in (*_WORDS, *_BALANCES)]:
                sold.append((row["id"], *words, *amounts, at, at))
        if row := purchases.get(value.external_id):
            amounts = _amounts(row, value.payable, value.payable_overdue, has_primary)
            if amounts != [row[name] for name in _BALANCES]:
                bought.append((row["id"], *amounts, at))
    bulk.update(SalesLedger, "id", (*_WORDS, *_BALANCES, "balance_at", "updated_at"), sold)
    bulk.update(PurchaseLedger, "id", (*_BALANCES, "updated_at"), bought)
    unknown = [v.external_id for v in values if v.external_id not in sales and v.external_id not in purchases]
    return Applied(updated=len(sold) + len(bought), skipped=dict.fromkeys(unknown, UNMATCHED))


def _amounts(row: Mapping[str, Any], outstanding: Any, overdue: Any, has_primary: bool) -> list[Any]:
    is_kept = has_primary and row["ledger_id"]
    return [row[name] for name in _BALANCES] if is_kept else [outstanding, overdue]


def _matched(
    model: type[LedgerAccount],
    company: OperatingCompany,
    values: Sequence[ContactValues],
    columns: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """The ledger of each contact: by id, else by an account number that only one ledger and one contact have."""
    # Through the ORM: amounts are compared here, and raw rows have them as the database keeps them.
    rows = model.objects.of(company).values(*_MATCHED_BY, *columns)
    by_id = rows.filter(ledger_id__in=[value.external_id for value in values])
    found: dict[str, dict[str, Any]] = {row["ledger_id"]: row for row in by_id}
    given = Counter(value.account_number for value in values if value.account_number)
    numbered = list(rows.filter(account_number__in=[number for number, times in given.items() if times == 1]))
    held = Counter(row["account_number"] for row in numbered)
    by_number = {row["account_number"]: row for row in numbered if held[row["account_number"]] == 1}
    for value in values:
        if value.external_id not in found and (row := by_number.get(value.account_number)):
            found[value.external_id] = row
    return found
