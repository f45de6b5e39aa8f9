"""New contacts take after the template of where they are (IS-9), and clashes get a sentence (PU-8)."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.crm.customers.templates import template_set
from counterfoil.crm.finance.models import BrandingTheme
from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import contact_rules
from counterfoil.sync.deciding import intent_retry
from counterfoil.sync.models import PushIntent
from counterfoil.sync.standing import outbox
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db

TERMS = {"Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}, "Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}}
TAKEN_OVER = {
    "PaymentTerms": TERMS,
    "SalesDefaultAccountCode": "200",
    "PurchasesDefaultAccountCode": "310",
    "AccountsReceivableTaxType": "OUTPUT",
    "AccountsPayableTaxType": "INPUT",
    "SalesTrackingCategories": [{"TrackingCategoryName": "Region", "TrackingOptionName": "North"}],
    "PurchasesTrackingCategories": [{"TrackingCategoryName": "Region", "TrackingOptionName": "South"}],
}


def template(here: Shop) -> SalesLedger:
    """A customer whose contact has everything that new ones may take over."""
    ledger = here.ledger
    actions.contact_edit(here.here.organisation, ledger.ledger_id, **TAKEN_OVER)
    here.here.sync_all()
    ledger.refresh_from_db()
    for kind in ("home", "non_eu"):
        template_set(here.here.company, kind, ledger, actor=here.here.user, at=here.clock())
    return ledger


def made(here: Shop, name: str, **given: str) -> SalesLedger:
    return customer_create(
        here.here.company,
        name,
        actor=here.here.user,
        at=here.clock(),
        despite=list(SalesLedger.objects.values_list("pk", flat=True)),
        **given,
    )


def contact(here: Shop, ledger: SalesLedger) -> dict[str, Any]:
    ledger.refresh_from_db()
    return contact_rules.record(here.here.store.contacts.get(ledger.ledger_id))


@pytest.mark.rule("IS-9", "PU-1")
def test_a_new_contact_gets_terms_accounts_taxes_and_tracking_of_its_template() -> None:
    with shop(limits=False) as here:
        template(here)
        ledger = made(here, "Orchard")
        assert (ledger.default_analysis, ledger.payment_terms) == ("200", "30 days after the invoice date")
        here.push()
        found = contact(here, ledger)
        assert {name: found.get(name) for name in TAKEN_OVER} == TAKEN_OVER
        assert found["Name"] == "Orchard"


@pytest.mark.rule("IS-9")
def test_without_a_template_for_where_it_is_nothing_is_taken_over() -> None:
    with shop(limits=False) as here:
        template(here)
        ledger = made(here, "Chêne", country="France", vat_number="FR40303265045")
        here.push()
        assert not {name for name in TAKEN_OVER if contact(here, ledger).get(name)}


@pytest.mark.rule("IS-9")
def test_invoices_of_a_customer_made_from_a_template_have_its_branding_theme() -> None:
    with shop(limits=False) as here:
        theme = BrandingTheme.objects.of(here.here.company).order_by("-position").first()
        assert theme is not None
        source = template(here)
        shown = {"BrandingThemeID": theme.external_id, "Name": theme.name}
        row = here.here.store.contacts.get(source.ledger_id)
        record = contact_rules.record(row) | {"BrandingTheme": shown}
        here.here.store.contacts.put(contact_rules.contact_form.row(record))
        ledger = made(here, "Orchard", address_line1="1 Quay")
        quote = here.order(ledger=ledger)
        here.push()
        here.push()
        ledger.refresh_from_db()
        assert ledger.branding_theme == theme.external_id
        (invoice,) = here.invoices(quote)
        assert invoice["BrandingThemeID"] == theme.external_id
        here.assert_good_manners()


@pytest.mark.rule("PU-8")
def test_a_contact_that_another_customer_here_is_linked_to_waits_with_a_sentence() -> None:
    with shop(limits=False) as here:
        ledger = made(here, "Orchard")
        here.here.arm("500_after_commit", method="PUT", path="Contacts")
        here.push()
        (key,) = [row.key for row in here.here.store.contacts.ordered() if row.facts[1] == "Orchard"]
        other = made(here, "Orchard too")
        SalesLedger.objects.filter(pk=other.pk).update(ledger_id=key)
        here.pass_time(minutes=1)
        here.push()
        intent = PushIntent.objects.get(ledger=ledger)
        (row,) = [one for one in outbox(here.here.company).rows if one.ledger_id == ledger.pk]
        assert (intent.state, row.reason) == ("waiting", "held")
        assert "is Orchard too here already" in row.sentence
        SalesLedger.objects.filter(pk=other.pk).update(ledger_id=None)
        intent_retry(intent, actor=here.here.user, at=here.clock())
        here.push()
        ledger.refresh_from_db()
        assert ledger.ledger_id == key
