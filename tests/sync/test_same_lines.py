"""A document of which only the head has changed: its lines are neither read nor written (SY-4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from counterfoil.core.fingerprint import fingerprint, same_lines
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.core.mapping.lines import LineValues
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync.models import Link
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200", "TaxType": "NONE"}


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=4, contacts=8, items=2), limits=False) as running:
        running.connect()
        running.sync()
        yield running


def changed(here: World, xero_id: str, **fields: object) -> list[str]:
    """The statements about lines in a pass that finds this change."""
    here.server.world.clock.advance(600)
    actions.invoice_edit(here.organisation, xero_id, **fields)
    with CaptureQueriesContext(database) as seen:
        run = here.sync_all()
    assert sum(row["written"] for row in run.progress) == 1
    return [query["sql"] for query in seen if SalesTransaction._meta.db_table in query["sql"]]


def amounts(xero_id: str) -> list[Decimal]:
    rows = SalesTransaction.objects.filter(header__external_id=xero_id).order_by("position")
    return list(rows.values_list("unit_price", flat=True))


@pytest.mark.rule("SY-4", "IN-1")
def test_a_new_reference_touches_no_line_and_a_new_price_does(here: World) -> None:
    owner = SalesLedger.objects.filter(is_archived=False).exclude(ledger_id=None).order_by("pk")[0]
    contact = {"ContactID": owner.ledger_id}
    xero_id = actions.invoice_add(here.organisation, Type="ACCREC", Contact=contact, LineItems=[LINE])
    here.sync_all()
    assert changed(here, xero_id, Reference="another") == []
    assert amounts(xero_id) == [10]
    assert changed(here, xero_id, Reference="a third", LineItems=[{**LINE, "UnitAmount": 12}, LINE])
    assert amounts(xero_id) == [12, 10]


def test_lines_are_looked_at_again_when_nobody_knows_what_was_stored(here: World) -> None:
    link = Link.objects.filter(stream="invoices").order_by("pk")[0]
    lines = SalesTransaction.objects.filter(header__external_id=link.xero_id)
    before = amounts(link.xero_id)
    lines.update(unit_price=1234)
    Link.objects.filter(pk=link.pk).update(fingerprint="", updated_ms=0)
    here.server.world.clock.advance(600)
    here.sync(clock=lambda: later(days=2))
    assert amounts(link.xero_id) == before


def test_the_fingerprint_of_a_document_tells_its_lines_apart_from_its_head(here: World) -> None:
    fields = dict.fromkeys(DocumentValues.__struct_fields__)
    line = LineValues(**dict.fromkeys(LineValues.__struct_fields__))
    one = DocumentValues(**fields | {"number": "1", "lines": (line,)})
    head = DocumentValues(**fields | {"number": "2", "lines": (line,)})
    lines = DocumentValues(**fields | {"number": "1", "lines": (line, line)})
    prints = [fingerprint(value) for value in (one, head, lines)]
    assert len(set(prints)) == 3
    assert {len(one) for one in prints} == {33}
    assert same_lines(prints[0], prints[1])
    assert not same_lines(prints[0], prints[2])
    assert not same_lines("", "")
    assert not same_lines(prints[0], "0" + prints[0][1:])
