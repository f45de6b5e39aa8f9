"""pyxero, the community's client, works against the stand-in: it writes XML and filters with ``where``."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import xero.auth
from xero import Xero
from xero.auth import OAuth2Credentials
from xero.exceptions import XeroBadRequest, XeroNotFound

from counterfoil.sandbox.server import SandboxServer
from tests.contract.foreign_clients import REDIRECT, SCOPES, TODAY, foreign_app, stand_in


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with stand_in() as running:
        yield running


@pytest.fixture
def books(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Xero:
    return Xero(signed_in(server, monkeypatch))


def signed_in(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> OAuth2Credentials:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(xero.auth, "XERO_OAUTH2_TOKEN_URL", f"{server.url}/connect/token")
    app = foreign_app()
    credentials = OAuth2Credentials(app.client_id, app.secret, callback_uri=REDIRECT, scope=SCOPES)
    credentials.base_url = server.url
    credentials.verify(server.consent(credentials.generate_url()))
    credentials.set_default_tenant()
    return credentials


def test_it_refreshes_its_token(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = signed_in(server, monkeypatch)
    first = credentials.token["access_token"]
    credentials.refresh()
    assert credentials.token["access_token"] != first
    assert Xero(credentials).organisations.all()[0]["Name"] == "Tarn & Thistle Trading Ltd"


def test_it_reads_contacts_and_their_dates(books: Xero) -> None:
    contacts = books.contacts.all()
    assert len(contacts) == 111
    assert all(isinstance(contact["UpdatedDateUTC"], datetime) for contact in contacts)


def test_it_filters_invoices(books: Xero) -> None:
    drafts = books.invoices.filter(Status="DRAFT", Type="ACCREC")
    assert drafts
    assert {invoice["Status"] for invoice in drafts} == {"DRAFT"}


def test_it_asks_for_what_changed_since(books: Xero) -> None:
    recent = books.invoices.filter(since=datetime(2026, 11, 1, tzinfo=UTC))
    assert 0 < len(recent) < 679
    assert all(invoice["UpdatedDateUTC"] >= datetime(2026, 11, 1, tzinfo=UTC) for invoice in recent)


def test_it_pages(books: Xero) -> None:
    first, last = books.invoices.filter(page=1), books.invoices.filter(page=7)
    assert len(first) == 100
    assert len(last) == 79
    assert first[0]["LineItems"]


def test_it_creates_and_saves_a_contact(books: Xero) -> None:
    made = books.contacts.put({"Name": "Marsh & Meadow", "EmailAddress": "hello@marsh.example"})[0]
    made["FirstName"] = "Tamsin"
    books.contacts.save({"ContactID": made["ContactID"], "FirstName": "Tamsin"})
    assert books.contacts.get(made["ContactID"])[0]["FirstName"] == "Tamsin"


def test_it_makes_an_invoice_and_pays_it(books: Xero) -> None:
    contact = books.contacts.filter(Name="Foxglove Nurseries Ltd")[0]
    made = books.invoices.put(
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Status": "AUTHORISED",
            "DueDate": TODAY + timedelta(days=14),
            "LineItems": [{"Description": "Trug", "Quantity": 2, "UnitAmount": 34.5, "AccountCode": "200"}],
        }
    )[0]
    assert made["Total"] == 82.8
    payment = {
        "Invoice": {"InvoiceID": made["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": 82.8,
        "Date": TODAY,
    }
    books.payments.put(payment)
    assert books.invoices.get(made["InvoiceID"])[0]["Status"] == "PAID"


def test_a_refusal_arrives_with_its_reason(books: Xero) -> None:
    with pytest.raises(XeroBadRequest) as refused:
        books.contacts.put({"Name": "Foxglove Nurseries Ltd"})
    assert any("already assigned" in str(problem) for problem in refused.value.errors)


def test_an_unknown_record_is_not_found(books: Xero) -> None:
    with pytest.raises(XeroNotFound):
        books.invoices.get("00000000-0000-4000-8000-000000000001")
