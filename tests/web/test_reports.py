"""The pages of reports: what they show, who sees it, and that every figure leads to records that add up to it."""

import csv
import datetime as dt
import html
import io
import re
from decimal import Decimal

import pytest

from counterfoil.web.reports.index import REPORTS
from counterfoil.web.showing import MINUS
from tests.web import world

D = Decimal
SALES = ("month", "customer", "manager", "product", "analysis")


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: world.TODAY)


@pytest.fixture
def sold(company):
    """Two customers, three months, credits, a foreign currency, and everything that does not count."""
    alder, birch = world.customer(company, "Alder Foods"), world.customer(company, "Birch Press")
    table = world.product(company, "TAB-100", cost_price=D("12.50"))
    for ledger, number, total, day, given in (
        (alder, "INV-1", "100.00", dt.date(2026, 9, 3), {}),
        (alder, "INV-2", "33.35", dt.date(2026, 10, 1), {"currency": "EUR", "rate": D("1.1734")}),
        (birch, "INV-3", "250.10", dt.date(2026, 10, 31), {}),
        (birch, "INV-4", "19.99", dt.date(2026, 11, 2), {"currency": "EUR", "rate": D("1.1734")}),
        (birch, "CN-1", "-40.05", dt.date(2026, 10, 5), {"kind": "C"}),
        (alder, "INV-5", "999.00", dt.date(2026, 10, 6), {"state": "pending", "status": "DRAFT"}),
        (alder, "INV-6", "999.00", dt.date(2026, 10, 6), {"state": "voided", "is_reported": False}),
        (alder, "INV-7", "999.00", dt.date(2024, 10, 6), {}),
    ):
        header = world.document(ledger, number, total, date=day, **given)
        sign = -1 if header.kind == "C" else 1
        world.line(header, "Oak table", total, product=table, item_code="TAB-100", quantity=D(2) * sign)
    return company


def figures(answer, part="tbody") -> list[list[str]]:
    body = answer.content.decode().split(f"<{part}")[1].split(f"</{part}")[0]
    rows = []
    for row in body.split("<tr")[1:]:
        found = re.findall(r"<td [^>]*>(.*?)</td>", row, re.DOTALL)
        rows.append([" ".join(html.unescape(re.sub("<[^>]*>", " ", cell)).split()) for cell in found])
    return rows


def heads(answer) -> list[str]:
    found = re.findall(
        r'<th scope="col" role="columnheader" class="(?!at-check)[^>]*>(.*?)</th>', answer.content.decode()
    )
    return [html.unescape(re.sub("<[^>]*>", "", head)) for head in found]


def column(answer, label, part="tbody") -> list[Decimal]:
    place = heads(answer).index(label)
    return [money(row[place - len(heads(answer))]) for row in figures(answer, part)]


def money(text: str) -> Decimal:
    return D(text.rsplit(maxsplit=1)[-1].replace(",", "").replace(MINUS, "-") or 0)


def links(answer, mark) -> list[str]:
    found = re.findall(rf'<a class="{mark}" href="([^"]*)"', answer.content.decode())
    return [html.unescape(address) for address in found]


def exported(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.rule("RP-1", "IN-2", "CR-1", "CR-2")
@pytest.mark.parametrize("by", SALES)
def test_every_report_on_sales_has_the_same_total_which_is_that_of_its_rows(browser, sold, by):
    answer = browser.get(f"/reports/sales-by-{by}/")
    net = column(answer, "Net sales")
    # 28.42 and 17.04 are the two in euros, each to the penny.
    assert sum(net) == D("100.00") + D("28.42") + D("250.10") + D("17.04") - D("40.05")
    assert column(answer, "Net sales", "tfoot") == [sum(net)]
    assert column(answer, "Margin", "tfoot") == [sum(column(answer, "Margin"))]


@pytest.mark.rule("RP-1")
@pytest.mark.parametrize("by", SALES)
def test_an_export_is_what_the_screen_shows(browser, sold, by):
    shown = browser.get(f"/reports/sales-by-{by}/")
    rows = exported(browser.get(f"/reports/sales-by-{by}/export.csv"))
    assert [D(row["Net sales"]) for row in rows] == column(shown, "Net sales")
    assert [D(row["Margin"]) for row in rows] == column(shown, "Margin")
    answer = browser.get(f"/reports/sales-by-{by}/export.xlsx")
    assert b"".join(answer.streaming_content)[:2] == b"PK"


@pytest.mark.rule("RP-1", "CR-1")
@pytest.mark.parametrize("by", ["month", "customer", "manager"])
@pytest.mark.parametrize("label", ["Invoiced", "Credited"])
def test_an_amount_leads_to_documents_that_add_up_to_it(browser, sold, by, label):
    answer = browser.get(f"/reports/sales-by-{by}/")
    amounts = [amount for amount in column(answer, label) if amount]
    behind = [
        address
        for address in links(answer, "figure-link")
        if address.startswith("/invoices/" if label == "Invoiced" else "/credit-notes/")
    ]
    assert amounts
    assert [column(browser.get(address), "Net", "tfoot")[0] for address in behind] == amounts


@pytest.mark.rule("RP-1", "IN-3")
@pytest.mark.parametrize("by", ["product", "analysis"])
def test_a_product_and_an_account_lead_to_lines_that_add_up_to_it(browser, sold, by):
    world.line(world.document(world.customer(sold, "Cedar"), "INV-9", "7.00"), net="7.00", analysis="")
    answer = browser.get(f"/reports/sales-by-{by}/")
    behind = [browser.get(address) for address in links(answer, "row-link")]
    assert len(behind) == 2
    assert [column(one, "Net", "tfoot")[0] for one in behind] == column(answer, "Net sales")


@pytest.mark.rule("RP-1")
@pytest.mark.parametrize("by", ["month", "manager"])
def test_a_month_and_a_manager_lead_to_their_customers(browser, sold, by):
    answer = browser.get(f"/reports/sales-by-{by}/")
    behind = [browser.get(address) for address in links(answer, "row-link")]
    assert [column(one, "Net sales", "tfoot")[0] for one in behind if b"<tfoot" in one.content] == [
        amount for amount in column(answer, "Net sales") if amount
    ]


@pytest.mark.rule("RP-1")
@pytest.mark.parametrize(
    ("asked", "net"),
    [
        ({"period": "month"}, "17.04"),
        ({"period": "last-month"}, "238.47"),
        ({"period": "quarter"}, "255.51"),
        ({"period": "days", "from": "2026-10-31", "to": "2026-10-31"}, "250.10"),
        ({"period": "days", "to": "2025-01-01"}, "999.00"),
        ({"period": "days", "from": "no day", "to": "2025-01-01"}, "999.00"),
        ({"from": "2026-10-31", "to": "2026-10-31"}, "355.51"),
        ({"currency": "EUR"}, "45.46"),
    ],
)
def test_a_report_is_of_the_period_that_was_asked_for(browser, sold, asked, net):
    answer = browser.get("/reports/sales-by-customer/", asked)
    assert column(answer, "Net sales", "tfoot") == [D(net)]


@pytest.mark.rule("RP-1")
def test_a_currency_is_shown_in_itself_and_at_home(browser, sold):
    answer = browser.get("/reports/sales-by-customer/", {"currency": "EUR"})
    assert column(answer, "Net sales", "tfoot") == [D("45.46")]
    assert column(answer, "In other currencies", "tfoot") == [D("53.34")]


@pytest.mark.rule("RP-1")
def test_the_financial_year_is_offered_where_its_end_is_known(browser, sold):
    assert b"This financial year" not in browser.get("/reports/sales-by-month/").content
    world.connection(sold, year_end_month=9, year_end_day=30)
    assert b"This financial year" in browser.get("/reports/sales-by-month/").content
    answer = browser.get("/reports/sales-by-customer/", {"period": "year"})
    assert column(answer, "Net sales", "tfoot") == [D("255.51")]


@pytest.mark.rule("RP-1")
@pytest.mark.parametrize(("role", "sees"), [("administrator", True), ("sales", True), ("read_only", False)])
def test_margins_are_seen_by_those_who_see_them_on_quotes(sold, role, sees):
    browser = world.browser_of(world.member(sold, role))
    for by in SALES:
        answer = browser.get(f"/reports/sales-by-{by}/", {"columns": "name,margin", "sort": "margin"})
        assert ("Margin" in heads(browser.get(f"/reports/sales-by-{by}/"))) is sees
        assert (b"Margin" in answer.content) is sees
        rows = exported(browser.get(f"/reports/sales-by-{by}/export.csv", {"sort": "-margin"}))
        assert ("Margin" in rows[0]) is sees


@pytest.mark.rule("RP-1")
def test_a_margin_of_a_part_of_the_sales_says_so(browser, sold):
    world.line(world.document(world.customer(sold, "Cedar"), "INV-9", "100.00"), net="100.00")
    answer = browser.get("/reports/sales-by-customer/", {"q": "cedar"})
    (row,) = figures(answer)
    assert row[-3:] == ["", "", "0.0%"]
    assert '<span class="in-part">78' in browser.get("/reports/sales-by-customer/").content.decode()


@pytest.mark.parametrize("screen", REPORTS, ids=lambda screen: screen.name)
def test_every_report_can_be_read_empty_and_by_each_role(company, screen):
    for role in ("administrator", "sales", "accounts", "read_only"):
        browser = world.browser_of(world.member(company, role))
        answer = browser.get(f"/reports/{screen.name}/")
        assert answer.status_code == 200
        assert screen.empty.title in html.unescape(answer.content.decode())
        assert exported(browser.get(f"/reports/{screen.name}/export.csv")) == []


@pytest.mark.parametrize("screen", REPORTS, ids=lambda screen: screen.name)
def test_every_report_is_of_ones_own_company_alone(browser, sold, other_company, screen):
    stranger = world.browser_of(world.member(other_company, email="stranger@example.com"))
    answer = stranger.get(f"/reports/{screen.name}/")
    assert screen.empty.title in html.unescape(answer.content.decode())


@pytest.mark.parametrize("screen", REPORTS, ids=lambda screen: screen.name)
def test_every_order_of_a_report_is_one_of_the_same_rows(browser, sold, screen):
    first = browser.get(f"/reports/{screen.name}/")
    for one in (column for column in screen.columns if column.sortable):
        for sign in ("", "-"):
            answer = browser.get(f"/reports/{screen.name}/", {"sort": f"{sign}{one.key}"})
            assert answer.status_code == 200
            assert figures(answer, "tfoot") == figures(first, "tfoot") if b"<tfoot" in first.content else True


@pytest.mark.rule("CU-12", "RP-1", "IN-5")
def test_each_age_of_a_debt_leads_to_invoices_that_add_up_to_it(browser, sold):
    answer = browser.get("/reports/aged-debt/")
    labels = ("Not due", "1-30 days", "31-60 days", "61-90 days", "91+ days", "Unused credit")
    rows = figures(answer)
    shown = [
        money(row[heads(answer).index(label)])
        for row in rows
        for label in labels
        if row[heads(answer).index(label)]
    ]
    behind = [browser.get(address) for address in links(answer, "figure-link")]
    assert shown
    assert [column(one, "Open", "tfoot")[0] for one in behind] == shown
    assert column(answer, "Owed, home", "tfoot") == [sum(column(answer, "Owed, home"))]


@pytest.mark.rule("RP-1", "IN-5")
def test_what_is_overdue_leads_to_the_overdue_invoices(browser, sold):
    answer = browser.get("/reports/overdue/")
    behind = [browser.get(address) for address in links(answer, "figure-link")]
    assert [column(one, "Open", "tfoot")[0] for one in behind] == column(answer, "Overdue")
    assert len(behind) == 4


@pytest.mark.rule("RP-1")
def test_customers_who_slip_away_are_those_of_the_list(browser, company):
    for name, days in (("Alder", (150, 120, 90)), ("Birch", (150, 120, 1)), ("Cedar", (3, 2, 1))):
        ledger = world.customer(company, name)
        for number in days:
            world.paid(ledger, f"{name}-{number}", f"{number}", date=world.TODAY - dt.timedelta(days=number))
    answer = browser.get("/reports/lapsed-customers/")
    assert [row[:2] for row in figures(answer)] == [["Alder", "Gone quiet"], ["Birch", "Buying less"]]
    assert column(answer, "Change") == [D(-180), D(-134)]
    assert column(answer, "Change", "tfoot") == [D(-314)]
    for which, name in (("quiet", "Alder"), ("less", "Birch")):
        assert [row[0] for row in figures(browser.get("/reports/lapsed-customers/", {"which": which}))] == [
            name
        ]
        assert name in browser.get("/customers/", {"status": which}).content.decode()


@pytest.mark.rule("SY-11")
def test_the_reconciliation_is_for_those_who_manage_the_integration(company):
    world.connection(company)
    browser = world.browser_of(world.member(company))
    assert b"Not compared yet." in browser.get("/reports/reconciliation/").content
    assert b"Reconciliation with Xero" in browser.get("/reports/").content
    reader = world.browser_of(world.member(company, "accounts"))
    assert reader.get("/reports/reconciliation/").status_code == 403
    assert b"Reconciliation with Xero" not in reader.get("/reports/").content


def test_reports_are_found_by_name(browser, company):
    assert b"/reports/sales-by-month/" in browser.get("/search/", {"q": "sales by mon"}).content
    assert b"/reports/aged-debt/" in browser.get("/search/", {"q": "aged debt"}).content


def test_a_long_report_is_turned_over(browser, company):
    for number in range(60):
        world.document(world.customer(company, f"Customer {number:02}"), f"INV-{number}", f"{number + 1}")
    first = browser.get("/reports/sales-by-customer/")
    second = browser.get("/reports/sales-by-customer/", {"page": "2"})
    assert (len(figures(first)), len(figures(second))) == (50, 10)
    assert column(first, "Net sales", "tfoot") == column(second, "Net sales", "tfoot") == [D(1830)]


@pytest.mark.parametrize("by", SALES)
def test_a_report_asks_the_same_few_questions_however_many_rows_it_has(
    browser, company, django_assert_max_num_queries, by
):
    for number in range(12):
        header = world.document(world.customer(company, f"Customer {number:02}"), f"INV-{number}", "10")
        world.line(header, product=world.product(company, f"P-{number}"), analysis=f"{number}")
    with django_assert_max_num_queries(14):
        browser.get(f"/reports/sales-by-{by}/")


@pytest.mark.rule("RP-1")
def test_the_chart_of_months_has_no_gaps_unless_years_lie_between(browser, company):
    customer = world.customer(company, "Cedar")
    for number, day in enumerate(("2026-07-04", "2026-10-09")):
        world.document(customer, f"INV-{number}", "10.00", date=dt.date.fromisoformat(day))
    page = browser.get("/reports/sales-by-month/", {"period": "days", "to": "2027-01-01"}).content.decode()
    labels = ["Jul 26", "Aug 26", "Sep 26", "Oct 26"]
    assert [label for label in labels if f"<title>{label}: " in page] == labels
    world.document(customer, "INV-9", "10.00", date=dt.date(1066, 10, 14))
    page = browser.get("/reports/sales-by-month/", {"period": "days", "to": "2027-01-01"}).content.decode()
    assert "<title>Oct 66: " in page
    assert "<title>Aug 26: " not in page


def test_a_report_without_rows_is_no_reason_to_look_at_the_integration(browser, company):
    page = browser.get("/reports/overdue/").content.decode()
    assert "Nothing is overdue" in page
    assert "Open the Xero integration" not in page
