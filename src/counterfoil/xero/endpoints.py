"""The table of what can be read from Xero and how: data, no behaviour beyond building the query.

Sources: xero-facts §3.5 (changed-since), §3.6 (paging), §3.8 (filters, unitdp, archived), §1.11 (scopes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from counterfoil.xero import records

R = TypeVar("R", bound=records.Record)

# Ids a single call may carry before addresses become too long (xero-facts §3.8).
IDS_AT_ONCE = 40

SETTINGS_READ = "accounting.settings.read"
CONTACTS_READ = "accounting.contacts.read"
INVOICES_READ = "accounting.invoices.read"
PAYMENTS_READ = "accounting.payments.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[R]):
    """One readable collection.

    `id_attribute` and `number_attribute` name attributes of the record; number is None where there is none.
    `pages_by_default`: Xero pages even when not asked to. `ids_parameter`: the collection can be asked for by ids.
    `rows_vanish`: a record may be deleted without a trace (xero-facts §3.5), so only a full read shows it is gone.
    `where`: the fixed filter, on optimised fields only. `scope`: the least that may read it.
    """

    name: str
    path: str
    envelope_key: str
    record: type[R]
    id_attribute: str
    number_attribute: str | None = None
    paged: bool = False
    pages_by_default: bool = False
    modified_since: bool = False
    unitdp: bool = False
    ids_parameter: bool = False
    rows_vanish: bool = True
    where: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    scope: str = SETTINGS_READ

    @property
    def wire_id(self) -> str:
        """Xero's own key of the id, such as `ContactID`."""
        return records.wire_name(self.id_attribute)

    def id_of(self, record: R) -> str:
        value: str = getattr(record, self.id_attribute)
        return value

    def number_of(self, record: R) -> str | None:
        if self.number_attribute is None:
            return None
        value: str | None = getattr(record, self.number_attribute)
        return value

    def query(
        self, *, page: int | None = None, page_size: int = 1000, ids: Sequence[str] | None = None
    ) -> dict[str, str]:
        """The query parameters of one read. `page` is ignored where Xero does not page."""
        query = dict(self.extra)
        if self.where is not None:
            query["where"] = self.where
        if self.unitdp:
            query["unitdp"] = "4"
        if self.paged and page is not None:
            query["page"] = str(page)
            query["pageSize"] = str(page_size)
        if ids is not None and self.ids_parameter:
            query["IDs"] = ",".join(ids)
        return query

    def query_by_id(self) -> dict[str, str]:
        """The query parameters of reading one record at its own address."""
        return {"unitdp": "4"} if self.unitdp else {}


ORGANISATION = Endpoint(
    name="organisation",
    path="Organisation",
    envelope_key="Organisations",
    record=records.Organisation,
    id_attribute="organisation_id",
    rows_vanish=False,
)
ACTIONS = Endpoint(
    name="actions",
    path="Organisation/Actions",
    envelope_key="Actions",
    record=records.Action,
    id_attribute="name",
)
ACCOUNTS = Endpoint(
    name="accounts",
    path="Accounts",
    envelope_key="Accounts",
    record=records.Account,
    id_attribute="account_id",
    number_attribute="code",
    modified_since=True,
)
TAX_RATES = Endpoint(
    name="tax_rates",
    path="TaxRates",
    envelope_key="TaxRates",
    record=records.TaxRate,
    id_attribute="tax_type",
)
CURRENCIES = Endpoint(
    name="currencies",
    path="Currencies",
    envelope_key="Currencies",
    record=records.Currency,
    id_attribute="code",
)
BRANDING_THEMES = Endpoint(
    name="branding_themes",
    path="BrandingThemes",
    envelope_key="BrandingThemes",
    record=records.BrandingTheme,
    id_attribute="branding_theme_id",
)
TRACKING_CATEGORIES = Endpoint(
    name="tracking_categories",
    path="TrackingCategories",
    envelope_key="TrackingCategories",
    record=records.TrackingCategory,
    id_attribute="tracking_category_id",
    extra={"includeArchived": "true"},
)
CONTACTS = Endpoint(
    name="contacts",
    path="Contacts",
    envelope_key="Contacts",
    record=records.Contact,
    id_attribute="contact_id",
    number_attribute="contact_number",
    paged=True,
    modified_since=True,
    ids_parameter=True,
    # Without it a contact that was archived is missing from the changes, not shown as archived (xero-facts §3.5).
    extra={"includeArchived": "true"},
    scope=CONTACTS_READ,
)
ITEMS = Endpoint(
    name="items",
    path="Items",
    envelope_key="Items",
    record=records.Item,
    id_attribute="item_id",
    number_attribute="code",
    modified_since=True,
    unitdp=True,
)
INVOICES = Endpoint(
    name="invoices",
    path="Invoices",
    envelope_key="Invoices",
    record=records.Invoice,
    id_attribute="invoice_id",
    number_attribute="invoice_number",
    paged=True,
    modified_since=True,
    unitdp=True,
    ids_parameter=True,
    rows_vanish=False,
    where='Type=="ACCREC"',
    scope=INVOICES_READ,
)
CREDIT_NOTES = Endpoint(
    name="credit_notes",
    path="CreditNotes",
    envelope_key="CreditNotes",
    record=records.CreditNote,
    id_attribute="credit_note_id",
    number_attribute="credit_note_number",
    paged=True,
    modified_since=True,
    unitdp=True,
    rows_vanish=False,
    where='Type=="ACCRECCREDIT"',
    scope=INVOICES_READ,
)
PURCHASE_ORDERS = Endpoint(
    name="purchase_orders",
    path="PurchaseOrders",
    envelope_key="PurchaseOrders",
    record=records.PurchaseOrder,
    id_attribute="purchase_order_id",
    number_attribute="purchase_order_number",
    paged=True,
    pages_by_default=True,
    modified_since=True,
    rows_vanish=False,
    scope=INVOICES_READ,
)
PAYMENTS = Endpoint(
    name="payments",
    path="Payments",
    envelope_key="Payments",
    record=records.Payment,
    id_attribute="payment_id",
    paged=True,
    modified_since=True,
    rows_vanish=False,
    scope=PAYMENTS_READ,
)

ALL: tuple[Endpoint[records.Record], ...] = (  # type: ignore[assignment]  # a table of mixed record types
    ORGANISATION,
    ACTIONS,
    ACCOUNTS,
    TAX_RATES,
    CURRENCIES,
    BRANDING_THEMES,
    TRACKING_CATEGORIES,
    CONTACTS,
    ITEMS,
    INVOICES,
    CREDIT_NOTES,
    PURCHASE_ORDERS,
    PAYMENTS,
)
