"""What a connected organisation is: read right after connecting and daily (CN-2, CN-10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sync import wiring
from counterfoil.sync.models import Connection, ConnectionRole
from counterfoil.sync.prerequisites import prerequisites_of
from counterfoil.sync.xero_apps import scopes_needed
from counterfoil.sync.zones import iana_zone
from counterfoil.xero import records, scopes
from counterfoil.xero.client import Repeats, TokenSource, XeroClient
from counterfoil.xero.dates import document_date
from counterfoil.xero.governor import Turns

# How many calls `facts_read` makes.
FACTS_CALLS = 2
# The fields of a connection that `facts_keep` sets.
FACTS = (
    "organisation_name",
    "legal_name",
    "base_currency",
    "country",
    "plan_class",
    "is_demo",
    "short_code",
    "time_zone",
    "tax_number",
    "period_lock_date",
    "year_end_lock_date",
    "year_end_month",
    "year_end_day",
    "prerequisites",
    "checked_at",
)


@dataclass(frozen=True)
class Facts:
    organisation: records.Organisation
    actions: dict[str, str]
    granted: str

    @property
    def is_demo(self) -> bool:
        return bool(self.organisation.is_demo_company) or self.organisation.class_ == "DEMO"


def client_for(
    tenant_id: str,
    source: TokenSource,
    *,
    turns: Turns | None = None,
    repeats: Repeats | None = None,
    max_wait_s: float = 90.0,
) -> XeroClient:
    """A client bound to one organisation; every call carries its id and no other.

    `turns`: who gives its calls their turn; None under the connection's lease, else see `places`.
    """
    return XeroClient(
        wiring.transport(),
        wiring.hosts(),
        tenant_id,
        source,
        turns or wiring.governor(tenant_id),
        repeats=repeats or wiring.REPEATS,
        max_wait_s=max_wait_s,
    )


def facts_read(tenant_id: str, source: TokenSource, granted: str, *, turns: Turns | None = None) -> Facts:
    """`FACTS_CALLS` calls to Xero: Organisation and what its plan and this user's role allow. `turns` as of `client_for`."""
    client = client_for(tenant_id, source, turns=turns)
    actions = {action.name: action.status or "" for action in client.actions()}
    return Facts(client.organisation(), actions, granted)


def facts_keep(connection: Connection, facts: Facts, *, at: dt.datetime) -> None:
    """Set the facts on `connection` (the caller saves) and, if it is Primary, what its operating company takes over."""
    organisation = facts.organisation
    missing = scopes.granted_missing(facts.granted.split(), scopes_needed(connection.tokens))
    connection.organisation_name = organisation.name or connection.organisation_name
    connection.legal_name = organisation.legal_name or ""
    connection.base_currency = organisation.base_currency or ""
    connection.country = (organisation.country_code or "")[:2]
    connection.plan_class = organisation.class_ or ""
    connection.is_demo = facts.is_demo
    connection.short_code = organisation.short_code or ""
    connection.time_zone = iana_zone(organisation.timezone or "")
    connection.tax_number = organisation.tax_number or ""
    connection.period_lock_date = document_date(organisation.period_lock_date)
    connection.year_end_lock_date = document_date(organisation.end_of_year_lock_date)
    connection.year_end_month, connection.year_end_day = _year_end(organisation)
    connection.prerequisites = prerequisites_of(
        organisation.organisation_status, facts.actions, bool(missing)
    )
    connection.checked_at = at
    if connection.role == ConnectionRole.PRIMARY:
        _company_follow(connection.operating_company, connection)


def _year_end(organisation: records.Organisation) -> tuple[int | None, int | None]:
    """Month and day the financial year ends on; nothing where Xero leaves them out or they are no day."""
    month, day = organisation.financial_year_end_month, organisation.financial_year_end_day
    if month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 31):
        return None, None
    return month, day


def _company_follow(company: OperatingCompany, connection: Connection) -> None:
    """An operating company's books are the organisation's: its time zone always, currency and country from the start.

    What is overdue depends on the zone (IN-5), which may be changed in Xero at any time and is set nowhere else.
    """
    followed = {"time_zone": connection.time_zone}
    if connection._state.adding:
        followed |= {"home_currency": connection.base_currency, "home_country": connection.country}
    changed = [name for name, told in followed.items() if told and told != getattr(company, name)]
    for name in changed:
        setattr(company, name, followed[name])
    if changed:
        company.save(update_fields=changed)
