"""Xero's permissions: which to ask for, what each covers, what each is in plain words (xero-facts §1.11)."""

from __future__ import annotations

from collections.abc import Iterable

_SIGN_IN = ("openid", "profile", "email", "offline_access")

# What apps made since March 2026 ask for.
GRANULAR = (
    *_SIGN_IN,
    "accounting.contacts",
    "accounting.invoices",
    "accounting.settings",
    "accounting.payments.read",
    "accounting.reports.aged.read",
    "accounting.attachments",
)

# What older apps ask for; ends in September 2027.
BROAD = (
    *_SIGN_IN,
    "accounting.contacts",
    "accounting.transactions",
    "accounting.settings",
    "accounting.reports.read",
    "accounting.attachments",
)


_BROAD_COVERS = {
    "accounting.transactions": (
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.manualjournals",
    ),
    "accounting.reports.read": ("accounting.reports.",),
}

_PLAIN_WORDS = {
    "accounting.contacts": "read and change contacts",
    "accounting.contacts.read": "read contacts",
    "accounting.invoices": "read and change invoices, credit notes and purchase orders",
    "accounting.invoices.read": "read invoices, credit notes and purchase orders",
    "accounting.transactions": "read and change invoices, credit notes, purchase orders and payments",
    "accounting.transactions.read": "read invoices, credit notes, purchase orders and payments",
    "accounting.payments": "read and change payments",
    "accounting.payments.read": "read payments",
    "accounting.settings": "read accounts and tax rates, read and change items",
    "accounting.settings.read": "read accounts, tax rates, currencies and items",
    "accounting.reports.aged.read": "read who owes how much since when",
    "accounting.reports.read": "read reports",
    "accounting.attachments": "read and add attachments",
    "accounting.attachments.read": "read attachments",
    "offline_access": "stay connected while nobody is signed in",
    "openid": "know who connected",
    "profile": "know the name of who connected",
    "email": "know the e-mail address of who connected",
}


def without_sign_in(scopes: Iterable[str]) -> tuple[str, ...]:
    """What a custom connection asks for: it has no user to sign in and no refresh token."""
    return tuple(scope for scope in scopes if scope not in _SIGN_IN)


def granted_missing(granted: Iterable[str], needed: Iterable[str]) -> frozenset[str]:
    """The needed scopes that the granted ones do not cover.

    A scope to change includes reading; a broad scope includes its granular ones. Empty when `granted` is empty: Xero did
    not say what it granted, and a call will.
    """
    granted = frozenset(granted)
    if not granted:
        return frozenset()
    return frozenset(scope for scope in needed if not any(_covers(have, scope) for have in granted))


def plain_words(scopes: Iterable[str]) -> list[str]:
    """The scopes as a person would say them, in the order given; unknown ones as they are."""
    return [_PLAIN_WORDS.get(scope, scope) for scope in scopes]


def _covers(have: str, need: str) -> bool:
    if need in {have, f"{have}.read"}:
        return True
    reads_only = have.endswith(".read")
    broad = have if have in _BROAD_COVERS else have.removesuffix(".read")
    for part in _BROAD_COVERS.get(broad, ()):
        if part.endswith("."):
            return need.startswith(part)
        if need == f"{part}.read" or (need == part and not reads_only):
            return True
    return False
