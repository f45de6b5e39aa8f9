"""Lists that Xero gives whole: what they lack is gone, unless the list cannot be believed, and may come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sandbox.seeds import load
from counterfoil.sync import services, work
from counterfoil.sync.models import SetAside, StreamState
from tests.sync.spoiled import body_of, spoil
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        yield running


@pytest.mark.rule("PR-8", "SY-6")
@pytest.mark.failure("P15")
def test_an_empty_list_of_items_withdraws_nothing() -> None:
    with world(load("global", invoices=2, contacts=3, items=14), limits=False) as here:
        here.connect()
        here.sync()
        here.arm("custom", path=r"/Items", params={"body": {"Items": []}})
        run = here.sync_all()
        row = next(row for row in run.progress if row["stream"] == "items")
        assert row["state"] == "failed"
        assert "looks like a fault" in row["problem"]
        assert not ProductItem.objects.filter(is_withdrawn=True).exists()
        here.sync_all()
        assert StreamState.objects.get(stream="items").problem == ""


@pytest.mark.rule("PR-8", "SY-10")
@pytest.mark.parametrize(
    ("collection", "change", "gone"),
    [
        ("Items", {"SalesDetails": "free"}, lambda: ProductItem.objects.filter(is_withdrawn=True)),
        ("Accounts", {"Name": ["Sales"]}, lambda: AnalysisCode.objects.filter(status="GONE")),
        ("TaxRates", {"EffectiveRate": "a fifth"}, lambda: TaxCode.objects.filter(status="GONE")),
    ],
    ids=["items", "accounts", "tax rates"],
)
def test_a_record_that_cannot_be_read_is_not_taken_for_gone(
    collection: str, change: dict[str, Any], gone: Any
) -> None:
    with world(load("global", invoices=2, contacts=3, items=14), limits=False) as here:
        here.connect()
        here.sync()
        key = spoil(here, collection, change, times=0)
        here.server.world.clock.advance(25 * 3600)
        assert here.sync_all().state == "done"
        assert SetAside.objects.get().xero_id == key
        assert not gone().exists()


@pytest.mark.rule("TX-1", "TX-3", "SY-4")
@pytest.mark.parametrize(
    ("collection", "kept"),
    [
        ("Accounts", lambda: set(AnalysisCode.objects.filter(is_active=True).values_list("code", flat=True))),
        ("TaxRates", lambda: set(TaxCode.objects.filter(is_active=True).values_list("tax_type", flat=True))),
        ("Currencies", lambda: set(Currency.objects.values_list("code", flat=True))),
        ("BrandingThemes", lambda: set(BrandingTheme.objects.values_list("name", flat=True))),
    ],
    ids=["accounts", "tax rates", "currencies", "branding themes"],
)
def test_what_a_whole_list_lacked_once_comes_back_as_it_was(here: World, collection: str, kept: Any) -> None:
    here.sync()
    before = kept()
    page = body_of(here, f"/{collection}")
    page[collection] = page[collection][:1]
    here.arm("custom", path=rf"/{collection}(\?|$)", params={"body": page})
    here.sync_all()
    assert kept() < before
    here.sync_all()
    assert kept() == before


@pytest.mark.rule("TX-3")
@pytest.mark.parametrize("model", [SalesLedger, PurchaseLedger, SalesOrderHeader, PurchaseOrderHeader])
def test_a_currency_that_is_gone_stays_while_anything_is_in_it(here: World, model: Any) -> None:
    here.sync()
    page = body_of(here, "/Currencies")
    page["Currencies"] += [{"Code": "CZK", "Description": "Koruna"}, {"Code": "HUF", "Description": "Forint"}]
    here.arm("custom", path=r"/Currencies", params={"body": page})
    here.sync_all()
    assert Currency.objects.filter(code__in=["CZK", "HUF"]).count() == 2
    row = model.objects.all()[0]
    model.objects.filter(pk=row.pk).update(currency="CZK")
    here.sync_all()
    assert list(Currency.objects.filter(code__in=["CZK", "HUF"]).values_list("code", flat=True)) == ["CZK"]


@pytest.mark.rule("PR-8", "SY-9")
def test_a_clear_out_is_believed_once_after_a_person_has_said_so() -> None:
    with world(load("global", invoices=2, contacts=3, items=14), limits=False) as here:
        here.connect()
        here.sync()
        sold = ProductItem.objects.count()
        here.arm("custom", path=r"/Items", count=0, params={"body": {"Items": []}})
        here.sync_all()
        assert "choose Read again for products" in StreamState.objects.get(stream="items").problem
        here.sync_all()
        assert not ProductItem.objects.filter(is_withdrawn=True).exists()

        assert services.stream_reset(here.connection, "items", actor=here.user, at=work.now())
        here.sync()
        assert ProductItem.objects.filter(is_withdrawn=True).count() == sold
        assert "is to be withdrawn" in AuditEntry.objects.get(action="sync.stream_reset").summary
        assert StreamState.objects.get(stream="items").problem == ""

        here.server.edge.faults.clear()
        here.sync_all()
        assert not ProductItem.objects.filter(is_withdrawn=True).exists()
        here.arm("custom", path=r"/Items", params={"body": {"Items": []}})
        here.sync_all()
        assert not ProductItem.objects.filter(is_withdrawn=True).exists()


@pytest.mark.rule("PR-8", "SY-9")
def test_a_reset_without_such_a_warning_believes_no_clear_out() -> None:
    with world(load("global", invoices=2, contacts=3, items=14), limits=False) as here:
        here.connect()
        here.sync()
        assert not services.stream_reset(here.connection, "items", actor=here.user, at=work.now())
        here.arm("custom", path=r"/Items", params={"body": {"Items": []}})
        here.sync()
        assert not ProductItem.objects.filter(is_withdrawn=True).exists()


@pytest.mark.rule("PR-1", "IN-3")
def test_a_product_that_comes_later_than_its_lines_is_theirs_with_its_pass() -> None:
    with world(load("global", invoices=20, contacts=10, items=40), limits=False) as here:
        here.connect()
        page = body_of(here, "/Items?unitdp=4")
        sold = {
            line.get("ItemCode")
            for invoice in body_of(here, "/Invoices?page=1&pageSize=1000&unitdp=4")["Invoices"]
            if invoice["Type"] == "ACCREC"
            for line in invoice["LineItems"]
        } - {None}
        late = next(item["Code"] for item in page["Items"] if item["Code"] in sold)
        page["Items"] = [item for item in page["Items"] if item["Code"] != late]
        here.arm("custom", path=r"/Items", params={"body": page})
        here.sync()
        lines = SalesTransaction.objects.filter(item_code=late)
        assert set(lines.values_list("product__code", flat=True)) == {None}
        here.sync_all()
        assert set(lines.values_list("product__code", flat=True)) == {late}
