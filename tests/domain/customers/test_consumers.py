import pytest

from counterfoil.crm.customers.rules import ContactRules
from counterfoil.crm.customers.services import b2c_reclassify, ledgers_hit_by, sales_ledger_set_b2c
from tests.builders import AT
from tests.builders_contacts import contact_of, person, user
from tests.domain.customers.stage import applied, sales

ANN = {"first_name": "Ann", "last_name": "Lee"}
TWO = {"contact_persons": [person("Bo"), person("Cy")]}


@pytest.mark.rule("IS-2")
@pytest.mark.parametrize(
    ("given", "rules", "flag"),
    [
        pytest.param(ANN, {}, "b2c", id="named like the person"),
        pytest.param(ANN | TWO, {}, "b2b", id="two contact persons"),
        pytest.param({}, {}, "b2b", id="nobody named"),
        pytest.param({}, {"b2c_pattern": "^ann"}, "b2c", id="pattern"),
        pytest.param(ANN, {"b2c_automatic": False}, "unknown", id="by hand"),
    ],
)
def test_the_flag_of_a_new_customer(company, given, rules, flag):
    applied(company, contact_of("Ann Lee", **given), **rules)
    assert sales("Ann Lee").b2c == flag


@pytest.mark.rule("IS-2", "SY-12")
def test_a_users_own_flag_is_overwritten_by_neither_import_nor_settings(company):
    ann = user(of=company)
    applied(company, contact_of("Ann Lee", **ANN))
    sales_ledger_set_b2c(sales("Ann Lee"), "b2b", ann, AT)
    applied(company, contact_of("Ann Lee", **ANN, email_address="a@x"))
    assert sales("Ann Lee").b2c == "b2b"
    assert b2c_reclassify(company, ContactRules(b2c_pattern="Ann")) == 0
    assert sales("Ann Lee").b2c == "b2b"


@pytest.mark.rule("IS-2")
def test_a_flag_given_back_is_decided_by_the_next_import(company):
    ann = user(of=company)
    applied(company, contact_of("Ann Lee", **ANN))
    sales_ledger_set_b2c(sales("Ann Lee"), "unknown", ann, AT)
    applied(company, contact_of("Ann Lee", **ANN))
    assert sales("Ann Lee").b2c == "b2c"


@pytest.mark.rule("IS-2")
def test_changed_settings_decide_anew_as_an_import_would(company):
    values = [
        contact_of("Ann Lee", **ANN),
        contact_of("Mrs Day"),
        contact_of("Bo Li", first_name="Bo Li", **TWO),
    ]
    applied(company, *values, b2c_automatic=False, missing_records="none")
    rules = {"b2c_pattern": r"\bmrs\b"}
    assert b2c_reclassify(company, ContactRules(**rules)) == 3
    flags = {name: sales(name).b2c for name in ("Ann Lee", "Mrs Day", "Bo Li")}
    assert flags == {"Ann Lee": "b2c", "Mrs Day": "b2c", "Bo Li": "b2b"}
    applied(company, *values, **rules)
    assert flags == {name: sales(name).b2c for name in flags}
    assert b2c_reclassify(company, ContactRules(**rules)) == 0


@pytest.mark.rule("IS-2")
def test_by_hand_nothing_is_decided(company):
    applied(company, contact_of("Ann Lee", **ANN))
    assert b2c_reclassify(company, ContactRules(b2c_automatic=False)) == 0
    assert sales("Ann Lee").b2c == "b2c"


@pytest.mark.rule("IS-2")
def test_the_tester_names_the_customers_a_pattern_hits(company):
    applied(company, contact_of("Mrs Day"), contact_of("Acme"), contact_of("Mr Bee"))
    assert ledgers_hit_by(company, "^mrs? ") == ["Mr Bee", "Mrs Day"]
    assert ledgers_hit_by(company, "") == []
