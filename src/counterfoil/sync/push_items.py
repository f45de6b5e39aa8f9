"""Pushing a product that was made here, when the first order with it is confirmed (PU-3, reliability 5.5)."""

from __future__ import annotations

import datetime as dt

from counterfoil.core import pushing
from counterfoil.core.answers import Reply
from counterfoil.core.intents import Found, Push, Verdict
from counterfoil.core.pushing import Problem
from counterfoil.core.pushing_items import FoundItem, item_verdict
from counterfoil.crm.products.models import ProductItem
from counterfoil.sync import bodies, waking
from counterfoil.sync.models import PushIntent
from counterfoil.sync.push_kinds import Frozen, Ground, told
from counterfoil.xero import writing
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.records import Item
from counterfoil.xero.writing import Request, Written


class Items:
    """The kind "item"."""

    def freeze(self, ground: Ground, row: PushIntent, push: Push, now_ms: int) -> Frozen:
        product = ProductItem.objects.get(pk=row.product_id or 0)
        return Frozen(pushing.frozen(push, number=product.code), bodies.item_body(product))

    def problem(self, ground: Ground, row: PushIntent, push: Push) -> Problem | None:
        return None

    def look(self, ground: Ground, row: PushIntent, push: Push) -> tuple[Verdict | None, int]:
        started_ms = int(ground.clock().timestamp() * 1000)
        records, complete = ground.looks.items()
        linked = _linked(ground, [record.item_id for record in records])
        code = push.number.strip().casefold()
        shown = [
            FoundItem(
                id=record.item_id,
                code=record.code or "",
                updated_ms=stamp_ms(record.updated_date_utc) or 0,
                is_this=linked.get(record.item_id) == row.product_id,
                is_linked=record.item_id in linked,
                is_equal=bodies.item_is_as_sent(record, bytes(row.body or b"")),
            )
            for record in records
            if (record.code or "").strip().casefold() == code
        ]
        return item_verdict(push, shown, complete=complete), started_ms

    def renumber(self, ground: Ground, row: PushIntent, push: Push) -> Frozen:
        raise TypeError("A product's code is its own.")

    def request(self, body: bytes) -> Request:
        return writing.item_create(body)

    def reply(self, row: PushIntent, push: Push, written: Written) -> Reply:
        record = written.record
        if not isinstance(record, Item):
            return told(written)
        found = Found(
            id=record.item_id,
            status="",
            number=record.code or "",
            updated_ms=stamp_ms(record.updated_date_utc) or 0,
        )
        same = (record.code or "").strip().casefold() == push.number.strip().casefold()
        return told(written, record=found, echo_is_right=same)

    def settle(self, ground: Ground, row: PushIntent, push: Push, at: dt.datetime) -> None:
        if push.state == "sent":
            product_link(ground.company.pk, row.product_id or 0, push.xero_id, at=at)
        waking.orders_of_part(row, push, at=at)


def product_link(company: int, product_pk: int, item_id: str, *, at: dt.datetime) -> None:
    """Give a product made here its ItemID (PR-1)."""
    ProductItem.objects.of(company).filter(pk=product_pk, external_id=None).update(
        external_id=item_id, updated_at=at
    )


def _linked(ground: Ground, ids: list[str]) -> dict[str, int]:
    rows = ProductItem.objects.of(ground.company).filter(external_id__in=ids)
    return dict(rows.values_list("external_id", "pk"))
