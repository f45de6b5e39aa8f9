"""A contact that was merged in Xero and restored there lives again; whether it keeps saying where it went is not known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sync import verify_work, verifying, work
from counterfoil.sync.verify_models import Difference
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


def trader(here: World, name: str) -> str:
    """A new contact with an invoice."""
    key = actions.contact_add(here.organisation, Name=name)
    invoice(here, key)
    return key


def invoice(here: World, contact: str) -> str:
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    given = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [line]}
    return actions.invoice_add(here.organisation, **given, Status="AUTHORISED", DueDate="2027-01-01")


def assert_in_step(here: World) -> None:
    here.sync_all()
    wanted = verifying.verify_request(here.connection, actor=None, at=work.now())
    assert verify_work.verify_run(wanted.pk).state == "done"
    told = Difference.objects.filter(verification=wanted)
    assert list(told.values_list("stream", "label", "field", "ours", "theirs")) == []


def owner(key: str) -> str | None:
    ledger = SalesOrderHeader.objects.get(external_id=key).sales_ledger
    return ledger.ledger_id if ledger else None


@pytest.mark.rule("SY-13", "SY-11")
@pytest.mark.failure("H13")
@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "goes on saying"])
def test_a_merged_contact_that_is_restored_is_a_customer_again_with_its_new_invoices(
    here: World, forgets: bool
) -> None:
    here.server.world.switches.restored_forgets_merge = forgets
    gone, kept = trader(here, "Gone Ltd"), trader(here, "Kept Ltd")
    here.sync_all()
    actions.contact_merge(here.organisation, gone, into=kept)
    assert_in_step(here)
    assert not SalesLedger.objects.filter(ledger_id=gone).exists()
    actions.contact_restore(here.organisation, gone)
    assert_in_step(here)
    key = invoice(here, gone)
    assert_in_step(here)
    assert owner(key) == gone


@pytest.mark.rule("SY-13", "SY-11")
@pytest.mark.failure("H13")
@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "goes on saying"])
def test_two_contacts_merged_into_each_other_in_turn_end_as_the_one_that_lives(
    here: World, forgets: bool
) -> None:
    here.server.world.switches.restored_forgets_merge = forgets
    first, second = trader(here, "First Ltd"), trader(here, "Second Ltd")
    here.sync_all()
    actions.contact_merge(here.organisation, first, into=second)
    here.sync_all()
    actions.contact_restore(here.organisation, first)
    here.sync_all()
    actions.contact_merge(here.organisation, second, into=first)
    assert_in_step(here)
    assert_in_step(here)
    live = SalesLedger.objects.filter(ledger_id__in=[first, second])
    assert list(live.values_list("ledger_id", flat=True)) == [first]
    assert {
        owner(key)
        for key in SalesOrderHeader.objects.filter(sales_ledger__ledger_id__in=[first, second]).values_list(
            "external_id", flat=True
        )
    } == {first}


@pytest.mark.rule("SY-13", "SY-11")
def test_a_restored_contact_that_is_archived_later_keeps_its_invoices(here: World) -> None:
    gone, kept = trader(here, "Gone Ltd"), trader(here, "Kept Ltd")
    here.sync_all()
    actions.contact_merge(here.organisation, gone, into=kept)
    here.sync_all()
    actions.contact_restore(here.organisation, gone)
    key = invoice(here, gone)
    here.sync_all()
    actions.contact_archive(here.organisation, gone)
    assert_in_step(here)
    assert owner(key) == gone
