"""A confirmed order becomes one draft invoice, and its number comes back."""

import pytest

from tests.sync.push.orders import shop
from tests.sync.push.test_people import new_customer

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


@pytest.mark.rule("PU-4")
@pytest.mark.failure("R9")
def test_an_order_costs_two_calls_and_five_with_a_new_customer() -> None:
    with shop(limits=False) as here:
        here.order()
        here.push()
        assert len(here.here.calls()) == 2
        here.pass_time(minutes=3)
        ledger = new_customer(here, "Orchard")
        here.here.forget_calls()
        here.order(ledger=ledger)
        here.push()
        here.push()
        assert len([call for call in here.here.calls() if "History" not in call["path"]]) == 5
