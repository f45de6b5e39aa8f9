"""CU-14: nothing goes to Xero about a contact whose personal data is to be removed, whatever was on its way to it."""

from __future__ import annotations

import pytest

from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.services import customer_edit
from counterfoil.sandbox import actions
from counterfoil.sync.models import Errand
from counterfoil.sync.sentences import of_errand
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def removal_requested(here: Shop, contact: str) -> None:
    actions.contact_edit(here.here.organisation, contact, ContactStatus="GDPRREQUEST")


@pytest.mark.rule("CU-14")
def test_an_order_that_was_confirmed_before_is_not_sent_and_says_what_to_do() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        removal_requested(here, quote.sales_ledger.ledger_id)
        here.here.sync_all()
        here.forget()
        here.push()
        quote.refresh_from_db()
        assert (here.state(quote), here.writes(), here.invoices(quote)) == ("refused", [], [])
        assert "removal of their personal data was requested in Xero. Nothing was sent." in quote.push_words
        assert "Restore" not in quote.push_words


@pytest.mark.rule("CU-14")
@pytest.mark.parametrize("is_known", [True, False], ids=["read since", "not read yet"])
def test_a_change_that_was_made_before_is_not_sent(is_known: bool) -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        customer_edit(ledger, actor=here.here.user, at=here.clock(), email="late@ours.example")
        removal_requested(here, ledger.ledger_id)
        if is_known:
            here.here.sync_all()
        here.forget()
        here.push()
        here.here.sync_all()
        errand = Errand.objects.select_related("ledger").get()
        assert (errand.state, here.writes()) == ("archived", [])
        assert "personal data was requested" in of_errand(errand)


@pytest.mark.rule("CU-14")
def test_nothing_of_it_can_be_changed_here_any_more() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        removal_requested(here, ledger.ledger_id)
        here.here.sync_all()
        ledger.refresh_from_db()
        with pytest.raises(CustomerRefused, match="personal data was requested in Xero"):
            customer_edit(ledger, actor=here.here.user, at=here.clock(), email="late@ours.example")
        here.forget()
        here.push()
        assert (ledger.on_stop, here.writes()) == (True, [])
