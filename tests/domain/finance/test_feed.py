import datetime as dt
import re
from decimal import Decimal

import pytest

from counterfoil.crm.finance.errors import FeedRefused
from counterfoil.crm.finance.feed import BYTES_LIMIT, parse
from counterfoil.crm.finance.models import ReferenceRate
from counterfoil.crm.finance.rates import rates_checked_at, rates_state, reference_rates_refresh
from tests.builders import AT

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube>{days}</Cube></gesmes:Envelope>"""
BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Cube>&b;</Cube>"""
OUTSIDE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Cube>&a;</Cube>"""


def feed(on="2026-11-20", **rates):
    cubes = "".join(f"<Cube currency='{currency}' rate='{rate}'/>" for currency, rate in rates.items())
    return FEED.format(days=f"<Cube time='{on}'>{cubes}</Cube>").encode()


@pytest.mark.rule("TX-3")
def test_the_daily_feed_is_read_and_kept(company):
    assert reference_rates_refresh(lambda: feed(USD="1.08", GBP="0.85"), at=AT) == 2
    today = ReferenceRate.objects.filter(on=dt.date(2026, 11, 20))
    assert dict(today.values_list("currency", "per_euro")) == {"USD": Decimal("1.08"), "GBP": Decimal("0.85")}
    state = rates_state()
    assert (state.checked_at, state.refreshed_at, state.newest_on) == (AT, AT, dt.date(2026, 11, 20))
    assert (state.source, state.problem) == ("European Central Bank", "")


@pytest.mark.rule("TX-3")
def test_a_refresh_again_keeps_one_rate_a_day_and_takes_the_newer_one(company):
    reference_rates_refresh(lambda: feed(USD="1.08"), at=AT)
    reference_rates_refresh(lambda: feed(USD="1.09"), at=AT)
    assert ReferenceRate.objects.get(currency="USD", on=dt.date(2026, 11, 20)).per_euro == Decimal("1.09")


@pytest.mark.rule("TX-3")
def test_without_a_feed_currencies_in_use_get_the_bundled_history(company):
    assert rates_checked_at() is None
    assert reference_rates_refresh(None, at=AT) == 0
    assert set(ReferenceRate.objects.values_list("currency", flat=True)) == {company.home_currency}
    state = rates_state()
    assert (state.source, state.problem, rates_checked_at()) == ("bundled history", "", AT)


def unreachable():
    raise OSError("no route to host")


@pytest.mark.rule("TX-3")
@pytest.mark.parametrize(
    ("fetch", "sentence"),
    [
        (unreachable, r"could not be reached \(no route to host\)"),
        (lambda: b"<html>Sorry", "no XML"),
        (feed, "without rates"),
        (lambda: feed(USD="-1"), "the rate '-1'"),
        (lambda: feed(USD="one"), "the rate 'one'"),
        (lambda: feed(USD="NaN"), "the rate 'NaN'"),
        (lambda: feed(dollar="1"), "the currency 'dollar'"),
        (lambda: feed(on="today", USD="1"), "the day 'today'"),
        (lambda: feed(on="2027-01-01", USD="1"), "still to come"),
        (BOMB.encode, "declarations"),
        (OUTSIDE.encode, "declarations"),
        (lambda: b"x" * (BYTES_LIMIT + 1), "more than a list of rates"),
    ],
)
def test_a_feed_that_fails_is_told_and_changes_no_rate(company, fetch, sentence):
    reference_rates_refresh(lambda: feed(on="2026-11-19", USD="1.08"), at=AT)
    before = list(ReferenceRate.objects.order_by("pk").values())
    later = AT + dt.timedelta(days=1)
    assert reference_rates_refresh(fetch, at=later) == 0
    state = rates_state()
    assert (state.checked_at, state.refreshed_at) == (later, AT)
    assert re.search(sentence, state.problem)
    assert "rates on hand stay in use" in state.problem
    assert list(ReferenceRate.objects.order_by("pk").values()) == before


def test_a_feed_of_many_days_gives_them_all():
    days = "".join(
        f"<Cube time='2026-11-{day}'><Cube currency='USD' rate='1.{day}'/></Cube>" for day in (18, 19, 20)
    )
    assert [rate.per_euro for rate in parse(FEED.format(days=days).encode())] == [
        Decimal("1.18"),
        Decimal("1.19"),
        Decimal("1.20"),
    ]


def test_a_rate_outside_a_day_is_ignored():
    with pytest.raises(FeedRefused, match="without rates"):
        parse(FEED.format(days="<Cube currency='USD' rate='1'/>").encode())
