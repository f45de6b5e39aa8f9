"""The customer's page and Xero's PDF of an invoice, fetched when somebody asks for them (issue: PU-4, IN-6)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import papers
from tests.sync.world import World, world
from tests.web.world import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=30, contacts=8, items=4), limits=False) as running:
        running.connect()
        running.sync()
        yield running


def invoice(state: str) -> SalesOrderHeader:
    found = SalesOrderHeader.objects.filter(kind="I", state=state).first()
    assert found is not None
    return found


def test_the_pdf_is_xeros_own_and_costs_one_call(here: World) -> None:
    header = invoice("invoiced")
    here.forget_calls()
    answer = browser_of(here.user).get(f"/invoices/{header.pk}/xero.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert [call["path"] for call in here.calls()] == [f"/api.xro/2.0/Invoices/{header.external_id}"]


def test_the_customers_page_of_an_approved_invoice_is_opened_where_its_books_are(here: World) -> None:
    header = invoice("invoiced")
    answer = browser_of(here.user).get(f"/invoices/{header.pk}/online")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{here.server.url}/")
    with urlopen(answer["Location"]) as page:
        assert header.number in page.read().decode()


def test_xeros_own_page_of_an_invoice_is_opened_at_xero(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://in.xero.com/a"
    monkeypatch.setattr("counterfoil.xero.client.XeroClient.online_invoice", lambda *_, **__: address)
    assert papers.online_invoice(here.connection, invoice("invoiced")) == address


def test_a_draft_has_no_page_for_the_customer_and_says_why(here: World) -> None:
    contact = invoice("invoiced").sales_ledger.ledger_id
    line = {"Description": "Oak", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": contact}, LineItems=[line])
    here.sync_all()
    answer = browser_of(here.user).get(f"/invoices/{invoice('pending').pk}/online", follow=True)
    assert "Xero makes one when the invoice is approved" in answer.content.decode()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html_200", "Xero did not give it just now"),
        ("503_offline", "Xero did not give it just now"),
        ("404_text", "Xero does not have this invoice any more, so there is no PDF of it."),
    ],
)
def test_what_xero_cannot_give_now_is_one_sentence_on_the_invoices_page(
    here: World, fault: str, said: str
) -> None:
    here.arm(fault, path="/Invoices/", count=0)
    answer = browser_of(here.user).get(f"/invoices/{invoice('invoiced').pk}/xero.pdf", follow=True)
    assert answer.status_code == 200
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "http://in.xero.com/a",
        "https://in.xero.com.evil.example/a",
        "https://evil.example/",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_xeros(
    here: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.xero.client.XeroClient.online_invoice", lambda *_, **__: address)
    with pytest.raises(papers.PaperRefused, match="not its own"):
        papers.online_invoice(here.connection, invoice("invoiced"))


def test_without_a_connection_it_says_so(here: World) -> None:
    here.disconnect()
    answer = browser_of(here.user).get(f"/invoices/{invoice('invoiced').pk}/xero.pdf", follow=True)
    assert "not connected to Xero now" in answer.content.decode()
