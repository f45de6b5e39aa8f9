"""A contact merged into another one in Xero: ledgers, documents, quotes and what is on its way follow (SY-13, H13)."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.intents import Push
from counterfoil.crm.customers.merging import Ledger, ledger_retire, succession
from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.purchasing.services import purchase_orders_follow
from counterfoil.crm.quotes.services import quotes_follow
from counterfoil.crm.sales.services import documents_follow
from counterfoil.sync import creation, errands
from counterfoil.sync.models import Errand, PushIntent
from counterfoil.sync.outbox import changed_by_person, to_ms

log = logging.getLogger(__name__)


def contact_merged(company: OperatingCompany, old_id: str, survivor_id: str, *, at: dt.datetime) -> None:
    """Everything of one contact becomes the survivor's; doing it twice changes nothing."""
    with transaction.atomic():
        pairs = succession(company, old_id, survivor_id, at=at)
        for old, heir in pairs:
            _follow(company, old, heir, at=at)
            ledger_retire(old, heir, at=at)
        mine = SalesLedger.objects.of(company).filter(ledger_id=survivor_id).first()
        if mine is not None:
            _orders_go_on(company, mine, old_id, at=at)
            if not pairs:  # it was re-pointed, and has the old contact's values
                errands.reread(company, "contact", survivor_id, at=at, ledger=mine)
    log.info("contact %s was merged into %s in Xero", old_id, survivor_id)


def _follow(company: OperatingCompany, old: Ledger, heir: Ledger, *, at: dt.datetime) -> None:
    if isinstance(old, PurchaseLedger) and isinstance(heir, PurchaseLedger):
        purchase_orders_follow(company, old, heir)
    elif isinstance(old, SalesLedger) and isinstance(heir, SalesLedger):
        documents_follow(company, old, heir)
        quotes_follow(company, old, heir)
        PushIntent.objects.filter(ledger=old).update(ledger=heir)
        _changes_follow(old, heir, at=at)


def _changes_follow(old: SalesLedger, heir: SalesLedger, *, at: dt.datetime) -> None:
    """What was to be changed of the old one is to be changed of the survivor, where nobody wants otherwise."""
    row = Errand.objects.select_for_update().filter(kind="contact", ledger=old).first()
    if row is None:
        return
    if not Errand.objects.filter(kind="contact", ledger=heir).exists():
        row.ledger, row.key = heir, errands.key_of("contact", ledger=heir)
        row.save(update_fields=["ledger", "key"])
        return
    if row.state != "done" and row.skipped_at is None:
        errands.pass_on(row, heir, at=at)
    row.delete()


def _orders_go_on(company: OperatingCompany, ledger: SalesLedger, old_id: str, *, at: dt.datetime) -> None:
    """Orders that were written down for the old contact, and cannot be on their way, are written down anew."""

    def change(push: Push) -> Push:
        if push.doubt or push.likeness is None or push.likeness.contact != old_id:
            return push
        return creation.unfrozen(push, now_ms=to_ms(at))

    rows = PushIntent.objects.of(company).filter(
        kind="invoice",
        quote__sales_ledger=ledger,
        state__in=["ready", "refused"],
        skipped_at=None,
        xero_id="",
    )
    for row in rows:
        changed_by_person(row, change, at=at)
