"""A line names a product that exists, or none: the database says so, on both (on PostgreSQL without a foreign key)."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from counterfoil.core.mapping.documents import invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.crm.sales.services import documents_apply
from counterfoil.database import bulk
from tests.builders import AT, invoice, item, line, operating_company, sales_ledger

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = 999_999_999


@pytest.fixture
def sold():
    """A product, and an invoice with one line of it."""
    company = operating_company()
    sales_ledger(company)
    with transaction.atomic():
        items_apply(company, [item_values(item("BOOK"))], at=AT)
        one = invoice_values(invoice("one", line("a", item_code="BOOK")), home_currency="GBP")
        documents_apply(company, [one], at=AT)
    return SalesTransaction.objects.get()


def another_line(of, product_id):
    columns = [field.attname for field in SalesTransaction._meta.concrete_fields if field.attname != "id"]
    row = {name: getattr(of, name) for name in columns} | {"position": 9, "product_id": product_id}
    with transaction.atomic():
        bulk.insert(SalesTransaction, tuple(row), [tuple(row.values())])


@pytest.mark.rule("IN-3")
def test_a_line_of_a_product_that_does_not_exist_is_refused(sold):
    with pytest.raises(IntegrityError):
        another_line(sold, NOBODY)
    assert SalesTransaction.objects.count() == 1


def test_a_line_may_name_a_product_or_none(sold):
    another_line(sold, sold.product_id)
    SalesTransaction.objects.filter(position=9).delete()
    another_line(sold, None)
    assert SalesTransaction.objects.count() == 2


def test_a_line_cannot_be_moved_to_a_product_that_does_not_exist(sold):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.update(SalesTransaction, "id", ("product_id",), [(sold.pk, NOBODY)])
    assert SalesTransaction.objects.get().product_id == sold.product_id


def test_a_product_whose_lines_stay_cannot_go(sold):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.delete(ProductItem, "id", [sold.product_id])
    assert ProductItem.objects.filter(pk=sold.product_id).exists()


def test_a_product_may_go_in_one_transaction_with_its_lines_whichever_goes_first(sold):
    with transaction.atomic():
        bulk.delete(ProductItem, "id", [sold.product_id])
        bulk.delete(SalesTransaction, "id", [sold.pk])
    assert not ProductItem.objects.filter(pk=sold.product_id).exists()


def foreign_keys():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, SalesTransaction._meta.db_table)
    return {one["columns"][0] for one in found.values() if one["foreign_key"]}


def test_the_way_back_proves_each_line_again(sold):
    with_key = {"header_id", "product_id"}
    assert foreign_keys() == (with_key if connection.vendor == "sqlite" else {"header_id"})
    call_command("migrate", "sales", "0001", verbosity=0)
    try:
        assert foreign_keys() == with_key
        with pytest.raises(IntegrityError):
            another_line(sold, NOBODY)
    finally:
        call_command("migrate", "sales", verbosity=0)
    test_a_line_of_a_product_that_does_not_exist_is_refused(sold)
