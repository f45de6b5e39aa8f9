"""Every stream and every single record of the UK books fits Xero's description."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from counterfoil.sandbox.resources import Request, Response, answer
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.world import Organisation, World
from tests.contract.openapi import assert_answer_fits, needs_description

pytestmark = needs_description

PAGED = ["Contacts", "Invoices", "CreditNotes", "PurchaseOrders", "Payments"]
WHOLE = [
    "Organisation",
    "Organisation/Actions",
    "Accounts",
    "TaxRates",
    "Currencies",
    "BrandingThemes",
    "TrackingCategories",
    "ContactGroups",
    "Items",
    "Users",
]
IDS = {
    "Contacts": "ContactID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "PurchaseOrders": "PurchaseOrderID",
    "Payments": "PaymentID",
    "Items": "ItemID",
    "Accounts": "AccountID",
    "ContactGroups": "ContactGroupID",
    "TrackingCategories": "TrackingCategoryID",
}


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    for data in load("uk", today=date(2026, 11, 21)):
        made.organisation_add(data)
    return made


def organisation(world: World) -> Organisation:
    return next(iter(world.organisations.values()))


def get(world: World, path: str, **query: str) -> Response:
    request = Request("GET", path, query, {"accept": "application/json"})
    return answer(world, organisation(world), request)


def records(response: Response, resource: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(response.body)[resource]
    return found


def pages(world: World, resource: str) -> Iterator[Response]:
    number = 1
    while True:
        page = get(world, resource, page=str(number), includeArchived="true", unitdp="4")
        if not records(page, resource):
            return
        yield page
        number += 1


@pytest.mark.parametrize("resource", [*PAGED, *WHOLE])
def test_the_whole_list_fits(world: World, resource: str) -> None:
    response = get(world, resource)
    assert response.status == 200
    assert_answer_fits("GET", resource, 200, response.body)


@pytest.mark.parametrize("resource", PAGED)
def test_every_page_fits(world: World, resource: str) -> None:
    for page in pages(world, resource):
        assert_answer_fits("GET", resource, page.status, page.body)


@pytest.mark.parametrize("resource", IDS)
def test_single_records_of_every_status_fit(world: World, resource: str) -> None:
    seen: set[tuple[object, object]] = set()
    for record in records(get(world, resource, includeArchived="true"), resource):
        kind = (
            record.get("Type") or record.get("PaymentType"),
            record.get("Status") or record.get("ContactStatus"),
        )
        if kind not in seen:
            seen.add(kind)
            single = get(world, f"{resource}/{record[IDS[resource]]}")
            assert single.status == 200
            assert_answer_fits("GET", f"{resource}/{record[IDS[resource]]}", 200, single.body)
    assert seen
