from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.sales.slipping import CUSTOMERS
from counterfoil.database.paging import Totals
from counterfoil.web.customers.bulk import BULK
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.filters import MANAGER
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def flags_of(ledger: Any) -> list[tuple[str, str]]:
    """The badges of a customer, the gravest first, as (words, tone)."""
    flags = []
    if ledger.on_stop:
        flags.append(("On stop", "bad"))
    if ledger.is_archived:
        flags.append(("Archived in Xero", "neutral"))
    if ledger.b2c == "b2c":
        flags.append(("Consumer", "accent"))
    return flags


def _name(ledger: Any, company: OperatingCompany) -> SafeString:
    label = cells.text(ledger.display_description)
    return cells.two_lines(
        label, cells.text(ledger.name) if ledger.name != ledger.display_description else SafeString("")
    )


def _manager(ledger: Any) -> str:
    company = ledger.division.company if ledger.division else None
    return str(company.account_manager) if company and company.account_manager else ""


def _sum(name: str) -> Any:
    def total(totals: Totals, company: OperatingCompany) -> SafeString:
        return cells.amount(totals.sums[name], company.home_currency)

    return total


SCREEN = Screen(
    name="customers",
    title="Customers",
    one="customer",
    icon="users",
    source=CUSTOMERS,
    link=lambda ledger: reverse("customer", args=[ledger.pk]),
    sort="name",
    search_hint="Name, code, e-mail or phone",
    empty=Empty(
        "No customers yet",
        "Customers come from Xero: contacts that are marked as customers there. "
        "They appear here as soon as an organisation is connected and read.",
    ),
    filters=(
        Filter(
            "status",
            "Status",
            (
                ("", "All"),
                ("overdue", "Overdue"),
                ("owing", "Owing"),
                ("stop", "On stop"),
                ("quiet", "Gone quiet for 60 days"),
                ("less", "Buying less than usual"),
                ("archived", "Archived in Xero"),
                ("uncertain", "Business or consumer not known"),
                ("homeless", "No company yet"),
                ("street", "Street address only"),
            ),
        ),
        MANAGER,
        Filter("b2c", "Show consumers (B2C)", (("", ""), ("show", "")), toggle=True),
    ),
    bulk=BULK,
    columns=(
        Column("name", "Customer", _name, lambda r, c: r.display_description, sortable=True, place="title"),
        Column(
            "code",
            "Code",
            lambda r, c: cells.text(r.account_number, 30),
            lambda r, c: r.account_number,
            sortable=True,
        ),
        Column(
            "status",
            "Status",
            lambda r, c: cells.badges(flags_of(r)),
            lambda r, c: ", ".join(f for f, _ in flags_of(r)),
            place="side",
        ),
        Column("email", "E-mail", lambda r, c: cells.text(r.email, 40), lambda r, c: r.email, place="sub"),
        Column("phone", "Phone", lambda r, c: cells.text(r.phone, 30), lambda r, c: r.phone),
        Column(
            "manager", "Account manager", lambda r, c: cells.text(_manager(r), 40), lambda r, c: _manager(r)
        ),
        optional("person", "Contact", lambda r: f"{r.contact_first_name} {r.contact_last_name}".strip()),
        optional("postcode", "Postcode", lambda r: r.postcode),
        optional("country", "Country", lambda r: r.country),
        optional("kind", "Business or consumer", lambda r: r.get_b2c_display()),
        optional("vat", "VAT number", lambda r: r.vat_number),
        optional("terms", "Terms", lambda r: r.payment_terms),
        optional("currency", "Currency", lambda r: r.currency),
        optional("stop", "Why on stop", lambda r: r.stop_reason if r.on_stop else ""),
        Column(
            "limit",
            "Credit limit",
            lambda r, c: cells.amount(r.credit_limit, c.home_currency),
            lambda r, c: r.credit_limit,
            numeric=True,
            optional=True,
        ),
        Column(
            "overdue",
            "Overdue",
            lambda r, c: cells.amount(r.balance_overdue, c.home_currency, "late"),
            lambda r, c: r.balance_overdue,
            sortable=True,
            numeric=True,
            total=_sum("overdue"),
        ),
        Column(
            "balance",
            "Balance",
            lambda r, c: cells.amount(r.balance_outstanding, c.home_currency),
            lambda r, c: r.balance_outstanding,
            sortable=True,
            numeric=True,
            place="amount",
            total=_sum("balance"),
        ),
    ),
)
