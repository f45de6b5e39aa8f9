"""Merging and deleting contacts: things only a person can do. Facts: xero-facts 4.2."""

from __future__ import annotations

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, ValidationError
from counterfoil.sandbox.store import Row

from . import contact_rules, document_form, refreshing
from .kinds import KINDS


def merge(books: Books, source: str, target: str) -> str:
    """Give the source's documents to the target and archive the source with MergedToContactID."""
    gone, kept = _found(books, source), _found(books, target)
    if gone.key == kept.key:
        raise ValidationError("A contact cannot be merged with itself.")
    if kept.facts[0] != "ACTIVE":
        raise ValidationError("A contact can only be merged into an active contact.")
    store = books.store
    for kind in KINDS:
        rows = kind.rows(store)
        for row in list(rows.find("contact", gone.key)):
            document = document_form.record(kind, row)
            document["Contact"] = {"ContactID": kept.key}
            document["UpdatedDateUTC"] = books.stamp()
            rows.put(document_form.row(store, kind, document))
            refreshing.payments_shown_again(store, row.key)
            if kind.event:
                books.tell(kind.event, row.key, "UPDATE", document)
    for members in store.parties.values():
        if gone.key in members:
            members.add(kept.key)
            members.discard(gone.key)
    contact = contact_rules.record(gone)
    contact |= {"ContactStatus": "ARCHIVED", "MergedToContactID": kept.key}
    contact_rules.put(books, contact, gone)
    books.note("Contacts", kept.key, "Merged", f"Contact {gone.facts[1]} was merged into this contact")
    return kept.key


def delete(books: Books, key: str) -> str:
    """Forget a contact that no document names."""
    row = _found(books, key)
    if any(kind.rows(books.store).find("contact", row.key) for kind in KINDS):
        raise ValidationError("The contact cannot be deleted as it has transactions.")
    books.store.contacts.remove(row.key)
    return row.key


def _found(books: Books, key: str) -> Row:
    row = books.store.contacts.get(key)
    if row is None:
        raise NotFoundError(f"no contact {key}")
    return row
