import json
from decimal import Decimal

import msgspec
import pytest

from counterfoil.core.mapping.documents import NotOurs, invoice_values
from counterfoil.core.mapping.items import item_values
from counterfoil.xero.records import Invoice, Item


@pytest.fixture(scope="module")
def recorded(repository):
    """Answers that Xero once gave; they belong to others, so they are beside this repository and not in it."""

    def read(name, key, kind):
        path = repository.parent / "shared" / "recorded" / name
        if not path.exists():
            pytest.skip("no recorded answers beside this repository")
        return msgspec.convert(json.loads(path.read_text(), parse_float=Decimal)[key], list[kind])

    return read


@pytest.mark.rule("PR-1", "PR-2", "PR-3")
def test_recorded_items_map_whole(recorded):
    items = {values.code: values for values in map(item_values, recorded("items.json", "Items", Item))}
    assert len(items) > 10
    book = items["BOOK"]
    assert (book.description, book.selling_price) == (
        "Fish out of Water: Finding Your Brand",
        Decimal("19.95"),
    )
    assert (book.sales_analysis, book.vat_code, book.cost_price) == ("200", "TAX001", None)
    assert items["GB1-White"].purchase_analysis == "300"


@pytest.mark.rule("IN-1")
def test_a_recorded_bill_is_not_ours(recorded):
    for bill in recorded("bill-created.json", "Invoices", Invoice):
        with pytest.raises(NotOurs):
            invoice_values(bill, home_currency="USD")
