"""The simulated rep puts an order right whose product was deleted in Xero before anybody here could know."""

from __future__ import annotations

from random import Random

import pytest

from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import QuoteLine
from counterfoil.sandbox import actions
from counterfoil.sync.models import Connection
from tests.soak.quarter_people import People
from tests.soak.quarter_rep import Rep
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def rep_of(here: Shop) -> Rep:
    people = People(Random(1), here.clock)
    people.begin_anew(here.here.organisation)
    return Rep(here, people, Random(1))


@pytest.mark.rule("PU-8")
def test_an_order_with_a_product_that_is_gone_is_told_put_right_and_invoiced_once() -> None:
    with shop(limits=False) as here:
        rep = rep_of(here)
        key = actions.item_add(
            here.here.organisation,
            Code="SOON-GONE",
            Name="Soon gone",
            SalesDetails={"UnitPrice": 12, "AccountCode": "200"},
        )
        here.here.sync_all()
        quote = here.order(product=ProductItem.objects.get(external_id=key))
        rep.orders[quote.pk] = (quote, here.here.store)
        actions.item_delete(here.here.organisation, key)
        here.push()
        assert here.state(quote) == "refused"
        [problem] = rep.problems()
        assert "refused with 0 live invoices" in problem
        assert "SOON-GONE" in problem
        rep.answer()
        Connection.objects.update(push_not_before=None)
        here.push()
        assert rep.problems() == []
        assert list(rep.refusals.values()) == [1]
        codes = QuoteLine.objects.filter(quote=quote).values_list("product__code", flat=True)
        assert "SOON-GONE" not in codes
