"""A rep's whole way by keyboard alone: sign in, quote, three lines, confirm, and the invoice number appears."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from counterfoil.project.runner import Runner
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sandbox.seeds import load
from counterfoil.sync import signals
from tests.sync.world import World, world

PASSWORD = "a-long-enough-one"


@pytest.fixture
def connected(transactional_db, settings) -> Iterator[World]:
    """A company connected to a running stand-in Xero and read once, with the runner at work."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with world(load("uk")) as running:
        running.connect()
        running.sync_all()
        with Runner():
            yield running
    signals.stopping.clear()


@pytest.mark.rule("PU-4")
def test_from_signing_in_to_the_invoice_number_by_keyboard_alone(
    page: Page, live_server, connected: World, picture
):
    keys = page.keyboard
    page.goto(f"{live_server.url}/sign-in/")
    begun = time.monotonic()
    page.get_by_label("E-mail").focus()
    keys.type("ada@trading.example")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    keys.press("n")
    keys.press("q")
    expect(page.locator("#pick-customer")).to_be_focused()
    keys.type("calder")
    keys.press("Enter")
    expect(page.locator("#add-line")).to_be_focused()
    for code, quantity in (("board-oak-l", "2"), ("stoneware bowl", "5"), ("apron", "10")):
        keys.type(code)
        keys.press("Enter")
        expect(page.locator("[name=quantity]:focus")).to_be_visible()
        keys.type(quantity)
        keys.press("Enter")
        expect(page.locator("#add-line")).to_be_focused()
    expect(page.locator("#q-lines [data-position]")).to_have_count(3)
    expect(page.locator("#confirm-title")).to_have_text("Ready to confirm")
    picture("ready")
    keys.press("Control+Enter")
    expect(page.locator("#order-title")).to_contain_text("Invoice INV-")
    seconds = time.monotonic() - begun
    picture("invoiced")
    print(f"\nfrom the sign-in page to the invoice number: {seconds:.1f} seconds")  # noqa: T201  # the figure the journey is run for
    assert_in_the_books(connected, page.locator("#order-title").inner_text().removeprefix("Invoice "))


def assert_in_the_books(connected: World, number: str) -> None:
    """One draft invoice of that number in the stand-in, equal to the quote to the penny."""
    from counterfoil.crm.quotes.models import Quote

    quote = Quote.objects.get()
    records = [document_form.record(INVOICE, row) for row in connected.store.invoices.ordered()]
    (invoice,) = [one for one in records if one["InvoiceNumber"] == number]
    assert (invoice["Status"], invoice["Total"]) == ("DRAFT", quote.total)
