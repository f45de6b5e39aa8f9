"""A recorded organisation becomes a seed, and the stand-in gives back what Xero had said."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.world import World

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
needs_recordings = pytest.mark.skipif(
    not RECORDED.exists(), reason="the recordings are not beside the repository"
)


def write(folder: Path, name: str, value: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


def organisation_answer() -> dict[str, Any]:
    return {
        "Organisations": [
            {
                "OrganisationID": "o1",
                "Name": "Small",
                "BaseCurrency": "GBP",
                "CreatedDateUTC": "/Date(1661500186077)/",
            }
        ]
    }


def seeded(folder: Path) -> SeedData:
    (data,) = load("recorded", recorded=folder)
    return data


def test_dates_become_dates_and_stamps_become_moments(tmp_path: Path) -> None:
    write(tmp_path, "organisation", organisation_answer())
    invoice = {
        "InvoiceID": "i1",
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": "c1", "Name": "Only on the invoice"},
        "Date": "/Date(1659398400000+0000)/",
        "DateString": "2022-08-02T00:00:00",
        "UpdatedDateUTC": "/Date(1659472064663+0000)/",
        "Total": 5.25,
        "LineItems": [],
    }
    write(tmp_path, "invoices", {"Id": "x", "Status": "OK", "Invoices": [invoice]})
    data = seeded(tmp_path)
    (read,) = data.invoices
    assert read["Date"].isoformat() == "2022-08-02"
    assert read["UpdatedDateUTC"].isoformat() == "2022-08-02T20:27:44.663000+00:00"
    assert "DateString" not in read
    assert read["Total"] == Decimal("5.25")
    assert [contact["Name"] for contact in data.contacts] == ["Only on the invoice"]


def test_a_record_in_two_files_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "organisation", organisation_answer())
    for name in ("page-1", "page-2"):
        write(tmp_path, name, {"Contacts": [{"ContactID": "c1", "Name": "Twice"}]})
    assert len(list(seeded(tmp_path).contacts)) == 1


def test_a_folder_without_an_organisation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No recorded organisation"):
        seeded(tmp_path)


def test_no_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a folder"):
        load("recorded")


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.organisation_add(seeded(RECORDED))
    return made


def served(world: World, path: str) -> list[dict[str, Any]]:
    request = Request("GET", path, {"includeArchived": "true"}, {"accept": "application/json"})
    response = answer(world, next(iter(world.organisations.values())), request)
    found: list[dict[str, Any]] = json.loads(response.body)[path]
    return found


def recorded(name: str, collection: str) -> list[dict[str, Any]]:
    document = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    answers = document if isinstance(document, list) else [document]
    return [record for one in answers for record in one[collection]]


@needs_recordings
@pytest.mark.parametrize(
    ("name", "collection", "key", "passing"),
    [
        ("accounts", "Accounts", "AccountID", set()),
        ("items", "Items", "ItemID", set()),
        ("tax-rates", "TaxRates", "TaxType", set()),
        ("tracking-categories", "TrackingCategories", "TrackingCategoryID", set()),
        # Flags and balances follow from documents, and almost none were recorded; the last is documented nowhere.
        ("contacts", "Contacts", "ContactID", {"Balances", "IsCustomer", "IsSupplier", "SkypeUserName"}),
    ],
)
def test_the_stand_in_says_what_xero_said(
    world: World, name: str, collection: str, key: str, passing: set[str]
) -> None:
    by_key = {record[key]: record for record in served(world, collection)}
    for record in recorded(name, collection):
        told = by_key[record[key]]
        for field in record.keys() - passing:
            assert _comparable(told.get(field)) == _comparable(record[field]), (record[key], field)


def _comparable(value: Any) -> Any:
    """Lists by content: phones, addresses and components come in any order (xero-facts 3.3)."""
    if isinstance(value, list):
        return sorted(json.dumps(entry, sort_keys=True) for entry in value)
    return value
