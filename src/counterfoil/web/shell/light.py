"""The sync light in the top bar, and the banner when an Administrator has to act (TK-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.sync import causes
from counterfoil.sync.selectors import connections_now, light_of
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.standing import waiting_words
from counterfoil.sync.watching import silent_since, watch_if_due
from counterfoil.web.showing import ago_text, day_text


@dataclass(frozen=True)
class Light:
    colour: str
    text: str
    reason: str
    is_demo: bool = False


@dataclass(frozen=True)
class Banner:
    """`is_elsewhere`: the page of the connection says the same at its top, so it is for every other page."""

    tone: str
    text: str
    action: str
    is_elsewhere: bool = True


def light_and_banner(company: OperatingCompany, at: dt.datetime) -> tuple[Light, Banner | None]:
    """Both from one look at the connections; a second one counts where it is alone, or has to be made again."""
    primary, secondary = connections_now(company)
    connection = primary or secondary
    minutes = import_settings_of(connection.operating_company if connection else company).pass_minutes
    if connection is not None and silent_since(connection, at):
        watch_if_due(at)  # whoever opens a page notices, even if no worker runs (TK-6)
    colour, reason = light_of(connection, minutes, at)
    is_demo = connection is not None and connection.is_demo and connection.state != "disconnected"
    banner = _banner(primary) or _banner_of_second(secondary)
    return Light(colour, _short(colour, connection, at), reason, is_demo), banner


def _short(colour: str, connection: Any, at: dt.datetime) -> str:
    if connection is None or connection.state == "disconnected":
        return "Not connected"
    if connection.state == "paused":
        return "Sync paused" if connection.last_pass_at else "Not imported yet"
    if colour == "red":
        if connection.state == "reconnect":
            return "Reconnect Xero"
        return "Cannot send" if connection.sending_cause else "Sync fails"
    if connection.last_pass_at is None:
        return "First sync"
    return f"Synced {ago_text(connection.last_pass_at, at)}"


def _banner(connection: Any) -> Banner | None:
    """Since when, why, what waits, and that nothing is lost; the next step is on the page it leads to."""
    if connection is None:
        return None
    if connection.state == "disconnected" and connection.unfinished:
        said = "Xero did not confirm all of disconnecting. Nothing is lost here; something is left to do in Xero."
        return Banner("bad", said, "What to do")
    if connection.state == "paused" and connection.last_pass_at is None:
        said = f"Nothing is imported from {connection.organisation_name[:80]} yet: it is counted first what would come in."
        return Banner("warn", said, "Look at it")
    if connection.state == "paused":
        day = day_text(timezone.localtime(connection.state_since))
        return Banner(
            "warn", f"The connection to Xero is paused, since {day}. {connection.state_reason}", "Resume"
        )
    if connection.state != "reconnect":
        return _barred(connection)
    since = timezone.localtime(connection.state_since)
    return Banner(
        "bad",
        f"Xero has to be connected again, since {day_text(since)}, {since:%H:%M}. "
        f"{connection.state_reason} {waiting_words(connection.operating_company)}",
        "Reconnect",
    )


def _banner_of_second(secondary: Any) -> Banner | None:
    if secondary is None or secondary.state != "reconnect":
        return None
    since = timezone.localtime(secondary.state_since)
    return Banner(
        "bad",
        f"The second organisation, {secondary.organisation_name[:80]}, has to be connected again, since "
        f"{day_text(since)}, {since:%H:%M}. {secondary.state_reason}",
        "Reconnect",
        is_elsewhere=False,
    )


def _barred(connection: Any) -> Banner | None:
    """It is read, but nothing goes out (CN-10)."""
    if not connection.sending_cause:
        return None
    since = timezone.localtime(connection.sending_since)
    waiting = waiting_words(connection.operating_company)
    return Banner(
        "bad",
        f"Nothing can be sent to Xero, since {day_text(since)}, {since:%H:%M}. "
        f"{causes.sending_reason(connection)} {waiting}",
        "What to do",
    )
