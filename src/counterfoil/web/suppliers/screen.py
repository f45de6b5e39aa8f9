from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.customers.listing import SUPPLIERS
from counterfoil.database.paging import Totals
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def _total(name: str) -> Any:
    def total(totals: Totals, company: OperatingCompany) -> SafeString:
        return cells.amount(totals.sums[name], company.home_currency)

    return total


def _status(row: Any) -> list[tuple[str, str]]:
    return [("Archived in Xero", "neutral")] if row.is_archived else []


SCREEN = Screen(
    name="suppliers",
    title="Suppliers",
    one="supplier",
    icon="truck",
    source=SUPPLIERS,
    link=lambda row: reverse("supplier", args=[row.pk]),
    sort="name",
    search_hint="Name, code, e-mail or phone",
    empty=Empty(
        "No suppliers yet",
        "Suppliers come from Xero: contacts that are marked as suppliers there, read after the customers.",
    ),
    filters=(
        Filter(
            "status",
            "Status",
            (
                ("", "All"),
                ("active", "Active"),
                ("archived", "Archived in Xero"),
                ("street", "Street address only"),
            ),
        ),
    ),
    columns=(
        Column(
            "name",
            "Supplier",
            lambda r, c: cells.text(r.name),
            lambda r, c: r.name,
            sortable=True,
            place="title",
        ),
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
            lambda r, c: cells.badges(_status(r)),
            lambda r, c: ", ".join(w for w, _ in _status(r)),
            place="side",
        ),
        Column("email", "E-mail", lambda r, c: cells.text(r.email, 40), lambda r, c: r.email, place="sub"),
        Column("phone", "Phone", lambda r, c: cells.text(r.phone, 30), lambda r, c: r.phone),
        Column("country", "Country", lambda r, c: cells.text(r.country, 30), lambda r, c: r.country),
        optional("postcode", "Postcode", lambda r: r.postcode),
        optional("vat", "VAT number", lambda r: r.vat_number),
        optional("currency", "Currency", lambda r: r.currency),
        Column(
            "overdue",
            "We owe, overdue",
            lambda r, c: cells.amount(r.balance_overdue, c.home_currency, "late"),
            lambda r, c: r.balance_overdue,
            sortable=True,
            numeric=True,
            total=_total("overdue"),
        ),
        Column(
            "balance",
            "We owe",
            lambda r, c: cells.amount(r.balance_outstanding, c.home_currency),
            lambda r, c: r.balance_outstanding,
            sortable=True,
            numeric=True,
            place="amount",
            total=_total("balance"),
        ),
    ),
)
