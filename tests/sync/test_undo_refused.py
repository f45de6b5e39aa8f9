"""Once somebody has worked on what was imported, undoing it is refused in plain words, and nothing changes (SY-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers import services as customers
from counterfoil.crm.customers import templates
from counterfoil.crm.customers.models import Company, Contact, Division, PurchaseLedger, SalesLedger
from counterfoil.crm.finance import services as finance
from counterfoil.crm.finance.models import Currency, TaxCombination
from counterfoil.crm.products import services as products
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.quotes.services import line_add, quote_create
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import outcomes, undoable, undoing, work
from counterfoil.sync.models import Connection, ConnectionState
from tests.sync.picture import picture
from tests.sync.push.orders import Shop
from tests.sync.world import world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SY-8")]


@pytest.fixture
def shop() -> Iterator[Shop]:
    """In step with Xero, and nobody has done anything yet."""
    with world(limits=False) as here:
        here.connect()
        here.sync()
        here.company.refresh_from_db()
        yield Shop(here)


def by(shop: Shop) -> dict[str, Any]:
    return {"actor": shop.here.user, "at": work.now()}


def reasons(shop: Shop) -> list[str]:
    standing = undoable.undoable_of(shop.here.company)
    assert standing is not None
    return [f"{one.count} {one.words}" for one in standing.worked_on]


def refused(shop: Shop) -> str:
    """Why it is refused; fails if anything at all has changed."""
    before, entries, row = picture(), AuditEntry.objects.count(), shop.here.connection
    with pytest.raises(undoing.UndoRefused) as found:
        undoing.import_undo(row, **by(shop))
    now = shop.here.connection
    assert picture() == before
    assert AuditEntry.objects.count() == entries
    assert (now.state, now.last_pass_at, now.lease_token) == (row.state, row.last_pass_at, row.lease_token)
    return str(found.value)


def customer_changed(shop: Shop) -> None:
    customers.customer_edit(shop.ledger, phone="01234 567890", **by(shop))


def customer_stopped(shop: Shop) -> None:
    customers.sales_ledger_stop(shop.ledger, "Owes too much", **by(shop))


def credit_limit_set(shop: Shop) -> None:
    customers.credit_rule_set(shop.ledger, Decimal(500), "warn", **by(shop))


def note_written(shop: Shop) -> None:
    customers.note_add(shop.ledger, "Rings on Mondays.", shop.here.user, work.now())


def person_added(shop: Shop) -> None:
    division = shop.ledger.division
    assert division is not None
    customers.person_add(division, first_name="Grace", **by(shop))


def person_given_a_role(shop: Shop) -> None:
    person = Contact.objects.exclude(slot=None).order_by("pk")[0]
    customers.person_edit(person, role_code="buyer", **by(shop))


def company_renamed(shop: Shop) -> None:
    assert shop.ledger.division is not None
    customers.company_rename(shop.ledger.division.company, "As we call them", shop.here.user, work.now())


def division_renamed(shop: Shop) -> None:
    assert shop.ledger.division is not None
    customers.division_rename(shop.ledger.division, "Head office", shop.here.user, work.now())


def manager_chosen(shop: Shop) -> None:
    assert shop.ledger.division is not None
    user = shop.here.user
    customers.company_set_account_manager(shop.ledger.division.company, user, user, work.now())


def put_under_a_company(shop: Shop) -> None:
    waiting = SalesLedger.objects.order_by("pk").last()
    assert waiting is not None
    SalesLedger.objects.filter(pk=waiting.pk).update(division=None)
    waiting.refresh_from_db()
    customers.ledger_give_company(waiting, **by(shop))


def product_changed(shop: Shop) -> None:
    products.product_change(shop.product, selling_price=Decimal("7.77"), **by(shop))


def barcode_given(shop: Shop) -> None:
    products.product_edit(
        shop.product, barcode="5012345678900", unit_of_measure="", product_group="", **by(shop)
    )


def file_put_with_a_customer(shop: Shop) -> None:
    customers.file_add(shop.ledger, name="contract.txt", content=b"Agreed.", **by(shop))


def template_chosen(shop: Shop) -> None:
    templates.template_set(shop.here.company, "home", shop.ledger, **by(shop))


def quoted(shop: Shop) -> None:
    shop.quote(lines=0)


def quoted_with_their_product(shop: Shop) -> None:
    own = customers.customer_create(shop.here.company, "Only Here Ltd", **by(shop))
    shop.quote(ledger=own, lines=1)


def quoted_with_their_tax_code(shop: Shop) -> None:
    own = customers.customer_create(shop.here.company, "Only Here Ltd", **by(shop))
    quote = quote_create(own, on=work.now().date(), currency=shop.here.company.home_currency, **by(shop))
    line_add(quote, description="By the hour", quantity=Decimal(1), unit_price=Decimal(80), **by(shop))
    assert quote.lines.get().tax_type


def order_sent(shop: Shop) -> None:
    shop.order()
    shop.push()
    shop.here.sync_all()


def tax_code_corrected(shop: Shop) -> None:
    one = TaxCombination.objects.order_by("pk")[0]
    finance.tax_combination_correct(shop.here.company, one, not one.applies, **by(shop))


def rate_set(shop: Shop) -> None:
    code = Currency.objects.filter(is_home=False)[0].code
    finance.currency_rate_set(shop.here.company, code, Decimal("1.25"), on=work.now().date(), **by(shop))


WORK: dict[Callable[[Shop], None], str] = {
    customer_changed: "1 customer from Xero was changed here",
    customer_stopped: "1 customer from Xero was changed here",
    credit_limit_set: "1 customer from Xero was changed here",
    note_written: "1 note was written on a customer from Xero",
    person_added: "1 company from Xero was changed here",
    person_given_a_role: "1 company from Xero was changed here",
    company_renamed: "1 company from Xero was changed here",
    division_renamed: "1 company from Xero was changed here",
    manager_chosen: "1 company from Xero was changed here",
    put_under_a_company: "1 company from Xero was changed here",
    file_put_with_a_customer: "1 customer from Xero was changed here",
    template_chosen: "1 customer from Xero was changed here",
    product_changed: "1 product from Xero was changed here",
    barcode_given: "1 product from Xero was changed here",
    quoted: "1 quote or order was made",
    quoted_with_their_product: "1 quote or order was made",
    quoted_with_their_tax_code: "1 quote or order was made",
    order_sent: "1 order has its invoice in Xero",
    tax_code_corrected: "1 tax code was corrected by hand",
    rate_set: "1 currency from Xero has an exchange rate set by hand",
}


@pytest.mark.parametrize(("done", "said"), WORK.items(), ids=[done.__name__ for done in WORK])
def test_it_is_refused_with_the_reason(shop: Shop, done: Callable[[Shop], None], said: str) -> None:
    assert reasons(shop) == []
    done(shop)
    (reason,) = reasons(shop)
    assert reason.startswith(said)
    words = refused(shop)
    assert said in words
    assert words.endswith("Nothing was changed.")


def test_whatever_refers_to_what_is_removed_goes_with_it_or_stands_against_it() -> None:
    """A new kind of work on imported records is to be thought of: as its own, or as a change of what it is about."""
    removed = (
        Company,
        Division,
        Contact,
        SalesLedger,
        PurchaseLedger,
        ProductItem,
        SalesOrderHeader,
        PurchaseOrderHeader,
    )
    refers = {
        relation.related_model._meta.label_lower.split(".")[1]
        for model in removed
        for relation in model._meta.related_objects
    }
    goes = {model._meta.model_name for model in removed}
    goes |= {"salestransaction", "purchasetransaction", "stock"}
    counted = {"note", "quote"}
    changes_its_customer = {"customerfile", "templateledger"}
    assert refers <= goes | counted | changes_its_customer


def test_every_reason_is_said_with_its_count_and_some_names(shop: Shop) -> None:
    for ledger in SalesLedger.objects.order_by("pk")[:4]:
        customers.note_add(ledger, "Called.", shop.here.user, work.now())
    product_changed(shop)
    standing = undoable.undoable_of(shop.here.company)
    assert standing is not None
    assert [one.count for one in standing.worked_on] == [4, 1]
    assert standing.worked_on[1].names == (shop.product.code,)
    assert len(standing.worked_on[0].names) == 3


def test_what_people_do_with_their_own_records_stands_against_nothing(shop: Shop) -> None:
    own = customers.customer_create(shop.here.company, "Only Here Ltd", **by(shop))
    customers.note_add(own, "Rings on Mondays.", shop.here.user, work.now())
    customers.sales_ledger_stop(own, "Not yet", **by(shop))
    mine = products.product_create(shop.here.company, "OWN-1", "Our own", **by(shop))
    products.product_change(mine, description="Our very own", **by(shop))
    assert reasons(shop) == []


def test_an_edit_that_xero_merged_into_another_contact_still_counts(shop: Shop) -> None:
    old, into = SalesLedger.objects.exclude(documents=None).order_by("pk")[:2]
    customers.credit_rule_set(old, Decimal(500), "warn", **by(shop))
    assert old.ledger_id is not None
    assert into.ledger_id is not None
    actions.contact_merge(shop.here.organisation, old.ledger_id, into=into.ledger_id)
    shop.here.sync_all()
    assert not SalesLedger.objects.filter(pk=old.pk).exists()
    assert reasons(shop) == ["1 customer from Xero has taken over another one that people had worked on"]
    refused(shop)


def test_a_product_made_here_that_was_changed_since_it_is_xeros_counts() -> None:
    with world(limits=False) as here:
        code = next(iter(here.store.items.ordered())).facts[here.store.items.fields["code"]]
        shop = Shop(here)
        mine = products.product_create(here.company, code, "Our own", **by(shop))
        products.product_change(mine, description="Still our own", **by(shop))
        here.connect()
        here.sync()
        assert reasons(shop) == []
        mine.refresh_from_db()
        products.product_edit(mine, barcode="1", unit_of_measure="", product_group="", **by(shop))
        (reason,) = reasons(shop)
        assert reason.startswith("1 product made here was changed after")


def test_a_connection_that_has_ended_has_to_be_made_again_first(shop: Shop) -> None:
    outcomes.state_change(shop.here.connection, ConnectionState.RECONNECT, "Ended.", at=work.now())
    assert refused(shop).startswith("Xero has to be connected again first.")


def test_after_another_organisation_the_two_cannot_be_told_apart() -> None:
    with world(load("uk", invoices=4), limits=False) as here:
        here.admit_everywhere()
        first, second = here.server.world.organisations
        here.connect(tenant=first)
        here.sync()
        former = here.connection.organisation_name
        here.disconnect()
        Connection.objects.filter(tenant_id=first).update(connected_at=work.now())
        here.switch(second)
        here.sync()
        assert refused(Shop(here)).startswith(f"{former} was connected here before")


def test_what_is_disconnected_keeps_everything(shop: Shop) -> None:
    shop.here.disconnect()
    assert undoable.undoable_of(shop.here.company) is None
    assert refused(shop).startswith("There is no import to undo.")
