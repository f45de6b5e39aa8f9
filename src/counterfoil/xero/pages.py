"""One page of a list of Xero's: how it is asked for, and what came back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from counterfoil.xero import endpoints
from counterfoil.xero.answers import correlation_of
from counterfoil.xero.dates import modified_since, stamp_ms
from counterfoil.xero.decoding import Broken, Decoded, decode, records_tag
from counterfoil.xero.endpoints import Endpoint, R
from counterfoil.xero.errors import XeroError
from counterfoil.xero.governor import Priority
from counterfoil.xero.transport import Answer

# Guids, and codes such as tax types: nothing that could change the address or the list it stands in.
_ID = re.compile(r"[0-9A-Za-z_-]{1,100}")


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


class Ask(NamedTuple, Generic[R]):
    """What to ask for; see `XeroClient.page`."""

    endpoint: Endpoint[R]
    page: int | None = None
    page_size: int = 1000
    modified_since_ms: int | None = None
    ids: Sequence[str] | None = None
    unless: str | None = None
    priority: Priority = "background"

    @property
    def is_of_one(self) -> bool:
        """Whether its address names one record, which may be gone; a collection is always there."""
        return self.ids is not None and not self.endpoint.ids_parameter


def request_of(ask: Ask[Any]) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """Path, query and headers. ValueError for what the endpoint cannot do."""
    path, since = _path(ask.endpoint, ask.ids, ask.modified_since_ms), ask.modified_since_ms
    query = (
        ask.endpoint.query_by_id()
        if ask.is_of_one
        else ask.endpoint.query(page=ask.page or 1, page_size=ask.page_size, ids=ask.ids)
    )
    return path, query, {} if since is None else {"If-Modified-Since": modified_since(since)}


def checked_id(one: str) -> str:
    """The id, if it may stand in an address; otherwise ValueError."""
    if not _ID.fullmatch(one):
        raise ValueError("This is not an id of Xero's.")
    return one


def _path(endpoint: Endpoint[R], ids: Sequence[str] | None, modified_since_ms: int | None) -> str:
    if modified_since_ms is not None and not endpoint.modified_since:
        raise ValueError(f"Xero cannot say what changed in {endpoint.name}.")
    if ids is None:
        return endpoint.path
    for one in ids:
        checked_id(one)
    if endpoint.ids_parameter:
        if not 0 < len(ids) <= endpoints.IDS_AT_ONCE:
            raise ValueError(f"Ask for 1 to {endpoints.IDS_AT_ONCE} ids at once.")
        return endpoint.path
    if len(ids) != 1:
        raise ValueError(f"Xero gives {endpoint.name} by id one at a time.")
    return f"{endpoint.path}/{ids[0]}"


def page_of(ask: Ask[R], answer: Answer) -> Page[R]:
    """What came back, decoded. Any XeroError, with the answer's correlation id, if it cannot be."""
    endpoint, unless = ask.endpoint, ask.unless
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
        page=content.page or ask.page or 1,
        page_size=content.page_size or ask.page_size,
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
