"""Orders of a connected company, confirmed as a rep confirms them; for every test of pushing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db.models import F

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import line_add, quote_confirm, quote_create
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sync import work
from counterfoil.sync.models import PushIntent
from counterfoil.sync.outbox import push_of
from counterfoil.sync.place_models import CallPlace
from tests.sync.world import World, world


class Shop:
    """A company that is connected and in step, with somebody who sells."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.ahead = dt.timedelta(0)

    def clock(self) -> dt.datetime:
        return work.now() + self.ahead

    def pass_time(self, **delta: float) -> None:
        """Let everybody's clock go forward; the place at Xero is held by the clock on the wall, so its end comes nearer."""
        self.ahead += dt.timedelta(**delta)
        self.here.server.world.clock.advance(dt.timedelta(**delta).total_seconds())
        CallPlace.objects.exclude(until=None).update(until=F("until") - dt.timedelta(**delta))

    @property
    def ledger(self) -> SalesLedger:
        """A customer that may be sold to."""
        found = SalesLedger.objects.of(self.here.company).filter(
            on_stop=False, is_archived=False, division__isnull=False, ledger_id__isnull=False
        )
        return found.order_by("pk")[0]

    @property
    def product(self) -> ProductItem:
        found = ProductItem.objects.of(self.here.company).filter(
            is_sellable=True, is_withdrawn=False, selling_price__gt=0
        )
        return found.exclude(sales_analysis="").order_by("pk")[0]

    def quote(self, *, lines: int = 2, **given: Any) -> Quote:
        """A draft with some lines of a product."""
        ledger = given.pop("ledger", None) or self.ledger
        product = given.pop("product", None) or self.product
        given.setdefault("currency", self.here.company.home_currency)
        at = self.clock()
        quote = quote_create(ledger, actor=self.here.user, at=at, on=at.date(), **given)
        for place in range(lines):
            line_add(quote, actor=self.here.user, at=at, product=product, quantity=Decimal(place + 1))
        return quote

    def order(self, **given: Any) -> Quote:
        """A confirmed one."""
        quote = self.quote(**given)
        return quote_confirm(quote, actor=self.here.user, at=self.clock()).quote

    def push(self, *, workers: int = 1) -> int:
        """One run of the pushes; how many intents moved."""
        return work.push_run(self.here.connection.pk, clock=self.clock, workers=workers)

    def intent(self, quote: Quote) -> PushIntent:
        return PushIntent.objects.get(order=str(quote.uuid), revision=quote.order_revision)

    def state(self, quote: Quote) -> str:
        return push_of(self.intent(quote)).state

    def invoices(self, quote: Quote) -> list[dict[str, Any]]:
        """What Xero has of an order, deleted ones too: by our mark in the link."""
        mark = self.intent(quote).marker
        rows = [document_form.record(INVOICE, row) for row in self.here.store.invoices.ordered()]
        return [row for row in rows if mark in (row.get("Url") or "")]

    def invoices_of(self, quote: Quote) -> list[dict[str, Any]]:
        """The invoice of an order by its id, after amendments too."""
        row = self.here.store.invoices.get(quote.invoice_id)
        return [] if row is None else [document_form.record(INVOICE, row)]

    def assert_good_manners(self) -> None:
        """No write that may overwrite somebody's record, none with more of a contact than its id (reliability W13, W16)."""
        notes = [note for call in self.here.calls() for note in call["notes"]]
        assert not notes
        assert not self.here.server.edge.idempotency.mismatches

    def forget(self) -> None:
        """Count calls from here on."""
        self.here.forget_calls()

    def writes(self) -> list[dict[str, Any]]:
        """The requests that change something, oldest first."""
        return [call for call in self.here.calls() if call["method"] in {"PUT", "POST"}]


@contextmanager
def shop(**server: Any) -> Iterator[Shop]:
    """A shop in step with its Xero."""
    with world(**server) as here:
        here.connect()
        here.sync()
        here.forget_calls()
        here.company.refresh_from_db()
        yield Shop(here)
