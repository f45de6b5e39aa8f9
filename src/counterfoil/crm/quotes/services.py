"""What may be done to quotes and orders, by users and by the sync.

Permission is the caller's business; every change is in the audit trail of its own transaction. Services
take a quote as it was read, read it anew under lock, and leave it as it is after.
"""

from counterfoil.core.preflight import BooksFacts, Check, Fix
from counterfoil.crm.quotes.confirming import (
    ORDER_AMENDED,
    ORDER_CONFIRMED,
    Confirmed,
    quote_confirm,
    quote_preflight,
)
from counterfoil.crm.quotes.customer import quote_give
from counterfoil.crm.quotes.delivery import delivery_set
from counterfoil.crm.quotes.editing import quote_create, quote_edit
from counterfoil.crm.quotes.errors import OrderStopped, QuoteChanged, QuoteRefused
from counterfoil.crm.quotes.lines import (
    line_add,
    line_edit,
    line_move,
    line_remove,
    lines_optional_toggle,
)
from counterfoil.crm.quotes.orders import (
    document_linked,
    documents_linked,
    order_amend,
    order_amend_drop,
    order_push_noted,
    order_reopen,
    order_skip,
    quotes_follow,
)
from counterfoil.crm.quotes.settings import quote_settings_save
from counterfoil.crm.quotes.stages import (
    quote_copy,
    quote_lose,
    quote_move,
    quote_revise,
    quote_send,
    quote_win,
)

__all__ = [
    "ORDER_AMENDED",
    "ORDER_CONFIRMED",
    "BooksFacts",
    "Check",
    "Confirmed",
    "Fix",
    "OrderStopped",
    "QuoteChanged",
    "QuoteRefused",
    "delivery_set",
    "document_linked",
    "documents_linked",
    "line_add",
    "line_edit",
    "line_move",
    "line_remove",
    "lines_optional_toggle",
    "order_amend",
    "order_amend_drop",
    "order_push_noted",
    "order_reopen",
    "order_skip",
    "quote_confirm",
    "quote_copy",
    "quote_create",
    "quote_edit",
    "quote_give",
    "quote_lose",
    "quote_move",
    "quote_preflight",
    "quote_revise",
    "quote_send",
    "quote_settings_save",
    "quote_win",
    "quotes_follow",
]
