"""What goes to Xero, and whom new contacts take after: the administrator's page (IS-9, IS-10)."""

import pytest

from counterfoil.crm.customers.models import TemplateLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.sync.foreseeing import import_settings_foreseen
from counterfoil.sync.models import Errand, ImportSettings
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.integration.forms import ImportSettingsForm
from counterfoil.web.integration.sending_views import SendingForm
from tests.builders import AT
from tests.web import world
from tests.web.test_integration_pages import words

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
    browser.post(ADDRESS, {"push_products": "on", "push_archived": "on", "confirmed": "1"})
    stored = import_settings_of(company)
    assert (stored.push_customers, stored.push_products, stored.push_archived) == (False, True, True)


DEFAULTS = dict.fromkeys(("push_customers", "push_products", "note_orders"), "on")


def preview(browser, **given) -> str:
    answer = browser.post(ADDRESS, DEFAULTS | given)
    assert answer.status_code == 200
    assert not ImportSettings.objects.exists()
    return words(answer)


@pytest.mark.rule("IS-10")
def test_what_sending_less_changes_is_counted_before_it_is_saved(browser, company):
    for name in ("Alder Foods", "Birch & Co"):
        world.customer(company, name)
    changed = world.customer(company, "Maple")
    Errand.objects.create(
        operating_company=company,
        kind="contact",
        key=f"contact:{changed.pk}",
        ledger=changed,
        state="read",
        update={},
        due_ms=1,
        created_at=AT,
        updated_at=AT,
    )
    page = words(browser.post(ADDRESS, {"push_products": "on"}))
    assert not ImportSettings.objects.exists()
    assert "Send changes of customers On Off" in page
    assert "3 customers in Xero can be changed there alone" in page
    assert "1 change on the way already will still be sent" in page
    assert "Send changes of products" not in page
    answer = browser.post(ADDRESS, {"push_products": "on", "confirmed": "1"})
    assert answer.status_code == 302
    assert not import_settings_of(company).push_customers


@pytest.mark.rule("IS-10")
def test_whom_archiving_and_linking_leave_as_they_are_is_counted(browser, company):
    world.customer(company, "Stopped Ltd", on_stop=True)
    world.customer(company, "Alder Foods")
    page = preview(browser, push_archived="on", link_known_contacts="on", attach_quotes="on")
    assert "1 customer on stop now will stay active there" in page
    assert "New customers are linked where name and VAT number or e-mail agree" in page
    assert "Each order from now on takes 1 more call." in page
    page = words(browser.post(ADDRESS, {"push_products": "on", "push_archived": "on"}))
    assert "Nothing is archived while changes of customers are not sent." in page


@pytest.mark.rule("IS-10")
def test_what_was_ticked_is_still_there_when_one_goes_back_and_saving_nothing_says_so(browser):
    page = browser.post(ADDRESS, {"push_archived": "on", "again": "1"})
    form = page.context["form"]
    assert [form[name].value() for name in ("push_customers", "push_archived")] == [False, True]
    said = browser.post(ADDRESS, DEFAULTS, follow=True)
    assert "Nothing was changed" in words(said)
    assert not ImportSettings.objects.exists()


def test_every_switch_of_the_page_says_what_it_changes_and_stands_on_no_other_page(company):
    stored = ImportSettings(operating_company=company)
    for name in SendingForm.base_fields:
        effects = import_settings_foreseen(company, {name: not getattr(stored, name)})
        assert [one for one in effects if name in one.settings and one.sentences], name
    assert not SendingForm.base_fields.keys() & ImportSettingsForm.base_fields.keys()
    assert import_settings_foreseen(company, {"push_archived": False}) == []


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
