"""Names of companies and divisions: they follow the ledger's until a user gives them their own (CU-2)."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.crm.customers.models import Company, CompanyType, Division
from counterfoil.database import bulk


def names_follow(renamed: dict[int, tuple[str, str]]) -> None:
    """Rename divisions and their companies (`renamed`: division → old and new ledger name).

    A name that a user set stays; so does the name of a company that goes by another name than the
    ledger did, since the ledger was put under it by hand.
    """
    if not renamed:
        return
    columns = ("id", "company_id", "name", "named_by_user")
    divisions = bulk.select(Division, columns, "id", renamed)
    changed = [
        (key, renamed[key][1])
        for key, _, name, by_user in divisions
        if not by_user and name == renamed[key][0]
    ]
    names = {company: renamed[key] for key, company, _, _ in divisions}
    companies = bulk.select(Company, ("id", "name", "named_by_user"), "id", names)
    renamed_companies = [
        (key, names[key][1]) for key, name, by_user in companies if not by_user and name == names[key][0]
    ]
    bulk.update(Division, "id", ("name",), changed)
    bulk.update(Company, "id", ("name",), renamed_companies)


def types_follow(divisions: Sequence[int], company_type: str) -> None:
    """A supplier that becomes a customer too is a customer (CU-4)."""
    if not divisions:
        return
    owners = {row[0] for row in bulk.select(Division, ("company_id",), "id", divisions)}
    rows = bulk.select(Company, ("id",), "id", owners, company_type=CompanyType.SUPPLIER.value)
    bulk.update(Company, "id", ("company_type",), [(row[0], company_type) for row in rows])
