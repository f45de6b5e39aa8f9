"""Names of companies and divisions: they follow the ledger's until a user gives them their own (CU-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.crm.customers.models import Company, CompanyType, Division


def names_follow(renamed: Mapping[int, tuple[str, str]]) -> None:
    """Rename divisions and their companies (`renamed`: division → old and new ledger name).

    A name that a user set stays; so does the name of a company that goes by another name than the
    ledger did, since the ledger was put under it by hand. Renames are few, so each is two statements
    whose conditions hold at the moment of writing.
    """
    for division, (old, new) in renamed.items():
        Division.objects.filter(pk=division, name=old, named_by_user=False).update(name=new)
        Company.objects.filter(divisions=division, name=old, named_by_user=False).update(name=new)


def types_follow(divisions: Sequence[int], company_type: str) -> None:
    """A supplier that becomes a customer too is a customer (CU-4)."""
    if divisions:
        suppliers = Company.objects.filter(company_type=CompanyType.SUPPLIER)
        suppliers.filter(divisions__in=divisions).update(company_type=company_type)
