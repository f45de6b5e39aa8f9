"""Carrying out errands one after another: read, compare, write, read again if the answer was unclear.

`core.pushing_updates` decides; no step is announced, since repeating one does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from msgspec import to_builtins
from msgspec.structs import replace

from counterfoil.core import pushing_updates as updates
from counterfoil.core.answers import Reply, judge
from counterfoil.core.intents import Found
from counterfoil.core.pushing_updates import Update
from counterfoil.crm.documents.errors import DocumentRefused
from counterfoil.crm.quotes.models import PushState
from counterfoil.crm.quotes.services import order_push_noted
from counterfoil.sync import errands, merging, rereading, sentences
from counterfoil.sync.crashing import crashpoint
from counterfoil.sync.errand_kinds import KINDS, Reading
from counterfoil.sync.models import Errand
from counterfoil.sync.outbox import LeaseGone, to_ms
from counterfoil.sync.push_kinds import Ground, told
from counterfoil.sync.signals import stopping
from counterfoil.sync.tokens import StoredTokens
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.governor import Turns
from counterfoil.xero.records import Contact, Invoice, Item
from counterfoil.xero.writing import Request, Writer, Written

log = logging.getLogger(__name__)

# An errand waits for its turn no longer than this; it comes up again.
LONGEST_TURN_S = 20.0
# One call of an errand that nobody waits for must not take the last of the minute from an order.
AT_ONCE = 20
# Values of one field that may still be on their way at the same time.
MOST_SENT = 5
# Where what an errand changes is read from.
_STREAMS = {
    "contact": "contacts",
    "item": "items",
    "amend": "invoices",
    "note": "invoices",
    "attachment": "invoices",
}
_OVER = {"done", "gone", "archived", "refused", "waiting"}


class ErrandRunner:
    """Errands of one company. `interrupted` says that an order has come up, which goes first."""

    def __init__(
        self,
        ground: Ground,
        writer: Writer,
        turns: Turns,
        tokens: StoredTokens,
        *,
        owner: str,
        count: Callable[[int], None],
        interrupted: Callable[[], bool],
    ) -> None:
        self._ground, self._writer, self._turns, self._tokens = ground, writer, turns, tokens
        self._owner, self._count, self._interrupted = owner, count, interrupted
        self.is_let_in = False

    def run(self) -> int:
        """Carry out what is due, until an order comes up. Returns how many moved. Raises what reading raises."""
        done = 0
        errands.awaken(self._ground.company.pk, at=self._ground.clock())
        while done < AT_ONCE and not stopping.is_set() and not self._interrupted():
            row = errands.claim_next(self._ground.company.pk, owner=self._owner, now_ms=self._now_ms())
            if row is None:
                break
            try:
                self._drive(row)
            except LeaseGone:
                log.info("errand %s is another worker's now", row.pk)
            except Exception:
                self._put_off(row)
                raise
            done += 1
        return done

    def _drive(self, row: Errand) -> None:
        """Read and write until it is done, or until it has to wait."""
        update = errands.update_of(row)
        if former := self._ground.homes.elsewhere(_STREAMS[row.kind], update.xero_id):
            words = sentences.of_former(sentences.name_of(row), former)
            self._end(row, replace(update, state="refused", words=words))
            return
        while update.state in {"read", "merge", "write"} and update.not_before_ms <= self._now_ms():
            # A worker that had it before may have died with its answer.
            is_first = update.state == "write" and not update.writes and row.lease_token == 1
            reading = self._read(row, update, is_first=is_first)
            if reading.refused:
                update = replace(update, state="refused", words=reading.refused)
                break
            self._bring_here(reading.record)
            if reading.conflicts:
                self._conflict(row, update, reading)
                return
            if not is_first:
                update = self._compared(update, reading)
            if update.state == "write":
                self._note_sent(row, update, reading)
                update = self._written(update, reading)
            errands.keep(row, update, now_ms=self._now_ms())
        self._end(row, update)

    def _bring_here(self, record: Any) -> None:
        """What was read alone, or answered, is as good as pulled."""
        if isinstance(record, Contact | Item):
            rereading.record_store(self._ground.connection, record, at=self._ground.clock())

    def _note_sent(self, row: Errand, update: Update, reading: Reading) -> None:
        """Before anything leaves: if the answer is lost, what is found there later is known as ours."""
        if not reading.to_send:
            return
        sent = {name: list(values) for name, values in row.sent.items()}
        for name, value in reading.to_send.items():
            sent[name] = [*[one for one in sent.get(name, []) if one != value], value][-MOST_SENT:]
        errands.keep(row, update, now_ms=self._now_ms(), sent=sent)

    def _read(self, row: Errand, update: Update, *, is_first: bool) -> Reading:
        try:
            return KINDS[row.kind].read(self._ground, row, update.xero_id, is_first=is_first)
        except DocumentRefused as refused:
            return Reading(
                updates.Remote(id=update.xero_id, updated_ms=0, differs=True), refused=str(refused)
            )

    def _compared(self, update: Update, reading: Reading) -> Update:
        """What differs was merged with this very reading, owner by owner, so it may be written at once."""
        update = updates.read(update, reading.remote, now_ms=self._now_ms())
        if update.state == "merge":
            update = updates.merged(update, still_differs=reading.request is not None)
        return update

    def _written(self, update: Update, reading: Reading) -> Update:
        if reading.request is None:
            return updates.merged(update, still_differs=False)
        written = self._send(reading.request)
        if written.barred is not None and (update.renewed or not written.expired):
            raise written.barred  # about the connection: it is put off until that can be worked with again
        if written.is_taken:
            return updates.merged(update, still_differs=False)
        return updates.written(update, judge(_reply(written)), now_ms=self._now_ms())

    def _send(self, request: Request) -> Written:
        """A fresh key for each attempt: one made from the content would replay an old answer (W6)."""
        with self._turns.slot("background", max_wait_s=LONGEST_TURN_S) as slot:
            token = self._tokens.access_token()
            written = self._writer.send(request, key=uuid4().hex, token=token, slot=slot)
        crashpoint("errand")
        self._count(written.wire_bytes)
        self.is_let_in |= written.is_let_in
        if written.status == 401 and written.expired:
            self._tokens.refreshed_after(token)
        if written.status == 200 and not written.errors:
            self._bring_here(written.record)
        return written

    # --- how it ends -----------------------------------------------------------------------------------------------

    def _end(self, row: Errand, update: Update) -> None:
        errands.keep(row, update, now_ms=self._now_ms(), release=True)
        if row.kind == "contact" and update.xero_id != row.xero_id and update.state != "waiting":
            merging.contact_merged(self._ground.company, row.xero_id, update.xero_id, at=self._ground.clock())
        if row.kind == "amend" and update.state in _OVER:
            self._order_told(row, update)

    def _order_told(self, row: Errand, update: Update) -> None:
        if row.quote is None:
            return
        at, revision = self._ground.clock(), int(row.wanted["revision"])
        state = PushState.SENT if update.state == "done" else PushState.REFUSED
        words = "" if update.state == "done" else update.words or "The invoice is not in Xero any more."
        order_push_noted(row.quote, state, revision=revision, at=at, words=words)
        if update.state == "done":
            errands.after_invoice(
                self._ground.company, row.quote, revision=revision, xero_id=update.xero_id, at=at
            )

    def _conflict(self, row: Errand, update: Update, reading: Reading) -> None:
        """Both sides changed the same field: Xero's value is kept until somebody chooses (PU-2)."""
        columns = errands.columns_of(update) | {"state": "conflict", "due_ms": None}
        conflict = {one.field: to_builtins(one) for one in reading.conflicts}
        mine = Errand.objects.filter(pk=row.pk, lease_token=row.lease_token, lease_owner=row.lease_owner)
        mine.update(
            **columns, conflict=conflict, lease_owner="", lease_until_ms=None, updated_at=self._ground.clock()
        )

    def _put_off(self, row: Errand) -> None:
        update = updates.unread(errands.update_of(row), now_ms=self._now_ms())
        try:
            errands.keep(row, update, now_ms=self._now_ms(), release=True)
        except LeaseGone:
            log.info("errand %s is another worker's now", row.pk)

    def _now_ms(self) -> int:
        return to_ms(self._ground.clock())


def _reply(written: Written) -> Reply:
    """The answer in the procedure's words; a record's own address cannot answer with another one."""
    record = written.record
    if record is None:
        return told(written)
    xero_id = {Invoice: "invoice_id", Contact: "contact_id", Item: "item_id"}[type(record)]
    found = Found(id=getattr(record, xero_id), status="", updated_ms=stamp_ms(record.updated_date_utc) or 0)
    return told(written, record=found, echo_is_right=True)
