"""Each customer, product and document says how it stands with Xero, on its own page (ST-3)."""

import datetime as dt
import html
import re

import pytest

from counterfoil.core.intents import Push
from counterfoil.sync.models import Connection, Errand, Link, PushIntent, SetAside, StreamState
from counterfoil.sync.outbox import intent_add
from tests.builders import AT, purchase_ledger
from tests.web import world

pytestmark = pytest.mark.rule("ST-3")

PAGES = {
    "customer": ("contacts", "/customers/{}/"),
    "product": ("items", "/products/{}/"),
    "invoice": ("invoices", "/invoices/{}/"),
    "credit note": ("credit_notes", "/credit-notes/{}/"),
    "purchase order": ("purchase_orders", "/purchase-orders/{}/"),
}
READ_AT = AT + dt.timedelta(minutes=3)


def chip(browser, address: str) -> str:
    body = browser.get(address).content.decode()
    depth, found = 1, ""
    for part in re.split(r"(</?span)", body.partition('<span class="chip">')[2]):
        depth += {"<span": 1, "</span": -1}.get(part, 0)
        if not depth:
            break
        found += part
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", found)).split())


@pytest.fixture(params=PAGES)
def record(request, company):
    """A record that is in step: its address, its stream and its Xero id."""
    stream, address = PAGES[request.param]
    ledger = world.customer(company)
    made = {
        "customer": lambda: (ledger.pk, ledger.ledger_id),
        "product": lambda: _of(world.product(company)),
        "invoice": lambda: _of(world.document(ledger)),
        "credit note": lambda: _of(world.document(ledger, "CN-1", kind="C")),
        "purchase order": lambda: _of(world.purchase_order(purchase_ledger(company))),
    }
    pk, xero_id = made[request.param]()
    link = world.connection(company, last_pass_at=READ_AT)
    StreamState.objects.create(connection=link, stream=stream, last_success_at=READ_AT)
    Link.objects.create(connection=link, stream=stream, xero_id=xero_id, fingerprint="x", updated_ms=0)
    return address.format(pk), stream, xero_id


def _of(row):
    return row.pk, row.external_id


def test_it_is_in_step_since_its_stream_was_read(browser, record):
    assert chip(browser, record[0]) == "In step 20 Nov 2026, 09:33"


def test_it_is_set_aside_when_its_next_version_could_not_be_taken_in(browser, record):
    _, stream, xero_id = record
    world.set_aside(Connection.objects.get(), stream=stream, xero_id=xero_id)
    assert chip(browser, record[0]).startswith("Set aside")
    SetAside.objects.all().delete()
    assert chip(browser, record[0]).startswith("In step")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("paused", "Sync paused, as of"),
        ("reconnect", "Connection to Xero lost, as of"),
        ("disconnected", "Xero disconnected, as of"),
    ],
)
def test_nothing_is_called_in_step_while_nobody_reads(browser, record, state, said):
    Connection.objects.update(state=state)
    assert chip(browser, record[0]) == f"{said} 20 Nov 2026, 09:33"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("read", "Changes on their way"),
        ("refused", "Changes refused"),
        ("conflict", "Changed on both sides"),
    ],
)
@pytest.mark.parametrize("kind", ["contact", "item"])
def test_a_change_on_its_way_or_in_need_of_somebody_goes_first(browser, company, kind, state, said):
    ledger, product = world.customer(company), world.product(company)
    world.connection(company)
    about = {"ledger": ledger} if kind == "contact" else {"product": product}
    xero_id = ledger.ledger_id if kind == "contact" else product.external_id
    times = {"created_at": AT, "updated_at": AT}
    given = {
        "kind": kind,
        "key": "1",
        "state": state,
        "xero_id": xero_id,
        "update": {"xero_id": xero_id, "seen_ms": 0},
    }
    Errand.objects.create(operating_company=company, **given, **about, **times)
    address = f"/customers/{ledger.pk}/" if kind == "contact" else f"/products/{product.pk}/"
    assert chip(browser, address).startswith(said)


def test_a_product_says_of_each_field_who_wrote_it_last(browser, company):
    product = world.product(company, description="Oak table")
    link = world.connection(company)
    made = {"stream": "items", "xero_id": product.external_id, "fingerprint": ""}
    Link.objects.create(connection=link, **made, updated_ms=1_763_000_000_000)
    page = browser.get(f"/products/{product.pk}/", {"tab": "sync"}).content.decode()
    told = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.split("<main")[1])).split())
    assert "Oak table The same Xero 13 Nov 2025" in told


@pytest.mark.parametrize("kind", ["contact", "item"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"state": "ready"}, "Waiting to be sent"),
        ({"state": "uncertain"}, "Being looked up in Xero"),
        ({"state": "waiting", "reason": "name_taken"}, "Needs somebody"),
        ({"state": "refused", "reason": "refused"}, "Needs somebody"),
    ],
)
def test_what_was_made_here_says_how_it_is_on_its_way(browser, company, kind, given, said):
    if kind == "contact":
        made = world.customer(company, ledger_id=None)
        about, address = {"ledger": made}, f"/customers/{made.pk}/"
    else:
        made = world.product(company, external_id=None)
        about, address = {"product": made}, f"/products/{made.pk}/"
    assert chip(browser, address) == "Only in the CRM"
    needed = {"order": "1", "revision": 1, "epoch": "", "marker": "", "confirmed_ms": 0}
    push = Push(kind=kind, **needed, **given)
    intent_add(PushIntent(operating_company=company, **about), push, at=AT)
    assert chip(browser, address).startswith(said)
