from decimal import Decimal

import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.resembling import SIMILAR, customers_resembling, name_stem
from counterfoil.crm.customers.services import (
    CUSTOMER_CREATED,
    CustomerRefused,
    SimilarExists,
    credit_rule_set,
    customer_create,
    reference_rule_set,
    sales_ledger_linked,
)
from tests.builders import AT, guid, operating_company, sales_ledger
from tests.builders_contacts import contact_of
from tests.domain.customers.stage import applied
from tests.domain.quotes.stage import LATER, tax_code, user


@pytest.fixture
def rep(company):
    return user(company)


def make(company, rep, name="Ridgeway Ltd", **given):
    return customer_create(company, name, actor=rep, at=AT, **given)


@pytest.mark.rule("PU-1")
def test_a_new_customer_is_there_at_once_and_waits_for_its_contact(company, rep):
    ledger = make(
        company,
        rep,
        "  Ridgeway   Ltd ",
        email="accounts@ridgeway.example",
        first_name="Jo",
        last_name="Ray",
        vat_number="GB980780684",
        country="United Kingdom",
        account_manager=rep,
    )
    assert (ledger.name, ledger.ledger_id, ledger.currency, ledger.vat_number_valid) == (
        "Ridgeway Ltd",
        None,
        "GBP",
        True,
    )
    parent = ledger.division.company
    assert (parent.name, parent.account_manager) == ("Ridgeway Ltd", rep)
    person = ledger.division.contacts.get()
    assert (person.first_name, person.email, person.slot) == ("Jo", "accounts@ridgeway.example", 0)
    change = ChangeRecord.objects.get(kind=CUSTOMER_CREATED)
    assert (change.key, change.payload["sales_ledger"], change.due_at) == (str(ledger.uuid), ledger.pk, AT)


@pytest.mark.parametrize(
    ("known", "given", "because"),
    [
        ({"name": "Ridgeway Limited"}, {}, ("name",)),
        ({"name": "RIDGEWAY, LTD."}, {}, ("name",)),
        ({"email": "Jo@X.example"}, {"email": "jo@x.example"}, ("e-mail",)),
        ({"vat_number": "980 7806 84"}, {"vat_number": "GB980780684"}, ("VAT number",)),
        ({"vat_number": "GB 980780684"}, {"vat_number": "980780684"}, ("VAT number",)),
        ({"phone": "+44 20 7946 0123"}, {"phone": "(020) 7946-0123"}, ("phone",)),
        ({"name": "ridgeway", "email": "a@b.example"}, {"email": "a@b.example"}, ("name", "e-mail")),
    ],
)
def test_one_that_looks_alike_is_shown_before_a_second_is_made(company, rep, known, given, because):
    other = sales_ledger(company, **({"name": "Somebody"} | known))
    with pytest.raises(SimilarExists) as similar:
        make(company, rep, **given)
    assert [(found.ledger, found.because) for found in similar.value.found] == [(other, because)]
    assert SalesLedger.objects.count() == 1
    assert make(company, rep, despite=[other.pk], **given).name == "Ridgeway Ltd"


def test_another_companys_customers_and_other_names_do_not_look_alike(company, rep):
    sales_ledger(operating_company("Southwind"), "Ridgeway Ltd")
    sales_ledger(company, "Ridgewood Ltd", email="x@y.example", phone="020 7946 9999")
    assert customers_resembling(company, name="Ridgeway Ltd", email="", phone="12", vat_number="1") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH", "muller and sohne"),
        ("ACME Co.", "Acme"),
        ("Ltd", "LTD"),
        ("O'Neill  plc", "oneill"),
    ],
)
def test_names_that_differ_in_writing_only_have_one_stem(one, other):
    assert name_stem(one) == name_stem(other)


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Bracken Hill Garden Centre", "Bracken Hill Garden Center"),
        ("Bracken Hill Garden Centre Ltd", "BRACKEN HILL GARDEN CENTRES"),
        ("Hartley Joinery", "Hartley Joinary Limited"),
    ],
)
def test_a_name_spelt_a_little_differently_is_shown_too(company, rep, known, typed):
    other = sales_ledger(company, known)
    with pytest.raises(SimilarExists, match="a similar name") as similar:
        make(company, rep, typed)
    assert [(found.ledger, found.because) for found in similar.value.found] == [(other, (SIMILAR,))]
    assert make(company, rep, typed, despite=[other.pk]).name == typed


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Smith & Sons Leeds", "Smith & Daughters York"),
        ("Smith & Sons Plumbing and Heating Leeds", "Smith & Sons Plumbing and Heating Leigh"),
        ("Unit 4 Storage Solutions", "Unit 5 Storage Solutions"),
        ("Garden Centre Bracken", "Bracken Garden Centre"),
    ],
)
def test_names_that_mean_different_customers_raise_no_alarm(company, known, typed):
    sales_ledger(company, known)
    assert customers_resembling(company, name=typed) == []


def test_what_is_shared_beside_a_similar_name_is_said_first(company):
    sales_ledger(company, "Bracken Hill Garden Centre", email="a@b.example", phone="020 7946 0123")
    (found,) = customers_resembling(
        company, name="Bracken Hill Garden Center", email="a@b.example", phone="020 7946 0123"
    )
    assert found.words == "same e-mail and phone and a similar name"


def test_a_similar_name_is_found_among_very_many_that_begin_alike(company):
    for place in range(200):
        for letter in "agz":
            sales_ledger(company, f"Bracken {letter}{place:03d}")
    other = sales_ledger(company, "Bracken Hill Garden Centre")
    assert [one.ledger for one in customers_resembling(company, name="Bracken Hill Garden Center")] == [other]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("", {}),
        ("x" * 256, {}),
        ("A <b>", {}),
        ("Acme", {"email": "not an address"}),
        ("Acme", {"account_number": "x" * 51}),
        ("Acme", {"country": "x" * 51}),
        ("Acme", {"currency": "pound"}),
        ("Acme", {"tax_type": "GONE"}),
        ("Acme", {"b2c": "maybe"}),
    ],
)
def test_what_xero_would_refuse_is_refused_here(company, rep, name, given):
    with pytest.raises(CustomerRefused, match="Nothing was made"):
        make(company, rep, name, **given)
    assert not SalesLedger.objects.exists()


def test_an_account_number_is_given_once_and_may_label(company, rep):
    company.ledger_label = "account_number"
    company.save()
    tax_code(company, "OUTPUT2", "20")
    ledger = make(company, rep, account_number="RID01", tax_type="OUTPUT2")
    assert ledger.display_description == "RID01"
    with pytest.raises(CustomerRefused, match="Ridgeway Ltd has account number RID01"):
        make(company, rep, "Other", account_number="rid01")


@pytest.mark.rule("PU-1")
def test_the_contact_is_linked_once_and_to_nobody_elses_ledger(company, rep):
    ledger = make(company, rep)
    sales_ledger(company, "Other")
    with pytest.raises(CustomerRefused, match="is Other here already"):
        sales_ledger_linked(ledger, guid("Other"), at=LATER)
    for _ in range(2):
        sales_ledger_linked(ledger, guid("mine"), at=LATER)
    assert ledger.ledger_id == guid("mine")
    with pytest.raises(CustomerRefused, match="another contact"):
        sales_ledger_linked(ledger, guid("third"), at=LATER)


@pytest.mark.rule("SY-12")
def test_what_the_crm_alone_knows_of_a_customer_survives_a_pull(company, rep):
    ledger = make(company, rep, "Ridgeway University")
    sales_ledger_linked(ledger, guid("Ridgeway University"), at=LATER)
    credit_rule_set(ledger, Decimal(500), "block", actor=rep, at=AT)
    reference_rule_set(ledger, is_required=True, actor=rep, at=AT)
    applied(company, contact_of("Ridgeway University", email_address="new@ridgeway.example"))
    after = SalesLedger.objects.get()
    assert (after.pk, after.email) == (ledger.pk, "new@ridgeway.example")
    assert (after.uuid, after.credit_limit, after.credit_rule) == (ledger.uuid, 500, "block")
    assert after.requires_reference
