"""Reading one organisation's books: the only door through which the rest of the product reads Xero.

It sends, waits its turn, repeats reads where repeating is safe, refreshes a rejected token once, and decodes. It keeps
nothing between calls, knows nothing of the CRM, and never decides what a record means.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import random
from typing import Generic, Protocol

import msgspec

from counterfoil.xero import endpoints, records
from counterfoil.xero.answers import classify, correlation_of
from counterfoil.xero.dates import modified_since, stamp_ms
from counterfoil.xero.decoding import Broken, Decoded, decode, records_tag
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
from counterfoil.xero.transport import Answer, Hosts, Transport

__all__ = [
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

# Guids, and codes such as tax types: nothing that could change the address or the list it stands in.
_ID = re.compile(r"[0-9A-Za-z_-]{1,100}")
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


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One answer. `page_count` and `item_count` are None where Xero pages but did not say.

    `server_time_ms`: Xero's clock when it answered, the only one to take a watermark from; None if it did not say.
    `tag`: stands for the bytes of the records, where one was asked for. `not_modified`: nothing has changed, by Xero's
    word or since the tag is the one that was given; there are no records then.
    """

    records: list[R]
    broken: list[Broken]
    page: int
    page_size: int
    page_count: int | None
    item_count: int | None
    server_time_ms: int | None
    wire_bytes: int
    body_bytes: int
    not_modified: bool = False
    tag: str = ""

    @property
    def is_last(self) -> bool:
        """Whether nothing follows: by Xero's count of pages, or, without one, because this page is not full."""
        if self.not_modified:
            return True
        if self.page_count is not None:
            return self.page >= self.page_count
        return len(self.records) + len(self.broken) < self.page_size


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
        path = _path(endpoint, ids, modified_since_ms)
        by_id = path != endpoint.path
        asked_page = page or 1
        query = (
            endpoint.query_by_id() if by_id else endpoint.query(page=asked_page, page_size=page_size, ids=ids)
        )
        headers = (
            {} if modified_since_ms is None else {"If-Modified-Since": modified_since(modified_since_ms)}
        )
        answer = self._read(path, query, headers, priority, may_be_missing=by_id)
        return _page_of(endpoint, answer, asked_page, page_size, unless)

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
                f"Invoices/{_id(invoice_id)}/OnlineInvoice", {}, {}, priority, may_be_missing=True
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
        return self._read(f"Invoices/{_id(invoice_id)}", {}, headers, priority, may_be_missing=True).body

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
            answer, error = self._once(path, query, headers, token, priority)
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
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], token: str, priority: Priority
    ) -> tuple[Answer | None, XeroError | None]:
        """One call. What the governor raises while waiting goes straight to the caller."""
        with self._governor.slot(priority, max_wait_s=self._max_wait_s) as slot:
            try:
                answer = self._transport.send(
                    "GET",
                    f"{self._hosts.api}/{path}",
                    headers={**self._headers(token), **headers},
                    params=query,
                )
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


def _id(one: str) -> str:
    if not _ID.fullmatch(one):
        raise ValueError("This is not an id of Xero's.")
    return one


def _path(endpoint: Endpoint[R], ids: Sequence[str] | None, modified_since_ms: int | None) -> str:
    if modified_since_ms is not None and not endpoint.modified_since:
        raise ValueError(f"Xero cannot say what changed in {endpoint.name}.")
    if ids is None:
        return endpoint.path
    for one in ids:
        _id(one)
    if endpoint.ids_parameter:
        if not 0 < len(ids) <= endpoints.IDS_AT_ONCE:
            raise ValueError(f"Ask for 1 to {endpoints.IDS_AT_ONCE} ids at once.")
        return endpoint.path
    if len(ids) != 1:
        raise ValueError(f"Xero gives {endpoint.name} by id one at a time.")
    return f"{endpoint.path}/{ids[0]}"


def _page_of(
    endpoint: Endpoint[R], answer: Answer, asked_page: int, page_size: int, unless: str | None
) -> Page[R]:
    tag = "" if unless is None else records_tag(endpoint, answer.body)
    same = bool(tag) and tag == unless
    if same or answer.status in {204, 304}:
        content: Decoded[R] = Decoded([], [], None, None, None, None, stamp_ms(answer.headers.get("date")))
    else:
        content = _decoded(endpoint, answer)
    unpaged = not endpoint.paged
    count = len(content.records) + len(content.broken)
    return Page(
        records=content.records,
        broken=content.broken,
        page=content.page or asked_page,
        page_size=content.page_size or page_size,
        page_count=1 if unpaged else content.page_count,
        item_count=count if unpaged else content.item_count,
        server_time_ms=content.server_time_ms,
        wire_bytes=answer.wire_bytes,
        body_bytes=len(answer.body),
        not_modified=same or answer.status == 304,
        tag=tag,
    )


def _decoded(endpoint: Endpoint[R], answer: Answer) -> Decoded[R]:
    try:
        return decode(endpoint, answer.body)
    except XeroError as error:
        error.correlation_id = correlation_of(answer.headers)
        raise


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
