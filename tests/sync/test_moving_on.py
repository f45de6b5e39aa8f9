"""Names that move on to another record, and statuses that go back (reliability C3, C6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sandbox import actions
from counterfoil.sync.models import ImportSettings
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db
LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        ImportSettings.objects.create(operating_company=running.company, import_unflagged=True)
        running.sync()
        yield running


def ledger_of(key: str) -> SalesLedger:
    return SalesLedger.objects.get(ledger_id=key)


@pytest.mark.rule("SY-2", "SY-4")
@pytest.mark.failure("C6")
def test_a_name_that_an_archived_contact_left_belongs_to_the_new_one_alone(here: World) -> None:
    first = actions.contact_add(here.organisation, Name="Harbour Ltd")
    here.sync_all()
    row = ledger_of(first).pk
    actions.contact_archive(here.organisation, first)
    second = actions.contact_add(here.organisation, Name="Harbour Ltd")
    here.sync_all()
    assert ledger_of(first).pk == row
    assert (ledger_of(first).on_stop, ledger_of(second).on_stop) == (True, False)
    actions.contact_edit(here.organisation, second, Name="Haven Ltd")
    actions.contact_edit(here.organisation, first, Name="Harbour (old) Ltd")
    here.sync_all()
    assert [ledger_of(key).name for key in (first, second)] == ["Harbour (old) Ltd", "Haven Ltd"]


@pytest.mark.rule("SY-4", "SY-6")
@pytest.mark.failure("C3")
def test_the_balance_is_right_after_each_step_there_and_back(here: World) -> None:
    key = actions.contact_add(here.organisation, Name="Harbour Ltd")
    given: dict[str, Any] = {"Type": "ACCREC", "Contact": {"ContactID": key}, "LineItems": [LINE]}
    invoice = actions.invoice_add(here.organisation, **given)
    assert balance_after(here, key) == 0  # a draft is owed by nobody
    actions.invoice_edit(here.organisation, invoice, Status="AUTHORISED", DueDate="2027-01-01")
    assert balance_after(here, key) == 100
    part = actions.payment_add(here.organisation, invoice, Account={"Code": "090"}, Amount=Decimal(40))
    assert balance_after(here, key) == 60
    rest = actions.payment_add(here.organisation, invoice, Account={"Code": "090"}, Amount=Decimal(60))
    assert balance_after(here, key) == 0
    for payment, left in ((rest, 60), (part, 100)):
        actions.payment_delete(here.organisation, payment)
        assert balance_after(here, key) == left
    actions.invoice_void(here.organisation, invoice)
    assert balance_after(here, key) == 0


@pytest.mark.rule("SY-6", "CU-12")
def test_an_invoice_that_passes_to_another_customer_takes_its_balance_along(here: World) -> None:
    first, second = (
        actions.contact_add(here.organisation, Name=name) for name in ("Harbour Ltd", "Haven Ltd")
    )
    given: dict[str, Any] = {
        "Type": "ACCREC",
        "LineItems": [LINE],
        "Status": "AUTHORISED",
        "DueDate": "2027-01-01",
    }
    invoice = actions.invoice_add(here.organisation, Contact={"ContactID": first}, **given)
    assert balance_after(here, first) == 100
    actions.invoice_edit(here.organisation, invoice, Contact={"ContactID": second})
    assert balance_after(here, first) == 0
    assert ledger_of(second).balance_outstanding == 100


def balance_after(here: World, key: str) -> Decimal:
    here.server.world.clock.advance(60)
    run = here.sync_all()
    assert run.state == "done", run.problem
    return ledger_of(key).balance_outstanding
