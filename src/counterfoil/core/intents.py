"""What is kept of one push to Xero, what can be seen of it, and what can be done next. Values only.

An intent is one row: it is written before anything is sent, and every step of `core.pushing` is committed before the
next is taken, under the condition that the row's `lease_token` is still the worker's. Times are milliseconds since
1970 of our own clock, but for `updated_ms`, which is Xero's. `msgspec.json` and `msgspec.to_builtins` store a Push.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from counterfoil.core.retry import HOUR_MS, MINUTE_MS

Kind = Literal["invoice", "contact", "item"]

State = Literal[
    "blocked",  # waits for the contact and the items it needs; its body is not frozen yet
    "ready",  # nothing of it can be on its way to Xero
    "sending",  # announced: from here on Xero may have it
    "resending",  # the same key and bytes go once more, at `not_before_ms`
    "uncertain",  # something was sent, nobody knows whether it arrived: checking with Xero
    "sent",  # it is in Xero as `xero_id`
    "removed",  # it was in Xero, and a person deleted or voided it there
    "refused",  # Xero, or the check before it, said no; a corrected order is a new revision
    "waiting",  # only a person can go on; `reason` says what for
]
RESTING: frozenset[State] = frozenset({"refused", "waiting"})
# Found in Xero, so that only the sweep is left to do.
IN_XERO: frozenset[State] = frozenset({"sent", "removed"})

# Why a push waits for a person or a connection. Free text of Xero's goes to `words`.
Reason = Literal[
    "",
    "parts",  # its contact or an item cannot be made
    "connection",  # not allowed, or not connected: reconnecting releases it
    "other_organisation",  # the connection leads to another organisation than the order was confirmed for
    "key_conflict",  # a bug of ours: the company's pushes stop
    "alike",  # something in Xero looks like it, without our mark
    "other_revision",  # an earlier or later revision of the same order is in Xero
    "twins",  # two in Xero, and the second is not ours to delete
    "archived",
    "redacted",
    "name_taken",
    "code_taken",
    "held",  # its contact is in Xero, and another customer here is linked to it
    "hidden_clash",  # Xero says the name or number is taken, and shows nobody who has it
    "preflight",
    "refused",
    "not_supported",
    "removed_in_xero",
]


class Policy(Struct, frozen=True):
    """How long a lost request of a kind may still arrive, and how often to look before it is sent anew."""

    settle_ms: int
    clean_looks: int
    sweeps_ms: tuple[int, ...]


SWEEPS_MS = (HOUR_MS, 24 * HOUR_MS)
# Our own number is refused twice where Xero keeps numbers apart, so a short wait is enough (reliability §5.3).
OWN_NUMBER = Policy(settle_ms=15 * MINUTE_MS, clean_looks=2, sweeps_ms=SWEEPS_MS)
XERO_NUMBER = Policy(settle_ms=60 * MINUTE_MS, clean_looks=2, sweeps_ms=SWEEPS_MS)
# Contacts and items: a late twin is refused by its number or code, so there is nothing to wait for (§5.5).
UNIQUE = Policy(settle_ms=0, clean_looks=1, sweeps_ms=())


class Likeness(Struct, frozen=True):
    """What two copies of one invoice share when a person has taken our mark away (§5.4, last paragraph)."""

    contact: str
    date: str
    currency: str
    total: Decimal
    lines: int


class Found(Struct, frozen=True):
    """A record as Xero showed it, as far as a push needs it.

    `by_us`: listed by createdByMyApp. `pristine`: a DRAFT equal in every field we sent to the
    frozen body of the revision whose mark it carries.
    `marker` "": it carries no installation's mark.
    """

    id: str
    status: str
    number: str = ""
    marker: str = ""
    updated_ms: int = 0
    total: Decimal | None = None
    by_us: bool = False
    pristine: bool = False
    likeness: Likeness | None = None

    @property
    def is_live(self) -> bool:
        return self.status not in {"DELETED", "VOIDED"}


class Push(Struct, frozen=True, kw_only=True):
    """One thing to be made in Xero exactly once: unique by (company, kind, order, revision).

    `kin`: the marks of the same order's other revisions, before and after: a refused revision may turn out to have
    arrived, and a restored database may have forgotten a later one. `number`: the invoice's own number, the ContactNumber or the item's code; "" where Xero numbers. `first_sent_ms` is
    of the first send ever, `key_since_ms` of the first send of the present key. `doubt`: some send of the present or an
    earlier key may yet turn out to have been received. `was_unsure`: there has been doubt at some time. `clear_since_ms`: when the look began that allows a send.
    """

    kind: Kind
    order: str
    revision: int
    epoch: str
    marker: str
    kin: tuple[str, ...] = ()
    confirmed_ms: int
    own_number: bool = False
    number: str = ""
    generation: int = 0
    total: Decimal | None = None
    likeness: Likeness | None = None

    state: State = "blocked"
    is_frozen: bool = False
    reason: Reason = ""
    words: str = ""
    not_before_ms: int = 0
    checked_ms: int | None = None

    attempt: int = 0
    key: str = ""
    sends: int = 0
    renew: bool = False
    renewed: bool = False
    key_since_ms: int | None = None
    first_sent_ms: int | None = None
    last_sent_ms: int | None = None

    doubt: bool = False
    was_unsure: bool = False
    settle_until_ms: int | None = None
    looks: int = 0
    clean_looks: int = 0
    last_clean_ms: int | None = None
    clear_since_ms: int | None = None
    step_aside: bool = False
    clashes: int = 0
    clashed_ms: int | None = None
    refusal: str = ""
    refusal_reason: Reason = ""

    lease_owner: str = ""
    lease_token: int = 0
    lease_until_ms: int | None = None

    xero_id: str = ""
    xero_number: str = ""
    xero_status: str = ""
    xero_updated_ms: int = 0
    total_differs: bool = False
    sent_ms: int | None = None
    sweeps: int = 0
    sweep_at_ms: int | None = None
    twins: tuple[Found, ...] = ()
    candidates: tuple[str, ...] = ()
    not_ours: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        if self.kind != "invoice":
            return UNIQUE
        return OWN_NUMBER if self.own_number else XERO_NUMBER

    @property
    def due_ms(self) -> int | None:
        """When a worker should take it up again; None: not before a person or an event changes it."""
        if self.state in RESTING:
            return None
        return self.sweep_at_ms if self.state in IN_XERO else self.not_before_ms


class Wait(Struct, frozen=True):
    """Let go of the lease; nothing to do before `until_ms`."""

    until_ms: int


class Freeze(Struct, frozen=True):
    """Write the body down for good, if contact and items have their ids; then `frozen`, else `still_blocked`."""


class Check(Struct, frozen=True):
    """Step 3: is the connection the right one, may this still be sent? Then `checked`."""


class Look(Struct, frozen=True):
    """Step 4: read what Xero has since `since_ms`, and who has `number` ("" if none is ours). Then `looked`."""

    since_ms: int
    number: str


class Renumber(Struct, frozen=True):
    """Take the next number and freeze a body with it; the old number belongs to somebody else. Then `renumbered`."""

    generation: int


class Announce(Struct, frozen=True):
    """Step 5: commit `announced` before anything is sent. `renew`: fetch a fresh access token first."""

    fresh_key: bool
    renew: bool = False


class Send(Struct, frozen=True):
    """Step 6: one request with this key and the frozen bytes, if `may_send`. Then `answered`."""

    key: str


class Remove(Struct, frozen=True):
    """Step 9: read the twin alone; if it is still as shown here, set it DELETED. Then `twin_removed`."""

    twin: Found


class AskPerson(Struct, frozen=True):
    """Nothing more happens by itself."""

    reason: Reason
    candidates: tuple[str, ...] = ()


class Done(Struct, frozen=True):
    """At its end, for good."""


Action = Wait | Freeze | Check | Look | Renumber | Announce | Send | Remove | AskPerson | Done


class Absent(Struct, frozen=True):
    """The look shows nothing of it, nor anything in its place."""


class Ours(Struct, frozen=True):
    """The look shows it: once, or more than once. `alike`: what may be another one of it, its link taken out."""

    records: tuple[Found, ...]
    alike: tuple[str, ...] = ()


class Taken(Struct, frozen=True):
    """It is not there, and its number belongs to another."""


class Ask(Struct, frozen=True):
    """A person must decide. `at_once`: even while something of ours may still be on its way."""

    reason: Reason
    candidates: tuple[str, ...] = ()
    at_once: bool = False


Verdict = Absent | Ours | Taken | Ask
