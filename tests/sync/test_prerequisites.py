"""CN-10: what an organisation or its user lacks is told with its effect, when connecting and daily, and bars nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync.models import Connection
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db

EFFECTS = {
    "organisation": "Xero may refuse new invoices",
    "multicurrency": "orders in other currencies than the home currency cannot become Xero invoices",
    "role": "reading works, confirmed orders will wait",
}


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


def everything_allowed(here: World, yes: bool) -> None:
    """Whether the plan, the role and the organisation's own state let everything be done."""
    here.store.organisation["OrganisationStatus"] = "ACTIVE" if yes else "SUSPENDED"
    for action in here.store.actions:
        action["Status"] = "ALLOWED" if yes else "NOT-ALLOWED"


def missing(connection: Connection) -> dict[str, Any]:
    connection.refresh_from_db()
    return {row["key"]: row["text"] for row in connection.prerequisites if not row["ok"]}


@pytest.mark.rule("CN-10")
def test_what_is_missing_is_told_with_its_effect_and_everything_is_read_all_the_same(here: World) -> None:
    everything_allowed(here, False)
    connection = here.connect()
    told = missing(connection)
    assert set(told) == set(EFFECTS)
    assert [key for key, effect in EFFECTS.items() if effect not in told[key]] == []
    assert here.sync().state == "done"
    assert SalesOrderHeader.objects.exists()


@pytest.mark.rule("CN-10")
def test_what_is_missing_is_looked_at_again_once_a_day(here: World) -> None:
    connection = here.connect()
    everything_allowed(here, False)
    here.sync_all_at(later(hours=23))
    assert missing(connection) == {}
    here.sync_all_at(later(hours=25))
    assert set(missing(connection)) == set(EFFECTS)
    everything_allowed(here, True)
    here.sync_all_at(later(hours=50))
    assert missing(connection) == {}
