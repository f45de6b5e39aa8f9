"""The whole stand-in: its clock, its organisations and the switches for what nobody knows about the real Xero.

It holds state only; rules live under `resources`, the network's edges elsewhere.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .loading import load
from .seeds.shape import SeedData
from .store import Store

Listener = Callable[[str, str, str, dict[str, Any]], None]


@dataclass
class Switches:
    """Where the real behaviour is unknown: the assumption taken, and its alternative. Facts: xero-facts 8."""

    modified_since_inclusive: bool = False
    malformed_modified_since_rejected: bool = False
    valid_siblings_saved: bool = False
    invoice_number_matches: bool = True
    refresh_grace_same_pair: bool = False
    missing_scope_status: int = 401
    revoked_status: int = 403
    gzip: bool = True
    names_ignore_case: bool = True
    names_collapse_spaces: bool = True
    archived_items_rejected: bool = True
    credit_reduces_balances: bool = True
    restored_forgets_merge: bool = True
    purchase_order_billed_reversible: bool = True
    purchase_orders_list_deleted: bool = True
    redact_on_gdpr_request: bool = True
    bank_details_visible: bool = True
    webhook_on_payment: bool = True
    webhook_on_sent: bool = False
    webhook_on_attachment: bool = False
    refused_calls_count: bool = False
    oversized_reference_rejected: bool = True
    demo_may_email: bool = False


@dataclass
class Organisation:
    """One tenant. Listeners hear (category, resource id, CREATE or UPDATE, record) after each change."""

    tenant_id: str
    store: Store
    world: World
    listeners: list[Listener] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name as Xero shows it."""
        return str(self.store.organisation.get("Name", ""))

    def tell(self, category: str, resource_id: str, event_type: str, record: dict[str, Any]) -> None:
        """Report a change to whoever listens."""
        for listener in tuple(self.listeners):
            listener(category, resource_id, event_type, record)


class World:
    """Every organisation of one running stand-in."""

    def __init__(self, *, seed: int = 1, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.organisations: dict[str, Organisation] = {}
        self.switches = Switches()
        self.random = random.Random(seed)

    def guid(self) -> str:
        """A fresh id, the same run after run for the same seed and the same calls."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def organisation_add(self, data: SeedData) -> Organisation:
        """Load an organisation; its tenant id is its OrganisationID unless the seed says otherwise."""
        store = load(data, guid=self.guid)
        tenant_id = str(data.tenant_id or data.organisation["OrganisationID"])
        organisation = Organisation(tenant_id, store, self)
        with self.lock:
            self.organisations[tenant_id] = organisation
        return organisation

    def organisation_remove(self, tenant_id: str) -> None:
        """Take an organisation away; calls for its tenant have nothing to answer any more."""
        with self.lock:
            del self.organisations[tenant_id]

    def organisation_reset(self, tenant_id: str, data: SeedData) -> Organisation:
        """The 28-day reset of a demo company: new tenant id and short code, everything seeded anew (4.17)."""
        with self.lock:
            self.organisation_remove(tenant_id)
            fresh = self.guid()
            data.tenant_id = fresh
            short = "!" + fresh[:5].upper()
            data.organisation = {**data.organisation, "OrganisationID": fresh, "ShortCode": short}
            return self.organisation_add(data)
