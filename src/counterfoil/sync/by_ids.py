"""Records asked for by their ids, one of which Xero may be unable to give: its neighbours do not pay for it, nor the pass.

Seen with records that answer 500 whenever they are asked for. An outage looks the same at first; it ends the asking.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from counterfoil.xero.client import Broken, Page, XeroClient
from counterfoil.xero.endpoints import IDS_AT_ONCE, Endpoint
from counterfoil.xero.errors import NotFound, TemporarilyUnavailable

log = logging.getLogger(__name__)

# More answers in vain, one after the other, than two such records and the call for both of them make.
MOST_IN_VAIN = 3

Part = tuple[Sequence[str], list[Any], list[Broken]]


def records_by_id(
    client: XeroClient,
    endpoint: Endpoint[Any],
    ids: Sequence[str],
    count: Callable[[Page[Any]], None],
    *,
    lost: Callable[[str], object],
) -> Iterator[Part]:
    """Which ids were asked for, the records, and what cannot be read; what Xero does not have is in neither.

    `count` is told of each answer, and `lost` in the end of each id for which Xero has only an error. Raises as `XeroClient.page`, but
    NotFound, and a 500 only when several come one after the other.
    """
    size = IDS_AT_ONCE if endpoint.ids_parameter else 1
    waiting = deque(ids[start : start + size] for start in range(0, len(ids), size))
    in_vain = 0
    failed: list[str] = []
    while waiting:
        part = waiting.popleft()
        try:
            answer = client.page(endpoint, ids=part)
        except NotFound:
            yield part, [], []
        except TemporarilyUnavailable as error:
            in_vain += 1
            if error.status != 500 or in_vain > MOST_IN_VAIN:
                raise
            if len(part) > 1:
                waiting.extendleft([one] for one in reversed(part))
            else:
                log.warning("%s %s cannot be had from Xero by its id: %s", endpoint.name, part[0], error)
                failed.append(part[0])
        else:
            in_vain = 0
            count(answer)
            yield part, answer.records, answer.broken
    for one in failed:
        lost(one)
