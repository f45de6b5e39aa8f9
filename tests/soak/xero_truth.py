"""Xero's own truth, as far as pushing depends on it; and a coin for everything about it that nobody has verified.

A green run over many seeds means that the design leans on no side of any coin (reliability 3.2).
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from counterfoil.core.answers import Reply
from counterfoil.core.intents import Found, Likeness

MINUTE = 60_000
KEY_LIFE = 6 * MINUTE
ZERO_ID = "00000000-0000-0000-0000-000000000000"

COINS = (
    "modified_since_is_strict",
    "nothing_new_is_304",
    "numbers_unique_on_drafts",
    "number_of_deleted_is_free",
    "post_upserts_by_number",
    "siblings_are_saved",
    "grace_gives_new_pair",
    "item_codes_by_case",
    "app_list_hides_deleted",
    "key_scope_is_app",
    "archived_items_listed",
    "rows_show_late",
)


class Invoiced(NamedTuple):
    """The frozen body of an invoice: equal tuples are equal bytes."""

    marker: str
    number: str
    contact: str
    item: str
    total: Decimal
    lines: int


class Named(NamedTuple):
    """The frozen body of a contact or an item. `content`: everything else in it."""

    number: str
    name: str
    content: str


class Request(NamedTuple):
    verb: str
    kind: str
    key: str
    body: Any
    epoch: str
    order: str


class Record:
    """An invoice, contact or item in Xero. `order`: which of our orders truly caused it, "" for other people's."""

    __slots__ = (
        "body",
        "by_app",
        "edited",
        "id",
        "key",
        "kind",
        "made",
        "marker",
        "number",
        "order",
        "renumbered",
        "status",
        "total",
        "updated",
        "visible",
    )

    def __init__(self, *, ident, kind, body, order, by_app, number, status, now, visible, key=""):
        self.id, self.kind, self.body, self.order, self.by_app = ident, kind, body, order, by_app
        self.number, self.status, self.visible = number, status, visible
        self.made = self.updated = now
        self.key = key
        self.marker = getattr(body, "marker", "")
        self.total = getattr(body, "total", None)
        self.edited = self.renumbered = False

    @property
    def is_live(self):
        return self.status not in {"DELETED", "VOIDED"}

    def seal(self):
        return (self.body, self.number, self.status, self.marker, self.total, self.updated)

    def found(self, *, by_us: bool) -> Found:
        body = self.body
        return Found(
            id=self.id,
            status=self.status,
            number=self.number,
            marker=self.marker,
            updated_ms=self.updated,
            total=self.total,
            by_us=by_us,
            pristine=self.status == "DRAFT" and not self.edited,
            likeness=likeness(body, self.total),
        )


def likeness(body: Invoiced, total: Decimal) -> Likeness:
    return Likeness(contact=body.contact, date="2026-11-21", currency="GBP", total=total, lines=body.lines)


class Entry:
    """One Idempotency-Key in Xero's memory. `reply` None: the first call is still at work, and repeats wait for it."""

    __slots__ = ("reply", "request", "since", "waiting")

    def __init__(self, since, request):
        self.since, self.request, self.reply, self.waiting = since, request, None, []


class Xero:
    """One organisation. `chance()` is the seed's; `tell(record)` is called whenever something new is made."""

    def __init__(self, coins: dict[str, bool], chance: Callable[[], float], tell: Callable[[Record], None]):
        self.coins, self.chance, self.tell = coins, chance, tell
        self.epoch = "organisation-1"
        self.invoices: list[Record] = []
        self.named: list[Record] = []
        self.keys: dict[str, Entry] = {}
        self.counter = 500
        self.hidden_numbers: set[str] = set()
        self.refuses: Callable[[Request], str] = lambda request: ""
        self.foreign: dict[str, tuple] = {}
        self.trespasses: list[str] = []
        self.other_bytes = 0

    # --- reading ---

    def list_invoices(self, now: int, since: int, numbers) -> tuple[list[Found], list[Found]]:
        strict, hides = self.coins["modified_since_is_strict"], self.coins["app_list_hides_deleted"]
        shown = [invoice for invoice in self.invoices if invoice.visible <= now]
        ours = [
            invoice.found(by_us=True)
            for invoice in shown
            if invoice.by_app
            and (invoice.updated > since if strict else invoice.updated >= since)
            and (invoice.is_live or not hides)
        ]
        holders = (
            [invoice.found(by_us=False) for invoice in shown if invoice.number in numbers] if numbers else []
        )
        return ours, holders

    def list_named(self, now: int, kind: str) -> list[Record]:
        return [
            record
            for record in self.named
            if record.kind == kind
            and record.visible <= now
            and (kind == "contact" or record.status == "ACTIVE" or self.coins["archived_items_listed"])
        ]

    # --- writing ---

    def arrive(self, now: int, request: Request, answer: Callable[[Reply], None], finish: Callable) -> None:
        """A request reaches the accounting server. `finish(work)` says when the work is done: now, or later."""
        if request.epoch != self.epoch:
            answer(Reply(status=403))
            return
        entry = self.keys.get(request.key)
        if entry is not None and now < entry.since + KEY_LIFE:
            if entry.request != request:
                self.other_bytes += 1
                answer(Reply(status=400, errors=("Idempotency Key: it is used with a different request.",)))
            elif entry.reply is None:
                entry.waiting.append(answer)
            else:
                answer(entry.reply)
            return
        entry = self.keys[request.key] = Entry(now, request)

        def done(later: int, spoilt: Reply | None = None, *, commits: bool = True) -> None:
            reply = self.carry_out(later, request) if commits else None
            entry.reply = spoilt or reply
            for listener in (answer, *entry.waiting):
                listener(entry.reply)

        finish(done)

    def carry_out(self, now: int, request: Request) -> Reply:
        words = self.refuses(request)
        if words:
            return Reply(status=200, errors=(words,))
        return self.make_invoice(now, request) if request.kind == "invoice" else self.make_named(now, request)

    def visible_from(self, now: int) -> int:
        return now + int(self.chance() * 30_000) if self.coins["rows_show_late"] else now

    def holder_of(self, number: str) -> Record | None:
        for invoice in self.invoices:
            if invoice.number != number:
                continue
            if invoice.is_live:
                # Two coins in one: whether drafts count, and what counts once approved.
                if invoice.status != "DRAFT" or self.coins["numbers_unique_on_drafts"]:
                    return invoice
            elif not self.coins["number_of_deleted_is_free"]:
                return invoice
        return None

    def make_invoice(self, now: int, request: Request) -> Reply:
        body = request.body
        number = body.number or self.next_number()
        holder = self.holder_of(number)
        if holder is not None or number in self.hidden_numbers:
            if request.verb == "POST" and holder is not None and self.coins["post_upserts_by_number"]:
                return self.overwrite(now, holder, request)
            return Reply(status=200, errors=("Invoice # must be unique.",))
        made = Record(
            ident=f"i{len(self.invoices)}",
            kind="invoice",
            body=body,
            order=request.order,
            by_app=True,
            number=number,
            status="DRAFT",
            now=now,
            visible=self.visible_from(now),
            key=request.key,
        )
        self.invoices.append(made)
        self.tell(made)
        return Reply(status=200, record=made.found(by_us=True), echo_is_right=True)

    def overwrite(self, now: int, record: Record, request: Request) -> Reply:
        if record.order != request.order:
            self.trespasses.append(f"{record.id} of others was overwritten by {request.order}")
        record.body, record.total, record.updated = request.body, getattr(request.body, "total", None), now
        return Reply(status=200, record=self.shown(record), echo_is_right=True)

    def shown(self, record: Record) -> Found:
        if record.kind == "invoice":
            return record.found(by_us=True)
        return Found(id=record.id, status=record.status, number=record.number, updated_ms=record.updated)

    def next_number(self) -> str:
        self.counter += 1
        return f"INV-{self.counter:04}"

    def make_named(self, now: int, request: Request) -> Reply:
        clash = (
            self.clash_of_contact(request.body)
            if request.kind == "contact"
            else self.clash_of_item(request.body)
        )
        if clash is not None:
            record, words = clash
            return (
                self.overwrite(now, record, request)
                if request.verb == "POST"
                else Reply(status=200, errors=(words,))
            )
        made = Record(
            ident=f"n{len(self.named)}",
            kind=request.kind,
            body=request.body,
            order=request.order,
            by_app=True,
            number=request.body.number,
            status="ACTIVE",
            now=now,
            visible=self.visible_from(now),
            key=request.key,
        )
        self.named.append(made)
        self.tell(made)
        return Reply(status=200, record=self.shown(made), echo_is_right=True)

    def clash_of_contact(self, body: Named) -> tuple[Record, str] | None:
        for record in self.named:
            if record.kind != "contact":
                continue
            if record.body.name == body.name and record.status == "ACTIVE":
                return record, f"The contact name {body.name} is already assigned to another contact."
            if record.number == body.number:
                return record, f"The contact number {body.number} is already assigned to another contact."
        return None

    def clash_of_item(self, body: Named) -> tuple[Record, str] | None:
        for record in self.named:
            same = (
                record.number == body.number
                if self.coins["item_codes_by_case"]
                else record.number.casefold() == body.number.casefold()
            )
            if record.kind == "item" and same:
                return record, f"Price List Item with Code '{body.number}' already exists"
        return None

    def delete(self, now: int, record: Record, *, order: str) -> None:
        """What our own sweep asks for."""
        if record.order != order or not record.by_app or record.status != "DRAFT" or record.edited:
            self.trespasses.append(f"{record.id} was deleted, which was not ours to delete")
        record.status, record.updated = "DELETED", now
