import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.quotes.models import QuoteVersion
from counterfoil.crm.quotes.services import ORDER_CONFIRMED


@pytest.mark.rule("PU-4")
def test_a_confirmed_quote_waits_with_a_snapshot_and_a_change_for_the_sync(shop):
    quote = shop.quote(customer_reference="PO 7")
    confirmed = shop.confirm(quote)
    assert confirmed.is_new
    quote.refresh_from_db()
    assert (quote.stage, quote.push_state, quote.order_revision) == ("waiting", "waiting", 1)
    version = QuoteVersion.objects.get(quote=quote)
    change = ChangeRecord.objects.get(kind=ORDER_CONFIRMED)
    assert change.payload["version"] == version.pk
    order = version.content["order"]
    assert order["ledger"]["ledger_id"] == shop.ledger.ledger_id
    assert (order["reference"], order["currency"], order["status"]) == ("PO 7", "GBP", "DRAFT")
    assert [(line["code"], line["quantity"], line["unit_price"]) for line in order["lines"]] == [
        ("BOLT", "1", "25.06")
    ]
    assert (order["net"], order["tax"], order["total"]) == ("25.06", "5.01", "30.07")
