"""Which permissions exist, who may ask for them, and which one a call needs (xero-facts 1.3, 1.11).

Pure tables and lookups. Broad scopes are those of apps made before 2 March 2026, granular ones replace them;
some were never broad. A write scope includes reading.
"""

from counterfoil.sandbox.apps import ScopeStyle

_REPORTS = (
    "aged",
    "balancesheet",
    "banksummary",
    "budgetsummary",
    "executivesummary",
    "profitandloss",
    "trialbalance",
    "taxreports",
)
_PAIRED_GRANULAR = ("invoices", "payments", "banktransactions", "manualjournals", "classicexpenses")
_PAIRED_SHARED = ("settings", "contacts", "attachments")


def _pair(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f"accounting.{name}{end}" for name in names for end in ("", ".read"))


GRANULAR = _pair(_PAIRED_GRANULAR) | {f"accounting.reports.{report}.read" for report in _REPORTS}
BROAD = frozenset({"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"})
SHARED = _pair(_PAIRED_SHARED) | {
    "accounting.budgets.read",
    "accounting.journals.read",
    "accounting.reports.tenninetynine.read",
    "offline_access",
    "openid",
    "profile",
    "email",
    "paymentservices",
    "marketplace.billing",
    "app.connections",
}

_WORDS = {
    "accounting.transactions": "invoices, credit notes, purchase orders, payments and bank transactions",
    "accounting.invoices": "invoices, bills, credit notes, quotes and purchase orders",
    "accounting.payments": "payments, prepayments and overpayments",
    "accounting.banktransactions": "bank transactions",
    "accounting.manualjournals": "manual journals",
    "accounting.classicexpenses": "classic expense claims",
    "accounting.settings": "organisation settings, accounts, tax rates, tracking and items",
    "accounting.contacts": "contacts and contact groups",
    "accounting.attachments": "files attached to documents",
    "accounting.budgets": "budgets",
    "accounting.journals": "journals",
    "accounting.reports": "reports",
    "accounting.reports.aged": "aged receivables and payables reports",
}
_WHOLE_WORDS = {
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your email address",
    "offline_access": "Stay connected when you are not signed in",
    "paymentservices": "View and manage payment services",
    "marketplace.billing": "View and manage its own subscription",
    "app.connections": "View and manage its own connections",
}

_INVOICES = ("accounting.invoices", "accounting.transactions")
_PAYMENTS = ("accounting.payments", "accounting.transactions")
_BANK = ("accounting.banktransactions", "accounting.transactions")
_NEEDS: dict[str, tuple[str, ...]] = {
    "contacts": ("accounting.contacts",),
    "contactgroups": ("accounting.contacts",),
    **dict.fromkeys(("invoices", "creditnotes", "purchaseorders", "quotes"), _INVOICES),
    **dict.fromkeys(("repeatinginvoices", "linkedtransactions"), _INVOICES),
    "items": ("accounting.settings", "accounting.invoices"),
    **dict.fromkeys(("payments", "batchpayments", "prepayments", "overpayments"), _PAYMENTS),
    **dict.fromkeys(("banktransactions", "banktransfers"), _BANK),
    "manualjournals": ("accounting.manualjournals", "accounting.transactions"),
    **dict.fromkeys(
        (
            "organisation",
            "accounts",
            "taxrates",
            "currencies",
            "brandingthemes",
            "trackingcategories",
            "users",
        ),
        ("accounting.settings",),
    ),
    "journals": ("accounting.journals",),
    "budgets": ("accounting.budgets",),
    "paymentservices": ("paymentservices",),
}
_REPORT_NEEDS = {
    "agedreceivablesbycontact": "aged",
    "agedpayablesbycontact": "aged",
    "balancesheet": "balancesheet",
    "banksummary": "banksummary",
    "budgetsummary": "budgetsummary",
    "executivesummary": "executivesummary",
    "profitandloss": "profitandloss",
    "trialbalance": "trialbalance",
}


def asked_wrongly(scopes: list[str], *, style: ScopeStyle) -> tuple[str, str] | None:
    """The OAuth error and its description for these scopes, or None if the app may ask for all of them.

    A scope nobody knows is ``invalid_scope``; one of the other family is ``unauthorized_client`` with
    "Invalid scope for client" (xero-facts 1.3).
    """
    if not scopes or any(scope not in GRANULAR | BROAD | SHARED for scope in scopes):
        return "invalid_scope", "The requested scope is invalid, unknown, or malformed."
    barred = {"granular": BROAD, "broad": GRANULAR, "both": frozenset[str]()}[style]
    if any(scope in barred for scope in scopes):
        return "unauthorized_client", "Invalid scope for client"
    return None


def in_words(scope: str) -> str:
    """The permission as a person reads it on the consent page."""
    if scope in _WHOLE_WORDS:
        return _WHOLE_WORDS[scope]
    base = scope.removesuffix(".read")
    verb = "View" if scope.endswith(".read") else "View and manage"
    return f"{verb} {_WORDS.get(base, base.removeprefix('accounting.').replace('.', ' '))}"


def accepted(method: str, segments: list[str]) -> frozenset[str] | None:
    """The scopes of which one suffices for this call; None when the resource is unknown here.

    ``segments`` is the path below ``/api.xro/2.0``. Attachments have their own scope, history that of its
    parent (xero-facts 1.11).
    """
    parts = [segment.lower() for segment in segments if segment]
    if not parts:
        return None
    reading = method in ("GET", "HEAD", "OPTIONS")
    if parts[0] == "reports":
        report = _REPORT_NEEDS.get(parts[1]) if len(parts) > 1 else None
        return frozenset({"accounting.reports.read", f"accounting.reports.{report}.read"}) if report else None
    needs = ("accounting.attachments",) if "attachments" in parts[1:] else _NEEDS.get(parts[0])
    if needs is None:
        return None
    return frozenset(needs) | (frozenset(f"{scope}.read" for scope in needs) if reading else frozenset())
