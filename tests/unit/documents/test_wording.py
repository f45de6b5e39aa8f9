import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.documents.wording import Wording, locale_of

D = Decimal


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "written"),
    [
        ("en_GB", "GBP", "1234.5", "£1,234.50"),
        ("en_GB", "GBP", "-0.5", "-£0.50"),
        ("en_GB", "GBP", "-0.00", "£0.00"),
        ("en_DE", "EUR", "1234.5", "1.234,50\xa0€"),
        ("en_FR", "EUR", "1234.5", "1\u202f234,50\xa0€"),
        ("en_CH", "CHF", "1234.5", "CHF\xa01’234.50"),
        ("en_US", "USD", "1234.5", "$1,234.50"),
        ("en_GB", "JPY", "1234", "JP¥1,234"),
        ("en_GB", "JPY", "1234.5", "JP¥1,234.5"),
        ("en_GB", "KWD", "1.2", "KWD\xa01.200"),
    ],
)
def test_money_is_written_as_in_the_readers_country(locale, currency, amount, written):
    assert Wording(locale, currency).money(D(amount)) == written


@pytest.mark.rule("PR-2")
def test_a_price_keeps_four_decimals():
    write = Wording("en_GB", "GBP")
    assert [write.price(D(price)) for price in ("268.4375", "62", "1.5000", "0.0001")] == [
        "268.4375",
        "62.00",
        "1.50",
        "0.0001",
    ]


def test_quantities_and_rates_carry_no_idle_zeros():
    write = Wording("en_DE", "EUR")
    assert [write.quantity(D(each)) for each in ("12.0000", "0.5", "1250.125", "100")] == [
        "12",
        "0,5",
        "1.250,125",
        "100",
    ]
    assert write.percent(D("17.5000000000")) == "17,5\xa0%"
    assert Wording("en_GB", "GBP").percent(D(20)) == "20%"


def test_nothing_is_written_as_nothing():
    write = Wording("en_GB", "GBP")
    assert [write.money(None), write.price(None), write.quantity(None), write.day(None)] == [""] * 4


def test_dates_follow_the_country():
    on = dt.date(2026, 11, 2)
    assert [Wording(locale, "USD").day(on) for locale in ("en_GB", "en_US")] == [
        "2 November 2026",
        "November 2, 2026",
    ]


@pytest.mark.parametrize(
    ("countries", "locale"),
    [
        (("DE",), "en_DE"),
        (("JP", "US"), "en_US"),
        (("", "NZ"), "en_NZ"),
        (("", ""), "en_GB"),
        (("XX", "../etc"), "en_GB"),
    ],
)
def test_the_first_country_with_figures_of_its_own_counts(countries, locale):
    assert locale_of(*countries) == locale
