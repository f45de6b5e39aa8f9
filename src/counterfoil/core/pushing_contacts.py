"""What a look at Xero's contacts says about a customer that was made here (reliability §5.5).

The ContactNumber is the sure sign: it is unique among all contacts, archived ones too, and derived from the customer's
own UUID. The name is only a reason to ask: Xero keeps names apart among active contacts, and says it may stop doing so
(xero-facts §4.2).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from counterfoil.core.intents import Absent, Ask, Found, Ours, Push, Verdict

ACTIVE = "ACTIVE"


class FoundContact(Struct, frozen=True):
    """A contact as Xero showed it. `is_linked`: some customer here has it already.

    `merged_into`: where a chain of merges ends (at most five steps; only single reads show it), "" if not merged.
    """

    id: str
    status: str
    name: str
    number: str = ""
    updated_ms: int = 0
    is_linked: bool = False
    tax_number: str = ""
    email: str = ""
    merged_into: str = ""


class Customer(Struct, frozen=True):
    """What the customer here is called. `may_link`: the company's rule allows linking without asking."""

    name: str
    tax_number: str = ""
    email: str = ""
    may_link: bool = False


def same_name(one: str, other: str) -> bool:
    """As loosely as Xero may compare: case and blanks do not tell names apart (D24)."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def contact_verdict(
    push: Push,
    customer: Customer,
    *,
    by_number: Sequence[FoundContact],
    by_name: Sequence[FoundContact],
    complete: bool,
) -> Verdict | None:
    """`by_number` with includeArchived, `by_name`; both are checked again here, for filters compare loosely.

    None: the look was incomplete and says nothing.
    """
    if not complete:
        return None
    ours = [contact for contact in by_number if contact.number == push.number]
    if ours:
        return _of_ours(ours)
    named = [
        contact
        for contact in by_name
        if contact.status == ACTIVE
        and same_name(contact.name, customer.name)
        and contact.id not in push.not_ours
    ]
    if not named:
        return Absent()
    if len(named) == 1 and _may_link(named[0], customer):
        return Ours((_found(named[0]),))
    return Ask("name_taken", tuple(contact.id for contact in named), at_once=True)


def _of_ours(contacts: list[FoundContact]) -> Verdict:
    active = [contact for contact in contacts if contact.status == ACTIVE]
    if active:
        return Ours(tuple(_found(contact) for contact in active))
    gone = contacts[0]
    if gone.merged_into:
        return Ours((Found(id=gone.merged_into, status=ACTIVE),))
    return Ask("redacted" if gone.status == "GDPRREQUEST" else "archived", (gone.id,), at_once=True)


def _may_link(contact: FoundContact, customer: Customer) -> bool:
    """Never on the name alone, nor on an e-mail address that several may share with another customer's (W25)."""
    if not customer.may_link or contact.is_linked:
        return False
    same_tax_number = bool(customer.tax_number) and contact.tax_number == customer.tax_number
    same_email = bool(customer.email) and contact.email.casefold() == customer.email.casefold()
    return same_tax_number or same_email


def _found(contact: FoundContact) -> Found:
    return Found(id=contact.id, status=contact.status, number=contact.number, updated_ms=contact.updated_ms)
