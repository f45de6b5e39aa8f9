"""The daily look at the reference rates, from the stand-in's own feed: fetched, kept, called what they are (TX-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from counterfoil.crm.finance.errors import RateMissing
from counterfoil.crm.finance.rates import OLDEST_DAYS, rate_on, rates_state
from counterfoil.project import demo
from counterfoil.project.configuration import SETTINGS
from counterfoil.sandbox import rates as feed
from counterfoil.sandbox.seeds import load
from counterfoil.sync import rates
from tests.sync.world import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("TX-3")]

FRIDAY = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("uk", invoices=2), limits=False) as running:
        running.server.world.clock.set(FRIDAY)
        settings.CONFIGURATION = replace(settings.CONFIGURATION, rates_url=f"{running.server.url}{feed.PATH}")
        yield running


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def test_a_foreign_document_has_a_rate_without_anybody_typing_one(here: World) -> None:
    with pytest.raises(RateMissing):
        rate_on(here.company, "EUR", FRIDAY.date())
    rates.refresh_if_due(FRIDAY)
    found = rate_on(here.company, "EUR", FRIDAY.date())
    assert found.on == FRIDAY.date()
    assert round(1 / found.value, 4) == feed.rate("GBP", FRIDAY.date())
    assert found.source == rates_state().source == feed.SENDER
    assert "not real rates" in found.source


def test_the_bundled_years_come_although_the_feed_was_read_before_connecting(here: World) -> None:
    rates.refresh_if_due(FRIDAY)
    told = rate_on(here.company, "USD", FRIDAY.date())
    here.connect()
    here.sync_all_at(FRIDAY)
    two_years_ago = FRIDAY.date() - days(730)
    assert abs((two_years_ago - rate_on(here.company, "USD", two_years_ago).on).days) <= OLDEST_DAYS
    assert rate_on(here.company, "USD", FRIDAY.date()) == told


def test_the_feed_is_asked_every_six_hours_and_follows_the_stand_ins_clock(here: World) -> None:
    rates.refresh_if_due(FRIDAY)
    rates.refresh_if_due(FRIDAY + dt.timedelta(hours=5))
    assert len(here.calls(feed.PATH)) == 1
    assert rates_state().newest_on == FRIDAY.date()
    here.server.world.clock.set(FRIDAY + days(3))
    rates.refresh_if_due(FRIDAY + days(3))
    assert rates_state().newest_on == (FRIDAY + days(3)).date()
    monday, friday = (rate_on(here.company, "USD", (FRIDAY + days(n)).date()).value for n in (3, 0))
    assert monday != friday


def test_over_a_weekend_fridays_rates_count(here: World) -> None:
    here.server.world.clock.set(FRIDAY + days(2))
    rates.refresh_if_due(FRIDAY + days(2))
    assert rate_on(here.company, "EUR", (FRIDAY + days(2)).date()).on == FRIDAY.date()


@pytest.mark.parametrize("fault", ["503_offline", "html_200", "cut_body", "reset_before", "404_text"])
def test_a_feed_in_trouble_says_so_and_leaves_the_rates_as_they_are(here: World, fault: str) -> None:
    rates.refresh_if_due(FRIDAY)
    before = rate_on(here.company, "USD", FRIDAY.date())
    here.arm(fault, path="eurofxref", count=0)
    rates.refresh_if_due(FRIDAY + days(1))
    assert "The rates on hand stay in use; it is tried again within six hours." in rates_state().problem
    assert dt.timedelta(hours=6) == rates.EVERY
    assert rate_on(here.company, "USD", FRIDAY.date()) == before


def test_a_real_installation_asks_the_bank_and_the_demo_the_stand_in_by_the_same_path() -> None:
    default = next(one.default for one in SETTINGS if one.name == "COUNTERFOIL_RATES_URL")
    assert default == f"https://www.ecb.europa.eu{feed.PATH}"
    assert feed.PATH == demo.RATES_PATH
