"""One customer or product, just read or answered alone, into the CRM by the same way as a pulled one (PU-2)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.core.mapping.contacts import merged_into
from counterfoil.sync import storing
from counterfoil.sync.models import Connection, Link
from counterfoil.sync.settings import ground_of
from counterfoil.sync.streams import CONTACTS, ITEMS
from counterfoil.xero.records import Contact, Item


def record_store(connection: Connection, record: Contact | Item, *, at: dt.datetime) -> None:
    """Apply it, whatever was known of it; one that no pull has brought yet is left to the pull."""
    stream = CONTACTS if isinstance(record, Contact) else ITEMS
    if isinstance(record, Contact) and merged_into(record):
        return  # its survivor counts
    ground = ground_of(connection)
    page = storing.prepare(stream, [record], [], ground)
    with transaction.atomic():
        links = Link.objects.filter(connection=connection, stream=stream.key, xero_id__in=page.good)
        if links.update(fingerprint=""):
            storing.page_store(stream, page, connection_id=connection.pk, ground=ground, at=at)
