"""Who may sign in to the stand-in, and which organisations each person belongs to.

A person of two organisations is one person, known by ``GlobalUserID`` or, failing that, by email. Built from
the ``users`` of each seed; the control plane may take a person out of an organisation and put them back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Person:
    """One login. ``organisations`` maps tenant id to the role there; ``user_id`` is ``xero_userid``."""

    user_id: str
    email: str
    first_name: str
    last_name: str
    organisations: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, or the email address where there is no name."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class People:
    """The directory of logins."""

    def __init__(self) -> None:
        self._by_id: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def find(self, key: str) -> Person | None:
        """The person with this user id or email address."""
        if person := self._by_id.get(key):
            return person
        wanted = key.casefold()
        return next((person for person in self._by_id.values() if person.email.casefold() == wanted), None)

    def admit(self, tenant_id: str, users: Iterable[dict[str, Any]]) -> None:
        """Let the users of one organisation sign in; a known person gains one more organisation."""
        for user in users:
            key = str(user.get("GlobalUserID") or user.get("UserID") or user["EmailAddress"])
            person = self.find(key) or self.find(str(user.get("EmailAddress", "")))
            if person is None:
                person = Person(
                    key,
                    str(user.get("EmailAddress", "")),
                    str(user.get("FirstName", "")),
                    str(user.get("LastName", "")),
                )
                self._by_id[key] = person
            person.organisations[tenant_id] = str(user.get("OrganisationRole", "STANDARD"))

    def belongs(self, user_id: str, tenant_id: str) -> bool:
        """Whether this person may still enter this organisation."""
        person = self._by_id.get(user_id)
        return person is not None and tenant_id in person.organisations

    def remove(self, user_id: str, tenant_id: str) -> bool:
        """Take a person out of an organisation; False when they were not in it."""
        person = self.find(user_id)
        return person is not None and person.organisations.pop(tenant_id, None) is not None

    def move(self, old_tenant: str, new_tenant: str) -> None:
        """A demo reset: everybody of the old organisation belongs to the new one instead."""
        for person in self._by_id.values():
            if (role := person.organisations.pop(old_tenant, None)) is not None:
                person.organisations[new_tenant] = role
