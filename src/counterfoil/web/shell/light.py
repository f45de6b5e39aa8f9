"""The sync light in the top bar, and the banner when an Administrator has to act (TK-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.sync.selectors import connection_of, light_of
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.showing import ago_text, day_text


@dataclass(frozen=True)
class Light:
    colour: str
    text: str
    reason: str
    is_demo: bool = False


@dataclass(frozen=True)
class Banner:
    tone: str
    text: str
    action: str


def light_and_banner(company: OperatingCompany, at: dt.datetime) -> tuple[Light, Banner | None]:
    """Both from one look at the connection."""
    connection = connection_of(company)
    minutes = import_settings_of(company).pass_minutes
    colour, reason = light_of(connection, minutes, at)
    is_demo = connection is not None and connection.is_demo and connection.state != "disconnected"
    return Light(colour, _short(colour, connection, at), reason, is_demo), _banner(connection)


def _short(colour: str, connection: Any, at: dt.datetime) -> str:
    if connection is None or connection.state == "disconnected":
        return "Not connected"
    if connection.state == "paused":
        return "Sync paused"
    if colour == "red":
        return "Reconnect Xero" if connection.state == "reconnect" else "Sync fails"
    if connection.last_pass_at is None:
        return "First sync"
    return f"Synced {ago_text(connection.last_pass_at, at)}"


def _banner(connection: Any) -> Banner | None:
    if connection is not None and connection.state == "paused":
        since = day_text(connection.state_since)
        return Banner(
            "warn", f"The connection to Xero is paused, since {since}. {connection.state_reason}", "Resume"
        )
    if connection is None or connection.state != "reconnect":
        return None
    return Banner(
        "bad",
        f"Xero has to be connected again, since {day_text(connection.state_since)}. "
        f"{connection.state_reason} Nothing is lost: reading goes on from where it stopped.",
        "Reconnect",
    )
