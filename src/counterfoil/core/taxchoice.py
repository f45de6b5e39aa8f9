"""Which tax a quote line takes, and why (TX-2).

In order: the customer's own tax type; the product's, the account's, each only if it is used for where the
customer is; the organisation's default for there. Not here: where a customer is (`tax.country_type`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from counterfoil.core.countries import EU
from counterfoil.core.money import ZERO
from counterfoil.core.tax import CountryType

PLACES: Final[dict[CountryType, str]] = {
    CountryType.HOME: "home customers",
    CountryType.EU_REGISTERED: "EU customers registered for VAT",
    CountryType.EU_UNREGISTERED: "EU customers not registered for VAT",
    CountryType.NON_EU: "customers outside the EU",
}


class TaxRate(NamedTuple):
    """A tax code that can be sold with. `places` are the country types it is used for (TX-1)."""

    tax_type: str
    name: str
    rate: Decimal
    places: frozenset[str]


class TaxChoice(NamedTuple):
    """The tax type of a line, its effective rate in per cent, and a sentence saying why it is that one."""

    tax_type: str
    rate: Decimal
    why: str


class TaxFacts(NamedTuple):
    """What the choice depends on; "" where there is none. `defaults`: country type → tax type."""

    country_type: CountryType
    home_country: str
    customer: str = ""
    product: str = ""
    account: str = ""
    account_code: str = ""
    defaults: Mapping[str, str] = {}


def tax_choice(facts: TaxFacts, rates: Mapping[str, TaxRate]) -> TaxChoice:
    """The tax of a line. `rates` are the active codes that apply to sales, by tax type.

    A candidate that is not among them, or not used for where the customer is, is passed over, and the
    sentence says so. Nothing at all to choose from gives an empty tax type.
    """
    passed: list[str] = []
    place = PLACES[facts.country_type]
    if found := _customers(facts, rates, passed):
        return _chosen(found, "is the customer's own tax type", passed)
    for owner, tax_type in (("product", facts.product), (f"account {facts.account_code}", facts.account)):
        if not tax_type:
            continue
        rate = rates.get(tax_type)
        if rate is not None and facts.country_type in rate.places:
            return _chosen(rate, f"is the {owner}'s and used for {place}", passed)
        passed.append(_not_used(f"the {owner}'s {_called(tax_type, rates)}", rate, place))
    return _default(facts, rates, passed)


def _customers(facts: TaxFacts, rates: Mapping[str, TaxRate], passed: list[str]) -> TaxRate | None:
    """Somebody chose this for the customer, so where the customer is does not matter."""
    if not facts.customer:
        return None
    if facts.customer not in rates:
        passed.append(f"the customer's {facts.customer} is not active for sales")
    return rates.get(facts.customer)


def _default(facts: TaxFacts, rates: Mapping[str, TaxRate], passed: list[str]) -> TaxChoice:
    place = PLACES[facts.country_type]
    wanted = facts.defaults.get(facts.country_type, "")
    if wanted in rates:
        return _chosen(rates[wanted], f"is the organisation's default for {place}", passed)
    if wanted:
        passed.append(f"the organisation's default {wanted} is not active for sales")
    found = usual_rate(rates.values(), facts.country_type, home_country=facts.home_country)
    if found is None:
        passed.append("no other tax code for sales is known")
        return TaxChoice("", ZERO, _sentence("No tax code could be chosen", passed))
    return _chosen(found, f"is what is usual for {place}; no default is set", passed)


def usual_rate(rates: Iterable[TaxRate], country_type: CountryType, *, home_country: str) -> TaxRate | None:
    """The rate to start from for a country type: the standard rate where home tax is due, else a zero rate.

    The standard rate is the highest one. Home tax is due at home and, inside the EU, from consumers in
    other member states. Abroad, exports and EC supplies go before other zero rates, exempt ones last.
    """
    usable = [rate for rate in rates if country_type in rate.places]
    if not usable:
        return None
    is_taxed = country_type == CountryType.HOME or (
        country_type == CountryType.EU_UNREGISTERED and home_country.upper() in EU
    )
    if is_taxed:
        return max(usable, key=lambda rate: (rate.rate, rate.tax_type))
    return min(usable, key=lambda rate: (rate.rate, _abroad_rank(rate), rate.tax_type))


_ABROAD: Final[Sequence[str]] = ("EXPORT", "ECZ", "ZERORATED", "NONE")


def _abroad_rank(rate: TaxRate) -> int:
    places = (i for i, word in enumerate(_ABROAD) if word in rate.tax_type)
    return next(places, len(_ABROAD))


def _chosen(rate: TaxRate, because: str, passed: Sequence[str]) -> TaxChoice:
    return TaxChoice(rate.tax_type, rate.rate, _sentence(f"{rate.name} {because}", passed))


def _not_used(what: str, rate: TaxRate | None, place: str) -> str:
    return f"{what} is not used for {place}" if rate else f"{what} is not active for sales"


def _called(tax_type: str, rates: Mapping[str, TaxRate]) -> str:
    return rates[tax_type].name if tax_type in rates else tax_type


def _sentence(said: str, passed: Sequence[str]) -> str:
    return f"{said} ({'; '.join(passed)})." if passed else f"{said}."
