"""Another organisation than before: only knowingly, and nothing of the one ever reaches the other (CN-6, O3, §5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from counterfoil.changes.models import AuditEntry
from counterfoil.changes.services import change_record
from counterfoil.crm.customers.editing import CUSTOMER_CHANGED
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import work
from counterfoil.sync.absorbing import Absorber
from counterfoil.sync.models import Connection, Errand, ImportSettings, Link, StreamState, TokenFamily
from counterfoil.sync.standing import outbox
from tests.sync.push.orders import Shop
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    """Two organisations that the same person may connect."""
    with world(load("uk", invoices=4), limits=False) as running:
        running.admit_everywhere()
        yield running


def tenants(here: World) -> list[str]:
    return list(here.server.world.organisations)


def in_books(here: World, tenant: str) -> Shop:
    """Connected to that organisation and in step with it."""
    here.connect(tenant=tenant)
    here.sync()
    here.company.refresh_from_db()
    here.forget_calls()
    return Shop(here)


@pytest.mark.rule("CN-6")
def test_another_organisation_is_connected_only_when_its_name_is_typed(here: World) -> None:
    first, second = tenants(here)
    in_books(here, first)
    here.disconnect()
    asked = here.finish(here.consent(here.begin(), tenant=second))
    assert asked.connection is None
    assert asked.switch is not None
    assert asked.switch.former == here.connection.organisation_name
    for typed in ("", "something else", asked.switch.former):
        again = here.choose(asked, typed_name=typed)
        assert again.connection is None
        assert again.switch is not None
    assert Connection.objects.count() == 1
    done = here.choose(asked, typed_name=f"  {asked.switch.name.upper()} ")
    assert done.connection is not None
    assert done.connection.tenant_id == second
    said = AuditEntry.objects.get(action="connection.switched")
    assert said.detail["organisation"] == [asked.switch.former, asked.switch.name]
    assert said.actor == here.user


@pytest.mark.rule("CN-6", "TK-5")
def test_the_same_organisation_goes_on_from_where_it_was_with_its_settings(here: World) -> None:
    first, _ = tenants(here)
    in_books(here, first)
    ImportSettings.objects.create(operating_company=here.company, pass_minutes=17, b2c_mode="manual")
    cursors = dict(StreamState.objects.values_list("stream", "cursor_ms"))
    links = Link.objects.count()
    here.disconnect()
    connection = here.connect(tenant=first)
    assert (
        dict(StreamState.objects.filter(connection=connection).values_list("stream", "cursor_ms")) == cursors
    )
    assert Link.objects.filter(connection=connection).count() == links
    kept = ImportSettings.objects.get()
    assert (kept.pass_minutes, kept.b2c_mode) == (17, "manual")


@pytest.mark.rule("CN-6")
def test_a_former_organisation_keeps_its_links_and_settings_serve_the_new_one(here: World) -> None:
    first, second = tenants(here)
    in_books(here, first)
    ImportSettings.objects.create(operating_company=here.company, pass_minutes=17)
    former, links = here.connection, Link.objects.count()
    here.disconnect()
    connection = here.switch(second)
    here.sync()
    assert Link.objects.filter(connection=former).count() == links
    assert StreamState.objects.filter(connection=connection, cursor_ms=None).count() == 0
    assert ImportSettings.objects.get().pass_minutes == 17
    sold = ProductItem.objects.filter(is_withdrawn=False)
    assert sold.count() == len(here.server.world.organisations[second].store.items.rows)


@pytest.mark.rule("CN-6", "PU-7")
def test_orders_of_a_former_organisation_wait_for_it_and_go_on_with_it(here: World) -> None:
    first, second = tenants(here)
    shop = in_books(here, first)
    quote = shop.order()
    Absorber(here.connection, at=shop.clock()).run()
    here.disconnect()
    here.switch(second)
    here.sync()
    here.forget_calls()
    shop.push()
    assert (shop.state(quote), shop.intent(quote).reason) == ("waiting", "other_organisation")
    assert here.calls() == []
    (row,) = outbox(here.company, group="needs_you", kind="invoice").rows
    assert "confirmed for another Xero organisation" in row.sentence
    here.disconnect()
    shop.pass_time(seconds=5)
    here.switch(first)
    Connection.objects.filter(tenant_id=first).update(connected_at=shop.clock())
    shop.pass_time(seconds=5)
    shop.push()
    assert shop.state(quote) == "sent"
    assert len(shop.invoices(quote)) == 1


@pytest.mark.rule("CN-6", "PU-7")
def test_what_was_sent_to_a_former_organisation_is_not_swept_in_another(here: World) -> None:
    first, second = tenants(here)
    shop = in_books(here, first)
    quote = shop.order()
    shop.push()
    here.disconnect()
    here.switch(second)
    shop.pass_time(hours=2)
    here.forget_calls()
    shop.push()
    assert shop.state(quote) == "sent"
    assert not [call for call in here.calls() if "Invoices" in call["path"]]


@pytest.mark.rule("CN-6", "PU-2", "PU-7")
@pytest.mark.failure("O3")
def test_what_was_decided_for_a_former_organisation_is_not_done_in_one_with_the_same_ids(here: World) -> None:
    first, second = tenants(here)
    shop = in_books(here, first)
    ledger = SalesLedger.objects.get(ledger_id=shared_id(here), operating_company=here.company)
    quote = shop.order(ledger=ledger)
    changed(here, ledger)
    former = here.connection.organisation_name
    here.disconnect()
    here.switch(second)
    here.sync()
    here.forget_calls()
    shop.push()
    assert (shop.state(quote), shop.intent(quote).reason) == ("waiting", "other_organisation")
    errand = Errand.objects.get()
    assert errand.state == "refused"
    assert former in errand.words
    assert shop.writes() == []


@pytest.mark.rule("CN-6")
def test_a_customer_of_a_former_organisation_is_neither_invoiced_nor_changed_in_another(here: World) -> None:
    first, second = tenants(here)
    only_there = actions.contact_add(here.server.world.organisations[first], Name="Only There Ltd")
    ImportSettings.objects.create(operating_company=here.company, import_unflagged=True)
    shop = in_books(here, first)
    ledger = SalesLedger.objects.get(ledger_id=only_there)
    former = here.connection.organisation_name
    here.disconnect()
    here.switch(second)
    here.sync()
    here.forget_calls()
    quote = shop.order(ledger=ledger)
    changed(here, ledger)
    shop.push()
    assert shop.state(quote) == "refused"
    assert former in shop.intent(quote).push["words"]
    errand = Errand.objects.get()
    assert errand.state == "refused"
    assert former in errand.words
    assert [call for call in here.calls() if ledger.ledger_id in f"{call['path']}{call['query']}"] == []
    assert shop.writes() == []


@pytest.mark.rule("CN-6")
def test_products_of_a_former_organisation_are_not_sold_and_come_back_with_it(here: World) -> None:
    first, second = tenants(here)
    in_books(here, first)
    mine = set(ProductItem.objects.values_list("pk", flat=True))
    former = here.connection.organisation_name
    here.disconnect()
    here.switch(second)
    assert set(ProductItem.objects.filter(is_withdrawn=True).values_list("pk", flat=True)) == mine
    assert former in ProductItem.objects.filter(pk__in=mine)[0].obsolete_reason
    here.sync()
    here.disconnect()
    here.switch(first)
    here.sync()
    sold = ProductItem.objects.filter(is_withdrawn=False).values_list("pk", flat=True)
    assert set(sold) == mine


@pytest.mark.rule("CN-6")
def test_books_in_another_currency_are_refused_even_with_the_name_typed() -> None:
    seeds = [*load("global", invoices=2, contacts=3, items=1), *load("uk", invoices=2)[:1]]
    with world(seeds, limits=False) as here:
        here.admit_everywhere()
        first, second = tenants(here)
        here.connect(tenant=first)
        here.disconnect()
        asked = here.finish(here.consent(here.begin(), tenant=second))
        assert asked.switch is not None
        refused = here.choose(asked, typed_name=asked.switch.name)
        assert "USD" in refused.problem
        assert "GBP" in refused.problem
        assert Connection.objects.count() == 1


@pytest.mark.rule("CN-6")
def test_an_installation_for_real_books_refuses_a_demo_company(here: World) -> None:
    first, _ = tenants(here)
    here.server.world.organisations[first].store.organisation["IsDemoCompany"] = True
    settings.CONFIGURATION = replace(settings.CONFIGURATION, refuse_demo=True)
    outcome = here.finish(here.consent(here.begin(), tenant=first))
    assert "demo company" in outcome.problem
    assert not Connection.objects.exists()
    assert not TokenFamily.objects.exists()


def sellable() -> list[SalesLedger]:
    rows = SalesLedger.objects.filter(on_stop=False, is_archived=False, division__isnull=False)
    return list(rows.exclude(ledger_id=None).order_by("pk"))


def shared_id(here: World) -> str:
    """The id of a customer that both organisations have, as a demo company has after a reset (xero-facts 3.4)."""
    first, second = (set(one.store.contacts.rows) for one in here.server.world.organisations.values())
    return next(one.ledger_id for one in sellable() if one.ledger_id in first & second)


def changed(here: World, ledger: SalesLedger) -> None:
    """What the service that edits a customer records."""
    change_record(
        here.company,
        kind=CUSTOMER_CHANGED,
        key=f"change of {ledger.pk}",
        subject=f"sales_ledger:{ledger.pk}",
        payload={"sales_ledger": ledger.pk, "fields": {"email": [ledger.email, "new@ours.example"]}},
        actor=here.user,
        at=work.now(),
    )
