"""One organisation serves one operating company, one record of Xero's is one record here: the database says so too (C5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from counterfoil.sync.models import Connection
from tests.builders import AT, operating_company, purchase_ledger, sales_ledger
from tests.web.world import product

pytestmark = [pytest.mark.django_db, pytest.mark.failure("C5")]


def connected(company: Any, state: str = "connected") -> Connection:
    row: Connection = Connection.objects.create(
        operating_company=company,
        role="primary",
        state=state,
        state_since=AT,
        connected_at=AT,
        tenant_id="one-organisation",
        organisation_name="Northwind Ltd",
    )
    return row


@pytest.mark.rule("CN-4")
@pytest.mark.parametrize("state", ["connected", "waiting", "reconnect", "paused"])
def test_an_organisation_that_is_in_use_cannot_be_stored_for_a_second_company(state: str) -> None:
    first = connected(operating_company("Northwind"), state)
    other = operating_company("Harbour")
    with pytest.raises(IntegrityError), transaction.atomic():
        connected(other)
    Connection.objects.filter(pk=first.pk).update(state="disconnected")
    connected(other)


@pytest.mark.parametrize("make", [sales_ledger, purchase_ledger, product])
def test_a_record_of_xeros_cannot_be_stored_twice_in_one_company_and_may_be_in_two(make: Any) -> None:
    company = operating_company("Northwind")
    make(company)
    with pytest.raises(IntegrityError), transaction.atomic():
        make(company)
    make(operating_company("Harbour"))
