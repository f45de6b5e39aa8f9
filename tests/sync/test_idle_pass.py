"""What a pass that finds nothing costs, in calls, statements and rows, and what it must all the same leave behind."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import organisations, selectors, services, storing, work
from counterfoil.sync.models import Connection, Link, Pass, SetAside, StreamState
from counterfoil.sync.settings import ground_of
from counterfoil.sync.streams import INVOICES
from counterfoil.sync.tokens import StoredTokens
from tests.sync.picture import picture
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db

DAILY = {"contacts", "items", "invoices", "credit_notes", "purchase_orders"}
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')


@pytest.fixture
def here() -> Iterator[World]:
    """In step, and looked at twice since: the first pass after a read still meets what that read ended with."""
    with world(load("global", invoices=12, contacts=8, items=12), limits=False) as running:
        running.connect()
        running.sync()
        running.server.world.clock.advance(20 * 60)
        for minutes in (10, 20):
            running.sync(clock=at(minutes=minutes))
        running.forget_calls()
        yield running


def at(**delta: float) -> work.Clock:
    return lambda: later(**delta)


def customer(here: World) -> str:
    """The ContactID of a customer that is active in Xero."""
    active = SalesLedger.objects.filter(is_archived=False).exclude(ledger_id=None)
    return str(active.order_by("pk")[0].ledger_id)


def invoice_add(here: World, **given: str) -> str:
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200", "TaxType": "NONE"}
    to = {"ContactID": customer(here)}
    return actions.invoice_add(here.organisation, Type="ACCREC", Contact=to, LineItems=[line], **given)


@pytest.mark.rule("SY-7")
def test_it_makes_five_calls_and_six_statements_and_writes_four_rows_none_of_them_business(
    here: World,
) -> None:
    before = picture()
    with CaptureQueriesContext(database) as seen:
        run = work.pass_run(here.connection.pk, clock=at(minutes=30))
    statements = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]][1:]
    written = Counter(found[1] for sql in statements if (found := WRITES.match(sql)))
    assert run is not None
    assert run.calls == len(here.calls()) == 5
    assert written == {"sync_connection": 2, "sync_pass": 1, "sync_callday": 1}
    assert sum(sql.startswith("SELECT") for sql in statements) == 2
    assert len(statements) == 6
    assert picture() == before


@pytest.mark.rule("ST-1")
def test_it_is_seen_in_the_panel_all_the_same(here: World) -> None:
    calls = here.calls_counted()
    here.sync(clock=at(minutes=30))
    status = selectors.integration_status(here.company, later(minutes=30))
    shown = {row.stream: row.last_success_at for row in status.streams}
    assert status.light == "green"
    assert status.last_pass_at is not None
    assert later(minutes=29) < status.last_pass_at < later(minutes=31)
    assert status.next_pass_at == status.last_pass_at + dt.timedelta(minutes=5)
    assert all(shown[stream] == status.last_pass_at for stream in DAILY)
    assert status.last_pass is not None
    assert (status.last_pass.state, status.last_pass.calls) == ("done", 5)
    assert {row.state for row in status.last_pass.rows} == {"done"}
    assert here.calls_counted() == calls + 5


@pytest.mark.rule("SY-4")
def test_a_change_after_many_idle_passes_still_arrives(here: World) -> None:
    for minutes in (30, 40):
        here.sync(clock=at(minutes=minutes))
    key = customer(here)
    actions.contact_edit(here.organisation, key, Name="Renamed Ltd")
    run = here.sync(clock=at(minutes=50))
    assert {row["stream"]: row["written"] for row in run.progress}["contacts"] == 1
    assert SalesLedger.objects.get(ledger_id=key).name == "Renamed Ltd"


@pytest.mark.rule("SY-9")
def test_a_stream_to_be_read_afresh_is_read_although_xero_answers_as_before(here: World) -> None:
    services.stream_reset(here.connection, "items", actor=here.user, at=later(minutes=21))
    assert {row.stream: row.last_success_at for row in selectors.stream_rows(here.connection)}[
        "items"
    ] is None
    run = here.sync(clock=at(minutes=30))
    assert {row["stream"]: row["done"] for row in run.progress}["items"] == 12


@pytest.mark.rule("SY-9")
@pytest.mark.parametrize("stream", ["invoices", "items"])
def test_a_stream_that_is_reset_while_it_is_being_asked_is_read_afresh(here: World, stream: str) -> None:
    actions.contact_edit(here.organisation, customer(here), Name="Renamed Ltd")
    invoice_add(here)
    moments = iter(range(10**6))

    def clock() -> dt.datetime:
        if next(moments) == 2:  # when contacts are stored
            services.stream_reset(here.connection, stream, actor=here.user, at=later(minutes=30))
        return later(minutes=30)

    assert work.pass_run(here.connection.pk, clock=clock) is None  # it stops where it is
    run = here.sync(clock=clock)
    done = {row["stream"]: row["done"] for row in run.progress}
    assert done[stream] == {"invoices": here.invoices_there(), "items": 12}[stream]
    assert StreamState.objects.get(stream=stream).last_success_at is not None


@pytest.mark.rule("SY-10")
def test_an_answer_with_a_record_that_was_set_aside_is_looked_at_again(here: World) -> None:
    invoice_add(here, Status="DRAFT")
    with here.source() as source:
        page = source.get("/Invoices?page=1&pageSize=1000&unitdp=4").json()
    page["Invoices"] = page["Invoices"][-1:]
    page["Invoices"][0]["LineItems"] = "not a list"
    here.arm("custom", path=r"/Invoices\?", count=2, params={"body": page})
    for minutes in (30, 40):
        here.sync(clock=at(minutes=minutes))
    assert SetAside.objects.get().attempts == 2
    here.sync(clock=at(minutes=50))
    assert not SetAside.objects.exists()
    assert here.invoices_stored() == here.invoices_there()


@pytest.mark.rule("SY-7")
def test_the_streams_are_asked_at_once_but_never_more_than_four(here: World) -> None:
    here.sync(clock=at(minutes=30))
    (shown,) = here.server.edge.limits.shown()
    assert shown["in_flight_max"] in (2, 3, 4)


@pytest.mark.rule("SY-3")
def test_a_pass_that_somebody_asked_for_can_be_watched_from_its_beginning(here: World) -> None:
    seen: list[str] = []

    def clock() -> dt.datetime:
        seen.extend(Pass.objects.filter(state="running").values_list("state", flat=True))
        return later(minutes=30)

    work.pass_run(here.connection.pk, clock=clock)
    assert seen == []
    services.pass_request(here.connection, actor=here.user, at=later(minutes=30))
    work.pass_run(here.connection.pk, clock=clock)
    assert "running" in seen


@pytest.mark.rule("SY-4")
def test_what_the_overlap_brings_again_is_told_by_its_stamp_and_mapped_no_more(here: World) -> None:
    kept, touched = invoice_add(here), invoice_add(here)
    here.sync(clock=at(minutes=30))
    client = organisations.client_for(here.connection.tenant_id, StoredTokens(here.connection.tokens_id or 0))
    before = dict(Link.objects.filter(xero_id__in=[kept, touched]).values_list("xero_id", "fingerprint"))
    stale = "0" + before[kept][1:]  # as an older version of the mapping would have left it

    def maps(**changed: str) -> set[str]:
        """Which of the two a read of both maps, once their links say this."""
        for xero_id, print_ in {**before, **changed}.items():
            Link.objects.filter(xero_id=xero_id).update(fingerprint=print_)
        records = client.page(INVOICES.endpoint, ids=[kept, touched]).records
        stamps = storing.stamps_stored(INVOICES, here.connection.pk, [kept, touched])
        page = storing.prepare(INVOICES, records, [], ground_of(here.connection), stamps)
        assert {xero_id for xero_id, _ in page.rows} == {kept, touched}
        return set(page.good)

    assert maps() == set()
    assert maps(**{kept: stale}) == {kept}
    assert maps(**{kept: ""}) == {kept}
    here.server.world.clock.advance(60)
    actions.invoice_edit(here.organisation, touched, Reference="another")
    assert maps() == {touched}
    assert sum(row["written"] for row in here.sync(clock=at(minutes=60)).progress) == 1


def test_a_prepared_query_gives_what_the_query_gives_itself(here: World) -> None:
    prepared = PreparedQuery(
        lambda pk: Connection.objects.filter(pk=pk).select_related("operating_company", "tokens")
    )
    for _ in range(2):
        (found,) = prepared.rows(here.connection.pk)
        with CaptureQueriesContext(database) as seen:
            assert found.tokens is not None
            assert found.operating_company == here.company
        assert len(seen) == 0
        assert vars(found).keys() == vars(here.connection).keys()
        assert found.state_since == here.connection.state_since
    assert prepared.rows(-1) == []


def test_a_prepared_query_takes_several_values_and_gives_them_as_the_query_would(here: World) -> None:
    asked = PreparedQuery(
        lambda pk, stream: Link.objects.filter(connection_id=pk, stream=stream).values_list(
            "xero_id", flat=True
        ),
        int,
        str,
    )
    own = here.connection.pk
    assert asked.rows(own, "items") == list(
        Link.objects.filter(connection_id=own, stream="items").values_list("xero_id", flat=True)
    )
    assert len(asked.rows(own, "items")) == 12
    assert asked.rows(own, "nothing") == asked.rows(-1, "items") == []


@pytest.mark.rule("SY-6", "SY-7")
def test_a_change_that_moves_no_balance_costs_no_call_for_balances_and_one_that_does_costs_one(
    here: World,
) -> None:
    invoice = invoice_add(here, Status="AUTHORISED", DueDate="2027-01-01")
    assert here.sync(clock=at(minutes=30)).calls == 6
    actions.invoice_edit(here.organisation, invoice, Reference="Their order 7")
    assert here.sync(clock=at(minutes=40)).calls == 5
    actions.invoice_edit(here.organisation, invoice, DueDate="2027-02-01")
    assert here.sync(clock=at(minutes=50)).calls == 6
