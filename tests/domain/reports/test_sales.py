import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.documents import credit_note_values, invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.reports.sales import BY, ELSEWHERE, sales_by
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.crm.sales.selectors import documents_that_do_not_add_up
from counterfoil.crm.sales.services import documents_apply
from counterfoil.xero.records import ContactRef, CreditNote
from tests.builders import (
    AT,
    credit_note,
    guid,
    invoice,
    item,
    line,
    operating_company,
    sales_ledger,
    wire_date,
)

D = Decimal
DEAD = ("DRAFT", "SUBMITTED", "VOIDED", "DELETED", "HELD")
OTHER = ContactRef(contact_id=guid("other"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = operating_company()
    sales_ledger(company)
    sales_ledger(company, "other")
    return company


def apply(company, *documents):
    mapped = [
        (credit_note_values if isinstance(record, CreditNote) else invoice_values)(
            record, home_currency="GBP"
        )
        for record in documents
    ]
    with transaction.atomic():
        assert documents_apply(company, mapped, at=AT).refused == {}


def products(company, *items):
    with transaction.atomic():
        items_apply(company, [item_values(one) for one in items], at=AT)


def on(year, month, day):
    return wire_date(dt.date(year, month, day))


def net_by(company, by, **criteria):
    """What each row is called → its net sales."""
    return {row.name.label: row.net for row in sales_by(company.pk, criteria, by)}


@pytest.mark.rule("RP-1", "CR-1", "CR-2", "IN-2")
def test_months_net_credits_and_leave_out_what_is_no_invoice(company):
    november = on(2026, 11, 1)
    apply(
        company,
        invoice("a", date=on(2026, 10, 31)),
        invoice("b", date=november),
        *[invoice(status, date=november, status=status) for status in DEAD],
        *[credit_note(f"c{status}", date=november, status=status) for status in DEAD],
        credit_note("c", date=november, sub_total="30"),
    )
    rows = {row.name.label: row for row in sales_by(company.pk, {}, "month")}
    assert {name: row.net for name, row in rows.items()} == {"October 2026": D(100), "November 2026": D(70)}
    assert (rows["November 2026"].invoiced, rows["November 2026"].credited) == (D(100), D(-30))
    assert rows["November 2026"].documents == 2


@pytest.mark.rule("RP-1", "IN-2", "CR-2")
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("status", DEAD)
def test_a_document_that_is_no_invoice_is_in_no_report(company, by, status):
    apply(company, invoice(status=status), credit_note(status=status))
    assert sales_by(company.pk, {}, by, margin=True) == []


@pytest.mark.rule("RP-1", "IN-2")
@pytest.mark.parametrize("by", BY)
def test_a_paid_invoice_counts_as_an_open_one_does(company, by):
    apply(company, invoice("a"), invoice("b", status="PAID", amount_due="0"))
    assert sum(row.net for row in sales_by(company.pk, {}, by)) == D(200)


@pytest.mark.rule("RP-1")
def test_a_period_holds_its_first_and_its_last_day(company):
    apply(company, *[invoice(f"{day}", date=on(2026, 10, day)) for day in (1, 2, 30, 31)])
    for by in BY:
        rows = sales_by(company.pk, {"from": "2026-10-02", "to": "2026-10-30"}, by)
        assert sum(row.net for row in rows) == D(200), by


@pytest.mark.rule("RP-1")
def test_customers_are_added_up_apart(company):
    apply(company, invoice("a"), credit_note("b", sub_total="30"), invoice("c", contact=OTHER))
    assert net_by(company, "customer") == {"customer": D(70), "other": D(100)}


@pytest.mark.rule("RP-1", "IN-3")
def test_analysis_goes_by_the_lines_own_account(company):
    products(company, item("BOOK"))
    apply(
        company,
        invoice(
            "a",
            line("1", item_code="BOOK", account_code="260"),
            line("2", account_code=None),
            sub_total="200",
        ),
        credit_note("b", line("3", line_amount="40", account_code="260"), sub_total="40"),
    )
    assert net_by(company, "analysis") == {"260": D(60), "No account": D(100)}
    assert net_by(company, "product") == {"BOOK": D(100), "No product": D(60)}


@pytest.mark.rule("RP-1")
def test_a_product_is_counted_with_credits_taken_off(company):
    products(company, item("BOOK"))
    apply(
        company,
        invoice("a", line("1", item_code="BOOK", quantity="5")),
        credit_note("b", line("2", item_code="BOOK", quantity="2", line_amount="40"), sub_total="40"),
    )
    (book,) = sales_by(company.pk, {}, "product")
    assert (book.quantity, book.net) == (D(3), D(60))


@pytest.mark.rule("RP-1")
def test_a_document_without_lines_is_on_no_line_and_in_every_total(company):
    apply(company, invoice("a"), invoice("bare", line_items=[], sub_total="7"))
    rows = {row.key: row.net for row in sales_by(company.pk, {}, "analysis")}
    assert rows == {"200": D(100), ELSEWHERE: D(7)}


@pytest.mark.rule("RP-1", "TX-4")
def test_all_reports_add_up_to_the_same_penny(company):
    abroad = {"currency_code": "USD", "currency_rate": "3"}
    apply(
        company,
        *[invoice(f"p{n}", line(f"l{n}", line_amount="0.10"), sub_total="0.10", **abroad) for n in range(30)],
        *[invoice(f"q{n}", line(f"m{n}", line_amount="0.05"), sub_total="0.05", **abroad) for n in range(7)],
        credit_note("c", line("n", line_amount="0.11"), sub_total="0.11", contact=OTHER, **abroad),
    )
    # Each of 0.0333, 0.0167 and 0.0367 to the penny, as the books have it.
    assert {sum(row.net for row in sales_by(company.pk, {}, by)) for by in BY} == {D("1.00")}
    assert SalesOrderHeader.objects.filter(number="INV-p0").get().home_net == D("0.0333")


@pytest.mark.rule("RP-1")
def test_sales_in_another_currency_are_shown_in_it_too(company):
    apply(company, invoice("a"), invoice("b", currency_code="EUR", currency_rate="1.25"))
    for by in BY:
        (row,) = sales_by(company.pk, {"from": "2026-10-01", "to": "2026-10-01"}, by)
        assert (row.net, row.currencies) == (D(180), {"GBP": D(100), "EUR": D(100)}), by
        (row,) = sales_by(company.pk, {"currency": "EUR"}, by)
        assert (row.net, row.currencies) == (D(80), {"EUR": D(100)}), by


@pytest.mark.rule("RP-1")
def test_a_margin_says_how_much_of_the_sales_it_is_of(company):
    products(company, item("BOOK"), item("GIFT", purchase_details=None))
    apply(
        company,
        invoice(
            "a",
            line("1", item_code="BOOK", quantity="3"),
            line("2", item_code="GIFT"),
            line("3"),
            sub_total="300",
        ),
        credit_note("b", line("4", item_code="BOOK", quantity="1", line_amount="20"), sub_total="20"),
    )
    assert ProductItem.objects.get(code="GIFT").cost_price is None
    for by in BY:
        rows = sales_by(company.pk, {}, by, margin=True)
        covered, cost = sum(row.covered or 0 for row in rows), sum(row.cost or 0 for row in rows)
        assert (covered, cost) == (D(80), D(25)), by
        assert sum(row.net for row in rows) == D(280), by
    assert all(row.covered is None for row in sales_by(company.pk, {}, "month"))


@pytest.mark.rule("RP-1")
def test_a_cost_is_exact_to_four_decimals_of_price_and_quantity(company):
    products(company, item("BOLT"))
    ProductItem.objects.update(cost_price=D("0.3333"))
    apply(company, invoice("a", line("1", item_code="BOLT", quantity="3000.0001")))
    (row,) = sales_by(company.pk, {}, "product", margin=True)
    assert row.cost == D("999.90")
    assert row.margin == D("-899.90")


@pytest.mark.rule("RP-1")
def test_managers_go_by_the_company_of_the_customer(company):
    from counterfoil.accounts.models import User
    from counterfoil.crm.customers.models import Company, Division, SalesLedger

    ada = User.objects.create_user("ada@example.com", None, name="Ada Okafor")
    owner = Company.objects.create(
        operating_company=company, name="Alder", created_at=AT, account_manager=ada
    )
    division = Division.objects.create(operating_company=company, company=owner, name="Alder")
    SalesLedger.objects.filter(name="customer").update(division=division)
    apply(company, invoice("a"), invoice("b", contact=OTHER, sub_total="40"))
    assert net_by(company, "manager") == {"Ada Okafor": D(100), "Nobody": D(40)}
    assert net_by(company, "customer", manager=f"{ada.pk}") == {"customer": D(100)}
    assert net_by(company, "customer", manager="none") == {"other": D(40)}


@pytest.mark.parametrize("by", BY)
def test_another_companys_sales_are_in_no_report(company, by):
    apply(company, invoice(), credit_note(sub_total="30"))
    assert sales_by(operating_company("Other").pk, {}, by, margin=True) == []


@pytest.mark.rule("IN-7")
def test_a_document_whose_lines_do_not_add_up_is_found(company):
    apply(
        company,
        invoice("good"),
        invoice("penny", total="120.01"),
        invoice("void", total="7", status="VOIDED"),
        invoice("without lines", line_items=[]),
        credit_note("fine"),
    )
    assert [(d.number, d.lines_total, d.total) for d in documents_that_do_not_add_up(company)] == [
        ("INV-penny", D(120), D("120.01"))
    ]


@pytest.mark.rule("RP-1", "IN-3")
def test_lines_of_mere_words_are_no_account(company):
    words = line(
        "words", quantity=None, unit_amount=None, line_amount=None, tax_amount=None, account_code=None
    )
    apply(company, invoice("a", line("1"), words))
    assert net_by(company, "analysis") == {"200": D(100)}
