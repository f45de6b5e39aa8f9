"""What Xero sends, as typed records: a mirror of the wire, without judgement.

Every field but the id may be missing, null or empty, and those three mean the same (xero-facts §3.3), so all are
optional. Enumerations are plain text, since Xero adds values without notice; unknown fields are ignored; amounts are
exact Decimals; dates stay the text that came (read them with :mod:`counterfoil.xero.dates`). A list may be null or hold
null, so read lists through :func:`each`. Not here: rules, defaults of meaning, or anything of the CRM.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec

_SPECIAL = {"id": "ID", "utc": "UTC", "cis": "CIS", "cogs": "COGS"}

Guid = Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
Code = Annotated[str, msgspec.Meta(min_length=1)]

T = TypeVar("T")


def wire_name(attribute: str) -> str:
    """`updated_date_utc` -> `UpdatedDateUTC`."""
    return "".join(_SPECIAL.get(part, part[:1].upper() + part[1:]) for part in attribute.split("_"))


def each(values: list[T | None] | None) -> Iterator[T]:
    """The elements that are there: nothing for null, nulls skipped."""
    return (value for value in values or () if value is not None)


class Record(msgspec.Struct, rename=wire_name, gc=False, kw_only=True):
    """Anything Xero sends in Pascal case. Records hold no cycles, so the collector need not track them."""


# ------------------------------------------------------------------ shared parts


class Address(Record):
    """`address_type` is POBOX (billing) or STREET (delivery); an organisation's may be DELIVERY."""

    address_type: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    address_line4: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    attention_to: str | None = None


class Phone(Record):
    """`phone_type` is DEFAULT, DDI, MOBILE or FAX; an organisation's may be OFFICE."""

    phone_type: str | None = None
    phone_number: str | None = None
    phone_area_code: str | None = None
    phone_country_code: str | None = None


class PaymentTerm(Record):
    day: int | None = None
    type: str | None = None


class PaymentTerms(Record):
    bills: PaymentTerm | None = None
    sales: PaymentTerm | None = None


class ContactRef(Record):
    """The contact as documents carry it: id and name are all that lists promise (xero-facts §3.7)."""

    contact_id: str | None = None
    name: str | None = None


class BrandingThemeRef(Record):
    branding_theme_id: str | None = None
    name: str | None = None


class LineItem(Record):
    """A line with only a description is legal: a comment (xero-facts §4.5)."""

    line_item_id: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str | None = None
    account_code: str | None = None
    account_id: str | None = None
    tax_type: str | None = None
    tax_amount: Decimal | None = None
    line_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None


# ------------------------------------------------------------------ settings of the organisation


class ExternalLink(Record):
    link_type: str | None = None
    url: str | None = None


class Organisation(Record):
    organisation_id: Guid
    name: str | None = None
    legal_name: str | None = None
    pays_tax: bool | None = None
    version: str | None = None
    organisation_type: str | None = None
    organisation_entity_type: str | None = None
    organisation_status: str | None = None
    base_currency: str | None = None
    country_code: str | None = None
    is_demo_company: bool | None = None
    registration_number: str | None = None
    tax_number: str | None = None
    tax_number_name: str | None = None
    financial_year_end_day: int | None = None
    financial_year_end_month: int | None = None
    sales_tax_basis: str | None = None
    sales_tax_period: str | None = None
    default_sales_tax: str | None = None
    default_purchases_tax: str | None = None
    period_lock_date: str | None = None
    end_of_year_lock_date: str | None = None
    created_date_utc: str | None = None
    timezone: str | None = None
    short_code: str | None = None
    class_: str | None = msgspec.field(default=None, name="Class")
    edition: str | None = None
    line_of_business: str | None = None
    addresses: list[Address | None] | None = None
    phones: list[Phone | None] | None = None
    external_links: list[ExternalLink | None] | None = None
    payment_terms: PaymentTerms | None = None


class Action(Record):
    """What this organisation's plan allows; `status` is ALLOWED or NOT-ALLOWED."""

    name: Code
    status: str | None = None


class Account(Record):
    """`code` is missing on some bank accounts; `system_account` may be empty text."""

    account_id: Guid
    code: str | None = None
    name: str | None = None
    type: str | None = None
    class_: str | None = msgspec.field(default=None, name="Class")
    status: str | None = None
    description: str | None = None
    tax_type: str | None = None
    system_account: str | None = None
    currency_code: str | None = None
    bank_account_number: str | None = None
    bank_account_type: str | None = None
    enable_payments_to_account: bool | None = None
    show_in_expense_claims: bool | None = None
    reporting_code: str | None = None
    reporting_code_name: str | None = None
    updated_date_utc: str | None = None


class TaxComponent(Record):
    name: str | None = None
    rate: Decimal | None = None
    is_compound: bool | None = None
    is_non_recoverable: bool | None = None


class TaxRate(Record):
    """`tax_type` is the only stable key: no guid, no stamp. Lines use `effective_rate` (xero-facts §7.1)."""

    tax_type: Code
    name: str | None = None
    report_tax_type: str | None = None
    status: str | None = None
    display_tax_rate: Decimal | None = None
    effective_rate: Decimal | None = None
    can_apply_to_assets: bool | None = None
    can_apply_to_equity: bool | None = None
    can_apply_to_expenses: bool | None = None
    can_apply_to_liabilities: bool | None = None
    can_apply_to_revenue: bool | None = None
    tax_components: list[TaxComponent | None] | None = None


class Currency(Record):
    code: Code
    description: str | None = None


class BrandingTheme(Record):
    """`sort_order` 0 is the default theme."""

    branding_theme_id: Guid
    name: str | None = None
    type: str | None = None
    sort_order: int | None = None
    logo_url: str | None = None
    created_date_utc: str | None = None


class TrackingOption(Record):
    tracking_option_id: str | None = None
    name: str | None = None
    status: str | None = None


class TrackingCategory(Record):
    tracking_category_id: Guid
    name: str | None = None
    status: str | None = None
    options: list[TrackingOption | None] | None = None


# ------------------------------------------------------------------ contacts and items


class ContactPerson(Record):
    """Up to five a contact; they have no id, and an update replaces them all."""

    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    include_in_emails: bool | None = None


class ContactGroup(Record):
    contact_group_id: str | None = None
    name: str | None = None
    status: str | None = None


class Balance(Record):
    outstanding: Decimal | None = None
    overdue: Decimal | None = None


class Balances(Record):
    """In base currency. Absent when both are zero; never in a changed-since answer by itself (xero-facts §4.2)."""

    accounts_receivable: Balance | None = None
    accounts_payable: Balance | None = None


class BatchPayments(Record):
    bank_account_number: str | None = None
    bank_account_name: str | None = None
    details: str | None = None
    code: str | None = None
    reference: str | None = None


class ContactTracking(Record):
    tracking_category_name: str | None = None
    tracking_option_name: str | None = None


class Contact(Record):
    contact_id: Guid
    merged_to_contact_id: str | None = None
    contact_number: str | None = None
    account_number: str | None = None
    contact_status: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_number: str | None = None
    email_address: str | None = None
    bank_account_details: str | None = None
    tax_number: str | None = None
    tax_number_type: str | None = None
    accounts_receivable_tax_type: str | None = None
    accounts_payable_tax_type: str | None = None
    is_customer: bool | None = None
    is_supplier: bool | None = None
    default_currency: str | None = None
    sales_default_line_amount_type: str | None = None
    purchases_default_line_amount_type: str | None = None
    sales_default_account_code: str | None = None
    purchases_default_account_code: str | None = None
    sales_tracking_categories: list[ContactTracking | None] | None = None
    purchases_tracking_categories: list[ContactTracking | None] | None = None
    xero_network_key: str | None = None
    website: str | None = None
    discount: Decimal | None = None
    branding_theme: BrandingThemeRef | None = None
    payment_terms: PaymentTerms | None = None
    batch_payments: BatchPayments | None = None
    balances: Balances | None = None
    addresses: list[Address | None] | None = None
    phones: list[Phone | None] | None = None
    contact_persons: list[ContactPerson | None] | None = None
    contact_groups: list[ContactGroup | None] | None = None
    has_attachments: bool | None = None
    updated_date_utc: str | None = None


class PriceDetails(Record):
    unit_price: Decimal | None = None
    account_code: str | None = None
    cogs_account_code: str | None = None
    tax_type: str | None = None


class Item(Record):
    """`quantity_on_hand` moves without `updated_date_utc` moving (xero-facts §3.5)."""

    item_id: Guid
    code: str | None = None
    name: str | None = None
    description: str | None = None
    purchase_description: str | None = None
    is_sold: bool | None = None
    is_purchased: bool | None = None
    is_tracked_as_inventory: bool | None = None
    inventory_asset_account_code: str | None = None
    quantity_on_hand: Decimal | None = None
    total_cost_pool: Decimal | None = None
    sales_details: PriceDetails | None = None
    purchase_details: PriceDetails | None = None
    updated_date_utc: str | None = None


# ------------------------------------------------------------------ documents


class InvoiceRef(Record):
    invoice_id: str | None = None
    invoice_number: str | None = None
    type: str | None = None
    currency_code: str | None = None
    contact: ContactRef | None = None


class CreditNoteRef(Record):
    credit_note_id: str | None = None
    credit_note_number: str | None = None
    type: str | None = None
    currency_code: str | None = None
    contact: ContactRef | None = None


class AppliedPayment(Record):
    """A payment as an invoice or credit note lists it."""

    payment_id: str | None = None
    date: str | None = None
    amount: Decimal | None = None
    reference: str | None = None
    currency_rate: Decimal | None = None


class AppliedCredit(Record):
    """A credit note, prepayment or overpayment as the invoice it was set against lists it."""

    credit_note_id: str | None = None
    credit_note_number: str | None = None
    prepayment_id: str | None = None
    overpayment_id: str | None = None
    applied_amount: Decimal | None = None
    date: str | None = None
    date_string: str | None = None
    total: Decimal | None = None


class Allocation(Record):
    """Which invoice a credit was set against, as the credit note lists it."""

    allocation_id: str | None = None
    amount: Decimal | None = None
    date: str | None = None
    is_deleted: bool | None = None
    invoice: InvoiceRef | None = None


class Document(Record):
    """What invoices, credit notes and purchase orders have in common.

    `currency_rate` is units of the document's currency for one unit of the base currency; 0 or absent: not said.
    """

    type: str | None = None
    status: str | None = None
    contact: ContactRef | None = None
    reference: str | None = None
    date: str | None = None
    date_string: str | None = None
    line_amount_types: str | None = None
    line_items: list[LineItem | None] | None = None
    sub_total: Decimal | None = None
    total_tax: Decimal | None = None
    total: Decimal | None = None
    total_discount: Decimal | None = None
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    branding_theme_id: str | None = None
    sent_to_contact: bool | None = None
    has_attachments: bool | None = None
    updated_date_utc: str | None = None
    updated_date_utc_string: str | None = None


class SalesDocument(Document):
    """What invoices and credit notes have in common."""

    due_date: str | None = None
    due_date_string: str | None = None
    fully_paid_on_date: str | None = None
    payments: list[AppliedPayment | None] | None = None
    cis_deduction: Decimal | None = None
    cis_rate: Decimal | None = None


class Invoice(SalesDocument, kw_only=True):
    """`type` is ACCREC (sales) or ACCPAY (bill)."""

    invoice_id: Guid
    invoice_number: str | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_credited: Decimal | None = None
    expected_payment_date: str | None = None
    planned_payment_date: str | None = None
    repeating_invoice_id: str | None = None
    url: str | None = None
    is_discounted: bool | None = None
    credit_notes: list[AppliedCredit | None] | None = None
    prepayments: list[AppliedCredit | None] | None = None
    overpayments: list[AppliedCredit | None] | None = None

    @property
    def document_id(self) -> str:
        return self.invoice_id

    @property
    def number(self) -> str | None:
        return self.invoice_number


class CreditNote(SalesDocument, kw_only=True):
    """`type` is ACCRECCREDIT (sales) or ACCPAYCREDIT. `remaining_credit` = total - allocations - refunds."""

    credit_note_id: Guid
    credit_note_number: str | None = None
    remaining_credit: Decimal | None = None
    applied_amount: Decimal | None = None
    allocations: list[Allocation | None] | None = None

    @property
    def document_id(self) -> str:
        return self.credit_note_id

    @property
    def number(self) -> str | None:
        return self.credit_note_number


class PurchaseOrder(Document, kw_only=True):
    """`delivery_address` is one text with line breaks, not an address record."""

    purchase_order_id: Guid
    purchase_order_number: str | None = None
    delivery_date: str | None = None
    delivery_date_string: str | None = None
    expected_arrival_date: str | None = None
    expected_arrival_date_string: str | None = None
    delivery_address: str | None = None
    delivery_instructions: str | None = None
    attention_to: str | None = None
    telephone: str | None = None

    @property
    def document_id(self) -> str:
        return self.purchase_order_id

    @property
    def number(self) -> str | None:
        return self.purchase_order_number


class AccountRef(Record):
    account_id: str | None = None
    code: str | None = None
    name: str | None = None


class Payment(Record):
    """`amount` is in the document's currency, `bank_amount` in the bank account's. Only deletion changes a payment."""

    payment_id: Guid
    invoice: InvoiceRef | None = None
    credit_note: CreditNoteRef | None = None
    account: AccountRef | None = None
    date: str | None = None
    amount: Decimal | None = None
    bank_amount: Decimal | None = None
    currency_rate: Decimal | None = None
    reference: str | None = None
    status: str | None = None
    payment_type: str | None = None
    is_reconciled: bool | None = None
    batch_payment_id: str | None = None
    updated_date_utc: str | None = None
    updated_date_utc_string: str | None = None


# ------------------------------------------------------------------ reports


class ReportAttribute(Record):
    id: str | None = msgspec.field(default=None, name="Id")
    value: str | None = None


class ReportCell(Record):
    value: str | None = None
    attributes: list[ReportAttribute | None] | None = None


class ReportRow(Record):
    """`row_type` is Header, Section, Row or SummaryRow; sections hold rows."""

    row_type: str | None = None
    title: str | None = None
    cells: list[ReportCell | None] | None = None
    rows: list[ReportRow | None] | None = None


class Report(Record):
    """A report: all values are text, labels are presentation (xero-facts §4.16)."""

    report_name: Code
    report_id: str | None = None
    report_type: str | None = None
    report_titles: list[str | None] | None = None
    report_date: str | None = None
    updated_date_utc: str | None = None
    rows: list[ReportRow | None] | None = None


# ------------------------------------------------------------------ connections


class Connection(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One organisation this token reaches (xero-facts §1.6).

    `id` is the connection's (used to disconnect), `tenant_id` the organisation's (used on every call). Stamps are ISO
    without a zone, and mean UTC.
    """

    id: Guid
    tenant_id: Guid
    auth_event_id: str | None = None
    tenant_type: str | None = None
    tenant_name: str | None = None
    created_date_utc: str | None = None
    updated_date_utc: str | None = None

    @property
    def is_organisation(self) -> bool:
        return (self.tenant_type or "").upper() == "ORGANISATION"
