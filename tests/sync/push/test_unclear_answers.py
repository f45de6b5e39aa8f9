"""Whatever happens to the answer, an order is one invoice, and every write keeps Xero's manners."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sync import wiring
from counterfoil.sync.models import PushAttempt
from counterfoil.xero.transport import Transport
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db

# What happens to the PUT, and what is known right after it.
FAULTS = [
    ("answer_lost", "resending"),
    ("reset_before", "resending"),
    ("html_502", "resending"),
    ("html_502_after_commit", "resending"),
    ("html_504", "resending"),
    ("503_offline", "resending"),
    ("500_before_commit", "uncertain"),
    ("500_after_commit", "uncertain"),
    ("idempotency_down", "uncertain"),
    ("html_200", "uncertain"),
    ("cut_body", "resending"),
    ("xml_answer", "uncertain"),
    ("duplicate_delivery", "sent"),
    ("401_expired", "sent"),
]


def settled(here: Shop, quote) -> None:
    """Later runs bring it to its end."""
    for minutes in (0.1, 0.3, 1, 70, 2, 2):
        here.pass_time(minutes=minutes)
        here.push()
    quote.refresh_from_db()
    assert (here.state(quote), quote.push_state) == ("sent", "sent")
    live = [one for one in here.invoices(quote) if one["Status"] != "DELETED"]
    assert [one["InvoiceID"] for one in live] == [quote.invoice_id]


@pytest.mark.rule("PU-7")
@pytest.mark.failure("R8")  # a 503 to a write is as unclear as a lost answer
def test_an_order_is_one_invoice_whatever_happens_to_the_answer() -> None:
    with shop(limits=False) as here:
        for fault, known in FAULTS:
            quote = here.order()
            here.here.arm(fault, method="PUT", path="Invoices")
            here.push()
            assert here.state(quote) == known, fault
            settled(here, quote)
        here.assert_good_manners()


@pytest.mark.rule("PU-7")
def test_a_request_that_never_ends_counts_as_lost_and_is_repeated_under_its_key() -> None:
    with shop(limits=False) as here:
        pool = wiring._transports
        wiring.write_transport().close()
        for fault in ("never_arrives", "answer_never"):
            pool["writes"] = Transport(wiring.hosts(), connect_s=1, read_s=1, deadline_s=1)
            quote = here.order()
            here.here.arm(fault, method="PUT", path="Invoices")
            here.push()
            assert here.state(quote) == "resending"
            pool.pop("writes").close()
            settled(here, quote)
            (attempt,) = PushAttempt.objects.filter(intent=here.intent(quote))
            assert attempt.sends == 2
            pool.pop("writes").close()


@pytest.mark.rule("PU-7")
def test_what_xero_held_back_for_its_limits_goes_out_later_under_the_same_key() -> None:
    with shop(limits=False) as here:
        for fault in ("429_minute", "429_concurrent", "429_app", "429_bare"):
            quote = here.order()
            here.here.arm(fault, method="PUT", path="Invoices", params={"retry_after": 1})
            here.push()
            assert here.state(quote) == "resending", fault
            wiring.forget()
            here.pass_time(minutes=1.2)
            settled(here, quote)


@pytest.mark.rule("PU-7")
def test_a_day_without_calls_left_is_waited_for_and_nothing_is_lost() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.here.arm("429_day", method="PUT", path="Invoices")
        here.push()
        assert here.state(quote) == "ready"
        wiring.forget()
        here.pass_time(hours=12)
        settled(here, quote)


@pytest.mark.rule("PU-7")
@pytest.mark.failure("O7")
def test_a_clock_of_ours_that_is_hours_wrong_does_not_hide_what_was_made() -> None:
    with shop(limits=False) as here:
        for hours in (7, -20):
            here.ahead += dt.timedelta(hours=hours)
            quote = here.order()
            here.here.arm("500_after_commit", method="PUT", path="Invoices")
            here.push()
            assert here.state(quote) == "uncertain"
            settled(here, quote)
