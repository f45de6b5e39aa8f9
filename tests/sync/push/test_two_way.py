"""Customers and products that both sides change: what goes out, what stays, what is never sent (PU-2, IS-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.services import (
    company_rename,
    customer_create,
    customer_edit,
    note_add,
    sales_ledger_stop,
)
from counterfoil.crm.products.services import product_change, product_edit
from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import contact_rules, item_form
from counterfoil.sync.deciding import conflict_choose, errand_skip
from counterfoil.sync.models import Errand
from counterfoil.sync.services import import_settings_save
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def contact(here: Shop, key: str) -> dict[str, Any]:
    return contact_rules.record(here.here.store.contacts.get(key))


def postal(here: Shop, key: str) -> dict[str, str]:
    (found,) = [one for one in contact(here, key)["Addresses"] if one["AddressType"] == "POBOX"]
    return found


def item(here: Shop, key: str) -> dict[str, Any]:
    return item_form.record(here.here.store.items.get(key))


def setting(here: Shop, **values: bool) -> None:
    import_settings_save(here.here.company, values, actor=here.here.user, at=here.clock())


def edit(here: Shop, ledger: Any, **fields: str) -> None:
    customer_edit(ledger, actor=here.here.user, at=here.clock(), **fields)


@pytest.mark.rule("PU-2")
def test_every_shared_field_of_a_customer_arrives_and_nothing_else_of_the_contact_changes() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        actions.contact_edit(
            here.here.organisation,
            ledger.ledger_id,
            ContactPersons=[{"FirstName": "Kim", "LastName": "Lo", "EmailAddress": "kim@x.example"}],
            Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "07700 900123"}],
        )
        here.here.sync_all()
        before = contact(here, ledger.ledger_id)
        ledger.refresh_from_db()
        given = {
            "name": "Alder & Sons",
            "contact_first_name": "Jo",
            "contact_last_name": "Alder",
            "email": "jo@alder.example",
            "phone": "+44 20 79460000",
            "vat_number": "GB980780684",
            "address_line1": "1 New Quay",
            "address_line5": "Leeds, Yorkshire",
            "postcode": "LS1 1AA",
            "country": "United Kingdom",
        }
        edit(here, ledger, **given)
        here.forget()
        here.push()
        after = contact(here, ledger.ledger_id)
        assert (after["Name"], after["FirstName"], after["LastName"]) == ("Alder & Sons", "Jo", "Alder")
        assert (after["EmailAddress"], after["TaxNumber"]) == ("jo@alder.example", "GB980780684")
        address = postal(here, ledger.ledger_id)
        assert (address["AddressLine1"], address["City"], address["Region"]) == (
            "1 New Quay",
            "Leeds",
            "Yorkshire",
        )
        phones = {one["PhoneType"]: one.get("PhoneNumber") for one in after["Phones"]}
        assert (phones["DEFAULT"], phones["MOBILE"]) == ("79460000", "07700 900123")
        for kept in ("ContactPersons", "ContactNumber", "AccountNumber", "ContactStatus", "PaymentTerms"):
            assert after.get(kept) == before.get(kept)
        assert len(here.writes()) == 1
        here.here.sync_all()
        ledger.refresh_from_db()
        assert {name: getattr(ledger, name) for name in given} == given
        here.assert_good_manners()


@pytest.mark.rule("PU-2")
def test_edits_before_the_next_send_go_out_together_once() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        for number in ("A1", "B2", "C3"):
            edit(here, ledger, vat_number=number)
        edit(here, ledger, email="late@ours.example")
        here.push()
        assert len(here.writes()) == 1
        after = contact(here, ledger.ledger_id)
        assert (after["TaxNumber"], after["EmailAddress"]) == ("C3", "late@ours.example")


@pytest.mark.rule("PU-2")
def test_a_pull_before_the_send_brings_what_changed_there_and_keeps_what_changed_here() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        edit(here, ledger, email="new@ours.example")
        actions.contact_edit(here.here.organisation, ledger.ledger_id, FirstName="Robin")
        here.here.sync_all()
        ledger.refresh_from_db()
        assert (ledger.email, ledger.contact_first_name) == ("new@ours.example", "Robin")
        here.push()
        assert contact(here, ledger.ledger_id)["EmailAddress"] == "new@ours.example"
        assert contact(here, ledger.ledger_id)["FirstName"] == "Robin"


@pytest.mark.rule("PU-2")
@pytest.mark.parametrize(("side", "kept"), [("crm", "new@ours.example"), ("xero", "new@theirs.example")])
def test_until_somebody_chooses_both_sides_have_xeros_value_and_then_the_chosen_one(side, kept) -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        edit(here, ledger, email="new@ours.example")
        actions.contact_edit(here.here.organisation, ledger.ledger_id, EmailAddress="new@theirs.example")
        here.push()
        ledger.refresh_from_db()
        assert ledger.email == "new@theirs.example"
        errand = Errand.objects.get()
        assert errand.conflict["email"]["local"] == "new@ours.example"
        conflict_choose(errand, "email", side, actor=here.here.user, at=here.clock())
        here.push()
        here.here.sync_all()
        ledger.refresh_from_db()
        assert (ledger.email, contact(here, ledger.ledger_id)["EmailAddress"]) == (kept, kept)
        assert Errand.objects.get().state == "done"


@pytest.mark.rule("PU-2", "PU-8")
def test_a_change_that_xero_refuses_is_put_right_by_the_next_one_or_given_up_whole() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        before = ledger.vat_number
        rates = here.here.store.currencies
        other = next(code for code in ("CHF", "SEK", "NOK", "ZAR") if code not in rates)
        edit(here, ledger, currency=other, vat_number="GB980780684")
        here.push()
        errand = Errand.objects.get()
        assert (errand.state, "not subscribed" in errand.words) == ("refused", True)
        errand_skip(errand, "the currency is not ours", actor=here.here.user, at=here.clock())
        ledger.refresh_from_db()
        assert (ledger.currency, ledger.vat_number) == (here.here.company.home_currency, before)


# Its token ends at Xero on the way, and a reading thread must see the new one.
@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("CU-6", "PU-2")
def test_an_address_that_xero_writes_its_own_way_is_sent_once_in_ten_rounds() -> None:
    with shop(limits=False) as here:
        ledger, organisation = here.ledger, here.here.organisation
        edit(here, ledger, address_line1="12 acacia ave.", postcode="ls1 1aa", address_line5="leeds")
        here.push()
        for _ in range(10):
            reformatted = {"AddressLine1": "12  Acacia Ave", "PostalCode": "LS1  1AA", "City": "LEEDS"}
            actions.contact_edit(
                organisation, ledger.ledger_id, Addresses=[{"AddressType": "POBOX", **reformatted}]
            )
            here.here.sync_all()
            here.push()
            here.pass_time(minutes=5)
        assert len(here.writes()) == 1
        ledger.refresh_from_db()
        assert (ledger.address_line1, ledger.postcode) == ("12  Acacia Ave", "LS1  1AA")
        assert not Errand.objects.exclude(state="done").exists()


@pytest.mark.rule("PU-2", "PU-7")
def test_a_send_whose_answer_was_lost_is_known_as_ours_when_the_next_edit_comes() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        before = ledger.vat_number
        edit(here, ledger, vat_number="B2")
        here.here.arm("answer_lost", method="POST", path="Contacts")
        here.push()
        assert contact(here, ledger.ledger_id)["TaxNumber"] == "B2"
        edit(here, ledger, vat_number=before)
        here.pass_time(minutes=1)
        here.push()
        assert (contact(here, ledger.ledger_id).get("TaxNumber") or "") == before
        assert Errand.objects.get().state == "done"


@pytest.mark.rule("PU-1", "PU-2")
def test_a_change_made_while_a_new_customer_is_on_its_way_follows_it() -> None:
    with shop(limits=False) as here:
        ledger = customer_create(
            here.here.company,
            "Orchard of Kent",
            email="a@orchard.example",
            actor=here.here.user,
            at=here.clock(),
        )
        here.here.arm("answer_lost", method="PUT", path="Contacts")
        here.push()
        edit(here, ledger, email="b@orchard.example")
        here.pass_time(minutes=1)
        here.push()
        here.push()
        ledger.refresh_from_db()
        assert contact(here, ledger.ledger_id)["EmailAddress"] == "b@orchard.example"


@pytest.mark.rule("PU-2", "PR-7", "SY-12")
def test_a_product_changed_on_both_sides_is_merged_and_what_only_the_crm_has_survives() -> None:
    with shop(limits=False) as here:
        product = here.product
        at, by = here.clock(), here.here.user
        product_edit(product, barcode="501", unit_of_measure="box", product_group="Tables", actor=by, at=at)
        before = item(here, product.external_id)
        actions.item_edit(here.here.organisation, product.external_id, Description="Theirs now")
        product_change(product, description="Ours now", selling_price=Decimal("12.3456"), actor=by, at=at)
        here.push()
        after = item(here, product.external_id)
        assert (after["Name"], after["SalesDetails"]["UnitPrice"]) == ("Ours now", Decimal("12.3456"))
        assert after["Description"] == "Theirs now"
        for kept in ("Code", "IsSold", "IsPurchased", "PurchaseDetails", "IsTrackedAsInventory"):
            assert after.get(kept) == before.get(kept)
        assert after["SalesDetails"]["AccountCode"] == before["SalesDetails"]["AccountCode"]
        here.here.sync_all()
        product.refresh_from_db()
        assert (product.description, product.extended_description) == ("Ours now", "Theirs now")
        assert (product.barcode, product.unit_of_measure, product.product_group) == ("501", "box", "Tables")
        here.assert_good_manners()


@pytest.mark.rule("PU-2")
def test_a_price_changed_on_both_sides_waits_for_a_choice() -> None:
    with shop(limits=False) as here:
        product = here.product
        product_change(product, selling_price=Decimal("77.5"), actor=here.here.user, at=here.clock())
        actions.item_edit(here.here.organisation, product.external_id, SalesDetails={"UnitPrice": "88"})
        here.push()
        errand = Errand.objects.get()
        assert (errand.state, errand.conflict["selling_price"]["remote"]) == ("conflict", "88")
        product.refresh_from_db()
        assert product.selling_price == 88
        conflict_choose(errand, "selling_price", "crm", actor=here.here.user, at=here.clock())
        product.refresh_from_db()
        assert product.selling_price == Decimal("77.5")
        here.push()
        assert item(here, product.external_id)["SalesDetails"]["UnitPrice"] == Decimal("77.5")


@pytest.mark.rule("SY-12")
@pytest.mark.failure("C2")
def test_what_only_the_crm_knows_of_a_customer_survives_every_sync() -> None:
    with shop(limits=False) as here:
        ledger, by = here.ledger, here.here.user
        note_add(ledger, "Rings on Fridays.", by, here.clock())
        company_rename(ledger.division.company, "Our own name", by, here.clock())
        sales_ledger_stop(ledger, "pays late", by, here.clock())
        actions.contact_edit(here.here.organisation, ledger.ledger_id, Name="Renamed there")
        here.here.sync_all()
        here.push()
        ledger.refresh_from_db()
        assert (ledger.name, ledger.division.company.name) == ("Renamed there", "Our own name")
        assert (ledger.on_stop, ledger.stop_reason) == (True, "pays late")
        assert [note.text for note in ledger.notes.all()] == ["Rings on Fridays."]


@pytest.mark.rule("IS-10")
def test_with_the_switches_off_nothing_is_sent() -> None:
    with shop(limits=False) as here:
        setting(here, push_customers=False, push_products=False)
        edit(here, here.ledger, email="new@ours.example")
        product_change(here.product, description="Ours now", actor=here.here.user, at=here.clock())
        here.push()
        assert not here.writes()
        assert not Errand.objects.exists()
        assert AuditEntry.objects.filter(action__in=["sales_ledger.edited", "product.changed"]).count() == 2


@pytest.mark.rule("IS-10", "CU-11")
@pytest.mark.parametrize(("is_on", "status"), [(False, "ACTIVE"), (True, "ARCHIVED")])
def test_a_stop_archives_the_contact_only_if_an_administrator_wants_it(is_on, status) -> None:
    with shop(limits=False) as here:
        if is_on:
            setting(here, push_archived=True)
        ledger = here.ledger
        sales_ledger_stop(ledger, "closed down", here.here.user, here.clock())
        here.push()
        assert contact(here, ledger.ledger_id)["ContactStatus"] == status
        here.here.sync_all()
        ledger.refresh_from_db()
        assert (ledger.on_stop, ledger.stop_reason, ledger.is_archived) == (True, "closed down", is_on)
