"""Country types, VAT numbers, and for which trade a tax rate is relevant (TX-1, TX-2, CU-9).

Not here: which rate a quote's line takes (that needs the customer, the product and the account).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from itertools import product

import stdnum.exceptions
from stdnum.util import get_cc_module

from counterfoil.core.countries import EU, country_code
from counterfoil.core.mapping.finance import TaxCodeValues


class CountryType(StrEnum):
    HOME = "home"
    EU_REGISTERED = "eu_registered"
    EU_UNREGISTERED = "eu_unregistered"
    NON_EU = "non_eu"


class TransactionType(StrEnum):
    SALES = "sales"
    PURCHASE = "purchase"


Combination = tuple[CountryType, TransactionType]

EVERYWHERE = frozenset(CountryType)
HOME = frozenset({CountryType.HOME})
IN_EU = frozenset({CountryType.EU_REGISTERED, CountryType.EU_UNREGISTERED})
ABROAD = IN_EU | {CountryType.NON_EU}
EU_BUSINESS = frozenset({CountryType.EU_REGISTERED})
EU_CONSUMER = frozenset({CountryType.EU_UNREGISTERED})

# Part of another country for VAT: Isle of Man of the UK, Monaco of France.
_VAT_TERRITORY = {"IM": "GB", "MC": "FR"}
# Prefixes of VAT numbers that are not the ISO code: Greece, and Northern Ireland since 2021.
_PREFIX = {"EL": "GR", "XI": "GB"}
_NUMBER = re.compile(r"([A-Z]{2})[ .-]?([0-9A-Z+*][0-9A-Z+*. -]{1,18})", re.ASCII)
_JUNK = re.compile(r"[^0-9A-Z]")


def country_type(country: str, *, home_country: str, vat_number: str = "") -> CountryType:
    """Where a customer or supplier is, seen from `home_country` (ISO code).

    `country` is free text or a code. Without one the prefix of the VAT number counts, and without
    that either it is Home, so that no tax is left off by mistake. Being registered means having a
    number with an EU prefix (its check digits are not asked, CU-9), or one in the form of the
    customer's own country. To an EU business Northern Ireland (XI) counts as EU; to a UK one as Home.
    """
    home = home_country.upper()
    prefix = _prefix(vat_number)
    code = country_code(country) or _PREFIX.get(prefix, prefix) or home
    code = _VAT_TERRITORY.get(code, code)
    if code == home:
        return CountryType.HOME
    if code == "GB" and prefix == "XI" and home in EU:
        return CountryType.EU_REGISTERED
    if code not in EU:
        return CountryType.NON_EU
    has_number = _PREFIX.get(prefix, prefix) in EU or bool(_own_check(vat_number, code))
    return CountryType.EU_REGISTERED if has_number else CountryType.EU_UNREGISTERED


def vat_number_is_valid(number: str, country: str, *, home_country: str) -> bool | None:
    """Whether a VAT number has the form and check digits of its country (CU-9).

    The country is the number's prefix, else `country` (free text), else `home_country`. None when
    there is no number, or no known form for that country.
    """
    if not number:
        return None
    prefix = _prefix(number)
    code = _PREFIX.get(prefix, prefix) or country_code(country) or home_country.upper()
    return _own_check(number, _VAT_TERRITORY.get(code, code))


@lru_cache(maxsize=4096)
def _prefix(number: str) -> str:
    """The country prefix of a VAT number, "" when it has none that is used for VAT."""
    found = _NUMBER.fullmatch(number.strip().upper())
    if not found or not any(c.isdecimal() for c in found[2]):
        return ""
    prefix = found[1]
    return prefix if prefix in EU or prefix in _PREFIX or prefix in {"GB", "CH", "NO"} else ""


@lru_cache(maxsize=4096)
def _own_check(number: str, country: str) -> bool | None:
    """Whether `number` has the form of `country` (ISO code); None when that form is not known."""
    module = _module(country)
    if module is None or not number:
        return None
    try:
        module.validate(number)
    except stdnum.exceptions.ValidationError:
        return False
    return True


@lru_cache(maxsize=300)
def _module(country: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  # python-stdnum's modules carry no types
    return get_cc_module(country.lower(), "vat") if country else None


def combinations(code: TaxCodeValues, *, home_country: str) -> frozenset[Combination]:
    """The combinations of country type and transaction type in which a rate is used (TX-1).

    What Xero says the rate can apply to gives the sides; what kind of rate it is gives the places
    (xero-facts 7.2, 7.3). An inactive rate has none.
    """
    if not code.is_active:
        return frozenset()
    return frozenset(product(_places(code, home_country.upper()), _sides(code)))


def _sides(code: TaxCodeValues) -> frozenset[TransactionType]:
    """Sales when it can apply to revenue, purchases when to expenses.

    Rates on income can also apply to assets, so assets count only for rates on nothing but those:
    capital goods, bought unless the rate is named as one on output.
    """
    sides = set()
    if code.applies_to_revenue:
        sides.add(TransactionType.SALES)
    if code.applies_to_expenses:
        sides.add(TransactionType.PURCHASE)
    if not sides and code.applies_to_assets:
        is_output = "OUTPUT" in code.tax_type or "OUTPUT" in code.report_tax_type
        sides.add(TransactionType.SALES if is_output else TransactionType.PURCHASE)
    return frozenset(sides)


# The first that matches the code, then the first that matches the name; kinds as in xero-facts 7.2 and 7.3.
_KINDS: tuple[tuple[re.Pattern[str], frozenset[CountryType]], ...] = (
    (re.compile(r"MOSS|OSSSALES"), EU_CONSUMER),
    (re.compile(r"^EC|\bEC(OUTPUT|INPUT|ACQ)"), EU_BUSINESS),
    (re.compile(r"REVERSECHARGES"), ABROAD),
    (re.compile(r"EXPORT|IMPORT"), ABROAD),
    (re.compile(r"^(NONE|BASEXCLUDED|ZERORATED(OUTPUT|INPUT)?)\b"), EVERYWHERE),
    (re.compile(r"EXEMPT|INPUTTAXED"), HOME),
)
_NAMED: tuple[tuple[re.Pattern[str], frozenset[CountryType]], ...] = (
    (re.compile(r"\b(MOSS|OSS)\b", re.IGNORECASE), EU_CONSUMER),
    (re.compile(r"\b(EC|EU|intra-?community|acquisitions?)\b", re.IGNORECASE), EU_BUSINESS),
    (re.compile(r"\b(exports?|imports?|postponed|overseas)\b", re.IGNORECASE), ABROAD),
)


def _places(code: TaxCodeValues, home: str) -> frozenset[CountryType]:
    kinds = f"{code.tax_type} {code.report_tax_type}"
    for pattern, places in _KINDS:
        if pattern.search(kinds):
            return places
    for pattern, places in _NAMED:
        if pattern.search(code.name):
            return places
    if code.is_user_defined and not code.rate:
        return EVERYWHERE
    # Inside the EU, consumers in other member states pay the seller's tax.
    return HOME | EU_CONSUMER if home in EU and code.applies_to_revenue else HOME
