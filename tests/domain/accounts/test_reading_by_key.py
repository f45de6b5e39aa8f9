"""Rows of a list are read by their keys, and still are those of one operating company alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Any:
    return builders.sales_ledger(builders.operating_company("Northwind"))


@pytest.fixture
def theirs() -> Any:
    return builders.sales_ledger(builders.operating_company("Southwind"))


def test_the_keys_of_another_company_find_nothing(ours: Any, theirs: Any) -> None:
    company = ours.operating_company_id
    rows = SalesLedger.objects.by_key_of(company)
    assert list(rows.filter(pk__in=[ours.pk, theirs.pk])) == [ours]
    assert set(rows) == set(SalesLedger.objects.of(company))


def test_sqlite_looks_fifty_keys_up_instead_of_going_through_the_company(ours: Any) -> None:
    company, keys = ours.operating_company_id, list(range(50))
    rows = SalesOrderHeader.objects.by_key_of(company).filter(pk__in=keys)
    if connection.vendor == "sqlite":
        assert "USING INTEGER PRIMARY KEY" in rows.explain()
    else:
        assert str(rows.query) == str(SalesOrderHeader.objects.of(company).filter(pk__in=keys).query)
