"""What a changed import setting does to ledgers at once, without a sync (IS-1, IS-2)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Case, F, When

from counterfoil.accounts.models import LedgerLabel, OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.b2c import b2c_matches, is_consumer
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import B2C, SalesLedger
from counterfoil.crm.customers.rules import ContactRules

_BATCH = 500


def ledgers_relabel(company: OperatingCompany, label: str, actor: User, at: dt.datetime) -> int:
    """Label all Sales Ledgers by account number or by name (IS-1); returns how many changed."""
    if label not in LedgerLabel.values:
        raise CustomerRefused(f"{label!r} is no label for ledgers. Nothing was changed.")
    by_number = Case(When(account_number="", then=F("name")), default=F("account_number"))
    wanted = by_number if label == LedgerLabel.ACCOUNT_NUMBER else F("name")
    with transaction.atomic():
        before = company.ledger_label
        company.ledger_label = label
        company.save(update_fields=["ledger_label"])
        ledgers = SalesLedger.objects.of(company).exclude(display_description=wanted)
        changed: int = ledgers.update(display_description=wanted)
        audit_record(
            company,
            at=at,
            actor=actor,
            action="company.ledger_label",
            summary=f"Customers are labelled by {LedgerLabel(label).label.lower()}.",
            detail={"before": before, "after": label},
        )
    return changed


def b2c_reclassify(company: OperatingCompany, rules: ContactRules) -> int:
    """Decide B2C anew for all ledgers whose flag no user set (IS-2); returns how many changed.

    By hand nothing is decided: flags stay as they are.
    """
    if not rules.b2c_automatic:
        return 0
    columns = ("id", "name", "contact_first_name", "contact_last_name", "contact_persons", "b2c")
    rows = SalesLedger.objects.of(company).filter(b2c_by_user=False).values_list(*columns)
    consumers: list[int] = []
    businesses: list[int] = []
    for key, name, first, last, persons, before in rows.iterator(chunk_size=5000):
        consumer = is_consumer(name, first, last, persons, rules.b2c_pattern)
        if before != (B2C.B2C if consumer else B2C.B2B):
            (consumers if consumer else businesses).append(key)
    with transaction.atomic():
        return _mark(consumers, B2C.B2C) + _mark(businesses, B2C.B2B)


def _mark(ledgers: list[int], flag: B2C) -> int:
    """Set the flag unless a user has set one in the meantime."""
    changed = 0
    for start in range(0, len(ledgers), _BATCH):
        batch = SalesLedger.objects.filter(pk__in=ledgers[start : start + _BATCH], b2c_by_user=False)
        changed += batch.update(b2c=flag)
    return changed


def ledgers_hit_by(company: OperatingCompany, pattern: str) -> list[str]:
    """Names of the current Sales Ledgers that a B2C pattern hits; raises BadPattern."""
    names = SalesLedger.objects.of(company).order_by("name").values_list("name", flat=True)
    return b2c_matches(pattern, names.iterator(chunk_size=5000)) if pattern else []
