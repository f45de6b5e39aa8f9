"""A confirmed order becomes one draft invoice, and its number comes back."""

import pytest

from tests.sync.push.orders import shop

pytestmark = pytest.mark.django_db


@pytest.mark.rule("PU-4")
def test_a_confirmed_order_is_one_draft_with_its_number_on_the_quote() -> None:
    with shop() as here:
        quote = here.order()
        here.push()
        quote.refresh_from_db()
        (invoice,) = here.invoices(quote)
        assert invoice["Status"] == "DRAFT"
        assert (quote.push_state, quote.invoice_id) == ("sent", invoice["InvoiceID"])
        assert quote.invoice_number == invoice["InvoiceNumber"] != ""
        assert invoice["Total"] == quote.total
