"""What people do in Xero in a working day: the bookkeeper's edits, the bank's payments, changes that leave no stamp."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from counterfoil.sandbox import actions
from counterfoil.sandbox.errors import NotFoundError, ValidationError
from counterfoil.sandbox.resources import document_form, item_form
from counterfoil.sandbox.resources.kinds import INVOICE

LINE = {"Description": "Advice", "Quantity": 1, "AccountCode": "200"}
OUR_MARK = "/x/"


class People:
    """Somebody in the books. What Xero refuses them counts as refused and changes nothing.

    `history` has what was done to each record and when, so that a difference at the end can be explained.
    """

    def __init__(self, random: Random, clock: Callable[[], dt.datetime]) -> None:
        self.random = random
        self.clock = clock
        self.history: dict[str, list[tuple[dt.datetime, str]]] = {}
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.own_contacts: list[str] = []
        self.own_items: list[str] = []
        self.count = 0
        self.begin_anew(None)

    def begin_anew(self, organisation: Any) -> None:
        """Another organisation, or a demo reset: their own records are gone."""
        self.organisation = organisation
        self.own_contacts, self.own_items = [], []
        self.customers = [] if organisation is None else list(organisation.store.contacts.rows)

    def work(self, today: dt.date) -> None:
        """One thing."""
        deed = self.random.choice(DEEDS)
        self.today = today
        self.touched: list[str] = []
        try:
            getattr(self, deed)()
        except (ValidationError, NotFoundError):
            self.refused[deed] += 1
        else:
            self.did[deed] += 1
            for key in self.touched:
                self.history.setdefault(key, []).append((self.clock(), deed))

    def told(self, key: str | None) -> str:
        """What was done to a record, and when."""
        deeds = self.history.get(key or "", [])
        return ", ".join(f"{deed} on {at:%d %b %Y, %H:%M}" for at, deed in deeds) or "untouched"

    def contact_renamed(self) -> None:
        key = self._customer()
        actions.contact_edit(self.organisation, key, EmailAddress=f"mail{self._next()}@customer.example")

    def contact_added(self) -> None:
        key = actions.contact_add(self.organisation, Name=f"Passing Trade {self._next()} Ltd")
        self.own_contacts.append(self._touch(key))
        self._invoice(key, "AUTHORISED")

    def contact_archived(self) -> None:
        actions.contact_archive(self.organisation, self._own(self.own_contacts))

    def contact_restored(self) -> None:
        actions.contact_restore(self.organisation, self._own(self.own_contacts))

    def contact_merged(self) -> None:
        actions.contact_merge(
            self.organisation, self._own(self.own_contacts), into=self._own(self.own_contacts)
        )

    def item_priced(self) -> None:
        key = self._touch(self.random.choice(list(self.organisation.store.items.rows)))
        price = Decimal(self.random.randrange(100, 90_000)) / 100
        actions.item_edit(self.organisation, key, SalesDetails={"UnitPrice": price, "AccountCode": "200"})

    def item_added(self) -> None:
        code = f"NEW-{self._next()}"
        self.own_items.append(self._touch(actions.item_add(self.organisation, Code=code, Name=code)))

    def item_deleted(self) -> None:
        actions.item_delete(self.organisation, self._own(self.own_items))

    def stock_counted(self) -> None:
        """Leaves no stamp (xero-facts 3.5)."""
        rows = [row for row in self.organisation.store.items.ordered() if item_form.is_tracked(row)]
        if not rows:
            raise NotFoundError("nothing is tracked")
        key = self._touch(self.random.choice(rows).key)
        actions.stock_adjust(self.organisation, key, quantity=Decimal(self.random.randrange(5, 500)))

    def invoice_added(self) -> None:
        self._invoice(self._customer(), self.random.choice(("DRAFT", "AUTHORISED")))

    def invoice_approved(self) -> None:
        actions.invoice_edit(
            self.organisation, self._document("DRAFT"), Status="AUTHORISED", DueDate=self._due()
        )

    def invoice_paid(self) -> None:
        key = self._document("AUTHORISED")
        owed = self._record(key)["AmountDue"]
        part = owed if self.random.random() < 0.6 else (owed / 2).quantize(Decimal("0.01"))
        actions.payment_add(self.organisation, key, Account={"Code": "090"}, Amount=part)

    def invoice_voided(self) -> None:
        """Never one of ours: an order must end with one live invoice."""
        actions.invoice_void(self.organisation, self._document("AUTHORISED", ours=False))

    def due_date_moved(self) -> None:
        """Leaves no stamp either, on an invoice that is part-paid (xero-facts 3.5)."""
        key = self._document("AUTHORISED")
        actions.invoice_due_move(
            self.organisation, key, due=self.today + dt.timedelta(days=self.random.randrange(5, 60))
        )

    def credit_given(self) -> None:
        key = actions.credit_note_add(
            self.organisation,
            Type="ACCRECCREDIT",
            Contact={"ContactID": self._customer()},
            LineItems=[LINE | {"UnitAmount": Decimal(self.random.randrange(1, 300))}],
            Status="AUTHORISED",
        )
        self._touch(key)

    def _invoice(self, contact: str, status: str) -> None:
        key = actions.invoice_add(
            self.organisation,
            Type="ACCREC",
            Contact={"ContactID": contact},
            LineItems=[LINE | {"UnitAmount": Decimal(self.random.randrange(1, 90_000)) / 100}],
            Status=status,
            DueDate=self._due(),
        )
        self._touch(key)

    def _document(self, status: str, *, ours: bool = True) -> str:
        """Some sales invoice in this status; looked for among a few, as a person would."""
        rows = self.organisation.store.invoices.rows
        for key in self.random.sample(list(rows), min(len(rows), 40)):
            record = self._record(key)
            is_ours = OUR_MARK in (record.get("Url") or "")
            if record["Type"] == "ACCREC" and record["Status"] == status and (ours or not is_ours):
                return self._touch(str(key))
        raise NotFoundError(f"no invoice is {status}")

    def _record(self, key: str) -> dict[str, Any]:
        return document_form.record(INVOICE, self.organisation.store.invoices.rows[key])

    def _own(self, keys: list[str]) -> str:
        if not keys:
            raise NotFoundError("nothing of one's own yet")
        return self._touch(self.random.choice(keys))

    def _customer(self) -> str:
        return self._touch(self.random.choice(self.customers))

    def _touch(self, key: str) -> str:
        self.touched.append(key)
        return key

    def _due(self) -> str:
        return str(self.today + dt.timedelta(days=30))

    def _next(self) -> int:
        self.count += 1
        return self.count


OFTEN = (
    "invoice_added",
    "invoice_added",
    "invoice_approved",
    "invoice_paid",
    "invoice_paid",
    "contact_renamed",
)
SELDOM = (
    "contact_added",
    "contact_archived",
    "contact_restored",
    "contact_merged",
    "item_priced",
    "item_added",
    "item_deleted",
    "stock_counted",
    "invoice_voided",
    "due_date_moved",
    "credit_given",
)
DEEDS = OFTEN + SELDOM
