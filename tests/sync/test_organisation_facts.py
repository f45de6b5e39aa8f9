"""What an organisation is may change in Xero after it was connected; the daily look at its facts brings it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from counterfoil.sync import work
from counterfoil.sync.models import Connection, ConnectionRole
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db

ZONE = "Australia/Sydney"


@pytest.fixture
def here() -> Iterator[World]:
    """Connected and read, and since then moved to Sydney."""
    with world(limits=False) as running:
        running.connect()
        running.sync()
        running.company.refresh_from_db()
        running.organisation.store.organisation["Timezone"] = "AUSEASTERNSTANDARDTIME"
        yield running


@pytest.mark.rule("IN-5")
def test_the_company_takes_over_a_time_zone_that_was_changed_in_xero(here: World) -> None:
    before = here.company.time_zone
    here.sync_all_at(later(hours=1))
    here.company.refresh_from_db()
    assert here.company.time_zone == before != ZONE
    here.sync_all_at(later(days=1, hours=1))
    here.company.refresh_from_db()
    assert here.company.time_zone == ZONE


def test_the_zone_of_a_secondary_organisation_is_not_the_companys(here: World) -> None:
    before = here.company.time_zone
    Connection.objects.update(role=ConnectionRole.SECONDARY)
    at = later(days=1, hours=1)
    assert work.pass_run(Connection.objects.get().pk, clock=lambda: at) is not None
    assert Connection.objects.get().time_zone == ZONE
    here.company.refresh_from_db()
    assert here.company.time_zone == before


def test_a_lock_date_that_was_set_later_arrives(here: World) -> None:
    here.organisation.store.organisation |= {
        "PeriodLockDate": dt.date(2026, 10, 31),
        "EndOfYearLockDate": dt.date(2026, 3, 31),
    }
    here.sync_all_at(later(days=1, hours=1))
    assert here.connection.period_lock_date == dt.date(2026, 10, 31)
    assert here.connection.year_end_lock_date == dt.date(2026, 3, 31)
