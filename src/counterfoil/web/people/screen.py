from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.crm.customers.listing import PEOPLE
from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def full_name(person: Any) -> str:
    return f"{person.first_name} {person.last_name}".strip() or person.email or "No name"


def _of(person: Any) -> str:
    kinds = []
    if person.division.salesledgers.all():
        kinds.append("Customer")
    if person.division.purchaseledgers.all():
        kinds.append("Supplier")
    return ", ".join(kinds)


def _name(person: Any) -> SafeString:
    return cells.text(full_name(person))


SCREEN = Screen(
    name="people",
    title="People",
    one="person",
    icon="address-book",
    source=PEOPLE,
    link=lambda row: reverse("person", args=[row.pk]),
    sort="name",
    search_hint="Name, e-mail or phone",
    empty=Empty(
        "No people yet",
        "People come with the customers and suppliers they work for: Xero's primary person and its further people.",
    ),
    filters=(Filter("of", "At", (("", "Anyone"), ("customers", "Customers"), ("suppliers", "Suppliers"))),),
    columns=(
        Column(
            "name", "Name", lambda r, c: _name(r), lambda r, c: full_name(r), sortable=True, place="title"
        ),
        Column(
            "company",
            "Company",
            lambda r, c: cells.text(r.division.company.name, 80),
            lambda r, c: r.division.company.name,
            place="sub",
        ),
        Column("role", "Role", lambda r, c: cells.text(r.role_code), lambda r, c: r.role_code),
        Column("of", "At", lambda r, c: cells.text(_of(r)), lambda r, c: _of(r), place="amount"),
        Column("email", "E-mail", lambda r, c: cells.text(r.email, 60), lambda r, c: r.email, sortable=True),
        Column("phone", "Phone", lambda r, c: cells.text(r.phone, 30), lambda r, c: r.phone, place="side"),
    ),
)
