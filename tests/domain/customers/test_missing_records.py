import pytest

from counterfoil.crm.customers.models import Company, Contact, Division
from counterfoil.crm.customers.services import CustomerRefused, ledger_give_company
from tests.builders import AT, operating_company
from tests.builders_contacts import contact_of, user
from tests.domain.customers.stage import applied, purchase, sales

SUPPLIER = {"is_customer": False, "is_supplier": True}
CONSUMER = {"first_name": "Ann", "last_name": "Lee"}


@pytest.fixture
def ann(company):
    return user(of=company)


@pytest.mark.rule("IS-3")
@pytest.mark.parametrize(
    ("rules", "given", "made"),
    [
        pytest.param({}, {}, True, id="active, for active ones"),
        pytest.param({}, {"contact_status": "ARCHIVED"}, False, id="archived, for active ones"),
        pytest.param(
            {"missing_records": "all"}, {"contact_status": "ARCHIVED"}, True, id="archived, for all"
        ),
        pytest.param({"missing_records": "none"}, {}, False, id="not at all"),
        pytest.param({}, CONSUMER, True, id="consumer"),
        pytest.param({"include_b2c": False}, CONSUMER, False, id="consumer left out"),
        pytest.param({"include_b2c": False}, {}, True, id="business while consumers are left out"),
        pytest.param(
            {"include_suppliers": False}, {"is_supplier": True}, True, id="both while suppliers are left out"
        ),
    ],
)
def test_a_customer_gets_a_company_as_the_settings_say(company, rules, given, made):
    applied(company, contact_of("Ann Lee", **given), needed=["Ann Lee"], **rules)
    assert (Company.objects.count(), Division.objects.count()) == (made, made)
    assert (sales("Ann Lee").division is not None) == made


@pytest.mark.rule("IS-3")
@pytest.mark.parametrize("included", [True, False])
def test_a_supplier_gets_a_company_unless_suppliers_are_left_out(company, included):
    applied(company, contact_of("Timber Co", **SUPPLIER), include_suppliers=included)
    assert (purchase("Timber Co").division is not None) == included


@pytest.mark.rule("IS-3")
def test_a_ledger_that_waited_gets_its_company_when_the_setting_allows_it(company):
    applied(company, contact_of("Acme", first_name="Bo"), missing_records="none")
    assert Contact.objects.count() == 0
    applied(company, contact_of("Acme", first_name="Bo"))
    assert sales("Acme").division.company.name == "Acme"
    assert Contact.objects.get().first_name == "Bo"


@pytest.mark.rule("IS-4")
def test_the_defaults_apply_on_creation_only(company, ann):
    applied(
        company,
        contact_of("Acme", first_name="Bo"),
        contact_of("Timber Co", **SUPPLIER),
        account_manager_id=ann.pk,
        role_code="BUYER",
        company_type="Retailer",
    )
    home = sales("Acme").division.company
    assert (home.account_manager, home.company_type) == (ann, "Retailer")
    assert purchase("Timber Co").division.company.company_type == "supplier"
    assert Contact.objects.get().role_code == "BUYER"

    applied(company, contact_of("Acme", first_name="Bobby"), role_code="CHIEF", company_type="Other")
    home.refresh_from_db()
    assert (home.account_manager, home.company_type) == (ann, "Retailer")
    assert (Contact.objects.get().first_name, Contact.objects.get().role_code) == ("Bobby", "BUYER")


@pytest.mark.rule("IS-3")
def test_a_user_makes_a_company_for_a_ledger_that_waits(company, ann):
    applied(company, contact_of("Acme", is_supplier=True, **CONSUMER), missing_records="none")
    ledger_give_company(sales("Acme"), actor=ann, at=AT, role_code="BUYER")
    home = sales("Acme").division
    assert (home.name, home.company.name) == ("Acme", "Acme")
    assert purchase("Acme").division == home
    who = Contact.objects.get()
    assert (who.first_name, who.slot, who.role_code) == ("Ann", 0, "BUYER")
    applied(company, contact_of("Acme", is_supplier=True, **CONSUMER))
    assert Contact.objects.get().pk == who.pk
    with pytest.raises(CustomerRefused, match="belongs to a company already"):
        ledger_give_company(sales("Acme"), actor=ann, at=AT)


@pytest.mark.rule("IS-3")
def test_a_user_picks_a_company_for_a_ledger_that_waits(company, ann):
    applied(company, contact_of("Group"))
    applied(company, contact_of("Acme"), missing_records="none")
    group = sales("Group").division.company
    division = ledger_give_company(sales("Acme"), group, actor=ann, at=AT)
    assert (division.company, division.name) == (group, "Acme")
    assert Company.objects.count() == 1


def test_a_company_of_somebody_else_is_not_to_be_had(company, ann):
    other = operating_company("Southwind")
    applied(other, contact_of("Theirs"))
    applied(company, contact_of("Acme"), missing_records="none")
    with pytest.raises(CustomerRefused, match="another operating company"):
        ledger_give_company(sales("Acme"), Company.objects.get(), actor=ann, at=AT)
    assert sales("Acme").division is None


@pytest.mark.rule("IS-3")
def test_a_ledger_that_somebody_else_placed_meanwhile_gets_no_second_company(company, ann):
    applied(company, contact_of("Acme"), missing_records="none")
    as_one_user_sees_it, as_another_does = sales("Acme"), sales("Acme")
    ledger_give_company(as_one_user_sees_it, actor=ann, at=AT)
    with pytest.raises(CustomerRefused, match="belongs to a company already"):
        ledger_give_company(as_another_does, actor=ann, at=AT)
    assert Company.objects.count() == 1
