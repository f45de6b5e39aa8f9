"""Which day it is: the organisation's, whoever looks and from wherever (IN-5)."""

import datetime as dt

import pytest

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.quotes.models import Quote
from tests import builders
from tests.web import world

NOON_IN_LONDON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)  # and the small hours of the 21st in Auckland
MIDNIGHT_IN_LONDON = dt.datetime(2026, 11, 21, 0, 5, tzinfo=dt.UTC)  # and still the 20th in New York


@pytest.fixture
def at(monkeypatch):
    def turn(moment: dt.datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    turn(NOON_IN_LONDON)
    return turn


@pytest.fixture
def looking_from(company, at):
    """Somebody of a company in London whose own clock shows another zone."""
    OperatingCompany.objects.filter(pk=company.pk).update(time_zone="Europe/London")

    def somebody(zone: str):
        user = world.member(company, email=f"{zone}@example.com".replace("/", "."))
        client = world.browser_of(user)
        client.post("/preferences/", {"theme": "auto", "time_zone": zone})
        return client

    return somebody


def overdue(client, ledger, invoice) -> list[bool]:
    """Whether list, filter, ageing, invoice page and customer page hold it for overdue."""
    pages = (
        "/invoices/",
        f"/invoices/{invoice.pk}/",
        f"/customers/{ledger.pk}/",
    )
    said = ["1 day overdue" in client.get(page).content.decode() for page in pages]
    filtered = client.get("/invoices/", {"status": "overdue"}).content.decode()
    aged = client.get("/invoices/", {"customer": ledger.pk, "aged": "2"}).content.decode()
    return [*said, "INV-DUE" in filtered, "INV-DUE" in aged]


@pytest.mark.rule("IN-5")
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/London", "America/New_York"])
def test_an_invoice_is_overdue_by_the_organisations_day_wherever_one_looks_from(
    company, looking_from, at, zone
):
    ledger = world.customer(company)
    invoice = world.document(ledger, "INV-DUE", due_date=dt.date(2026, 11, 20))
    client = looking_from(zone)
    assert overdue(client, ledger, invoice) == [False] * 5
    at(MIDNIGHT_IN_LONDON)
    assert overdue(client, ledger, invoice) == [True] * 5


def test_a_purchase_order_is_late_by_the_organisations_day(company, looking_from, at):
    order = world.purchase_order(builders.purchase_ledger(company), delivery_date=dt.date(2026, 11, 20))
    client = looking_from("Pacific/Auckland")
    pages = ("/purchase-orders/", f"/purchase-orders/{order.pk}/")
    assert ["1 day late" in client.get(page).content.decode() for page in pages] == [False, False]
    at(MIDNIGHT_IN_LONDON)
    assert ["1 day late" in client.get(page).content.decode() for page in pages] == [True, True]


def test_a_quote_is_dated_by_the_organisations_day(company, looking_from):
    ledger = world.customer(company)
    looking_from("Pacific/Auckland").post("/quotes/new/", {"customer": ledger.pk})
    assert Quote.objects.get().date == dt.date(2026, 11, 20)
