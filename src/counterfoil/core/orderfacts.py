"""What the checks before an order goes look at: plain values that say nothing of where they come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.core.money import ZERO
from counterfoil.core.totals import LineAmounts


@dataclass(frozen=True, kw_only=True)
class LedgerFacts:
    """The customer. `owed` and `ordered` (orders not yet in the balance) are in home currency."""

    id: int
    name: str
    in_books: bool = True
    on_stop: bool = False
    stop_reason: str = ""
    is_archived: bool = False
    gdpr_request: bool = False
    has_company: bool = True
    has_address: bool = True
    requires_reference: bool = False
    credit_rule: str = "none"
    credit_limit: Decimal | None = None
    owed: Decimal = ZERO
    ordered: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class ProductFacts:
    """A product as it is now; one that is not `in_books` will be made there with the order (PU-3)."""

    id: int
    code: str
    name: str
    in_books: bool = True
    is_obsolete: bool = False
    is_withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """An analysis code."""

    code: str
    is_active: bool = True
    account_type: str = "REVENUE"
    account_class: str = "REVENUE"
    system_account: str = ""


@dataclass(frozen=True, kw_only=True)
class TaxCodeFacts:
    """A tax code; `uses` of revenue, expenses, assets, liabilities, equity."""

    tax_type: str
    is_active: bool = True
    uses: frozenset[str] = frozenset({"revenue"})


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """A line of the invoice to be; `place` counts from 1. A text line has neither quantity nor account.

    `product` is None where the line names none; `account` and `tax` where the code is unknown.
    """

    id: int | None
    place: int
    description: str
    is_text: bool = False
    is_delivery: bool = False
    product: ProductFacts | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    amount: Decimal = ZERO
    analysis: str = ""
    account: AccountFacts | None = None
    tax_type: str = ""
    tax: TaxCodeFacts | None = None


@dataclass(frozen=True, kw_only=True)
class BooksFacts:
    """What is known of the connected organisation; without one the order waits."""

    is_connected: bool = False
    lock_date: dt.date | None = None
    year_end_lock_date: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """Everything the checks look at."""

    quote_id: int
    ledger: LedgerFacts | None
    lines: Sequence[LineFacts]
    currency: str
    home_currency: str
    currencies: frozenset[str]
    rate: Decimal | None
    rate_problem: str = ""
    line_amount_types: str = LineAmounts.EXCLUSIVE
    date: dt.date
    due_date: dt.date | None
    reference: str = ""
    total: Decimal = ZERO
    home_total: Decimal | None = None
    require_reference: bool = False
    require_address: bool = False
    books: BooksFacts = BooksFacts()
