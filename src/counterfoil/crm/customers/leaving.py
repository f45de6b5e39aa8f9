"""Take the customers and suppliers that came from the books out again, while nobody has worked on them (SY-8).

What was made here stays, also once it is a contact in the books: it has a `uuid`. A division is the books' when all
that stands in it came from there; a company when all its divisions are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.selectors import subjects_by_people
from counterfoil.core.worked import Worked
from counterfoil.crm.customers.models import (
    Company,
    Contact,
    Division,
    LedgerAlias,
    Note,
    PurchaseLedger,
    SalesLedger,
)
from counterfoil.database import bulk

Rows = QuerySet[Any]


def customers_of_books(company: OperatingCompany) -> Rows:
    """Sales Ledgers that were not made here."""
    rows: Rows = SalesLedger.objects.of(company).filter(uuid=None).exclude(ledger_id=None)
    return rows


def people_left(company: OperatingCompany) -> dict[str, int]:
    """How many of each kind `ledgers_remove` takes out."""
    return {
        "customers": customers_of_books(company).count(),
        "suppliers": _suppliers(company).count(),
        "companies": len(_companies(company)),
        "people": _people(company).count(),
    }


def people_worked_on(company: OperatingCompany) -> dict[str, Worked]:
    """What people have done to what came from the books, by kind; only kinds of which there is any."""
    mine = customers_of_books(company)
    notes = Note.objects.of(company).filter(sales_ledger__in=mine.values("pk")).order_by("pk")
    found = {
        "customers": _among(mine, subjects_by_people(company, "sales_ledger")),
        "companies": _among(_companies_in_part(company), _subjects_of_companies(company)),
        "notes": Worked.of(notes.values_list("sales_ledger__name", flat=True)),
        "merged": _merged_away(company),
    }
    return {kind: worked for kind, worked in found.items() if worked.count}


def people_lock(company: OperatingCompany) -> None:
    """Whoever is about to change one of these waits until the transaction ends; SQLite has one writer anyway."""
    for rows in (
        _companies_in_part(company),
        _divisions(company),
        customers_of_books(company),
        _suppliers(company),
    ):
        list(rows.order_by("pk").select_for_update().values_list("pk"))


def ledgers_remove(company: OperatingCompany) -> None:
    """Remove them with their divisions, companies and people; their documents have to be gone. The caller's transaction."""
    companies = _companies(company)
    divisions = _ids(_divisions(company))
    sales, purchases = _ids(customers_of_books(company)), _ids(_suppliers(company))
    bulk.delete(Contact, "division_id", divisions)
    bulk.delete(SalesLedger, "id", sales)
    bulk.delete(PurchaseLedger, "id", purchases)
    bulk.delete(Division, "id", divisions)
    bulk.delete(Company, "id", companies)
    kept = SalesLedger.objects.of(company).exclude(ledger_id=None)
    LedgerAlias.objects.of(company).exclude(survivor_id__in=kept.values("ledger_id")).delete()


def _suppliers(company: OperatingCompany) -> Rows:
    rows: Rows = PurchaseLedger.objects.of(company).exclude(ledger_id=None)
    return rows


def _divisions(company: OperatingCompany) -> Rows:
    # What stands in a division is of its company: asked for the company too, SQLite would go by that and read it all.
    here = SalesLedger.objects.filter(division=OuterRef("pk"))
    supplier = PurchaseLedger.objects.filter(division=OuterRef("pk"))
    rows = Division.objects.of(company).filter(Exists(here) | Exists(supplier))
    found: Rows = rows.exclude(Exists(here.exclude(uuid=None)))
    return found


def _companies_in_part(company: OperatingCompany) -> Rows:
    """Companies with a division that is the books'."""
    rows: Rows = Company.objects.of(company).filter(pk__in=_divisions(company).values("company"))
    return rows


def _companies(company: OperatingCompany) -> list[int]:
    """Companies all of whose divisions are the books'. In Python: as one question it takes the square of their number."""
    ours = set(_ids(_divisions(company)))
    every = list(Division.objects.of(company).values_list("pk", "company_id"))
    others = {owner for division, owner in every if division not in ours}
    return sorted({owner for division, owner in every if division in ours} - others)


def _people(company: OperatingCompany) -> Rows:
    rows: Rows = Contact.objects.of(company).filter(division__in=_divisions(company).values("pk"))
    return rows


def _subjects_of_companies(company: OperatingCompany) -> set[str]:
    """Companies that people changed, or whose divisions or people they changed, or where they put a customer."""
    divisions = _numbers(subjects_by_people(company, "division"))
    people = _numbers(subjects_by_people(company, "person"))
    divisions += [row[0] for row in bulk.select(Contact, ("division_id",), "id", people)]
    rows = bulk.select(Division, ("company_id",), "id", divisions, operating_company_id=company.pk)
    return subjects_by_people(company, "company") | {str(row[0]) for row in rows}


def _merged_away(company: OperatingCompany) -> Worked:
    """Customers that people made or changed, and that were merged into one that came from the books since."""
    touched = subjects_by_people(company, "sales_ledger")
    aliases = LedgerAlias.objects.of(company).exclude(former_sales=None)
    heirs = [
        heir for former, heir in aliases.values_list("former_sales", "survivor_id") if str(former) in touched
    ]
    rows = customers_of_books(company).filter(ledger_id__in=heirs).order_by("pk")
    return Worked.of(rows.values_list("name", flat=True))


def _among(rows: Rows, subjects: Collection[str]) -> Worked:
    """Those of `rows` that are among the subjects."""
    listed = rows.order_by("pk").values_list("pk", "name") if subjects else ()
    return Worked.of([name for key, name in listed if str(key) in subjects])


def _numbers(subjects: Iterable[str]) -> list[int]:
    return [int(subject) for subject in subjects]


def _ids(rows: Rows) -> list[int]:
    return list(rows.values_list("pk", flat=True))
