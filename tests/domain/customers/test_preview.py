import pytest

from counterfoil.crm.customers.rules import ContactRules
from counterfoil.crm.customers.services import Foreseen, contacts_foreseen
from tests.builders import guid
from tests.builders_contacts import address, contact_of
from tests.domain.customers.stage import applied, snapshot

PAGE = [
    contact_of("Known"),
    contact_of("Acme", is_supplier=True, addresses=[address("STREET")]),
    contact_of("acme", contact_id=guid("acme two"), is_customer=False, is_supplier=True),
    contact_of("Ann Lee", first_name="Ann", last_name="Lee"),
    contact_of("Old", contact_status="ARCHIVED"),
    contact_of("Gone", contact_status="GDPRREQUEST"),
    contact_of("Prospect", is_customer=False),
]


@pytest.mark.rule("SY-8", "IS-3", "CU-4", "CU-6")
def test_a_preview_counts_what_an_import_would_make_and_leave_out_and_writes_nothing(company):
    applied(company, PAGE[0])
    before = snapshot()
    foreseen = contacts_foreseen(company, PAGE, rules=ContactRules(include_b2c=False))
    assert foreseen == Foreseen(
        known=1,
        sales_ledgers=2,
        purchase_ledgers=2,
        companies=2,
        without_company=1,
        consumers=1,
        street_only=1,
        duplicate_names=2,
        skipped={"archived": 1, "gdpr": 1, "unflagged": 1},
    )
    assert snapshot() == before


@pytest.mark.rule("SY-8")
def test_what_is_foreseen_is_what_happens(company):
    rules = {"import_unflagged": True, "include_suppliers": False}
    foreseen = contacts_foreseen(company, PAGE, rules=ContactRules(**rules))
    outcome = applied(company, *PAGE, **rules)
    companies, _, _, sales, purchases = snapshot()
    assert (len(companies), len(sales), len(purchases)) == (
        foreseen.companies,
        foreseen.sales_ledgers,
        foreseen.purchase_ledgers,
    )
    assert sorted(outcome.skipped.values()) == sorted(foreseen.skipped.elements())
