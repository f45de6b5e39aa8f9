"""An operating company with contacts applied to it, and what came of them."""

import datetime as dt
from typing import Any

from django.db import transaction

from counterfoil.core.applied import Applied
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.crm.customers.models import Company, Contact, Division, PurchaseLedger, SalesLedger
from counterfoil.crm.customers.rules import ContactRules
from counterfoil.crm.customers.services import contacts_apply
from tests.builders import AT, guid

LATER = AT + dt.timedelta(hours=1)


def applied(
    company: Any, *values: ContactValues, at: dt.datetime = AT, needed: Any = (), **rules: Any
) -> Applied:
    """Apply as the engine does; `needed` names contacts that sales documents belong to."""
    with transaction.atomic():
        return contacts_apply(
            company, values, rules=ContactRules(**rules), at=at, needed_sales=frozenset(map(guid, needed))
        )


def sales(name: str) -> SalesLedger:
    return SalesLedger.objects.get(ledger_id=guid(name))


def purchase(name: str) -> PurchaseLedger:
    return PurchaseLedger.objects.get(ledger_id=guid(name))


def names() -> dict[str, list[str]]:
    """The names of all there is."""
    return {
        "companies": sorted(Company.objects.values_list("name", flat=True)),
        "divisions": sorted(Division.objects.values_list("name", flat=True)),
        "sales": sorted(SalesLedger.objects.values_list("name", flat=True)),
        "purchases": sorted(PurchaseLedger.objects.values_list("name", flat=True)),
    }


def snapshot() -> list[list[dict[str, Any]]]:
    """Every row of every table of customers."""
    models = (Company, Division, Contact, SalesLedger, PurchaseLedger)
    return [list(model.objects.order_by("pk").values()) for model in models]


def people(name: str) -> list[tuple[int | None, str, str]]:
    """Slot, first name and role of the people at the division of ledger `name`."""
    rows = Contact.objects.filter(division=sales(name).division).order_by("slot", "pk")
    return list(rows.values_list("slot", "first_name", "role_code"))
