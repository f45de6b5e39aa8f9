"""Values of Xero's lists that this version has never heard of: kept where a rule says how, else set aside; the pass
goes on, the neighbours arrive, and somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.core.money import to_penny
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.finance.listing import ANALYSIS_CODES
from counterfoil.crm.finance.models import AnalysisCode, TaxCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.reports.sales import sales_by
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import selectors, work
from counterfoil.sync.models import SetAside
from tests.sync.spoiled import spoil
from tests.sync.world import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SY-10")]

NEVER_HEARD = "QUANTUM"


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=12, contacts=8, items=14), limits=False) as running:
        running.connect()
        yield running


SET_ASIDE = [
    ("Contacts", {"ContactStatus": NEVER_HEARD}, "contacts"),
    ("Invoices", {"LineAmountTypes": NEVER_HEARD}, "invoices"),
    ("CreditNotes", {"LineAmountTypes": NEVER_HEARD}, "credit_notes"),
    ("PurchaseOrders", {"LineAmountTypes": NEVER_HEARD}, "purchase_orders"),
    ("Invoices", {"Type": None}, "invoices"),
    ("Currencies", {"Code": NEVER_HEARD}, "currencies"),
]


@pytest.mark.parametrize(("collection", "change", "stream"), SET_ASIDE, ids=str)
def test_what_cannot_be_understood_is_set_aside_and_named(
    here: World, collection: str, change: dict[str, Any], stream: str
) -> None:
    key = actions.contact_add(here.organisation, Name="Alone Ltd") if collection == "Contacts" else ""
    spoil(here, collection, change, times=0, key=key)
    run = here.sync()
    assert run.state == "done"
    rows = {row["stream"]: row for row in run.progress}
    assert {row["state"] for row in rows.values()} == {"done"}
    item = SetAside.objects.get()
    assert item.stream == stream
    assert rows[stream]["set_aside"] == 1
    if wrong := next(iter(change.values())):
        assert wrong in item.reason
        assert wrong in item.raw
    assert selectors.light(here.company, work.now())[0] == "amber"


def test_an_unknown_status_of_an_invoice_or_credit_note_is_kept_and_left_out_of_reports(here: World) -> None:
    for collection in ("Invoices", "CreditNotes"):
        spoil(here, collection, {"Status": NEVER_HEARD}, times=0)
    assert here.sync().state == "done"
    kept = SalesOrderHeader.objects.filter(status=NEVER_HEARD)
    assert kept.count() == 2
    assert set(kept.values_list("state", "is_reported", "is_paid")) == {("unknown", False, False)}
    assert here.invoices_stored() == here.invoices_there()
    confirmed = SalesOrderHeader.objects.filter(state="invoiced")
    assert sum(month.net for month in sales_by(here.company.pk, {}, "month")) == sum(
        to_penny(header.home_net) for header in confirmed
    )


def test_an_unknown_status_of_a_purchase_order_is_kept_as_such(here: World) -> None:
    spoil(here, "PurchaseOrders", {"Status": NEVER_HEARD}, times=0)
    assert here.sync().state == "done"
    assert PurchaseOrderHeader.objects.get(status=NEVER_HEARD).state == "unknown"


def test_a_tax_rate_of_an_unknown_status_is_kept_and_not_offered(here: World) -> None:
    tax_type = spoil(here, "TaxRates", {"Status": NEVER_HEARD, "ReportTaxType": NEVER_HEARD}, times=0)
    assert here.sync().state == "done"
    assert TaxCode.objects.get(tax_type=tax_type).is_active is False


def test_an_account_of_an_unknown_type_and_class_is_kept_under_its_own_words(here: World) -> None:
    spoil(
        here, "Accounts", {"Type": NEVER_HEARD, "Class": NEVER_HEARD, "SystemAccount": NEVER_HEARD}, times=0
    )
    assert here.sync().state == "done"
    kept = AnalysisCode.objects.get(account_type=NEVER_HEARD)
    assert kept.account_class == NEVER_HEARD
    page, _ = ANALYSIS_CODES.page(here.company.pk, {}, sort="code", descending=False, number=1, size=50)
    assert kept.pk in {row.pk for row in page.rows}


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("Contacts", {"PaymentTerms": {"Sales": {"Type": NEVER_HEARD, "Day": 3}}}),
        ("Contacts", {"Addresses": [{"AddressType": NEVER_HEARD, "AddressLine1": "1 Moon Road"}]}),
        ("Contacts", {"Phones": [{"PhoneType": NEVER_HEARD, "PhoneNumber": "1"}]}),
        ("Contacts", {"SalesDefaultLineAmountType": NEVER_HEARD}),
        ("Items", {"SalesDetails": {"UnitPrice": 1, "TaxType": NEVER_HEARD}}),
        ("Invoices", {"BrandingThemeID": NEVER_HEARD}),
        ("BrandingThemes", {"Type": NEVER_HEARD}),
    ],
    ids=str,
)
def test_unknown_kinds_of_details_cost_nothing_but_themselves(
    here: World, collection: str, change: dict[str, Any]
) -> None:
    spoil(here, collection, change, times=0)
    assert here.sync().state == "done"
    assert not SetAside.objects.exists()
    assert here.invoices_stored() == here.invoices_there()
    assert SalesLedger.objects.exists()
    assert ProductItem.objects.count() == len(here.store.items.rows)
