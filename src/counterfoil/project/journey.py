"""The demo's unattended check: the whole journey over the real pages, then every count compared.

It signs in, connects through the consent page, watches the first sync, plays the accounts side once and sees the change
arrive, and compares what the CRM holds with what the stand-in holds. Then it sells: `ordering` has that part.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from counterfoil.project.browsing import Browser, NotFound
from counterfoil.project.ordering import Ordered, orders_make
from counterfoil.sync import counting

LIST_PAGES = (
    "/customers/",
    "/suppliers/",
    "/people/",
    "/products/",
    "/invoices/",
    "/credit-notes/",
    "/purchase-orders/",
    "/tax-codes/",
    "/currencies/",
    "/analysis-codes/",
)
SYNC_TIMEOUT_S = 300.0
CHANGE_TIMEOUT_S = 30.0
CHANGED_EMAIL = "changed.in.xero@example.com"
TOLD_EMAIL = "told.by.xero@example.com"
POLL_S = 0.2


class Places(Protocol):
    """Where the demo's parts are."""

    @property
    def crm(self) -> str: ...
    @property
    def xero(self) -> str: ...


class CheckFailed(Exception):
    """Something a person would have noticed; the sentence says what."""


@dataclass(frozen=True)
class Counts:
    """What the stand-in has and what the CRM has of it, stream by stream."""

    organisation: str
    tenant: str
    expected: dict[str, int]
    found: dict[str, int]

    @property
    def off(self) -> dict[str, list[int]]:
        """Streams that differ: what should be there, and what is."""
        pairs = {name: [number, self.found[name]] for name, number in self.expected.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


NOTHING = Counts("", "", {}, {})


@dataclass
class Seen:
    """What the walk over the pages showed."""

    seconds: float = 0.0
    change_seconds: float = 0.0
    told_seconds: float = 0.0
    told_events: int = 0
    stages: int = 0
    calls: int = 0
    imported: Counts = NOTHING
    after: Counts = NOTHING
    orders: list[Ordered] = field(default_factory=list)


def headless_check(places: Places, *, email: str, password: str) -> int:
    """Run the journey; the last line printed is JSON. 0 only if every count equals the stand-in's own."""
    try:
        seen = _walk(places, email=email, password=password)
    except (CheckFailed, NotFound) as problem:
        print(f"The journey stopped: {problem}")
        print(json.dumps({"ok": False, "problem": str(problem)}))
        return 1
    is_right = all(order.is_right for order in seen.orders) and not (seen.imported.off or seen.after.off)
    result: dict[str, Any] = {
        "ok": is_right,
        "organisation": seen.imported.organisation,
        "imported": seen.imported.found,
        "differences": seen.imported.off | seen.after.off,
        "seconds": round(seen.seconds, 2),
        "change_seconds": round(seen.change_seconds, 2),
        "webhook": {"seconds": round(seen.told_seconds, 2), "events": seen.told_events},
        "calls": seen.calls,
        "orders": [order.figures() for order in seen.orders],
    }
    _say(seen)
    print(json.dumps(result))
    return 0 if is_right else 1


def _say(seen: Seen) -> None:
    for name, number in seen.imported.found.items():
        expected = seen.imported.expected.get(name)
        theirs = "" if expected is None else f"{expected:>8,} in Xero"
        print(f"  {name:<18}{number:>8,} in the CRM {theirs}")
    for order in seen.orders:
        equal = "equal to the penny" if order.is_right else "; ".join(order.differences) or "not one invoice"
        print(
            f"  {order.number:<18}{order.currency} {order.total:>12,.2f} over {order.lines} lines, {equal}, "
            f"{order.seconds:.2f} s from the click to the number"
        )


def _walk(places: Places, *, email: str, password: str) -> Seen:
    with Browser() as browser:
        _sign_in(browser, places, email, password)
        started = time.monotonic()
        _connect(browser, places)
        seen = _watch(browser, places)
        seen.seconds = time.monotonic() - started
        _look_around(browser, places)
        seen.told_seconds = _change_arrives(browser, places, TOLD_EMAIL, ask=False)
        seen.told_events = counting.events_acted_on()
        seen.change_seconds = _change_arrives(browser, places, CHANGED_EMAIL, ask=True)
        seen.imported = _counted(places)
        seen.orders = orders_make(browser, places, seen.imported.tenant)
        seen.after = _come_back(browser, places, seen)
    return seen


def _counted(places: Places) -> Counts:
    """What both sides count now."""
    from counterfoil.project.demo import control

    organisation = next(row for row in control(places.xero, "/organisations") if row["connections"])
    tenant = organisation["tenant"]
    expected = counting.expected_of(organisation["counts"])
    return Counts(organisation["name"], tenant, expected, counting.found(tenant))


def _come_back(browser: Browser, places: Places, seen: Seen) -> Counts:
    """Sync now brings each invoice to its own order (IN-6): what both sides count is equal again."""
    keys = [order.quote for order in seen.orders]
    browser.open(f"{places.crm}/settings/integration/xero/")
    browser.press("Sync now")
    deadline = time.monotonic() + CHANGE_TIMEOUT_S
    while counting.orders_back(keys) < len(keys):
        if time.monotonic() > deadline:
            raise CheckFailed(
                f"an invoice had not come back to its order after {CHANGE_TIMEOUT_S:.0f} seconds"
            )
        time.sleep(POLL_S)
    after = _counted(places)
    more = after.expected["invoices"] - seen.imported.expected["invoices"]
    if more != len(keys):
        raise CheckFailed(f"{len(keys)} orders made {more} invoices in Xero")
    return after


def _sign_in(browser: Browser, places: Places, email: str, password: str) -> None:
    browser.open(f"{places.crm}/sign-in/")
    browser.press("Sign in", email=email, password=password)
    if "/sign-in" in browser.page.url:
        raise CheckFailed("signing in did not work")


def _connect(browser: Browser, places: Places) -> None:
    browser.open(f"{places.crm}/settings/integration/xero/")
    browser.press("Connect to Xero")
    if "identity/connect/authorize" not in browser.page.url:
        raise CheckFailed(f"Connect led to {browser.page.url} instead of the consent page")
    browser.press("Allow access")
    if not browser.page.url.startswith(places.crm) or browser.page.status != 200:
        raise CheckFailed(f"after consent the browser was at {browser.page.url} ({browser.page.status})")


def _watch(browser: Browser, places: Places) -> Seen:
    """Look at the pages until the first sync is over, as somebody who watches it does."""
    deadline = time.monotonic() + SYNC_TIMEOUT_S
    while time.monotonic() < deadline:
        page = browser.open(f"{places.crm}/settings/integration/xero/")
        if page.status != 200:
            raise CheckFailed(f"the integration page answered {page.status}")
        run = counting.first_pass()
        if run is not None and run.state == "done":
            return Seen(stages=run.stages, calls=run.calls)
        if run is not None and run.state == "failed":
            raise CheckFailed(f"the first sync failed: {run.problem}")
        time.sleep(POLL_S)
    raise CheckFailed(f"the first sync was not over after {SYNC_TIMEOUT_S:.0f} seconds")


def _look_around(browser: Browser, places: Places) -> None:
    """Each list opens and shows rows, or says that there are none."""
    for path in LIST_PAGES:
        page = browser.open(f"{places.crm}{path}")
        if page.status != 200 or not ("<table" in page.html or 'class="empty"' in page.html):
            raise CheckFailed(f"{path} answered {page.status} and showed no list")


def _change_arrives(browser: Browser, places: Places, email: str, *, ask: bool) -> float:
    """Somebody edits a contact in Xero; its webhook brings it, or Sync now where we `ask`.

    Returns the seconds it took; 0 if there is nobody to edit.
    """
    from counterfoil.project.demo import control

    tenant = next(row["tenant"] for row in control(places.xero, "/organisations") if row["connections"])
    contact = counting.some_customer(tenant)
    if not contact:
        return 0.0
    control(places.xero, "/actions/contact_edit", {"tenant": tenant, "key": contact, "EmailAddress": email})
    started = time.monotonic()
    if ask:
        browser.open(f"{places.crm}/settings/integration/xero/")
        browser.press("Sync now")
    while time.monotonic() - started < CHANGE_TIMEOUT_S:
        if email in browser.open(f"{places.crm}/customers/?q={email}&b2c=show").html.partition("<table")[2]:
            return time.monotonic() - started
        time.sleep(POLL_S)
    raise CheckFailed(f"a change made in Xero had not arrived after {CHANGE_TIMEOUT_S:.0f} seconds")
