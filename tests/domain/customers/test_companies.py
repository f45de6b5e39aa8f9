import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import Company
from counterfoil.crm.customers.services import CustomerRefused, company_set_account_manager, note_add
from tests.builders import AT, operating_company
from tests.builders_contacts import contact_of, user
from tests.domain.customers.stage import applied, sales


def test_an_account_manager_is_somebody_of_the_same_operating_company(company):
    ann, stranger = user(of=company), user("eve@example.com", of=operating_company("Southwind"))
    applied(company, contact_of("Acme"))
    acme = Company.objects.get()
    company_set_account_manager(acme, ann, ann, AT)
    with pytest.raises(CustomerRefused, match="has no access to Northwind"):
        company_set_account_manager(acme, stranger, ann, AT)
    acme.refresh_from_db()
    assert acme.account_manager == ann
    company_set_account_manager(acme, None, ann, AT)
    acme.refresh_from_db()
    assert acme.account_manager is None
    told = AuditEntry.objects.order_by("pk").values_list("summary", flat=True)
    assert list(told) == ["Ann looks after Acme.", "Nobody looks after Acme."]


def test_a_note_has_text_an_author_and_a_time(company):
    ann = user(of=company)
    applied(company, contact_of("Acme"))
    note = note_add(sales("Acme"), " Rings\r\non Mondays ", ann, AT)
    note.refresh_from_db()
    assert (note.text, note.by, note.at) == ("Rings\non Mondays", ann, AT)
    with pytest.raises(CustomerRefused, match="empty"):
        note_add(sales("Acme"), " ", ann, AT)
