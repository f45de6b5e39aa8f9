from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.sync.agreement import Agreement, SharedField
from counterfoil.sync.selectors import connection_of, open_in_xero

_STATES = {
    "same": ("", ""),
    "only_here": ("", ""),
    "on_the_way": ("On its way", "accent"),
    "conflict": ("Conflict", "bad"),
    "stuck": ("Not in Xero", "bad"),
}


def agreement_context(
    found: Agreement, *, company: Any, stream: str, act: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """What the sync tab shows. `act`: where its buttons post to; `names`: words for tax and account codes."""
    connection = connection_of(company)
    making = found.making
    return {
        "agreement": found,
        "act": act,
        "rows": [_row(one, names) for one in found.fields],
        "clashes": [_row(one, names) for one in found.conflicts],
        "candidates": [
            (key, open_in_xero(connection, stream, key)) for key in (making.candidates if making else ())
        ],
        "is_connected": connection is not None,
    }


def _row(one: SharedField, names: Mapping[str, str]) -> dict[str, Any]:
    words, tone = _STATES[one.state]
    return {
        "field": one,
        "here": _named(one, one.here, names),
        "in_xero": _named(one, one.in_xero, names),
        "words": words,
        "tone": tone,
    }


def _named(one: SharedField, value: str, names: Mapping[str, str]) -> str:
    if one.name.endswith(("tax_type", "vat_code", "analysis")) and value in names:
        return f"{value} · {names[value]}"
    return value
