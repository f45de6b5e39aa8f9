"""`verify` finds every difference and no other, and `repair` reads just those again (SY-11)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from counterfoil.crm.customers.models import Company, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import verify_work, verifying, work
from counterfoil.sync.models import ImportSettings, Link, StreamState
from counterfoil.sync.verify_models import Difference, Verification
from tests.sync.picture import picture
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=30, contacts=12, items=12), limits=False) as running:
        running.connect()
        running.sync()
        running.forget_calls()
        yield running


def verify(here: World) -> Verification:
    wanted = verifying.verify_request(here.connection, actor=here.user, at=work.now())
    return verify_work.verify_run(wanted.pk)


def repair(found: Verification) -> Verification:
    verify_work.repair_request(found, at=work.now())
    return verify_work.verify_run(found.pk)


def open_differences(found: Verification) -> list[Difference]:
    return list(Difference.objects.filter(verification=found, repaired_at=None))


@pytest.mark.rule("SY-11")
def test_after_a_clean_pass_there_is_no_difference_and_nothing_is_written(here: World) -> None:
    before = picture()
    found = verify(here)
    assert (found.state, found.problem) == ("done", "")
    assert not open_differences(found)
    compared = {row["stream"]: row["compared"] for row in found.streams}
    assert compared["invoices"] == here.invoices_there()
    assert compared["contacts"] == len(here.store.contacts.rows)
    assert picture() == before


def corrupt(here: World) -> dict[str, Any]:
    """One kind of damage in each stream that has records; returns what is to be found."""
    header = SalesOrderHeader.objects.filter(kind="I").order_by("pk").first()
    line = SalesTransaction.objects.filter(kind="I").order_by("-pk").first()
    assert header is not None
    assert line is not None
    ledger = SalesLedger.objects.order_by("pk").first()
    item = ProductItem.objects.order_by("pk").first()
    code = AnalysisCode.objects.order_by("pk").first()
    assert ledger is not None
    assert item is not None
    assert code is not None
    SalesOrderHeader.objects.filter(pk=header.pk).update(total=F("total") + Decimal("0.01"))
    SalesTransaction.objects.filter(pk=line.pk).delete()
    SalesLedger.objects.filter(pk=ledger.pk).update(email="wrong@example.com")
    ProductItem.objects.filter(pk=item.pk).update(selling_price=Decimal("1.2345"))
    AnalysisCode.objects.filter(pk=code.pk).update(name="Something else")
    return {
        "invoices": {(header.external_id, "total"), (line.header.external_id, "")},
        "contacts": {(ledger.ledger_id, "email")},
        "items": {(item.external_id, "selling_price")},
        "accounts": {(code.external_id, "name")},
    }


@pytest.mark.rule("SY-11")
def test_each_planted_difference_is_named_by_stream_record_field_and_both_values(here: World) -> None:
    planted = corrupt(here)
    found = open_differences(verify(here))
    told: dict[str, set[tuple[str, str]]] = {}
    for one in found:
        told.setdefault(one.stream, set()).add((one.xero_id, one.field))
    assert told == planted
    mail = next(one for one in found if one.field == "email")
    assert mail.ours == "wrong@example.com"
    assert mail.theirs != mail.ours
    assert mail.wins == "xero"
    assert mail.label == SalesLedger.objects.get(ledger_id=mail.xero_id).name


@pytest.mark.rule("SY-11")
def test_repair_reads_just_those_and_leaves_none(here: World) -> None:
    before = picture()
    corrupt(here)
    found = verify(here)
    here.forget_calls()
    repaired = repair(found)
    assert repaired.problem == ""
    assert not open_differences(found)
    assert picture() == before
    by_id = [call for call in here.calls() if "IDs=" in call["query"]]
    assert len(by_id) == 2  # invoices and contacts, once each
    assert not open_differences(verify(here))


@pytest.mark.rule("SY-11")
def test_what_xero_does_not_give_again_is_not_called_repaired(here: World) -> None:
    header = SalesOrderHeader.objects.filter(kind="I").order_by("pk").first()
    assert header is not None
    SalesOrderHeader.objects.filter(pk=header.pk).update(total=F("total") + 1)
    found = verify(here)
    made = {"verification": found, "stream": "invoices", "side": "aside", "wins": "person"}
    Difference.objects.create(xero_id="unknown-00ff", **made)
    here.arm("custom", path=r"/Invoices\?.*IDs=", count=0, params={"body": {"Invoices": []}})
    assert repair(found).problem == ""
    assert {one.xero_id for one in open_differences(found)} == {header.external_id, "unknown-00ff"}
    here.server.edge.faults.clear()
    repair(found)
    assert {one.xero_id for one in open_differences(found)} == {"unknown-00ff"}


@pytest.mark.rule("SY-11")
def test_a_whole_record_on_one_side_only_is_told(here: World) -> None:
    header = SalesOrderHeader.objects.filter(kind="I").order_by("pk").first()
    assert header is not None
    lost = header.external_id
    header.lines.all().delete()
    header.delete()
    ImportSettings.objects.update_or_create(
        operating_company=here.company, defaults={"import_unflagged": True}
    )
    gone = actions.contact_add(here.organisation, Name="Here and gone")
    here.sync_all()
    assert SalesLedger.objects.filter(ledger_id=gone).exists()
    actions.contact_delete(here.organisation, gone)
    found = {(one.stream, one.xero_id): one.side for one in open_differences(verify(here))}
    assert found["invoices", lost] == "xero"
    assert found["contacts", gone] == "here"


@pytest.mark.rule("SY-11", "SY-12")
def test_what_belongs_to_crm_users_is_no_difference(here: World) -> None:
    company = Company.objects.order_by("pk").first()
    assert company is not None
    Company.objects.filter(pk=company.pk).update(name="As we call them", named_by_user=True)
    SalesLedger.objects.update(b2c="b2b", b2c_by_user=True, credit_limit=Decimal(100))
    ProductItem.objects.update(barcode="501", product_group="Ours")
    assert not open_differences(verify(here))


@pytest.mark.rule("SY-11")
def test_what_a_pass_has_not_read_yet_is_on_its_way_and_no_difference(here: World, monkeypatch: Any) -> None:
    ledger = SalesLedger.objects.exclude(ledger_id=None).order_by("pk").first()
    assert ledger is not None
    monkeypatch.setattr(verify_work, "pass_run", lambda *_, **__: None)
    cursor = StreamState.objects.get(connection=here.connection, stream="contacts").cursor_ms
    actions.contact_edit(here.organisation, str(ledger.ledger_id), EmailAddress="new@example.com")
    found = verify(here)
    contacts = next(row for row in found.streams if row["stream"] == "contacts")
    assert contacts["newer"] == 1
    assert contacts["differences"] == 0
    assert StreamState.objects.get(connection=here.connection, stream="contacts").cursor_ms == cursor


@pytest.mark.rule("SY-11")
def test_a_comparison_that_is_cut_off_changes_nothing_and_says_why(here: World) -> None:
    links = list(Link.objects.order_by("pk").values_list("pk", "fingerprint"))
    here.arm("html_502", path="/api.xro/2.0/Items", count=0)
    found = verify(here)
    assert found.state == "failed"
    assert found.problem
    assert list(Link.objects.order_by("pk").values_list("pk", "fingerprint")) == links
