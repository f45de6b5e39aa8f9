"""Settings that come as a whole list: write what is new or different, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.accounts.models import OperatingCompany, Owned
from counterfoil.core.applied import Applied

Wanted = Mapping[str, Mapping[str, Any]]


def whole_apply(
    model: type[Owned], company: OperatingCompany, key: str, wanted: Wanted
) -> tuple[Applied, dict[str, Any]]:
    """Create or change the rows named in `wanted` (`key` → fields); also returns all rows, by key.

    Rows that `wanted` does not name are left alone: what that means differs by kind.
    """
    rows = {getattr(row, key): row for row in model.objects.of(company)}
    applied, changed = Applied(), []
    columns: set[str] = set()
    for name, fields in wanted.items():
        row = rows.get(name)
        if row is None:
            rows[name] = model.objects.create(operating_company=company, **{key: name}, **fields)
            applied.created += 1
            continue
        different = {field: value for field, value in fields.items() if getattr(row, field) != value}
        if different:
            for field, value in different.items():
                setattr(row, field, value)
            columns |= different.keys()
            changed.append(row)
    if changed:
        model.objects.bulk_update(changed, sorted(columns), batch_size=200)
    applied.updated = len(changed)
    return applied, rows
