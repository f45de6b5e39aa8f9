from decimal import Decimal

import pytest

from counterfoil.core.fingerprint import fingerprint
from counterfoil.core.mapping import contacts, finance
from counterfoil.core.mapping.contacts import Person, contact_values
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.xero import records
from tests.builders import guid
from tests.builders_contacts import address, balances, contact, contact_of, person, phone


@pytest.mark.rule("CU-1", "CU-2", "CU-5", "CU-8", "CU-9", "CU-10")
def test_a_contact_keeps_its_id_names_numbers_and_terms():
    value = contact_of(
        "Bayside Club",
        account_number="BAY01",
        email_address="club@bayside.example",
        accounts_receivable_tax_type="OUTPUT2",
        tax_number="GB 980 7806 84",
        discount=Decimal("7.5"),
        payment_terms=records.PaymentTerms(sales=records.PaymentTerm(day=20, type="OFFOLLOWINGMONTH")),
    )
    assert value.external_id == guid("Bayside Club")
    assert (value.name, value.account_number) == ("Bayside Club", "BAY01")
    assert value.email == "club@bayside.example"
    assert value.sales_tax_type == "OUTPUT2"
    assert value.vat_number == "GB 980 7806 84"
    assert value.discount == Decimal("7.5")
    assert value.payment_terms == "Day 20 of the following month"


@pytest.mark.rule("CU-3")
def test_the_default_phone_and_the_fax_are_put_together_from_their_parts():
    value = contact_of(
        phones=[
            phone("MOBILE", "07700 900000"),
            phone("FAX", "555", phone_area_code="0113"),
            None,
            phone("DEFAULT", "7946", phone_country_code="44", phone_area_code="020"),
        ]
    )
    assert (value.phone, value.fax) == ("44 020 7946", "0113 555")


@pytest.mark.rule("CU-3")
def test_a_phone_without_a_number_is_none():
    assert contact_of(phones=[phone("DEFAULT", "", phone_country_code="44")]).phone == ""


@pytest.mark.rule("CU-6")
def test_the_postal_address_has_five_lines_of_which_the_last_is_city_and_region():
    full = address(
        address_line1="Unit 4",
        address_line2="Mill Lane",
        address_line3="c/o Post Room",
        address_line4="Block B",
        region="Yorkshire",
        country="United Kingdom",
    )
    assert contact_of(addresses=[address("STREET"), full]).address == (
        "Unit 4",
        "Mill Lane",
        "c/o Post Room",
        "Block B",
        "Leeds, Yorkshire",
        "LS1 1AA",
        "United Kingdom",
    )


@pytest.mark.rule("CU-6")
@pytest.mark.parametrize("postal", [[], [records.Address(address_type="POBOX", country="UK")]])
def test_a_contact_with_a_street_only_says_so(postal):
    value = contact_of(addresses=[*postal, address("STREET", address_line1="9 Dock Road")])
    assert value.address.is_blank
    assert value.street is not None
    assert value.street.line1 == "9 Dock Road"


@pytest.mark.rule("CU-6")
def test_a_street_beside_a_postal_address_is_not_kept():
    assert contact_of(addresses=[address(), address("STREET")]).street is None


@pytest.mark.rule("CU-12")
def test_balances_that_xero_leaves_out_are_nought():
    owing = contact_of(balances=balances("656.44", "100"))
    assert (owing.receivable, owing.receivable_overdue) == (Decimal("656.44"), Decimal(100))
    assert (contact_of().receivable, contact_of().payable_overdue) == (0, 0)


PRIMARY = {"first_name": "Ann", "last_name": "Lee", "email_address": "ann@x.example"}


@pytest.mark.rule("CU-13")
@pytest.mark.parametrize(
    ("given", "people"),
    [
        pytest.param({}, (), id="nobody"),
        pytest.param(PRIMARY, (Person("Ann", "Lee", "ann@x.example", "123"),), id="the contact itself"),
        pytest.param({"first_name": ""}, (Person("", "", "", "123"),), id="a phone alone"),
        pytest.param(
            PRIMARY | {"contact_persons": [person("Bob"), None, person("Cy", "Day", "cy@x.example")]},
            (
                Person("Ann", "Lee", "ann@x.example", "123"),
                Person("Bob", "", ""),
                Person("Cy", "Day", "cy@x.example"),
            ),
            id="the contact and more",
        ),
        pytest.param(
            {"email_address": "office@x.example", "contact_persons": [person("Bob"), person("Cy")]},
            (Person("Bob", "", "office@x.example", "123"), Person("Cy", "", "")),
            id="contact persons only",
        ),
        pytest.param(
            PRIMARY | {"contact_persons": [person("ann", "LEE"), person("", "")]},
            (Person("Ann", "Lee", "ann@x.example", "123"),),
            id="listed twice",
        ),
    ],
)
def test_the_primary_person_comes_first(given, people):
    phones = [phone("DEFAULT", "123")] if given else []
    assert contact_of(**given, phones=phones).people == people


@pytest.mark.rule("SY-4")
def test_what_fluctuates_without_meaning_leaves_the_fingerprint_alone():
    plain = contact(
        "Acme",
        email_address=None,
        addresses=[address(address_line1="1 High St\nFloor 2"), records.Address(address_type="STREET")],
        phones=[phone("DEFAULT", "1"), records.Phone(phone_type="FAX")],
        discount=Decimal(5),
    )
    noisy = contact(
        "\ufeffAcme ",
        email_address="",
        account_number="",
        phones=[phone("FAX", "", phone_area_code=""), phone("DEFAULT", "1", phone_area_code="")],
        addresses=[
            records.Address(address_type="STREET", city="", region="", postal_code="", country=""),
            address(address_line1="1 High St\r\nFloor 2", region="", country=""),
        ],
        contact_id=plain.contact_id,
        contact_persons=[],
        balances=balances("0.00", "0"),
        discount=Decimal("5.00"),
    )
    assert contact_values(noisy) == contact_values(plain)
    assert fingerprint(contact_values(noisy)) == fingerprint(contact_values(plain))


@pytest.mark.rule("SY-4")
def test_what_matters_changes_the_fingerprint():
    before = contact_of("Acme")
    changes = ({"account_number": "A1"}, {"is_supplier": True}, {"balances": balances("1")}, {"website": "x"})
    after = {fingerprint(contact_of("Acme", **change)) for change in changes}
    assert len(after | {fingerprint(before)}) == len(changes) + 1


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "x" * 501}, "Name"),
        ({"name": " "}, "Name"),
        ({"contact_status": "FROZEN"}, "ContactStatus"),
        ({"email_address": "a" * 1001}, "EmailAddress"),
        ({"default_currency": "Pounds"}, "DefaultCurrency"),
        ({"accounts_receivable_tax_type": "T" * 61}, "AccountsReceivableTaxType"),
        ({"discount": Decimal("NaN")}, "Discount"),
        ({"balances": balances("1e30")}, "Balances.AccountsReceivable"),
    ],
)
def test_a_contact_that_cannot_be_stored_is_refused_with_the_field_at_fault(given, field):
    with pytest.raises(CannotMap) as refused:
        contact_of(**given)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


@pytest.mark.rule("CU-14")
def test_a_contact_whose_name_was_removed_for_privacy_still_maps():
    value = contact_of(contact_status="GDPRREQUEST", name="")
    assert value.is_gdpr
    assert value.name == "Removed on request"


TABLES = [
    (contacts.ContactValues, contacts.FIELDS, records.Contact),
    (finance.TaxCodeValues, finance.TAX_CODE_FIELDS, records.TaxRate),
    (finance.CurrencyValues, finance.CURRENCY_FIELDS, records.Currency),
    (finance.AccountValues, finance.ACCOUNT_FIELDS, records.Account),
    (finance.BrandingThemeValues, finance.BRANDING_THEME_FIELDS, records.BrandingTheme),
]


@pytest.mark.parametrize(("values", "table", "record"), TABLES, ids=lambda x: getattr(x, "__name__", None))
def test_the_mapping_tables_name_every_field_and_only_fields_that_xero_sends(values, table, record):
    assert [row.field for row in table] == list(values.__struct_fields__)
    sent = set(record.__struct_encode_fields__)
    assert {row.path.partition(".")[0].partition("[")[0] for row in table} <= sent
