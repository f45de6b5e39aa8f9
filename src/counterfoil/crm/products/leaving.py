"""Take the products that came from the books out again, while nobody has worked on them (SY-8).

A product made here stays. If an item with its code was in the books already, that item's values came over its own: those
are remembered when it happens, and put back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import AuditEntry, ChangeRecord
from counterfoil.changes.selectors import subjects_by_people
from counterfoil.changes.services import audit_record
from counterfoil.core.worked import Worked
from counterfoil.crm.products.creation import PRODUCT_CREATED
from counterfoil.crm.products.models import ProductItem, Stock, Warehouse
from counterfoil.database import bulk

PRODUCT_MATCHED: Final = "product.matched"
# What an item of the books may write over (`pull`).
OWN: Final = (
    "code",
    "description",
    "extended_description",
    "purchase_description",
    "selling_price",
    "cost_price",
    "sales_analysis",
    "purchase_analysis",
    "vat_code",
    "purchase_vat_code",
    "is_sellable",
    "is_purchased",
    "is_stocked",
    "is_obsolete",
    "obsolete_reason",
    "is_withdrawn",
)
Rows = QuerySet[Any]


def products_of_books(company: OperatingCompany) -> Rows:
    """Products that were not made here."""
    key = Concat(Value("product:"), Cast(OuterRef("pk"), CharField()))
    made = ChangeRecord.objects.of(company).filter(kind=PRODUCT_CREATED, key=key)
    rows: Rows = ProductItem.objects.of(company).exclude(external_id=None).exclude(Exists(made))
    return rows


def products_left(company: OperatingCompany) -> dict[str, int]:
    """How many `products_remove` takes out, and how many it gives their own values back."""
    return {"products": products_of_books(company).count(), "own_products": len(_matched(company))}


def products_worked_on(company: OperatingCompany) -> dict[str, Worked]:
    """What people have done to what came from the books, by kind; only kinds of which there is any."""
    touched = subjects_by_people(company, "product")
    rows = products_of_books(company).order_by("pk").values_list("pk", "code") if touched else ()
    found = {
        "products": Worked.of([code for key, code in rows if str(key) in touched]),
        "own_products": Worked.of(_changed_since(company)),
    }
    return {kind: worked for kind, worked in found.items() if worked.count}


def products_lock(company: OperatingCompany) -> None:
    """Whoever is about to change one of these waits until the transaction ends; SQLite has one writer anyway."""
    list(products_of_books(company).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def products_remove(company: OperatingCompany, *, at: dt.datetime) -> None:
    """Remove them with their stock; documents have to be gone. The caller's transaction."""
    matched = _matched(company)
    gone = list(products_of_books(company).values_list("pk", flat=True))
    bulk.delete(Stock, "product_id", [*gone, *matched])
    bulk.delete(ProductItem, "id", gone)
    for entry in matched.values():
        _own_again(entry, at=at)
    Warehouse.objects.of(company).exclude(Exists(Stock.objects.filter(warehouse=OuterRef("pk")))).delete()


def match_remember(company: OperatingCompany, products: Collection[int], *, at: dt.datetime) -> None:
    """Before an item of the books takes the place of products made here: keep what they were."""
    for product in ProductItem.objects.of(company).filter(pk__in=list(products)).order_by("pk"):
        audit_record(
            company,
            at=at,
            actor=None,
            action=PRODUCT_MATCHED,
            subject=f"product:{product.pk}",
            summary=f"{product.code} is in the books already, so its values come from there.",
            detail={"before": {name: _text(getattr(product, name)) for name in OWN}},
        )


def _matched(company: OperatingCompany) -> dict[int, AuditEntry]:
    """Products made here that are an item of the books since: the entry that says what they were."""
    entries = AuditEntry.objects.of(company).filter(action=PRODUCT_MATCHED).order_by("pk")
    latest = {int(entry.subject.partition(":")[2]): entry for entry in entries}
    linked = bulk.select(ProductItem, ("id", "external_id"), "id", latest, operating_company_id=company.pk)
    return {row[0]: latest[row[0]] for row in linked if row[1] is not None}


def _changed_since(company: OperatingCompany) -> list[str]:
    """Codes of products made here that somebody has changed since they are an item of the books."""
    changed = []
    for entry in _matched(company).values():
        later = AuditEntry.objects.of(company).filter(
            subject=entry.subject, actor__isnull=False, pk__gt=entry.pk
        )
        if later.exists():
            changed.append(entry.detail["before"]["code"])
    return changed


def _own_again(entry: AuditEntry, *, at: dt.datetime) -> None:
    before = entry.detail["before"]
    fields = {field.name: field for field in ProductItem._meta.concrete_fields}
    values = {name: fields[name].to_python(before[name]) for name in OWN}
    rows = ProductItem.objects.of(entry.operating_company_id).filter(pk=int(entry.subject.partition(":")[2]))
    rows.update(**values, external_id=None, updated_at=at)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
