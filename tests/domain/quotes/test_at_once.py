"""Two tabs, a double click, the API and the screen: whoever confirms at the same moment, it is one order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.quotes.models import Quote, QuoteVersion
from counterfoil.crm.quotes.numbers import QUOTES, number_take
from counterfoil.crm.quotes.services import quote_confirm
from tests.builders import operating_company
from tests.domain.quotes.stage import LATER, Shop

AT_ONCE = 8


def at_once(work):
    """Run `work` in threads that start together, each with a connection of its own."""
    start = Barrier(AT_ONCE)

    def one(_):
        try:
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.rule("PU-7")
@pytest.mark.django_db(transaction=True)
def test_confirmed_by_many_at_once_it_is_one_order():
    shop = Shop(operating_company())
    quote = shop.quote()
    found = at_once(
        lambda: quote_confirm(
            Quote.objects.get(pk=quote.pk), actor=shop.rep, at=LATER, expected_version=quote.edit_version
        )
    )
    assert sorted(confirmed.is_new for confirmed in found) == [False] * (AT_ONCE - 1) + [True]
    assert {confirmed.quote.stage for confirmed in found} == {"waiting"}
    assert ChangeRecord.objects.filter(kind="order.confirmed").count() == 1
    assert QuoteVersion.objects.filter(quote=quote).count() == 1
    assert Quote.objects.get(pk=quote.pk).order_revision == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_once_are_all_different():
    from django.db import transaction

    company = operating_company()

    def take():
        with transaction.atomic():
            return number_take(company, QUOTES, prefix="Q-")

    assert sorted(at_once(take)) == [f"Q-{1001 + n}" for n in range(AT_ONCE)]
