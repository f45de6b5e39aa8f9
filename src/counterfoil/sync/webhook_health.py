"""How well Xero's webhooks reach one operating company, for the screens and for operators (ST-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sync import webhooks, wiring
from counterfoil.sync.models import Connection
from counterfoil.sync.selectors import connection_of
from counterfoil.sync.webhook_models import HeardStream, Hearing, WebhookApp
from counterfoil.sync.xero_apps import app_chosen

# `off`: no key. `unproven`: Xero has not called yet. `silent`: nothing about this organisation yet. `behind`: told, but
# not read. `gaps`: polls found what no event told. `good`: what is told of is polled less often.
State = Literal["off", "unproven", "silent", "behind", "gaps", "good"]


@dataclass(frozen=True)
class HeardRow:
    """One kind of record. `trusted`: told of so well that it is polled once an hour."""

    stream: str
    label: str
    last_event_at: dt.datetime | None
    gaps: int
    last_gap_at: dt.datetime | None
    trusted: bool


@dataclass(frozen=True)
class WebhookHealth:
    """`refused` counts wrong signatures since this process began; Xero sends some on purpose when it tries."""

    url: str
    state: State
    words: str
    key_source: str = ""
    key_set_at: dt.datetime | None = None
    intent_at: dt.datetime | None = None
    last_event_at: dt.datetime | None = None
    events: int = 0
    waiting: int = 0
    waiting_since: dt.datetime | None = None
    lag_ms: int | None = None
    gaps: int = 0
    last_gap_at: dt.datetime | None = None
    refused: int = 0
    refused_at: dt.datetime | None = None
    problem: str = ""
    rows: list[HeardRow] = field(default_factory=list)

    @property
    def lag_s(self) -> float | None:
        return None if self.lag_ms is None else self.lag_ms / 1000


def webhook_health(company: OperatingCompany, at: dt.datetime) -> WebhookHealth:
    """Everything the page about webhooks shows."""
    url = f"{wiring.configuration().url}{webhooks.PATH}"
    connection = connection_of(company)
    client_id = _client_id(company, connection)
    source = {one.client_id: one.source for one in webhooks.signing_keys()}.get(client_id, "")
    app = WebhookApp.objects.filter(client_id=client_id).first() or WebhookApp()
    rows = [] if connection is None else _rows(connection, at)
    hearing = Hearing.objects.filter(connection=connection).first() or Hearing()
    waiting, since = webhooks.waiting_of(connection) if connection else (0, None)
    last_event_at = max((row.last_event_at for row in rows if row.last_event_at), default=None)
    gaps_at = max((row.last_gap_at for row in rows if row.last_gap_at), default=None)
    state = _state(source, app.intent_at, last_event_at, since, gaps_at, at)
    return WebhookHealth(
        url=url,
        state=state,
        words=WORDS[state],
        key_source=source,
        key_set_at=app.key_set_at,
        intent_at=app.intent_at,
        last_event_at=last_event_at,
        events=hearing.events,
        waiting=waiting,
        waiting_since=since,
        lag_ms=hearing.lag_ms,
        gaps=sum(row.gaps for row in rows),
        last_gap_at=gaps_at,
        refused=webhooks.refusals.count,
        refused_at=webhooks.refusals.last_at,
        problem=hearing.problem,
        rows=rows,
    )


WORDS: dict[State, str] = {
    "off": "Webhooks are not set up. Changes arrive by polling.",
    "unproven": "A key is stored. Xero has not called yet; changes arrive by polling.",
    "silent": "Xero reaches Counterfoil. No event about this organisation has come yet.",
    "behind": "Events wait to be read for longer than ten minutes. Polling goes on as without webhooks.",
    "gaps": "Polling found changes that no webhook told of. Nothing was missed; polling is back to its full "
    "rhythm for a day.",
    "good": "Changes are told of within seconds. Polling is only a safety net for them.",
}


def _state(
    source: str,
    intent_at: dt.datetime | None,
    last_event_at: dt.datetime | None,
    waiting_since: dt.datetime | None,
    last_gap_at: dt.datetime | None,
    at: dt.datetime,
) -> State:
    if not source:
        return "off"
    if last_event_at is None:
        return "unproven" if intent_at is None else "silent"
    if waiting_since is not None and at - waiting_since > webhooks.BEHIND:
        return "behind"
    if last_gap_at is not None and at - last_gap_at <= webhooks.DISTRUST:
        return "gaps"
    return "good"


def _client_id(company: OperatingCompany, connection: Connection | None) -> str:
    """The app of the connection there is, or the one the next would be made with."""
    if connection is not None and connection.tokens is not None:
        return connection.tokens.client_id
    chosen = app_chosen(company)
    return chosen.client_id if chosen else ""


def _rows(connection: Connection, at: dt.datetime) -> list[HeardRow]:
    heard = {row.stream: row for row in HeardStream.objects.filter(connection=connection)}
    trusted = webhooks.trusted(connection, at)
    rows = []
    for stream in webhooks.STREAM_OF.values():
        row = heard.get(stream.key) or HeardStream()
        rows.append(
            HeardRow(
                stream.key, stream.label, row.last_event_at, row.gaps, row.last_gap_at, stream.key in trusted
            )
        )
    return rows
