"""CN-10: what an organisation must offer for everything to work, and the effect of what is missing.

Pure reading of Organisation and Organisation/Actions; nothing is blocked by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

ALLOWED = "ALLOWED"


class Prerequisite(TypedDict):
    key: str
    ok: bool
    text: str


ROLE_LACKS = (
    "The person who connected may not create invoices in Xero: reading works, confirmed orders will wait. Let someone "
    "with the Standard or Adviser role connect."
)


def without_role(found: list[Prerequisite]) -> list[Prerequisite]:
    """The same, once Xero has refused what was sent, whatever it said of the role before."""
    lacks = Prerequisite(key="role", ok=False, text=ROLE_LACKS)
    return [lacks if one["key"] == "role" else one for one in found]


def prerequisites_of(
    status: str | None, actions: Mapping[str, str], missing_scopes: bool
) -> list[Prerequisite]:
    """One entry per prerequisite. `actions`: name → ALLOWED or NOT-ALLOWED, as Xero lists them.

    An action that Xero does not name is taken as allowed: the list is open (xero-facts 4.1).
    """

    def may(action: str) -> bool:
        return actions.get(action, ALLOWED).upper() == ALLOWED

    found = [
        (
            "organisation",
            (status or "ACTIVE").upper() == "ACTIVE",
            "The organisation is active in Xero.",
            "The organisation is not active in Xero: it can be read, but Xero may refuse new invoices.",
        ),
        (
            "multicurrency",
            may("UseMulticurrency"),
            "The Xero plan includes multi-currency.",
            "The Xero plan has no multi-currency: orders in other currencies than the home currency "
            "cannot become Xero invoices. Everything in the home currency works.",
        ),
        (
            "role",
            may("CreateDraftInvoice"),
            "The person who connected may create invoices.",
            ROLE_LACKS,
        ),
        (
            "scopes",
            not missing_scopes,
            "Xero granted every permission that was asked for.",
            "Xero granted fewer permissions than were asked for: the streams that need them will be "
            "set aside with the reason. Connect again and allow access.",
        ),
    ]
    return [{"key": key, "ok": ok, "text": good if ok else bad} for key, ok, good, bad in found]
