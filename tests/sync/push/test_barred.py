"""What Xero does not let in when it is sent: told as of reading, looked into once, parked, and sent after reconnecting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.services import customer_edit
from counterfoil.sandbox.resources import contact_rules
from counterfoil.sync import causes, selectors, work
from counterfoil.sync.models import Errand
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db

GONE = {"body": []}


@pytest.fixture
def here() -> Iterator[Shop]:
    with shop(limits=False) as running:
        yield running


def reconnected(here: Shop) -> None:
    here.here.server.edge.faults.clear()
    here.here.connect()
    here.pass_time(seconds=30)
    assert work.pushes_due(here.clock()) == [here.here.connection.pk]
    here.push()


@pytest.mark.rule("TK-3", "PU-7")
@pytest.mark.failure("A15")
@pytest.mark.parametrize(
    ("fault", "listed", "cause", "looks"),
    [
        ("401_scope", True, "scope", 0),
        ("403_tenant", True, "role", 1),
        ("403_tenant", False, "removed", 1),
    ],
)
def test_an_order_that_is_barred_says_why_parks_with_the_others_and_goes_out_after_reconnecting(
    here: Shop, fault: str, listed: bool, cause: str, looks: int
) -> None:
    quotes = [here.order() for _ in range(3)]
    here.here.arm(fault, method="PUT", path="Invoices", count=0)
    if not listed:
        here.here.arm("custom", path="^/connections", count=0, params=GONE)
    here.forget()
    here.push()
    connection = here.here.connection
    assert (connection.state, connection.state_cause) == ("reconnect", cause)
    assert "Nothing in the CRM is lost" in connection.state_reason
    assert len(causes.next_step(connection)) > 30
    assert selectors.light(here.here.company, here.clock())[0] == "red"
    assert len(here.here.calls("/connections")) == looks
    assert here.here.calls("/connect/token") == []
    # The first one shows that no other would be let in; none is refused, and none is asked about again.
    assert len(here.writes()) == 1
    assert {here.state(quote) for quote in quotes} <= {"waiting", "ready", "blocked"}
    here.pass_time(hours=2)
    assert work.pushes_due(here.clock()) == []
    reconnected(here)
    assert [here.state(quote) for quote in quotes] == ["sent"] * 3
    assert [len(here.invoices(quote)) for quote in quotes] == [1] * 3


@pytest.mark.rule("TK-3", "PU-7")
def test_tokens_that_xero_does_not_know_are_renewed_once_and_then_the_order_waits(here: Shop) -> None:
    quote = here.order()
    here.here.arm("401_unknown", method="PUT", path="Invoices", count=0)
    here.push()
    here.pass_time(seconds=30)
    here.push()
    assert (here.here.connection.state, here.here.connection.state_cause) == ("reconnect", "unknown")
    assert here.state(quote) == "waiting"
    reconnected(here)
    assert (here.state(quote), len(here.invoices(quote))) == ("sent", 1)


@pytest.mark.rule("TK-3", "PU-2")
@pytest.mark.parametrize(("fault", "cause"), [("401_scope", "scope"), ("403_tenant", "role")])
def test_a_change_of_a_customer_that_is_barred_goes_out_after_reconnecting(
    here: Shop, fault: str, cause: str
) -> None:
    ledger = here.ledger
    customer_edit(ledger, actor=here.here.user, at=here.clock(), email="new@barred.example")
    here.here.arm(fault, method="POST", path="Contacts", count=0)
    here.push()
    assert (here.here.connection.state, here.here.connection.state_cause) == ("reconnect", cause)
    assert Errand.objects.get().state == "read"
    assert work.pushes_due(here.clock()) == []
    reconnected(here)
    assert Errand.objects.get().state == "done"
    there = contact_rules.record(here.here.store.contacts.get(ledger.ledger_id))
    assert there["EmailAddress"] == "new@barred.example"
