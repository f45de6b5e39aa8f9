import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.services import CustomerRefused, sales_ledger_release, sales_ledger_stop
from tests.builders import AT, guid
from tests.builders_contacts import contact_of, user
from tests.domain.customers.stage import LATER, applied, names, sales

ACTIVE, ARCHIVED, GDPR = "ACTIVE", "ARCHIVED", "GDPRREQUEST"


def stand(name="Acme"):
    ledger = sales(name)
    return ledger.on_stop, ledger.stop_reason, ledger.stopped_at


def becomes(company, status, at=AT):
    return applied(company, contact_of("Acme", contact_status=status), at=at)


@pytest.fixture
def ann(company):
    return user(of=company)


@pytest.mark.rule("SY-2")
@pytest.mark.parametrize(("status", "outcome"), [(ARCHIVED, "archived"), (GDPR, "gdpr")])
def test_a_contact_that_is_not_active_and_nobody_knows_stays_out(company, status, outcome):
    assert becomes(company, status).skipped == {guid("Acme"): outcome}
    assert names()["sales"] == []


@pytest.mark.rule("SY-2", "CU-11")
def test_archiving_stops_a_known_customer_and_bringing_back_lifts_it(company):
    becomes(company, ACTIVE)
    becomes(company, ARCHIVED, at=LATER)
    assert stand() == (True, "Archived in Xero", LATER)
    assert sales("Acme").is_archived
    becomes(company, ACTIVE, at=LATER)
    assert stand() == (False, "", None)
    assert not sales("Acme").is_archived


@pytest.mark.rule("SY-2")
def test_a_stop_keeps_the_time_it_began(company):
    becomes(company, ACTIVE)
    becomes(company, ARCHIVED, at=AT)
    becomes(company, ARCHIVED, at=LATER)
    assert stand() == (True, "Archived in Xero", AT)


@pytest.mark.rule("SY-2")
def test_an_archived_customer_that_a_document_needs_is_imported_on_stop(company):
    outcome = applied(company, contact_of("Acme", contact_status=ARCHIVED, is_supplier=True), needed=["Acme"])
    assert outcome.created == 1
    assert stand() == (True, "Archived in Xero", AT)
    assert names()["purchases"] == []


@pytest.mark.rule("SY-2", "SY-12")
def test_a_users_stop_outlives_archiving_and_bringing_back(company, ann):
    becomes(company, ACTIVE)
    sales_ledger_stop(sales("Acme"), "Does not pay", ann, AT)
    for status in (ARCHIVED, ACTIVE):
        becomes(company, status, at=LATER)
        assert stand() == (True, "Does not pay", AT)
    sales_ledger_release(sales("Acme"), ann, LATER)
    assert stand() == (False, "", None)


@pytest.mark.rule("CU-11")
def test_lifting_a_users_stop_leaves_the_one_from_the_books(company, ann):
    becomes(company, ACTIVE)
    becomes(company, ARCHIVED)
    sales_ledger_stop(sales("Acme"), "Does not pay", ann, LATER)
    assert stand() == (True, "Does not pay", AT)
    sales_ledger_release(sales("Acme"), ann, LATER)
    assert stand() == (True, "Archived in Xero", AT)
    with pytest.raises(CustomerRefused, match="because of the books: Archived in Xero"):
        sales_ledger_release(sales("Acme"), ann, LATER)


@pytest.mark.rule("CU-14")
def test_a_request_for_removal_stops_a_known_customer_and_is_remembered(company):
    becomes(company, ACTIVE)
    becomes(company, GDPR)
    on_stop, reason, _ = stand()
    assert on_stop
    assert "personal data" in reason
    assert sales("Acme").gdpr_request


@pytest.mark.rule("CU-14", "CU-11")
def test_the_reason_of_a_stop_follows_what_xero_says(company):
    becomes(company, ACTIVE)
    becomes(company, ARCHIVED)
    becomes(company, GDPR, at=LATER)
    assert stand() == (True, "Removal of personal data was requested in Xero", LATER)
    becomes(company, ARCHIVED, at=LATER)
    assert stand() == (True, "Archived in Xero", LATER)


def test_stopping_needs_a_reason_and_happens_once(company, ann):
    becomes(company, ACTIVE)
    with pytest.raises(CustomerRefused, match="say why"):
        sales_ledger_stop(sales("Acme"), "  ", ann, AT)
    sales_ledger_stop(sales("Acme"), "Does not pay", ann, AT)
    with pytest.raises(CustomerRefused, match="on stop already: Does not pay"):
        sales_ledger_stop(sales("Acme"), "Rude", ann, AT)
    sales_ledger_release(sales("Acme"), ann, AT)
    with pytest.raises(CustomerRefused, match="is not on stop"):
        sales_ledger_release(sales("Acme"), ann, AT)
    actions = AuditEntry.objects.order_by("pk").values_list("action", "actor__email")
    assert list(actions) == [("sales_ledger.stopped", ann.email), ("sales_ledger.released", ann.email)]
