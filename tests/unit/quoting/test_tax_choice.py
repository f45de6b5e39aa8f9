from decimal import Decimal

import pytest

from counterfoil.core.tax import CountryType, country_type
from counterfoil.core.taxchoice import TaxFacts, TaxRate, tax_choice

D = Decimal
HOME, REGISTERED, CONSUMER, ABROAD = "home", "eu_registered", "eu_unregistered", "non_eu"


def rate(tax_type, percent, *places):
    return TaxRate(tax_type, f"{tax_type} name", D(percent), frozenset(places))


UK = {
    r.tax_type: r
    for r in (
        rate("OUTPUT2", "20", HOME),
        rate("RROUTPUT", "5", HOME),
        rate("ZERORATEDOUTPUT", "0", HOME, REGISTERED, CONSUMER, ABROAD),
        rate("EXEMPTOUTPUT", "0", HOME),
        rate("ECZROUTPUT", "0", REGISTERED),
        rate("NONE", "0", HOME, REGISTERED, CONSUMER, ABROAD),
    )
}
IRELAND = {
    r.tax_type: r
    for r in (
        rate("TAX001", "23", HOME, CONSUMER),
        rate("ECZROUTPUT", "0", REGISTERED),
        rate("EXEMPTEXPORT", "0", ABROAD),
        rate("NONE", "0", HOME, REGISTERED, CONSUMER, ABROAD),
    )
}


def choose(place, rates=UK, home="GB", **given):
    facts = TaxFacts(country_type=CountryType(place), home_country=home, **given)
    return tax_choice(facts, rates)


@pytest.mark.rule("TX-2")
@pytest.mark.parametrize(
    ("place", "given", "tax_type", "why"),
    [
        pytest.param(
            HOME,
            {"customer": "RROUTPUT", "product": "OUTPUT2", "account": "OUTPUT2"},
            "RROUTPUT",
            "RROUTPUT name is the customer's own tax type.",
            id="the customer's goes first",
        ),
        pytest.param(
            ABROAD,
            {"customer": "OUTPUT2", "product": "ZERORATEDOUTPUT"},
            "OUTPUT2",
            "OUTPUT2 name is the customer's own tax type.",
            id="the customer's counts wherever the customer is",
        ),
        pytest.param(
            HOME,
            {"customer": "OUTPUT", "product": "RROUTPUT"},
            "RROUTPUT",
            "RROUTPUT name is the product's and used for home customers "
            "(the customer's OUTPUT is not active for sales).",
            id="an inactive one of the customer is passed over and said",
        ),
        pytest.param(
            HOME,
            {"product": "RROUTPUT", "account": "OUTPUT2", "defaults": {HOME: "EXEMPTOUTPUT"}},
            "RROUTPUT",
            "RROUTPUT name is the product's and used for home customers.",
            id="the product's comes before the account's",
        ),
        pytest.param(
            ABROAD,
            {"product": "OUTPUT2", "account": "ZERORATEDOUTPUT", "account_code": "200"},
            "ZERORATEDOUTPUT",
            "ZERORATEDOUTPUT name is the account 200's and used for customers outside the EU "
            "(the product's OUTPUT2 name is not used for customers outside the EU).",
            id="a product's that is not for the customer's country type is passed over",
        ),
        pytest.param(
            HOME,
            {"account": "OUTPUT2", "account_code": "200", "defaults": {HOME: "RROUTPUT"}},
            "OUTPUT2",
            "OUTPUT2 name is the account 200's and used for home customers.",
            id="the account's comes before the default",
        ),
        pytest.param(
            REGISTERED,
            {
                "product": "OUTPUT2",
                "account": "OUTPUT2",
                "account_code": "200",
                "defaults": {REGISTERED: "NONE"},
            },
            "NONE",
            "NONE name is the organisation's default for EU customers registered for VAT "
            "(the product's OUTPUT2 name is not used for EU customers registered for VAT; "
            "the account 200's OUTPUT2 name is not used for EU customers registered for VAT).",
            id="then the organisation's default",
        ),
        pytest.param(
            HOME,
            {},
            "OUTPUT2",
            "OUTPUT2 name is what is usual for home customers; no default is set.",
            id="usual at home",
        ),
        pytest.param(
            HOME,
            {"defaults": {HOME: "GONE"}},
            "OUTPUT2",
            "OUTPUT2 name is what is usual for home customers; no default is set "
            "(the organisation's default GONE is not active for sales).",
            id="a default that is gone",
        ),
        pytest.param(
            REGISTERED,
            {},
            "ECZROUTPUT",
            "ECZROUTPUT name is what is usual for EU customers registered for VAT; no default is set.",
            id="usual for a business in the EU",
        ),
        pytest.param(
            ABROAD,
            {},
            "ZERORATEDOUTPUT",
            "ZERORATEDOUTPUT name is what is usual for customers outside the EU; no default is set.",
            id="usual abroad",
        ),
    ],
)
def test_the_tax_of_a_line_and_why(place, given, tax_type, why):
    choice = choose(place, **given)
    assert (choice.tax_type, choice.why) == (tax_type, why)
    assert choice.rate == UK[tax_type].rate


@pytest.mark.rule("TX-2")
@pytest.mark.parametrize(
    ("place", "tax_type"),
    [(HOME, "TAX001"), (CONSUMER, "TAX001"), (REGISTERED, "ECZROUTPUT"), (ABROAD, "EXEMPTEXPORT")],
)
def test_inside_the_eu_consumers_in_other_member_states_pay_home_tax(place, tax_type):
    assert choose(place, IRELAND, home="IE").tax_type == tax_type


@pytest.mark.rule("TX-2")
@pytest.mark.parametrize(
    ("country", "vat_number", "home", "tax_type"),
    [
        pytest.param(
            "Northern Ireland", "XI123456789", "IE", "ECZROUTPUT", id="Northern Ireland seen from the EU"
        ),
        pytest.param("United Kingdom", "GB980780684", "IE", "EXEMPTEXPORT", id="Britain seen from the EU"),
        pytest.param(
            "Switzerland", "CHE-107.787.577 IVA", "IE", "EXEMPTEXPORT", id="Switzerland is not in the EU"
        ),
        pytest.param("Germany", "DE136695976", "IE", "ECZROUTPUT", id="a registered business in Germany"),
        pytest.param("Germany", "", "IE", "TAX001", id="somebody in Germany without a number"),
        pytest.param("Ireland", "", "IE", "TAX001", id="at home"),
    ],
)
def test_country_and_vat_number_decide_which_product_tax_fits(country, vat_number, home, tax_type):
    place = country_type(country, home_country=home, vat_number=vat_number)
    facts = TaxFacts(country_type=place, home_country=home, product="TAX001")
    assert tax_choice(facts, IRELAND).tax_type == tax_type


@pytest.mark.rule("TX-2")
def test_nothing_to_choose_from_is_said_and_not_guessed():
    choice = choose(HOME, {}, product="OUTPUT2")
    assert choice == (
        "",
        D(0),
        "No tax code could be chosen (the product's OUTPUT2 is not active for sales; no other tax code for sales is "
        "known).",
    )
