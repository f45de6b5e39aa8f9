"""A Secondary only adds what it knows to records that are here; it makes nothing and is sent nothing (CN-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sandbox.seeds import load
from counterfoil.sync import connections, hearing, work
from counterfoil.sync.models import Connection, Link, StreamState, WebhookEvent
from tests.sync.push.orders import Shop
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("uk", invoices=6), limits=False) as running:
        running.admit_everywhere()
        yield running


def records() -> dict[str, int]:
    """How many rows each table of the CRM has."""
    return {
        model._meta.label: model._default_manager.count()
        for config in apps.get_app_configs()
        if config.name.startswith("counterfoil.crm")
        for model in config.get_models()
    }


def run(connection: Connection) -> Any:
    Connection.objects.filter(pk=connection.pk).update(pass_wanted_at=work.now())
    return work.pass_run(connection.pk)


def ledger(here: World, name: str, **given: Any) -> SalesLedger:
    """A customer of another product, as a user or an import of that product entered it."""
    at = work.now()
    values = {"name": name, "display_description": name, "created_at": at, "updated_at": at} | given
    return SalesLedger.objects.create(operating_company=here.company, **values)


def product(here: World, code: str, **given: Any) -> ProductItem:
    at = work.now()
    values = {"code": code, "created_at": at, "updated_at": at} | given
    return ProductItem.objects.create(operating_company=here.company, **values)


def owing(here: World) -> tuple[str, Decimal]:
    """A contact that owes something in the first organisation, and how much."""
    rows = [document_form.record(INVOICE, row) for row in here.store.invoices.ordered()]
    due: dict[str, Decimal] = {}
    for row in rows:
        if row["Type"] == "ACCREC" and row["Status"] == "AUTHORISED":
            key = row["Contact"]["ContactID"]
            rate = Decimal(str(row.get("CurrencyRate") or 1))
            due[key] = due.get(key, Decimal(0)) + Decimal(str(row["AmountDue"])) / rate
    key = next(key for key, amount in due.items() if amount)
    return key, due[key]


@pytest.mark.rule("CN-5", "CN-4")
def test_alone_it_makes_no_record_and_is_sent_nothing(here: World) -> None:
    before = records()
    connection = here.connect(role="secondary")
    assert connection.role == "secondary"
    here.forget_calls()
    assert run(connection).state == "done"
    assert records() == before
    assert Link.objects.count() == 0
    assert {call["method"] for call in here.calls()} == {"GET"}
    asked = {call["path"].rpartition("/")[2] for call in here.calls()}
    assert asked == {"Contacts", "Items"}
    here.company.refresh_from_db()
    assert work.pushes_due(work.now()) == []


@pytest.mark.rule("CN-5", "TK-3")
def test_what_its_user_may_not_read_stops_that_alone_and_all_of_it_asks_for_a_reconnect(here: World) -> None:
    connection = here.connect(role="secondary")
    here.arm("403_tenant", path="/Items", count=0)
    assert run(connection).state == "done"
    connection.refresh_from_db()
    assert connection.state == "connected"
    problems = dict(StreamState.objects.values_list("stream", "problem"))
    assert problems["contacts"] == ""
    assert "role or permission" in problems["items"]
    here.arm("403_tenant", path="/Contacts", count=0)
    assert run(connection).state == "failed"
    connection.refresh_from_db()
    assert (connection.state, connection.state_cause) == ("reconnect", "role")


@pytest.mark.rule("CN-5")
def test_codes_and_balances_come_onto_records_found_by_id_number_or_code(here: World) -> None:
    contact, outstanding = owing(here)
    actions.contact_edit(
        here.organisation,
        contact,
        AccountNumber="N-17",
        SalesDefaultAccountCode="200",
    )
    by_id = ledger(here, "Kept elsewhere", ledger_id=contact)
    item = next(iter(here.store.items.ordered()))
    code = item.facts[here.store.items.fields["code"]]
    chair = product(here, code)
    stranger = ledger(here, "Nobody there", account_number="N-99")
    connection = here.connect(role="secondary")
    before = records()
    run(connection)
    by_id.refresh_from_db()
    assert (by_id.default_analysis, by_id.balance_outstanding) == ("200", outstanding)
    assert by_id.name == "Kept elsewhere"
    by_id.delete()
    by_number = ledger(here, "Numbered", account_number="N-17")
    run(connection)
    by_number.refresh_from_db()
    assert (by_number.default_analysis, by_number.balance_outstanding) == ("200", outstanding)
    assert by_number.ledger_id is None
    chair.refresh_from_db()
    assert chair.sales_analysis
    assert chair.external_id is None
    stranger.refresh_from_db()
    assert (stranger.default_analysis, stranger.balance_outstanding) == ("", 0)
    assert records() == before


@pytest.mark.rule("CN-5")
def test_beside_a_primary_it_fills_what_is_empty_and_changes_no_balance(here: World) -> None:
    first, second = list(here.server.world.organisations)[:2]
    here.connect(tenant=first)
    here.sync()
    kept = SalesLedger.objects.filter(default_analysis="").exclude(ledger_id=None).order_by("pk")
    shared = next(
        one for one in kept if here.server.world.organisations[second].store.contacts.get(one.ledger_id)
    )
    actions.contact_edit(
        here.server.world.organisations[second], shared.ledger_id, SalesDefaultAccountCode="260"
    )
    other = SalesLedger.objects.exclude(default_analysis="").first()
    before, rows = dict(SalesLedger.objects.values_list("pk", "balance_outstanding")), records()
    connection = here.connect(tenant=second, role="secondary")
    run(connection)
    shared.refresh_from_db()
    assert shared.default_analysis == "260"
    if other is not None:
        assert SalesLedger.objects.get(pk=other.pk).default_analysis == other.default_analysis
    assert dict(SalesLedger.objects.values_list("pk", "balance_outstanding")) == before
    assert records() == rows


@pytest.mark.rule("CN-5", "PU-7")
def test_orders_go_to_the_primary_and_never_to_the_secondary(here: World) -> None:
    first, second = list(here.server.world.organisations)[:2]
    here.connect(tenant=first)
    here.sync()
    here.connect(tenant=second, role="secondary")
    here.company.refresh_from_db()
    shop = Shop(here)
    quote = shop.order()
    assert work.pushes_due(shop.clock()) == [here.connection.pk]
    here.forget_calls()
    shop.push()
    assert shop.state(quote) == "sent"
    assert {call["tenant"] for call in here.calls()} == {first}


@pytest.mark.rule("CN-5", "CN-4")
def test_one_organisation_cannot_be_both(here: World) -> None:
    first = here.connect()
    outcome = here.finish(here.consent(here.begin(role="secondary"), tenant=first.tenant_id))
    assert "as its primary organisation" in outcome.problem
    with pytest.raises(connections.ConnectRefused, match="already"):
        here.begin()


@pytest.mark.rule("CN-5")
def test_what_changed_there_comes_with_the_next_pass_and_a_small_one_asks_only_for_that(here: World) -> None:
    contact, _ = owing(here)
    one = ledger(here, "Kept elsewhere", ledger_id=contact)
    connection = here.connect(role="secondary")
    run(connection)
    here.server.world.clock.advance(600)
    actions.contact_edit(here.organisation, contact, SalesDefaultAccountCode="260")
    Connection.objects.filter(pk=connection.pk).update(next_pass_at=work.now() - dt.timedelta(seconds=1))
    here.forget_calls()
    assert connection.pk in work.connections_due(work.now())
    work.pass_run(connection.pk)
    one.refresh_from_db()
    assert one.default_analysis == "260"
    assert len(here.calls("Contacts")) == 1


@pytest.mark.rule("CN-5", "WH-2")
def test_what_a_webhook_tells_of_a_secondary_makes_no_record(here: World) -> None:
    connection = here.connect(role="secondary")
    run(connection)
    before = records()
    WebhookEvent.objects.create(
        tenant_id=connection.tenant_id,
        client_id=connection.tokens.client_id if connection.tokens else "",
        category="CONTACT",
        event_type="UPDATE",
        event_at=work.now(),
        resource_id=owing(here)[0],
        received_at=work.now(),
    )
    assert hearing.connections_told(work.now()) == []
    assert records() == before
