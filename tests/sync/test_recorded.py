"""A recorded organisation syncs with nothing set aside, and every count equals the stand-in's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.sandbox.seeds import load
from counterfoil.sync.models import Link, SetAside
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
STAMP = "/Date(1659472064663+0000)/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The recordings beside the repository, or a folder of the same shape."""
    if RECORDED.exists():
        return RECORDED
    for name, value in SMALL.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    return tmp_path


def contact(number: int, **changes: Any) -> dict[str, Any]:
    key = f"cccccccc-0000-4000-8000-{number:012d}"
    return {
        "ContactID": key,
        "Name": f"Name {number}",
        "ContactStatus": "ACTIVE",
        "UpdatedDateUTC": STAMP,
    } | changes


SMALL: dict[str, dict[str, Any]] = {
    "organisation": {
        "Organisations": [
            {
                "OrganisationID": "0f0f0f0f-0000-4000-8000-000000000001",
                "Name": "Small",
                "BaseCurrency": "USD",
                "CountryCode": "US",
                "CreatedDateUTC": "/Date(1661500186077)/",
            }
        ]
    },
    "contacts": {
        "Contacts": [
            contact(1, IsCustomer=True, EmailAddress="", Phones=[], Addresses=[{"AddressType": "POBOX"}]),
            contact(2, IsSupplier=True, Balances=None),
            contact(3, IsCustomer=True, IsSupplier=True),
            contact(4, IsCustomer=True, ContactStatus="ARCHIVED"),
        ]
    },
    "accounts": {
        "Accounts": [
            {
                "AccountID": "aaaaaaaa-0000-4000-8000-000000000200",
                "Code": "200",
                "Name": "Sales",
                "Type": "REVENUE",
                "Status": "ACTIVE",
                "UpdatedDateUTC": STAMP,
            }
        ]
    },
    "items": {
        "Items": [
            {
                "ItemID": "77777777-0000-4000-8000-000000000001",
                "Code": "A",
                "Name": "Anvil",
                "IsSold": True,
                "SalesDetails": {"UnitPrice": 0.1648, "AccountCode": "200"},
                "UpdatedDateUTC": STAMP,
            }
        ]
    },
}


@pytest.mark.rule("SY-1", "SY-10", "SY-2")
def test_a_recorded_organisation_arrives_whole(folder: Path) -> None:
    with world(load("recorded", recorded=folder), limits=False) as here:
        here.connect()
        run = here.sync()
        assert (run.state, run.problem) == ("done", "")
        assert not SetAside.objects.exists()
        assert ProductItem.objects.count() == len(here.store.items)
        assert AnalysisCode.objects.count() == len(here.store.accounts)
        seen = Link.objects.filter(stream="contacts")
        assert seen.count() == len(here.store.contacts)
        taken = {str(key) for model in (SalesLedger, PurchaseLedger) for key in ledger_ids(model)}
        assert taken == set(seen.filter(outcome="").values_list("xero_id", flat=True))
        assert here.invoices_stored() == here.invoices_there()
        assert_idle(here)


def ledger_ids(model: type[SalesLedger | PurchaseLedger]) -> list[str]:
    return list(model.objects.exclude(ledger_id=None).values_list("ledger_id", flat=True))


def assert_idle(here: World) -> None:
    """Read again, nothing is written."""
    assert sum(row["written"] for row in here.sync_all().progress) == 0
