"""What people ask of the engine: a pass now, a stream afresh, other settings, another try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.crm.customers import services as customers
from counterfoil.sync import previews, retrying
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import (
    Connection,
    ConnectionState,
    Doubt,
    ImportSettings,
    Link,
    SetAside,
    StreamState,
)
from counterfoil.sync.settings import import_settings_of, rules_of
from counterfoil.sync.signals import nudge
from counterfoil.sync.streams import BY_KEY, CONTACTS

LIVE = (ConnectionState.CONNECTED, ConnectionState.WAITING)
# A change of these makes other records of the same contacts, so all contacts are read again.
REREAD = frozenset(
    {"street_fallback", "import_unflagged", "missing_records", "include_suppliers", "include_b2c"}
)
RECLASSIFY = frozenset({"b2c_mode", "b2c_pattern"})
# What a first import would bring depends on these, so a count of it is made anew (SY-8).
COUNTED = REREAD | RECLASSIFY | {"currency_import"}
# A pass under way works by the settings it began with, so it is stopped and goes on with the new ones.
OF_PASSES = COUNTED | {"default_account_manager", "default_role_code", "default_company_type"}


def pass_request(connection: Connection, *, actor: User | None, at: dt.datetime) -> None:
    """Ask for a pass at once ("Sync now"); harmless when one is running."""
    Connection.objects.filter(pk=connection.pk).update(pass_wanted_at=at)
    if actor is not None:
        audit_record(
            connection.operating_company,
            at=at,
            actor=actor,
            action="sync.requested",
            subject=f"connection:{connection.pk}",
            summary="Asked for a sync at once.",
        )
    transaction.on_commit(nudge.set)


def stream_reset(connection: Connection, stream: str, *, actor: User, at: dt.datetime) -> bool:
    """Read one stream from the beginning again (SY-9). Nothing is deleted; equal records are not rewritten.

    When its last list lacked so much that it was not believed, the next one is, once: True. Whoever
    resets the stream then has read that in the problem beside the button.
    """
    with transaction.atomic():
        lease_break(connection.pk)  # a pass under way would write its own place in the stream over this
        state = StreamState.objects.filter(connection=connection, stream=stream)
        state.update(cursor_ms=None, walk=None, last_success_at=None)
        accepted = bool(state.filter(doubt=Doubt.DOUBTED).update(doubt=Doubt.ACCEPTED))
        said = " What Xero's next list no longer has is to be withdrawn." if accepted else ""
        audit_record(
            connection.operating_company,
            at=at,
            actor=actor,
            action="sync.stream_reset",
            subject=f"connection:{connection.pk}",
            summary=f"Asked to read {BY_KEY[stream].label.lower()} again from the beginning.{said}",
        )
        pass_request(connection, actor=None, at=at)
    return accepted


def import_settings_save(
    company: OperatingCompany, values: Mapping[str, Any], *, actor: User, at: dt.datetime
) -> ImportSettings:
    """Save changed import settings and carry out what they change at once (IS-1 to IS-5).

    `values` are cleaned form values by field name; `ledger_label` belongs to the company (IS-1).
    """
    with transaction.atomic():
        chosen = import_settings_of(company)
        before = {name: getattr(chosen, name) for name in values if name != "ledger_label"}
        changed = {name: values[name] for name in before if before[name] != values[name]}
        label = values.get("ledger_label", company.ledger_label)
        if OF_PASSES & changed.keys() or label != company.ledger_label:
            # First of all: a page that is just being stored is waited for, so it is among what is changed here.
            _passes_begin_anew(company, at=at)
        for name, value in changed.items():
            setattr(chosen, name, value)
        chosen.save()
        if label != company.ledger_label:
            customers.ledgers_relabel(company, label, actor=actor, at=at)
        if changed:
            audit_record(
                company,
                at=at,
                actor=actor,
                action="integration.settings",
                summary="Changed import settings: " + ", ".join(sorted(changed)).replace("_", " ") + ".",
                detail={name: [_shown(before[name]), _shown(value)] for name, value in changed.items()},
            )
        if RECLASSIFY & changed.keys():
            customers.b2c_reclassify(company, rules_of(company))
        if REREAD & changed.keys():
            _contacts_reread(company, at=at)
        if COUNTED & changed.keys() and (held := previews.preview_of(company)) is not None:
            previews.preview_request(held.connection, actor=actor, at=at)
    return chosen


def set_aside_retry(item: SetAside, *, actor: User, at: dt.datetime) -> None:
    """Read a record that was set aside again with the next pass, which starts at once (SY-10).

    Only that record where Xero gives it alone; else its stream, which is then a short one or has no other way.
    """
    if not retrying.has_address(item):
        stream_reset(item.connection, item.stream, actor=actor, at=at)
        return
    with transaction.atomic():
        SetAside.objects.filter(pk=item.pk).update(retry_wanted=True)
        audit_record(
            item.connection.operating_company,
            at=at,
            actor=actor,
            action="sync.set_aside_retry",
            subject=f"connection:{item.connection_id}",
            summary=f"Asked to try a record of {BY_KEY[item.stream].label.lower()} again ({item.xero_id}).",
        )
        pass_request(item.connection, actor=None, at=at)


def _passes_begin_anew(company: OperatingCompany, *, at: dt.datetime) -> None:
    """Whoever reads for this company now stops at the next page; a pass goes on where it was at once."""
    for connection in Connection.objects.of(company).filter(lease_until__isnull=False):
        lease_break(connection.pk)
        if connection.state in LIVE:
            pass_request(connection, actor=None, at=at)


def _contacts_reread(company: OperatingCompany, *, at: dt.datetime) -> None:
    """At once where it is read now; else as soon as it is resumed or connected again."""
    for connection in Connection.objects.of(company):
        lease_break(connection.pk)  # as in `stream_reset`
        Link.objects.filter(connection=connection, stream=CONTACTS.key).update(fingerprint="")
        StreamState.objects.filter(connection=connection, stream=CONTACTS.key).update(
            cursor_ms=None, walk=None, last_success_at=None
        )
        if connection.state in LIVE:
            pass_request(connection, actor=None, at=at)


def _shown(value: Any) -> str:
    """A value of a setting as the trail keeps it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)
