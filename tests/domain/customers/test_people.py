import pytest

from counterfoil.crm.customers.models import Contact
from counterfoil.crm.customers.services import CustomerRefused, person_add, person_edit
from tests.builders import AT
from tests.builders_contacts import contact_of, person, phone, user
from tests.domain.customers.stage import applied, people, sales

ANN = {"first_name": "Ann", "email_address": "ann@x", "phones": [phone("DEFAULT", "1")]}


@pytest.fixture
def clerk(company):
    return user(of=company)


def listed(company, *persons, **given):
    applied(company, contact_of("Acme", **(ANN | given), contact_persons=list(persons)))
    return people("Acme")


@pytest.mark.rule("CU-13")
def test_further_contact_persons_are_kept_beside_the_primary_one(company):
    assert listed(company, person("Bo"), person("Cy")) == [(0, "Ann", ""), (1, "Bo", ""), (2, "Cy", "")]


@pytest.mark.rule("CU-13")
def test_the_primary_person_follows_the_contact(company):
    listed(company)
    assert listed(company, first_name="Anna", phones=[phone("DEFAULT", "2")]) == [(0, "Anna", "")]
    assert Contact.objects.get().phone == "2"


@pytest.mark.rule("CU-13")
def test_a_person_that_moves_up_keeps_the_role_that_a_user_gave(company, clerk):
    listed(company, person("Bo"), person("Cy", email_address="cy@x"))
    person_edit(Contact.objects.get(first_name="Cy"), role_code="BUYER", actor=clerk, at=AT)
    assert listed(company, person("Cyril", email_address="cy@x")) == [(0, "Ann", ""), (1, "Cyril", "BUYER")]


@pytest.mark.rule("CU-13", "SY-12")
def test_people_that_users_added_are_left_alone(company, clerk):
    listed(company, person("Bo"))
    added = person_add(sales("Acme").division, first_name="Zoe", role_code="CHIEF", actor=clerk, at=AT)
    listed(company)
    assert {row[1:] for row in people("Acme")} == {("Ann", ""), ("Zoe", "CHIEF")}
    added.refresh_from_db()
    assert added.slot is None


@pytest.mark.rule("CU-13")
def test_people_whom_nobody_lists_any_more_go(company):
    listed(company, person("Bo"))
    applied(company, contact_of("Acme"))
    assert people("Acme") == []


def test_of_people_from_xero_only_the_role_is_changed_here(company, clerk):
    listed(company)
    ann = Contact.objects.get()
    with pytest.raises(CustomerRefused, match="change them in Xero"):
        person_edit(ann, first_name="Anna", actor=clerk, at=AT)
    person_edit(ann, first_name="Ann", role_code="CHIEF", actor=clerk, at=AT)
    ann.refresh_from_db()
    assert (ann.first_name, ann.role_code) == ("Ann", "CHIEF")


def test_people_of_the_crm_are_changed_here(company, clerk):
    listed(company)
    zoe = person_add(sales("Acme").division, first_name="Zoe", actor=clerk, at=AT)
    person_edit(zoe, last_name="Fox", email=" zoe@x ", actor=clerk, at=AT)
    zoe.refresh_from_db()
    assert (zoe.first_name, zoe.last_name, zoe.email) == ("Zoe", "Fox", "zoe@x")
    with pytest.raises(CustomerRefused, match="needs a name or an e-mail"):
        person_edit(zoe, first_name="", last_name="", email="", actor=clerk, at=AT)
