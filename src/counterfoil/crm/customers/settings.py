"""What a changed import setting does to ledgers at once, without a sync (IS-1, IS-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Case, F, When

from counterfoil.accounts.models import LedgerLabel, OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.b2c import b2c_matches, is_consumer
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import B2C, PurchaseLedger, SalesLedger
from counterfoil.crm.customers.rules import ContactRules, makes_company

_BATCH = 500
_NAMED = 6


def ledgers_relabel(company: OperatingCompany, label: str, actor: User, at: dt.datetime) -> int:
    """Label all Sales Ledgers by account number or by name (IS-1); returns how many changed."""
    if label not in LedgerLabel.values:
        raise CustomerRefused(f"{label!r} is no label for ledgers. Nothing was changed.")
    wanted = _wanted_label(label)
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


def _wanted_label(label: str) -> Case | F:
    by_number = Case(When(account_number="", then=F("name")), default=F("account_number"))
    return by_number if label == LedgerLabel.ACCOUNT_NUMBER else F("name")


def b2c_reclassify(company: OperatingCompany, rules: ContactRules) -> int:
    """Decide B2C anew for all ledgers whose flag no user set (IS-2); returns how many changed.

    By hand nothing is decided: flags stay as they are.
    """
    if not rules.b2c_automatic:
        return 0
    consumers, businesses = _decided_anew(company, rules)
    with transaction.atomic():
        return _mark(list(consumers), B2C.B2C) + _mark(list(businesses), B2C.B2B)


@dataclass(frozen=True)
class B2CForeseen:
    """What deciding anew would change, and how many ledgers keep what a user set. `names`: some that would change."""

    consumers: int
    businesses: int
    by_user: int
    names: list[str]


def b2c_foreseen(company: OperatingCompany, rules: ContactRules) -> B2CForeseen:
    """What `b2c_reclassify` would do; nothing is written."""
    by_user = SalesLedger.objects.of(company).filter(b2c_by_user=True).count()
    if not rules.b2c_automatic:
        return B2CForeseen(0, 0, by_user, [])
    consumers, businesses = _decided_anew(company, rules)
    names = [*consumers.values(), *businesses.values()]
    return B2CForeseen(len(consumers), len(businesses), by_user, names[:_NAMED])


def _decided_anew(company: OperatingCompany, rules: ContactRules) -> tuple[dict[int, str], dict[int, str]]:
    """Ledgers, with their names, that would become consumers, and that would become businesses."""
    columns = ("id", "name", "contact_first_name", "contact_last_name", "contact_persons", "b2c")
    rows = SalesLedger.objects.of(company).filter(b2c_by_user=False).values_list(*columns)
    consumers: dict[int, str] = {}
    businesses: dict[int, str] = {}
    for key, name, first, last, persons, before in rows.iterator(chunk_size=5000):
        consumer = is_consumer(name, first, last, persons, rules.b2c_pattern)
        if before != (B2C.B2C if consumer else B2C.B2B):
            (consumers if consumer else businesses)[key] = name
    return consumers, businesses


def relabel_foreseen(company: OperatingCompany, label: str) -> tuple[int, int]:
    """How many Sales Ledgers another label would show differently, and how many keep their name for want of a number."""
    ledgers = SalesLedger.objects.of(company)
    wanted = _wanted_label(label)
    return ledgers.exclude(display_description=wanted).count(), ledgers.filter(account_number="").count()


def companies_foreseen(company: OperatingCompany, rules: ContactRules) -> tuple[int, int]:
    """How many customers, and how many suppliers alone, have no company and would get one with the next read (IS-3)."""
    makes = partial(makes_company, rules=rules)
    rows = SalesLedger.objects.of(company).filter(division=None).values_list("is_archived", "b2c")
    customers = sum(makes(is_active=not old, is_supplier_only=False, b2c=b2c) for old, b2c in rows)
    sold = SalesLedger.objects.of(company).exclude(ledger_id=None).values("ledger_id")
    alone = PurchaseLedger.objects.of(company).filter(division=None).exclude(ledger_id__in=sold)
    archived = alone.values_list("is_archived", flat=True)
    suppliers = sum(makes(is_active=not old, is_supplier_only=True, b2c="") for old in archived)
    return customers, suppliers


def street_only_count(company: OperatingCompany) -> int:
    """Ledgers whose contact has a street address and no postal one."""
    models = (SalesLedger, PurchaseLedger)
    return sum(model.objects.of(company).filter(street_only=True).count() for model in models)


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
