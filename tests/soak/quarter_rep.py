"""The rep of the simulated quarter: sells, and answers what Xero refused as a person with the outbox open would."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote, QuoteLine
from counterfoil.crm.quotes.services import line_add, line_remove, order_reopen, quote_confirm
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sync.decisions import decide
from counterfoil.sync.models import PushIntent
from counterfoil.sync.standing import OutboxRow, outbox
from tests.soak.quarter_people import People
from tests.sync.push.orders import Shop

OVER = {"VOIDED", "DELETED"}


@dataclass
class Rep:
    """`orders`: each with the books that it was confirmed for last. `refusals`: what Xero said, and how often."""

    shop: Shop
    people: People
    random: Random
    orders: dict[int, tuple[Quote, Any]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    gone: set[int] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    def sell(self) -> None:
        sellable = SalesLedger.objects.of(self.shop.here.company).filter(
            on_stop=False,
            is_archived=False,
            division__isnull=False,
            ledger_id__in=self.people.customers,
        )
        ledger = self.random.choice(list(sellable.order_by("pk")))
        quote = self.shop.order(ledger=ledger, product=self._product(), lines=self.random.randrange(1, 4))
        self._confirmed(quote)

    def answer(self) -> None:
        """Look at what needs somebody. What is not understood is tried once more, and then stays for the judges."""
        for row in outbox(self.shop.here.company, group="needs_you").rows:
            if row.field == "product" and row.quote_id is not None:
                self.refusals[f"{row.reason}: {row.words}"] += 1
                self._replace(row.quote_id, row.words)
            elif row.ref not in self.tried:
                self.refusals[f"{row.reason}: {row.words or row.sentence}"] += 1
                self._retry(row)

    def _replace(self, quote_id: int, words: str) -> None:
        """Xero has no item of the code that it names any more: put another product on the order."""
        self.did["products replaced"] += 1
        actor, at = self.shop.here.user, self.shop.clock()
        quote = order_reopen(Quote.objects.get(pk=quote_id), actor=actor, at=at)
        lines = QuoteLine.objects.filter(quote=quote).select_related("quote", "product").order_by("position")
        lines = [line for line in lines if line.product and f"'{line.product.code}'" in words]
        self.gone |= {line.product_id for line in lines}
        for line in lines:
            line_add(quote, actor=actor, at=at, product=self._product(), quantity=line.quantity)
        for line in lines:
            line_remove(line, actor=actor, at=at)
        self._confirmed(quote_confirm(quote, actor=actor, at=at).quote)

    def _retry(self, row: OutboxRow) -> None:
        self.did["tried again"] += 1
        self.tried.add(row.ref)
        decide(self.shop.here.company, row.ref, "retry", actor=self.shop.here.user, at=self.shop.clock())

    def _product(self) -> ProductItem:
        products = ProductItem.objects.of(self.shop.here.company).filter(
            is_sellable=True, is_withdrawn=False, selling_price__gt=0
        )
        found = products.exclude(sales_analysis="").exclude(pk__in=self.gone).order_by("pk")
        return self.random.choice(list(found))

    def _confirmed(self, quote: Quote) -> None:
        self.orders[quote.pk] = (quote, self.shop.here.store)

    def problems(self) -> list[str]:
        """Each order has exactly one live invoice, in the books that were connected when it was confirmed."""
        marks: dict[int, Counter[str]] = {}
        found = []
        for quote, store in self.orders.values():
            if id(store) not in marks:
                rows = (document_form.record(INVOICE, row) for row in store.invoices.ordered())
                marks[id(store)] = Counter(
                    (row.get("Url") or "").rpartition("/")[2] for row in rows if row["Status"] not in OVER
                )
            found += self._problem(quote, marks[id(store)])
        return found

    def _problem(self, quote: Quote, marks: Counter[str]) -> list[str]:
        quote.refresh_from_db()
        intent = PushIntent.objects.get(order=str(quote.uuid), revision=quote.order_revision)
        live = marks[intent.marker]
        if live == 1 and intent.state == "sent":
            return []
        products = [
            f"{line.product and line.product.code} ({line.product and self.people.told(line.product.external_id)})"
            for line in QuoteLine.objects.filter(quote=quote).select_related("product")
        ]
        return [
            f"{quote.number}, confirmed {quote.confirmed_at}, is {intent.state} {intent.reason} with {live} live "
            f"invoices; {quote.push_state}: {quote.push_words}; products {products}"
        ]
