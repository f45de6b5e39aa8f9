"""Editing customers and products on their pages, and deciding what both sides changed."""

import html
import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from counterfoil.changes.models import AuditEntry, ChangeRecord
from counterfoil.core.intents import Push
from counterfoil.crm.customers.models import LedgerAlias, SalesLedger
from counterfoil.crm.finance.models import TaxCode
from counterfoil.sync.models import Errand, ImportSettings, Link, PushIntent
from counterfoil.sync.outbox import intent_add
from tests.builders import AT, guid
from tests.web import world


def words(answer: Any) -> str:
    main = answer.content.decode().split("<main")[1]
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]*>", " ", main)))


def filled(browser: Any, address: str, **changes: str) -> dict[str, Any]:
    """The form as a person sees it, with some fields typed over."""
    form = browser.get(address).context["form"]
    shown = {name: form[name].value() for name in form.fields if not form.fields[name].disabled}
    shown |= {f"initial-{name}": value for name, value in shown.items()}
    return {name: "" if value is None else value for name, value in shown.items()} | changes


def errand_about(ledger: Any, state: str, **given: Any) -> Errand:
    values = {
        "wanted": {"email": "new@ours.example"},
        "base": {"email": "old@both.example"},
        "update": {"xero_id": ledger.ledger_id, "seen_ms": 0, "state": "read"},
    }
    return Errand.objects.create(
        operating_company=ledger.operating_company,
        kind="contact",
        key=f"contact:{ledger.pk}",
        ledger=ledger,
        xero_id=ledger.ledger_id,
        state=state,
        created_at=AT,
        updated_at=AT,
        **(values | given),
    )


def conflict_about(ledger: Any) -> Errand:
    sides = {
        "field": "email",
        "base": "old@both.example",
        "local": "new@ours.example",
        "remote": "new@theirs.example",
    }
    return errand_about(ledger, "conflict", conflict={"email": sides})


@pytest.mark.rule("PU-2")
def test_a_customers_own_fields_and_the_shared_ones_are_saved_in_one_form(browser, company):
    ledger, sam = world.customer(company), world.member(company, "sales")
    TaxCode.objects.create(
        operating_company=company, tax_type="ZERO", name="Zero rated", rate=0, is_active=True,
        status="ACTIVE", applies_to_revenue=True,
    )  # fmt: skip
    given = filled(
        browser, f"/customers/{ledger.pk}/edit", email="jo@alder.example", tax_type="ZERO",
        company_name="Alder & Sons", account_manager=str(sam.pk), b2c="b2c",
    )  # fmt: skip
    page = words(browser.post(f"/customers/{ledger.pk}/edit", given, follow=True))
    assert "Consumer (B2C)" in page
    ledger.refresh_from_db()
    owner = ledger.division.company
    assert (ledger.email, ledger.tax_type) == ("jo@alder.example", "ZERO")
    assert (owner.name, owner.named_by_user, owner.account_manager) == ("Alder & Sons", True, sam)
    change = ChangeRecord.objects.get(kind="customer.changed")
    assert change.payload["fields"].keys() == {"email", "tax_type"}
    assert AuditEntry.objects.filter(action="sales_ledger.edited").count() == 1


def test_a_page_that_is_saved_unchanged_changes_nothing_and_says_so(browser, company):
    ledger = world.customer(company, address_line1="1 Quay\nThe back door")
    given = filled(browser, f"/customers/{ledger.pk}/edit", address_line1="1 Quay The back door")
    assert (
        "Nothing was changed"
        in browser.post(f"/customers/{ledger.pk}/edit", given, follow=True).content.decode()
    )
    assert not ChangeRecord.objects.exists()


def test_somebody_of_another_company_cannot_become_account_manager(browser, company, other_company):
    ledger = world.customer(company)
    stranger = world.member(other_company, "sales")
    given = filled(browser, f"/customers/{ledger.pk}/edit", account_manager=str(stranger.pk))
    assert browser.post(f"/customers/{ledger.pk}/edit", given).status_code == 400
    ledger.division.company.refresh_from_db()
    assert ledger.division.company.account_manager is None


@pytest.mark.rule("IS-10")
def test_with_the_switch_off_what_xero_keeps_cannot_be_changed_here(browser, company):
    ImportSettings.objects.create(operating_company=company, push_customers=False, push_products=False)
    ledger, item = world.customer(company), world.product(company)
    for address in (f"/customers/{ledger.pk}/edit", f"/products/{item.pk}/edit"):
        page = browser.get(address)
        assert page.context["form"].fields.keys() & {"email", "selling_price"}
        assert "switched off" in words(page)
        given = filled(browser, address) | {"email": "jo@alder.example", "selling_price": "3"}
        browser.post(address, given)
    assert not ChangeRecord.objects.exists()


@pytest.mark.rule("PU-2")
def test_what_a_pull_brought_while_the_page_was_open_is_kept_and_a_clash_is_known(browser, company):
    ledger = world.customer(company, email="old@both.example", postcode="LS1 1AA")
    given = filled(browser, f"/customers/{ledger.pk}/edit", email="new@ours.example")
    SalesLedger.objects.filter(pk=ledger.pk).update(email="new@theirs.example", postcode="EC1A 1BB")
    browser.post(f"/customers/{ledger.pk}/edit", given)
    ledger.refresh_from_db()
    assert ledger.postcode == "EC1A 1BB"
    change = ChangeRecord.objects.get().payload["fields"]
    assert change == {"email": ["old@both.example", "new@ours.example"]}


@pytest.mark.rule("PU-8")
def test_what_xero_would_refuse_is_said_at_once_and_nothing_is_saved(browser, company):
    ledger = world.customer(company)
    given = filled(browser, f"/customers/{ledger.pk}/edit", email="no address", b2c="b2c")
    page = words(browser.post(f"/customers/{ledger.pk}/edit", given))
    assert "no address is no e-mail address Xero takes. Nothing was changed." in page
    ledger.refresh_from_db()
    assert ledger.b2c == "b2b"


@pytest.mark.rule("PU-2", "PR-7")
def test_a_products_own_fields_and_the_shared_ones_are_saved_in_one_form(browser, company):
    item = world.product(company, selling_price=Decimal("0.0125"))
    given = filled(
        browser, f"/products/{item.pk}/edit", description="Oak table", barcode="5012345",
        unit_of_measure="box", product_group="Furniture",
    )  # fmt: skip
    assert given["selling_price"] == "0.0125"
    page = words(browser.post(f"/products/{item.pk}/edit", given, follow=True))
    assert "Barcode 5012345 Unit box Group Furniture" in page
    assert ChangeRecord.objects.get().payload["fields"] == {"description": ["The TAB-100", "Oak table"]}


@pytest.mark.rule("PR-5")
def test_what_xero_drops_of_an_item_that_is_not_sold_cannot_be_changed(browser, company):
    item = world.product(company, is_sellable=False)
    form = browser.get(f"/products/{item.pk}/edit").context["form"]
    assert form.fields["selling_price"].disabled
    assert not form.fields["cost_price"].disabled


@pytest.mark.rule("PU-2", "ST-3")
def test_a_conflict_shows_both_sides_and_is_decided_there(browser, company):
    ledger = world.customer(company, email="new@theirs.example")
    world.connection(company)
    conflict_about(ledger)
    page = words(browser.get(f"/customers/{ledger.pk}/", {"tab": "sync"}))
    assert "Changed on both sides" in page
    assert page.index("new@ours.example") < page.index("new@theirs.example")
    answer = browser.post(
        f"/customers/{ledger.pk}/sync",
        {"ref": f"errand:{Errand.objects.get().pk}", "choice": "choose|email:crm"},
        follow=True,
    )
    assert "Your choice counts on both sides now" in answer.content.decode()
    ledger.refresh_from_db()
    assert (ledger.email, Errand.objects.get().state) == ("new@ours.example", "read")


@pytest.mark.rule("ST-3")
def test_each_field_says_who_wrote_it_last_and_when(browser, company):
    ledger = world.customer(company, email="old@both.example")
    link = world.connection(company)
    Link.objects.create(
        connection=link,
        stream="contacts",
        xero_id=ledger.ledger_id,
        fingerprint="",
        updated_ms=1_763_000_000_000,
    )
    given = filled(browser, f"/customers/{ledger.pk}/edit", email="jo@alder.example")
    browser.post(f"/customers/{ledger.pk}/edit", given)
    page = words(browser.get(f"/customers/{ledger.pk}/", {"tab": "sync"}))
    email = page[page.index("E-mail") :][:120]
    assert "jo@alder.example The same Administrator" in email
    assert "Xero 13 Nov 2025" in page[page.index("VAT number") :][:120]


@pytest.mark.rule("PU-8")
def test_a_refused_change_says_why_and_is_tried_again_or_given_up(browser, company):
    ledger = world.customer(company, email="new@ours.example")
    world.connection(company)
    errand_about(ledger, "refused", words="Organisation is not subscribed to currency CHF")
    page = words(browser.get(f"/customers/{ledger.pk}/", {"tab": "sync"}))
    assert "Organisation is not subscribed to currency CHF" in page
    assert "Changes refused" in page
    address, ref = f"/customers/{ledger.pk}/sync", f"errand:{Errand.objects.get().pk}"
    browser.post(address, {"ref": ref, "choice": "retry"})
    assert Errand.objects.get().state == "read"
    browser.post(address, {"ref": ref, "choice": "skip", "given": "not worth it"})
    ledger.refresh_from_db()
    assert ledger.email == "old@both.example"


@pytest.mark.rule("PU-2")
def test_reading_again_asks_for_that_one_record(browser, company):
    ledger = world.customer(company)
    browser.post(f"/customers/{ledger.pk}/sync", {"choice": "reread"})
    errand = Errand.objects.get()
    assert (errand.ledger, errand.xero_id, errand.wanted) == (ledger, ledger.ledger_id, {})


def test_a_decision_about_somebody_else_is_refused(browser, company):
    ledger, other = world.customer(company), world.customer(company, "Birch")
    row = conflict_about(other)
    answer = browser.post(
        f"/customers/{ledger.pk}/sync",
        {"ref": f"errand:{row.pk}", "choice": "choose|email:crm"},
        follow=True,
    )
    assert "Nothing was changed" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "conflict"


@pytest.mark.rule("SY-13")
def test_the_page_of_a_customer_that_was_merged_leads_to_the_survivor(browser, company):
    heir = world.customer(company)
    LedgerAlias.objects.create(
        operating_company=company, external_id=guid("gone"), survivor_id=heir.ledger_id,
        former_sales=heir.pk + 1000, at=AT,
    )  # fmt: skip
    answer = browser.get(f"/customers/{heir.pk + 1000}/", follow=True)
    assert answer.redirect_chain == [(f"/customers/{heir.pk}/", 302)]


@pytest.mark.rule("PU-1", "PU-8")
def test_a_new_customer_whose_name_xero_has_is_linked_or_renamed_on_its_page(browser, company):
    ledger = world.customer(company, "Orchard", ledger_id=None, uuid=uuid4())
    world.connection(company)
    theirs = guid("their Orchard")
    push = Push(
        kind="contact", order=str(ledger.uuid), revision=1, epoch="", marker="", confirmed_ms=0,
        state="waiting", reason="name_taken", candidates=(theirs,), is_frozen=True,
    )  # fmt: skip
    intent_add(PushIntent(operating_company=company, ledger=ledger), push, at=AT)
    intent = PushIntent.objects.get()
    address = f"/customers/{ledger.pk}/"
    page = words(browser.get(address, {"tab": "sync"}))
    assert "Xero has a contact of this name already." in page
    assert ("Link to it" in page, "Make it with another name" in page) == (True, True)
    browser.post(
        f"{address}sync", {"ref": f"intent:{intent.pk}", "choice": "rename", "given": "Orchard of Kent"}
    )
    ledger.refresh_from_db()
    intent.refresh_from_db()
    assert (ledger.name, intent.state) == ("Orchard of Kent", "blocked")
