import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.ageing import Ageing
from counterfoil.core.mapping.documents import credit_note_values, invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.crm.sales.selectors import (
    Sales,
    ageing,
    ageing_by_ledger,
    documents_that_do_not_add_up,
    sales_by_analysis,
    sales_by_ledger,
    sales_by_month,
    sales_by_product,
)
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
TODAY = dt.date(2026, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = operating_company()
    sales_ledger(company)
    sales_ledger(company, "other")
    return company


def ledger(company, name="customer"):
    from counterfoil.crm.customers.models import SalesLedger

    return SalesLedger.objects.of(company).get(name=name).pk


def apply(company, *documents):
    mapped = [
        (credit_note_values if isinstance(record, CreditNote) else invoice_values)(
            record, home_currency="GBP"
        )
        for record in documents
    ]
    with transaction.atomic():
        assert documents_apply(company, mapped, at=AT).refused == {}


def overdue(days):
    return wire_date(TODAY - dt.timedelta(days=days))


@pytest.mark.rule("CU-12")
def test_open_invoices_age_by_their_due_date(company):
    due = {"a": -5, "b": 1, "c": 45, "d": 90, "e": 91}
    apply(
        company,
        *[invoice(n, due_date=overdue(d), amount_due=str(i)) for i, (n, d) in enumerate(due.items(), 1)],
    )
    apply(company, invoice("f", due_date=None, amount_due="10"))
    assert ageing(company, ledger(company), TODAY) == Ageing(D(11), D(2), D(3), D(4), D(5))


@pytest.mark.rule("CU-12", "RP-1")
def test_only_open_confirmed_documents_age(company):
    late = {"due_date": overdue(10)}
    apply(
        company,
        invoice("draft", status="DRAFT", **late),
        invoice("paid", status="PAID", amount_due="0", **late),
        invoice("void", status="VOIDED", **late),
        invoice("deleted", status="DELETED", **late),
        invoice("odd", status="HELD", **late),
        invoice("part", amount_paid="100", amount_due="20", **late),
        credit_note("open", remaining_credit="15"),
        credit_note("void credit", status="VOIDED", remaining_credit="0"),
    )
    aged = ageing(company, None, TODAY)
    assert aged == Ageing(days_1_30=D(20), credits=D(-15))
    assert aged.owed == D(5)


@pytest.mark.rule("CU-12")
def test_foreign_invoices_age_in_home_currency(company):
    euros = {"currency_code": "EUR", "due_date": overdue(1)}
    apply(company, invoice("a", currency_rate="1.2", **euros), invoice("b", currency_rate="1.5", **euros))
    assert ageing(company, None, TODAY).overdue == D(180)


@pytest.mark.rule("CU-12")
def test_customers_age_apart(company):
    apply(company, invoice("a"), invoice("b", contact=ContactRef(contact_id=guid("other")), amount_due="7"))
    assert ageing_by_ledger(company, TODAY) == {
        ledger(company): Ageing(current=D(120)),
        ledger(company, "other"): Ageing(current=D(7)),
    }
    assert ageing(company, ledger(company, "other"), TODAY).owed == D(7)


@pytest.mark.rule("RP-1", "CR-1", "CR-2", "IN-2")
def test_months_net_credits_and_leave_the_dead_out(company):
    october, november = wire_date(dt.date(2026, 10, 31)), wire_date(dt.date(2026, 11, 1))
    apply(
        company,
        invoice("a", date=october),
        invoice("b", date=november),
        invoice("draft", date=november, status="DRAFT"),
        invoice("void", date=november, status="VOIDED"),
        invoice("gone", date=november, status="DELETED"),
        credit_note("c", date=november),
        credit_note("void credit", date=november, status="VOIDED"),
    )
    assert sales_by_month(company) == {
        dt.date(2026, 10, 1): Sales(invoiced=D(100)),
        dt.date(2026, 11, 1): Sales(D(100), D(-100), D(100)),
    }
    assert sales_by_month(company)[dt.date(2026, 11, 1)].net == 0
    assert list(sales_by_month(company, until=dt.date(2026, 10, 31))) == [dt.date(2026, 10, 1)]
    assert list(sales_by_month(company, since=dt.date(2026, 11, 1))) == [dt.date(2026, 11, 1)]


@pytest.mark.rule("RP-1")
def test_customers_are_summed_apart(company):
    other = ContactRef(contact_id=guid("other"))
    apply(company, invoice("a"), credit_note("b", sub_total="30"), invoice("c", contact=other))
    assert sales_by_ledger(company) == {
        ledger(company): Sales(D(100), D(-30)),
        ledger(company, "other"): Sales(D(100)),
    }


@pytest.mark.rule("RP-1", "IN-3")
def test_analysis_goes_by_the_lines_own_account(company):
    with transaction.atomic():
        items_apply(company, [item_values(item("BOOK"))], at=AT)
    apply(
        company,
        invoice("a", line("1", item_code="BOOK", account_code="260"), line("2", account_code=None)),
        credit_note("b", line("3", line_amount="40", account_code="260")),
        invoice("void", line("4", account_code="260"), status="VOIDED"),
    )
    assert sales_by_analysis(company) == {"260": Sales(D(100), D(-40)), "": Sales(D(100))}
    book = ProductItem.objects.get().pk
    assert sales_by_product(company) == {book: Sales(D(100)), None: Sales(D(100), D(-40))}


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


def test_companies_are_summed_apart(company):
    apply(company, invoice())
    other = operating_company("Other")
    assert ageing(other, None, TODAY) == Ageing()
    assert (sales_by_month(other), sales_by_ledger(other), sales_by_analysis(other)) == ({}, {}, {})


@pytest.mark.rule("RP-1", "TX-4")
def test_sums_are_exact(company):
    pennies = [invoice(f"p{n}", sub_total="0.10", currency_code="USD", currency_rate="3") for n in range(30)]
    apply(company, *pennies)
    assert SalesOrderHeader.objects.first().home_net == D("0.0333")
    assert sales_by_ledger(company)[ledger(company)].net == D("0.9990")
