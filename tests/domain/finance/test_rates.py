import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.finance.errors import FinanceRefused, RateMissing
from counterfoil.crm.finance.models import ECB, Currency, ReferenceRate
from counterfoil.crm.finance.rates import (
    BY_HAND,
    HOME,
    Rate,
    rate_on,
    reference_rates_load_bundled,
)
from counterfoil.crm.finance.selectors import currencies_with_rates, hand_rates
from counterfoil.crm.finance.services import currency_add, currency_rate_remove, currency_rate_set
from tests.builders import AT, operating_company
from tests.builders_contacts import user

FRIDAY = dt.date(2026, 10, 2)
MONDAY = dt.date(2026, 10, 5)


@pytest.fixture
def ann(company):
    return user(of=company)


def quoted(on, **per_euro):
    for currency, rate in per_euro.items():
        ReferenceRate.objects.create(currency=currency, on=on, per_euro=Decimal(rate))


@pytest.mark.rule("TX-3")
@pytest.mark.parametrize(
    ("home", "currency", "expected"),
    [
        ("GBP", "USD", "1.3398896618"),  # 1.1172 / 0.8338
        ("GBP", "EUR", "1.1993283761"),  # 1 / 0.8338
        ("EUR", "USD", "1.1172"),
        ("USD", "GBP", "0.7463301110"),  # 0.8338 / 1.1172
    ],
)
def test_a_rate_is_the_cross_rate_over_the_euro(db, home, currency, expected):
    company = operating_company(home_currency=home)
    quoted(FRIDAY, USD="1.1172", GBP="0.8338")
    assert rate_on(company, currency, FRIDAY) == Rate(Decimal(expected), FRIDAY, ECB)


@pytest.mark.rule("TX-3")
def test_the_home_currency_needs_no_rates(company):
    assert rate_on(company, "GBP", MONDAY) == Rate(Decimal(1), MONDAY, HOME)


@pytest.mark.rule("TX-3")
def test_over_a_weekend_the_last_day_that_has_both_sides_counts(company):
    quoted(FRIDAY, USD="1.1", GBP="0.8")
    quoted(FRIDAY + dt.timedelta(days=1), USD="9")
    quoted(MONDAY + dt.timedelta(days=1), USD="2", GBP="0.8")
    assert rate_on(company, "USD", MONDAY) == Rate(Decimal("1.375"), FRIDAY, ECB)


@pytest.mark.rule("TX-3")
@pytest.mark.parametrize(("days", "there"), [(10, True), (11, False)])
def test_a_rate_older_than_ten_days_is_missing(company, days, there):
    quoted(FRIDAY, USD="1.1", GBP="0.8")
    day = FRIDAY + dt.timedelta(days=days)
    if there:
        assert rate_on(company, "USD", day).on == FRIDAY
        return
    with pytest.raises(RateMissing, match="the newest one known is of 02 October 2026") as missing:
        rate_on(company, "USD", day)
    assert (missing.value.currency, missing.value.on) == ("USD", day)


@pytest.mark.rule("TX-3")
def test_a_missing_rate_is_said_and_never_taken_for_one(company):
    quoted(FRIDAY, GBP="0.8")
    with pytest.raises(
        RateMissing, match=r"no exchange rate from GBP to USD for 02 October 2026: .* by hand"
    ):
        rate_on(company, "USD", FRIDAY)
    with pytest.raises(RateMissing, match="none is known"):
        rate_on(operating_company("Southwind", home_currency="EUR"), "XAU", FRIDAY)


@pytest.mark.rule("TX-3", "IS-5")
def test_a_rate_by_hand_counts_from_its_day_until_the_next_one(company, ann):
    quoted(FRIDAY, USD="1.1", GBP="0.8")
    quoted(MONDAY, USD="1.1", GBP="0.8")
    currency_add(company, "USD", actor=ann, at=AT)
    currency_rate_set(company, "USD", Decimal("1.5"), on=MONDAY, actor=ann, at=AT)
    assert rate_on(company, "USD", FRIDAY).source == ECB
    assert rate_on(company, "USD", MONDAY) == Rate(Decimal("1.5"), MONDAY, BY_HAND)
    later = MONDAY + dt.timedelta(days=90)
    assert rate_on(company, "USD", later) == Rate(Decimal("1.5"), MONDAY, BY_HAND)
    currency_rate_set(company, "USD", Decimal("1.6"), on=later, actor=ann, at=AT)
    assert rate_on(company, "USD", later).value == Decimal("1.6")
    assert [rate.on for rate in hand_rates(company, "USD")] == [later, MONDAY]

    currency_rate_remove(company, "USD", on=later, actor=ann, at=AT)
    currency_rate_remove(company, "USD", on=MONDAY, actor=ann, at=AT)
    assert rate_on(company, "USD", MONDAY).source == ECB


@pytest.mark.rule("IS-5")
def test_a_rate_by_hand_belongs_to_one_operating_company(company, ann):
    other = operating_company("Southwind")
    currency_add(company, "USD", actor=ann, at=AT)
    currency_rate_set(company, "USD", Decimal("1.5"), on=FRIDAY, actor=ann, at=AT)
    with pytest.raises(RateMissing):
        rate_on(other, "USD", FRIDAY)


@pytest.mark.rule("IS-5")
def test_setting_a_rate_again_replaces_it_and_says_so(company, ann):
    currency_add(company, "USD", actor=ann, at=AT)
    for rate in ("1.5", "1.25"):
        currency_rate_set(company, "USD", Decimal(rate), on=FRIDAY, actor=ann, at=AT)
    assert rate_on(company, "USD", FRIDAY).value == Decimal("1.25")
    told = AuditEntry.objects.filter(action="currency.rate_set").order_by("pk")
    assert [entry.detail["before"] for entry in told] == [None, "1.5000000000"]
    assert told[1].summary == "From 02 October 2026, 1 GBP is 1.25 USD, set by hand."


@pytest.mark.rule("IS-5")
@pytest.mark.parametrize(
    ("code", "rate", "sentence"),
    [
        ("GBP", "1", "home currency"),
        ("EUR", "1", "Add it first"),
        ("USD", "0", "no exchange rate"),
        ("USD", "-1", "no exchange rate"),
        ("USD", "NaN", "no exchange rate"),
        ("USD", "1e9", "no exchange rate"),
        ("USD", "1e-11", "no exchange rate"),
    ],
)
def test_an_impossible_rate_is_refused(company, ann, code, rate, sentence):
    currency_add(company, "USD", actor=ann, at=AT)
    with pytest.raises(FinanceRefused, match=sentence):
        currency_rate_set(company, code, Decimal(rate), on=FRIDAY, actor=ann, at=AT)


@pytest.mark.rule("IS-5")
def test_a_currency_is_added_once_and_only_if_it_exists(company, ann):
    assert currency_add(company, " usd ", actor=ann, at=AT).name == "US Dollar"
    for code, sentence in (("USD", "already"), ("ZZZ", "There is no currency")):
        with pytest.raises(FinanceRefused, match=sentence):
            currency_add(company, code, actor=ann, at=AT)
    assert Currency.objects.count() == 1


@pytest.mark.rule("TX-3")
def test_the_list_of_currencies_shows_rate_day_and_source_in_few_queries(
    company, ann, django_assert_num_queries
):
    quoted(FRIDAY, USD="1.1", GBP="0.8", NZD="1.9")
    for code in ("GBP", "USD", "NZD", "ISK", "CHF"):
        currency_add(company, code, actor=ann, at=AT)
    currency_rate_set(company, "CHF", Decimal("1.1"), on=FRIDAY, actor=ann, at=AT)
    with django_assert_num_queries(3):
        lines = currencies_with_rates(company, MONDAY)
    shown = [(line.currency.code, line.rate and line.rate.source) for line in lines]
    assert shown == [("GBP", HOME), ("CHF", BY_HAND), ("ISK", None), ("NZD", ECB), ("USD", ECB)]


@pytest.mark.rule("TX-3")
def test_the_bundled_history_works_without_a_network(company):
    since = dt.date(2026, 9, 1)
    stored = reference_rates_load_bundled({"USD", "GBP", "EUR", "XAU"}, since)
    assert stored == ReferenceRate.objects.count() == 2 * ReferenceRate.objects.filter(currency="USD").count()
    assert ReferenceRate.objects.order_by("on").first().on >= since
    assert ReferenceRate.objects.get(currency="USD", on=dt.date(2026, 10, 30)).per_euro == Decimal("1.1172")
    assert reference_rates_load_bundled({"USD", "GBP"}, since) == stored
    assert ReferenceRate.objects.count() == stored
