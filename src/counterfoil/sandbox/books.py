"""One piece of work on one organisation: who asks, with which options, and the services every rule needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import zones
from .errors import Record
from .store import Collection, HistoryRecord, Row, Store, record_of

if TYPE_CHECKING:
    from .world import Organisation, Switches, World

PERSON = "System Generated"


@dataclass
class Books:
    """Passed to every rule. `app_id` is empty when a person works in the stand-in's own screens."""

    world: World
    organisation: Organisation
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    app_id: str = ""
    app_name: str = PERSON
    events: list[tuple[str, str, str, Record]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The organisation's records."""
        return self.organisation.store

    @property
    def switches(self) -> Switches:
        """The world's assumptions."""
        return self.world.switches

    def now(self) -> datetime:
        """The world's time."""
        return self.world.clock.now()

    def stamp(self) -> datetime:
        """A stamp for a change made now."""
        return self.store.stamp_next(self.now())

    @cached_property
    def today(self) -> date:
        """The date in the organisation's time zone: the default of a document's Date (xero-facts 3.2)."""
        return self.now().astimezone(zones.zone(str(self.store.organisation.get("Timezone", "UTC")))).date()

    @property
    def base_currency(self) -> str:
        """The organisation's currency."""
        return str(self.store.organisation.get("BaseCurrency", "GBP"))

    @property
    def unit_places(self) -> int:
        """Decimals of unit amounts: two, or four when asked (xero-facts 3.8)."""
        return 4 if self.query.get("unitdp") == "4" or not self.app_id else 2

    def flag(self, name: str) -> bool:
        """A boolean query parameter."""
        return self.query.get(name, "").lower() == "true"

    def tell(self, category: str, key: str, event_type: str, record: Record) -> None:
        """Keep an event until the work has been committed."""
        self.events.append((category, key, event_type, record))

    def tell_all(self) -> None:
        """Send what was kept, one event a record: a record created and changed at once is a creation."""
        events, self.events = self.events, []
        merged: dict[tuple[str, str], tuple[str, Record]] = {}
        for category, key, event_type, record in events:
            first = merged.get((category, key), (event_type, record))[0]
            merged[(category, key)] = (first, record)
        for (category, key), (event_type, record) in merged.items():
            self.organisation.tell(category, key, event_type, record)

    def note(self, endpoint: str, key: str, changes: str, details: str = "") -> None:
        """Write a line of history."""
        entry = HistoryRecord(changes, self.app_name or PERSON, details, self.now())
        self.store.note(endpoint, key, entry)


def found(collection: Collection, key: Any) -> Row | None:
    """A row by id, tolerant of what a client may send as an id."""
    return collection.get(str(key)) if key else None


def record_by_id(collection: Collection, key: Any) -> Record | None:
    """A fresh record by id."""
    row = found(collection, key)
    return record_of(row) if row else None
