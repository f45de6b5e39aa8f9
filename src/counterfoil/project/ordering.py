"""The demo's orders: a new customer, its quotes, confirmed over the real pages, and their drafts in Xero to the penny.

Every order is confirmed by a double click, and once more from the page as it was; still one invoice may come of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Protocol

from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote, QuoteVersion, VersionMoment
from counterfoil.project.browsing import Browser, NotFound
from counterfoil.project.demo import control
from counterfoil.sync import counting

CUSTOMER = "Harbour and Quay Supplies"
INVOICE_TIMEOUT_S = 60.0
POLL_S = 0.02
_LINE = re.compile(r'data-line="(\d+)"')
_NUMBER = re.compile(r"\bInvoice (\S*\d\S*)")
_CURRENCY = re.compile(r"<option[^>]*>([A-Z]{3})</option>")
_SUMS = (("net", "SubTotal"), ("tax", "TotalTax"), ("total", "Total"))


class Places(Protocol):
    """Where the demo's parts are."""

    @property
    def crm(self) -> str: ...
    @property
    def xero(self) -> str: ...


@dataclass(frozen=True)
class Ordered:
    """One order beside its invoice. `invoices`: how many Xero has of it; `differences`: what is not equal."""

    quote: int
    number: str
    currency: str
    total: Decimal
    lines: int
    seconds: float
    invoices: int
    differences: list[str]

    @property
    def is_right(self) -> bool:
        return self.invoices == 1 and not self.differences

    def figures(self) -> dict[str, Any]:
        return {
            "invoice": self.number,
            "currency": self.currency,
            "total": f"{self.total:.2f}",
            "lines": self.lines,
            "click_to_number_seconds": round(self.seconds, 2),
            "invoices_in_xero": self.invoices,
            "differences": self.differences,
        }


def orders_make(browser: Browser, places: Places, tenant: str) -> list[Ordered]:
    """One order in home currency, and one in a foreign one if the organisation has any.

    Nothing where it has no product that could be sold. Raises NotFound when a page stops the way.
    """
    products = counting.some_products(tenant, 3)
    if not products:
        return []
    browser.open(f"{places.crm}/settings/quotes/")
    browser.press("Save", default_analysis=products[0].sales_analysis)
    browser.open(f"{places.crm}/customers/new/")
    browser.press(
        "Make it and quote",
        name=CUSTOMER,
        email="orders@harbour-quay.example",
        phone="+44 1436 555017",
        address_line1="2 Quay Street",
        address_line5="Stranmore",
        postcode="SM1 2AB",
        country="United Kingdom",
    )
    _fill(browser, products, reference="JOURNEY-1")
    made = [_confirmed(browser, places, tenant)]
    browser.open(f"{places.crm}/quotes/new/?q=Harbour")
    browser.press(CUSTOMER)
    if _turned_foreign(browser):
        _fill(browser, products, reference="JOURNEY-2")
        made.append(_confirmed(browser, places, tenant))
    return made


def _fill(browser: Browser, products: list[ProductItem], *, reference: str) -> None:
    """A heading, some products, a price of four decimals with a discount, a free line, and delivery."""
    here = browser.page.url
    browser.press("Add", q="# Ground floor")
    for place, product in enumerate(products, start=3):
        browser.press("Add", q=f"{place}x {product.code}")
    browser.press("Add", q="Fitting on site, two visits")
    keys = list(dict.fromkeys(_LINE.findall(browser.page.html)))
    changes = [
        {"line": keys[1], "quantity": "700"},
        {"line": keys[1], "unit_price": "0.1648"},
        {"line": keys[1], "discount_rate": "7.5"},
        {"line": keys[-1], "unit_price": "85.33"},
    ]
    for fields in changes:
        browser.change(f"{here}line/edit", **fields)
    browser.change(f"{here}delivery", mode="manual")
    browser.change(f"{here}delivery", mode="manual", charge="12.45")
    browser.change(f"{here}edit", customer_reference=reference)
    browser.open(here)


def _turned_foreign(browser: Browser) -> bool:
    """Turn the quote into one in another currency, at the stand-in's rate; False if the organisation has no other."""
    here = browser.page.url
    quote = Quote.objects.select_related("operating_company").get(pk=_key(here))
    others = [c for c in _CURRENCY.findall(browser.page.html) if c != quote.operating_company.home_currency]
    if not others:
        return False
    browser.change(f"{here}edit", currency=others[0])
    browser.open(here)
    return True


def _confirmed(browser: Browser, places: Places, tenant: str) -> Ordered:
    """Confirm the quote on the screen, twice at once and once more, and read what Xero has of it."""
    before = browser.page
    began = time.monotonic()
    browser.press_twice("Confirm")
    number = _number(browser, before.url)
    seconds = time.monotonic() - began
    browser.page = before
    browser.press("Confirm")
    quote = Quote.objects.get(pk=_key(before.url))
    order = order_of(quote)
    drafts = [
        one
        for one in control(places.xero, f"/invoices?tenant={tenant}")
        if one.get("Reference") == order["reference"]
    ]
    found = differences(order, drafts[0]) if drafts else []
    if drafts and drafts[0]["InvoiceNumber"] != number:
        found.append(f"the number {number} is {drafts[0]['InvoiceNumber']} in Xero")
    return Ordered(
        quote.pk, number, quote.currency, quote.total, len(order["lines"]), seconds, len(drafts), found
    )


def _number(browser: Browser, here: str) -> str:
    """Look at the page until the invoice's number is on it."""
    deadline = time.monotonic() + INVOICE_TIMEOUT_S
    while time.monotonic() < deadline:
        text = browser.open(here).text
        if found := _NUMBER.search(text):
            return found[1]
        for trouble in ("to put right", "Refused by Xero", "somebody else meanwhile"):
            if (place := text.find(trouble)) >= 0:
                raise NotFound(f"{here} was not confirmed: {text[max(0, place - 40) : place + 400]}")
        time.sleep(POLL_S)
    raise NotFound(f"{here} showed no invoice number for {INVOICE_TIMEOUT_S:.0f} seconds")


def _key(url: str) -> int:
    found = re.search(r"/quotes/(\d+)/", url)
    if found is None:
        raise NotFound(f"{url} is not the page of a quote")
    return int(found[1])


def order_of(quote: Quote) -> dict[str, Any]:
    """What was confirmed last."""
    versions = QuoteVersion.objects.filter(quote=quote, moment=VersionMoment.CONFIRMED)
    order: dict[str, Any] = versions.order_by("-order_revision")[0].content["order"]
    return order


def differences(order: Mapping[str, Any], invoice: Mapping[str, Any]) -> list[str]:
    """What differs between an order as it was confirmed and the invoice as Xero shows it: sums, then line by line."""
    found = [
        f"{ours} {order[ours]} is {invoice[theirs]} in Xero"
        for ours, theirs in _SUMS
        if Decimal(order[ours]) != Decimal(invoice[theirs])
    ]
    for place, (line, theirs) in enumerate(zip_longest(order["lines"], invoice["LineItems"]), start=1):
        if line is None or theirs is None:
            found.append(f"line {place} is on one side only")
            continue
        if line["description"] != theirs.get("Description", ""):
            found.append(f"line {place} is called {theirs.get('Description')} in Xero")
        pairs = (
            ("amount", line.get("amount"), theirs.get("LineAmount")),
            ("tax", line.get("tax"), theirs.get("TaxAmount")),
        )
        found += [
            f"{what} of line {place} {ours} is {there} in Xero"
            for what, ours, there in pairs
            if not _same(ours, there)
        ]
    return found


def _same(ours: str | None, theirs: str | int | None) -> bool:
    """Amounts by value; nothing and nought are the same."""
    return Decimal(ours or 0) == Decimal(theirs or 0)
