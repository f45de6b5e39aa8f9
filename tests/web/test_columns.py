"""Which columns of a list are shown: chosen in its address, so that they can be kept and sent on."""

import html
import re

import pytest

from tests.web import world

USUAL = ["Customer", "Code", "Status", "E-mail", "Phone", "Account manager", "Overdue", "Balance"]


def heads(answer) -> list[str]:
    row = answer.content.decode().split("<thead")[1].split("</thead")[0]
    found = [html.unescape(re.sub("<[^>]*>", "", head)).strip() for head in re.findall(r"<th .*?</th>", row)]
    return found[1:]  # the first ticks the page


@pytest.fixture
def rows(company):
    world.customer(company, "Alder", postcode="LS1 4AP", balance_outstanding=5)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("", USUAL),
        ("name,code", ["Customer", "Code"]),
        ("postcode", ["Customer", "Postcode"]),
        ("balance,name,postcode", ["Customer", "Postcode", "Balance"]),
        ("name,no-such-column,code", ["Customer", "Code"]),
        ("no-such-column", USUAL),
        ("name,code,usual", USUAL),
    ],
)
def test_the_address_says_which_columns_in_the_order_of_the_list(browser, rows, wanted, shown):
    assert heads(browser.get("/customers/", {"columns": wanted})) == shown


def test_the_boxes_of_the_menu_make_the_same_address(browser, rows):
    """Without scripts each box is a parameter of its own."""
    assert heads(browser.get("/customers/?columns=name&columns=code&columns=phone")) == [
        "Customer",
        "Code",
        "Phone",
    ]


def test_the_usual_columns_need_no_words_in_the_address(browser, rows):
    keys = "name,code,status,email,phone,manager,overdue,balance"
    page = browser.get("/customers/", {"columns": keys}).content.decode()
    assert "columns=name" not in page.split("<main")[1]


def test_every_way_on_keeps_the_columns(browser, company):
    for n in range(60):
        world.customer(company, f"Customer {n:02}")
    page = browser.get("/customers/", {"columns": "name,code"}).content.decode()
    ways = re.findall(r'<a (?:class="(?:sort|row-link|btn)[^"]*"|rel="next")[^>]*href="([^"]*)"', page)
    assert ways
    assert [way for way in ways if "columns=name,code" not in way] == []


def test_a_record_leads_back_to_the_list_as_it_was(browser, rows):
    page = browser.get("/customers/", {"columns": "name,code"}).content.decode()
    record = html.unescape(re.search(r'class="row-link" href="([^"]*)"', page)[1])
    assert 'href="/customers/?columns=name,code"' in browser.get(record).content.decode()


def test_totals_stand_under_their_columns(browser, rows):
    page = browser.get("/customers/", {"columns": "name,balance"}).content.decode()
    foot = re.sub(r"<[^>]*>", " ", page.split("<tfoot")[1].split("</tfoot")[0]).split()
    assert foot[-1] == "5.00"


@pytest.mark.parametrize("name", world.LISTS)
def test_each_list_shows_every_column_it_has(browser, company, name):
    ledger = world.customer(company, "Alder", division=world.division(company, "Alder"))
    world.contact(ledger.division)
    world.document(ledger, "INV-1")
    world.document(ledger, "CN-1", "-1", kind="C")
    world.product(company, "P-1")
    world.quote(ledger, world.member(company, "sales"))
    world.purchase_order(world.builders.purchase_ledger(company), "PO-1")
    from counterfoil.crm.finance.models import AnalysisCode

    account = {"external_id": "a", "account_type": "REVENUE", "status": "ACTIVE", "is_active": True}
    AnalysisCode.objects.create(operating_company=company, code="200", name="Sales", **account)
    page = browser.get(f"/{name}/").content.decode()
    keys = [name for name in re.findall(r'name="columns" value="([^"]*)"', page) if name != "usual"]
    assert len(heads(browser.get(f"/{name}/", {"columns": ",".join(keys)}))) == len(keys) >= 5


def test_a_part_of_the_page_tells_the_browser_a_tidy_address(browser, rows):
    part = browser.get(
        "/customers/?q=&status=&columns=name&columns=code",
        headers={"HX-Request": "true", "HX-Target": "list"},
    )
    assert part["HX-Push-Url"] == "/customers/?columns=name,code"


def test_links_from_other_pages_stay_narrowed_until_one_says_otherwise(browser, company):
    ledger = world.customer(company)
    world.document(ledger, "INV-1")
    page = browser.get("/invoices/", {"customer": ledger.pk}).content.decode()
    assert f'<input type="hidden" name="customer" value="{ledger.pk}">' in page
    assert "One customer" in page
