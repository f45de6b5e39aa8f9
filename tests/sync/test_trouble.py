"""Whatever goes wrong at Xero or on the way: a clear sentence in the right state, nothing lost, and on by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sync import selectors, services, work
from counterfoil.sync.models import Connection, SetAside, StreamState
from tests.sync.picture import picture
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db

CONTACTS = r"/Contacts\?"
INVOICES = r"/Invoices\?"


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        yield running


def body_of(here: World, path: str) -> dict[str, Any]:
    """What the stand-in answers, to be spoiled and served again."""
    with here.source() as source:
        answer = source.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.rule("SY-10", "SY-4")
@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("html_200", {}),
        ("html_502", {}),
        ("xml_answer", {}),
        ("503_maintenance", {}),
        ("503_offline", {}),
        ("cut_body", {}),
        ("reset_midway", {}),
        ("reset_before", {}),
        ("500_before_commit", {}),
        ("404_text", {}),
    ],
)
def test_a_broken_wire_makes_the_pass_wait_and_nothing_is_lost(
    here: World, fault: str, params: dict[str, Any]
) -> None:
    here.arm(fault, path=INVOICES, count=0, params=params)
    run = here.sync()
    connection = here.connection
    assert (run.state, connection.state) == ("waiting", "waiting")
    assert "Everything read so far is stored" in run.problem
    assert run.resumes_at is not None
    assert run.resumes_at > work.now()
    assert SalesLedger.objects.exists()
    here.server.edge.faults.clear()
    here.forget_calls()
    assert here.sync().state == "done"
    assert here.connection.state == "connected"
    assert [entry for entry in here.calls("/Contacts?") if "IDs=" not in entry["query"]] == []
    assert here.invoices_stored() == here.invoices_there()


@pytest.mark.rule("SY-7")
@pytest.mark.parametrize(
    ("fault", "params"),
    [("429_day", {}), ("429_minute", {"retry_after": 400}), ("429_app", {"retry_after": 400})],
)
@pytest.mark.failure("R2")
def test_a_limit_that_lasts_is_waited_for_without_holding_the_worker(
    here: World, fault: str, params: dict[str, Any]
) -> None:
    here.arm(fault, path=INVOICES, params=params)
    run = here.sync()
    assert (run.state, here.connection.state) == ("waiting", "connected")
    assert "goes on by itself" in run.problem
    assert run.resumes_at is not None
    assert (run.resumes_at - work.now()).total_seconds() > 300
    assert here.connection.next_pass_at == run.resumes_at
    assert work.connections_due(work.now()) == []
    assert work.connections_due(run.resumes_at) == [here.connection.pk]


@pytest.mark.rule("SY-7")
@pytest.mark.parametrize(("fault", "params"), [("429_concurrent", {}), ("429_minute", {"retry_after": 1})])
def test_a_short_limit_is_waited_for_within_the_pass(here: World, fault: str, params: dict[str, Any]) -> None:
    here.arm(fault, path=INVOICES, params=params)
    assert here.sync().state == "done"
    assert here.invoices_stored() == here.invoices_there()


@pytest.mark.rule("TK-3")
@pytest.mark.parametrize("fault", ["403_tenant", "401_unknown", "refresh_rejected"])
def test_revoked_access_asks_to_reconnect_and_loses_nothing(here: World, fault: str) -> None:
    here.sync()
    before = picture()
    if fault == "refresh_rejected":
        here.arm("401_expired", path="api.xro", count=0)
        here.arm(fault, path="connect/token", count=0)
    else:
        here.arm(fault, path="api.xro", count=0)
    run = here.sync_all()
    assert (run.state, here.connection.state) == ("failed", "reconnect")
    assert "connect again" in here.connection.state_reason
    assert "Nothing in the CRM is lost" in here.connection.state_reason
    assert picture() == before
    assert work.connections_due(later(days=9)) == []
    here.server.edge.faults.clear()
    here.connect()
    assert here.sync().state == "done"
    assert picture() == before


@pytest.mark.rule("SY-10")
def test_a_stream_without_permission_stops_alone(here: World) -> None:
    here.arm("401_scope", path=r"/PurchaseOrders", count=0)
    run = here.sync()
    assert run.state == "done"
    rows = {row["stream"]: row for row in run.progress}
    assert rows["purchase_orders"]["state"] == "failed"
    assert "permission" in rows["purchase_orders"]["problem"]
    assert rows["invoices"]["state"] == "done"
    assert selectors.light(here.company, work.now())[0] == "amber"
    here.server.edge.faults.clear()
    here.sync_all()
    assert not StreamState.objects.exclude(problem="").exists()


@pytest.mark.rule("SY-10", "SY-9")
def test_one_hostile_record_among_many_costs_no_neighbour_and_a_retry_heals_it(here: World) -> None:
    page = body_of(here, "/Invoices?page=1&pageSize=1000&unitdp=4")
    page["Invoices"][3]["LineItems"] = "not a list"
    here.arm("custom", path=INVOICES, params={"body": page})
    run = here.sync()
    assert run.state == "done"
    assert here.invoices_stored() == here.invoices_there() - 1
    item = SetAside.objects.get()
    assert item.xero_id == page["Invoices"][3]["InvoiceID"]
    assert "not a list" in item.raw
    services.set_aside_retry(item, actor=here.user, at=work.now())
    here.sync()
    assert here.invoices_stored() == here.invoices_there()
    assert not SetAside.objects.exists()


@pytest.mark.rule("SY-10")
@pytest.mark.failure("P14")
def test_a_page_of_nothing_but_bad_records_stops_its_stream_and_keeps_the_cursor(here: World) -> None:
    here.sync()
    cursor = StreamState.objects.get(stream="invoices").cursor_ms
    page = body_of(here, "/Invoices?page=1&pageSize=1000&unitdp=4")
    assert len(page["Invoices"]) >= 10
    for invoice in page["Invoices"]:
        invoice["LineItems"] = "x"
    here.arm("custom", path=INVOICES, params={"body": page})
    run = here.sync_all()
    row = next(row for row in run.progress if row["stream"] == "invoices")
    assert row["state"] == "failed"
    assert "None of" in row["problem"]
    assert not SetAside.objects.exists()
    assert StreamState.objects.get(stream="invoices").cursor_ms == cursor
    assert here.sync_all().state == "done"
    assert StreamState.objects.get(stream="invoices").problem == ""


# As sent, and as kept; None: set aside.
HOSTILE_NAMES = [
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("Nul\x00 inside", "Nul inside"),
    ("half \\ud83d a character", "half \ufffd a character"),
    ("x" * 5_000, None),
    ("=cmd()|' /C calc'!A0", "=cmd()|' /C calc'!A0"),
    ("\u202egnol", "\u202egnol"),
]


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(
    ("name", "kept"), HOSTILE_NAMES, ids=["script", "nul", "surrogate", "long", "formula", "bidi"]
)
def test_a_hostile_name_is_stored_or_set_aside_and_costs_no_neighbour(
    here: World, name: str, kept: str | None
) -> None:
    page = body_of(here, "/Contacts?page=1&pageSize=1000&includeArchived=true")
    customers = [c for c in page["Contacts"] if c["ContactStatus"] == "ACTIVE" and c.get("IsCustomer")]
    target, *neighbours = customers
    assert neighbours
    target["Name"] = "@@"
    text = json.dumps(page).replace('"@@"', json.dumps(name).replace("\\\\ud83d", "\\ud83d"))
    here.arm("custom", path=CONTACTS, count=0, params={"body": text})
    assert here.sync().state == "done"
    names = dict(SalesLedger.objects.values_list("ledger_id", "name"))
    assert names.get(target["ContactID"]) == kept
    assert {c["ContactID"]: c["Name"] for c in neighbours}.items() <= names.items()
    reasons = dict(SetAside.objects.filter(stream="contacts").values_list("xero_id", "reason"))
    expected = {} if kept else {target["ContactID"]: "Name: has 5,000 characters; at most 500 can be kept."}
    assert reasons == expected


@pytest.mark.rule("SY-10", "IN-3")
@pytest.mark.parametrize(
    "change",
    [
        {"Status": "PONDERED"},
        {"LineAmountTypes": "Sideways"},
        {"Total": 0, "SubTotal": 0, "TotalTax": 0},
        {"Total": -12.5, "SubTotal": -12.5},
        {"Date": "/Date(-2208988800000+0000)/", "DateString": "1900-01-01T00:00:00"},
        {"CurrencyCode": "ZWL", "CurrencyRate": None},
        {"CurrencyRate": 0},
        {"Reference": "r" * 100_000},
        {"UpdatedDateUTC": None},
        {"UpdatedDateUTC": "/Date(-62135596800000+0000)/"},
    ],
    ids=lambda change: next(iter(change)) + str(next(iter(change.values())))[:12],
)
def test_a_strange_document_is_stored_or_set_aside_with_a_reason(here: World, change: dict[str, Any]) -> None:
    page = body_of(here, "/Invoices?page=1&pageSize=1000&unitdp=4")
    page["Invoices"][1].update(change)
    here.arm("custom", path=INVOICES, params={"body": page})
    assert here.sync().state == "done"
    aside = SetAside.objects.all()
    assert here.invoices_stored() + len(aside) == here.invoices_there()
    assert all(len(item.reason) > 20 for item in aside)


@pytest.mark.rule("SY-10")
def test_a_description_of_ten_megabytes_arrives_whole(here: World) -> None:
    page = body_of(here, "/Invoices?page=1&pageSize=1000&unitdp=4")
    page["Invoices"][0]["LineItems"][0]["Description"] = "d" * 10_000_000
    here.arm("custom", path=INVOICES, params={"body": page})
    assert here.sync().state == "done"
    assert not SetAside.objects.exists()
    assert SalesTransaction.objects.filter(description__startswith="ddd").count() == 1


@pytest.mark.rule("TK-5")
@pytest.mark.failure("O1")
def test_what_happened_while_disconnected_is_read_after_reconnecting(here: World) -> None:
    here.sync()
    before = Connection.objects.get().pk
    here.disconnect()
    actions.contact_add(here.organisation, Name="Meanwhile Ltd", IsCustomer=True)
    here.connect()
    assert Connection.objects.get().pk == before
    here.sync()
    assert StreamState.objects.get(stream="contacts").read > 0
