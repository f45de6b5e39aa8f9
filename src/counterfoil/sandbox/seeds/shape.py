"""What a seed hands to the store: one organisation's records, as plain data.

Records use Xero's key names with native Python values: ``Decimal`` amounts, ``datetime.date`` for document
dates, aware UTC ``datetime`` for stamps, lower-case strings for GUIDs. What Xero derives may be left out
(document totals, line ``LineAmount`` and ``TaxAmount``, ``AmountDue``, ``Balances``, ``IsCustomer``,
``QuantityOnHand``): the store works it out on loading, by Xero's rules. This module builds nothing itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass
class SeedData:
    """One organisation. Iterables may be generators that can be read once only, so that size costs no memory.

    Every record carries ``UpdatedDateUTC`` where Xero gives one. ``payments`` point at their document with
    ``{"Invoice": {"InvoiceID": ...}}`` or ``{"CreditNote": {"CreditNoteID": ...}}`` (a refund); ``allocations``
    carry ``CreditNoteID``, ``Invoice: {"InvoiceID"}``, ``Amount``, ``Date``. ``actions`` are the rows of
    ``GET /Organisation/Actions``. ``users`` may sign in to the stand-in and carry ``UserID``,
    ``GlobalUserID``, ``EmailAddress``, ``FirstName``, ``LastName``, ``OrganisationRole``.
    """

    organisation: Record
    actions: list[Record]
    accounts: Iterable[Record]
    tax_rates: Iterable[Record]
    currencies: Iterable[Record]
    branding_themes: Iterable[Record]
    tracking_categories: Iterable[Record]
    contact_groups: Iterable[Record]
    contacts: Iterable[Record]
    items: Iterable[Record]
    invoices: Iterable[Record]
    credit_notes: Iterable[Record]
    purchase_orders: Iterable[Record]
    payments: Iterable[Record]
    allocations: Iterable[Record]
    tenant_id: str | None = None
    users: list[Record] = field(default_factory=list)
