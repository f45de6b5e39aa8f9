"""Dead before whichever statement, whoever comes after ends where an undisturbed run ends (reliability 3.6, L4).

Finer than named points in the code: each statement of connecting, of a pass, of acting on webhooks, of repairing and of
disconnecting is one; SQLite tries every other one, PostgreSQL those between. The process is not really killed (test_killed does that): its
statement raises, and so does every one after it, so that nothing is committed, released or put right any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import hearing, verify_work, verifying, wiring, work
from counterfoil.sync.models import Connection, TokenFamily
from counterfoil.sync.place_models import CallPlace
from counterfoil.sync.verify_models import Difference, Verification
from counterfoil.sync.webhook_models import WebhookEvent
from tests.sync.picture import picture
from tests.sync.world import CLIENT_ID, World, world

pytestmark = pytest.mark.django_db

FIRST = 1 if database.vendor == "sqlite" else 2
# What ends a transaction is let through: nobody who died takes back less than all.
ENDINGS = ("ROLLBACK", "RELEASE", "SAVEPOINT")


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@contextmanager
def dead_before(number: int) -> Iterator[list[int]]:
    """From its n-th statement on nothing is done any more; gives how many there were."""
    seen = [0]

    def wrapper(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(ENDINGS):
            seen[0] += 1
            if seen[0] >= number:
                raise Killed
        return execute(sql, *rest)

    with database.execute_wrapper(wrapper):
        yield seen


@contextmanager
def thrown_away() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=9, contacts=7, items=5), limits=False) as running:
        running.connect()
        running.sync()
        running.server.world.clock.advance(600)
        yield running


def things_happen(here: World) -> None:
    """One change of each kind that takes another way through the engine."""
    keys = list(
        SalesLedger.objects.exclude(ledger_id=None).order_by("pk").values_list("ledger_id", flat=True)
    )
    organisation = here.organisation
    actions.contact_edit(organisation, keys[0], Name="Renamed Ltd")
    actions.contact_merge(organisation, keys[1], into=keys[2])
    actions.contact_archive(organisation, keys[3])
    stranger = actions.contact_add(organisation, Name="Brand New Ltd")
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    for contact in (stranger, keys[0]):
        document = {"Contact": {"ContactID": contact}, "LineItems": [line], "Status": "AUTHORISED"}
        actions.invoice_add(organisation, Type="ACCREC", DueDate="2027-01-01", **document)
        actions.credit_note_add(organisation, Type="ACCRECCREDIT", **document)
    item = ProductItem.objects.earliest("pk")
    actions.item_edit(organisation, str(item.external_id), Name="Another name")
    actions.item_delete(organisation, str(ProductItem.objects.latest("pk").external_id))


def a_pass(here: World, after: int) -> None:
    work.pass_run(here.connection.pk, clock=here.minutes(after))


def dies_everywhere(do: Callable[[], object], then: Callable[[], object], wanted: object) -> int:
    """Let `do` die before one statement after the other, each time in the same state; `then` ends as `wanted`.

    Gives how many statements there are.
    """
    for number in count(FIRST, 2):
        wiring.forget()  # the calls of a day are counted, and this makes a day's
        with thrown_away():
            try:
                with dead_before(number):
                    do()
            except Killed:
                transaction.set_rollback(False)  # the statement that was not done broke nothing
            else:
                return number
            then()
            assert picture() == wanted, f"killed before statement {number}"
            assert not Connection.objects.exclude(lease_owner="").exists(), f"statement {number}"
    raise AssertionError("it never comes to an end")


@pytest.mark.rule("SY-4", "SY-3")
@pytest.mark.failure("P2")
def test_a_pass_killed_anywhere_is_made_good_by_the_next(here: World) -> None:
    things_happen(here)
    with thrown_away():
        a_pass(here, 5)
        wanted = picture()
    assert dies_everywhere(lambda: a_pass(here, 5), lambda: a_pass(here, 15), wanted) > 60


@pytest.mark.rule("SY-3", "SY-1", "TX-3")
@pytest.mark.failure("P2")
def test_a_first_import_killed_anywhere_is_made_good_by_the_next() -> None:
    with world(load("global", invoices=3, contacts=3, items=2), limits=False) as here:
        here.connect()
        with thrown_away():
            a_pass(here, 0)
            wanted = picture()
        assert dies_everywhere(lambda: a_pass(here, 0), lambda: a_pass(here, 10), wanted) > 60


@pytest.mark.rule("CN-1", "CN-3")
@pytest.mark.failure("P2")
def test_connecting_that_was_cut_off_is_done_again() -> None:
    with world(load("global", invoices=2, contacts=2, items=1), limits=False) as here:
        with thrown_away():
            here.connect()
            a_pass(here, 5)
            wanted = picture()

        def then() -> None:
            CallPlace.objects.update(until=None)  # that of a process that has ended is free: test_places
            if not Connection.objects.exists():
                here.connect()
            a_pass(here, 5)
            assert here.connection.state == "connected"
            assert list(TokenFamily.objects.all()) == [here.connection.tokens]

        assert dies_everywhere(here.connect, then, wanted) > 20


@pytest.mark.rule("CN-5")
@pytest.mark.failure("P2")
def test_a_secondarys_pass_killed_anywhere_is_made_good_by_the_next() -> None:
    with world(load("global", invoices=3, contacts=4, items=3), limits=False) as here:
        known_here(here)
        before = picture()
        secondary = here.connect(role="secondary")

        def run(after: int) -> None:
            Connection.objects.filter(pk=secondary.pk).update(pass_wanted_at=work.now())
            work.pass_run(secondary.pk, clock=here.minutes(after))

        with thrown_away():
            run(0)
            wanted = picture()
        assert wanted != before
        assert dies_everywhere(lambda: run(0), lambda: run(10), wanted) > 20


def known_here(here: World) -> None:
    """A customer for each contact and a product for each item, as another product has left them."""
    at = work.now()
    given = {"operating_company": here.company, "created_at": at, "updated_at": at}
    for key in here.store.contacts.rows:
        actions.contact_edit(here.organisation, key, SalesDefaultAccountCode="200")
        SalesLedger.objects.create(ledger_id=key, name=key, display_description=key, **given)
    code = here.store.items.fields["code"]
    for item in here.store.items.ordered():
        ProductItem.objects.create(code=item.facts[code], **given)


@pytest.mark.rule("WH-2", "SY-13")
@pytest.mark.failure("H7")
def test_a_read_that_webhooks_set_off_is_made_good_by_the_next(here: World) -> None:
    things_happen(here)
    told(here)
    with thrown_away():
        listen(here, 1)
        wanted = picture()

    def then() -> None:
        listen(here, 10)
        assert not WebhookEvent.objects.filter(handled_at=None).exists()

    assert dies_everywhere(lambda: listen(here, 1), then, wanted) > 60


def told(here: World) -> None:
    """An event about each contact, invoice and credit note that has changed."""
    since = round((here.server.world.clock.now() - dt.timedelta(minutes=1)).timestamp() * 1000)
    about = {"CONTACT": "contacts", "INVOICE": "invoices", "CREDITNOTE": "credit_notes"}
    at = work.now()
    for category, stream in about.items():
        changed = [row.key for row in getattr(here.store, stream).rows.values() if row.stamp >= since]
        for key in changed:
            WebhookEvent.objects.create(
                client_id=CLIENT_ID,
                tenant_id=here.connection.tenant_id,
                category=category,
                resource_id=key,
                event_type="UPDATE",
                event_at=at,
                received_at=at,
            )


def listen(here: World, after: int) -> None:
    """As often as it takes: a run that dies between two batches leaves the second one for the next."""
    hearing.told_run(here.connection.pk, clock=here.minutes(after))


@pytest.mark.rule("SY-11")
def test_a_repair_killed_anywhere_is_made_good_by_the_next_look(here: World) -> None:
    in_step = picture()
    SalesOrderHeader.objects.filter(kind="I").update(total=1)
    ProductItem.objects.update(selling_price=1)
    asked = verifying.verify_request(here.connection, actor=here.user, at=work.now())
    found = verify_work.verify_run(asked.pk)
    verify_work.repair_request(found, at=work.now())

    def then() -> None:
        work.left_behind_clear()
        verify_work.verify_run(found.pk, clock=here.minutes(10))
        assert not Difference.objects.filter(verification=found, repaired_at=None).exists()
        assert Verification.objects.get(pk=found.pk).repair_wanted_at is None

    assert dies_everywhere(lambda: verify_work.verify_run(found.pk), then, in_step) > 40


@pytest.mark.rule("TK-4", "TK-5")
@pytest.mark.failure("A19")
def test_whoever_was_cut_off_while_disconnecting_does_it_again(here: World) -> None:
    before = picture()

    def then() -> None:
        if here.connection.state != "disconnected":
            here.disconnect()
        assert here.connection.tokens is None

    assert dies_everywhere(here.disconnect, then, before) > 5
