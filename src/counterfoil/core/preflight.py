"""What must hold before an order may go to the books (PU-6): a pure function over plain facts.

Each check is local, so all of them together cost no call. Whoever asks collects the facts; the same function
answers on the quote's page and again inside the confirming transaction. Lengths and limits: xero-facts 4.2–4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from counterfoil.core.money import ZERO, to_four, to_penny
from counterfoil.core.orderfacts import (
    AccountFacts,
    BooksFacts,
    LedgerFacts,
    LineFacts,
    OrderFacts,
    ProductFacts,
    TaxCodeFacts,
)
from counterfoil.core.totals import LineAmounts

__all__ = [
    "AccountFacts",
    "BooksFacts",
    "Check",
    "Fix",
    "LedgerFacts",
    "LineFacts",
    "OrderFacts",
    "ProductFacts",
    "TaxCodeFacts",
    "preflight",
    "stopping",
]

Level = Literal["stop", "warn", "note"]

REFERENCE_LIMIT: Final = 255
DESCRIPTION_LIMIT: Final = 4000
CODE_LIMIT: Final = 30
NAME_LIMIT: Final = 50
CONTACT_NAME_LIMIT: Final = 255
LINE_LIMIT: Final = Decimal("9999999999.99")
QUANTITY_LIMIT: Final = Decimal(10) ** 8  # 13 characters, of which a point and 4 decimals

_CLASS_USES: Final = {
    "REVENUE": "revenue",
    "EXPENSE": "expenses",
    "ASSET": "assets",
    "LIABILITY": "liabilities",
    "EQUITY": "equity",
}


class Fix(NamedTuple):
    """Where a failure is put right: a kind of record and its id (None: the whole page of that kind)."""

    what: Literal[
        "quote", "line", "delivery", "customer", "product", "account", "tax", "currency", "connection"
    ]
    id: int | str | None = None


class Check(NamedTuple):
    """One thing looked at. When it is not `ok`, `level` says whether it stops the order."""

    key: str
    ok: bool
    sentence: str
    fix: Fix | None = None
    level: Level = "stop"

    @property
    def stops(self) -> bool:
        return not self.ok and self.level == "stop"


def preflight(order: OrderFacts) -> list[Check]:
    """Every check with its outcome; failures of lines come once per line, a pass once for all of them."""
    checks: list[Check] = []
    for one in _ABOUT_ORDER:
        checks += one(order)
    for key, passed, look in _ABOUT_LINES:
        failed = [found for line in order.lines if (found := look(line, order)) is not None]
        checks += failed or ([Check(key, True, passed)] if order.lines else [])
    return checks


def stopping(checks: Iterable[Check]) -> list[Check]:
    """The checks that keep the order from being confirmed."""
    return [check for check in checks if check.stops]


# --- the customer ----------------------------------------------------------------------------------


def _ledger(order: OrderFacts) -> Iterator[Check]:
    ledger = order.ledger
    if ledger is None:
        yield Check("ledger", False, "No customer is chosen. Choose one.", Fix("quote", order.quote_id))
        return
    fix = Fix("customer", ledger.id)
    if not ledger.has_company:
        yield Check("ledger", False, f"{ledger.name} belongs to no company yet. Make or pick one.", fix)
    else:
        made = "is in Xero" if ledger.in_books else "will be made in Xero first"
        yield Check("ledger", True, f"{ledger.name} {made}.", fix)
    too_long = len(ledger.name) > CONTACT_NAME_LIMIT
    if too_long or not ledger.name.strip():
        yield Check("ledger_name", False, f"The customer's name {_too_long(ledger.name, 255)}", fix)


def _standing(order: OrderFacts) -> Iterator[Check]:
    """CU-11, CU-14: on stop for whatever reason forbids a new order."""
    ledger = order.ledger
    if ledger is None:
        return
    fix = Fix("customer", ledger.id)
    if ledger.gdpr_request:
        said = f"Removal of {ledger.name}'s personal data was requested in Xero. Nothing may be sent there."
        yield Check("stop", False, said, fix)
    elif ledger.is_archived:
        said = f"{ledger.name} is archived in Xero. Restore the contact there, or choose another customer."
        yield Check("stop", False, said, fix)
    elif ledger.on_stop:
        said = (
            f"{ledger.name} is on stop: {ledger.stop_reason or 'no reason was given'}. Lift the stop first."
        )
        yield Check("stop", False, said, fix)
    else:
        yield Check("stop", True, f"{ledger.name} is not on stop.")


def _credit(order: OrderFacts) -> Iterator[Check]:
    ledger = order.ledger
    if ledger is None or ledger.credit_rule == "none" or ledger.credit_limit is None:
        return
    if order.home_total is None:
        return  # without a rate nothing can be compared, and the missing rate stops the order anyway
    used = ledger.owed + ledger.ordered + order.home_total
    amounts = f"{_money(used)} of {_money(ledger.credit_limit)} {order.home_currency}"
    if used <= ledger.credit_limit:
        yield Check("credit", True, f"Within the credit limit: {amounts}.")
        return
    said = (
        f"{ledger.name} would be over the credit limit: {amounts} "
        f"(owed {_money(ledger.owed)}, ordered {_money(ledger.ordered)}, this order {_money(order.home_total)})."
    )
    level: Level = "stop" if ledger.credit_rule == "block" else "warn"
    yield Check("credit", False, said, Fix("customer", ledger.id), level)


def _address(order: OrderFacts) -> Iterator[Check]:
    ledger = order.ledger
    if ledger is None:
        return
    if ledger.has_address:
        yield Check("address", True, "The customer has a postal address.")
        return
    level: Level = "stop" if order.require_address else "warn"
    said = f"{ledger.name} has no postal address, which an invoice needs."
    yield Check("address", False, said, Fix("customer", ledger.id), level)


# --- the head --------------------------------------------------------------------------------------


def _reference(order: OrderFacts) -> Iterator[Check]:
    fix = Fix("quote", order.quote_id)
    needed = order.require_reference or (order.ledger is not None and order.ledger.requires_reference)
    if needed and not order.reference.strip():
        said = "A customer reference is required for this order. Ask the customer for their order number."
        yield Check("reference", False, said, fix)
    elif len(order.reference) > REFERENCE_LIMIT:
        yield Check("reference", False, f"The customer reference {_too_long(order.reference, 255)}", fix)
    else:
        yield Check("reference", True, "The customer reference is in order.")


def _currency(order: OrderFacts) -> Iterator[Check]:
    """W21, W22: the currency is always sent, so the organisation must have it."""
    fix = Fix("currency", order.currency)
    if order.currency != order.home_currency and order.currency not in order.currencies:
        said = (
            f"{order.currency} is not enabled in Xero. Add it there (Settings, Currencies; multi-currency "
            "belongs to some plans only), or quote in another currency."
        )
        yield Check("currency", False, said, fix)
    else:
        yield Check("currency", True, f"{order.currency} can be invoiced.")
    if order.rate is None or order.rate <= 0:
        said = order.rate_problem or f"There is no exchange rate for {order.currency}. Set one."
        yield Check("rate", False, said, fix)
    else:
        yield Check("rate", True, "The exchange rate is known.")


def _dates(order: OrderFacts) -> Iterator[Check]:
    """W18: Xero takes no document dated on or before a lock date."""
    fix = Fix("quote", order.quote_id)
    locks = [on for on in (order.books.lock_date, order.books.year_end_lock_date) if on is not None]
    if locks and order.date <= max(locks):
        said = (
            f"The books are locked up to {max(locks):%d %B %Y} and the order is dated {order.date:%d %B %Y}. "
            "Give it a later date, or have the lock date moved in Xero."
        )
        yield Check("lock_date", False, said, fix)
    else:
        yield Check("lock_date", True, "The order's date is in an open period.")
    if order.due_date is None:
        yield Check("due_date", False, "The order has no due date. Set one.", fix)
    elif order.due_date < order.date:
        said = f"The order is due on {order.due_date:%d %B %Y}, before its own date. Set a later due date."
        yield Check("due_date", False, said, fix)


def _total(order: OrderFacts) -> Iterator[Check]:
    """D22: Xero refuses invoices below zero."""
    fix = Fix("quote", order.quote_id)
    if not any(not line.is_text and not line.is_delivery for line in order.lines):
        yield Check("lines", False, "There is nothing to invoice yet. Add a line.", fix)
        return
    if order.total < ZERO:
        said = (
            f"The total is {_money(order.total)} {order.currency}. An invoice cannot be negative: "
            "make a credit note instead."
        )
        yield Check("total", False, said, fix)
    else:
        yield Check("total", True, f"The total is {_money(order.total)} {order.currency}.")


def _connection(order: OrderFacts) -> Iterator[Check]:
    if order.books.is_connected:
        yield Check("connection", True, "Xero is connected.", None, "note")
        return
    said = "Xero is not connected. The order can be confirmed; it waits and goes out once it is connected."
    yield Check("connection", False, said, Fix("connection"), "note")


# --- the lines -------------------------------------------------------------------------------------


def _product(line: LineFacts, order: OrderFacts) -> Check | None:
    product = line.product
    if product is None:
        return None
    fix = Fix("product", product.id)
    if product.is_withdrawn:
        said = f"{product.code} no longer exists in Xero. Put another product on it."
        return Check("product", False, _at(line, said), _fix(line))
    if not product.in_books:
        if len(product.code) > CODE_LIMIT:
            return Check("product", False, _at(line, f"The code {_too_long(product.code, CODE_LIMIT)}"), fix)
        if not product.name or len(product.name) > NAME_LIMIT:
            said = f"The name of {product.code} {_too_long(product.name, NAME_LIMIT)}"
            return Check("product", False, _at(line, said), fix)
    if product.is_obsolete:
        return Check("product", False, _at(line, f"{product.code} is obsolete."), fix, "warn")
    return None


def _description(line: LineFacts, order: OrderFacts) -> Check | None:
    if not line.description.strip():
        return Check("description", False, _at(line, "It has no description. Write one."), _fix(line))
    if len(line.description) > DESCRIPTION_LIMIT:
        said = f"The description {_too_long(line.description, DESCRIPTION_LIMIT)}"
        return Check("description", False, _at(line, said), _fix(line))
    return None


def _account(line: LineFacts, order: OrderFacts) -> Check | None:
    """W19, W21; which accounts no line may use: xero-facts 4.10."""
    if line.is_text:
        return None
    if not line.analysis:
        return Check("account", False, _at(line, "It has no analysis code. Choose one."), _fix(line))
    account = line.account
    if account is None:
        said = f"Analysis code {line.analysis} does not exist in Xero. Choose another."
    elif not account.is_active:
        said = f"Analysis code {line.analysis} is archived in Xero. Choose another, or restore it there."
    elif account.account_type == "BANK" or account.system_account in {"DEBTORS", "CREDITORS"}:
        said = f"Analysis code {line.analysis} is a bank, debtors or creditors account. Choose another."
    else:
        return None
    return Check("account", False, _at(line, said), _fix(line))


def _tax(line: LineFacts, order: OrderFacts) -> Check | None:
    """The account's class decides which tax codes it takes (xero-facts 7.1)."""
    if line.is_text or order.line_amount_types == LineAmounts.NO_TAX:
        return None
    if not line.tax_type:
        return Check("tax", False, _at(line, "It has no tax code. Choose one."), _fix(line))
    tax, account = line.tax, line.account
    if tax is None or not tax.is_active:
        said = f"Tax code {line.tax_type} is not active in Xero. Choose another."
        return Check("tax", False, _at(line, said), _fix(line))
    use = _CLASS_USES.get(account.account_class) if account else None
    if use is not None and use not in tax.uses:
        said = f"Tax code {line.tax_type} cannot be used with account {line.analysis}. Choose another."
        return Check("tax", False, _at(line, said), _fix(line))
    return None


def _figures(line: LineFacts, order: OrderFacts) -> Check | None:
    """D13, D25: what Xero would cut or refuse."""
    if line.is_text:
        return None
    if to_four(line.unit_price) != line.unit_price or to_four(line.quantity) != line.quantity:
        said = "Quantity and unit price have 4 decimals at most. Enter one at the whole amount instead."
    elif abs(line.quantity) >= QUANTITY_LIMIT:
        said = f"The quantity must be below {QUANTITY_LIMIT:,f}."
    elif abs(line.amount) > LINE_LIMIT:
        said = f"A line comes to at most {_money(LINE_LIMIT)}. Split it."
    else:
        return None
    return Check("figures", False, _at(line, said), _fix(line))


def _price(line: LineFacts, order: OrderFacts) -> Check | None:
    """Often a product without a price; Xero drops the account of a line that comes to nothing (D19)."""
    if line.is_text or line.unit_price:
        return None
    return Check("price", False, _at(line, "It costs nothing. Is that meant?"), _fix(line), "warn")


_ABOUT_ORDER: Final[tuple[Callable[[OrderFacts], Iterator[Check]], ...]] = (
    _ledger,
    _standing,
    _credit,
    _address,
    _reference,
    _currency,
    _dates,
    _total,
    _connection,
)
_ABOUT_LINES: Final[tuple[tuple[str, str, Callable[[LineFacts, OrderFacts], Check | None]], ...]] = (
    ("product", "All products exist or will be made.", _product),
    ("description", "All lines are described.", _description),
    ("account", "All analysis codes can be used.", _account),
    ("tax", "All tax codes fit.", _tax),
    ("figures", "All quantities and prices fit.", _figures),
    ("price", "All lines have a price.", _price),
)


def _at(line: LineFacts, said: str) -> str:
    where = "Delivery" if line.is_delivery else f"Line {line.place}"
    return f"{where}: {said}"


def _fix(line: LineFacts) -> Fix:
    return Fix("delivery") if line.is_delivery else Fix("line", line.id)


def _too_long(text: str, limit: int) -> str:
    if not text.strip():
        return "is empty. Write one."
    return f"has {len(text):,} characters; Xero takes {limit:,} at most. Shorten it."


def _money(amount: Decimal) -> str:
    return f"{to_penny(amount):,f}"
