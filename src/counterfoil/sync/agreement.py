"""How one customer or product agrees with Xero, field by field: both values, who wrote last and when (ST-3, PU-2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.selectors import audit_of
from counterfoil.core import pushing
from counterfoil.core.merge import plain
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import SHARED_FIELDS as CUSTOMER_FIELDS
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import SHARED_FIELDS as PRODUCT_FIELDS
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.selectors import order_differences
from counterfoil.sync.models import Errand, Link, PushIntent
from counterfoil.sync.outbox import from_ms, push_of
from counterfoil.sync.selectors import Chip, connection_of, sync_chip
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.standing import OutboxRow, errand_row, intent_of, intent_row

FieldState = Literal["same", "on_the_way", "conflict", "stuck", "only_here"]
_MOVING = {"read", "merge", "write"}
_EDITS = {"sales_ledger.edited", "product.changed"}
_KINDS = {"contacts": "contact", "items": "item", "invoices": "amend"}
# What an intent's progress says on the chip of its order.
_ORDERS = {
    "needs_you": ("refused", "Needs somebody"),
    "queued": ("waiting", "Waiting to be sent"),
    "sending": ("waiting", "Being sent"),
    "checking": ("waiting", "Being looked up in Xero"),
    "over": ("none", "Not sent"),
}


@dataclass(frozen=True)
class SharedField:
    """One field that both sides own. `by` "": Xero wrote it last; `at` is when, as far as it is known."""

    name: str
    label: str
    here: str
    in_xero: str
    state: FieldState
    by: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Agreement:
    """A record as a whole. `change`: its changes on their way; `making`: its creation, until it is in Xero.

    `updated_at`: Xero's own stamp of the version read last. `is_sent`: the setting lets changes go out (IS-10).
    """

    fields: list[SharedField]
    is_in_xero: bool
    is_sent: bool
    change: OutboxRow | None = None
    making: OutboxRow | None = None
    updated_at: dt.datetime | None = None

    @property
    def conflicts(self) -> list[SharedField]:
        return [one for one in self.fields if one.state == "conflict"]


def customer_agreement(ledger: SalesLedger) -> Agreement:
    errand = Errand.objects.filter(kind="contact", ledger=ledger).first()
    intent = PushIntent.objects.filter(kind="contact", ledger=ledger).order_by("-revision").first()
    chosen = import_settings_of(ledger.operating_company)
    return _agreement(
        ledger,
        CUSTOMER_FIELDS,
        subject=f"sales_ledger:{ledger.pk}",
        xero=("contacts", ledger.ledger_id),
        rows=(errand, intent),
        is_sent=chosen.push_customers,
    )


def product_agreement(product: ProductItem) -> Agreement:
    errand = Errand.objects.filter(kind="item", product=product).first()
    intent = PushIntent.objects.filter(kind="item", product=product).order_by("-revision").first()
    chosen = import_settings_of(product.operating_company)
    return _agreement(
        product,
        PRODUCT_FIELDS,
        subject=f"product:{product.pk}",
        xero=("items", product.external_id),
        rows=(errand, intent),
        is_sent=chosen.push_products,
    )


def record_chip(company: OperatingCompany, stream: str, external_id: str | None) -> Chip:
    """Where a record stands, for its chip: what is on its way or needs somebody goes first."""
    connection = connection_of(company)
    kind = _KINDS.get(stream)
    if connection is not None and kind and external_id:
        rows = Errand.objects.of(company).filter(kind=kind, xero_id=external_id, skipped_at=None)
        errand = rows.exclude(state="done").first()
        if errand is not None:
            return _chip(errand)
    if stream == "invoices" and external_id and (differs := _differs(company, external_id)):
        return differs
    return sync_chip(connection, stream, external_id)


def making_chip(record: object) -> Chip | None:
    """How a customer or product that was made here is on its way to Xero; None for what is there, or is not to go."""
    if isinstance(record, SalesLedger):
        rows = PushIntent.objects.filter(kind="contact", ledger=record)
    elif isinstance(record, ProductItem):
        rows = PushIntent.objects.filter(kind="item", product=record)
    else:
        return None
    row = rows.filter(xero_id="").order_by("-pk").first()
    if row is None:
        return None
    progress = "over" if row.skipped_at else pushing.progress(push_of(row))
    return Chip(*_ORDERS[progress], row.updated_at) if progress in _ORDERS else None


def order_chip(quote: Quote) -> Chip:
    """Where an order stands: on its way, in need of somebody, or as its invoice stands."""
    if quote.confirmed_at is None:
        return Chip("none", "Only in the CRM")
    row = intent_of(quote)
    if row is None:
        return Chip("waiting", "Waiting to be sent", quote.confirmed_at)
    progress = "over" if row.skipped_at else pushing.progress(push_of(row))
    if progress in _ORDERS:
        return Chip(*_ORDERS[progress], row.updated_at)
    if row.state == "sent" and quote.document_id is None:
        return Chip("step", "In Xero, not read back yet", row.updated_at)
    return record_chip(quote.operating_company, "invoices", row.xero_id)


def _differs(company: OperatingCompany, external_id: str) -> Chip | None:
    """An invoice of an order of ours that somebody has changed in Xero since it was confirmed."""
    rows = Quote.objects.of(company).filter(document__external_id=external_id).select_related("document")
    quote = rows.first()
    if quote is None or not order_differences(quote):
        return None
    return Chip("differs", "Changed in Xero since confirmed")


def _chip(errand: Errand) -> Chip:
    if errand.state == "conflict":
        return Chip("conflict", "Changed on both sides", errand.updated_at)
    if errand.state in _MOVING:
        return Chip("waiting", "Changes on their way", errand.updated_at)
    return Chip("refused", "Changes refused", errand.updated_at)


def _agreement(
    record: SalesLedger | ProductItem,
    labels: Mapping[str, str],
    *,
    subject: str,
    xero: tuple[str, str | None],
    rows: tuple[Errand | None, PushIntent | None],
    is_sent: bool,
) -> Agreement:
    errand, intent = rows
    link = _link(record.operating_company, *xero)
    written = _written(record, subject)
    updated_at = from_ms(link.updated_ms) if link and link.updated_ms else None
    is_open = errand is not None and errand.skipped_at is None and errand.state != "done"
    return Agreement(
        fields=[
            _field(
                record, name, label, errand if is_open else None, written, updated_at, is_there=bool(xero[1])
            )
            for name, label in labels.items()
        ],
        is_in_xero=bool(xero[1]),
        is_sent=is_sent,
        change=errand_row(errand) if errand is not None and is_open else None,
        making=intent_row(intent) if intent is not None and not intent.xero_id else None,
        updated_at=updated_at,
    )


def _link(company: OperatingCompany, stream: str, xero_id: str | None) -> Link | None:
    connection = connection_of(company)
    if connection is None or not xero_id:
        return None
    found: Link | None = Link.objects.filter(connection=connection, stream=stream, xero_id=xero_id).first()
    return found


def _written(record: SalesLedger | ProductItem, subject: str) -> dict[str, tuple[Any, str, dt.datetime]]:
    """What users wrote last, by field: the value, by whom and when."""
    found: dict[str, tuple[Any, str, dt.datetime]] = {}
    for entry in audit_of(record.operating_company_id, subject):
        if entry.action in _EDITS:
            for name, (_, after) in entry.detail.items():
                found.setdefault(name, (after, str(entry.actor or ""), entry.at))
    return found


def _field(
    record: SalesLedger | ProductItem,
    name: str,
    label: str,
    errand: Errand | None,
    written: Mapping[str, tuple[Any, str, dt.datetime]],
    updated_at: dt.datetime | None,
    *,
    is_there: bool,
) -> SharedField:
    here = str(plain(getattr(record, name)))
    value, by, at = written.get(name, (None, "", None))
    if is_there and value != here and not _is_clash(errand, name):
        by, at = "", updated_at  # somebody in Xero wrote it since
    if not is_there:
        return SharedField(name, label, here, "", "only_here", by, at)
    if errand is not None and _is_clash(errand, name):
        sides = errand.conflict[name]
        return SharedField(name, label, str(sides["local"]), str(sides["remote"]), "conflict", by, at)
    if errand is not None and name in errand.wanted and errand.wanted[name] != errand.base.get(name):
        state: FieldState = "on_the_way" if errand.state in {*_MOVING, "conflict"} else "stuck"
        return SharedField(name, label, here, str(errand.base.get(name, "")), state, by, at)
    return SharedField(name, label, here, here, "same", by, at)


def _is_clash(errand: Errand | None, name: str) -> bool:
    return errand is not None and name in errand.conflict
