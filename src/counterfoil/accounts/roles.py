"""Who may do what: one table from permission to the roles that have it."""

from __future__ import annotations

from counterfoil.accounts.models import Role

_EVERYBODY = frozenset(Role)
_WRITERS = frozenset({Role.ADMINISTRATOR, Role.SALES, Role.ACCOUNTS})
_OFFICE = frozenset({Role.ADMINISTRATOR, Role.ACCOUNTS})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_SELLERS = frozenset({Role.ADMINISTRATOR, Role.SALES})

PERMISSIONS: dict[str, frozenset[Role]] = {
    "records.read": _EVERYBODY,
    "records.export": _EVERYBODY,
    # A saved view that others see too; one's own are everybody's business.
    "views.share": _WRITERS,
    "views.manage": _ADMINISTRATORS,
    "customers.edit": _WRITERS,
    "customers.stop": _OFFICE,
    "products.edit": _WRITERS,
    "quotes.edit": _SELLERS,
    "quotes.confirm": _SELLERS,
    # PU-8: send again or give up what Xero refused, from the page of the order.
    "orders.retry": _WRITERS,
    # PU-6: let an order over a blocking credit limit through; the trail says who did.
    "credit.override": _ADMINISTRATORS,
    # PU-8: what waits for Xero or was refused by it: see, retry, skip.
    "outbox.manage": _OFFICE,
    "quotes.settings": _ADMINISTRATORS,
    "finance.edit": _ADMINISTRATORS,
    # CN-1: only an Administrator sees the integration and connects it.
    "integration.manage": _ADMINISTRATORS,
    # Who works here and in which role; the name and colour of the operating company.
    "people.manage": _ADMINISTRATORS,
}

EFFECTS: dict[Role, str] = {
    Role.ADMINISTRATOR: "Everything, including the connection to Xero and its settings.",
    Role.SALES: "Reads all records; edits customers and products; makes and confirms quotes.",
    Role.ACCOUNTS: (
        "Reads all records; edits customers and products; puts customers on stop or releases them; "
        "retries what Xero refused. Makes no quotes."
    ),
    Role.READ_ONLY: "Reads and exports; changes nothing.",
}


def permits(role: str, permission: str) -> bool:
    """Whether `role` has `permission`. An unknown permission is a mistake in the code: KeyError."""
    return role in PERMISSIONS[permission]


def holders(permission: str) -> list[str]:
    """The names of the roles that have `permission`, for the sentence that refuses somebody."""
    return [role.label for role in Role if role in PERMISSIONS[permission]]
