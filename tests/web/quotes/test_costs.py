"""How many queries the page of a quote and each change of it cost, however many lines it has."""

from decimal import Decimal

import pytest

from counterfoil.crm.products.models import Stock, Warehouse
from tests.builders import AT
from tests.web import world

# Two of those of a change begin and end its transaction.
PAGE, LINE, HEAD = 17, 15, 16
# Writing many places at once takes PostgreSQL four statements more than SQLite.
MOVE = 18


@pytest.fixture
def stocked(shop):
    """The bolt is on the shelf, and this customer bought it before."""
    here = Warehouse.objects.create(operating_company=shop.company, name="Main", is_default=True)
    shop.bolt.is_stocked = True
    shop.bolt.save()
    values = {"warehouse": here, "free_stock": Decimal(3), "physical_stock": Decimal(3), "as_at": AT}
    Stock.objects.create(operating_company=shop.company, product=shop.bolt, **values)
    world.line(world.document(shop.ledger, "INV-7", "20.00"), product=shop.bolt, unit_price=Decimal(20))
    return shop


@pytest.fixture(params=[3, 40])
def quote(request, stocked):
    return stocked.quote(lines=[{"product": stocked.bolt}] * request.param)


def test_the_page_shows_stock_and_last_price_of_every_line(quote, pages):
    text = pages.page(quote).content.decode()
    assert text.count("3 on hand as at") == text.count("last paid £20.00") == quote.lines.count()


def test_the_page_costs_the_same(quote, pages, django_assert_num_queries):
    pages.page(quote)
    with django_assert_num_queries(PAGE):
        pages.page(quote)


def test_a_changed_line_costs_the_same(quote, pages, django_assert_num_queries):
    line = quote.lines.first()
    with django_assert_num_queries(LINE):
        answer = pages.do(quote, "line-edit", line=line.pk, quantity="7").content.decode()
    assert answer.count("3 on hand as at") == 1


def test_a_moved_line_costs_no_more(quote, pages, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOVE):
        pages.do(quote, "line-move", line=quote.lines.last().pk, position="1")


def test_a_changed_head_costs_the_same(quote, pages, django_assert_num_queries):
    with django_assert_num_queries(HEAD):
        pages.do(quote, "edit", title="Spring")
