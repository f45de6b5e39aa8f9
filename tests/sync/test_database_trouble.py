"""The database fails in the middle of a page: no record is at fault, so none is set aside, and the next pass brings all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sync.models import SetAside
from tests.sync.world import world

pytestmark = pytest.mark.django_db


class OutOfOrder:
    """Every statement that is about a table fails."""

    def __init__(self, table: str) -> None:
        self.table = f'"{table}"'
        self.times = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if self.table in str(sql):
            self.times += 1
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)


@pytest.mark.rule("SY-10", "SY-4")
def test_a_full_disk_is_no_records_fault_and_costs_none() -> None:
    with world(limits=False) as here:
        here.connect()
        here.sync()
        line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
        contact = str(SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None)[0].ledger_id)
        given = {"Type": "ACCREC", "Contact": {"ContactID": contact}}
        keys = [actions.invoice_add(here.organisation, LineItems=[line], **given) for _ in range(2)]
        here.sync_all()
        for key in keys:
            actions.invoice_edit(here.organisation, key, LineItems=[line | {"UnitAmount": 70}])
        trouble = OutOfOrder(SalesTransaction._meta.db_table)
        with connection.execute_wrapper(trouble):
            run = here.sync_all()
        assert (run.state, trouble.times) == ("waiting", 1)
        assert "Everything read so far is stored" in run.problem
        assert not SetAside.objects.exists()
        assert here.sync().state == "done"
        nets = SalesTransaction.objects.filter(header__external_id__in=keys).values_list("net", flat=True)
        assert list(nets) == [70, 70]
