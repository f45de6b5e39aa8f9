"""What is particular to pushing an invoice, a customer or a product; everything else is `sync.push` alike for all.

A kind freezes the body, says whether it may go, looks, and tells an answer in the procedure's words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.answers import Reply
from counterfoil.core.intents import Push, Verdict
from counterfoil.core.pushing import Problem
from counterfoil.sync.epochs import Homes
from counterfoil.sync.looking import Looks
from counterfoil.sync.models import Connection, PushIntent
from counterfoil.xero.writing import Request, Written


@dataclass(frozen=True)
class Ground:
    """What the kinds stand on during one run."""

    connection: Connection
    company: OperatingCompany
    looks: Looks
    homes: Homes
    clock: Callable[[], dt.datetime]


@dataclass(frozen=True)
class Frozen:
    """A push after freezing, with the bytes that will be sent; no bytes: not frozen yet."""

    push: Push
    body: bytes | None = None


class Kind(Protocol):
    """One kind of intent."""

    def freeze(self, ground: Ground, row: PushIntent, push: Push, now_ms: int) -> Frozen:
        """Write the body down for good, or say why not yet."""

    def problem(self, ground: Ground, row: PushIntent, push: Push) -> Problem | None:
        """Why it may not go now, by what is known here."""

    def look(self, ground: Ground, row: PushIntent, push: Push) -> tuple[Verdict | None, int]:
        """What Xero shows of it, and when that look began. Raises as reading does."""

    def renumber(self, ground: Ground, row: PushIntent, push: Push) -> Frozen:
        """The next number, and the body with it."""

    def request(self, body: bytes) -> Request:
        """The one request that makes it."""

    def reply(self, row: PushIntent, push: Push, written: Written) -> Reply:
        """The answer in the procedure's words."""

    def settle(self, ground: Ground, row: PushIntent, push: Push, at: dt.datetime) -> None:
        """Tell the CRM what became of it, in the transaction that keeps it."""


def told(written: Written, **record: Any) -> Reply:
    """An answer without what depends on the kind."""
    return Reply(
        status=written.status,
        left=written.left,
        errors=written.errors,
        expired=written.expired,
        wait_ms=written.wait_ms,
        **record,
    )
