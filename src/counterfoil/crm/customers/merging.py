"""A contact that was merged into another one in Xero: its ledgers go over to the survivor's (SY-13).

Documents and quotes hang on ledgers and are moved by their own apps in between; the sync leads through the steps:
`succession`, everybody moves what is theirs, `ledger_retire`. All in one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import Q

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.services import audit_record
from counterfoil.crm.customers.models import (
    Company,
    Contact,
    CustomerFile,
    Division,
    LedgerAlias,
    Note,
    PurchaseLedger,
    SalesLedger,
    TemplateLedger,
)
from counterfoil.database import bulk

Ledger = SalesLedger | PurchaseLedger
Heirs = list[tuple[Ledger, Ledger]]
_SIDES: tuple[type[Ledger], ...] = (SalesLedger, PurchaseLedger)


def succession(company: OperatingCompany, old_id: str, survivor_id: str, *, at: dt.datetime) -> Heirs:
    """Remember where a ContactID went; returns the ledgers to be moved, each with the one it goes over to.

    A ledger whose survivor is not in the CRM simply becomes the survivor's: it keeps its row and only changes its id.
    """
    if old_id == survivor_id:
        return []
    _alias_keep(company, old_id, survivor_id, at=at)
    pairs: Heirs = []
    for side in _SIDES:
        rows = side.objects.of(company).select_for_update().filter(ledger_id__in=[old_id, survivor_id])
        found = {row.ledger_id: row for row in rows.order_by("pk")}
        old, heir = found.get(old_id), found.get(survivor_id)
        if old is not None and heir is not None:
            pairs.append((old, heir))
        elif old is not None:
            side.objects.filter(pk=old.pk).update(ledger_id=survivor_id, updated_at=at)
            _audit(
                old, f"{old.name} was merged into another contact in Xero and is that one now.", old_id, at
            )
    return pairs


def ledger_retire(old: Ledger, heir: Ledger, *, at: dt.datetime) -> None:
    """Hand over what users keep of a ledger, then remove it. Nothing may refer to it any more."""
    _place_go_over(old, heir)
    if isinstance(old, SalesLedger) and isinstance(heir, SalesLedger):
        Note.objects.filter(sales_ledger=old).update(sales_ledger=heir)
        CustomerFile.objects.filter(sales_ledger=old).update(sales_ledger=heir)
        TemplateLedger.objects.filter(sales_ledger=old).update(sales_ledger=heir)
        _choices_go_over(old, heir, at)
    former = "former_sales" if isinstance(old, SalesLedger) else "former_purchase"
    aliases = LedgerAlias.objects.of(old.operating_company_id).filter(external_id=old.ledger_id or "")
    aliases.update(**{former: old.pk})
    _audit(
        heir,
        f"{old.name} was merged into {heir.name} in Xero; everything of it is here now.",
        old.ledger_id,
        at,
    )
    division = old.division
    type(old).objects.filter(pk=old.pk).delete()
    if division is not None and division.pk != heir.division_id:
        _place_close(division, heir)


def _alias_keep(company: OperatingCompany, old_id: str, survivor_id: str, *, at: dt.datetime) -> None:
    """Chains are kept short: whoever led to the old id leads to its survivor."""
    rows = LedgerAlias.objects.of(company)
    rows.filter(survivor_id=old_id).exclude(external_id=survivor_id).update(survivor_id=survivor_id)
    rows.filter(external_id=survivor_id).delete()  # alive after all
    rows.update_or_create(
        operating_company=company, external_id=old_id, defaults={"survivor_id": survivor_id, "at": at}
    )


def aliases_end(company: OperatingCompany, alive: Collection[str]) -> None:
    """Contacts that were merged and live again, since somebody restored them, lead nowhere else any more."""
    ended = bulk.select(LedgerAlias, ("id",), "external_id", alive, operating_company_id=company.pk)
    bulk.delete(LedgerAlias, "id", [alias for (alias,) in ended])


def _choices_go_over(old: SalesLedger, heir: SalesLedger, at: dt.datetime) -> None:
    """What users decided about the old one, where nobody decided otherwise about the survivor (SY-12)."""
    changed: dict[str, Any] = {}
    if heir.credit_limit is None and old.credit_limit is not None:
        changed |= {"credit_limit": old.credit_limit, "credit_rule": old.credit_rule}
    if old.requires_reference and not heir.requires_reference:
        changed["requires_reference"] = True
    if old.b2c_by_user and not heir.b2c_by_user:
        changed |= {"b2c": old.b2c, "b2c_by_user": True}
    if old.stopped_by_user and not heir.stopped_by_user:
        changed |= {
            "on_stop": True,
            "stopped_by_user": True,
            "stop_reason": old.stop_reason,
            "stopped_at": old.stopped_at or at,
        }
    if changed:
        SalesLedger.objects.filter(pk=heir.pk).update(**changed)


def _place_go_over(old: Ledger, heir: Ledger) -> None:
    """A survivor without a company takes the old one's."""
    if heir.division_id is None and old.division_id is not None:
        heir.division = old.division
        type(heir).objects.filter(pk=heir.pk).update(division=old.division)


def _place_close(division: Division, heir: Ledger) -> None:
    """The old division's people go along; it goes itself when no other ledger is there, and so does its company."""
    if any(side.objects.filter(division=division).exists() for side in _SIDES) or heir.division_id is None:
        return
    Contact.objects.filter(division=division).update(division=heir.division_id, slot=None)
    owner: Company = division.company
    division.delete()
    if Division.objects.filter(company=owner).exists():
        return
    kept = Company.objects.filter(divisions=heir.division_id, account_manager=None)
    kept.update(account_manager=owner.account_manager)
    owner.delete()


def survivor_of(company: int, former: int, *, is_sales: bool) -> int | None:
    """Where a ledger that is gone lives on, by its former primary key."""
    mine = Q(former_sales=former) if is_sales else Q(former_purchase=former)
    survivor = LedgerAlias.objects.of(company).filter(mine).values_list("survivor_id", flat=True).first()
    if survivor is None:
        return None
    side = SalesLedger if is_sales else PurchaseLedger
    found: int | None = (
        side.objects.of(company).filter(ledger_id=survivor).values_list("pk", flat=True).first()
    )
    return found


def _audit(row: Ledger, summary: str, old_id: str | None, at: dt.datetime) -> None:
    kind = "sales_ledger" if isinstance(row, SalesLedger) else "purchase_ledger"
    audit_record(
        row.operating_company,
        at=at,
        actor=None,
        action=f"{kind}.merged",
        subject=f"{kind}:{row.pk}",
        summary=summary,
        detail={"merged_id": old_id},
    )
