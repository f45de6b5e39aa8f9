"""Names and amounts nobody hoped for, shown on every page that shows them."""

import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.web.showing import MINUS
from tests import builders
from tests.web import world

SCRIPT = "<script>alert(1)</script>"
QUOTE = "\"'><img src=x onerror=alert(1)>"
BIDI = "\u202eevil\u202c"


def hostile_pages(company, text: str) -> list[str]:
    """Records whose every text is `text`, and the pages that show them."""
    ledger = world.customer(
        company,
        text,
        account_number=text,
        email=text,
        phone=text,
        vat_number=text,
        stop_reason=text,
        on_stop=True,
    )
    supplier = builders.purchase_ledger(company, text, account_number=text, division=ledger.division)
    someone = world.contact(ledger.division, text, text, email=text)
    item = world.product(
        company, text[:90], description=text, extended_description=text, product_group=text[:90]
    )
    header = world.document(ledger, text, customer_reference=text)
    world.line(header, text, product=item, item_code=text)
    order = world.purchase_order(supplier, text, reference=text, delivery_address=text)
    link = world.connection(company, organisation_name=text, authorised_by=text[:190])
    world.set_aside(link, text, raw=text)
    world.running_pass(link, problem=text)
    lists = ["customers", "suppliers", "people", "products", "invoices", "purchase-orders"]
    tabs = ["overview", "people", "divisions", "documents", "products", "notes", "origin"]
    xero = "/settings/integration/xero/"
    return [
        *(f"/{name}/" for name in lists),
        *(f"/customers/{ledger.pk}/?tab={tab}" for tab in tabs),
        f"/suppliers/{supplier.pk}/",
        f"/people/{someone.pk}/",
        f"/products/{item.pk}/",
        f"/invoices/{header.pk}/",
        f"/purchase-orders/{order.pk}/",
        xero,
        f"{xero}set-aside/",
        "/search/?q=alert",
    ]


@pytest.mark.parametrize("text", [SCRIPT, QUOTE], ids=["script", "quote"])
def test_a_name_is_shown_as_text_wherever_it_stands(browser, company, text):
    for address in hostile_pages(company, text):
        page = browser.get(address)
        assert page.status_code == 200, address
        shown = page.content.decode()
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address
        assert "alert(1)" in shown, address


def test_pages_allow_no_inline_script_or_style(browser, company):
    for address in hostile_pages(company, "Alder"):
        page = browser.get(address)
        assert "unsafe-inline" not in page["Content-Security-Policy"]
        shown = page.content.decode()
        assert " style=" not in shown, address
        assert "<style" not in shown, address
        assert " onclick=" not in shown, address


def test_ten_megabytes_of_description_are_clipped_and_shown_whole_on_request(browser, company):
    text = "Oak. " * 2_000_000
    item = world.product(company, extended_description=text)
    header = world.document(world.customer(company))
    world.line(header, text, product=item)
    for address in (f"/products/{item.pk}/", f"/invoices/{header.pk}/"):
        page = browser.get(address).content.decode()
        assert len(page) < 100_000
        assert "Show all 10,000,000 characters" in page
        assert len(browser.get(address, {"whole": "1"}).content) > len(text)
    assert len(browser.get("/products/").content) < 100_000


def test_a_record_of_ten_megabytes_that_was_set_aside_does_not_fill_the_page(browser, company):
    world.set_aside(world.connection(company), raw="x" * 10_000_000)
    assert len(browser.get("/settings/integration/xero/set-aside/").content) < 100_000


@pytest.mark.parametrize(
    ("total", "shown"),
    [
        ("0", "£0.00"),
        ("-12.345", f"{MINUS}£12.35"),
        ("0.004", "£0.00"),
        ("-0.004", "£0.00"),
        ("99999999999.99", "£99,999,999,999.99"),
    ],
)
def test_zero_negative_and_huge_amounts_are_shown_as_they_are(browser, company, total, shown):
    header = world.document(world.customer(company), total=total)
    assert shown in browser.get(f"/invoices/{header.pk}/").content.decode()
    assert browser.get("/invoices/").status_code == 200


@pytest.mark.parametrize(
    ("on", "shown"),
    [
        (dt.date(1969, 12, 31), "31 Dec 1969"),
        (dt.date(1, 1, 1), "1 Jan 1"),
        (dt.date(9999, 12, 31), "31 Dec 9999"),
    ],
)
def test_dates_far_away_are_shown_and_sorted(browser, company, on, shown):
    ledger = world.customer(company)
    header = world.document(ledger, "INV-FAR", date=on, due_date=on)
    world.document(ledger, "INV-NEAR")
    for address in (f"/invoices/{header.pk}/", "/invoices/?sort=date", f"/customers/{ledger.pk}/"):
        assert shown in browser.get(address).content.decode()


def test_documents_without_dates_are_listed(browser, company):
    ledger = world.customer(company)
    header = world.document(ledger, "INV-UNDATED", date=None, due_date=None)
    for address in ("/invoices/", f"/invoices/{header.pk}/?at=0", f"/customers/{ledger.pk}/"):
        assert browser.get(address).status_code == 200


def test_a_currency_nobody_knows_is_shown_by_its_code(browser, company):
    header = world.document(world.customer(company), total="5", currency="XQZ", rate=Decimal(2))
    assert "XQZ\N{NARROW NO-BREAK SPACE}5.00" in browser.get(f"/invoices/{header.pk}/").content.decode()


@pytest.mark.parametrize("wanted", ["%", "_", "\\", "'", "\x00", "a" * 5000, BIDI, "💥"])
@pytest.mark.parametrize("address", ["/customers/", "/invoices/", "/products/", "/people/", "/search/"])
def test_nothing_one_can_type_breaks_a_search(browser, company, address, wanted):
    world.document(world.customer(company))
    assert browser.get(address, {"q": wanted}).status_code == 200


def test_a_percent_sign_is_looked_for_as_itself(browser, company):
    world.customer(company, "100% Wool")
    world.customer(company, "Alder Foods")
    page = browser.get("/customers/", {"q": "0%"}).content.decode()
    assert "100% Wool" in page
    assert "Alder Foods" not in page
