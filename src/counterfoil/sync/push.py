"""Bringing orders, customers and products into Xero, exactly once each (PU-7, reliability 5.4).

`core.pushing` decides every step; this module carries it out: it reads the clock, the table and Xero, and commits each
step before the next. Several workers of several processes may run at once; each intent has one at a time.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import connections, transaction
from msgspec.structs import replace

from counterfoil.changes.selectors import changes_due
from counterfoil.core import pushing
from counterfoil.core.answers import Answer, judge
from counterfoil.core.intents import (
    IN_XERO,
    Action,
    Announce,
    AskPerson,
    Check,
    Done,
    Freeze,
    Look,
    Push,
    Remove,
    Renumber,
    Wait,
)
from counterfoil.core.pushing import Problem
from counterfoil.crm.customers.services import CUSTOMER_CREATED
from counterfoil.crm.products.creation import PRODUCT_CREATED
from counterfoil.crm.quotes.services import ORDER_CONFIRMED
from counterfoil.sync import bodies, installations, organisations, outcomes, wiring
from counterfoil.sync.crashing import crashpoint
from counterfoil.sync.epochs import Homes
from counterfoil.sync.errand_run import ErrandRunner
from counterfoil.sync.looking import Looks
from counterfoil.sync.models import Connection, ConnectionState, PushAttempt, PushIntent
from counterfoil.sync.outbox import (
    LeaseGone,
    claim,
    due_ids,
    from_ms,
    keep,
    keep_made,
    stored,
    to_ms,
)
from counterfoil.sync.places import one_place
from counterfoil.sync.progress import calls_count
from counterfoil.sync.push_contacts import Contacts
from counterfoil.sync.push_invoices import Invoices
from counterfoil.sync.push_items import Items
from counterfoil.sync.push_kinds import Ground, Kind
from counterfoil.sync.settings import reserve_of
from counterfoil.sync.signals import stopping
from counterfoil.sync.tokens import StoredTokens
from counterfoil.xero import searching, writing
from counterfoil.xero.client import Page, Repeats, XeroClient
from counterfoil.xero.errors import RateLimited, XeroError
from counterfoil.xero.governor import Slot
from counterfoil.xero.writing import Writer, Written

log = logging.getLogger(__name__)

KINDS: dict[str, Kind] = {"invoice": Invoices(), "contact": Contacts(), "item": Items()}
# Changes that become intents, which go before everything else.
MADE_HERE = (ORDER_CONFIRMED, CUSTOMER_CREATED, PRODUCT_CREATED)
# How long a push waits for its turn under Xero's limits before it lets go of its lease, which lasts five minutes.
LONGEST_TURN_S = 70.0

Clock = Callable[[], dt.datetime]


class Held(Exception):
    """Xero's limits do not allow a call before `wait_s` are over."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"held back for {wait_s:.0f} s")
        self.wait_s = wait_s


class Pusher:
    """One run over the due intents of a connection's company."""

    def __init__(self, connection: Connection, *, clock: Clock, owner: str) -> None:
        if connection.tokens_id is None:
            raise ValueError("a connection without tokens cannot be written to")
        self.connection = connection
        self.done = 0
        self._clock = clock
        self._owner = owner
        self._tokens = StoredTokens(connection.tokens_id)
        reserve = reserve_of(connection.operating_company)
        self._turns = one_place(connection.tenant_id, day_reserve=reserve)
        self._writer = Writer(wiring.write_transport(), wiring.hosts(), connection.tenant_id)
        # A read is repeated by the procedure itself, when the push comes up again (reliability R11).
        client = organisations.client_for(
            connection.tenant_id, self._tokens, turns=self._turns, repeats=Repeats(times=0)
        )
        looks = Looks(connection.operating_company_id, client, self._now_ms, self._count_page)
        homes = Homes(connection)
        self.ground = Ground(connection, connection.operating_company, looks, homes, clock)
        self._client: XeroClient = client
        self._lock = threading.Lock()
        self._calls = self._wire_bytes = 0
        self._problem: Exception | None = None
        self._is_let_in = False

    # --- the run ---------------------------------------------------------------------------------------------------

    def run(self, *, workers: int) -> int:
        """Take up what is due until nothing is, or Xero stops us. Returns how many intents moved."""
        try:
            if workers == 1:
                self._work()
            else:
                self._work_in_threads(workers)
            if self._problem is None:
                self._errands()
        finally:
            calls_count(self.connection, self._calls, self._wire_bytes, on=self._clock().date())
        self._outcome_keep()
        return self.done

    def _work_in_threads(self, workers: int) -> None:
        with ThreadPoolExecutor(workers, thread_name_prefix="push") as pool:
            for future in [pool.submit(self._work_in_thread) for _ in range(workers)]:
                future.result()

    def _work_in_thread(self) -> None:
        try:
            self._work()
        finally:
            connections.close_all()

    def _work(self) -> None:
        while self._problem is None and not stopping.is_set():
            claimed = self._claim_next()
            if claimed is None:
                return
            crashpoint("K3")
            row, push = claimed
            try:
                self._drive(row, push)
            except LeaseGone:
                log.info("intent %s is another worker's now", row.pk)
            with self._lock:
                self.done += 1

    def _errands(self) -> None:
        """Changes of what is there already, when no order waits."""
        runner = ErrandRunner(
            self.ground,
            self._writer,
            self._turns,
            self._tokens,
            owner=self._owner,
            count=self._count,
            interrupted=self._is_wanted,
        )
        try:
            self.done += runner.run()
        except XeroError as error:
            self._stop(error)
        self._is_let_in |= runner.is_let_in

    def _is_wanted(self) -> bool:
        """Whether an order, a customer or a product has come up meanwhile."""
        company = self.ground.company
        return bool(
            due_ids(company.pk, self._now_ms(), most=1)
            or changes_due(company, MADE_HERE, at=self._clock(), most=1)
        )

    def _claim_next(self) -> tuple[PushIntent, Push] | None:
        now_ms = self._now_ms()
        for pk in due_ids(self.connection.operating_company_id, now_ms):
            claimed = claim(pk, owner=self._owner, now_ms=now_ms)
            if claimed is not None:
                return claimed
        return None

    def _drive(self, row: PushIntent, push: Push) -> None:
        """One intent from claim to release."""
        if push.epoch not in {"", self.connection.tenant_id}:
            self._leave(row, push)
            return
        while True:
            action = pushing.next_action(push, now_ms=self._now_ms())
            try:
                if isinstance(action, Announce):
                    push = self._announce_and_send(row, push)
                else:
                    push = self._step(row, push, action)
            except Held as held:
                self._release(row, replace(push, not_before_ms=self._now_ms() + int(held.wait_s * 1000)))
                self._stop(held)
                return
            except XeroError as error:
                self._stop(error)
                self._release(row, self._unlooked(push, action))
                return
            if push.lease_until_ms is None:
                return

    def _leave(self, row: PushIntent, push: Push) -> None:
        """Of a former organisation: it waits for that one, and nothing is asked or swept in this one (§5.6, O3)."""
        if push.state in IN_XERO:
            self._release(row, replace(push, sweep_at_ms=None, twins=()))
            return
        problem = Problem("other_organisation")
        self._keep(row, pushing.checked(push, problem, now_ms=self._now_ms()), push)

    def _step(self, row: PushIntent, push: Push, action: Action) -> Push:
        """Do what was decided and commit it. A push without a lease has been let go."""
        if isinstance(action, Wait | Done | AskPerson):
            return self._release(row, push)
        now_ms = self._now_ms()
        if isinstance(action, Freeze):
            frozen = self._kind(row).freeze(self.ground, row, push, now_ms)
            crashpoint("K4")
            return self._keep(row, frozen.push, push, body=frozen.body)
        if isinstance(action, Renumber):
            with transaction.atomic():  # a number that is taken and not kept would leave a gap
                renumbered = self._kind(row).renumber(self.ground, row, push)
                crashpoint("K7")
                return self._keep(row, renumbered.push, push, body=renumbered.body)
        if isinstance(action, Check):
            return self._keep(row, pushing.checked(push, self._problem_of(row, push), now_ms=now_ms), push)
        if isinstance(action, Look):
            verdict, started_ms = self._kind(row).look(self.ground, row, push)
            crashpoint("K5")
            looked = pushing.looked(push, verdict, started_ms=started_ms, now_ms=self._now_ms())
            if looked.state == "sent":
                crashpoint("K6")
            if looked.doubt:
                crashpoint("K8")
            return self._keep(row, looked, push)
        if isinstance(action, Remove):
            self._remove(row, action.twin.id, action.twin.updated_ms)
            return self._keep(row, pushing.twin_removed(push, now_ms=self._now_ms()), push)
        raise TypeError(f"{action} is not a step of this driver.")

    def _problem_of(self, row: PushIntent, push: Push) -> Problem | None:
        """Step 3: still connected; then what the kind knows."""
        connection = Connection.objects.get(pk=self.connection.pk)
        if connection.state not in {ConnectionState.CONNECTED, ConnectionState.WAITING}:
            return Problem("connection")
        return self._kind(row).problem(self.ground, row, push)

    # --- steps 5 to 8 ----------------------------------------------------------------------------------------------

    def _announce_and_send(self, row: PushIntent, push: Push) -> Push:
        """Wait for a turn first, so that nothing is announced that cannot be sent at once."""
        try:
            with self._turns.slot("user", max_wait_s=LONGEST_TURN_S) as slot:
                action = pushing.next_action(push, now_ms=self._now_ms())
                if not isinstance(action, Announce):
                    return push  # the look or the lease has grown too old while waiting
                return self._send(row, push, action, slot)
        except RateLimited as error:
            raise Held(error.retry_after_s) from error

    def _send(self, row: PushIntent, push: Push, action: Announce, slot: Slot) -> Push:
        token = self._tokens.access_token()
        if action.renew:
            token = self._tokens.refreshed_after(token)
        push = self._announce(row, push)
        crashpoint("K9")
        body = bytes(row.body or b"")
        now_ms = self._now_ms()
        allowed = (
            pushing.may_send(stored(row), owner=self._owner, token=push.lease_token, now_ms=now_ms)
            and bodies.body_hash(body) == row.body_hash
        )
        ends = time.monotonic() + ((push.lease_until_ms or now_ms) - now_ms) / 1000
        if allowed:
            crashpoint("K10")
            written = self._writer.send(self._kind(row).request(body), key=push.key, token=token, slot=slot)
            self._count(written.wire_bytes)
            self._is_let_in |= written.is_let_in
            answer = judge(self._kind(row).reply(row, push, written))
        else:
            written, answer = Written(left=False), Answer("not_sent")
        crashpoint("K11")
        after = pushing.answered(push, answer, now_ms=self._now_ms())
        effects = partial(self._attempt_end, row, push, written, answer)
        save = partial(self._keep, row, after, push, effects=effects)
        if after.state == "sent":
            kept = keep_made(save, row=row, push=after, correlation_id=written.correlation_id, until=ends)
            crashpoint("K12")
            log.info("intent %s is %s in Xero", row.pk, after.xero_id)
            return kept
        kept = save()
        if written.barred is not None and after.state == "waiting":
            self._stop(written.barred)  # about the connection: no other order would be let in either
        return kept

    def _announce(self, row: PushIntent, push: Push) -> Push:
        """Step 5: from this commit on the row says that Xero may have it."""
        now_ms = self._now_ms()
        push = pushing.announced(push, key=uuid4().hex + uuid4().hex, now_ms=now_ms)
        generation: list[int] = []

        def effects() -> None:
            attempt, is_new = PushAttempt.objects.get_or_create(
                key=push.key,
                defaults={
                    "intent": row,
                    "number": push.attempt,
                    "body_hash": row.body_hash,
                    "sent_at": from_ms(now_ms),
                },
            )
            if not is_new:
                attempt.sends = push.sends
                attempt.save(update_fields=["sends"])
            generation.append(installations.generation_next(from_ms(now_ms)))

        keep(row, push, token=push.lease_token, owner=self._owner, at=from_ms(now_ms), effects=effects)
        installations.generation_write(generation[-1], from_ms(now_ms))
        return push

    def _attempt_end(self, row: PushIntent, push: Push, written: Written, answer: Answer) -> None:
        PushAttempt.objects.filter(key=push.key).update(
            ended_at=self._clock(),
            outcome=answer.outcome,
            status=written.status,
            correlation_id=written.correlation_id,
            words="\n".join(answer.words),
        )

    def _remove(self, row: PushIntent, twin_id: str, updated_ms: int) -> None:
        """Step 9: read the twin alone, and delete it only if nobody has touched it since it was seen."""
        record = self.ground.looks.alone(searching.INVOICE_ALONE, twin_id)
        if record is None or row.body is None:
            return
        found = bodies.found_invoice(record, by_us=True, body=bytes(row.body))
        if found.status != "DRAFT" or not found.pristine or found.updated_ms != updated_ms:
            return
        with self._turns.slot("user", max_wait_s=LONGEST_TURN_S) as slot:
            request = writing.invoice_update(twin_id, bodies.invoice_deleted(twin_id))
            written = self._writer.send(
                request, key=uuid4().hex, token=self._tokens.access_token(), slot=slot
            )
        self._count(written.wire_bytes)
        if written.barred is not None and not written.expired:
            raise written.barred
        log.warning("deleted draft %s, a twin of intent %s: HTTP %s", twin_id, row.pk, written.status)

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _keep(
        self,
        row: PushIntent,
        push: Push,
        before: Push,
        *,
        body: bytes | None = None,
        effects: Callable[[], None] | None = None,
    ) -> Push:
        """Commit a step; let the lease go with it when nothing follows now."""
        action = pushing.next_action(push, now_ms=self._now_ms())
        kept = pushing.released(push) if isinstance(action, Wait | Done | AskPerson) else push
        more = {} if body is None else {"body": body, "body_hash": bodies.body_hash(body)}
        at = self._clock()

        def with_the_rest() -> None:
            if effects is not None:
                effects()
            if (push.state, push.reason, push.words) != (before.state, before.reason, before.words):
                self._kind(row).settle(self.ground, row, push, at)

        keep(row, kept, token=push.lease_token, owner=self._owner, at=at, effects=with_the_rest, **more)
        return kept

    def _release(self, row: PushIntent, push: Push) -> Push:
        kept = pushing.released(push)
        keep(row, kept, token=push.lease_token, owner=self._owner, at=self._clock())
        return kept

    def _unlooked(self, push: Push, action: Action) -> Push:
        """A look that failed on its way says nothing; anything else is simply tried again later."""
        now_ms = self._now_ms()
        if isinstance(action, Look):
            return pushing.looked(push, None, started_ms=now_ms, now_ms=now_ms)
        return replace(push, not_before_ms=max(push.not_before_ms, now_ms + pushing.LOOK_GAP_MS))

    # --- what stops a run ------------------------------------------------------------------------------------------

    def _stop(self, problem: Exception) -> None:
        with self._lock:
            self._problem = self._problem or problem

    def _outcome_keep(self) -> None:
        """When to come back (R11): after a failure ever later, so that a bad day costs few calls."""
        outcomes.push_outcome(
            self.connection,
            self._problem,
            made_progress=self.done > 0,
            is_let_in=self._is_let_in,
            at=self._clock(),
        )

    # --- small things ----------------------------------------------------------------------------------------------

    def _kind(self, row: PushIntent) -> Kind:
        return KINDS[row.kind]

    def _now_ms(self) -> int:
        return to_ms(self._clock())

    def _count_page(self, page: Page[Any]) -> None:
        self._count(page.wire_bytes)

    def _count(self, wire_bytes: int) -> None:
        with self._lock:
            self._calls += 1
            self._wire_bytes += wire_bytes


def stuck_companies(companies: Sequence[int]) -> set[int]:
    """Companies whose pushes stop altogether: Xero has seen one of our keys with another request (a bug of ours)."""
    rows = PushIntent.objects.filter(
        operating_company__in=companies, state="waiting", reason="key_conflict", skipped_at=None
    )
    return set(rows.values_list("operating_company", flat=True))
