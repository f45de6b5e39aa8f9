"""Organisation, accounts, tax rates, currencies, themes and tracking, for reading. Facts: xero-facts 4.1, 4.8 on."""

from __future__ import annotations

from collections.abc import Iterable

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Record
from counterfoil.sandbox.query import order_of, where_of
from counterfoil.sandbox.store import Row

from . import Response, listing, settings_form


def _plain(books: Books, name: str, records: Iterable[Record]) -> Response:
    return listing.enveloped(books, name, (wire.encode(wire.wired(record)) for record in records))


def organisation(books: Books) -> Response:
    """An array of one."""
    form = settings_form.organisation(books.store.organisation)
    return listing.enveloped(books, "Organisations", [wire.encode(form)])


def actions(books: Books) -> Response:
    """What the connected user may do."""
    return _plain(books, "Actions", books.store.actions)


def users(books: Books) -> Response:
    """Who works in the organisation."""
    keys = (
        "UserID",
        "EmailAddress",
        "FirstName",
        "LastName",
        "UpdatedDateUTC",
        "IsSubscriber",
        "OrganisationRole",
    )
    return _plain(books, "Users", ({k: user[k] for k in keys if k in user} for user in books.store.users))


def accounts(books: Books) -> Response:
    """All accounts, archived ones too, by code; pages are ignored (xero-facts 3.6)."""
    rows = books.store.accounts
    order = order_of(books, rows)
    keys = listing.select(books, rows, where=where_of(books, rows), order=order)
    if order is None:
        keys = sorted(keys, key=lambda key: (str(rows.rows[key].facts[0] or "").casefold(), key))
    return listing.listed(books, rows, keys, page=None, render=lambda row: row.parts[0])


def account(books: Books, key: str) -> Response:
    """One account by id."""
    return listing.enveloped(books, "Accounts", [account_found(books, key).parts[0]])


def account_found(books: Books, key: str) -> Row:
    """The row of an account."""
    row = books.store.accounts.get(key)
    if row is None:
        raise NotFoundError(f"no account {key}")
    return row


def tax_rates(books: Books) -> Response:
    """All tax rates, whatever their status; a simple where on Status, TaxType or Name is understood."""
    return _plain(books, "TaxRates", _matching(books, list(books.store.tax_rates.values())))


def tax_rate(books: Books, tax_type: str) -> Response:
    """One tax rate by its code."""
    rate = books.store.tax_rates.get(tax_type)
    if rate is None:
        raise NotFoundError(f"no tax rate {tax_type}")
    return _plain(books, "TaxRates", [rate])


def currencies(books: Books) -> Response:
    """The currencies the organisation subscribed to."""
    return _plain(books, "Currencies", _matching(books, list(books.store.currencies.values())))


def branding_themes(books: Books, key: str | None = None) -> Response:
    """All themes, or one."""
    themes = [theme for theme in books.store.branding_themes if key in (None, theme["BrandingThemeID"])]
    if key is not None and not themes:
        raise NotFoundError(f"no branding theme {key}")
    return _plain(books, "BrandingThemes", themes)


def tracking_categories(books: Books, key: str | None = None) -> Response:
    """All categories, or one; archived ones when asked for."""
    archived = books.flag("includeArchived")
    shown = [
        settings_form.tracking_category(category, archived=archived)
        for category in books.store.tracking_categories
        if (archived or category.get("Status", "ACTIVE") == "ACTIVE") or key is not None
        if key in (None, category["TrackingCategoryID"])
    ]
    if key is not None and not shown:
        raise NotFoundError(f"no tracking category {key}")
    return _plain(books, "TrackingCategories", shown)


def _matching(books: Books, records: list[Record]) -> list[Record]:
    from counterfoil.sandbox.query import plain_where

    return plain_where(books.query.get("where"), records)
