from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.documents import credit_note_values, invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.crm.sales.services import documents_apply, documents_link_products
from counterfoil.xero.records import ContactRef, CreditNote
from tests.builders import AT, credit_note, guid, invoice, item, line, operating_company, sales_ledger

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = operating_company()
    sales_ledger(company)
    return company


def values(record):
    to_values = credit_note_values if isinstance(record, CreditNote) else invoice_values
    return to_values(record, home_currency="GBP")


def apply(company, *documents):
    with transaction.atomic():
        return documents_apply(company, [values(record) for record in documents], at=AT)


def products(company, *names):
    with transaction.atomic():
        items_apply(company, [item_values(item(name)) for name in names], at=AT)


def stored():
    return list(SalesOrderHeader.objects.order_by("id").values()), list(
        SalesTransaction.objects.order_by("id").values()
    )


def descriptions():
    return list(
        SalesTransaction.objects.order_by("header_id", "position").values_list("description", flat=True)
    )


@pytest.mark.rule("IN-1", "IN-3", "IN-5")
def test_an_invoice_becomes_a_header_with_its_lines(company):
    products(company, "BOOK")
    applied = apply(company, invoice("one", line("a", item_code="BOOK"), line("b", item_code="?")))
    assert (applied.created, applied.updated, applied.refused) == (1, 0, {})
    header = SalesOrderHeader.objects.get()
    assert (header.kind, header.external_id, header.number) == ("I", guid("one"), "INV-one")
    assert (header.sales_ledger.name, header.customer_reference) == ("customer", "Their order 7")
    assert (header.net, header.tax, header.total, header.amount_due) == (D(100), D(20), D(120), D(120))
    a, b = header.lines.order_by("position")
    assert (a.position, a.kind, a.product.code, a.analysis) == (0, "I", "BOOK", "200")
    assert (a.quantity, a.unit_price, a.net, a.gross) == (D(2), D(50), D(100), D(120))
    assert (b.item_code, b.product) == ("?", None)


@pytest.mark.rule("CR-1")
def test_a_credit_note_nets_against_invoices(company):
    apply(company, invoice(), credit_note())
    assert sum(header.home_net for header in SalesOrderHeader.objects.all()) == 0
    assert sum(row.home_net for row in SalesTransaction.objects.all()) == 0
    assert set(SalesTransaction.objects.filter(kind="C").values_list("net", flat=True)) == {D(-100)}


@pytest.mark.rule("IN-3", "TX-3")
def test_a_foreign_invoice_keeps_both_currencies_and_its_rate(company):
    apply(company, invoice(currency_code="USD", currency_rate="1.2345678901"))
    header = SalesOrderHeader.objects.get()
    assert (header.currency, header.rate) == ("USD", D("1.2345678901"))
    assert (header.total, header.home_total) == (D(120), D("97.2000"))
    assert SalesTransaction.objects.get().home_net == D("81.0000")


@pytest.mark.rule("IN-1", "SY-4")
def test_the_same_documents_again_change_nothing(company):
    page = [invoice("one", line("a"), line("b")), credit_note("two"), invoice("three", line_items=None)]
    apply(company, *page)
    before = stored()
    applied = apply(company, *page)
    assert (applied.created, applied.updated) == (0, 3)
    assert stored() == before


@pytest.mark.rule("IN-1", "IN-2", "IN-4")
def test_a_changed_invoice_keeps_its_rows(company):
    apply(company, invoice(status="DRAFT"))
    rows = SalesOrderHeader.objects.get().pk, SalesTransaction.objects.get().pk
    apply(
        company,
        invoice("invoice", line(description="Better"), status="PAID", amount_due="0", amount_paid="120"),
    )
    header, only = SalesOrderHeader.objects.get(), SalesTransaction.objects.get()
    assert (header.pk, only.pk) == rows
    assert (header.state, header.is_paid, header.amount_paid, header.amount_due) == (
        "invoiced",
        True,
        D(120),
        D(0),
    )
    assert only.description == "Better"


@pytest.mark.rule("IN-2")
def test_a_voided_invoice_stays_and_is_left_out_of_reports(company):
    apply(company, invoice())
    apply(company, invoice(status="VOIDED", amount_due="0"))
    header = SalesOrderHeader.objects.get()
    assert (header.state, header.is_reported, header.lines.count()) == ("voided", False, 1)


@pytest.mark.rule("IN-1")
def test_lines_gone_from_xero_go_and_new_ones_come(company):
    apply(company, invoice("one", line("a"), line("b"), line("c")))
    kept = SalesTransaction.objects.get(line_item_id=guid("b")).pk
    apply(company, invoice("one", line("x"), line("b"), line("y")))
    assert descriptions() == ["The x", "The b", "The y"]
    assert SalesTransaction.objects.get(line_item_id=guid("b")).pk == kept


@pytest.mark.rule("IN-1")
@pytest.mark.parametrize(
    "order", [["c", "a", "b"], ["b", "a", "c"], ["c", "b"], ["new", "a", "b", "c"], ["b", "new", "a"], []]
)
def test_lines_may_change_places(company, order):
    apply(company, invoice("one", line("a"), line("b"), line("c")), invoice("two", line("a"), line("b")))
    rows = dict(SalesTransaction.objects.filter(header__number="INV-one").values_list("description", "pk"))
    moved = [line(name) for name in order]
    apply(company, invoice("one", line_items=moved), invoice("two", line("b"), line("a")))
    now = SalesTransaction.objects.filter(header__number="INV-one").order_by("position")
    assert [(row.position, row.description) for row in now] == [
        (i, f"The {name}") for i, name in enumerate(order)
    ]
    assert all(rows.get(row.description, row.pk) == row.pk for row in now)


@pytest.mark.rule("PR-8")
def test_a_line_keeps_its_product_when_the_code_passes_to_another_item(company):
    products(company, "BOOK")
    first = ProductItem.objects.get().pk
    apply(company, invoice("one", line("a", item_code="BOOK")))
    with transaction.atomic():
        items_apply(company, [item_values(item("another", code="BOOK"))], at=AT)
    apply(company, invoice("one", line("a", item_code="BOOK"), line("b", item_code="BOOK")))
    old, new = SalesTransaction.objects.order_by("position")
    assert old.product_id == first
    assert new.product.external_id == guid("another")


@pytest.mark.rule("PR-1")
def test_a_line_finds_a_product_that_came_after_it(company):
    apply(company, invoice("one", line("a", item_code="BOOK"), line("b", item_code="?"), line("c")))
    assert documents_link_products(company) == 0
    products(company, "BOOK")
    products(operating_company("Other"), "?")
    assert documents_link_products(company) == 1
    linked = SalesTransaction.objects.exclude(product=None)
    assert [(row.description, row.product.code) for row in linked] == [("The a", "BOOK")]


def test_a_line_that_names_another_item_changes_its_product(company):
    products(company, "BOOK", "PEN")
    apply(company, invoice("one", line("a", item_code="BOOK")))
    apply(company, invoice("one", line("a", item_code="PEN")))
    assert SalesTransaction.objects.get().product.code == "PEN"


@pytest.mark.rule("SY-10")
def test_a_document_of_an_unknown_customer_is_refused_and_the_rest_goes_in(company):
    stranger = ContactRef(contact_id=guid("stranger"))
    applied = apply(
        company, invoice("one", contact=stranger), credit_note("two", contact=stranger), invoice("three")
    )
    assert applied.created == 1
    assert set(applied.refused) == {guid("one"), guid("two")}
    assert applied.refused[guid("one")].startswith(
        "Invoice INV-one belongs to a contact that is not in the CRM"
    )
    assert applied.refused[guid("two")].startswith("Credit note CN-two")


def test_a_document_may_move_to_another_customer(company):
    other = sales_ledger(company, "other")
    apply(company, invoice())
    apply(company, invoice(contact=ContactRef(contact_id=guid("other"))))
    assert SalesOrderHeader.objects.get().sales_ledger == other


@pytest.mark.rule("IN-6")
def test_an_invoice_that_already_has_its_order_comes_back_to_it(company):
    own = {
        "kind": "I",
        "sales_ledger_id": sales_ledger(company, "early").pk,
        "status": "",
        "state": "pending",
        "is_reported": True,
    }
    money = dict.fromkeys(["net", "tax", "total", "home_net", "home_total"], 0)
    settled = dict.fromkeys(["amount_paid", "amount_credited", "amount_due"], 0) | {"is_paid": False}
    terms = {"currency": "GBP", "rate": 1, "line_amount_types": "Exclusive"}
    order = SalesOrderHeader.objects.create(
        operating_company=company, external_id=guid("one"), **own, **money, **settled, **terms
    )
    apply(company, invoice("one"))
    assert SalesOrderHeader.objects.get().pk == order.pk
    assert SalesOrderHeader.objects.get().total == D(120)


def test_of_one_document_twice_the_last_counts(company):
    applied = apply(company, invoice("one", line("a")), invoice("one", line("b")))
    assert applied.created == 1
    assert descriptions() == ["The b"]


def test_no_documents_are_no_work(company):
    assert apply(company).written == 0


def test_companies_keep_the_same_ids_apart(company):
    other = operating_company("Other")
    sales_ledger(other)
    apply(company, invoice("one", line("a")))
    apply(other, invoice("one", line("b")))
    assert SalesOrderHeader.objects.of(company).get().lines.get().description == "The a"
    assert SalesOrderHeader.objects.of(other).get().lines.get().description == "The b"


@pytest.mark.rule("IN-3")
def test_amounts_are_exact_at_every_size(company):
    big, small = "99999999999999.9999", "0.0001"
    lines = [
        line(n, unit_amount=a, line_amount=a, tax_amount="0", quantity="1")
        for n, a in (("a", big), ("b", small))
    ]
    apply(company, invoice("one", *lines))
    assert [row.net for row in SalesTransaction.objects.order_by("position")] == [D(big), D(small)]


@pytest.mark.rule("SY-10")
def test_any_text_that_people_paste_is_storable(company):
    odd = "tab\t back\\slash \\N \"quote\" 'single' new\nline NUL\x00 \u2028 \U0001f600 end"
    apply(company, invoice("one", line("a", description=odd)))
    assert descriptions() == [odd.replace("\x00", "")]
