"""What changed in the CRM becomes work towards Xero: one intent or errand for each change, once (PU-1 to PU-4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import ChangeRecord
from counterfoil.changes.selectors import changes_due
from counterfoil.changes.services import change_handled
from counterfoil.core import pushing
from counterfoil.core.intents import Push
from counterfoil.core.marker import contact_number, marker
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import CUSTOMER_CHANGED, CUSTOMER_CREATED
from counterfoil.crm.products.changing import PRODUCT_CHANGED
from counterfoil.crm.products.creation import PRODUCT_CREATED
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote, QuoteVersion
from counterfoil.crm.quotes.services import ORDER_AMENDED, ORDER_CONFIRMED
from counterfoil.sync import errands, installations
from counterfoil.sync.crashing import crashpoint
from counterfoil.sync.models import Connection, Installation, PushIntent
from counterfoil.sync.outbox import intent_add, to_ms

# Revisions after this one that a restored database may have forgotten (core.intents.Push.kin).
FORGOTTEN_REVISIONS = 3
AT_ONCE = 200


class Absorber:
    """Turns changes into intents for one company. `connection`: the one the work is for."""

    def __init__(self, connection: Connection, *, at: dt.datetime) -> None:
        self._connection = connection
        self._company: OperatingCompany = connection.operating_company
        self._at = at
        self._here: Installation = installations.installation(at)

    def run(self) -> int:
        """Act on every change that is due; returns how many there were."""
        done = 0
        for change in changes_due(self._company, HANDLERS.keys(), at=self._at, most=AT_ONCE):
            with transaction.atomic():
                if change_handled(change, at=self._at):
                    HANDLERS[change.kind](self, change)
                    done += 1
                crashpoint("K1")
        if done:
            crashpoint("K2")
        return done

    def order_confirmed(self, change: ChangeRecord) -> None:
        """PU-4: the order as an invoice; its customer and products first."""
        quote = Quote.objects.select_related("sales_ledger").get(pk=change.payload["quote"])
        version = QuoteVersion.objects.get(pk=change.payload["version"])
        order = version.content["order"]
        self._ledger_ensure(quote.sales_ledger)
        for product in ProductItem.objects.of(self._company).filter(pk__in=order["products_to_make"]):
            self._product_ensure(product)
        uuid, revision = str(quote.uuid), int(change.payload["revision"])
        mark = self._marker(uuid, revision)
        kin = tuple(
            self._marker(uuid, n) for n in range(1, revision + FORGOTTEN_REVISIONS + 1) if n != revision
        )
        push = Push(
            kind="invoice",
            order=uuid,
            revision=revision,
            epoch=self._connection.tenant_id,
            marker=mark,
            kin=kin,
            confirmed_ms=to_ms(change.at),
            own_number=bool(order["invoice_number"]),
            number=order["invoice_number"],
        )
        self._replace_earlier(uuid, revision)
        self._add(PushIntent(quote=quote), push, since=quote.created_at)

    def _replace_earlier(self, order: str, revision: int) -> None:
        """An order that was refused, put right and confirmed anew: what was refused is not to be tried again."""
        earlier = PushIntent.objects.of(self._company).filter(
            kind="invoice", order=order, revision__lt=revision
        )
        earlier.filter(xero_id="", skipped_at=None).update(
            skipped_at=self._at, skipped_reason="Replaced: the order was put right and confirmed again."
        )

    def ledger_created(self, change: ChangeRecord) -> None:
        """PU-1."""
        self._ledger_ensure(SalesLedger.objects.get(pk=change.payload["sales_ledger"]))

    def product_created(self, change: ChangeRecord) -> None:
        """PU-3: the record counts from the first order with the product on."""
        self._product_ensure(ProductItem.objects.get(pk=change.payload["product"]))

    def order_amended(self, change: ChangeRecord) -> None:
        """PU-9."""
        errands.order_amended(self._company, change, at=self._at)

    def customer_changed(self, change: ChangeRecord) -> None:
        """PU-2."""
        errands.customer_changed(self._company, change, at=self._at)

    def product_changed(self, change: ChangeRecord) -> None:
        """PU-2."""
        errands.product_changed(self._company, change, at=self._at)

    def _ledger_ensure(self, ledger: SalesLedger) -> None:
        if ledger.ledger_id or ledger.uuid is None:
            return
        name = str(ledger.uuid)
        number = contact_number(name, key=bytes(self._here.marker_key), company=str(self._company.pk))
        push = Push(
            kind="contact",
            order=name,
            revision=1,
            epoch=self._connection.tenant_id,
            marker="",
            confirmed_ms=to_ms(self._at),
            number=number,
        )
        self._add(PushIntent(ledger=ledger), push, since=ledger.created_at)

    def _product_ensure(self, product: ProductItem) -> None:
        if product.external_id:
            return
        push = Push(
            kind="item",
            order=str(product.pk),
            revision=1,
            epoch=self._connection.tenant_id,
            marker="",
            confirmed_ms=to_ms(self._at),
            number=product.code,
        )
        self._add(PushIntent(product=product), push, since=product.created_at)

    def _add(self, row: PushIntent, push: Push, *, since: dt.datetime) -> None:
        """After a restored backup, what is older than it may have been sent by the database that was lost (§5.6)."""
        here = self._here
        if here.restored_at is not None and here.backup_at is not None and since <= here.restored_at:
            push = pushing.restored(push, backup_ms=to_ms(here.backup_at), now_ms=to_ms(here.restored_at))
        row.operating_company = self._company
        intent_add(row, push, at=self._at)

    def _marker(self, order: str, revision: int) -> str:
        key = bytes(self._here.marker_key)
        return marker(key=key, company=str(self._company.pk), kind="invoice", order=order, revision=revision)


Handler = Callable[[Absorber, ChangeRecord], None]
HANDLERS: dict[str, Handler] = {
    ORDER_AMENDED: Absorber.order_amended,
    CUSTOMER_CHANGED: Absorber.customer_changed,
    PRODUCT_CHANGED: Absorber.product_changed,
    ORDER_CONFIRMED: Absorber.order_confirmed,
    CUSTOMER_CREATED: Absorber.ledger_created,
    PRODUCT_CREATED: Absorber.product_created,
}
