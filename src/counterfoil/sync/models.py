"""The engine's truth: connections, tokens, cursors, links, passes, what was set aside.

A job is only a nudge to look at these rows, so a crash or a restart can lose or double nothing.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from counterfoil.accounts.models import OperatingCompany, Owned
from counterfoil.crm.customers.models import CompanyType, SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote
from counterfoil.sync.alert_models import (  # noqa: F401  # as below
    AlertDelivery,
    AlertSettings,
    Incident,
    IncidentKind,
)
from counterfoil.sync.loading_models import IndexPutOff  # noqa: F401  # as below
from counterfoil.sync.place_models import CallPlace  # noqa: F401  # as below
from counterfoil.sync.preview_models import Preview  # noqa: F401  # as below
from counterfoil.sync.verify_models import Difference, Verification  # noqa: F401  # as below
from counterfoil.sync.webhook_models import (  # noqa: F401  # Django looks for an app's models here
    HeardStream,
    Hearing,
    Untold,
    WebhookApp,
    WebhookDelivery,
    WebhookEvent,
)


class AppKind(models.TextChoices):
    WEB = "web", "Web app"
    CUSTOM = "custom", "Custom connection"


class AppScopes(models.TextChoices):
    GRANULAR = "granular", "Made since 2 March 2026"
    BROAD = "broad", "Made before 2 March 2026"


class XeroApp(models.Model):
    """An app that somebody registered with Xero, entered in the CRM (CN-7, CN-8).

    Without an operating company it is the whole installation's. `is_current`: new connections are made with it; an
    app that was replaced stays as long as tokens of it are kept. A custom connection's app belongs to its tokens and
    is never current.
    """

    operating_company = models.ForeignKey(
        OperatingCompany, null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=6, choices=AppKind.choices, default=AppKind.WEB)
    client_id = models.CharField(max_length=100)
    secret_sealed = models.BinaryField()
    scopes = models.CharField(max_length=8, choices=AppScopes.choices, default=AppScopes.GRANULAR)
    is_current = models.BooleanField(default=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operating_company"], condition=models.Q(is_current=True), name="xero_app_once"
            ),
            models.UniqueConstraint(
                fields=["is_current"],
                condition=models.Q(is_current=True, operating_company=None),
                name="xero_app_of_all_once",
            ),
        ]


class TokenFamily(models.Model):
    """The tokens that one Xero user's consents gave one app.

    All organisations of that user share them, whichever operating company they serve (xero-facts 1.4), so there is one
    row for each user and app. Both tokens are sealed; `version` grows with each rotation and is what a refresh compares
    before it sets. `app` empty: the app of the environment. A custom connection has no user and no refresh token.
    """

    client_id = models.CharField(max_length=100)
    xero_user_id = models.CharField(max_length=36, blank=True)
    app = models.ForeignKey(XeroApp, null=True, on_delete=models.PROTECT, related_name="families")
    authorised_by = models.CharField(max_length=200, blank=True)
    access_sealed = models.BinaryField()
    refresh_sealed = models.BinaryField()
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    scopes = models.TextField(blank=True)
    version = models.IntegerField(default=1)
    refresh_claimed_until = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client_id", "xero_user_id"],
                condition=~models.Q(xero_user_id=""),
                name="token_family_once",
            )
        ]


class ConnectionRole(models.TextChoices):
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"


class ConnectionState(models.TextChoices):
    CHOOSING = "choosing", "Choose an organisation"
    CONNECTED = "connected", "Connected"
    WAITING = "waiting", "Waiting for Xero"
    RECONNECT = "reconnect", "Reconnect needed"
    PAUSED = "paused", "Paused"
    DISCONNECTED = "disconnected", "Disconnected"


class Cause(models.TextChoices):
    """Why a connection has to be made again (TK-2, TK-3); `sync.causes` says it in sentences."""

    ENDED = "ended", "The permission has ended"
    REMOVED = "removed", "Disconnected in Xero"
    ROLE = "role", "The person lost access"
    SCOPE = "scope", "A permission is missing"
    UNKNOWN = "unknown", "Not accepted any more"
    APP = "app", "The app's registration"
    KEYS = "keys", "A key is missing here"


class Connection(Owned):
    """One Xero organisation connected to one operating company (CN-4): an epoch (reliability 5.6).

    Links and cursors belong to it, and what is pushed carries its `tenant_id`, so nothing crosses from one organisation
    to another. Another organisation gets a row of its own; the row of the former one stays, disconnected.
    `balances_due`: contacts whose balances are still to be read, since documents of theirs changed (SY-6).
    `member_at`: when Xero's list of connections last had it. `sending_cause`: why Xero takes nothing from the person who
    connected although it may be read (CN-10), since `sending_since`. `unfinished`: what Xero did not confirm when it was
    disconnected, for a person to look after (TK-4).
    """

    role = models.CharField(max_length=10, choices=ConnectionRole.choices)
    way = models.CharField(max_length=6, choices=AppKind.choices, default=AppKind.WEB)
    state = models.CharField(max_length=14, choices=ConnectionState.choices)
    state_reason = models.TextField(blank=True)
    state_since = models.DateTimeField()
    state_cause = models.CharField(max_length=8, choices=Cause.choices, blank=True)
    sending_cause = models.CharField(max_length=8, choices=Cause.choices, blank=True)
    sending_since = models.DateTimeField(null=True)
    member_at = models.DateTimeField(null=True)
    unfinished = models.JSONField(default=list)
    tokens = models.ForeignKey(TokenFamily, null=True, on_delete=models.SET_NULL, related_name="connections")
    tenant_id = models.CharField(max_length=36)
    remote_id = models.CharField(max_length=36, blank=True)
    organisation_name = models.TextField()
    legal_name = models.TextField(blank=True)
    base_currency = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=2, blank=True)
    plan_class = models.CharField(max_length=40, blank=True)
    is_demo = models.BooleanField(default=False)
    short_code = models.CharField(max_length=20, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    tax_number = models.TextField(blank=True)
    authorised_by = models.CharField(max_length=200, blank=True)
    scopes = models.TextField(blank=True)
    prerequisites = models.JSONField(default=list)
    connected_at = models.DateTimeField()
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)
    pass_wanted_at = models.DateTimeField(null=True)
    next_pass_at = models.DateTimeField(null=True)
    last_pass_at = models.DateTimeField(null=True)
    last_data_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_token = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    limits = models.JSONField(default=dict)
    balances_due = models.JSONField(default=list)
    period_lock_date = models.DateField(null=True)
    year_end_lock_date = models.DateField(null=True)
    year_end_month = models.PositiveSmallIntegerField(null=True)
    year_end_day = models.PositiveSmallIntegerField(null=True)
    push_failures = models.IntegerField(default=0)
    push_not_before = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operating_company", "role"],
                condition=~models.Q(state="disconnected"),
                name="connection_role_once",
            ),
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=~models.Q(state="disconnected"),
                name="connection_tenant_once",
            ),
        ]


class ConnectAttempt(models.Model):
    """A way to Xero's consent page and back: one use, ten minutes (CN-2, CN-9).

    `look_first`: count what a first import would bring, and wait (SY-8).
    """

    state = models.CharField(max_length=64, unique=True)
    verifier_sealed = models.BinaryField()
    session_hash = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    operating_company = models.ForeignKey(OperatingCompany, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=ConnectionRole.choices)
    app = models.ForeignKey(XeroApp, null=True, on_delete=models.CASCADE, related_name="+")
    look_first = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    tokens = models.ForeignKey(TokenFamily, null=True, on_delete=models.SET_NULL, related_name="+")
    choices = models.JSONField(default=list)


class B2CMode(models.TextChoices):
    AUTOMATIC = "automatic", "Automatic"
    MANUAL = "manual", "By hand"


class MissingRecords(models.TextChoices):
    ALL = "all", "For all accounts"
    ACTIVE = "active", "For active accounts only"
    NONE = "none", "Not at all"


class ImportSettings(models.Model):
    """IS-2 to IS-5, IS-8 and IS-10, per operating company (IS-1 lives on the operating company itself).

    `day_reserve` empty: what the installation keeps back (COUNTERFOIL_DAY_RESERVE).

    `push_customers` and `push_products` send changes of what is in Xero already, `push_archived` archives the contact
    of a customer whom a user puts on stop (IS-10); `link_known_contacts`
    lets a new customer be linked without asking to a contact of its name with its tax number or e-mail;
    `note_orders` and `attach_quotes` leave a note and the quote on its invoice (PU-11).
    """

    operating_company = models.OneToOneField(
        OperatingCompany, on_delete=models.CASCADE, related_name="import_settings"
    )
    b2c_mode = models.CharField(max_length=10, choices=B2CMode.choices, default=B2CMode.AUTOMATIC)
    b2c_pattern = models.CharField(max_length=200, blank=True)
    missing_records = models.CharField(
        max_length=8, choices=MissingRecords.choices, default=MissingRecords.ACTIVE
    )
    include_suppliers = models.BooleanField(default=True)
    include_b2c = models.BooleanField(default=True)
    default_account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    default_role_code = models.CharField(max_length=60, blank=True)
    default_company_type = models.CharField(max_length=40, default=CompanyType.CUSTOMER)
    currency_import = models.BooleanField(default=True)
    street_fallback = models.BooleanField(default=False)
    import_unflagged = models.BooleanField(default=False)
    pass_minutes = models.PositiveSmallIntegerField(default=5)
    day_reserve = models.PositiveIntegerField(null=True)
    push_customers = models.BooleanField(default=True)
    push_products = models.BooleanField(default=True)
    push_archived = models.BooleanField(default=False)
    link_known_contacts = models.BooleanField(default=False)
    note_orders = models.BooleanField(default=True)
    attach_quotes = models.BooleanField(default=False)


class Doubt(models.TextChoices):
    DOUBTED = "doubted", "Too much is missing"
    ACCEPTED = "accepted", "What is missing is really gone"


class StreamState(models.Model):
    """How far one stream of one connection has been read.

    `cursor_ms` is the highest UpdatedDateUTC that is safely stored (ms since 1970; empty: never read);
    `walk` is the state of a read under way (`core.pulling`), so that a killed one resumes. `doubt`: a whole
    list lacked so much that it was not believed; a reset by a person after that accepts the next one.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=20)
    cursor_ms = models.BigIntegerField(null=True)
    walk = models.JSONField(null=True)
    done_once = models.BooleanField(default=False)
    last_success_at = models.DateTimeField(null=True)
    last_data_at = models.DateTimeField(null=True)
    read = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True)
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream"], name="stream_state_once")
        ]


class Link(models.Model):
    """One Xero record as last seen: its version and a fingerprint of what was stored.

    `outcome` is empty for a record that is in the CRM, otherwise why it is not (`archived`,
    `unflagged`, `supplier`); `label` names such a record in lists.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    stream = models.CharField(max_length=20)
    xero_id = models.CharField(max_length=36)
    fingerprint = models.CharField(max_length=40)
    updated_ms = models.BigIntegerField()
    outcome = models.CharField(max_length=20, blank=True)
    label = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "xero_id"], name="link_once")
        ]


class SetAside(models.Model):
    """A record that could not be applied: kept with its reason and as it came (SY-10).

    `lacks`: the contact it waits for; it is tried again once that is here. `retry_wanted`: a person asked for it.
    `dismissed_at`: a person wants to hear no more of it, until the record changes in Xero.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="set_aside")
    stream = models.CharField(max_length=20)
    xero_id = models.CharField(max_length=80)
    reason = models.TextField()
    raw = models.TextField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    attempts = models.IntegerField(default=1)
    lacks = models.CharField(max_length=36, blank=True)
    retry_wanted = models.BooleanField(default=False)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "xero_id"], name="set_aside_once")
        ]


class PassState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    WAITING = "waiting", "Waiting"
    FAILED = "failed", "Failed"
    # No run but what took back the runs before it: a line of its own in the history.
    UNDONE = "undone", "Undone"


class Pass(models.Model):
    """One run over the streams, with its progress as people watch it (SY-3).

    `progress` is a list in the order of SY-1: stream, label, done, total, written, set aside, state.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="passes")
    is_first = models.BooleanField(default=False)
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=8, choices=PassState.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField()
    calls = models.IntegerField(default=0)
    wire_bytes = models.BigIntegerField(default=0)
    progress = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    resumes_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["connection", "-started_at"], name="pass_by_time")]


class CallDay(models.Model):
    """Calls and bytes of one connection on one UTC day (SY-7; Xero bills bytes).

    `member_checks`: looks at Xero's list of connections, which are at most four a day.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="call_days")
    on = models.DateField()
    calls = models.IntegerField(default=0)
    wire_bytes = models.BigIntegerField(default=0)
    member_checks = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "on"], name="call_day_once")]


class Installation(models.Model):
    """The one row about this installation as a whole (reliability 5.4 and 5.6).

    `marker_key` makes its marks on invoices; it is in the database so that a restored one makes the
    same marks. `generation` grows with every send and is also in a file beside the database: a file
    that is ahead means that the database is a restored, older one.
    """

    marker_key = models.BinaryField()
    generation = models.BigIntegerField(default=0)
    generation_at = models.DateTimeField()
    backup_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)


class Leased(Owned):
    """Work that one worker does at a time: every write of a worker carries its `lease_token`.

    Times in ms since 1970, as `core.intents` has them. `due_ms` empty: not before a person or an event
    changes it.
    """

    due_ms = models.BigIntegerField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_token = models.IntegerField(default=0)
    lease_until_ms = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class IntentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    CONTACT = "contact", "Customer"
    ITEM = "item", "Product"


class PushIntent(Leased):
    """One thing to be made in Xero exactly once (PU-7). Written before anything is sent.

    `push` is the whole `core.intents.Push`; the columns beside it repeat what queries need. `body` is
    frozen: what is sent is these bytes. `order` is the UUID of the quote, ledger or the id of the
    product. A person who gives it up sets `skipped_at` with a reason.
    """

    kind = models.CharField(max_length=8, choices=IntentKind.choices)
    order = models.CharField(max_length=36)
    revision = models.PositiveIntegerField(default=1)
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+")
    ledger = models.ForeignKey(SalesLedger, null=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(ProductItem, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    marker = models.CharField(max_length=40, blank=True)
    xero_id = models.CharField(max_length=36, blank=True)
    push = models.JSONField()
    body = models.BinaryField(null=True)
    body_hash = models.CharField(max_length=64, blank=True)
    skipped_at = models.DateTimeField(null=True)
    skipped_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operating_company", "kind", "order", "revision"], name="push_intent_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["operating_company", "due_ms"],
                condition=models.Q(due_ms__isnull=False),
                name="push_intent_due",
            ),
            models.Index(fields=["operating_company", "marker"], name="push_intent_marker"),
            models.Index(fields=["operating_company", "xero_id"], name="push_intent_xero"),
            models.Index(fields=["operating_company", "state", "-updated_at"], name="push_intent_state"),
        ]


class PushAttempt(models.Model):
    """One Idempotency-Key and what came of it; `sends` of the same bytes went with it."""

    intent = models.ForeignKey(PushIntent, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=128, unique=True)
    body_hash = models.CharField(max_length=64)
    sends = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    status = models.IntegerField(null=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    words = models.TextField(blank=True)


class ErrandKind(models.TextChoices):
    """What may be repeated without harm."""

    CONTACT = "contact", "Customer changes"
    ITEM = "item", "Product changes"
    AMEND = "amend", "Changes of an order"
    NOTE = "note", "Note in the history"
    ATTACHMENT = "attachment", "Attached quote"


class Errand(Leased):
    """A change of something that is in Xero already (PU-2, PU-9, PU-11).

    `update` is the `core.pushing_updates.Update`. `wanted` holds what should be there, by field;
    `base` the values both sides agreed on last; `sent` what we sent since then, so that it is not taken for
    somebody else's; `conflict` both sides' values where both changed.
    """

    kind = models.CharField(max_length=10, choices=ErrandKind.choices)
    key = models.CharField(max_length=80)
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+")
    ledger = models.ForeignKey(SalesLedger, null=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(ProductItem, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)
    xero_id = models.CharField(max_length=36, blank=True)
    update = models.JSONField()
    wanted = models.JSONField(default=dict)
    base = models.JSONField(default=dict)
    sent = models.JSONField(default=dict)
    conflict = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    skipped_at = models.DateTimeField(null=True)
    skipped_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "kind", "key"], name="errand_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["operating_company", "due_ms"],
                condition=models.Q(due_ms__isnull=False),
                name="errand_due",
            ),
            models.Index(fields=["operating_company", "state", "-updated_at"], name="errand_state"),
        ]
