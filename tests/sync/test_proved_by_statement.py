"""What is written a thousand rows at a time names rows that exist: the databases say so, on PostgreSQL without foreign keys."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from counterfoil.core.mapping.documents import invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.crm.sales.services import documents_apply
from counterfoil.database import bulk
from counterfoil.sync.models import Link
from tests.builders import AT, invoice, item, line, operating_company, sales_ledger
from tests.web import world

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = 999_999_999
KEYS = [
    (SalesOrderHeader, "operating_company"),
    (SalesOrderHeader, "sales_ledger"),
    (SalesTransaction, "header"),
    (SalesTransaction, "product"),
    (Link, "connection"),
]
NAMES = [f"{model.__name__}.{name}" for model, name in KEYS]
EACH_KEY = pytest.mark.parametrize("key", KEYS, ids=NAMES, indirect=True)
# What makes another row of a table the only one of its kind.
ANOTHER = {
    SalesOrderHeader: {"external_id": "another"},
    SalesTransaction: {"position": 9},
    Link: {"xero_id": "another"},
}


@dataclass
class Key:
    """A key of the only row of its table."""

    model: type[models.Model]
    name: str

    @property
    def column(self) -> str:
        return self.model._meta.get_field(self.name).attname

    @property
    def row(self):
        return self.model._default_manager.get()

    @property
    def named(self):
        return getattr(self.row, self.name)

    @property
    def count(self) -> int:
        return self.model._default_manager.count()

    def add(self, value) -> None:
        """Another row, alike but for what it names."""
        columns = [field.attname for field in self.model._meta.concrete_fields if field.attname != "id"]
        row = {name: getattr(self.row, name) for name in columns} | ANOTHER[self.model] | {self.column: value}
        with transaction.atomic():
            bulk.insert(self.model, tuple(row), [tuple(row.values())])

    @transaction.atomic
    def remove_named(self) -> None:
        """This key is looked at at once: other tables name the row too, and would say so at the end."""
        if connection.vendor == "postgresql":
            name = f"{self.model._meta.db_table}_{self.column}_unused"
            with connection.cursor() as cursor:
                cursor.execute(f"SET CONSTRAINTS {name} IMMEDIATE")
        bulk.delete(type(self.named), "id", [self.named.pk])


@pytest.fixture
def filled():
    """An invoice with one line of a product, and a link."""
    company = operating_company()
    sales_ledger(company)
    with transaction.atomic():
        items_apply(company, [item_values(item("BOOK"))], at=AT)
        one = invoice_values(invoice("one", line("a", item_code="BOOK")), home_currency="GBP")
        documents_apply(company, [one], at=AT)
    Link.objects.create(connection=world.connection(company), stream="invoices", xero_id="one", updated_ms=0)


@pytest.fixture
def key(request, filled) -> Key:
    return Key(*request.param)


@EACH_KEY
@pytest.mark.rule("IN-3")
def test_a_row_that_names_what_does_not_exist_is_refused(key):
    with pytest.raises(IntegrityError):
        key.add(NOBODY)
    assert key.count == 1


@EACH_KEY
def test_a_row_may_name_what_exists(key):
    key.add(key.named.pk)
    assert key.count == 2


@EACH_KEY
def test_a_row_cannot_be_moved_to_what_does_not_exist(key):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.update(key.model, "id", (key.column,), [(key.row.pk, NOBODY)])
    assert key.named.pk != NOBODY


@EACH_KEY
def test_what_is_named_cannot_go(key):
    named = key.named
    words = f"{key.model._meta.db_table} still names" if connection.vendor == "postgresql" else "FOREIGN KEY"
    with pytest.raises(IntegrityError, match=words):
        key.remove_named()
    assert key.named == named


def test_a_line_may_name_no_product(filled):
    Key(SalesTransaction, "product").add(None)
    assert SalesTransaction.objects.count() == 2


@pytest.mark.parametrize("first", [ProductItem, SalesTransaction])
def test_what_is_named_may_go_in_one_transaction_with_who_names_it(filled, first):
    tables = {ProductItem: ProductItem.objects.get().pk, SalesTransaction: SalesTransaction.objects.get().pk}
    with transaction.atomic():
        for table in sorted(tables, key=lambda one: one is not first):
            bulk.delete(table, "id", [tables[table]])
    assert not ProductItem.objects.exists()


def foreign_keys() -> set[tuple[type[models.Model], str]]:
    kept = set()
    for model, name in KEYS:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        if any(one["foreign_key"] and one["columns"] == [f"{name}_id"] for one in found.values()):
            kept.add((model, name))
    return kept


def test_the_way_back_proves_each_row_again(filled):
    assert foreign_keys() == (set(KEYS) if connection.vendor == "sqlite" else set())
    try:
        for app in ("sales", "sync"):
            call_command("migrate", app, "0001", verbosity=0)
        assert foreign_keys() == set(KEYS)
        with pytest.raises(IntegrityError):
            Key(SalesTransaction, "product").add(NOBODY)
    finally:
        for app in ("sales", "sync"):
            call_command("migrate", app, verbosity=0)
    test_a_row_that_names_what_does_not_exist_is_refused(Key(SalesTransaction, "product"))
