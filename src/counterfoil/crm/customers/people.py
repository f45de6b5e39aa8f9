"""The people that Xero lists for a ledger, kept beside those that users added (CU-13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from counterfoil.core.mapping.contacts import Person
from counterfoil.crm.customers.models import Contact
from counterfoil.database import bulk

NEW: tuple[str, ...] = (
    "operating_company_id",
    "division_id",
    "slot",
    "first_name",
    "last_name",
    "email",
    "phone",
    "role_code",
    "created_at",
)
CHANGED: tuple[str, ...] = ("slot", "first_name", "last_name", "email", "phone")


class Kept(NamedTuple):
    """One person as stored."""

    id: int
    slot: int
    person: Person


def people_apply(
    company_id: int, wanted: dict[int, Sequence[Person]], *, role_code: str, at: dt.datetime
) -> None:
    """Make Xero's people of these divisions (`wanted`: division → people) what they should be.

    Rows of people that stay are kept, with the role a user gave them; people without a slot are
    never looked at.
    """
    changed, gone, fresh = [], [], []
    stored = _stored(company_id, wanted)
    for division, people in wanted.items():
        kept = stored.get(division, [])
        if [k.person for k in kept] == list(people):
            continue
        pairs, left = matched(kept, people)
        gone += left
        for slot, (person, row) in enumerate(zip(people, pairs, strict=True)):
            if row is None:
                fresh.append(new_row(company_id, division, slot, person, role_code, at))
            elif (row.slot, row.person) != (slot, person):
                changed.append(
                    (row.id, slot, person.first_name, person.last_name, person.email, person.phone)
                )
    bulk.delete(Contact, "id", gone)
    bulk.update(Contact, "id", CHANGED, changed)
    bulk.insert(Contact, NEW, fresh)


def new_row(
    company_id: int, division: int, slot: int, person: Person, role_code: str, at: dt.datetime
) -> tuple[object, ...]:
    names = (person.first_name, person.last_name, person.email, person.phone)
    return (company_id, division, slot, *names, role_code, at)


def matched(kept: Sequence[Kept], people: Sequence[Person]) -> tuple[list[Kept | None], list[int]]:
    """For each of `people` the stored row that is the same person, and the ids of rows left over.

    Xero gives people no id and shifts them up when one goes, so they are recognised by what they
    share, strongest first: everything, the e-mail address, the name, and at last the place.
    """
    free = list(kept)
    found: list[Kept | None] = [None] * len(people)
    for test in (_identical, _same_email, _same_name, _same_slot):
        for slot, person in enumerate(people):
            if found[slot] is None:
                row = next((k for k in free if test(k, slot, person)), None)
                if row is not None:
                    found[slot] = row
                    free.remove(row)
    return found, [k.id for k in free]


def _identical(kept: Kept, _slot: int, person: Person) -> bool:
    return kept.person == person


def _same_email(kept: Kept, _slot: int, person: Person) -> bool:
    return bool(person.email) and kept.person.email.casefold() == person.email.casefold()


def _same_name(kept: Kept, _slot: int, person: Person) -> bool:
    names = (person.first_name, person.last_name)
    return any(names) and (kept.person.first_name, kept.person.last_name) == names


def _same_slot(kept: Kept, slot: int, _person: Person) -> bool:
    return kept.slot == slot


def _stored(company_id: int, divisions: Iterable[int]) -> dict[int, list[Kept]]:
    columns = ("division_id", "id", "slot", "first_name", "last_name", "email", "phone")
    rows = bulk.select(Contact, columns, "division_id", divisions, operating_company_id=company_id)
    found: dict[int, list[Kept]] = {}
    for division, key, slot, *rest in rows:
        if slot is not None:
            found.setdefault(division, []).append(Kept(key, slot, Person(*rest)))
    for people in found.values():
        if len(people) > 1:
            people.sort(key=lambda k: k.slot)
    return found
