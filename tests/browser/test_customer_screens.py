"""The page of a customer with a long history, and of one with none, as people see them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from counterfoil.crm.customers.files import file_add
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import note_add, sales_ledger_stop
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.orders import order_push_noted
from counterfoil.crm.quotes.services import quote_lose, quote_send
from tests import builders
from tests.browser.pages import look, sign_in
from tests.builders import guid
from tests.domain.quotes.stage import Shop
from tests.web import world

D = Decimal
TABS = (
    "timeline",
    "quotes",
    "documents",
    "products",
    "statement",
    "files",
    "divisions",
    "people",
    "documents&q=oak",
)


@pytest.fixture
def company(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = builders.operating_company("Northwind", home_currency="GBP", home_country="GB")
    company.ada = world.member(company, email="ada@example.com")
    return company


@pytest.fixture
def busy(company):
    """On stop, overdue, over its limit, also a supplier; with quotes, notes, files and two currencies."""
    shop, now = Shop(company), timezone.now()
    ledger = shop.ledger
    values = {
        "name": "Alder Foods Ltd",
        "display_description": "Alder Foods Ltd",
        "account_number": "C1017",
        "b2c": "b2b",
        "email": "grace@alder.example",
        "phone": "+44 161 496 0000",
        "vat_number": "GB123456789",
        "payment_terms": "20 days after the invoice month",
        "discount": D(5),
        "tax_type": "OUTPUT2",
        "balance_outstanding": D("4830.20"),
        "balance_overdue": D("3480.20"),
        "balance_at": now,
        "credit_limit": D(4000),
        "contact_first_name": "Grace",
    }
    SalesLedger.objects.filter(pk=ledger.pk).update(**values)
    ledger.refresh_from_db()
    owner = ledger.division.company
    owner.account_manager = shop.rep
    owner.save()
    builders.purchase_ledger(company, "Alder Foods Ltd", ledger_id=ledger.ledger_id, division=ledger.division)
    _papers(ledger, now.date())
    _quotes(shop, ledger, now)
    _remembered(ledger, shop.rep, company.ada, now)
    sales_ledger_stop(
        ledger,
        "Three invoices overdue; waits for the payment promised",
        company.ada,
        now - dt.timedelta(hours=2),
    )
    return ledger


def _remembered(ledger, rep, ada, now) -> None:
    """Notes and files."""
    note_add(
        ledger,
        "Rang about INV-2093: Grace says the goods came two days late.\nShe pays half now.",
        rep,
        now - dt.timedelta(hours=3),
    )
    note_add(
        ledger,
        "Visit in Stockport. They plan a second shop in spring.",
        ada,
        now - dt.timedelta(days=12),
    )
    file_add(
        ledger,
        name="Framework contract 2026.pdf",
        content=b"x" * 482_113,
        actor=rep,
        at=now - dt.timedelta(days=40),
    )
    file_add(
        ledger,
        name="Shopfront, north elevation.dwg",
        content=b"x" * 2_104_113,
        actor=ada,
        at=now - dt.timedelta(hours=30),
    )


def _papers(ledger, today) -> None:
    table = world.product(ledger.operating_company, "TAB-100")
    for number, (late, total) in enumerate(
        [(-20, "1350.00"), (12, "980.20"), (45, "1200.00"), (100, "1300.00")]
    ):
        header = world.document(
            ledger,
            f"INV-209{number}",
            total,
            date=today - dt.timedelta(days=late + 30),
            due_date=today - dt.timedelta(days=late),
            customer_reference=f"PO 77{number}",
        )
        world.line(header, "Oak table", total, product=table)
    day = today - dt.timedelta(days=33)
    world.document(ledger, "INV-2100", "116.52", currency="EUR", rate=D("1.1652"), date=day, due_date=today)
    world.document(ledger, "CN-77", "-100.00", kind="C", date=day)
    world.paid(
        ledger, "INV-2060", "640.00", date=day - dt.timedelta(days=40), paid_on=today - dt.timedelta(days=1)
    )


def _quotes(shop, ledger, now) -> None:
    sent = shop.quote(ledger=ledger, title="Second shop, fittings")
    quote_send(sent, actor=shop.rep, at=now - dt.timedelta(days=1), how="by e-mail")
    lost = shop.quote(ledger=ledger)
    quote_lose(lost, "Too dear", actor=shop.rep, at=now - dt.timedelta(days=9))
    order = shop.quote(ledger=ledger)
    shop.confirm(Quote.objects.get(pk=order.pk), at=now - dt.timedelta(minutes=200))
    order.refresh_from_db()
    order_push_noted(
        order,
        "refused",
        revision=order.order_revision,
        at=now - dt.timedelta(minutes=199),
        words="Account code '200' is not a valid code for this document.",
        invoice_id=guid("none"),
    )


@pytest.mark.parametrize("tab", TABS)
def test_a_customer_with_a_history_is_sound_in_each_width_and_theme(page, live_server, busy, picture, tab):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}/customers/{busy.pk}/?tab={tab}", picture) == []


@pytest.mark.parametrize("tab", ["timeline", "statement", "files"])
def test_a_customer_without_a_history_is_sound_in_each_width_and_theme(
    page, live_server, company, picture, tab
):
    ledger = world.customer(company, "Birch Press")
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}/customers/{ledger.pk}/?tab={tab}", picture) == []


def test_the_mail_of_a_statement_is_sound_in_each_width_and_theme(page, live_server, busy, picture):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}/customers/{busy.pk}/statement/mail", picture) == []


def test_a_note_is_written_and_a_file_brought_by_keyboard_alone(page, live_server, company, tmp_path):
    ledger = world.customer(company, "Birch Press")
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/customers/{ledger.pk}/")
    page.get_by_label("New note").focus()
    page.keyboard.type("Asked for a catalogue")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".events").first).to_contain_text("Asked for a catalogue")
    page.get_by_role("link", name="Files").focus()
    page.keyboard.press("Enter")
    paper = tmp_path / "Catalogue.pdf"
    paper.write_bytes(b"%PDF-1.7")
    page.get_by_label("Files to add").set_input_files(paper)
    page.get_by_role("button", name="Add", exact=True).focus()
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.get_by_role("link", name="Catalogue.pdf").click()
    assert download.value.suggested_filename == "Catalogue.pdf"


def test_deleting_a_file_is_asked_first(page, live_server, busy, picture):
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/customers/{busy.pk}/?tab=files")
    page.get_by_label("Delete Shopfront, north elevation.dwg").click()
    expect(page.get_by_text("for good?").first).to_be_visible()
    picture("open")
    page.get_by_role("button", name="Delete", exact=True).first.click()
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_part_of_the_ageing_bar_opens_its_invoices(page, live_server, busy):
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/customers/{busy.pk}/")
    page.locator(".ageing svg a").last.click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("INV-2093")
