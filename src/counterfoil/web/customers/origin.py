"""Values that only one system keeps, and which (SY-12, ST-3); those both keep are `sync.agreement`'s."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from counterfoil.web import showing

XERO = "Xero"
CRM = "CRM"

# (label, attribute, owner, where it comes from)
FIELDS = (
    ("Label", "display_description", XERO, "name or account number, as the import settings say"),
    ("Code", "account_number", XERO, "the contact's account number"),
    ("Fax", "fax", XERO, "the contact's fax number"),
    ("Discount", "discount", XERO, "the contact's discount"),
    ("Balance", "balance_outstanding", XERO, "what Xero says is outstanding"),
    ("Overdue", "balance_overdue", XERO, "what Xero says is overdue"),
)


def origins_of(ledger: Any) -> list[dict[str, Any]]:
    """Each value with its owner."""
    rows = [
        {"label": label, "value": _shown(getattr(ledger, name)), "owner": owner, "source": source}
        for label, name, owner, source in FIELDS
    ]
    company = ledger.division.company if ledger.division else None
    by_user = "a user set it" if ledger.b2c_by_user else "worked out from the contact's names"
    rows += [
        {"label": "Business or consumer", "value": ledger.get_b2c_display(), "owner": CRM, "source": by_user},
        {
            "label": "Company name",
            "value": company.name if company else "",
            "owner": CRM if company and company.named_by_user else XERO,
            "source": "a user renamed it"
            if company and company.named_by_user
            else "follows the contact's name",
        },
        {
            "label": "Account manager",
            "value": company.account_manager if company and company.account_manager else "",
            "owner": CRM,
            "source": "chosen by a user, or the default of the import settings",
        },
        {
            "label": "Stop",
            "value": ("On stop: " + ledger.stop_reason) if ledger.on_stop else "",
            "owner": CRM if ledger.stopped_by_user else XERO,
            "source": "a user set it" if ledger.stopped_by_user else "set when the contact is archived",
        },
    ]
    return rows


def _shown(value: Any) -> Any:
    return showing.number_text(value, 2) if isinstance(value, Decimal) else value
