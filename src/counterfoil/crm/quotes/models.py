"""Quotes, which become orders when they are confirmed; their versions, numbers and settings."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from counterfoil.accounts.models import Owned, Role
from counterfoil.core.lifecycle import NAMES, Stage
from counterfoil.crm.customers.models import Contact, SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.database.fields import MoneyField, RateField

STAGES = [(stage.value, name) for stage, name in NAMES.items()]


class LineAmountTypes(models.TextChoices):
    """What prices mean; the spelling is Xero's."""

    EXCLUSIVE = "Exclusive", "Tax exclusive"
    INCLUSIVE = "Inclusive", "Tax inclusive"
    NO_TAX = "NoTax", "No tax"


class DeliveryMode(models.TextChoices):
    NONE = "none", "None"
    MANUAL = "manual", "By hand"
    AUTOMATIC = "automatic", "By order value"


class PushState(models.TextChoices):
    """Where the invoice of an order stands, as the sync last reported it."""

    NONE = "", "Nothing to send"
    WAITING = "waiting", "Waiting for Xero"
    CHECKING = "checking", "Checking with Xero"
    REFUSED = "refused", "Refused by Xero"
    SENT = "sent", "In Xero"
    SKIPPED = "skipped", "Not sent"


class Quote(Owned):
    """A rep's offer; once confirmed, an order.

    `uuid` names it for ever, also after a restored backup. `version` is what customers see; `edit_version`
    grows with every change and is what two tabs are told apart by. `rate` is units of `currency` per
    one unit of home currency, empty when nobody knows it (TX-3). `order_revision` counts confirmations;
    `sent_revision` is the one that the books have.
    Totals are in `currency`, `home_total` and `cost` in home currency.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    edit_version = models.PositiveIntegerField(default=0)
    sales_ledger = models.ForeignKey(
        SalesLedger, on_delete=models.PROTECT, related_name="quotes", db_index=False
    )
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    stage = models.CharField(max_length=10, choices=STAGES, default=Stage.DRAFT.value)
    stage_since = models.DateTimeField()
    lost_reason = models.TextField(blank=True)
    title = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    rate = RateField(null=True)
    rate_on = models.DateField(null=True)
    rate_source = models.CharField(max_length=60, blank=True)
    rate_problem = models.TextField(blank=True)
    line_amount_types = models.CharField(
        max_length=10, choices=LineAmountTypes.choices, default=LineAmountTypes.EXCLUSIVE
    )
    customer_reference = models.CharField(max_length=255, blank=True)
    date = models.DateField()
    valid_until = models.DateField(null=True)
    due_date = models.DateField(null=True)
    delivery_mode = models.CharField(max_length=10, choices=DeliveryMode.choices, default=DeliveryMode.NONE)
    delivery_product = models.ForeignKey(ProductItem, null=True, on_delete=models.SET_NULL, related_name="+")
    delivery_code = models.CharField(max_length=100, blank=True)
    delivery_description = models.TextField(blank=True)
    delivery_charge = MoneyField(default=0)
    delivery_net = MoneyField(default=0)
    delivery_tax = MoneyField(default=0)
    delivery_gross = MoneyField(default=0)
    delivery_tax_type = models.CharField(max_length=60, blank=True)
    delivery_tax_rate = RateField(default=0)
    delivery_tax_why = models.TextField(blank=True)
    delivery_analysis = models.CharField(max_length=50, blank=True)
    notes = models.TextField(blank=True)
    internal_notes = models.TextField(blank=True)
    net = MoneyField(default=0)
    tax = MoneyField(default=0)
    total = MoneyField(default=0)
    home_total = MoneyField(null=True)
    cost = MoneyField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    order_revision = models.PositiveIntegerField(default=0)
    sent_revision = models.PositiveIntegerField(default=0)
    document = models.OneToOneField(
        SalesOrderHeader, null=True, on_delete=models.SET_NULL, related_name="quote"
    )
    push_state = models.CharField(max_length=10, choices=PushState.choices, blank=True)
    push_words = models.TextField(blank=True)
    push_at = models.DateTimeField(null=True)
    invoice_id = models.CharField(max_length=36, blank=True)
    invoice_number = models.CharField(max_length=255, blank=True)
    invoice_status = models.CharField(max_length=30, blank=True)
    difference = MoneyField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # No column: the lines as a service left them just now, so that the answer need not read them again.
    lines_settled: list[QuoteLine] | None = None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "number"], name="quote_number_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "stage", "-date", "-id"], name="quote_by_stage"),
            models.Index(fields=["operating_company", "-date", "-id"], name="quote_by_date"),
            models.Index(fields=["sales_ledger", "-date"], name="quote_by_ledger"),
            models.Index(fields=["operating_company", "invoice_id"], name="quote_by_invoice"),
        ]


class LineKind(models.TextChoices):
    ITEM = "item", "Item"
    TEXT = "text", "Text"
    HEADING = "heading", "Heading"


class QuoteLine(Owned):
    """One line of a quote with a snapshot of everything it was made from (PU-10).

    A heading starts a group, whose name its lines carry. `cost_price` is in home currency per unit.
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    group = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8, choices=LineKind.choices, default=LineKind.ITEM)
    is_optional = models.BooleanField(default=False)
    product = models.ForeignKey(ProductItem, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    extended_description = models.TextField(blank=True)
    quantity = MoneyField(null=True)
    unit_price = MoneyField(null=True)
    price_note = models.TextField(blank=True)
    discount_rate = RateField(default=0)
    tax_type = models.CharField(max_length=60, blank=True)
    tax_rate = RateField(default=0)
    tax_why = models.TextField(blank=True)
    tax_by_hand = models.BooleanField(default=False)
    analysis = models.CharField(max_length=50, blank=True)
    cost_price = MoneyField(null=True)
    net = MoneyField(default=0)
    tax = MoneyField(default=0)
    gross = MoneyField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [models.Index(fields=["quote", "position"], name="quote_line_by_position")]


class VersionMoment(models.TextChoices):
    SENT = "sent", "Sent"
    REVISED = "revised", "Before a revision"
    CONFIRMED = "confirmed", "Confirmed"


class QuoteVersion(Owned):
    """The whole quote as it was at a moment. Versions are only ever added.

    `content` of a confirmed one is what the invoice is made from (core.quoting.order_content).
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    moment = models.CharField(max_length=10, choices=VersionMoment.choices)
    order_revision = models.PositiveIntegerField(default=0)
    content = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["quote", "order_revision"],
                condition=models.Q(moment="confirmed"),
                name="order_revision_once",
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A version of a quote never changes.")
        super().save(*args, **kwargs)


class NumberSeries(Owned):
    """Counts the quotes, and the invoices where the CRM numbers them."""

    name = models.CharField(max_length=20)
    prefix = models.CharField(max_length=20)
    next = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "name"], name="number_series_once")
        ]


class InvoiceStatus(models.TextChoices):
    """IS-7: as what an invoice is made."""

    DRAFT = "DRAFT", "Draft"
    SUBMITTED = "SUBMITTED", "Submitted for approval"
    AUTHORISED = "AUTHORISED", "Approved"


def _margin_roles() -> list[str]:
    return [Role.ADMINISTRATOR.value, Role.SALES.value, Role.ACCOUNTS.value]


class QuoteSettings(models.Model):
    """How an operating company quotes. Amounts are in home currency."""

    operating_company = models.OneToOneField(
        "accounts.OperatingCompany", on_delete=models.CASCADE, related_name="quote_settings"
    )
    terms_days = models.PositiveSmallIntegerField(default=30)
    valid_days = models.PositiveSmallIntegerField(default=30)
    line_amount_types = models.CharField(
        max_length=10, choices=LineAmountTypes.choices, default=LineAmountTypes.EXCLUSIVE
    )
    default_analysis = models.CharField(max_length=50, blank=True)
    # Country type → tax type (TX-2); what is not in it is worked out.
    default_tax_types = models.JSONField(default=dict)
    delivery_mode = models.CharField(max_length=10, choices=DeliveryMode.choices, default=DeliveryMode.NONE)
    delivery_product = models.ForeignKey(ProductItem, null=True, on_delete=models.SET_NULL, related_name="+")
    delivery_description = models.CharField(max_length=200, default="Delivery")
    delivery_analysis = models.CharField(max_length=50, blank=True)
    delivery_tax_type = models.CharField(max_length=60, blank=True)
    delivery_charge = MoneyField(default=0)
    delivery_free_over = MoneyField(null=True, blank=True)
    combine_descriptions = models.BooleanField(default=False)
    invoice_status = models.CharField(
        max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT
    )
    own_numbering = models.BooleanField(default=False)
    number_prefix = models.CharField(max_length=20, default="CRM-")
    require_reference = models.BooleanField(default=False)
    require_address = models.BooleanField(default=False)
    margin_roles = models.JSONField(default=_margin_roles)
