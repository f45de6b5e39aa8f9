"""What goes to Xero, and whom new contacts take after: the administrator's page (IS-9, IS-10)."""

import pytest

from counterfoil.crm.customers.models import TemplateLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.sync.settings import import_settings_of
from tests.builders import AT
from tests.web import world

ADDRESS = "/settings/integration/xero/sending/"
TEMPLATE = f"{ADDRESS}template"


@pytest.mark.rule("IS-10")
def test_both_switches_are_on_and_archiving_is_off_until_somebody_says_otherwise(browser, company):
    form = browser.get(ADDRESS).context["form"]
    assert [form[name].value() for name in ("push_customers", "push_products", "push_archived")] == [
        True,
        True,
        False,
    ]
    browser.post(ADDRESS, {"push_products": "on", "push_archived": "on"})
    stored = import_settings_of(company)
    assert (stored.push_customers, stored.push_products, stored.push_archived) == (False, True, True)


@pytest.mark.rule("IS-9")
def test_a_template_is_found_chosen_and_taken_away(browser, company):
    ledger = world.customer(company, "Alder Foods")
    found = browser.get(ADDRESS, {"for": "home", "q": "alder"}).content.decode()
    assert "Use it" in found
    browser.post(TEMPLATE, {"kind": "home", "customer": ledger.pk})
    assert TemplateLedger.objects.get().sales_ledger == ledger
    assert "Template" in browser.get(f"/customers/{ledger.pk}/").content.decode()
    browser.post(TEMPLATE, {"kind": "home"})
    assert not TemplateLedger.objects.exists()


@pytest.mark.rule("IS-9")
def test_what_is_no_active_contact_cannot_be_a_template(browser, company, other_company):
    archived = world.customer(company, is_archived=True)
    answer = browser.post(TEMPLATE, {"kind": "home", "customer": archived.pk}, follow=True)
    assert "no active contact in Xero" in answer.content.decode()
    theirs = world.customer(other_company, "Theirs")
    assert browser.post(TEMPLATE, {"kind": "home", "customer": theirs.pk}).status_code == 404
    for key in ("²", "9" * 30):
        assert browser.post(TEMPLATE, {"kind": "home", "customer": key}).status_code == 404
    browser.post(TEMPLATE, {"kind": "mars", "customer": world.customer(company, "Fig").pk})
    assert not TemplateLedger.objects.exists()


@pytest.mark.rule("IS-9")
def test_a_new_customer_takes_after_the_template_of_where_it_is(browser, company):
    ledger = world.customer(company, default_analysis="201", payment_terms="30 days after the invoice date")
    browser.post(TEMPLATE, {"kind": "non_eu", "customer": ledger.pk})
    by = world.member(company, "sales")
    here = customer_create(company, "Birch", country="United Kingdom", actor=by, at=AT)
    there = customer_create(company, "Maple", country="Canada", actor=by, at=AT)
    assert (here.default_analysis, here.payment_terms) == ("", "")
    assert (there.default_analysis, there.payment_terms) == ("201", "30 days after the invoice date")
