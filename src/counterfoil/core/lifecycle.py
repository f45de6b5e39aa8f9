"""The stages of a quote and what may be done in each (PU-4, PU-9).

Draft → Sent → Won → Waiting to be confirmed → Confirmed → Invoiced, or Lost. Only Draft is edited freely:
what a customer was sent or what was ordered stays as it was, and a revision starts a new draft.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    WON = "won"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    INVOICED = "invoiced"
    LOST = "lost"


class Act(StrEnum):
    """What can happen to a quote. The last three are reports about its invoice."""

    EDIT = "edit"
    NOTE = "note"
    SEND = "send"
    WIN = "win"
    LOSE = "lose"
    REVISE = "revise"
    CONFIRM = "confirm"
    AMEND = "amend"
    REOPEN = "reopen"
    MADE = "made"
    REFUSED = "refused"
    LINKED = "linked"


NAMES: Final[dict[Stage, str]] = {
    Stage.DRAFT: "Draft",
    Stage.SENT: "Sent",
    Stage.WON: "Won",
    Stage.WAITING: "Waiting to be confirmed",
    Stage.CONFIRMED: "Confirmed",
    Stage.INVOICED: "Invoiced",
    Stage.LOST: "Lost",
}

# NOTE is what may change without a new version: reference, dates, people, internal notes.
# AMEND and REVISE go back to a draft; whether an invoice may still be amended is asked apart (PU-9).
_NEXT: Final[dict[Stage, dict[Act, Stage]]] = {
    Stage.DRAFT: {
        Act.EDIT: Stage.DRAFT,
        Act.NOTE: Stage.DRAFT,
        Act.SEND: Stage.SENT,
        Act.WIN: Stage.WON,
        Act.LOSE: Stage.LOST,
        Act.CONFIRM: Stage.WAITING,
        Act.LINKED: Stage.DRAFT,  # an order being amended: its invoice is known already
    },
    Stage.SENT: {
        Act.NOTE: Stage.SENT,
        Act.SEND: Stage.SENT,
        Act.WIN: Stage.WON,
        Act.LOSE: Stage.LOST,
        Act.REVISE: Stage.DRAFT,
        Act.CONFIRM: Stage.WAITING,
    },
    Stage.WON: {
        Act.NOTE: Stage.WON,
        Act.LOSE: Stage.LOST,
        Act.REVISE: Stage.DRAFT,
        Act.CONFIRM: Stage.WAITING,
    },
    Stage.WAITING: {
        Act.REOPEN: Stage.DRAFT,
        Act.MADE: Stage.CONFIRMED,
        Act.REFUSED: Stage.WAITING,
        Act.LINKED: Stage.INVOICED,
    },
    Stage.CONFIRMED: {
        Act.AMEND: Stage.DRAFT,
        Act.MADE: Stage.CONFIRMED,
        Act.LINKED: Stage.INVOICED,
    },
    Stage.INVOICED: {
        Act.AMEND: Stage.DRAFT,
        Act.MADE: Stage.INVOICED,
        Act.LINKED: Stage.INVOICED,
    },
    Stage.LOST: {Act.REVISE: Stage.DRAFT},
}

OPEN: Final = frozenset({Stage.DRAFT, Stage.SENT, Stage.WON})
ORDERED: Final = frozenset({Stage.WAITING, Stage.CONFIRMED, Stage.INVOICED})


def next_stage(stage: str, act: Act) -> Stage | None:
    """The stage that `act` leads to from `stage`; None when it is not possible there."""
    return _NEXT[Stage(stage)].get(act)


def moves_of(stage: str) -> dict[Stage, Act]:
    """Where a person may lead a quote from `stage`, and by what act; confirming is no move but a decision."""
    personal = (Act.SEND, Act.WIN, Act.LOSE, Act.REVISE)
    found = {_NEXT[Stage(stage)].get(act): act for act in personal}
    return {to: act for to, act in found.items() if to is not None and to != stage}


def acts_of(stage: str) -> frozenset[Act]:
    """Everything that may be done in `stage`."""
    return frozenset(_NEXT[Stage(stage)])
