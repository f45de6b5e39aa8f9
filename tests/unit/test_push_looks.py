"""What a look shows, for invoices, contacts and items."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from counterfoil.core.intents import Absent, Ask, Found, Likeness, Ours, Push, Taken
from counterfoil.core.pushing_contacts import Customer, FoundContact, contact_verdict
from counterfoil.core.pushing_invoices import Shown, invoice_verdict, one_look
from counterfoil.core.pushing_items import FoundItem, item_verdict

NOW = 1_800_000_000_000
LIKE = Likeness(contact="c", date="2026-11-21", currency="GBP", total=Decimal(10), lines=1)
OWN = Push(kind="invoice", order="o", revision=1, epoch="e", marker="m", kin=("m2",), confirmed_ms=NOW,
           own_number=True, number="CRM-1", likeness=LIKE)  # fmt: skip
TRIED = replace(OWN, first_sent_ms=NOW)
MINE = Found(id="1", status="DRAFT", number="CRM-1", marker="m", by_us=True)
PLAIN = Found(id="2", status="DRAFT", number="CRM-1")
BARE = Found(id="3", status="DRAFT", number="X-9", by_us=True, likeness=LIKE)


def shown(*ours, holders=(), complete=True, since=0, numbers=("CRM-1",)):
    return Shown.of(ours, holders, since_ms=since, numbers=numbers, started_ms=NOW, complete=complete)


@pytest.mark.rule("PU-7")
@pytest.mark.parametrize(
    ("push", "look", "verdict"),
    [
        (OWN, shown(), Absent()),
        (OWN, shown(MINE), Ours((MINE,))),
        (OWN, shown(MINE, holders=(replace(MINE, by_us=False),)), Ours((MINE,))),
        (OWN, shown(MINE, complete=False), None),
        (OWN, shown(since=NOW), None),
        (OWN, shown(numbers=()), None),
        (OWN, shown(holders=(PLAIN,)), Taken()),
        (OWN, shown(holders=(replace(PLAIN, number=" crm-1 ", status="DELETED"),)), Taken()),
        (OWN, shown(replace(MINE, marker="m2")), Ask("other_revision", ("1",), at_once=True)),
        (OWN, shown(BARE), Absent()),
        (TRIED, shown(BARE), Ask("alike", ("3",))),
        (replace(OWN, revision=2), shown(BARE), Ask("alike", ("3",))),
        (TRIED, shown(replace(BARE, likeness=replace(LIKE, lines=2))), Absent()),
        (TRIED, shown(replace(BARE, status="DELETED")), Absent()),
        (TRIED, shown(replace(BARE, number="CRM-1", likeness=None)), Ask("alike", ("3",))),
        (replace(TRIED, not_ours=("3",)), shown(BARE), Absent()),
        (replace(TRIED, not_ours=("3",)), shown(replace(BARE, number="CRM-1")), Taken()),
    ],
    ids=["nothing", "our mark", "listed twice", "a part of the list", "too late a start", "number not asked for",
         "foreign number", "loosely the same number", "another revision", "alike, but nothing was sent", "alike", "alike, and an earlier revision was sent",
         "not quite alike", "alike and deleted", "our number without a mark", "denied", "denied, holds our number"],
)  # fmt: skip
def test_a_look_at_invoices(push, look, verdict):
    assert invoice_verdict(push, look) == verdict


@pytest.mark.rule("PU-7")
def test_a_refused_revision_that_arrived_after_all_is_a_twin_of_the_next():
    late = replace(MINE, id="9", marker="m2")
    gone = replace(MINE, status="DELETED")
    row = replace(OWN, state="sent", xero_id="1")
    assert invoice_verdict(row, shown(MINE, late)) == Ours((MINE, late))
    assert invoice_verdict(replace(row, not_ours=("9",)), shown(MINE, late)) == Ours((MINE,))
    assert invoice_verdict(row, shown(gone, late)) == Ours((gone,))


@pytest.mark.rule("PU-7")
def test_a_sent_order_is_known_by_its_id_and_another_one_like_it_without_a_link_is_asked_about():
    row = replace(OWN, state="sent", xero_id="1")
    unlinked = replace(MINE, marker="")
    other = replace(BARE, likeness=replace(LIKE, total=Decimal(11)))
    assert invoice_verdict(row, shown(unlinked)) == Ours((unlinked,))
    assert invoice_verdict(row, shown(unlinked, replace(MINE, id="9"))).records[-1] == unlinked
    assert invoice_verdict(row, shown(MINE, BARE)) == Ours((MINE,), ("3",))
    assert invoice_verdict(row, shown(MINE, other)) == Ours((MINE,))
    assert invoice_verdict(row, shown(MINE, replace(BARE, status="VOIDED"))) == Ours((MINE,))
    assert invoice_verdict(replace(row, not_ours=("3",)), shown(MINE, BARE)) == Ours((MINE,))
    assert invoice_verdict(row, shown(replace(MINE, status="DELETED"), BARE)).alike == ()


@pytest.mark.rule("PU-7")
def test_what_another_order_has_already_is_not_asked_about():
    taken = Shown.of(
        (MINE, BARE), (), since_ms=0, numbers=("CRM-1",), started_ms=NOW, complete=True, recorded=("3",)
    )
    assert invoice_verdict(replace(OWN, state="sent", xero_id="1"), taken) == Ours((MINE,))
    without = Shown.of(
        (BARE,), (), since_ms=0, numbers=("CRM-1",), started_ms=NOW, complete=True, recorded=("3",)
    )
    assert invoice_verdict(TRIED, without) == Absent()


def test_one_look_reaches_as_far_back_as_the_oldest_needs():
    older = replace(OWN, confirmed_ms=NOW - 10**9, own_number=False, number="")
    since, numbers = one_look([OWN, older])
    assert since == NOW - 10**9 - 86_400_000
    assert numbers == ("CRM-1",)


CONTACT = Push(kind="contact", order="l", revision=1, epoch="e", marker="", number="crm-l", confirmed_ms=NOW)
OURS = FoundContact(id="c1", status="ACTIVE", name="Smith Ltd", number="crm-l")
NAMESAKE = FoundContact(id="c2", status="ACTIVE", name="SMITH  ltd ", tax_number="GB1", email="a@b.example")
MAY_LINK = Customer("Smith Ltd", tax_number="GB1", may_link=True)


@pytest.mark.rule("PU-1")
@pytest.mark.parametrize(
    ("customer", "by_number", "by_name", "verdict"),
    [
        (Customer("Smith Ltd"), (), (), Absent()),
        (Customer("Smith Ltd"), (OURS,), (OURS,), Ours((Found(id="c1", status="ACTIVE", number="crm-l"),))),
        (Customer("Smith Ltd"), (replace(OURS, number="CRM-L2"),), (), Absent()),
        (Customer("Smith Ltd"), (replace(OURS, status="ARCHIVED"),), (), Ask("archived", ("c1",), at_once=True)),
        (Customer("Smith Ltd"), (replace(OURS, status="GDPRREQUEST"),), (), Ask("redacted", ("c1",), at_once=True)),
        (Customer("Smith Ltd"), (replace(OURS, status="ARCHIVED", merged_into="c9"),), (),
         Ours((Found(id="c9", status="ACTIVE"),))),
        (Customer("Smith Ltd"), (), (NAMESAKE,), Ask("name_taken", ("c2",), at_once=True)),
        (Customer("Smith Ltd"), (), (replace(NAMESAKE, status="ARCHIVED"),), Absent()),
        (MAY_LINK, (), (NAMESAKE,), Ours((Found(id="c2", status="ACTIVE"),))),
        (MAY_LINK, (), (replace(NAMESAKE, is_linked=True),), Ask("name_taken", ("c2",), at_once=True)),
        (replace(MAY_LINK, tax_number="GB2"), (), (NAMESAKE,), Ask("name_taken", ("c2",), at_once=True)),
        (replace(MAY_LINK, may_link=False), (), (NAMESAKE,), Ask("name_taken", ("c2",), at_once=True)),
    ],
    ids=["nothing", "our number", "a number like ours", "archived", "redacted", "merged", "namesake",
         "archived namesake", "same tax number", "linked to another customer", "another tax number", "may not link"],
)  # fmt: skip
def test_a_look_at_contacts(customer, by_number, by_name, verdict):
    found = contact_verdict(CONTACT, customer, by_number=by_number, by_name=by_name, complete=True)
    assert found == verdict
    assert contact_verdict(CONTACT, customer, by_number=by_number, by_name=by_name, complete=False) is None


ITEM = Push(kind="item", order="p", revision=1, epoch="e", marker="", number="WIDGET", confirmed_ms=NOW)
THERE = FoundItem(id="t1", code="widget ")


@pytest.mark.rule("PU-3")
@pytest.mark.parametrize(
    ("push", "item", "verdict"),
    [
        (ITEM, replace(THERE, code="WIDGET-2"), Absent()),
        (ITEM, THERE, Ask("code_taken", ("t1",), at_once=True)),
        (ITEM, replace(THERE, is_this=True), Ours((Found(id="t1", status="", number="widget "),))),
        (ITEM, replace(THERE, is_equal=True), Ask("code_taken", ("t1",), at_once=True)),
        (replace(ITEM, was_unsure=True), THERE, Ask("code_taken", ("t1",), at_once=True)),
        (replace(ITEM, was_unsure=True), replace(THERE, is_equal=True),
         Ours((Found(id="t1", status="", number="widget "),))),
        (replace(ITEM, was_unsure=True), replace(THERE, is_equal=True, is_linked=True),
         Ask("code_taken", ("t1",), at_once=True)),
    ],
    ids=["another code", "somebody else's", "linked", "equal, but we sent nothing", "we were unsure, but another",
         "we were unsure, and it is equal", "equal, but another product's"],
)  # fmt: skip
def test_a_look_at_items(push, item, verdict):
    assert item_verdict(push, [item], complete=True) == verdict
    assert item_verdict(push, [item], complete=False) is None
