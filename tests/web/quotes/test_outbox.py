"""What Xero refused or cannot decide, as people meet it; the stand-in Xero is the one that says it."""

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.sandbox import actions
from tests.sync.push.orders import Shop, shop
from tests.web import world
from tests.web.quotes.reading import Pages, words

pytestmark = pytest.mark.django_db
OUTBOX = "/settings/integration/xero/outbox/"


def member(here: Shop, role: str) -> Pages:
    return Pages(world.browser_of(world.member(here.here.company, role)))


def decided(pages: Pages, **given) -> str:
    return words(pages.client.post(f"{OUTBOX}decide", given, follow=True))


def refs(pages: Pages, **filters) -> list[str]:
    answer = pages.client.get(OUTBOX, filters)
    return [row["one"].ref for row in answer.context["rows"]]


@pytest.mark.rule("PU-8")
def test_a_refused_order_stands_in_the_outbox_and_on_its_page_and_goes_on_after_the_cure() -> None:
    with shop(limits=False) as here:
        order, ledger = here.order(), here.ledger
        actions.contact_archive(here.here.organisation, ledger.ledger_id)
        here.push()
        accounts = member(here, "accounts")
        listed = words(accounts.client.get(OUTBOX))
        assert order.number in listed
        assert "archived" in listed
        assert "Field: sales_ledger" in listed
        page = words(accounts.page(order))
        assert "What Xero said" in page
        assert "Send again" in page
        actions.contact_restore(here.here.organisation, ledger.ledger_id)
        (ref,) = refs(accounts, group="needs_you")
        assert "Tried again: 1." in decided(accounts, ref=ref, choice="retry")
        here.pass_time(minutes=1)
        here.push()
        order.refresh_from_db()
        assert order.push_state == "sent"
        assert refs(accounts, group="needs_you") == []


def test_several_are_given_up_at_once_with_a_reason_and_not_without() -> None:
    with shop(limits=False) as here:
        orders = [here.order(), here.order()]
        actions.contact_archive(here.here.organisation, here.ledger.ledger_id)
        here.push()
        accounts = member(here, "accounts")
        chosen = refs(accounts, group="needs_you")
        assert "Say why it is not sent." in decided(accounts, ref=chosen, choice="skip")
        assert "Not sent: 2." in decided(accounts, ref=chosen, choice="skip", given="written by hand")
        for order in orders:
            order.refresh_from_db()
            assert (order.push_state, order.push_words) == ("skipped", "written by hand")


@pytest.mark.rule("PU-1")
def test_a_rep_links_a_customer_whose_name_xero_has_to_the_contact_there() -> None:
    with shop(limits=False) as here:
        theirs = actions.contact_add(here.here.organisation, Name="Orchard", EmailAddress="x@theirs.example")
        rep = member(here, "sales")
        ledger = made(here, "orchard")
        order = here.order(ledger=ledger)
        here.push()
        here.push()
        assert "Xero has a contact of this name already" in words(rep.page(order))
        assert "Decided" in words(rep.press(order, "clash", choice=f"link|{theirs}"))
        ledger.refresh_from_db()
        assert ledger.ledger_id == theirs
        here.push()
        order.refresh_from_db()
        assert order.push_state == "sent"


@pytest.mark.rule("PU-1")
def test_or_gives_it_another_name() -> None:
    with shop(limits=False) as here:
        actions.contact_add(here.here.organisation, Name="Orchard", EmailAddress="x@theirs.example")
        rep = member(here, "sales")
        order = here.order(ledger=made(here, "orchard"))
        here.push()
        here.push()
        rep.press(order, "clash", choice="rename", given="Orchard of Kent")
        here.push()
        here.push()
        order.refresh_from_db()
        assert (order.push_state, order.sales_ledger.name) == ("sent", "Orchard of Kent")


def made(here: Shop, name: str) -> SalesLedger:
    given = {"email": f"ours@{name}.example", "country": "United Kingdom", "address_line1": "1 Quay"}
    return customer_create(here.here.company, name, actor=here.here.user, at=here.clock(), **given)


def test_an_entry_of_another_company_cannot_be_decided(other_company) -> None:
    with shop(limits=False) as here:
        here.order()
        actions.contact_archive(here.here.organisation, here.ledger.ledger_id)
        here.push()
        (ref,) = refs(member(here, "accounts"), group="needs_you")
        stranger = world.browser_of(world.member(other_company, "accounts", "stranger@example.com"))
        assert stranger.post(f"{OUTBOX}decide", {"ref": ref, "choice": "retry"}).status_code == 404
        assert refs(Pages(stranger), group="all") == []


def test_a_rep_does_not_see_the_outbox_but_sends_their_own_order_again() -> None:
    with shop(limits=False) as here:
        order, ledger = here.order(), here.ledger
        actions.contact_archive(here.here.organisation, ledger.ledger_id)
        here.push()
        rep = member(here, "sales")
        assert rep.client.get(OUTBOX).status_code == 403
        actions.contact_restore(here.here.organisation, ledger.ledger_id)
        rep.press(order, "retry")
        here.pass_time(minutes=1)
        here.push()
        order.refresh_from_db()
        assert order.push_state == "sent"


def test_an_empty_outbox_says_that_all_is_well(browser) -> None:
    assert "Nothing is on its way" in words(browser.get(OUTBOX))
