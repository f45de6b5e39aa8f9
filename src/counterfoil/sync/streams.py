"""The streams of a pass, in the order of SY-1: what is read, how it is mapped, who applies it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from counterfoil.core.applied import Applied
from counterfoil.core.mapping import contacts, documents, finance, items, purchase_orders
from counterfoil.crm.customers import services as customers
from counterfoil.crm.customers.merging import aliases_end
from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.crm.finance import services as money
from counterfoil.crm.products import services as products
from counterfoil.crm.purchasing import services as purchasing
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales import services as sales
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync import merging, pending, returning
from counterfoil.sync.grounds import Ground
from counterfoil.xero import endpoints

Values = Sequence[Any]
Withdraw = Callable[[Ground, set[str], dt.datetime, bool], int | str]


@dataclass(frozen=True)
class Stream:
    """One kind of record.

    `reference`: small, read whole, once a day. `whole`: read whole on each pass, since a change
    there may not move UpdatedDateUTC (stock, xero-facts 3.5). Others are walked by stamp.
    `ledger`: which ledgers the records, which are documents then, refer to (`sales`, `purchase`), to be there before.
    `withdraw`: what to do about records that a whole list no longer holds: how many were withdrawn,
    or a sentence when so much is missing that the list cannot be believed without a person. `settle`: what other
    records may need after some were written.
    """

    key: str
    label: str
    endpoint: endpoints.Endpoint[Any]
    value: Callable[[Any, Ground], Any]
    apply: Callable[..., Applied]
    reference: bool = False
    whole: bool = False
    ledger: str = ""
    withdraw: Withdraw | None = None
    settle: Callable[[Ground], object] | None = None

    @property
    def is_walked(self) -> bool:
        return not (self.reference or self.whole)


def _plain(mapping: Callable[[Any], Any]) -> Callable[[Any, Ground], Any]:
    return lambda record, ground: mapping(record)


def _homed(mapping: Callable[..., Any]) -> Callable[[Any, Ground], Any]:
    return lambda record, ground: mapping(record, home_currency=ground.home_currency)


def _applied(service: Callable[..., Applied]) -> Callable[[Ground, Values, dt.datetime], Applied]:
    return lambda ground, values, at: service(ground.company, values, at=at)


def _documents(service: Callable[..., Applied]) -> Callable[..., Applied]:
    """As `_applied`; told which documents have the lines that are stored."""
    return lambda ground, values, at, same_lines=frozenset(): service(
        ground.company, values, at=at, same_lines=same_lines
    )


def _withdrawn(service: Callable[..., int]) -> Withdraw:
    return lambda ground, present, at, believed: service(ground.company, present, at=at)


def _items_withdrawn(ground: Ground, present: set[str], at: dt.datetime, believed: bool) -> int | str:
    return products.items_withdraw_missing(ground.company, present, at=at, believed=believed)


def _currencies_withdrawn(ground: Ground, present: set[str], at: dt.datetime, believed: bool) -> int:
    used = {ground.home_currency}
    for model in (SalesOrderHeader, PurchaseOrderHeader, SalesLedger, PurchaseLedger):
        used |= set(model.objects.of(ground.company).values_list("currency", flat=True).distinct())
    return money.currencies_withdraw_missing(ground.company, present, used=used)


def _products_settle(ground: Ground) -> None:
    """Lines may have come before their product, since products are read less often."""
    sales.documents_link_products(ground.company)
    purchasing.purchase_orders_link_products(ground.company)


def _currencies(ground: Ground, values: Values, at: dt.datetime) -> Applied:
    return money.currencies_apply(ground.company, values, at=at, home_currency=ground.home_currency)


def contacts_applied(
    ground: Ground,
    values: Values,
    at: dt.datetime,
    *,
    needed_sales: frozenset[str] = frozenset(),
    needed_purchase: frozenset[str] = frozenset(),
) -> Applied:
    """Apply contacts; those that documents need are imported whatever the rules leave out (SY-2).

    What users changed here and Xero does not have yet stays (PU-2); what was merged goes to its survivor (SY-13).
    """
    applied = customers.contacts_apply(
        ground.company,
        values,
        rules=ground.rules,
        at=at,
        needed_sales=needed_sales,
        needed_purchase=needed_purchase,
    )
    pending.contacts_kept(
        ground.company,
        values,
        home_currency=ground.company.home_currency,
        street_fallback=ground.rules.street_fallback,
        at=at,
    )
    aliases_end(ground.company, [value.external_id for value in values if value.is_active])
    for value in values:
        if value.merged_to:
            merging.contact_merged(ground.company, value.external_id, value.merged_to, at=at)
    return applied


def _items_applied(ground: Ground, values: Values, at: dt.datetime) -> Applied:
    """As `contacts_applied`, for items."""
    applied = products.items_apply(ground.company, values, at=at)
    pending.items_kept(ground.company, values, at=at)
    return applied


_reference = partial(Stream, reference=True)

TAX_RATES = _reference(
    "tax_rates",
    "Tax rates",
    endpoints.TAX_RATES,
    _plain(finance.tax_rate_values),
    _applied(money.tax_codes_apply),
    withdraw=_withdrawn(money.tax_codes_withdraw_missing),
)
CURRENCIES = _reference(
    "currencies",
    "Currencies",
    endpoints.CURRENCIES,
    _plain(finance.currency_values),
    _currencies,
    withdraw=_currencies_withdrawn,
)
ACCOUNTS = _reference(
    "accounts",
    "Analysis codes",
    endpoints.ACCOUNTS,
    _plain(finance.account_values),
    _applied(money.analysis_codes_apply),
    withdraw=_withdrawn(money.analysis_codes_withdraw_missing),
)
BRANDING_THEMES = _reference(
    "branding_themes",
    "Branding themes",
    endpoints.BRANDING_THEMES,
    _plain(finance.branding_theme_values),
    _applied(money.branding_themes_apply),
    withdraw=_withdrawn(money.branding_themes_withdraw_missing),
)
CONTACTS = Stream(
    "contacts",
    "Customers and suppliers",
    endpoints.CONTACTS,
    _plain(contacts.contact_values),
    contacts_applied,
)
ITEMS = Stream(
    "items",
    "Products and stock",
    endpoints.ITEMS,
    _plain(items.item_values),
    _items_applied,
    whole=True,
    withdraw=_items_withdrawn,
    settle=_products_settle,
)
INVOICES = Stream(
    "invoices",
    "Invoices",
    endpoints.INVOICES,
    _homed(documents.invoice_values),
    _documents(returning.invoices_applied),
    ledger="sales",
)
CREDIT_NOTES = Stream(
    "credit_notes",
    "Credit notes",
    endpoints.CREDIT_NOTES,
    _homed(documents.credit_note_values),
    _documents(sales.documents_apply),
    ledger="sales",
)
PURCHASE_ORDERS = Stream(
    "purchase_orders",
    "Purchase orders",
    endpoints.PURCHASE_ORDERS,
    _homed(purchase_orders.purchase_order_values),
    _documents(purchasing.purchase_orders_apply),
    ledger="purchase",
)

IN_ORDER = (
    TAX_RATES,
    CURRENCIES,
    ACCOUNTS,
    BRANDING_THEMES,
    CONTACTS,
    ITEMS,
    INVOICES,
    CREDIT_NOTES,
    PURCHASE_ORDERS,
)
BY_KEY = {stream.key: stream for stream in IN_ORDER}
