"""What nobody knows about Xero: each assumption can be turned round, and then the stand-in does the other thing.

Switches of other parts are turned where those parts are tested: tokens, lists, batches, webhooks.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from counterfoil.sandbox import actions
from counterfoil.sandbox.switches import EdgeSwitches
from counterfoil.sandbox.world import Switches
from tests.contract.books_builders import Client, client, contact, guid, line, seeded_invoice
from tests.contract.edge_builders import SISTER, TENANT, Caller, organisation, server


def books_where(**switches: Any) -> Client:
    made = client(invoices=[seeded_invoice()], contacts=[contact(1, EmailAddress="a@b.example"), contact(2)])
    for name, value in switches.items():
        setattr(made.world.switches, name, value)
    return made


def test_every_switch_is_turned_in_some_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = [field.name for group in (Switches, EdgeSwitches) for field in fields(group)]
    assert [name for name in names if name not in tests] == []


@pytest.mark.parametrize(("ignore_case", "status"), [(True, 400), (False, 200)])
def test_names_that_differ_in_case_may_be_two(ignore_case: bool, status: int) -> None:
    books = books_where(names_ignore_case=ignore_case)
    assert books.call("PUT", "Contacts", {"Name": "CUSTOMER 1"}).status == status


@pytest.mark.parametrize(("collapse", "kept"), [(True, "Zoe Ash"), (False, "Zoe  Ash")])
def test_inner_spaces_of_a_name_may_be_kept(collapse: bool, kept: str) -> None:
    books = books_where(names_collapse_spaces=collapse)
    assert books.saved("PUT", "Contacts", {"Name": " Zoe  Ash "})["Name"] == kept


@pytest.mark.parametrize(("rejected", "status"), [(True, 400), (False, 200)])
def test_archived_items_may_be_used(rejected: bool, status: int) -> None:
    books = books_where(archived_items_rejected=rejected)
    actions.item_archive(books.organisation, guid("item", 1))
    body = {"Type": "ACCREC", "Contact": {"ContactID": guid("contact", 1)}}
    answer = books.call("PUT", "Invoices", body | {"LineItems": [line(ItemCode="ITEM-1")]})
    assert answer.status == status


@pytest.mark.parametrize(("reversible", "status"), [(True, 200), (False, 400)])
def test_a_billed_order_may_be_final(reversible: bool, status: int) -> None:
    books = books_where(purchase_order_billed_reversible=reversible)
    body = {"Contact": {"ContactID": guid("contact", 2)}, "Status": "AUTHORISED", "LineItems": [line()]}
    order = books.saved("PUT", "PurchaseOrders", body)["PurchaseOrderID"]
    books.saved("POST", f"PurchaseOrders/{order}", {"Status": "BILLED"})
    assert books.call("POST", f"PurchaseOrders/{order}", {"Status": "AUTHORISED"}).status == status


@pytest.mark.parametrize(("redact", "email"), [(True, ""), (False, "a@b.example")])
def test_a_request_for_erasure_may_leave_the_fields(redact: bool, email: str) -> None:
    books = books_where(redact_on_gdpr_request=redact)
    actions.contact_edit(books.organisation, guid("contact", 1), ContactStatus="GDPRREQUEST")
    assert books.one(f"Contacts/{guid('contact', 1)}").get("EmailAddress", "") == email


@pytest.mark.parametrize("forgets", [True, False])
def test_a_restored_contact_may_still_say_what_it_was_merged_into(forgets: bool) -> None:
    books = books_where(restored_forgets_merge=forgets)
    actions.contact_merge(books.organisation, guid("contact", 2), into=guid("contact", 1))
    actions.contact_restore(books.organisation, guid("contact", 2))
    assert ("MergedToContactID" not in books.one(f"Contacts/{guid('contact', 2)}")) is forgets


@pytest.mark.parametrize(("rejected", "status"), [(True, 400), (False, 200)])
def test_a_reference_that_is_too_long_may_be_cut(rejected: bool, status: int) -> None:
    books = books_where(oversized_reference_rejected=rejected)
    answer = books.call("POST", f"Invoices/{guid('invoice', 1)}", {"Reference": "r" * 300})
    assert answer.status == status
    assert len(books.one(f"Invoices/{guid('invoice', 1)}").get("Reference", "")) == (0 if rejected else 255)


@pytest.mark.parametrize(("may", "status"), [(False, 400), (True, 204)])
def test_a_demo_company_may_send_email(may: bool, status: int) -> None:
    books = books_where(demo_may_email=may)
    books.organisation.store.organisation["IsDemoCompany"] = True
    assert books.call("POST", f"Invoices/{guid('invoice', 1)}/Email").status == status


@pytest.mark.parametrize("tell", [True, False])
def test_sending_and_attaching_may_tell_of_the_invoice(tell: bool) -> None:
    books = books_where(webhook_on_sent=tell, webhook_on_attachment=tell)
    heard: list[str] = []
    books.organisation.listeners.append(
        lambda category, _key, kind, _record: heard.append(f"{category} {kind}")
    )
    assert books.call("POST", f"Invoices/{guid('invoice', 1)}/Email").status == 204
    assert books.call("PUT", f"Invoices/{guid('invoice', 1)}/Attachments/a.txt", b"hello").status == 200
    assert heard == (["INVOICE UPDATE"] * 2 if tell else [])


@pytest.mark.parametrize(("per_tenant", "statuses"), [(False, [200, 200, 1]), (True, [200, 200, 2])])
def test_a_key_may_be_one_of_each_organisation(per_tenant: bool, statuses: list[int]) -> None:
    with server(organisation(), organisation(SISTER, name="Sister Ltd")) as running:
        caller = Caller(running)
        caller.control("switches", {"idempotency_per_tenant": per_tenant})
        caller.connect()
        caller.connect(tenant=SISTER)
        new = {"Contacts": [{"Name": "Zoe"}]}
        seen = [
            caller.put("Contacts", new, idempotency_key="k", xero_tenant_id=tenant).status
            for tenant in (TENANT, SISTER)
        ]
        made = sum(one["counts"]["contacts"] for one in caller.control("organisations").json) - 6
    assert [*seen, made] == statuses


@pytest.mark.parametrize(("count", "left"), [(False, "1000"), (True, "998")])
def test_refused_calls_may_cost_quota(count: bool, left: str) -> None:
    with server() as running:
        caller = Caller(running)
        caller.control("switches", {"refused_calls_count": count})
        caller.connect()
        caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, "minute": 60}})
        answers = [caller.get("Contacts") for _ in range(2)]
    assert [answer.status for answer in answers] == [429, 429]
    assert answers[-1].headers["x-daylimit-remaining"] == left
