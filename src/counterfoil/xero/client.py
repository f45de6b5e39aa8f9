"""Reading one organisation's books: the only door through which the rest of the product reads Xero.

It sends, waits its turn, repeats reads where repeating is safe, refreshes a rejected token once, and decodes. It keeps
nothing between calls, knows nothing of the CRM, and never decides what a record means.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import random
from typing import Any, Protocol, TypeAlias

import msgspec

from counterfoil.xero import endpoints, records
from counterfoil.xero.answers import classify
from counterfoil.xero.decoding import Broken
from counterfoil.xero.endpoints import Endpoint, R
from counterfoil.xero.errors import (
    BadAnswer,
    NotFound,
    RateLimited,
    ReconnectNeeded,
    TemporarilyUnavailable,
    TokenExpired,
    XeroError,
)
from counterfoil.xero.governor import Priority, Turns
from counterfoil.xero.identity import (
    connection_delete,
    connections,
    revoke,
    token_client_credentials,
    token_exchange,
    token_refresh,
)
from counterfoil.xero.pages import Ask, Page, checked_id, page_of, request_of
from counterfoil.xero.transport import Answer, Hosts, Transport

__all__ = [
    "Ask",
    "Broken",
    "Page",
    "Repeats",
    "TokenSource",
    "XeroClient",
    "connection_delete",
    "connections",
    "revoke",
    "token_client_credentials",
    "token_exchange",
    "token_refresh",
]

# A call that pauses when its request has gone out and its answer has yet to come.
Call: TypeAlias = Generator[None, None, tuple["Answer | None", "XeroError | None"]]
PDF = "application/pdf"


class _OnlineInvoice(msgspec.Struct):
    OnlineInvoiceUrl: str = ""


class _OnlineInvoices(msgspec.Struct):
    OnlineInvoices: list[_OnlineInvoice] = []


class TokenSource(Protocol):
    """Where access tokens come from. Refreshing one at a time, and storing before use, is its task."""

    def access_token(self) -> str:
        """A token believed to be good."""

    def refreshed_after(self, rejected: str) -> str:
        """A token that is not `rejected`: refreshed now, or by somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often a read is repeated after a network failure or a 5xx, and how long to pause first."""

    times: int = 2
    first_pause_s: float = 0.5
    limit_times: int = 3

    def pause_s(self, failures: int, jitter: float) -> float:
        """Doubling, and between half of it and all of it."""
        return self.first_pause_s * 2.0 ** (failures - 1) * (0.5 + jitter / 2)


class XeroClient:
    """Thread-safe: share one per organisation and process. `clock` gives seconds since 1970."""

    def __init__(
        self,
        transport: Transport,
        hosts: Hosts,
        tenant_id: str,
        token_source: TokenSource,
        governor: Turns,
        clock: Callable[[], float] = time.time,
        *,
        repeats: Repeats | None = None,
        max_wait_s: float = 90.0,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random,
    ) -> None:
        self.tenant_id = tenant_id
        self._transport, self._hosts = transport, hosts
        self._tokens, self._governor = token_source, governor
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._repeats = repeats or Repeats()
        self._max_wait_s = max_wait_s

    def page(
        self,
        endpoint: Endpoint[R],
        *,
        page: int | None = None,
        page_size: int = 1000,
        modified_since_ms: int | None = None,
        ids: Sequence[str] | None = None,
        unless: str | None = None,
        priority: Priority = "background",
    ) -> Page[R]:
        """One page of `endpoint`; the whole collection where Xero does not page it.

        `page` counts from 1; None means the first, since an unpaged list has no lines (xero-facts §3.7). `ids` asks for
        those records only: up to 40, or exactly one where Xero has no such filter; then NotFound if it is gone.
        `unless`: the tag of an earlier answer, which need not be decoded again; "" asks for a tag alone.
        ValueError for what the endpoint cannot do; otherwise any XeroError.
        """
        ask = Ask(endpoint, page, page_size, modified_since_ms, ids, unless, priority)
        return page_of(ask, self._read(*request_of(ask), priority, may_be_missing=ask.is_of_one))

    def pages(self, asks: Sequence[Ask[Any]]) -> list[Page[Any] | XeroError | None]:
        """One page for each, asked for together and once, as many at a time as may go at once.

        A XeroError where asking again is of no use; None where it has to be asked alone, with patience or with the token
        that has taken the place of a rejected one. All in this thread: most such answers hold nothing, and handing them
        over costs more than they do.
        """
        found: list[Page[Any] | XeroError | None] = []
        under_way: deque[tuple[Ask[Any], Call]] = deque()
        token = self._tokens.access_token()
        with ExitStack() as stack:
            for ask in asks:
                while (call := self._sent(ask, token, stack)) is None and under_way:
                    found.append(self._ended(*under_way.popleft(), token))
                if call is None or None in found:
                    break
                under_way.append((ask, call))
            while under_way and None not in found:
                found.append(self._ended(*under_way.popleft(), token))
        return found + [None] * (len(asks) - len(found))

    def _sent(self, ask: Ask[Any], token: str, stack: ExitStack) -> Call | None:
        """The call on its way; None if it may not go at once, or did not get away."""
        call = self._once(*request_of(ask), token, ask.priority, 0.0)
        stack.callback(call.close)
        try:
            next(call)
        except (RateLimited, StopIteration):
            return None
        return call

    def _ended(self, ask: Ask[Any], call: Call, token: str) -> Page[Any] | XeroError | None:
        try:
            answer, error = _finished(call)
            if answer is not None and error is None:
                return page_of(ask, answer)
            if isinstance(error, TokenExpired):
                self._tokens.refreshed_after(token)
        except XeroError as failure:
            return failure
        if isinstance(error, TemporarilyUnavailable | RateLimited | TokenExpired):
            return None
        return _final(error, refreshed=False, may_be_missing=ask.is_of_one)

    def organisation(self, *, priority: Priority = "background") -> records.Organisation:
        """The organisation itself."""
        page = self.page(endpoints.ORGANISATION, priority=priority)
        if len(page.records) != 1:
            raise BadAnswer("Xero did not describe the organisation it was asked about.", status=200)
        return page.records[0]

    def actions(self, *, priority: Priority = "background") -> list[records.Action]:
        """What the organisation's plan allows."""
        return self.page(endpoints.ACTIONS, priority=priority).records

    def online_invoice(self, invoice_id: str, *, priority: Priority = "user") -> str:
        """The address where a customer sees and pays an invoice; "" for one that has none, such as a draft (§4.5)."""
        try:
            answer = self._read(
                f"Invoices/{checked_id(invoice_id)}/OnlineInvoice", {}, {}, priority, may_be_missing=True
            )
        except NotFound:
            return ""
        try:
            found = msgspec.json.decode(answer.body, type=_OnlineInvoices)
        except msgspec.DecodeError as error:
            raise BadAnswer("Xero did not say where the invoice is online.", status=answer.status) from error
        return found.OnlineInvoices[0].OnlineInvoiceUrl if found.OnlineInvoices else ""

    def invoice_pdf(self, invoice_id: str, *, priority: Priority = "user") -> bytes:
        """The invoice as Xero prints it (xero-facts §3.1). NotFound, or any XeroError."""
        headers = {"Accept": PDF}
        return self._read(
            f"Invoices/{checked_id(invoice_id)}", {}, headers, priority, may_be_missing=True
        ).body

    def _read(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        priority: Priority,
        *,
        may_be_missing: bool,
    ) -> Answer:
        """GET until there is an answer, or a reason to stop. Reads only: repeating a write could do it twice."""
        token = self._tokens.access_token()
        failures = limits = 0
        refreshed = False
        while True:
            answer, error = _finished(self._once(path, query, headers, token, priority, self._max_wait_s))
            if error is None and answer is not None:
                return answer
            if isinstance(error, TokenExpired) and not refreshed:
                token, refreshed = self._tokens.refreshed_after(token), True
            elif (
                isinstance(error, RateLimited) and error.kind != "day" and limits < self._repeats.limit_times
            ):
                limits += 1  # the governor waits
            elif _may_pass_soon(error) and failures < self._repeats.times:
                failures += 1
                self._sleep(self._repeats.pause_s(failures, self._jitter()))
            else:
                raise _final(error, refreshed=refreshed, may_be_missing=may_be_missing)

    def _once(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        token: str,
        priority: Priority,
        wait_s: float,
    ) -> Call:
        """One call. What the governor raises while waiting goes straight to the caller."""
        with self._governor.slot(priority, max_wait_s=wait_s) as slot:
            try:
                with self._transport.sending(
                    "GET",
                    f"{self._hosts.api}/{path}",
                    headers={**self._headers(token), **headers},
                    params=query,
                ) as answered:
                    yield
                    answer = answered()
            except TemporarilyUnavailable as error:
                return None, error
            slot.seen(answer.status, answer.headers)
        return answer, classify(
            answer.status,
            answer.headers,
            answer.body,
            self._clock(),
            secrets=(token,),
            is_pdf=headers.get("Accept") == PDF,
        )

    def _headers(self, token: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {token}",
            "xero-tenant-id": self.tenant_id,
            "Accept": "application/json",  # without it Xero sends XML (xero-facts §3.1)
        }


def _finished(call: Call) -> tuple[Answer | None, XeroError | None]:
    while True:
        try:
            next(call)
        except StopIteration as end:
            outcome: tuple[Answer | None, XeroError | None] = end.value
            return outcome


def _may_pass_soon(error: XeroError | None) -> bool:
    """A dropped connection or a stumble; not maintenance, which lasts minutes, nor what says when to come back."""
    return isinstance(error, TemporarilyUnavailable) and error.status != 503 and error.retry_after_s is None


def _final(error: XeroError | None, *, refreshed: bool, may_be_missing: bool) -> XeroError:
    if isinstance(error, TokenExpired) and refreshed and not error.expired:
        return ReconnectNeeded(
            "Xero does not know this connection's tokens, not even fresh ones; connect again.",
            correlation_id=error.correlation_id,
            status=error.status,
        )
    if isinstance(error, NotFound) and not may_be_missing:
        # A collection is always there: a 404 for one is a proxy's, or an address that does not reach Xero.
        return TemporarilyUnavailable(
            "Xero's address was not found.", correlation_id=error.correlation_id, status=error.status
        )
    return error or BadAnswer("Xero's answer could not be understood.")
