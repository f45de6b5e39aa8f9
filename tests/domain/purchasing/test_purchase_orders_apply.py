from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.items import item_values
from counterfoil.core.mapping.purchase_orders import purchase_order_values
from counterfoil.crm.products.services import items_apply
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseTransaction
from counterfoil.crm.purchasing.services import purchase_orders_apply, purchase_orders_link_products
from counterfoil.xero.records import ContactRef
from tests.builders import AT, guid, item, line, operating_company, purchase_ledger, purchase_order

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = operating_company()
    purchase_ledger(company)
    return company


def values(record):
    return purchase_order_values(record, home_currency="GBP")


def apply(company, *orders):
    with transaction.atomic():
        return purchase_orders_apply(company, [values(record) for record in orders], at=AT)


@pytest.mark.rule("PO-1")
def test_a_purchase_order_becomes_a_header_with_its_lines(company):
    with transaction.atomic():
        items_apply(company, [item_values(item("BOOK"))], at=AT)
    applied = apply(company, purchase_order("one", line("a", item_code="BOOK", discount_rate="5"), line("b")))
    assert (applied.created, applied.refused) == (1, {})
    header = PurchaseOrderHeader.objects.get()
    assert (header.external_id, header.number) == (guid("one"), "PO-one")
    assert (header.purchase_ledger.name, header.total, header.state) == ("supplier", D(120), "authorised")
    a, b = header.lines.order_by("position")
    assert (a.product.code, a.discount_rate, a.net, a.home_gross) == ("BOOK", D(5), D(100), D(120))
    assert (b.description, b.tax_type, b.tax) == ("The b", "OUTPUT2", D(20))


@pytest.mark.rule("PO-2")
def test_a_billed_order_is_completed_in_its_own_rows(company):
    apply(company, purchase_order("one", line("a"), line("b")))
    rows = list(PurchaseTransaction.objects.order_by("position").values_list("pk", flat=True))
    applied = apply(company, purchase_order("one", line("b"), line("a"), status="BILLED"))
    assert (applied.created, applied.updated) == (0, 1)
    assert PurchaseOrderHeader.objects.get().state == "completed"
    assert list(PurchaseTransaction.objects.order_by("position").values_list("pk", flat=True)) == rows[::-1]


@pytest.mark.rule("PO-1", "SY-4")
def test_the_same_orders_again_change_nothing(company):
    apply(company, purchase_order("one"), purchase_order("two"))
    before = list(PurchaseOrderHeader.objects.values()), list(PurchaseTransaction.objects.values())
    assert apply(company, purchase_order("one"), purchase_order("two")).updated == 2
    assert (list(PurchaseOrderHeader.objects.values()), list(PurchaseTransaction.objects.values())) == before


@pytest.mark.rule("PR-1")
def test_a_line_finds_a_product_that_came_after_it(company):
    apply(company, purchase_order("one", line("a", item_code="BOOK")))
    with transaction.atomic():
        items_apply(company, [item_values(item("BOOK"))], at=AT)
    assert purchase_orders_link_products(company) == 1
    assert PurchaseTransaction.objects.get().product.code == "BOOK"


@pytest.mark.rule("SY-10")
def test_an_order_from_an_unknown_supplier_is_refused_and_the_rest_goes_in(company):
    stranger = ContactRef(contact_id=guid("stranger"))
    applied = apply(company, purchase_order("one", contact=stranger), purchase_order("two"))
    assert applied.created == 1
    assert applied.refused[guid("one")].startswith(
        "Purchase order PO-one belongs to a contact that is not a supplier"
    )


def test_companies_keep_the_same_ids_apart(company):
    other = operating_company("Other")
    purchase_ledger(other)
    apply(company, purchase_order("one", reference="ours"))
    apply(other, purchase_order("one", reference="theirs"))
    assert PurchaseOrderHeader.objects.of(company).get().reference == "ours"
