"""What Xero's webhooks tell is read within one round, and nothing they do can harm (WH-1, WH-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import hearing, webhooks, work
from counterfoil.sync.models import Connection, Link, SetAside
from counterfoil.sync.services import import_settings_save
from counterfoil.sync.webhook_health import webhook_health
from counterfoil.sync.webhook_models import HeardStream, Hearing, WebhookApp, WebhookEvent
from tests.sync.listening import listening
from tests.sync.picture import picture
from tests.sync.world import CLIENT_ID, World, later, world

# The address answers from another thread, which sees only what was committed.
pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a-webhook-key"


@contextmanager
def told_world(**options: Any) -> Iterator[World]:
    """Connected, in step, and with a proven webhook; deliveries only when the test asks for them."""
    with world(**({"limits": False} | options)) as here, listening() as address:
        settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key=KEY)
        here.connect()
        here.sync()
        here.server.edge.switches.webhooks_on_request = True
        sender = here.server.edge.webhooks
        sender.subscribe(CLIENT_ID, address, KEY)
        assert sender.prove_intent(CLIENT_ID), sender.subscriptions[CLIENT_ID].shown()
        here.forget_calls()
        yield here


@pytest.fixture
def here() -> Iterator[World]:
    with told_world() as running:
        yield running


def deliver(here: World) -> int:
    return here.server.edge.webhooks.deliver()


def listen(here: World) -> int:
    """What the runner does when it is nudged; returns how many events were acted on."""
    return sum(hearing.told_run(pk) for pk in hearing.connections_told(work.now()))


def customer() -> SalesLedger:
    ledger = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("name").first()
    assert ledger is not None
    return ledger


def rename(here: World, ledger: SalesLedger, name: str) -> None:
    actions.contact_edit(here.organisation, str(ledger.ledger_id), Name=name)


@pytest.mark.rule("WH-1")
@pytest.mark.failure("H1", "H4")
def test_the_intent_to_receive_passes_and_is_remembered(here: World) -> None:
    attempts = here.server.edge.webhooks.subscriptions[CLIENT_ID].log
    assert {attempt.status for attempt in attempts} == {200, 401}
    assert [attempt.why for attempt in attempts] == [""] * len(attempts)
    assert WebhookApp.objects.get().intent_at is not None
    assert not WebhookEvent.objects.exists()


@pytest.mark.rule("WH-2", "SY-5")
def test_a_changed_contact_arrives_with_one_call_and_no_pass(here: World) -> None:
    ledger = customer()
    rename(here, ledger, "Renamed in Xero Ltd")
    assert deliver(here) == 1
    assert listen(here) == 1
    ledger.refresh_from_db()
    assert ledger.name == "Renamed in Xero Ltd"
    assert [entry["path"].rsplit("/", 1)[-1] for entry in here.calls()] == ["Contacts"]


@pytest.mark.rule("WH-2", "SY-6")
def test_a_payment_arrives_with_the_balance_of_its_customer(here: World) -> None:
    order = SalesOrderHeader.objects.filter(kind="I", status="AUTHORISED", amount_due__gt=0).first()
    assert order is not None
    before = order.sales_ledger.balance_outstanding
    actions.payment_add(
        here.organisation, str(order.external_id), Amount=str(order.amount_due), Account={"Code": "090"}
    )
    assert deliver(here) == 1
    listen(here)
    order.refresh_from_db()
    assert order.amount_due == 0
    assert order.sales_ledger.balance_outstanding < before
    assert picture() == whole_picture(here)


@pytest.mark.rule("WH-2")
def test_a_new_invoice_of_a_new_customer_arrives_whole(here: World) -> None:
    stranger = actions.contact_add(here.organisation, Name="Brand New Ltd")
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": stranger}, LineItems=[line])
    assert deliver(here) == 2
    listen(here)
    assert SalesOrderHeader.objects.get(sales_ledger__ledger_id=stranger).lines.count() == 1
    assert picture() == whole_picture(here)


@pytest.mark.rule("WH-2")
def test_a_credit_note_is_read_by_its_own_address(here: World) -> None:
    ledger = customer()
    line = {"Description": "Back", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
    added = actions.credit_note_add(
        here.organisation, Type="ACCRECCREDIT", Contact={"ContactID": str(ledger.ledger_id)}, LineItems=[line]
    )
    deliver(here)
    listen(here)
    assert SalesOrderHeader.objects.filter(kind="C", external_id=added).exists()


@pytest.mark.rule("WH-2")
@pytest.mark.failure("H11")
def test_a_bill_is_looked_at_once_and_left_out(here: World) -> None:
    line = {"Description": "Paper", "Quantity": 1, "UnitAmount": 5, "AccountCode": "400"}
    ledger = customer()
    bill = actions.invoice_add(
        here.organisation, Type="ACCPAY", Contact={"ContactID": str(ledger.ledger_id)}, LineItems=[line]
    )
    deliver(here)
    listen(here)
    assert not SalesOrderHeader.objects.filter(external_id=bill).exists()
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


@pytest.mark.rule("WH-2")
def test_many_changes_of_one_record_cost_one_read(here: World) -> None:
    ledger = customer()
    for number in range(30):
        rename(here, ledger, f"Name {number}")
        here.server.world.clock.advance(1)
    assert deliver(here) == 30
    assert listen(here) == 30
    ledger.refresh_from_db()
    assert ledger.name == "Name 29"
    assert len(here.calls()) == 1


@pytest.mark.rule("WH-2")
def test_duplicates_and_disorder_change_nothing(here: World) -> None:
    switches = here.server.edge.switches
    switches.webhooks_duplicate = switches.webhooks_shuffle = True
    ledger = customer()
    for number in range(5):
        rename(here, ledger, f"Name {number}")
        here.server.world.clock.advance(1)
    deliver(here)
    listen(here)
    assert WebhookEvent.objects.count() == 5
    here.forget_calls()
    deliver(here)
    assert listen(here) == 0
    assert here.calls() == []
    assert picture() == whole_picture(here)


@pytest.mark.rule("WH-2")
def test_a_replay_of_what_was_acted_on_costs_no_call(here: World) -> None:
    rename(here, customer(), "Once")
    deliver(here)
    listen(here)
    here.forget_calls()
    event = WebhookEvent.objects.get()
    again = WebhookEvent(received_at=work.now())
    for name in ("client_id", "tenant_id", "category", "resource_id", "event_type", "event_at"):
        setattr(again, name, getattr(event, name))
    WebhookEvent.objects.bulk_create([again], ignore_conflicts=True)
    assert listen(here) == 0
    assert here.calls() == []


@pytest.mark.rule("WH-2", "SY-4")
def test_an_older_answer_never_overwrites_a_newer_record(here: World) -> None:
    ledger = customer()
    link = Link.objects.get(stream="contacts", xero_id=ledger.ledger_id)
    Link.objects.filter(pk=link.pk).update(updated_ms=round(later(days=400).timestamp() * 1000))
    SalesLedger.objects.filter(pk=ledger.pk).update(name="Known since later")
    rename(here, ledger, "Told of too late")
    deliver(here)
    listen(here)
    ledger.refresh_from_db()
    assert ledger.name == "Known since later"


@pytest.mark.rule("WH-2")
@pytest.mark.failure("H10")
def test_an_organisation_that_is_not_connected_is_dropped_without_a_call(here: World) -> None:
    event("11111111-1111-4111-8111-111111111111")
    assert listen(here) == 0
    assert WebhookEvent.objects.get().outcome == "unknown"
    assert here.calls() == []


@pytest.mark.rule("WH-2")
def test_another_companys_app_is_not_believed_about_this_organisation(here: World) -> None:
    event(here.connection.tenant_id, client_id="somebody-elses")
    assert listen(here) == 0
    assert WebhookEvent.objects.get().outcome == "unknown"
    assert here.calls() == []


def event(tenant_id: str, **changes: Any) -> None:
    values = {
        "client_id": CLIENT_ID,
        "tenant_id": tenant_id,
        "category": "CONTACT",
        "resource_id": "22222222-2222-4222-8222-222222222222",
        "event_type": "UPDATE",
        "event_at": work.now(),
        "received_at": work.now(),
    }
    WebhookEvent.objects.create(**(values | changes))


@pytest.mark.rule("WH-2", "SY-10")
@pytest.mark.failure("H7")
def test_ten_poisoned_events_among_a_thousand_keep_none_of_the_good_ones_from_being_read_in_the_same_round() -> (
    None
):
    with told_world(seeds=load("global", invoices=12, contacts=60, items=3)) as here:
        mine = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("pk")[:25]
        for ledger in mine:
            rename(here, ledger, f"Renamed {ledger.pk}")
        tenant = here.connection.tenant_id
        invoices = SalesOrderHeader.objects.filter(kind="I").values_list("external_id", flat=True)[:5]
        with here.source() as source:
            listed = source.get("/Invoices?page=1").json()["Invoices"]
        broken = [one | {"LineItems": "no list"} for one in listed if one["InvoiceID"] in set(invoices)]
        assert len(broken) == 5
        here.arm("custom", path=r"/Invoices\?.*IDs=", count=0, params={"body": {"Invoices": broken}})
        for number in range(5):
            event(tenant, resource_id=f"33333333-3333-4333-8333-{number:012d}")
        for xero_id in invoices:
            event(tenant, resource_id=str(xero_id), category="INVOICE")
        for ledger in [*mine] * 40:
            event(tenant, resource_id=str(ledger.ledger_id))
        assert listen(here) == 1_010
        assert not WebhookEvent.objects.filter(handled_at=None).exists()
        for ledger in mine:
            ledger.refresh_from_db()
            assert ledger.name == f"Renamed {ledger.pk}"
        assert {aside.xero_id for aside in SetAside.objects.all()} == set(invoices)


@pytest.mark.rule("WH-2", "SY-6", "SY-13")
def test_a_merge_arrives_with_the_balance_of_the_survivor_although_nobody_tells_of_that_one(
    here: World,
) -> None:
    gone, heir = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("name")[:2]
    assert gone.balance_outstanding != 0
    here.server.world.clock.advance(60)
    actions.contact_merge(here.organisation, str(gone.ledger_id), into=str(heir.ledger_id))
    event(here.connection.tenant_id, resource_id=str(gone.ledger_id))
    assert listen(here) == 1
    before = heir.balance_outstanding
    heir.refresh_from_db()
    assert heir.balance_outstanding == before + gone.balance_outstanding
    assert [call["query"].count("IDs=") for call in here.calls()] == [1, 1]
    assert here.connection.balances_due == []
    told = picture()
    whole = whole_picture(here)
    assert told | {"Link": None} == whole | {"Link": None}  # its documents have newer stamps


@pytest.mark.rule("WH-2")
@pytest.mark.failure("H7")
def test_a_record_that_xero_cannot_give_by_its_id_holds_up_nobody_and_is_left_to_a_pass(here: World) -> None:
    ledger = customer()
    event(here.connection.tenant_id, category="CREDITNOTE")
    rename(here, ledger, "Told of after it")
    deliver(here)
    here.arm("500_before_commit", path="/CreditNotes/", count=0)
    assert listen(here) == 2
    ledger.refresh_from_db()
    assert ledger.name == "Told of after it"
    outcomes = dict(WebhookEvent.objects.values_list("category", "outcome"))
    assert outcomes == {"CREDITNOTE": "pass", "CONTACT": "read"}
    assert here.connection.pass_wanted_at is not None


@pytest.mark.rule("WH-2")
@pytest.mark.failure("H7")
def test_what_could_not_be_read_three_times_in_a_row_is_left_to_a_pass(here: World) -> None:
    event(here.connection.tenant_id, category="CREDITNOTE")
    here.arm("500_before_commit", path="/CreditNotes/", count=0)
    for hours in (0, 1, 2):
        assert hearing.told_run(here.connection.pk, clock=lambda hours=hours: later(hours=hours)) == 0
    here.forget_calls()
    assert hearing.told_run(here.connection.pk, clock=lambda: later(hours=3)) == 1
    assert here.calls() == []
    assert here.connection.pass_wanted_at is not None
    assert (Hearing.objects.get().failures, Hearing.objects.get().problem) == (0, "")


@pytest.mark.rule("WH-2")
def test_a_record_that_cannot_be_taken_in_costs_its_neighbours_nothing(here: World) -> None:
    ledger = customer()
    event(here.connection.tenant_id)
    rename(here, ledger, "Beside a poisoned one")
    deliver(here)
    listen(here)
    ledger.refresh_from_db()
    assert ledger.name == "Beside a poisoned one"
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


@pytest.mark.rule("WH-2", "SY-7")
def test_a_flood_of_events_becomes_a_pass_instead_of_reads_by_id(here: World) -> None:
    for number in range(401):
        event(here.connection.tenant_id, resource_id=f"22222222-2222-4222-8222-{number:012d}")
    assert listen(here) == 401
    assert here.calls() == []
    assert here.connection.pass_wanted_at is not None


@pytest.mark.rule("WH-2")
def test_while_another_worker_has_the_connection_events_wait(here: World) -> None:
    Connection.objects.update(lease_until=later(minutes=5), lease_owner="another")
    rename(here, customer(), "Read later")
    deliver(here)
    assert listen(here) == 0
    Connection.objects.update(lease_until=None, lease_owner="")
    assert listen(here) == 1


@pytest.mark.rule("WH-2")
def test_when_xero_is_out_of_order_events_wait_and_are_read_later(here: World) -> None:
    ledger = customer()
    rename(here, ledger, "After the outage")
    deliver(here)
    here.arm("503_offline", path="/Contacts", count=0)
    assert listen(here) == 0
    row = Hearing.objects.get()
    assert row.not_before is not None
    assert "by itself" in row.problem
    assert listen(here) == 0
    here.server.edge.faults.clear()
    Hearing.objects.update(not_before=None)
    assert listen(here) == 1
    ledger.refresh_from_db()
    assert ledger.name == "After the outage"


@pytest.mark.rule("WH-2", "SY-7")
def test_reads_that_events_set_off_keep_to_their_share_of_the_day(here: World) -> None:
    Hearing.objects.create(connection=here.connection, spent_until=later(days=1))
    rename(here, customer(), "Not before tomorrow")
    deliver(here)
    assert listen(here) == 0
    assert here.calls() == []


@pytest.mark.rule("WH-2", "SY-7", "IS-8")
def test_their_share_of_the_day_is_what_the_companys_own_reserve_leaves(here: World) -> None:
    """Of 5,000 calls 4,900 are kept for people: 45 reads a day may follow events, up to 40 at once."""
    import_settings_save(here.company, {"day_reserve": 4900}, actor=here.user, at=work.now())
    rename(here, customer(), "One of the 45")
    deliver(here)
    assert listen(here) == 1
    spent_until = Hearing.objects.get().spent_until
    assert spent_until is not None
    assert later(minutes=30) < spent_until < later(minutes=34)
    rename(here, customer(), "Within what may be saved up")
    deliver(here)
    Hearing.objects.update(spent_until=later(hours=20))
    assert listen(here) == 1
    rename(here, customer(), "Beyond it")
    deliver(here)
    Hearing.objects.update(spent_until=later(hours=23))
    assert listen(here) == 0


def whole_picture(here: World) -> object:
    """The same after reading everything anew."""
    here.sync_all()
    return picture()


@pytest.mark.rule("WH-2", "SY-7", "ST-2")
def test_what_is_told_of_is_polled_once_an_hour_and_the_rest_with_each_pass(here: World) -> None:
    tell_of_everything(here)
    Connection.objects.update(next_pass_at=work.now())
    here.forget_calls()
    here.sync(clock=lambda: later(minutes=5))
    asked = {entry["path"].rsplit("/", 1)[-1] for entry in here.calls()}
    assert asked == {"Items", "PurchaseOrders"}
    here.sync(clock=lambda: later(minutes=61))
    assert "Invoices" in {entry["path"].rsplit("/", 1)[-1] for entry in here.calls()}


@pytest.mark.rule("WH-2", "SY-5", "ST-2")
@pytest.mark.failure("H8")
def test_a_change_that_no_event_told_of_is_found_by_polling_and_ends_the_trust(here: World) -> None:
    tell_of_everything(here)
    ledger = customer()
    here.server.edge.webhooks.unsubscribe(CLIENT_ID)
    here.server.world.clock.advance(60)
    rename(here, ledger, "Nobody told")
    here.sync_all()
    ledger.refresh_from_db()
    assert ledger.name == "Nobody told"
    assert "contacts" in webhooks.trusted(here.connection, later(minutes=1))
    webhooks.settle(here.connection, later(minutes=31))
    assert "contacts" not in webhooks.trusted(here.connection, later(minutes=31))
    assert HeardStream.objects.get(stream="contacts").gaps == 1
    assert webhook_health(here.company, later(minutes=31)).state == "gaps"
    assert "contacts" in webhooks.trusted(here.connection, later(hours=25))


@pytest.mark.rule("WH-2")
def test_an_event_that_comes_after_the_poll_is_no_gap(here: World) -> None:
    tell_of_everything(here)
    here.server.world.clock.advance(60)
    rename(here, customer(), "Polled first")
    here.sync_all()
    deliver(here)
    listen(here)
    webhooks.settle(here.connection, later(minutes=31))
    assert HeardStream.objects.get(stream="contacts").gaps == 0


@pytest.mark.rule("ST-2")
def test_the_page_can_say_how_well_xero_tells(here: World) -> None:
    assert webhook_health(here.company, work.now()).state == "silent"
    rename(here, customer(), "Told")
    deliver(here)
    assert webhook_health(here.company, work.now()).waiting_since is not None
    webhooks.unfold()
    assert webhook_health(here.company, work.now()).waiting == 1
    assert webhook_health(here.company, later(minutes=11)).state == "silent"
    listen(here)
    health = webhook_health(here.company, work.now())
    assert (health.state, health.events, health.waiting, health.gaps) == ("good", 1, 0, 0)
    assert health.last_event_at is not None
    assert health.lag_ms is not None


def tell_of_everything(here: World) -> None:
    """One event of each kind, acted on."""
    ledger = customer()
    rename(here, ledger, "Told once")
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    document = {"Contact": {"ContactID": str(ledger.ledger_id)}, "LineItems": [line]}
    actions.invoice_add(here.organisation, Type="ACCREC", **document)
    actions.credit_note_add(here.organisation, Type="ACCRECCREDIT", **document)
    deliver(here)
    listen(here)
    here.sync_all()
    assert webhooks.trusted(here.connection, work.now()) == {"contacts", "invoices", "credit_notes"}
