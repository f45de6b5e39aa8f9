import pytest

from counterfoil.core.countries import country_code
from counterfoil.core.tax import (
    CountryType,
    TransactionType,
    combinations,
    country_type,
    vat_number_is_valid,
)
from tests.builders_contacts import tax_code_of

HOME, EU_REG, EU_UNREG, NON_EU = CountryType
SALES, PURCHASE = TransactionType
EVERYWHERE = set(CountryType)
ABROAD = {EU_REG, EU_UNREG, NON_EU}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("u.k.", "GB"),
        ("England", "GB"),
        ("Northern Ireland", "GB"),
        ("Deutschland", "DE"),
        ("Österreich", "AT"),
        ("Osterreich", "AT"),
        ("Suisse", "CH"),
        ("Éire", "IE"),
        ("The Netherlands", "NL"),
        ("Czech Republic", "CZ"),
        ("ITALIA", "IT"),
        ("USA", "US"),
        ("nz", "NZ"),
        ("DEU", "DE"),
        ("", ""),
        ("Narnia", ""),
    ],
)
def test_countries_are_recognised_as_people_write_them(text, code):
    assert country_code(text) == code


@pytest.mark.rule("TX-2")
@pytest.mark.parametrize(
    ("country", "home", "vat_number", "expected"),
    [
        pytest.param("United Kingdom", "GB", "GB980780684", HOME, id="at home"),
        pytest.param("", "GB", "", HOME, id="nothing said"),
        pytest.param("Narnia", "GB", "", HOME, id="a country nobody knows is taxed"),
        pytest.param("Germany", "GB", "DE136695976", EU_REG, id="EU with a number"),
        pytest.param("Germany", "GB", "136695976", EU_REG, id="EU with a number without its prefix"),
        pytest.param("Germany", "GB", "", EU_UNREG, id="EU without a number"),
        pytest.param("Germany", "GB", "n/a", EU_UNREG, id="EU with words for a number"),
        pytest.param("", "GB", "FR40303265045", EU_REG, id="only the number tells"),
        pytest.param("Griechenland", "GB", "EL094259216", EU_REG, id="Greece writes EL"),
        pytest.param("Switzerland", "GB", "CHE-107.787.577 IVA", NON_EU, id="Switzerland"),
        pytest.param("Norway", "GB", "NO995525828MVA", NON_EU, id="Norway"),
        pytest.param("USA", "GB", "", NON_EU, id="overseas"),
        pytest.param("United Kingdom", "GB", "XI980780684", HOME, id="Northern Ireland from Britain"),
        pytest.param("Northern Ireland", "IE", "XI980780684", EU_REG, id="Northern Ireland from the EU"),
        pytest.param("United Kingdom", "IE", "GB980780684", NON_EU, id="Britain from the EU"),
        pytest.param("Isle of Man", "GB", "", HOME, id="Isle of Man is Britain for VAT"),
        pytest.param("Jersey", "GB", "", NON_EU, id="Jersey is not"),
        pytest.param("Monaco", "FR", "", HOME, id="Monaco is France for VAT"),
        pytest.param("Australia", "AU", "", HOME, id="Australia at home"),
        pytest.param("New Zealand", "AU", "", NON_EU, id="New Zealand from Australia"),
    ],
)
def test_the_country_type_follows_country_home_and_vat_number(country, home, vat_number, expected):
    assert country_type(country, home_country=home, vat_number=vat_number) is expected


@pytest.mark.rule("CU-9")
@pytest.mark.parametrize(
    ("number", "country", "valid"),
    [
        ("GB 980 7806 84", "", True),
        ("980780684", "United Kingdom", True),
        ("980780684", "", True),
        ("GB980780685", "", False),
        ("XI980780684", "Northern Ireland", True),
        ("DE136695976", "", True),
        ("136695976", "Germany", True),
        ("EL094259216", "", True),
        ("CHE-107.787.577 IVA", "Switzerland", True),
        ("rubbish", "", False),
        ("", "Germany", None),
        ("12-3456789", "United States", None),
    ],
)
def test_vat_numbers_are_checked_by_their_own_country(number, country, valid):
    assert vat_number_is_valid(number, country, home_country="GB") is valid


@pytest.mark.rule("TX-1")
@pytest.mark.parametrize(
    ("code", "places", "sides"),
    [
        (tax_code_of("OUTPUT2", "20", "income"), {HOME}, {SALES}),
        (tax_code_of("INPUT2", "20", "expense"), {HOME}, {PURCHASE}),
        (tax_code_of("RROUTPUT", "5", "income"), {HOME}, {SALES}),
        (tax_code_of("EXEMPTOUTPUT", "0", "income"), {HOME}, {SALES}),
        (tax_code_of("ZERORATEDOUTPUT", "0", "income"), EVERYWHERE, {SALES}),
        (tax_code_of("ZERORATEDINPUT", "0", "expense"), EVERYWHERE, {PURCHASE}),
        (tax_code_of("NONE", "0", "everything"), EVERYWHERE, {SALES, PURCHASE}),
        (tax_code_of("ECZROUTPUT", "0", "income"), {EU_REG}, {SALES}),
        (tax_code_of("ECZROUTPUTSERVICES", "0", "income"), {EU_REG}, {SALES}),
        (tax_code_of("ECACQUISITIONS", "20", "expense"), {EU_REG}, {PURCHASE}),
        (tax_code_of("REVERSECHARGES", "20", "expense"), ABROAD, {PURCHASE}),
        (tax_code_of("DRCHARGESUPPLY20", "20", "income"), {HOME}, {SALES}),
        (tax_code_of("CAPEXINPUT2", "20", "assets"), {HOME}, {PURCHASE}),
        (tax_code_of("CAPEXOUTPUT2", "20", "assets"), {HOME}, {SALES}),
        (tax_code_of("GSTONIMPORTS", "0", "liabilities"), set(), set()),
        (tax_code_of("TAX001", "20", "income", report_tax_type="MOSSSALES"), {EU_UNREG}, {SALES}),
        (tax_code_of("TAX002", "0", "income", name="Export of goods"), ABROAD, {SALES}),
        (tax_code_of("TAX003", "0", "income", name="Nil"), EVERYWHERE, {SALES}),
        (tax_code_of("TAX004", "20", "expense", name="EU services"), {EU_REG}, {PURCHASE}),
        (tax_code_of("TAX005", "12.5", "income", name="Local levy"), {HOME}, {SALES}),
        (tax_code_of("OUTPUT", "17.5", "income", status="DELETED"), set(), set()),
    ],
    ids=lambda x: getattr(x, "external_id", None),
)
def test_a_rate_of_a_british_organisation_has_the_combinations_that_are_relevant(code, places, sides):
    expected = {(place, side) for place in places for side in sides}
    assert combinations(code, home_country="GB") == expected


@pytest.mark.rule("TX-1")
@pytest.mark.parametrize(
    ("home", "code", "places", "sides"),
    [
        ("AU", tax_code_of("OUTPUT", "10", "income"), {HOME}, {SALES}),
        ("AU", tax_code_of("EXEMPTEXPORT", "0", "income"), ABROAD, {SALES}),
        ("AU", tax_code_of("BASEXCLUDED", "0", "everything"), EVERYWHERE, {SALES, PURCHASE}),
        ("NZ", tax_code_of("ZERORATED", "0", "everything"), EVERYWHERE, {SALES, PURCHASE}),
        ("US", tax_code_of("NONE", "0", "everything"), EVERYWHERE, {SALES, PURCHASE}),
        ("IE", tax_code_of("TAX001", "23", "income"), {HOME, EU_UNREG}, {SALES}),
        ("IE", tax_code_of("TAX002", "23", "expense"), {HOME}, {PURCHASE}),
    ],
)
def test_a_rate_of_another_organisation_has_the_combinations_of_its_country(home, code, places, sides):
    expected = {(place, side) for place in places for side in sides}
    assert combinations(code, home_country=home) == expected
