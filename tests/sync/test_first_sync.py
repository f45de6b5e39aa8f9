"""The first sync brings everything in, and the next one brings nothing."""

import datetime as dt

import pytest

from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox.seeds import load
from counterfoil.sync import work
from counterfoil.sync.meters import meters_of
from counterfoil.sync.models import Connection, SetAside
from tests.sync.world import world

pytestmark = pytest.mark.django_db

ORDER = [
    "tax_rates",
    "currencies",
    "accounts",
    "branding_themes",
    "contacts",
    "items",
    "invoices",
    "credit_notes",
    "purchase_orders",
]


@pytest.mark.rule("SY-1")
def test_everything_the_organisation_has_is_in_the_crm_afterwards() -> None:
    with world(load("uk")) as here:
        here.connect()
        run = here.sync()
        assert (run.state, run.problem) == ("done", "")
        assert [row["stream"] for row in run.progress] == ORDER
        assert not SetAside.objects.exists()
        assert SalesOrderHeader.objects.filter(kind="I").count() == 600
        assert ProductItem.objects.count() == len(here.store.items)
        assert PurchaseOrderHeader.objects.count() == len(here.store.purchase_orders)
        assert SalesLedger.objects.exists()
        assert PurchaseLedger.objects.exists()


@pytest.mark.rule("SY-4")
def test_a_second_pass_over_an_unchanged_organisation_writes_nothing_and_asks_once_per_stream() -> None:
    with world(load("uk")) as here:
        here.connect()
        here.sync()
        here.forget_calls()
        again = here.sync_all()
        assert [row["written"] for row in again.progress] == [0] * len(again.progress)
        assert len(here.calls()) == len(ORDER)


@pytest.mark.rule("SY-3", "ST-2")
def test_who_watches_sees_how_much_of_the_minute_is_used_while_it_runs() -> None:
    used: list[int] = []

    def clock() -> dt.datetime:
        """Asked at each page, within the pass."""
        at = work.now()
        used.append(meters_of(Connection.objects.get(), at).minute_used)
        return at

    with world(load("uk")) as here:
        here.connect()
        run = here.sync(clock=clock)
    assert used[0] == 0
    assert (
        max(used) > run.calls // 2
    )  # answers overtake each other, so not all may be counted at the last page
