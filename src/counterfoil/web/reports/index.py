"""The reports there are, in the groups the index shows."""

from __future__ import annotations

from counterfoil.web.lists.screen import Screen
from counterfoil.web.reports.sales import SALES

GROUPS: tuple[tuple[str, tuple[Screen, ...]], ...] = (("Sales", SALES),)
REPORTS = tuple(screen for _, screens in GROUPS for screen in screens)
