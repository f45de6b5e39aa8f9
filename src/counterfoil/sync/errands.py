"""Changes of what is in Xero already: customers, products, orders being amended, notes, attachments (PU-2, PU-9, PU-11).

Each may be repeated without harm, so none is announced; the steps are `core.pushing_updates`'. They go out when no
order is waiting, and their calls step back behind those that people wait for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, Q

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import ChangeRecord
from counterfoil.core.merge import joined
from counterfoil.core.pushing_updates import Update
from counterfoil.core.retry import MINUTE_MS
from counterfoil.crm.customers.merging import survivor_of
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote
from counterfoil.sync import creation
from counterfoil.sync.models import Errand, ErrandKind
from counterfoil.sync.outbox import LeaseGone, from_ms, to_ms
from counterfoil.sync.settings import import_settings_of

# Orders go first: a note about one that is there can wait.
NOTE_AFTER_MS = MINUTE_MS
LEASE_MS = 5 * MINUTE_MS
_ACTIVE = {"read", "merge", "write"}

_OFF_BY_ITSELF = "is_archived"  # IS-10: goes out only if its own switch is on


def update_of(row: Errand) -> Update:
    return msgspec.convert(row.update, Update)


def columns_of(update: Update) -> dict[str, Any]:
    return {
        "update": msgspec.to_builtins(update),
        "state": update.state,
        "xero_id": update.xero_id,
        "words": update.words,
        "due_ms": update.not_before_ms if update.state in _ACTIVE else None,
    }


def after_invoice(
    company: OperatingCompany, quote: Quote, *, revision: int, xero_id: str, at: dt.datetime
) -> None:
    """A note, and the quote itself, on an invoice that was just made or amended (PU-11); each once a revision."""
    chosen = import_settings_of(company)
    kinds = [ErrandKind.NOTE] if chosen.note_orders else []
    kinds += [ErrandKind.ATTACHMENT] if chosen.attach_quotes else []
    for kind in kinds:
        update = Update(xero_id=xero_id, seen_ms=0, state="write", not_before_ms=to_ms(at) + NOTE_AFTER_MS)
        _add(company, kind, f"{quote.uuid}:{revision}", update, at=at, quote=quote)


def order_amended(company: OperatingCompany, change: ChangeRecord, *, at: dt.datetime) -> None:
    """PU-9: the next revision of an order changes its invoice, if that is still a draft as we left it."""
    quote = Quote.objects.get(pk=change.payload["quote"])
    revision = int(change.payload["revision"])
    update = Update(xero_id=quote.invoice_id, seen_ms=0, not_before_ms=to_ms(at))
    _add(
        company,
        ErrandKind.AMEND,
        f"{quote.uuid}:{revision}",
        update,
        at=at,
        quote=quote,
        wanted={"revision": revision},
    )


def customer_changed(company: OperatingCompany, change: ChangeRecord, *, at: dt.datetime) -> None:
    """PU-2: `fields` is name → [before, after] of what a user changed."""
    ledger = _ledger_of(company, change.payload["sales_ledger"])
    if ledger is None:
        return
    chosen = import_settings_of(company)
    fields = dict(change.payload["fields"])
    if not chosen.push_archived:
        fields.pop(_OFF_BY_ITSELF, None)
    if ledger.ledger_id is None:
        creation.freeze_again(company, "contact", str(ledger.uuid), at=at)
    if fields and chosen.push_customers:
        _changed(company, ErrandKind.CONTACT, ledger.ledger_id or "", fields, at=at, ledger=ledger)


def product_changed(company: OperatingCompany, change: ChangeRecord, *, at: dt.datetime) -> None:
    product = ProductItem.objects.get(pk=change.payload["product"])
    if product.external_id is None:
        creation.freeze_again(company, "item", str(product.pk), at=at)
    if import_settings_of(company).push_products:
        fields = change.payload["fields"]
        _changed(company, ErrandKind.ITEM, product.external_id or "", fields, at=at, product=product)


def reread(company: OperatingCompany, kind: str, xero_id: str, *, at: dt.datetime, **about: Any) -> None:
    """Read one customer or product from Xero now. What is on its way there stays so and is compared again."""
    _changed(company, kind, xero_id, {}, at=at, **about)


def pass_on(row: Errand, heir: SalesLedger, *, at: dt.datetime) -> None:
    """What was to be changed of a ledger that is gone is to be changed of its heir, where nobody wants otherwise."""
    there = Errand.objects.filter(kind=row.kind, ledger=heir, skipped_at=None).exclude(state="done").first()
    taken = there.wanted if there is not None else {}
    fields = {
        name: [row.base.get(name, ""), value] for name, value in row.wanted.items() if name not in taken
    }
    _changed(heir.operating_company, row.kind, heir.ledger_id or "", fields, at=at, ledger=heir)


def _ledger_of(company: OperatingCompany, pk: int) -> SalesLedger | None:
    """A customer, or the one that it was merged into meanwhile (SY-13)."""
    heir = survivor_of(company.pk, pk, is_sales=True)
    return SalesLedger.objects.of(company).filter(pk=heir or pk).first()


def key_of(kind: str, *, ledger: SalesLedger | None = None, product: ProductItem | None = None) -> str:
    """One errand for each record, whatever its id in Xero is or becomes."""
    record = ledger or product
    if record is None:
        raise ValueError("An errand of this kind is about a customer or a product.")
    return f"{kind}:{record.pk}"


def _changed(
    company: OperatingCompany,
    kind: str,
    xero_id: str,
    fields: Mapping[str, Any],
    *,
    at: dt.datetime,
    **about: Any,
) -> None:
    """A further change joins the one on its way. One of a record that is not in Xero yet waits for its id."""
    base, wanted = joined({}, {}, fields)
    update = Update(xero_id=xero_id, seen_ms=0, not_before_ms=to_ms(at))
    due = {} if xero_id else {"due_ms": None}
    key = key_of(kind, **about)
    with transaction.atomic():
        row = Errand.objects.select_for_update().of(company).filter(kind=kind, key=key).first()
        if row is None:
            more = {"wanted": wanted, "base": base, **about, **columns_of(update), **due}
            Errand.objects.create(
                operating_company=company, kind=kind, key=key, created_at=at, updated_at=at, **more
            )
            return
        if row.state == "done" or row.skipped_at:
            row.wanted, row.base, row.sent = {}, {}, {}
        base, wanted = joined(row.base, row.wanted, fields)
        Errand.objects.filter(pk=row.pk).update(
            wanted=wanted,
            base=base,
            sent=row.sent,
            conflict={},
            skipped_at=None,
            skipped_reason="",
            lease_token=F("lease_token") + 1,
            lease_owner="",
            lease_until_ms=None,
            updated_at=at,
            **(columns_of(update) | due),
        )


def awaken(company_id: int, *, at: dt.datetime) -> None:
    """Changes of what has its id in Xero now."""
    rows = Errand.objects.of(company_id).filter(kind__in=["contact", "item"], xero_id="", skipped_at=None)
    ready = rows.filter(Q(ledger__ledger_id__isnull=False) | Q(product__external_id__isnull=False))
    for row in ready.select_related("ledger", "product"):
        xero_id = (
            row.ledger.ledger_id if row.ledger else row.product.external_id if row.product else ""
        ) or ""
        update = Update(xero_id=xero_id, seen_ms=0, not_before_ms=to_ms(at))
        Errand.objects.filter(pk=row.pk, xero_id="").update(**columns_of(update), updated_at=at)


def _add(
    company: OperatingCompany, kind: str, key: str, update: Update, *, at: dt.datetime, **about: Any
) -> None:
    Errand.objects.get_or_create(
        operating_company=company,
        kind=kind,
        key=key,
        defaults={"created_at": at, "updated_at": at, **about, **columns_of(update)},
    )


# --- the table, under leases ---------------------------------------------------------------------------------------


def due(now_ms: int) -> Any:
    free = Q(lease_until_ms=None) | Q(lease_until_ms__lte=now_ms)
    return Errand.objects.filter(free, due_ms__lte=now_ms, skipped_at=None)


def claim_next(company_id: int, *, owner: str, now_ms: int) -> Errand | None:
    """The longest waiting errand of a company with a lease of ours."""
    for pk in (
        due(now_ms)
        .filter(operating_company=company_id)
        .order_by("due_ms", "pk")
        .values_list("pk", flat=True)[:20]
    ):
        with transaction.atomic():
            row = due(now_ms).select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            row.lease_token += 1
            row.lease_owner, row.lease_until_ms = owner, now_ms + LEASE_MS
            row.save(update_fields=["lease_token", "lease_owner", "lease_until_ms"])
        found: Errand = Errand.objects.select_related("quote", "ledger", "product").get(pk=pk)
        return found
    return None


def keep(row: Errand, update: Update, *, now_ms: int, release: bool = False, **more: Any) -> None:
    """Commit a step if the lease is still ours. Raises LeaseGone."""
    freed = {"lease_owner": "", "lease_until_ms": None} if release else {}
    mine = Errand.objects.filter(pk=row.pk, lease_token=row.lease_token, lease_owner=row.lease_owner)
    if mine.update(**columns_of(update), updated_at=from_ms(now_ms), **freed, **more) != 1:
        raise LeaseGone
    for name, value in more.items():
        setattr(row, name, value)
