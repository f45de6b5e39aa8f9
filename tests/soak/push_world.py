"""One company that pushes orders into one Xero, with everything going wrong that a seed can think of.

A virtual clock, no threads, every choice from the seed. The code under test is `counterfoil.core` alone; the database
is a dict of rows that change only under their lease, the network a table of fates.
"""

import heapq
from collections import Counter, deque
from itertools import count
from random import Random

from counterfoil.core import pushing
from counterfoil.core.answers import Reply
from counterfoil.core.intents import Found, Push
from counterfoil.core.pushing import Problem
from counterfoil.core.pushing_contacts import Customer, FoundContact, contact_verdict
from counterfoil.core.pushing_invoices import Shown, invoice_verdict
from counterfoil.core.pushing_items import FoundItem, item_verdict
from tests.soak import push_driver
from tests.soak.push_faults import FINE, LOOK_FATES, SEND_FATES, SEND_SUMS
from tests.soak.xero_truth import (
    COINS,
    KEY_LIFE,
    MINUTE,
    ZERO_ID,
    Invoiced,
    Named,
    Record,
    Request,
    Xero,
    likeness,
)

START = 1_800_000_000_000
KIN = 3
HOME = "organisation-1"
MOST_EVENTS = 20_000
HOUR = 60 * MINUTE
PAUSE = 20 * MINUTE
SHARED_LOOK = 20_000


class Order:
    """A quote that is going to be confirmed; `parts`: the rows its invoice waits for."""

    __slots__ = ("bad_until", "confirmed", "ident", "name", "number", "parts", "revision", "total")

    def __init__(self, name, total):
        self.name, self.total = name, total
        self.parts, self.revision, self.number = (), 1, ""
        self.bad_until, self.confirmed, self.ident = 0, False, ""


class Call:
    """One request on the wire. The client hears what came by the time it stops listening."""

    __slots__ = ("client_ms", "fate", "heard")

    def __init__(self, fate):
        self.fate, self.client_ms, self.heard = fate, fate.client_ms, None

    def hear(self, reply):
        if self.heard is None:
            self.heard = reply

    def reply(self) -> Reply:
        return WIRE[self.fate.wire](self)


def _answer(call):
    return call.heard or Reply()


def _unreadable(call):
    return Reply(status=200)


def _zero(call):
    return Reply(status=200, record=Found(id=ZERO_ID, status="DRAFT"), echo_is_right=True)


WIRE = {
    "answer": _answer,
    "lost": lambda call: Reply(),
    "not_sent": lambda call: Reply(left=False),
    "unreadable": _unreadable,
    "zero": _zero,
    "500": lambda call: Reply(status=500),
    "502": lambda call: Reply(status=502),
    "503": lambda call: Reply(status=503),
    "504": lambda call: Reply(status=504),
    "404": lambda call: Reply(status=404),
    "401": lambda call: Reply(status=401, expired=True),
    "403": lambda call: Reply(status=403),
    "429": lambda call: Reply(status=429),
    "429 minute": lambda call: Reply(status=429, wait_ms=40_000),
    "429 day": lambda call: Reply(status=429, wait_ms=HOUR),
}


class World:
    """Everything there is. Subclasses decide what goes wrong: by a seed, or by Hypothesis' rules."""

    logs_before_commit = False
    verb = "PUT"
    wire_sends = 1

    def __init__(self, *, own_number: bool, coins: dict[str, bool], random: Random):
        self.own_number, self.random, self.chance = own_number, random, random.random
        self.now = START
        self.counts: Counter[str] = Counter()
        self.events: deque = deque(maxlen=60)
        self.heap: list = []
        self.ticket = count()
        self.handled = 0
        self.xero = Xero(coins, random.random, self.made)
        self.coins = coins
        self.rows: dict[str, Push] = {}
        self.bodies: dict[str, Invoiced | Named] = {}
        self.orders: dict[str, Order] = {}
        self.owner_of: dict[str, Order] = {}
        self.names: dict[str, str] = {}
        self.due_at: dict[str, int] = {}
        self.counter = 104_000
        self.keys = count()
        self.workers = count()
        self.alive: dict[int, str] = {}
        self.generation = 0
        self.restored_at: int | None = None
        self.backup: tuple | None = None
        self.backup_ms = 0
        self.last_look: tuple | None = None
        self.looks_running: list[int] = []
        self.log: list[tuple[str, str]] = []
        self.late: list[tuple[object, int, int]] = []
        self.evidence = 0
        self.quiet_from = START
        self.epoch = self.xero.epoch
        self.sent_on_wire: Counter[str] = Counter()
        self.announced: Counter[str] = Counter()
        self.may_be_two: set[str] = set()
        self.sent_at: dict[str, int] = {}
        self.told_to_wait: dict[str, int] = {}
        self.not_before: dict[str, int] = {}
        self.violations: list[str] = []

    # --- what a seed or Hypothesis decides ---

    def fate(self):
        return FINE

    def trouble(self, point: str) -> str:
        return ""

    def look_fate(self) -> str:
        return ""

    def database_refuses(self) -> bool:
        return False

    # --- time ---

    def at(self, when: int, work, *arguments) -> None:
        heapq.heappush(self.heap, (when, next(self.ticket), work, arguments))

    def run(self, until: int) -> None:
        heap = self.heap
        while heap and heap[0][0] <= until:
            self.handled += 1
            if self.handled > MOST_EVENTS:
                raise RuntimeError("This world does not come to rest.")
            when, _, work, arguments = heapq.heappop(heap)
            self.now = max(self.now, when)
            work(*arguments)
        self.now = max(self.now, until)

    def disturb(self, until: int) -> None:
        self.quiet_from = max(self.quiet_from, until)

    def count(self, what: str) -> None:
        self.counts[what] += 1

    def note(self, what: str, ident: str, detail: object = "") -> None:
        self.events.append((self.now - START, what, ident, detail))

    # --- workers ---

    def nudge(self, ident: str, when: int) -> None:
        self.due_at[ident] = when
        self.at(when, self.take_up, ident)

    def take_up(self, ident: str) -> None:
        if self.due_at.get(ident) == self.now and ident in self.rows:
            self.start_worker(ident)

    def start_worker(self, ident: str) -> None:
        me = f"worker-{next(self.workers)}"
        self.step(push_driver.work(self, ident, me), ident, self.generation)

    def step(self, worker, ident: str, generation: int) -> None:
        """Run a worker until it waits, dies or ends. After a restore the processes from before are gone."""
        if generation != self.generation:
            return
        for point, delay in worker:
            trouble = self.trouble(point)
            if trouble:
                self.interrupt(worker, ident, point, trouble)
                return
            if delay:
                self.at(self.now + delay, self.step, worker, ident, generation)
                return
        self.schedule(ident)

    def interrupt(self, worker, ident: str, point: str, trouble: str) -> None:
        self.count(f"{trouble} {point}")
        self.note(trouble, ident, point)
        if trouble == "pause":
            self.at(self.now + PAUSE, self.step, worker, ident, self.generation)
            self.disturb(self.now + PAUSE + MINUTE)
        self.schedule(ident)

    def schedule(self, ident: str) -> None:
        """The table of rows is what brings an order back: when it is due and nobody's lease is on it."""
        row = self.rows[ident]
        due = row.due_ms
        if due is not None:
            self.nudge(ident, max(due, row.lease_until_ms or 0, self.now))

    # --- the database ---

    def claim(self, ident: str, me: str) -> Push | None:
        row = self.rows.get(ident)
        if row is None or not pushing.is_free(row, now_ms=self.now):
            return None
        row = self.rows[ident] = pushing.claimed(row, owner=me, now_ms=self.now)
        return row

    def save(self, ident: str, push: Push, me: str, token: int) -> bool:
        row = self.rows.get(ident)
        if row is None or not self.is_mine(row, me, token):
            self.count("fenced")
            return False
        if push.state == "sending" and row.state != "sending":
            self.announced[push.key] += 1
        if push.state == "refused":
            self.check_refusal(ident, push)
        if push.state != row.state:
            self.note(f"{row.state} -> {push.state}", ident, push.reason or push.words or push.key)
        self.rows[ident] = push
        if row.state == "sending" and row.key in self.told_to_wait:
            self.not_before[ident] = self.told_to_wait.pop(row.key)
        if push.is_frozen and (not row.is_frozen or push.number != row.number):
            self.bodies[ident] = self.body(ident, push)  # in the same transaction
        if push.state in {"sent", "waiting", "removed", "refused"} and push.state != row.state:
            self.came_to_rest(ident, push)
        return True

    def is_mine(self, row: Push, me: str, token: int) -> bool:
        return row.lease_token == token and row.lease_owner == me

    def may_send(self, ident: str, me: str, token: int) -> bool:
        row = self.rows.get(ident)
        return row is not None and pushing.may_send(row, owner=me, token=token, now_ms=self.now)

    def audit(self, ident: str, push: Push) -> None:
        """One line after the commit, so that each thing is said to be done once, and only if it is stored."""
        self.log.append((ident, push.xero_id))

    def fresh_key(self) -> str:
        return f"key-{next(self.keys)}"

    def came_to_rest(self, ident: str, push: Push) -> None:
        """What waits for this row is told; people see what waits for them."""
        order = self.owner_of[ident]
        invoice = self.rows.get(order.ident)
        waits = invoice is not None and invoice.state == "waiting" and invoice.reason == "parts"
        if waits and ident != order.ident and push.state == "sent":
            self.rows[order.ident] = pushing.resumed(invoice, now_ms=self.now)
            self.nudge(order.ident, self.now)

    # --- orders and their rows ---

    def confirm(self, order: Order) -> None:
        """Step 1, one transaction. A second confirm is a no-op."""
        if order.confirmed:
            self.count("E3 confirmed twice")
            return
        order.confirmed = True
        for kind, name in order.parts:
            self.add_part(order, kind, name)
        if self.own_number and not order.number:
            order.number = self.take_number()
        self.add_invoice(order)

    def take_number(self) -> str:
        self.counter += 1
        return f"CRM-{self.counter}"

    def add_part(self, order: Order, kind: str, name: str) -> None:
        ident = f"{order.name}/{kind}"
        self.owner_of[ident] = order
        self.names.setdefault(ident, name)
        number = f"crm-{order.name}" if kind == "contact" else name
        self.add(ident, Push(kind=kind, order=order.name, revision=1, epoch=HOME, marker="",
                             number=number, confirmed_ms=self.now))  # fmt: skip

    def mark(self, order: str, revision: int) -> str:
        """The real one costs as much as the rest of a seed; tests of `core.marker` hold it to this contract."""
        return f"{order}-{revision}"

    def add_invoice(self, order: Order) -> None:
        order.ident = f"{order.name}/{order.revision}"
        self.owner_of[order.ident] = order
        kin = tuple(self.mark(order.name, r) for r in range(1, order.revision + KIN) if r != order.revision)
        self.add(order.ident, Push(kind="invoice", order=order.name, revision=order.revision, epoch=HOME,
                                   marker=self.mark(order.name, order.revision), kin=kin, own_number=self.own_number,
                                   number=order.number, confirmed_ms=self.now))  # fmt: skip

    def add(self, ident: str, push: Push) -> None:
        if ident in self.rows:
            return
        if self.restored_at is not None:
            push = pushing.restored(push, backup_ms=self.backup_ms, now_ms=self.restored_at)
        self.rows[ident] = push
        self.nudge(ident, self.now)

    def freeze(self, ident: str, push: Push) -> Push:
        order = self.owner_of[ident]
        if push.kind != "invoice":
            return pushing.frozen(push)
        parts = [self.rows[f"{order.name}/{kind}"] for kind, _ in order.parts]
        if any(part.state in {"waiting", "refused", "removed"} for part in parts):
            return pushing.parts_refused(push, words="Its contact or item is not in Xero.")
        if any(part.state != "sent" for part in parts):
            return pushing.still_blocked(push, now_ms=self.now)
        body = self.body(ident, push)
        return pushing.frozen(push, likeness=likeness(body, body.total))

    def body(self, ident: str, push: Push) -> Invoiced | Named:
        order = self.owner_of[ident]
        if push.kind != "invoice":
            return Named(push.number, self.names[ident], order.name)
        ids = {kind: self.rows[f"{order.name}/{kind}"].xero_id for kind, _ in order.parts}
        contact = ids.get("contact", f"contact of {order.name}")
        return Invoiced(push.marker, push.number, contact, ids.get("item", ""), order.total, 2)

    def renumber(self, ident: str, push: Push) -> Push:
        order = self.owner_of[ident]
        order.number = self.take_number()
        self.count("stepped aside")
        return pushing.renumbered(push, number=order.number)

    def problem(self, push: Push) -> Problem | None:
        if push.epoch != self.epoch:
            return Problem("other_organisation")
        return None

    # --- looking ---

    def look(self, push: Push):
        """Start reading. A look that another order had within the last seconds serves this one as well."""
        if push.kind != "invoice":
            self.count("look named")
            return self.now, self.read_named(push)
        last = self.last_look
        if (
            last is not None
            and self.now - last[0] <= SHARED_LOOK
            and invoice_verdict(push, last[1]) is not None
        ):
            self.count("look shared")
            return last[0], last[1]
        self.count("look")
        shown = self.read_invoices(pushing.look_from_ms(push))
        self.last_look = (self.now, shown)
        return self.now, shown

    def read_invoices(self, since: int) -> Shown:
        """Keyset-read to the end in truth; here either all of it or, by a fate, not all."""
        pushes = [row for row in self.rows.values() if row.kind == "invoice"]
        since = min([since, *(pushing.look_from_ms(row) for row in pushes if row.due_ms is not None)])
        numbers = {row.number for row in pushes if row.own_number and row.due_ms is not None}
        ours, holders = self.xero.list_invoices(self.now, since, numbers)
        fate = self.look_fate()
        if fate:
            self.count("look " + fate)
            ours = ours[: len(ours) // 2] if fate.startswith("cut") else []
            holders = []
        elif not ours:
            self.count("nothing new")
        return Shown.of(
            ours, holders, since_ms=since, numbers=numbers, started_ms=self.now, complete=not fate
        )

    def read_named(self, push: Push):
        fate = self.look_fate()
        if fate:
            self.count("look " + fate)
        return ([] if fate else self.xero.list_named(self.now, push.kind)), not fate

    def verdict(self, push: Push, read):
        if push.kind == "invoice":
            return invoice_verdict(push, read)
        records, complete = read
        if push.kind == "item":
            items = [FoundItem(id=r.id, code=r.number, is_equal=r.body == self.bodies.get(self.ident_of(push)))
                     for r in records]  # fmt: skip
            return item_verdict(push, items, complete=complete)
        found = [FoundContact(id=r.id, status=r.status, name=r.body.name, number=r.number, updated_ms=r.updated)
                 for r in records]  # fmt: skip
        customer = Customer(name=self.names[self.ident_of(push)])
        return contact_verdict(push, customer, by_number=found, by_name=found, complete=complete)

    def ident_of(self, push: Push) -> str:
        return f"{push.order}/{push.kind}" if push.kind != "invoice" else f"{push.order}/{push.revision}"

    # --- sending ---

    def send(self, ident: str, push: Push, body) -> Call:
        """Put one request on the wire; what Xero makes of it, and when, is the fate's business."""
        fate = self.fate()
        self.count("send")
        if fate is not FINE:
            self.count(fate.name)
            self.disturb(self.now + 30 * MINUTE)
        self.note("sends " + push.key, ident, fate.name)
        call = Call(fate)
        self.check_etiquette(ident, push)
        request = Request(self.verb, push.kind, push.key, body, push.epoch, push.order)
        if fate.arrive_ms is not None:
            for _ in range(self.wire_sends):
                self.deliver(fate, request, call)
            if fate.again_ms is not None:
                self.at(self.now + fate.again_ms, self.xero_hears, request, call, FINE)
        return call

    def body_to_send(self, ident: str, push: Push):
        return self.bodies[ident]

    def deliver(self, fate, request: Request, call: Call) -> None:
        if fate.late_ms:
            late = self.now + fate.late_ms + int(self.chance() * fate.work_more_ms)
            self.late.append((request.body, self.now, late))
            self.at(late, self.xero_hears, request, call, FINE)
        else:
            self.xero_hears(request, call, fate)

    def xero_hears(self, request: Request, call: Call, fate) -> None:
        spoilt = Reply(status=500) if fate.spoils else None

        def finish(done):
            if fate.work_ms:
                later = self.now + fate.work_ms + int(self.chance() * fate.work_more_ms)
                self.at(later, self.xero_ends, done)
            else:
                done(self.now, spoilt, commits=fate.commits)

        self.xero.arrive(self.now, request, call.hear, finish)

    def xero_ends(self, done) -> None:
        done(self.now)

    def check_etiquette(self, ident: str, push: Push) -> None:
        self.sent_at[push.key] = self.now
        self.sent_on_wire[push.key] += self.wire_sends
        if self.sent_on_wire[push.key] > self.announced[push.key]:
            self.violations.append(f"{ident}: more requests with {push.key} than were announced")
        age = self.now - (push.key_since_ms or 0)
        was_paused = self.now > (push.last_sent_ms or 0) + pushing.SEND_WITHIN_MS
        if was_paused or push.sends > 1:
            self.may_be_two.add(push.order)
        if self.now < self.not_before.get(ident, 0) and not was_paused:
            self.violations.append(f"{ident}: sent before Retry-After")
        if age >= KEY_LIFE and not was_paused:
            self.violations.append(f"{ident}: {push.key} was used {age} ms after its first call")
        if push.epoch != self.epoch:
            self.count("sent to the organisation it was confirmed for, which was no longer connected")

    def after_answer(self, push: Push, answer) -> Push:
        if answer.outcome == "limited":
            self.told_to_wait[push.key] = self.now + answer.wait_ms
            self.disturb(self.now + answer.wait_ms)
        return pushing.answered(push, answer, now_ms=self.now)

    def remove(self, push: Push, twin: Found) -> None:
        """Read the twin alone; if it is as it was shown, delete it."""
        record = next(record for record in self.xero.invoices if record.id == twin.id)
        self.count("twin removed")
        if record.updated == twin.updated_ms and record.status == "DRAFT" and not self.look_fate():
            self.xero.delete(self.now, record, order=push.order)

    # --- what is watched all the time ---

    def made(self, record: Record) -> None:
        self.note("made in Xero", record.order, (record.id, record.number))
        if record.kind != "invoice":
            return
        live = [r for r in self.xero.invoices if r.order == record.order and r.is_live and r.by_app]
        if len(live) > 1:
            self.count("two for a while")
            if self.must_stay_single(record.order, live):
                self.violations.append(
                    f"two live invoices of {record.order}, in a world where that cannot be"
                )

    def must_stay_single(self, order: str, live: list[Record]) -> bool:
        """Where no sweep is needed: Xero keeps our numbers apart, or we wait longer than any request is late.

        But for a worker that was stopped with the request in its hand; a repeat of a key that hangs before Xero's key
        store until the key is forgotten; and a person who gave the first invoice another number, and so took away what
        kept the second out. Those are what the sweep is for.
        """
        if self.own_number:
            return self.coins["numbers_unique_on_drafts"] and not any(invoice.renumbered for invoice in live)
        return order not in self.may_be_two

    def check_refusal(self, ident: str, push: Push) -> None:
        """Nothing may be called refused that is in Xero, or may come there before the settling time is over."""
        settle = push.policy.settle_ms
        there = any(
            r.marker == push.marker and r.is_live and r.made < self.sent_at[r.key] + settle
            for r in self.xero.invoices
            if r.order
        )
        on_its_way = any(
            getattr(body, "marker", None) == push.marker and self.now < when < sent + settle
            for body, sent, when in self.late
        )
        if push.kind == "invoice" and (there or on_its_way):
            self.violations.append(
                f"{ident} was called refused, but it is {'there' if there else 'on its way'}"
            )

    # --- restoring a backup ---

    def take_backup(self) -> None:
        confirmed = {
            order.name: (order.confirmed, order.revision, order.number) for order in self.orders.values()
        }
        self.backup = (dict(self.rows), dict(self.bodies), dict(self.names), self.counter, confirmed)
        self.backup_ms = self.now

    def restore_backup(self) -> list[Order]:
        """Every process is gone, requests on the wire are not. Returns the orders to be confirmed once more."""
        if self.backup is None:
            return []
        self.count("B8 backup restored")
        self.note("backup restored", "", self.backup_ms - START)
        self.generation += 1
        rows, bodies, names, self.counter, confirmed = self.backup
        self.restored_at, self.last_look = self.now, None
        self.rows = {
            ident: pushing.restored(row, backup_ms=self.backup_ms, now_ms=self.now)
            for ident, row in rows.items()
        }
        self.bodies, self.names, self.log = dict(bodies), dict(names), []
        self.not_before.clear()
        self.disturb(self.now + 30 * MINUTE)
        # A quote made after the backup is gone as well; whoever writes it again gives it another UUID.
        known = [order for order in self.orders.values() if order.name in confirmed]
        for order in self.orders.values():
            order.confirmed, order.revision, order.number = confirmed.get(order.name, (False, 1, ""))
            order.ident = f"{order.name}/{order.revision}"
        for ident, row in self.rows.items():
            self.schedule(ident)
            if row.state in {"waiting", "refused"}:
                self.came_to_rest(ident, row)
        return [order for order in known if not order.confirmed]


def draw_coins(random: Random) -> dict[str, bool]:
    bits = random.getrandbits(len(COINS))
    return {name: bool(bits >> place & 1) for place, name in enumerate(COINS)}


def draw_send_fate(random: Random):
    drawn = random.random() * SEND_SUMS[-1]
    for place, total in enumerate(SEND_SUMS):
        if drawn < total:
            return SEND_FATES[place]
    return FINE


def draw_look_fate(random: Random) -> str:
    return LOOK_FATES[int(random.random() * len(LOOK_FATES))]
