"""What came of applying a page of values to the CRM."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Applied:
    """Counts, and the records that are not in the CRM with the reason.

    `skipped`: external id → a short outcome (`archived`, `unflagged`, `supplier`): right to leave out.
    `refused`: external id → a sentence: set aside for a person (SY-10). `lacking`: of those, external id → the
    id of the contact it waits for.
    """

    created: int = 0
    updated: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    @property
    def written(self) -> int:
        return self.created + self.updated
