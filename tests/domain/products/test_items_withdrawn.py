import pytest
from django.db import transaction

from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import items_apply, items_withdraw_missing
from tests.builders import AT, guid, item, operating_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return operating_company()


def stock_up(company, *names, **given):
    with transaction.atomic():
        items_apply(company, [item_values(item(name, **given)) for name in names], at=AT)


def withdraw(company, *present):
    with transaction.atomic():
        return items_withdraw_missing(company, {guid(name) for name in present}, at=AT)


def obsolete(company):
    rows = ProductItem.objects.of(company).filter(is_obsolete=True)
    return dict(rows.values_list("code", "obsolete_reason"))


@pytest.mark.rule("PR-8")
def test_an_item_gone_from_the_full_list_is_obsolete_and_stays(company):
    stock_up(company, "a", "b")
    assert withdraw(company, "a") == 1
    assert obsolete(company) == {"b": "No longer in Xero's list of items"}
    assert withdraw(company, "a") == 0


@pytest.mark.rule("PR-8")
def test_an_item_that_is_back_is_restored(company):
    stock_up(company, "a", "b")
    withdraw(company, "a")
    assert withdraw(company, "a", "b") == 0
    assert obsolete(company) == {}


@pytest.mark.rule("PR-5", "PR-8")
def test_an_unsold_item_that_is_back_is_still_not_sold(company):
    stock_up(company, "a")
    stock_up(company, "b", is_sold=False)
    withdraw(company, "a")
    withdraw(company, "a", "b")
    assert obsolete(company) == {"b": "Not sold in Xero"}


@pytest.mark.rule("PR-8")
def test_a_product_whose_code_was_taken_is_not_restored(company):
    stock_up(company, "a")
    withdraw(company)
    stock_up(company, "b", code="a")
    withdraw(company, "a", "b")
    current = ProductItem.objects.of(company).filter(is_withdrawn=False)
    assert [product.external_id for product in current] == [guid("b")]


@pytest.mark.rule("PR-8")
def test_half_of_many_products_never_vanish_at_once(company):
    names = [f"item {n}" for n in range(12)]
    stock_up(company, *names)
    said = withdraw(company, *names[:6])
    assert said.startswith("Xero's list of items lacks 6 of 12 products.")
    assert obsolete(company) == {}
    assert withdraw(company, *names[:7]) == 5


@pytest.mark.rule("PR-8")
def test_all_of_a_few_may_vanish(company):
    stock_up(company, *[f"item {n}" for n in range(10)])
    assert withdraw(company) == 10


@pytest.mark.rule("PR-8", "PU-3")
def test_products_made_in_the_crm_are_not_missed_by_xeros_list(company):
    ProductItem.objects.create(operating_company=company, code="own", created_at=AT, updated_at=AT)
    assert withdraw(company) == 0
    assert obsolete(company) == {}


def test_another_companys_products_are_left_alone(company):
    other = operating_company("Other")
    stock_up(other, "a")
    withdraw(company)
    assert obsolete(other) == {}
