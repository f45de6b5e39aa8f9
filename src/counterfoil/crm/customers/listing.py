"""Read customers, suppliers and people for lists and their own pages."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Exists, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from counterfoil.crm.customers.models import (
    B2C,
    Company,
    CompanyType,
    Contact,
    CustomerFile,
    Division,
    PurchaseLedger,
    SalesLedger,
)
from counterfoil.database.paging import Counted, Criteria, Source, containing, counted, settled

LEDGER_SEARCHED = ("display_description", "name", "account_number", "email", "phone")
SUPPLIER_SEARCHED = ("name", "account_number", "email", "phone")
PERSON_SEARCHED = ("first_name", "last_name", "email", "phone")

STATUSES: dict[str, Q] = {
    "overdue": Q(balance_overdue__gt=0),
    "owing": Q(balance_outstanding__gt=0),
    "stop": Q(on_stop=True),
    "archived": Q(is_archived=True),
    "uncertain": Q(b2c=B2C.UNKNOWN),
    "homeless": Q(division=None),
    "street": Q(street_only=True),
}


def customers_counted(company: int, statuses: Collection[str]) -> dict[str, Counted]:
    """By status of the list, how many customers have it, consumers too; of `overdue` also how much; in one query."""
    conditions = {status: STATUSES[status] for status in statuses}
    summed = conditions.keys() & {"overdue"}
    return counted(SalesLedger.objects.of(company), conditions, "balance_overdue", summed)


def has_customers(company: int) -> bool:
    found: bool = SalesLedger.objects.of(company).exists()
    return found


def _customers(company: int, criteria: Criteria) -> QuerySet[SalesLedger]:
    rows: QuerySet[SalesLedger] = SalesLedger.objects.of(company)
    if (consumers := criteria.get("b2c", "hide")) != "show":
        rows = rows.filter(b2c=B2C.B2C) if consumers == "only" else rows.exclude(b2c=B2C.B2C)
    if status := STATUSES.get(criteria.get("status", "")):
        rows = rows.filter(status)
    if (manager := criteria.get("manager", "")).isdecimal():
        rows = rows.filter(division__company__account_manager=int(manager))
    elif manager == "none":
        rows = rows.filter(division__company__account_manager=None)
    if wanted := criteria.get("q", "").strip():
        rows = settled(containing(rows, LEDGER_SEARCHED, wanted))
    return rows


def _customer_rows(company: int) -> QuerySet[SalesLedger]:
    rows: QuerySet[SalesLedger] = SalesLedger.objects.of(company)
    return rows.select_related("division__company__account_manager")


CUSTOMERS = Source(
    narrow=_customers,
    whole=_customer_rows,
    sorts={
        "name": [(Lower("display_description"), False)],
        "code": [(Lower("account_number"), False)],
        "balance": [("balance_outstanding", False)],
        "overdue": [("balance_overdue", False)],
        "changed": [("updated_at", False)],
    },
    sums={"balance": "balance_outstanding", "overdue": "balance_overdue"},
)


def _suppliers(company: int, criteria: Criteria) -> QuerySet[PurchaseLedger]:
    rows: QuerySet[PurchaseLedger] = PurchaseLedger.objects.of(company)
    if criteria.get("status") == "archived":
        rows = rows.filter(is_archived=True)
    elif criteria.get("status") == "active":
        rows = rows.filter(is_archived=False)
    elif criteria.get("status") == "street":
        rows = rows.filter(street_only=True)
    if wanted := criteria.get("q", "").strip():
        rows = settled(containing(rows, SUPPLIER_SEARCHED, wanted))
    return rows


def _supplier_rows(company: int) -> QuerySet[PurchaseLedger]:
    rows: QuerySet[PurchaseLedger] = PurchaseLedger.objects.of(company)
    return rows.select_related("division__company")


SUPPLIERS = Source(
    narrow=_suppliers,
    whole=_supplier_rows,
    sorts={
        "name": [(Lower("name"), False)],
        "code": [(Lower("account_number"), False)],
        "balance": [("balance_outstanding", False)],
        "overdue": [("balance_overdue", False)],
    },
    sums={"balance": "balance_outstanding", "overdue": "balance_overdue"},
)


def _people(company: int, criteria: Criteria) -> QuerySet[Contact]:
    rows: QuerySet[Contact] = Contact.objects.of(company)
    if criteria.get("of") == "customers":
        rows = rows.filter(Exists(SalesLedger.objects.filter(division=OuterRef("division"))))
    elif criteria.get("of") == "suppliers":
        rows = rows.filter(Exists(PurchaseLedger.objects.filter(division=OuterRef("division"))))
    if wanted := criteria.get("q", "").strip():
        rows = settled(containing(rows, PERSON_SEARCHED, wanted))
    return rows


def _people_rows(company: int) -> QuerySet[Contact]:
    rows: QuerySet[Contact] = Contact.objects.of(company)
    return rows.select_related("division__company").prefetch_related(
        "division__salesledgers", "division__purchaseledgers"
    )


PEOPLE = Source(
    narrow=_people,
    whole=_people_rows,
    sorts={
        "name": [(Lower("last_name"), False), (Lower("first_name"), False)],
        "first": [(Lower("first_name"), False), (Lower("last_name"), False)],
        "email": [(Lower("email"), False)],
    },
)


def customer_of(company: int, pk: int) -> SalesLedger | None:
    """One customer of an operating company; None when there is none, or it belongs to another.

    `supplier` is the Purchase Ledger of the same contact, where there is one.
    """
    same = PurchaseLedger.objects.of(company).filter(ledger_id=OuterRef("ledger_id")).values("pk")[:1]
    return _customer_rows(company).annotate(supplier=Subquery(same)).filter(pk=pk).first()


def suppliers_waiting(company: int) -> QuerySet[PurchaseLedger]:
    """Suppliers without a company (IS-3), but for those that are customers too: one company serves both ledgers."""
    sold = SalesLedger.objects.of(company).exclude(ledger_id=None).values("ledger_id")
    rows: QuerySet[PurchaseLedger] = PurchaseLedger.objects.of(company)
    return rows.filter(division=None).exclude(ledger_id__in=sold)


def supplier_of(company: int, pk: int) -> PurchaseLedger | None:
    return _supplier_rows(company).filter(pk=pk).first()


def person_of(company: int, pk: int) -> Contact | None:
    return _people_rows(company).filter(pk=pk).first()


def people_at(division: Division | None) -> list[Contact]:
    """The people of a division, Xero's own first and in its order."""
    if division is None:
        return []
    people = list(Contact.objects.filter(division=division))
    return sorted(people, key=lambda person: (person.slot is None, person.slot or 0, person.pk))


def family_of(company: Company | None) -> list[Division]:
    """The divisions of a company with their ledgers."""
    if company is None:
        return []
    return list(
        Division.objects.filter(company=company)
        .prefetch_related("salesledgers", "purchaseledgers")
        .annotate(people=Count("contacts"))
        .order_by("name", "pk")
    )


def tab_counts(ledger: SalesLedger) -> dict[str, int]:
    """How many people, divisions and files a customer has, in one query."""
    rows = {
        "people": Contact.objects.filter(division=OuterRef("division")),
        "divisions": Division.objects.filter(company=OuterRef("division__company")),
        "files": CustomerFile.objects.filter(sales_ledger=OuterRef("pk")),
    }
    counted = [Subquery(of.values(n=Func("pk", function="COUNT"))) for of in rows.values()]
    asked = SalesLedger.objects.filter(pk=ledger.pk).values_list(*counted)
    return dict(zip(rows, asked.get(), strict=True))


def files_of(ledger: SalesLedger) -> list[CustomerFile]:
    """A customer's files without their content, newest first."""
    rows = CustomerFile.objects.filter(sales_ledger=ledger).defer("content").select_related("added_by")
    return list(rows.order_by("-added_at", "-pk"))


def file_of(company: int, pk: int) -> CustomerFile | None:
    """One file of an operating company, with its content."""
    found: CustomerFile | None = CustomerFile.objects.of(company).filter(pk=pk).first()
    return found


def ledgers_beside(ledger: SalesLedger) -> list[SalesLedger]:
    """The accounts of a customer's company, its own first: each division may have one."""
    if ledger.division is None:
        return [ledger]
    rows = SalesLedger.objects.filter(division__company=ledger.division.company_id).exclude(pk=ledger.pk)
    return [ledger, *rows.order_by("display_description", "pk")]


def kind_of(ledger: SalesLedger) -> str:
    """What its company is to us, in words: Customer, or what the import settings call new companies."""
    kind: str = ledger.division.company.company_type if ledger.division else CompanyType.CUSTOMER
    return CompanyType(kind).label if kind in CompanyType.values else kind


def customers_like(company: int, wanted: str, most: int) -> list[SalesLedger]:
    """For the search box: consumers included, a match at the beginning first."""
    rows = containing(SalesLedger.objects.of(company), LEDGER_SEARCHED, wanted)
    first = Q(display_description__istartswith=wanted) | Q(account_number__istartswith=wanted)
    return list(rows.annotate(far=~first).order_by("far", Lower("display_description"), "pk")[:most])


def suppliers_like(company: int, wanted: str, most: int) -> list[PurchaseLedger]:
    rows = containing(PurchaseLedger.objects.of(company), SUPPLIER_SEARCHED, wanted)
    return list(rows.order_by(Lower("name"), "pk")[:most])


def companies_like(company: int, wanted: str, most: int) -> list[Company]:
    """Companies by name, for choosing one for a ledger that has none (IS-3)."""
    return list(
        Company.objects.of(company).filter(name__icontains=wanted).order_by(Lower("name"), "pk")[:most]
    )


def company_of(company: int, pk: int) -> Company | None:
    """One company (customer or supplier) of an operating company."""
    found: Company | None = Company.objects.of(company).filter(pk=pk).first()
    return found
