"""Xero's own Python SDK works against the stand-in: consent, refresh, reads and writes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from xero_python import accounting
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, NotFoundException
from xero_python.identity import IdentityApi

from counterfoil.sandbox.server import SandboxServer
from tests.contract.foreign_clients import REDIRECT, SCOPES, TODAY, code_in, foreign_app, stand_in


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with stand_in() as running:
        yield running


class Books:
    """The SDK, signed in, with the organisation its consent was for."""

    def __init__(self, server: SandboxServer) -> None:
        self.token = consented(server)
        app = foreign_app()
        configuration = Configuration()
        # Set here: the SDK keeps the first configuration of a process and gives everybody a copy of that one.
        configuration.oauth2_token = OAuth2Token(app.client_id, app.secret)
        client = ApiClient(configuration)
        client.oauth2_token_getter(lambda: self.token)
        client.oauth2_token_saver(self.keep)
        self.client = client
        self.api = AccountingApi(client, base_url=f"{server.url}/api.xro/2.0")
        connections = IdentityApi(client, base_url=server.url).get_connections()
        self.tenant = connections[0].tenant_id

    def keep(self, token: dict[str, Any]) -> None:
        self.token = token

    def contact(self) -> Any:
        found = self.api.get_contacts(self.tenant, where='Name=="Foxglove Nurseries Ltd"')
        return found.contacts[0]

    def invoice_drafted(self, **changes: Any) -> Any:
        line = accounting.LineItem(
            description="Stoneware mug",
            quantity=3,
            unit_amount=Decimal("7.95"),
            account_code="200",
            tax_type="OUTPUT2",
        )
        given = {"status": "DRAFT"} | changes
        invoice = accounting.Invoice(
            type="ACCREC",
            contact=accounting.Contact(contact_id=self.contact().contact_id),
            line_items=[line],
            date=TODAY,
            due_date=TODAY + timedelta(days=30),
            **given,
        )
        return self.api.create_invoices(
            self.tenant, accounting.Invoices(invoices=[invoice]), unitdp=4
        ).invoices[0]


@pytest.fixture
def books(server: SandboxServer) -> Books:
    return Books(server)


def consented(server: SandboxServer) -> dict[str, Any]:
    app = foreign_app()
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": REDIRECT,
        "scope": " ".join(SCOPES),
        "state": "s",
    }
    back = server.consent(f"{server.url}/identity/connect/authorize?{urlencode(asked)}")
    form = {"grant_type": "authorization_code", "code": code_in(back), "redirect_uri": REDIRECT}
    answer = requests.post(
        f"{server.url}/connect/token", data=form, auth=(app.client_id, app.secret), timeout=10
    )
    token: dict[str, Any] = answer.json()
    return token | {"scope": token["scope"].split()}


def test_it_reads_every_stream(books: Books) -> None:
    api, tenant = books.api, books.tenant
    assert api.get_organisations(tenant).organisations[0].base_currency.value == "GBP"
    assert len(api.get_contacts(tenant, include_archived=True, page=1, page_size=1000).contacts) == 120
    assert len(api.get_items(tenant).items) == 80
    assert api.get_invoices(tenant, page=1, page_size=50).pagination.item_count == 679
    assert api.get_credit_notes(tenant, page=1).credit_notes[0].total > 0
    assert len(api.get_purchase_orders(tenant).purchase_orders) == 40
    assert api.get_payments(tenant, page=1).payments[0].amount > 0
    assert {rate.tax_type for rate in api.get_tax_rates(tenant).tax_rates} >= {"OUTPUT2", "TAX001"}
    assert api.get_accounts(tenant).accounts[0].code == "090"
    assert len(api.get_currencies(tenant).currencies) == 3
    assert len(api.get_tracking_categories(tenant).tracking_categories) == 2
    assert len(api.get_branding_themes(tenant).branding_themes) == 2
    assert api.get_contact_groups(tenant).contact_groups


def test_it_refreshes_its_token(books: Books, server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{server.url}/connect/token")
    first = books.token["access_token"]
    books.client.configuration.oauth2_token.update_token(**books.token)
    assert books.client.configuration.oauth2_token.refresh_access_token(books.client)
    assert books.token["access_token"] != first
    assert books.api.get_organisations(books.tenant).organisations


def test_it_creates_and_changes_a_contact(books: Books) -> None:
    contacts = accounting.Contacts(
        contacts=[accounting.Contact(name="Wren & Willow", email_address="hello@wren.example")]
    )
    made = books.api.create_contacts(books.tenant, contacts, idempotency_key="k").contacts[0]
    changed = accounting.Contacts(contacts=[accounting.Contact(first_name="Bryn")])
    books.api.update_contact(books.tenant, made.contact_id, changed)
    read = books.api.get_contact(books.tenant, made.contact_id).contacts[0]
    assert (read.name, read.first_name, read.email_address) == ("Wren & Willow", "Bryn", "hello@wren.example")


def test_a_second_contact_of_the_same_name_is_refused(books: Books) -> None:
    contacts = accounting.Contacts(contacts=[accounting.Contact(name="Foxglove Nurseries Ltd")])
    with pytest.raises(AccountingBadRequestException) as refused:
        books.api.create_contacts(books.tenant, contacts, summarize_errors=True)
    assert "already assigned to another contact" in str(refused.value)


def test_it_drafts_approves_and_pays_an_invoice(books: Books) -> None:
    drafted = books.invoice_drafted()
    assert drafted.total == Decimal("28.62")
    approved = accounting.Invoices(invoices=[accounting.Invoice(status="AUTHORISED")])
    books.api.update_invoice(books.tenant, drafted.invoice_id, approved)
    payment = accounting.Payment(
        invoice=accounting.Invoice(invoice_id=drafted.invoice_id),
        account=accounting.Account(code="090"),
        amount=drafted.total,
        date=TODAY,
    )
    books.api.create_payment(books.tenant, payment)
    paid = books.api.get_invoice(books.tenant, drafted.invoice_id).invoices[0]
    assert (paid.status, paid.amount_due) == ("PAID", 0)


def test_the_same_idempotency_key_makes_one_invoice(books: Books) -> None:
    contact = accounting.Contact(contact_id=books.contact().contact_id)
    line = accounting.LineItem(description="Once", quantity=1, unit_amount=1, account_code="200")
    invoices = accounting.Invoices(
        invoices=[accounting.Invoice(type="ACCREC", contact=contact, line_items=[line])]
    )
    numbers = {
        books.api.create_invoices(books.tenant, invoices, idempotency_key="once-and-only")
        .invoices[0]
        .invoice_number
        for _ in range(2)
    }
    assert len(numbers) == 1


def test_it_allocates_an_open_credit_note(books: Books) -> None:
    where = 'Status=="AUTHORISED" AND Type=="ACCRECCREDIT"'
    note = books.api.get_credit_notes(books.tenant, where=where, page=1).credit_notes[0]
    line = accounting.LineItem(
        description="Next order", quantity=1, unit_amount=5000, account_code="200", tax_type="NONE"
    )
    invoice = accounting.Invoice(
        type="ACCREC",
        contact=accounting.Contact(contact_id=note.contact.contact_id),
        line_items=[line],
        due_date=TODAY,
        status="AUTHORISED",
        currency_code=note.currency_code,
    )
    made = books.api.create_invoices(books.tenant, accounting.Invoices(invoices=[invoice])).invoices[0]
    allocation = accounting.Allocation(
        invoice=accounting.Invoice(invoice_id=made.invoice_id),
        amount=note.remaining_credit,
        date=TODAY,
    )
    allocations = accounting.Allocations(allocations=[allocation])
    books.api.create_credit_note_allocation(books.tenant, note.credit_note_id, allocations)
    left = books.api.get_credit_note(books.tenant, note.credit_note_id).credit_notes[0]
    assert (left.status, left.remaining_credit) == ("PAID", 0)


def test_it_makes_an_item_and_attaches_a_file(books: Books) -> None:
    item = accounting.Item(
        code="SDK-1", name="Made by the SDK", sales_details=accounting.Purchase(unit_price=Decimal("0.0375"))
    )
    made = books.api.create_items(books.tenant, accounting.Items(items=[item]), unitdp=4).items[0]
    assert made.sales_details.unit_price == Decimal("0.0375")
    drafted = books.invoice_drafted()
    books.api.create_invoice_attachment_by_file_name(
        books.tenant, drafted.invoice_id, "order.txt", b"two mugs"
    )
    kept = books.api.get_invoice_attachments(books.tenant, drafted.invoice_id).attachments
    assert [file.file_name for file in kept] == ["order.txt"]


def test_an_unknown_record_is_not_found(books: Books) -> None:
    with pytest.raises(NotFoundException):
        books.api.get_invoice(books.tenant, "00000000-0000-4000-8000-000000000001")
