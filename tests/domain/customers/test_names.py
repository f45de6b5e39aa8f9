import pytest

from counterfoil.crm.customers.models import Company, Division
from counterfoil.crm.customers.services import (
    CustomerRefused,
    company_rename,
    division_rename,
    ledger_give_company,
    ledgers_relabel,
)
from tests.builders import AT, guid, operating_company
from tests.builders_contacts import contact_of, user
from tests.domain.customers.stage import applied, names, purchase, sales


@pytest.fixture
def ann(company):
    return user(of=company)


def rename_in_xero(company, new, **given):
    applied(company, contact_of("Acme", name=new, **given))


@pytest.mark.rule("CU-2")
def test_a_rename_in_xero_renames_company_division_and_both_ledgers(company):
    rename_in_xero(company, "Acme", is_supplier=True)
    applied(company, contact_of("Bystander"))
    rename_in_xero(company, "Acme Group", is_supplier=True)
    both = ["Acme Group", "Bystander"]
    assert names() == {"companies": both, "divisions": both, "sales": both, "purchases": ["Acme Group"]}
    assert sales("Acme").display_description == "Acme Group"


@pytest.mark.rule("CU-2", "SY-12")
@pytest.mark.parametrize(
    ("service", "model", "kept"),
    [(company_rename, Company, ("Ours", "Acme Group")), (division_rename, Division, ("Acme Group", "Ours"))],
)
def test_a_name_that_a_user_gave_stays(company, ann, service, model, kept):
    rename_in_xero(company, "Acme")
    service(model.objects.get(), "Ours", ann, AT)
    rename_in_xero(company, "Acme Group")
    assert (names()["companies"], names()["divisions"]) == ([kept[0]], [kept[1]])
    assert names()["sales"] == ["Acme Group"]


@pytest.mark.rule("CU-2", "SY-12")
def test_a_name_that_a_user_confirmed_stays_although_it_was_the_same(company, ann):
    rename_in_xero(company, "Acme")
    company_rename(Company.objects.get(), "Acme", ann, AT)
    division_rename(Division.objects.get(), "Acme", ann, AT)
    rename_in_xero(company, "Acme Group")
    assert (names()["companies"], names()["divisions"]) == (["Acme"], ["Acme"])


@pytest.mark.rule("CU-2")
def test_the_name_of_a_company_with_another_name_is_not_the_ledgers_to_change(company, ann):
    applied(company, contact_of("Group"))
    applied(company, contact_of("Acme"), missing_records="none")
    ledger_give_company(sales("Acme"), sales("Group").division.company, actor=ann, at=AT)
    rename_in_xero(company, "Acme North")
    assert names()["companies"] == ["Group"]
    assert names()["divisions"] == ["Acme North", "Group"]


@pytest.mark.parametrize(("name", "sentence"), [(" \u200b", "cannot be empty"), ("x" * 501, "at most 500")])
def test_a_company_needs_a_name_that_fits(company, ann, name, sentence):
    applied(company, contact_of("Acme"))
    with pytest.raises(CustomerRefused, match=sentence):
        company_rename(Company.objects.get(), name, ann, AT)
    assert Company.objects.get().name == "Acme"


@pytest.mark.rule("IS-1")
@pytest.mark.parametrize(
    ("label", "number", "shown"),
    [("name", "A1", "Acme"), ("account_number", "A1", "A1"), ("account_number", "", "Acme")],
)
def test_a_customer_is_labelled_by_the_setting_and_by_name_without_a_number(company, label, number, shown):
    applied(company, contact_of("Acme", account_number=number), ledger_label=label)
    assert sales("Acme").display_description == shown


@pytest.mark.rule("IS-1")
def test_changing_the_label_relabels_all_customers_of_the_company_at_once(
    company, ann, django_assert_max_num_queries
):
    other = operating_company("Southwind")
    applied(company, contact_of("Acme", account_number="A1"), contact_of("Bare"))
    applied(other, contact_of("Cargo", account_number="C1"))
    with django_assert_max_num_queries(6):  # the same for any number of customers
        assert ledgers_relabel(company, "account_number", ann, AT) == 1
    shown = {n: sales(n).display_description for n in ("Acme", "Bare", "Cargo")}
    assert shown == {"Acme": "A1", "Bare": "Bare", "Cargo": "Cargo"}
    company.refresh_from_db()
    assert company.ledger_label == "account_number"
    assert ledgers_relabel(company, "name", ann, AT) == 1
    assert sales("Acme").display_description == "Acme"


def test_an_unknown_label_is_refused(company, ann):
    with pytest.raises(CustomerRefused):
        ledgers_relabel(company, "colour", ann, AT)


@pytest.mark.rule("CU-1")
def test_the_ledger_keeps_its_id_whatever_its_name(company):
    rename_in_xero(company, "Acme", is_supplier=True)
    ids = (sales("Acme").pk, purchase("Acme").pk)
    rename_in_xero(company, "Else", is_supplier=True)
    assert (sales("Acme").pk, purchase("Acme").pk) == ids
    assert sales("Acme").ledger_id == guid("Acme")
