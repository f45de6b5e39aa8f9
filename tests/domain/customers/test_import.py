from decimal import Decimal

import pytest

from counterfoil.crm.customers.models import Company, Contact, PurchaseLedger, SalesLedger
from counterfoil.crm.customers.selectors import purchase_ledger_ids, sales_ledger_ids
from counterfoil.xero import records
from tests.builders import AT, guid, operating_company
from tests.builders_contacts import address, balances, contact_of, person, phone, user
from tests.domain.customers.stage import LATER, applied, names, purchase, sales, snapshot

SUPPLIER = {"is_customer": False, "is_supplier": True}
BOTH = {"is_supplier": True}
UNFLAGGED = {"is_customer": False}


@pytest.mark.rule("CU-1", "CU-2", "CU-3", "CU-5", "CU-6", "CU-8", "CU-9", "CU-10", "CU-12", "CU-13")
def test_a_customer_becomes_a_ledger_with_a_company_a_division_and_a_person(company):
    value = contact_of(
        "Bayside Club",
        account_number="BAY01",
        first_name="Bob",
        last_name="Partridge",
        email_address="bob@bayside.example",
        phones=[phone("DEFAULT", "7946"), phone("FAX", "555")],
        addresses=[address(country="United Kingdom")],
        accounts_receivable_tax_type="OUTPUT2",
        tax_number="GB980780684",
        discount=Decimal("7.5"),
        balances=balances("234.5678", "100.01"),
        sales_default_account_code="200",
    )
    outcome = applied(company, value)

    assert (outcome.created, outcome.updated, outcome.skipped, outcome.refused) == (1, 0, {}, {})
    ledger = sales("Bayside Club")
    assert (ledger.name, ledger.account_number, ledger.display_description) == (
        "Bayside Club",
        "BAY01",
        "Bayside Club",
    )
    assert (ledger.phone, ledger.fax, ledger.email) == ("7946", "555", "bob@bayside.example")
    assert (ledger.address_line1, ledger.address_line5) == ("1 High Street", "Leeds")
    assert (ledger.postcode, ledger.country) == ("LS1 1AA", "United Kingdom")
    assert (ledger.tax_type, ledger.vat_number, ledger.vat_number_valid) == ("OUTPUT2", "GB980780684", True)
    assert (ledger.discount, ledger.default_analysis) == (Decimal("7.5"), "200")
    assert (ledger.balance_outstanding, ledger.balance_overdue) == (Decimal("234.5678"), Decimal("100.01"))
    assert ledger.balance_at == AT
    assert (ledger.on_stop, ledger.stop_reason, ledger.stopped_at) == (False, "", None)
    assert names() == {
        "companies": ["Bayside Club"],
        "divisions": ["Bayside Club"],
        "sales": ["Bayside Club"],
        "purchases": [],
    }
    who = Contact.objects.get()
    assert (who.division, who.slot) == (ledger.division, 0)
    assert (who.first_name, who.last_name, who.email, who.phone) == (
        "Bob",
        "Partridge",
        "bob@bayside.example",
        "7946",
    )


@pytest.mark.rule("CU-6")
@pytest.mark.parametrize(("fallback", "line"), [(False, ""), (True, "9 Dock Road")])
def test_a_street_is_marked_and_is_the_address_only_by_the_switch(company, fallback, line):
    street = address("STREET", address_line1="9 Dock Road")
    applied(company, contact_of("Acme", addresses=[street]), street_fallback=fallback)
    assert (sales("Acme").address_line1, sales("Acme").street_only) == (line, True)


@pytest.mark.rule("CU-6")
def test_a_postal_address_counts_before_a_street_whatever_the_switch(company):
    both = [address("STREET", address_line1="9 Dock Road"), address()]
    applied(company, contact_of("Acme", addresses=both), street_fallback=True)
    assert (sales("Acme").address_line1, sales("Acme").street_only) == ("1 High Street", False)


@pytest.mark.rule("CU-9")
def test_a_vat_number_that_is_wrong_is_kept_and_marked(company):
    applied(company, contact_of("Acme", tax_number="GB980780685"), contact_of("None"))
    assert (sales("Acme").vat_number, sales("Acme").vat_number_valid) == ("GB980780685", False)
    assert sales("None").vat_number_valid is None


@pytest.mark.rule("CU-9")
def test_a_vat_number_that_names_no_country_is_checked_by_the_home_countrys_form(company):
    applied(company, contact_of("Acme", tax_number="980780684"), contact_of("Brown", tax_number="980780685"))
    assert (sales("Acme").vat_number_valid, sales("Brown").vat_number_valid) == (True, False)


@pytest.mark.rule("CU-7")
def test_without_a_currency_a_customer_trades_in_the_home_currency(company):
    applied(company, contact_of("Acme"), contact_of("Bern AG", default_currency="chf"))
    assert (sales("Acme").currency, sales("Bern AG").currency) == ("GBP", "CHF")


@pytest.mark.rule("CU-4", "SU-1")
@pytest.mark.parametrize(
    ("flags", "has_sales", "has_purchase", "kind"),
    [
        pytest.param({}, True, False, "customer", id="customer"),
        pytest.param(SUPPLIER, False, True, "supplier", id="supplier"),
        pytest.param(BOTH, True, True, "customer", id="both"),
    ],
)
def test_the_flags_decide_which_ledgers_there_are(company, flags, has_sales, has_purchase, kind):
    applied(company, contact_of("Acme", **flags))
    assert (SalesLedger.objects.count(), PurchaseLedger.objects.count()) == (has_sales, has_purchase)
    assert Company.objects.get().company_type == kind


@pytest.mark.rule("CU-4", "SU-1")
def test_both_ledgers_of_a_contact_share_one_division(company):
    applied(company, contact_of("Acme", **BOTH))
    assert sales("Acme").division == purchase("Acme").division


@pytest.mark.rule("SU-1")
def test_a_supplier_is_kept_with_address_phone_email_fax_and_website(company):
    value = contact_of(
        "Timber Co",
        **SUPPLIER,
        addresses=[address()],
        phones=[phone("DEFAULT", "7946"), phone("FAX", "555")],
        email_address="sales@timber.example",
        website="https://timber.example",
        accounts_payable_tax_type="INPUT2",
        balances=records.Balances(
            accounts_receivable=records.Balance(outstanding=Decimal(9), overdue=Decimal(9)),
            accounts_payable=records.Balance(outstanding=Decimal("80.5"), overdue=Decimal("30.25")),
        ),
    )
    applied(company, value)
    ledger = purchase("Timber Co")
    assert (ledger.balance_outstanding, ledger.balance_overdue) == (Decimal("80.5"), Decimal("30.25"))
    assert (ledger.address_line1, ledger.phone, ledger.fax) == ("1 High Street", "7946", "555")
    assert (ledger.email, ledger.website) == ("sales@timber.example", "https://timber.example")
    assert ledger.tax_type == "INPUT2"


@pytest.mark.rule("CU-4")
def test_a_contact_without_flags_that_nobody_knows_stays_out_and_is_counted(company):
    outcome = applied(company, contact_of("Prospect", **UNFLAGGED))
    assert outcome.skipped == {guid("Prospect"): "unflagged"}
    assert outcome.created == 0
    assert names()["sales"] == []


@pytest.mark.rule("CU-4")
def test_a_switch_brings_contacts_without_flags_in_as_customers(company):
    applied(company, contact_of("Prospect", **UNFLAGGED), import_unflagged=True)
    assert names()["sales"] == ["Prospect"]
    assert names()["purchases"] == []


@pytest.mark.rule("CU-4")
@pytest.mark.parametrize("flags", [BOTH, SUPPLIER, {}])
def test_a_known_contact_that_loses_its_flags_stays_what_it_is(company, flags):
    applied(company, contact_of("Acme", **flags))
    before = names()
    outcome = applied(company, contact_of("Acme", **UNFLAGGED, email_address="new@acme.example"))
    assert outcome.updated == 1
    assert names() == before
    ledger = SalesLedger.objects.first() or PurchaseLedger.objects.first()
    assert ledger.email == "new@acme.example"


@pytest.mark.rule("CU-4")
def test_a_supplier_that_becomes_a_customer_too_gets_a_sales_ledger_under_the_same_company(company):
    applied(company, contact_of("Acme", **SUPPLIER))
    applied(company, contact_of("Acme", **BOTH))
    assert sales("Acme").division == purchase("Acme").division
    assert Company.objects.get().company_type == "customer"


@pytest.mark.rule("SY-4")
def test_applying_the_same_contacts_twice_changes_nothing(company):
    values = [
        contact_of("Acme", **BOTH, first_name="Ann", contact_persons=[person("Bob"), person("Cy")]),
        contact_of("Timber Co", **SUPPLIER),
        contact_of("Old", contact_status="ARCHIVED"),
        contact_of("Prospect", **UNFLAGGED),
    ]
    applied(company, *values)
    before = snapshot()
    outcome = applied(company, *reversed(values))
    assert snapshot() == before
    assert (outcome.created, outcome.updated) == (0, 2)


@pytest.mark.rule("SY-4")
def test_of_a_contact_that_comes_twice_the_later_one_counts(company):
    outcome = applied(
        company, contact_of("Acme", email_address="old@x"), contact_of("Acme", email_address="new@x")
    )
    assert outcome.created == 1
    assert sales("Acme").email == "new@x"


def test_two_operating_companies_may_know_the_same_contact(company):
    other = operating_company("Southwind")
    applied(company, contact_of("Acme", email_address="one@x"))
    applied(other, contact_of("Acme", email_address="two@x"))
    applied(company, contact_of("Acme", email_address="three@x"))
    emails = {ledger.operating_company.name: ledger.email for ledger in SalesLedger.objects.all()}
    assert emails == {"Northwind": "three@x", "Southwind": "two@x"}


def test_ledgers_are_found_by_their_ids(company):
    applied(company, contact_of("Acme", **BOTH), contact_of("Timber Co", **SUPPLIER))
    wanted = [guid("Acme"), guid("Timber Co"), guid("Nobody")]
    assert sales_ledger_ids(company, wanted) == {guid("Acme"): sales("Acme").pk}
    assert purchase_ledger_ids(company, wanted) == {
        guid("Acme"): purchase("Acme").pk,
        guid("Timber Co"): purchase("Timber Co").pk,
    }


@pytest.mark.rule("SY-10")
def test_the_longest_texts_that_map_can_be_stored(company):
    wide = "漢" * 500
    value = contact_of(
        "Acme",
        name=wide,
        account_number="🂡" * 500,
        email_address="e" * 1000,
        addresses=[address(address_line1="x" * 10_000)],
    )
    applied(company, value, ledger_label="account_number")
    assert sales("Acme").name == wide
    assert sales("Acme").display_description == "🂡" * 500


@pytest.mark.rule("SY-12")
def test_what_users_own_survives_a_changed_contact(company):
    from counterfoil.crm.customers.services import note_add, sales_ledger_set_b2c

    ann = user(of=company)
    applied(company, contact_of("Acme"))
    ledger = sales("Acme")
    note_add(ledger, "Rings on Mondays", ann, AT)
    sales_ledger_set_b2c(ledger, "b2c", ann, AT)
    home = ledger.division.company
    home.account_manager = ann
    home.save()
    ledger.credit_limit = Decimal(500)
    ledger.save()

    applied(company, contact_of("Acme", email_address="new@x"), at=LATER)

    ledger = sales("Acme")
    assert ledger.email == "new@x"
    assert (ledger.b2c, ledger.credit_limit) == ("b2c", Decimal(500))
    assert ledger.division.company.account_manager == ann
    assert ledger.notes.get().text == "Rings on Mondays"
    assert (ledger.created_at, ledger.updated_at) == (AT, LATER)
