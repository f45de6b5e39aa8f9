"""Later passes: only what changed, silent changes by their own rhythm, and people's own settings (SY, IS, PR, IN)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm.customers.models import Company, Contact, PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import Currency
from counterfoil.crm.products.models import ProductItem, Stock
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import services, work
from counterfoil.sync.models import Connection, StreamState
from tests.builders_contacts import user as person
from tests.sync.picture import picture
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=12, contacts=8, items=12), limits=False) as running:
        running.connect()
        running.sync()
        running.forget_calls()
        yield running


def customer(here: World) -> SalesLedger:
    """A customer that is active in Xero."""
    ledger = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("name").first()
    assert ledger is not None
    return ledger


@pytest.mark.rule("SY-2", "CU-11")
@pytest.mark.failure("P9")
def test_archiving_a_known_customer_stops_it_and_restoring_lifts_that_stop(here: World) -> None:
    ledger = customer(here)
    actions.contact_archive(here.organisation, str(ledger.ledger_id))
    here.sync_all()
    ledger.refresh_from_db()
    assert ledger.on_stop
    assert "archived in xero" in ledger.stop_reason.lower()
    actions.contact_restore(here.organisation, str(ledger.ledger_id))
    here.sync_all()
    ledger.refresh_from_db()
    assert not ledger.on_stop


@pytest.mark.rule("SY-2")
def test_an_archived_stranger_is_left_out_until_a_document_needs_it(here: World) -> None:
    stranger = actions.contact_add(here.organisation, Name="Long Gone Ltd")
    actions.contact_archive(here.organisation, stranger)
    here.sync_all()
    assert not SalesLedger.objects.filter(ledger_id=stranger).exists()
    actions.contact_restore(here.organisation, stranger)
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": stranger}, LineItems=[line])
    actions.contact_archive(here.organisation, stranger)
    here.sync_all()
    assert SalesLedger.objects.get(ledger_id=stranger).on_stop


@pytest.mark.rule("SY-4", "SY-7")
def test_a_later_pass_asks_by_stamp_with_an_overlap_and_writes_nothing(here: World) -> None:
    before = picture()
    cursors = dict(StreamState.objects.values_list("stream", "cursor_ms"))
    here.server.world.clock.advance(20 * 60)
    run = here.sync_all()
    assert [row["written"] for row in run.progress] == [0] * len(run.progress)
    assert picture() == before
    assert len(here.calls()) == 9
    walked = ("contacts", "invoices", "credit_notes", "purchase_orders")
    after = dict(StreamState.objects.filter(stream__in=walked).values_list("stream", "cursor_ms"))
    # What was settled when the pass began has been read by it; the overlap reaches back from there.
    settled = here.server.world.clock.now().timestamp() * 1000 - 300_000
    assert all(cursors[stream] <= after[stream] <= max(cursors[stream], settled) for stream in walked)
    assert after["invoices"] > settled - 60_000


@pytest.mark.rule("SY-7")
def test_every_call_from_the_first_one_on_asks_for_gzip() -> None:
    with world(load("global", invoices=12, contacts=8, items=12), limits=False) as here:
        here.connect()
        here.sync()
        actions.contact_edit(here.organisation, str(customer(here).ledger_id), FirstName="Bo")
        here.sync_all()
        calls = [call for call in here.calls("/") if "authorize" not in call["path"]]
        assert len(calls) > 20
        assert [call["path"] for call in calls if not call["gzip"]] == []


@pytest.mark.rule("SY-7")
def test_every_call_asks_for_whole_pages_four_decimals_and_gzip(here: World) -> None:
    before = here.calls_counted()
    here.sync_all()
    for entry in here.calls("/Invoices?"):
        assert "pageSize=1000" in entry["query"]
        assert "unitdp=4" in entry["query"]
    assert here.server.edge.journal.counters()["notes"] == {}
    assert max(row["in_flight_max"] for row in here.server.edge.limits.shown()) <= 4
    assert Connection.objects.get().limits["day_left"] is not None
    assert here.calls_counted() - before == len(here.calls())


@pytest.mark.rule("PR-4", "SY-6")
@pytest.mark.failure("P18")
def test_stock_that_moves_without_a_stamp_arrives_with_the_next_pass() -> None:
    with world(load("uk", invoices=5), limits=False) as here:
        here.connect()
        here.sync()
        item = ProductItem.objects.filter(is_stocked=True).order_by("code").first()
        assert item is not None
        actions.stock_adjust(here.organisation, str(item.external_id), quantity=Decimal(77))
        run = here.sync_all()
        assert next(row for row in run.progress if row["stream"] == "items")["written"] == 1
        assert Stock.objects.get(product=item).free_stock == 77


@pytest.mark.rule("PR-8", "SY-6")
def test_an_item_deleted_in_xero_becomes_obsolete(here: World) -> None:
    added = actions.item_add(here.organisation, Code="SHORT-LIVED", Name="Short-lived")
    here.sync_all()
    actions.item_delete(here.organisation, added)
    here.sync_all()
    item = ProductItem.objects.get(external_id=added)
    assert item.is_withdrawn
    assert item.is_obsolete


@pytest.mark.rule("SY-6", "CU-12")
def test_a_payment_brings_the_new_balance_of_its_customer_in_the_same_pass(here: World) -> None:
    ledger = customer(here)
    before = ledger.balance_outstanding
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}
    actions.invoice_add(
        here.organisation,
        Type="ACCREC",
        Contact={"ContactID": str(ledger.ledger_id)},
        LineItems=[line],
        Status="AUTHORISED",
        DueDate="2027-01-01",
    )
    here.sync_all()
    ledger.refresh_from_db()
    assert ledger.balance_outstanding == before + 100


@pytest.mark.rule("SY-6")
def test_once_a_day_everything_is_compared_without_a_filter(here: World) -> None:
    run = here.sync(clock=lambda: later(hours=25))
    assert run.state == "done"
    assert {row["stream"] for row in run.progress} >= {"contacts", "invoices", "items", "tax_rates"}
    before = Connection.objects.get().limits["full_at"]
    here.sync(clock=lambda: later(hours=26))
    assert Connection.objects.get().limits["full_at"] == before


@pytest.mark.rule("SY-6")
@pytest.mark.failure("P18")
def test_a_due_date_that_moves_without_a_stamp_is_found_by_the_daily_compare(here: World) -> None:
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}
    given = {"Type": "ACCREC", "Contact": {"ContactID": str(customer(here).ledger_id)}, "LineItems": [line]}
    key = actions.invoice_add(here.organisation, **given, Status="AUTHORISED", DueDate="2027-01-01")
    actions.payment_add(here.organisation, key, Account={"Code": "090"}, Amount=Decimal(40))
    here.server.world.clock.advance(20 * 60)
    actions.invoice_add(
        here.organisation, **given
    )  # newer: the next read's overlap ends before the other one
    here.sync_all()
    actions.invoice_due_move(here.organisation, key, due=dt.date(2027, 3, 31))
    here.sync_all()
    invoice = SalesOrderHeader.objects.get(external_id=key)
    assert invoice.due_date == dt.date(2027, 1, 1)
    here.sync(clock=lambda: later(hours=25))
    invoice.refresh_from_db()
    assert invoice.due_date == dt.date(2027, 3, 31)


@pytest.mark.rule("IN-1", "SY-4")
def test_reading_again_keeps_the_same_rows_and_lines_by_their_ids(here: World) -> None:
    invoices = dict(SalesOrderHeader.objects.values_list("external_id", "pk"))
    lines = dict(SalesTransaction.objects.values_list("line_item_id", "pk"))
    services.stream_reset(here.connection, "invoices", actor=here.user, at=work.now())
    run = here.sync()
    row = next(row for row in run.progress if row["stream"] == "invoices")
    assert (row["written"], row["done"]) == (0, here.invoices_there())
    assert dict(SalesOrderHeader.objects.values_list("external_id", "pk")) == invoices
    assert dict(SalesTransaction.objects.values_list("line_item_id", "pk")) == lines


@pytest.mark.rule("SY-5")
def test_a_pass_is_due_by_its_interval_and_at_once_when_asked_for(here: World) -> None:
    assert work.connections_due(work.now()) == []
    assert work.connections_due(later(minutes=5, seconds=1)) == [here.connection.pk]
    services.pass_request(here.connection, actor=here.user, at=work.now())
    assert work.connections_due(work.now()) == [here.connection.pk]
    here.sync()
    assert work.connections_due(work.now()) == []


@pytest.mark.rule("IS-5")
def test_without_currency_import_a_pass_does_not_touch_currencies(here: World) -> None:
    services.import_settings_save(here.company, {"currency_import": False}, actor=here.user, at=work.now())
    Currency.objects.of(here.company).update(name="By hand")
    run = here.sync_all()
    assert "currencies" not in {row["stream"] for row in run.progress}
    assert here.calls("/Currencies") == []
    assert set(Currency.objects.of(here.company).values_list("name", flat=True)) == {"By hand"}


@pytest.mark.rule("IS-5", "SY-3")
def test_a_pass_that_goes_on_after_somebody_took_over_the_currencies_leaves_them_alone(here: World) -> None:
    here.server.edge.faults.clear()
    here.arm("503_maintenance", path="/Currencies", count=0)
    assert here.sync_all().state == "waiting"
    services.import_settings_save(here.company, {"currency_import": False}, actor=here.user, at=work.now())
    here.server.edge.faults.clear()
    here.forget_calls()
    assert here.sync().state == "done"
    assert here.calls("/Currencies") == []


@pytest.mark.rule("IS-4")
def test_default_manager_role_and_type_are_given_at_creation_and_never_again(here: World) -> None:
    bea = person(of=here.company, email="bea@trading.example")
    defaults = {
        "default_account_manager": bea,
        "default_role_code": "BUYER",
        "default_company_type": "Retailer",
    }
    services.import_settings_save(here.company, defaults, actor=here.user, at=work.now())
    before = set(Company.objects.values_list("pk", "account_manager", "company_type"))
    key = actions.contact_add(here.organisation, Name="New Ltd", FirstName="Bo", LastName="Day")
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": key}, LineItems=[line])
    here.sync_all()
    home = SalesLedger.objects.get(ledger_id=key).division
    assert home is not None
    assert (home.company.account_manager, home.company.company_type) == (bea, "Retailer")
    assert [who.role_code for who in Contact.objects.filter(division=home)] == ["BUYER"]

    chosen = {"default_role_code": "CHIEF", "default_company_type": "Other", "default_account_manager": None}
    services.import_settings_save(here.company, chosen, actor=here.user, at=work.now())
    actions.contact_edit(here.organisation, key, FirstName="Bobby")
    here.sync(clock=lambda: later(hours=25))
    home.company.refresh_from_db()
    assert (home.company.account_manager, home.company.company_type) == (bea, "Retailer")
    [who] = Contact.objects.filter(division=home)
    assert (who.first_name, who.role_code) == ("Bobby", "BUYER")
    assert set(Company.objects.values_list("pk", "account_manager", "company_type")) >= before


@pytest.mark.rule("IS-3")
@pytest.mark.parametrize(
    ("chosen", "waiting"),
    [
        ({"missing_records": "all"}, set()),
        ({"missing_records": "active"}, {"Gone"}),
        ({"missing_records": "none"}, {"Gone", "Ann Lee", "Acme", "Timber"}),
        ({"missing_records": "all", "include_b2c": False}, {"Ann Lee"}),
        ({"missing_records": "all", "include_suppliers": False}, {"Timber"}),
    ],
    ids=lambda chosen: (
        " ".join(f"{name}={value}" for name, value in chosen.items()) if isinstance(chosen, dict) else ""
    ),
)
def test_who_gets_a_company_is_as_the_settings_say(
    here: World, chosen: dict[str, Any], waiting: set[str]
) -> None:
    services.import_settings_save(here.company, chosen, actor=here.user, at=work.now())
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    people = {"Ann Lee": {"FirstName": "Ann", "LastName": "Lee"}, "Acme": {}, "Gone": {}, "Timber": {}}
    for name, values in people.items():
        key = actions.contact_add(here.organisation, Name=name, **values)
        kind = "ACCPAY" if name == "Timber" else "ACCREC"
        actions.invoice_add(here.organisation, Type=kind, Contact={"ContactID": key}, LineItems=[line])
        if name == "Gone":
            actions.contact_archive(here.organisation, key)
    here.sync_all()
    without = set(SalesLedger.objects.filter(name__in=people, division=None).values_list("name", flat=True))
    without |= set(
        PurchaseLedger.objects.filter(name__in=people, division=None).values_list("name", flat=True)
    )
    assert without == waiting


@pytest.mark.rule("IS-3")
def test_without_missing_record_creation_new_customers_wait_for_a_company(here: World) -> None:
    services.import_settings_save(here.company, {"missing_records": "none"}, actor=here.user, at=work.now())
    here.sync()
    companies = Company.objects.count()
    key = actions.contact_add(here.organisation, Name="Waits Ltd")
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": key}, LineItems=[line])
    here.sync_all()
    assert SalesLedger.objects.filter(ledger_id=key).exists()
    assert Company.objects.count() == companies


@pytest.mark.rule("SY-12")
@pytest.mark.failure("C2")
def test_a_users_own_stop_outlives_what_xero_says(here: World) -> None:
    ledger = customer(here)
    SalesLedger.objects.filter(pk=ledger.pk).update(
        on_stop=True, stopped_by_user=True, stop_reason="Bad cheque"
    )
    actions.contact_archive(here.organisation, str(ledger.ledger_id))
    here.sync_all()
    actions.contact_restore(here.organisation, str(ledger.ledger_id))
    here.sync_all()
    ledger.refresh_from_db()
    assert (ledger.on_stop, ledger.stop_reason) == (True, "Bad cheque")


@pytest.mark.rule("SY-7")
def test_with_limits_on_nothing_is_ever_refused() -> None:
    with world(load("uk", invoices=60)) as here:
        here.connect()
        here.sync(page_size=10)
        assert "429" not in here.server.edge.journal.counters()["statuses"]


@pytest.mark.rule("SY-7")
def test_the_days_reserve_is_left_for_people(here: World) -> None:
    app = next(iter(here.server.edge.apps))
    tenant = here.connection.tenant_id
    here.server.edge.limits.use_up(app, tenant, day=4_950, now=here.server.world.clock.now())
    run = here.sync_all()
    assert (run.state, here.connection.state) == ("waiting", "connected")
    assert "today's calls" in run.problem
    assert len(here.calls()) <= 4
