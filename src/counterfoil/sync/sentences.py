"""Why something is not in Xero yet, in plain sentences; Xero's own words stand beside them (PU-8)."""

from __future__ import annotations

import datetime as dt
import re

from counterfoil.core.intents import Push, Reason
from counterfoil.sync.models import Errand, PushIntent

_REASONS: dict[Reason, str] = {
    "parts": "The order waits, because its customer or a product could not be made in Xero.",
    "connection": "Xero does not let the CRM do this at the moment. It goes out by itself once Xero allows it; the page of "
    "the connection says why, and what to do.",
    "other_organisation": (
        "The order was confirmed for another Xero organisation than the one connected now. It is not sent "
        "anywhere else; connect the old one, or skip it."
    ),
    "key_conflict": (
        "Xero says that a safety key was used twice, which is a fault of the CRM. Nothing more is sent for this "
        "company until somebody has looked; tell the CRM's support, and retry then."
    ),
    "alike": "Xero has an invoice that looks like this one but lacks the CRM's link. Say whether it is this one.",
    "other_revision": (
        "Another version of this order is in Xero as an invoice already. Nothing was made twice; say which counts."
    ),
    "twins": "Xero has this order as two invoices. Delete or void one of them in Xero, then retry.",
    "archived": "The customer is archived in Xero. Restore the contact there and retry, or link another one.",
    "redacted": "Removal of the customer's personal data was requested in Xero. Nothing may be sent for it.",
    "name_taken": "Xero has a contact of this name already. Link to it, or give the customer here another name.",
    "code_taken": "Xero has an item with this code already. Link to it, or give the product here another code.",
    "held": "Its contact in Xero belongs to another customer here. Use that customer and skip this one, or retry.",
    "hidden_clash": (
        "Xero says that the name or number is taken but shows nobody who has it. Look in Xero, then retry."
    ),
    "preflight": "A check before sending failed, so nothing was sent.",
    "refused": "Xero refused it, so nothing was made. Put right what it says, then retry.",
    "not_supported": "Xero does not take this request, so nothing was made. Tell the CRM's support.",
    "removed_in_xero": (
        "The invoice was deleted or voided in Xero by somebody. It is not made again unless the order is "
        "confirmed anew."
    ),
}
_SECOND = (
    "Xero has a second invoice that looks like this order's and lacks the CRM's link. Nothing was changed there. Delete "
    "or void one of them in Xero and try again, or say that it is another one."
)
_STATES = {
    "blocked": "Waits for its customer and products to be in Xero.",
    "ready": "Is about to be sent.",
    "sending": "Is being sent.",
    "resending": "Is being sent again; Xero makes it once.",
    "uncertain": "Xero's answer was lost. It is being checked whether the invoice arrived; nothing is sent twice.",
    "sent": "Is in Xero.",
}

# A part of Xero's message → what to do here and the field it is about (xero-facts §4.2, §4.4, §4.5).
_KNOWN: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), sentence, field)
    for pattern, sentence, field in (
        (
            r"account code .* (is not a valid|archived|deleted|removed)",
            "An analysis code cannot be used. Choose another on the line.",
            "analysis",
        ),
        (
            r"taxtype code|tax type",
            "A tax code cannot be used there. Choose another on the line.",
            "tax_type",
        ),
        (
            r"not subscribed to currency",
            "The organisation does not have this currency. Add it in Xero, or change the order's.",
            "currency",
        ),
        (r"archived", "The customer is archived in Xero. Restore the contact there.", "sales_ledger"),
        (
            r"lock date|locked period|period that has been locked",
            "The date lies in a locked period. Choose a later one, or unlock the period in Xero.",
            "date",
        ),
        (r"item code", "An item code is not known in Xero. Choose another product on the line.", "product"),
        (r"email address", "The e-mail address is not valid for Xero. Correct it.", "email"),
        (r"contact name .* already assigned", _REASONS["name_taken"], "name"),
        (r"contact number .* already assigned", "Another contact in Xero has this number.", "number"),
        (r"price list item .* already exists", _REASONS["code_taken"], "code"),
        (r"approv|plan|limit of", "Xero's plan or this user's role does not allow it.", "status"),
        (r"invoice # must be unique", "The number belongs to another invoice in Xero.", "invoice_number"),
        (r"description", "A line's description does not fit. Correct it on the line.", "description"),
        (r"due ?date", "The due date does not fit. Correct it on the order.", "due_date"),
    )
)


def of_push(push: Push) -> str:
    """One sentence about where it stands; empty when it is simply done."""
    if push.state == "sent":
        return ""
    if push.state == "refused" and push.reason == "preflight":
        return push.words or _REASONS["preflight"]
    if push.reason == "alike" and push.xero_id:
        return _SECOND
    if push.state in {"refused", "waiting", "removed"}:
        known = explained(push.words)[0] if push.reason == "refused" else ""
        return known or (
            push.words
            if push.reason in {"parts", "held"} and push.words
            else _REASONS.get(push.reason, push.words)
        )
    return _STATES.get(push.state, "")


def cause_of_push(push: Push) -> str:
    """As `of_push`, without the name of what it is about: the same for all that have one cause."""
    return _REASONS[push.reason] if push.reason in {"parts", "held"} else of_push(push)


def explained(words: str) -> tuple[str, str]:
    """Our sentence for Xero's words and the field they are about; both empty for words not known here."""
    for pattern, sentence, field in _KNOWN:
        if pattern.search(words):
            return sentence, field
    return "", ""


_ERRANDS = {
    "read": "Is about to be sent to Xero.",
    "merge": "Is being compared with what Xero has now.",
    "write": "Is being sent to Xero.",
    "conflict": "Both sides changed the same. Xero's value is kept until somebody chooses.",
    "gone": "The invoice is not in Xero any more, so this was not sent. The order stays here as it is. Skip this with "
    "the reason; confirm the order anew if it is to have another invoice.",
    "archived": "It is archived in Xero, where it cannot be changed through the API. Restore it there first.",
    "refused": "Xero refused the change. Nothing was changed there.",
    "waiting": "The change could not be brought to Xero. Look at what Xero says, then retry.",
}


# Of what was to be changed, where that is not an invoice.
_GONE = {
    "contact": "The contact is not in Xero any more, so the change was not sent. The customer and the change stay here. "
    "Skip this with the reason, or retry when somebody has brought the contact back.",
    "item": "The item was deleted in Xero, so the change was not sent. The product and the change stay here. Skip this "
    "with the reason; an item made anew in Xero under this code comes with the next pass.",
}


def of_errand(row: Errand) -> str:
    """One sentence about a change on its way; empty when it is done."""
    if row.state == "gone" and row.kind in _GONE:
        return _GONE[row.kind]
    if row.state == "archived" and row.ledger and row.ledger.gdpr_request:
        return _REASONS["redacted"]
    return (
        explained(row.words)[0]
        if row.state == "refused" and explained(row.words)[0]
        else _ERRANDS.get(row.state, "")
    )


def name_of(row: PushIntent | Errand) -> str:
    """What an intent or an errand is about, as people call it."""
    if row.kind == "contact" and row.ledger:
        return str(row.ledger.name)
    if row.kind == "item" and row.product:
        return f"{row.product.code} {row.product.description}".strip()
    if row.quote:
        return str(row.quote.number)
    return row.key if isinstance(row, Errand) else row.order


def part_stands(part: PushIntent) -> str:
    """Why an order cannot go on: its customer or a product waits for somebody."""
    if part.skipped_at:
        return f"{name_of(part)} was skipped and is not in Xero: {part.skipped_reason}"
    return f"{name_of(part)} is not in Xero yet and needs a decision first."


def archived(name: str) -> str:
    return (
        f"{name} cannot be invoiced: the contact is archived in Xero. Nothing was sent. Restore the contact there and "
        "retry, or skip this order and make it for another customer."
    )


def redacted(name: str) -> str:
    return (
        f"{name} cannot be invoiced: removal of their personal data was requested in Xero. Nothing was sent. Skip this "
        "order with the reason, or make it for another customer."
    )


def of_former(name: str, organisation: str) -> str:
    return (
        f"{name} belongs to {organisation}, which is not connected any more, and is not known in the organisation "
        "connected now. Nothing was sent. Make the customer there, or connect the former organisation again."
    )


def locked(on: dt.date, lock: dt.date) -> str:
    return (
        f"The order is dated {on:%d %b %Y}, and Xero is locked up to {lock:%d %b %Y}. Nothing was sent; change "
        "the date of the order, or the lock date in Xero."
    )
