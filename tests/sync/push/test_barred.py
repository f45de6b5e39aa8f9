"""What Xero does not let in when it is sent: looked into once, parked, and sent when it may be; reading goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.services import customer_edit
from counterfoil.crm.quotes.models import Quote
from counterfoil.sandbox.resources import contact_rules
from counterfoil.sync import causes, selectors, standing, watching, work
from counterfoil.sync.models import Errand, Incident
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db

GONE = {"body": []}
BARRED = [("401_scope", "scope", 0), ("403_tenant", "role", 1)]


@pytest.fixture
def here() -> Iterator[Shop]:
    with shop(limits=False) as running:
        yield running


def reconnected(here: Shop) -> None:
    here.here.server.edge.faults.clear()
    here.here.connect(renew=True)
    here.pass_time(seconds=30)
    assert work.pushes_due(here.clock()) == [here.here.connection.pk]
    here.push()


def barred(here: Shop, fault: str, *, orders: int = 3) -> list[Quote]:
    """Orders of which the first one showed that none would be let in; none is refused, or asked about again."""
    quotes = [here.order() for _ in range(orders)]
    here.here.arm(fault, method="PUT", path="Invoices", count=0)
    here.forget()
    here.push()
    assert len(here.writes()) == 1
    assert here.here.calls("/connect/token") == []
    assert {here.state(quote) for quote in quotes} <= {"waiting", "ready", "blocked"}
    return quotes


def all_there(here: Shop, quotes: list[Quote]) -> bool:
    """Each order once."""
    return all((here.state(quote), len(here.invoices(quote))) == ("sent", 1) for quote in quotes)


@pytest.mark.rule("TK-3", "CN-10", "PU-7")
@pytest.mark.failure("A15")
@pytest.mark.parametrize(("fault", "cause", "looks"), BARRED)
def test_orders_that_are_barred_wait_with_the_reason_while_reading_goes_on_and_go_out_after_reconnecting(
    here: Shop, fault: str, cause: str, looks: int
) -> None:
    quotes = barred(here, fault)
    connection = here.here.connection
    assert (connection.state, connection.sending_cause) == ("connected", cause)
    assert len(here.here.calls("/connections")) == looks
    colour, said = selectors.light(here.here.company, here.clock())
    assert colour == "red"
    assert said.startswith("Nothing can be sent.")
    assert "Reading goes on" in said
    assert len(causes.sending_next_step(connection)) > 30
    lacks = [row["key"] for row in connection.prerequisites if not row["ok"]]
    assert lacks == (["role"] if cause == "role" else [])
    status = selectors.integration_status(here.here.company, here.clock())
    assert status.next_step.endswith("3 orders and changes wait here and go out by themselves then.")
    assert here.here.sync_all().state == "done"
    assert here.here.connection.sending_cause == cause
    here.pass_time(minutes=50)
    assert work.pushes_due(here.clock()) == []
    reconnected(here)
    assert here.here.connection.sending_cause == ""
    assert all_there(here, quotes)


@pytest.mark.rule("TK-3", "PU-7")
@pytest.mark.failure("A10")
def test_orders_for_an_organisation_that_is_gone_end_the_connection_and_go_out_after_reconnecting(
    here: Shop,
) -> None:
    here.here.arm("custom", path="^/connections", count=0, params=GONE)
    quotes = barred(here, "403_tenant")
    connection = here.here.connection
    assert (connection.state, connection.state_cause) == ("reconnect", "removed")
    assert "Nothing in the CRM is lost" in connection.state_reason
    assert len(here.here.calls("/connections")) == 1
    here.pass_time(hours=2)
    assert work.pushes_due(here.clock()) == []
    reconnected(here)
    assert all_there(here, quotes)


@pytest.mark.rule("CN-10", "TK-3")
@pytest.mark.parametrize(("fault", "cause", "looks"), BARRED)
def test_a_role_given_back_in_xero_lets_orders_out_within_the_hour_without_anybody(
    here: Shop, fault: str, cause: str, looks: int
) -> None:
    quotes = barred(here, fault, orders=2)
    here.pass_time(hours=1)
    here.forget()
    assert work.pushes_due(here.clock()) == [here.here.connection.pk]
    here.push()
    assert (len(here.writes()), here.here.connection.sending_cause) == (1, cause)  # one try an hour
    here.here.server.edge.faults.clear()
    here.pass_time(minutes=59)
    assert work.pushes_due(here.clock()) == []
    here.pass_time(minutes=1)
    here.push()
    assert all_there(here, quotes)
    assert here.here.connection.sending_cause == ""
    here.here.sync_all()
    assert {row["ok"] for row in here.here.connection.prerequisites} == {True}
    told = AuditEntry.objects.filter(action__startswith="connection.sending").order_by("pk")
    assert [one.action for one in told] == ["connection.sending_barred", "connection.sending"]


@pytest.mark.rule("TK-3")
def test_when_nothing_may_be_read_either_the_next_pass_asks_for_a_reconnect(here: Shop) -> None:
    quote = here.order()
    here.here.arm("403_tenant", path="api.xro", count=0)
    here.push()
    assert here.here.sync_all().state == "failed"
    connection = here.here.connection
    assert (connection.state, connection.state_cause) == ("reconnect", "role")
    assert standing.waiting_words(here.here.company).startswith("1 order or change waits")
    reconnected(here)
    assert all_there(here, [quote])


@pytest.mark.rule("TK-2")
def test_orders_that_wait_for_a_role_are_one_alert_and_its_end_another(here: Shop) -> None:
    barred(here, "403_tenant")
    watching.watch_one(here.here.connection, here.clock())
    assert [one.kind for one in Incident.objects.filter(closed_at=None)] == ["sending"]
    reconnected(here)
    watching.watch_one(here.here.connection, here.clock())
    assert not Incident.objects.filter(closed_at=None).exists()


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
    assert (here.here.connection.state, here.here.connection.sending_cause) == ("connected", cause)
    assert Errand.objects.get().state == "read"
    assert work.pushes_due(here.clock()) == []
    reconnected(here)
    assert Errand.objects.get().state == "done"
    there = contact_rules.record(here.here.store.contacts.get(ledger.ledger_id))
    assert there["EmailAddress"] == "new@barred.example"
