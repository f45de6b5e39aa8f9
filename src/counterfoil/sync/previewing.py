"""Count what a first import would bring (SY-8): read everything, decide about it, write none of it.

Contacts are decided by the import's own rules. Documents are mapped, and looked at for whose they are, because a contact
that is archived or no customer comes in all the same when a document needs it (SY-2). Only the count is stored.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.crm.customers import services as customers
from counterfoil.sync import membership, organisations, outcomes
from counterfoil.sync.leases import Lease, LeaseLost, lease_take
from counterfoil.sync.models import Connection, ConnectionState
from counterfoil.sync.owners import owner_name
from counterfoil.sync.preview_models import Preview, PreviewState
from counterfoil.sync.progress import calls_count
from counterfoil.sync.pull import Stopping
from counterfoil.sync.settings import ground_of, import_settings_of
from counterfoil.sync.storing import Prepared
from counterfoil.sync.streams import CONTACTS, CURRENCIES, IN_ORDER, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.verifying import PAGE_SIZE, whole_stream
from counterfoil.sync.work import Clock, now
from counterfoil.xero.client import Page
from counterfoil.xero.errors import Forbidden, RateLimited, TemporarilyUnavailable, XeroError

AGAIN = "Nothing was imported. Count again in a while, or import without a count: what cannot be read then is waited for."
UNFINISHED = (PreviewState.WAITING, PreviewState.RUNNING)
NAMES_SHOWN = 8
LEDGERS = (
    "sales_ledgers",
    "purchase_ledgers",
    "companies",
    "without_company",
    "consumers",
    "street_only",
)


@dataclass
class Counted:
    """What was found so far. `left_out`: contact → why, `out`: the contact itself.

    `needed`: whom sales and purchase documents belong to; `sides`: who comes in with a ledger for each anyway.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    out: dict[str, ContactValues] = field(default_factory=dict)
    called: Counter[str] = field(default_factory=Counter)
    needed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    sides: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def example(self, reason: str, name: str) -> None:
        shown = self.names.setdefault(reason, [])
        if len(shown) < NAMES_SHOWN and name:
            shown.append(name[:80])

    def add(self, foreseen: customers.Foreseen) -> None:
        for name in LEDGERS:
            self.reasons[name] += getattr(foreseen, name)


def previews_due(at: dt.datetime) -> list[int]:
    """Counts that wait, or were cut off, and whose connection nobody else uses now."""
    rows = Preview.objects.filter(
        state__in=UNFINISHED, connection__state=ConnectionState.PAUSED, connection__tokens__isnull=False
    ).select_related("connection")
    free = [row for row in rows if row.connection.lease_until is None or row.connection.lease_until < at]
    return [row.pk for row in sorted(free, key=lambda row: row.asked_at)]


def preview_run(preview_id: int, *, clock: Clock = now, page_size: int = PAGE_SIZE) -> None:
    """Count. Under a lease that another worker holds, nothing happens."""
    preview = Preview.objects.get(pk=preview_id)
    lease = lease_take(preview.connection_id, owner=owner_name(), at=clock())
    if lease is None:
        return
    try:
        _run(preview, lease, clock=clock, page_size=page_size)
    except (LeaseLost, Stopping):
        pass  # it begins anew at the next start, or the import itself has begun
    finally:
        lease.release()


def _run(preview: Preview, lease: Lease, *, clock: Clock, page_size: int) -> None:
    mine = Preview.objects.filter(pk=preview.pk)
    connection = Connection.objects.select_related("operating_company", "tokens").get(
        pk=preview.connection_id
    )
    try:
        Previewer(preview, connection, lease, clock=clock, page_size=page_size).run()
        mine.update(state=PreviewState.DONE, ended_at=clock())
    except (LeaseLost, Stopping):
        raise
    except Exception as error:  # noqa: BLE001  # the one place that decides what becomes of a count
        at = clock()
        told = membership.explained(connection, error, at=at)
        outcome = outcomes.pass_outcome(told, failures=0, at=at)
        if outcome.connection_state == ConnectionState.RECONNECT:
            _ended(mine, connection, outcome, at=at)
        else:
            mine.update(state=PreviewState.FAILED, problem=f"{_why(told)} {AGAIN}", ended_at=at)


def _ended(
    mine: QuerySet[Preview], connection: Connection, outcome: outcomes.Outcome, *, at: dt.datetime
) -> None:
    """Xero lets nobody in: it is held again, and counted anew, once somebody has connected again."""
    with transaction.atomic():
        still = Connection.objects.select_for_update(of=("self",)).select_related("operating_company")
        row = still.filter(pk=connection.pk, state=ConnectionState.PAUSED).first()
        if row is not None:
            outcomes.state_change(row, ConnectionState.RECONNECT, outcome.problem, at=at, cause=outcome.cause)
        mine.update(state=PreviewState.FAILED, problem=outcome.problem, ended_at=at)


def _why(error: Exception) -> str:
    if isinstance(error, RateLimited):
        what = "today's calls to Xero are used up" if error.kind == "day" else "Xero asks to slow down"
        return f"The count stopped, because {what}."
    if isinstance(error, TemporarilyUnavailable):
        return "The count stopped, because Xero cannot be reached or is out of order."
    if isinstance(error, XeroError):
        return f"The count stopped, because Xero's answer could not be used: {error.message}"
    return f"Counterfoil met a fault of its own ({type(error).__name__}); its log says more."


class Previewer:
    """One count under way, under the connection's lease like a pass. Raises as a pass does."""

    def __init__(
        self, preview: Preview, connection: Connection, lease: Lease, *, clock: Clock, page_size: int
    ) -> None:
        if connection.tokens is None:
            raise ValueError("a connection without tokens cannot be read")
        self._preview = preview
        self._connection = connection
        self._lease = lease
        self._clock = clock
        self._page_size = page_size
        self._ground = ground_of(connection)
        tokens = StoredTokens(connection.tokens.pk, connection.tokens)
        self._client = organisations.client_for(connection.tenant_id, tokens)
        self._counted = Counted()

    def run(self) -> None:
        by_hand = not import_settings_of(self._connection.operating_company).currency_import
        self._preview.streams, self._preview.calls = [], 0
        self._keep(state=PreviewState.RUNNING)
        barred: list[Exception] = []
        for stream in IN_ORDER:
            if by_hand and stream is CURRENCIES:
                continue
            try:
                self._stream(stream)
            except (Forbidden, *outcomes.OF_ONE_STREAM) as error:
                barred.append(self._passed_over(error, barred))
        if len(barred) == len(self._preview.streams):
            raise barred[0]  # what bars every stream is about the connection
        self._settle()
        self._keep()

    def _passed_over(self, error: Exception, before: list[Exception]) -> Exception:
        """Leave out a stream that cannot be read while others can, as an import does. Raises what is about them all."""
        told = next((one for one in before if isinstance(one, membership.RoleLost)), error)
        if isinstance(told, Forbidden):
            told = membership.explained(self._connection, told, at=self._clock())
        if not isinstance(told, outcomes.OF_ONE_STREAM):
            raise told from error
        self._preview.streams[-1]["problem"] = outcomes.stream_problem(told)
        self._keep()
        return told

    def _stream(self, stream: Stream) -> None:
        row: dict[str, Any] = {
            "stream": stream.key,
            "label": stream.label,
            "found": 0,
            "created": 0,
            "refused": 0,
        }
        self._preview.streams.append(row)
        pages = whole_stream(
            self._client, stream, self._ground, page_size=self._page_size, counted=self._answered
        )
        seen: set[str] = set()
        for page in pages:
            good = {key: one.value for key, one in page.good.items() if key not in seen}
            row["refused"] += len(page.refused.keys() - seen)
            row["created"] += len(good)
            seen |= page.good.keys() | page.refused.keys()
            row["found"] = len(seen)
            self._decide(stream, page, list(good.values()))
            self._keep()

    def _decide(self, stream: Stream, page: Prepared, values: list[Any]) -> None:
        counted = self._counted
        for reason, _ in page.refused.values():
            counted.reasons["refused"] += 1
            counted.example("refused", f"{stream.label}: {reason}")
        if stream.ledger:
            counted.needed[stream.ledger] |= {value.ledger_id for value in values}
        if stream is not CONTACTS:
            return
        foreseen = customers.contacts_foreseen(self._ground.company, values, rules=self._ground.rules)
        counted.left_out |= foreseen.left_out
        counted.out |= {one.external_id: one for one in values if one.external_id in foreseen.left_out}
        counted.sides["sales"] |= foreseen.sold
        counted.sides["purchase"] |= foreseen.bought
        counted.add(foreseen)
        counted.called.update(value.name.casefold() for value in values if value.is_active)

    def _settle(self) -> None:
        """What can be said only when all is read: whom documents bring in, and names that are there twice."""
        counted = self._counted
        came = self._come_with_documents()
        for xero_id, why in sorted(counted.left_out.items()):
            reason = "needed" if xero_id in came else f"out_{why}"
            counted.reasons[reason] += 1
            counted.example(reason, counted.out[xero_id].name)
        for row in self._preview.streams:
            if row["stream"] == CONTACTS.key:
                row["created"] -= len(counted.left_out) - len(came)
        for name, number in counted.called.items():
            if number > 1:
                counted.reasons["duplicate_names"] += number
                counted.example("duplicate_names", name)

    def _come_with_documents(self) -> set[str]:
        """Count whom only documents bring in, and the second side of whom comes in for the other alone (SY-2)."""
        counted, sides = self._counted, self._counted.sides
        sold, bought = counted.needed["sales"], counted.needed["purchase"]
        foreseen = customers.contacts_foreseen(
            self._ground.company,
            [value for key, value in counted.out.items() if key in sold | bought],
            rules=self._ground.rules,
            needed_sales=frozenset(sold),
            needed_purchase=frozenset(bought),
        )
        counted.add(foreseen)
        counted.reasons["sales_ledgers"] += len(sold & (sides["purchase"] - sides["sales"]))
        counted.reasons["purchase_ledgers"] += len(bought & (sides["sales"] - sides["purchase"]))
        return foreseen.sold | foreseen.bought

    def _answered(self, answer: Page[Any]) -> None:
        at = self._clock()
        self._lease.renew(at)
        self._preview.calls += 1
        calls_count(self._connection, 1, answer.wire_bytes, on=at.date())

    def _keep(self, **more: Any) -> None:
        counted = self._counted
        values = {"reasons": dict(counted.reasons), "names": counted.names} | more
        kept = {"streams": self._preview.streams, "calls": self._preview.calls}
        Preview.objects.filter(pk=self._preview.pk).update(**kept, **values)
