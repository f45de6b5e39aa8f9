import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.purchase_orders import purchase_order_values
from tests.builders import guid, purchase_order, wire_date

D = Decimal


def mapped(**given):
    return purchase_order_values(purchase_order("one", **given), home_currency="GBP")


@pytest.mark.rule("PO-1")
def test_the_header_of_a_purchase_order():
    values = mapped(
        delivery_date=wire_date(dt.date(2026, 10, 8)),
        expected_arrival_date_string="2026-10-09T00:00:00",
        delivery_address="Unit 4\r\nHarbour Road",
        attention_to="Sam",
        telephone="01234 567890",
        delivery_instructions="\ufeffRing twice",
    )
    assert (values.external_id, values.ledger_id) == (guid("one"), guid("supplier"))
    assert (values.date, values.delivery_date) == (dt.date(2026, 10, 1), dt.date(2026, 10, 8))
    assert values.expected_on == dt.date(2026, 10, 9)
    assert values.delivery_address == "Unit 4\nHarbour Road"
    assert (values.attention_to, values.telephone) == ("Sam", "01234 567890")
    assert values.delivery_instructions == "Ring twice"
    assert (values.net, values.tax, values.total) == (D(100), D(20), D(120))
    assert [line.gross for line in values.lines] == [D(120)]


@pytest.mark.rule("PO-2")
@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("DRAFT", "draft"),
        ("SUBMITTED", "submitted"),
        ("AUTHORISED", "authorised"),
        ("BILLED", "completed"),
        ("DELETED", "obsolete"),
        ("ON HOLD", "unknown"),
    ],
)
def test_what_a_status_means(status, state):
    assert (mapped(status=status).status, mapped(status=status).state) == (status, state)


@pytest.mark.rule("PO-1", "TX-3")
def test_a_foreign_order_is_worth_its_amount_divided_by_the_rate():
    values = mapped(currency_code="USD", currency_rate="1.6")
    assert (values.home_net, values.home_total) == (D("62.5"), D(75))
    with pytest.raises(CannotMap):
        mapped(currency_code="USD", currency_rate=None)
