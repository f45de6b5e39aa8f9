"""Which row of an operating company an organisation is connected to, and what another organisation than before means.

A connection's row is an epoch (reliability 5.6): cursors, links and pushes belong to it. Another organisation gets a row
of its own, only when an administrator typed its name (CN-6). What the former one knew stays as history, is never sent to
the new one, and goes on when the former one is connected again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db.models import F
from msgspec.structs import replace

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.crm.products.services import products_leave_books
from counterfoil.sync import errands, sentences, wiring
from counterfoil.sync.absorbing import Absorber
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import (
    Connection,
    ConnectionRole,
    ConnectionState,
    Errand,
    Link,
    PushIntent,
    StreamState,
    TokenFamily,
)


class ConnectRefused(Exception):
    """Connecting cannot start or finish; the text is a sentence for the administrator."""


class AnotherOrganisation(Exception):
    """It is not the organisation that was connected before, and nobody has typed its name yet."""

    def __init__(self, former: Connection, name: str) -> None:
        super().__init__(name)
        self.former, self.name = former, name


def role_free(company: OperatingCompany, role: str, *, tenant_id: str = "") -> None:
    """Raises ConnectRefused while something is connected in this role that works; but for `tenant_id` itself."""
    held = Connection.objects.of(company).filter(
        role=role, state__in=[ConnectionState.CONNECTED, ConnectionState.WAITING]
    )
    if found := held.exclude(tenant_id=tenant_id).first():
        raise ConnectRefused(
            f"{company.name} is connected to {found.organisation_name} already. Disconnect it first to "
            "connect another organisation."
        )


def row_for(
    company: OperatingCompany, role: str, choice: Mapping[str, str], *, typed_name: str = ""
) -> Connection:
    """The row to connect: the company's earlier one to this organisation, or a new one (CN-4, CN-6).

    Raises ConnectRefused, or AnotherOrganisation until `typed_name` is the name of the organisation.
    """
    _check_nobody_else(company, role, choice)
    role_free(company, role, tenant_id=choice["tenant_id"])
    own = Connection.objects.of(company).filter(role=role).order_by("-connected_at")
    latest: Connection | None = own.first()
    is_typed = _same_name(typed_name, choice["name"])
    if latest is not None and latest.tenant_id != choice["tenant_id"] and not is_typed:
        raise AnotherOrganisation(latest, choice["name"])
    return own.filter(tenant_id=choice["tenant_id"]).first() or Connection(
        operating_company=company,
        role=role,
        tenant_id=choice["tenant_id"],
        organisation_name=choice["name"],
    )


def demo_allowed(is_demo: bool, name: str) -> None:
    """Raises ConnectRefused for a demo company on an installation that is marked as in real use (reliability 5.6)."""
    if is_demo and wiring.configuration().refuse_demo:
        raise ConnectRefused(
            f"{name} is a demo company of Xero, and this installation is for real books "
            "(COUNTERFOIL_REFUSE_DEMO). Nothing was stored."
        )


def books_fit(connection: Connection, currency: str, name: str) -> None:
    """Raises ConnectRefused when another organisation keeps its books in another currency than the former one.

    The CRM's totals are in home currency; in two they would add up to nothing.
    """
    former = former_of(connection)
    if former is None or connection.role != ConnectionRole.PRIMARY:
        return
    if currency and former.base_currency and currency != former.base_currency:
        raise ConnectRefused(
            f"{name} keeps its books in {currency}, and those of {former.organisation_name} are in "
            f"{former.base_currency}: totals would mix the two. Nothing was stored. Use a separate operating "
            "company for it."
        )


def former_of(connection: Connection) -> Connection | None:
    """The organisation that the company was connected to before, if this is about to be another one."""
    own = Connection.objects.of(connection.operating_company_id).filter(role=connection.role)
    latest = own.order_by("-connected_at").first()
    return latest if latest is not None and latest.tenant_id != connection.tenant_id else None


def former_leave(former: Connection, name: str, *, at: dt.datetime) -> TokenFamily | None:
    """Disconnect the former organisation here, for the one called `name`; in the caller's transaction.

    What was decided for it becomes work that carries its id and waits for it; ids may mean something else elsewhere.
    Returns its tokens, to be let go once the new one is stored: after a demo reset both have the same person's.
    """
    while Absorber(former, at=at).run():
        pass
    _errands_end(former, at=at)
    family = former.tokens
    former.state = ConnectionState.DISCONNECTED
    former.state_reason, former.state_cause = f"{name} was connected in its place.", ""
    former.state_since, former.tokens = at, None
    former.pass_wanted_at = former.next_pass_at = None
    former.save(
        update_fields=[
            "state",
            "state_reason",
            "state_cause",
            "state_since",
            "tokens",
            "pass_wanted_at",
            "next_pass_at",
        ]
    )
    lease_break(former.pk)
    return family


def epoch_begin(connection: Connection, former: Connection, *, actor: User, at: dt.datetime) -> None:
    """From now on this organisation's books count; in the caller's transaction, after both rows are stored."""
    company = connection.operating_company
    if connection.role == ConnectionRole.PRIMARY:
        products_leave_books(company, former.organisation_name, at=at)
    # An earlier epoch that begins again has cursors; what it knows was changed by the one in between.
    states = StreamState.objects.filter(connection=connection)
    states.update(cursor_ms=None, walk=None, last_success_at=None)
    Link.objects.filter(connection=connection).update(fingerprint="")
    audit_record(
        company,
        at=at,
        actor=actor,
        action="connection.switched",
        subject=f"connection:{connection.pk}",
        summary=f"Connected to {connection.organisation_name} in place of {former.organisation_name}, "
        "after typing its name.",
        detail={
            "organisation": [former.organisation_name, connection.organisation_name],
            "tenant_id": [former.tenant_id, connection.tenant_id],
        },
    )


class Homes:
    """Whether a record of the CRM lives in the organisation that is connected now, or only in a former one (O3)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        others = Connection.objects.of(connection.operating_company_id).filter(role=ConnectionRole.PRIMARY)
        self._formers: dict[int, str] = dict(
            others.exclude(pk=connection.pk).values_list("pk", "organisation_name")
        )
        self._tenants: dict[str, str] = dict(
            others.exclude(pk=connection.pk).values_list("tenant_id", "organisation_name")
        )

    def elsewhere(self, stream: str, xero_id: str | None) -> str:
        """The name of the former organisation that this id belongs to; "" when it is at home or nobody knows it."""
        if not self._formers or not xero_id:
            return ""
        links = Link.objects.filter(stream=stream, xero_id=xero_id)
        pushed = PushIntent.objects.of(self._connection.operating_company_id).filter(xero_id=xero_id)
        epochs = {row["epoch"] for row in pushed.values_list("push", flat=True)}
        if self._connection.tenant_id in epochs or links.filter(connection=self._connection).exists():
            return ""
        here = links.filter(connection__in=self._formers).values_list("connection", flat=True).first()
        if here is not None:
            return self._formers[here]
        return next((self._tenants[epoch] for epoch in epochs if epoch in self._tenants), "")


def _errands_end(former: Connection, *, at: dt.datetime) -> None:
    """Changes on their way to the former organisation stop; a person may try them again when it is back."""
    for row in Errand.objects.of(former.operating_company_id).filter(due_ms__isnull=False):
        words = sentences.of_former(sentences.name_of(row), former.organisation_name)
        update = replace(errands.update_of(row), state="refused", words=words)
        Errand.objects.filter(pk=row.pk).update(
            **errands.columns_of(update),
            lease_token=F("lease_token") + 1,
            lease_owner="",
            lease_until_ms=None,
            updated_at=at,
        )


def _check_nobody_else(company: OperatingCompany, role: str, choice: Mapping[str, str]) -> None:
    live = Connection.objects.filter(tenant_id=choice["tenant_id"]).exclude(
        state=ConnectionState.DISCONNECTED
    )
    holder = live.exclude(operating_company=company).select_related("operating_company").first()
    if holder:
        raise ConnectRefused(
            f"{choice['name']} is connected to {holder.operating_company.name} already, and a Xero "
            "organisation can serve only one operating company. Nothing was stored. Disconnect it there "
            "first, or choose another organisation."
        )
    if other := live.exclude(role=role).first():
        raise ConnectRefused(
            f"{choice['name']} is connected to {company.name} already, as its "
            f"{other.get_role_display().lower()} organisation. Nothing was stored. Choose another organisation."
        )


def _same_name(typed: str, name: str) -> bool:
    return bool(typed.strip()) and " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()
