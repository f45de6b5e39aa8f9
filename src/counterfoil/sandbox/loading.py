"""Turns a seed into a store: everything rendered once, in bulk, with nothing validated."""

from __future__ import annotations

from collections.abc import Callable

from .resources import contact_form
from .seeds.shape import SeedData
from .store import Store


def load(data: SeedData, *, guid: Callable[[], str]) -> Store:
    """A store with everything the seed holds. Iterables are read once, in the order the records depend on."""
    store = Store()
    store.organisation = dict(data.organisation)
    store.actions = list(data.actions)
    store.users = list(data.users)
    _load_contacts(store, data)
    return store


def _load_contacts(store: Store, data: SeedData) -> None:
    store.contacts.bulk_begin()
    for record in data.contacts:
        record.setdefault("ContactStatus", "ACTIVE")
        store.contacts.put(contact_form.row(record))
        for flag in ("IsCustomer", "IsSupplier"):
            if record.get(flag):
                store.parties[flag].add(record["ContactID"])
    store.contacts.bulk_end()
