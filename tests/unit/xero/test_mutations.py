"""Every value of every known record, made wrong in turn: at most that record is lost, and it is never lost silently."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.xero.decoding import decode
from tests.unit.xero.builders import envelope, known_rows

MISSING = object()
WRONG: tuple[Any, ...] = (
    *(MISSING, None, {}, [None], [], "", 7, True, "AN UNKNOWN VALUE", {"Unknown": [1]}),
    *(False, -1, 0.1, 10**30, "7", "NaN", "1e999", "  ", "\x00", "\U0001f600"),
    *([[]], [{}], {"a": {"b": []}}, "/Date(0+0000)/", "/Date(-99999999999999999)/", "2019-29-39T00:00:00"),
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, element in inner:
        yield (*before, key)
        yield from paths(element, (*before, key))


def with_wrong(row: dict[str, Any], path: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    changed = copy.deepcopy(row)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    if wrong is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    return changed


def richest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return max(rows, key=lambda row: sum(1 for _ in paths(row)))


CASES = [
    pytest.param(endpoint, rows, id=f"{name}-{endpoint.name}-{index}")
    for index, (name, endpoint, rows) in enumerate(known_rows())
    if rows
]


def mutations(row: dict[str, Any]) -> list[tuple[tuple[Any, ...], Any, dict[str, Any]]]:
    return [(path, wrong, with_wrong(row, path, wrong)) for path in paths(row) for wrong in WRONG]


@pytest.mark.parametrize(("endpoint", "rows"), CASES)
def test_a_wrong_value_anywhere_loses_at_most_its_own_record(endpoint, rows):
    good = richest(rows)
    for path, wrong, bad in mutations(good):
        found = decode(endpoint, envelope(endpoint.envelope_key, [good, bad, good]))
        assert len(found.records) + len(found.broken) == 3, (path, wrong)
        assert len(found.records) >= 2, (path, wrong)
        assert [json.loads(broken.raw) for broken in found.broken] in ([], [bad]), (path, wrong)


@pytest.mark.parametrize(("endpoint", "rows"), CASES)
def test_nothing_where_something_is_usual_loses_no_record_at_all(endpoint, rows):
    good = richest(rows)
    for path, wrong, bad in mutations(good):
        if path != (endpoint.wire_id,) and (wrong is MISSING or wrong is None):
            found = decode(endpoint, envelope(endpoint.envelope_key, [bad]))
            assert found.broken == [], (path, wrong)


def test_there_are_as_many_mutations_as_promised():
    assert sum(len(mutations(richest(rows))) for _, _, rows in known_rows() if rows) >= 5000


@pytest.mark.parametrize(("endpoint", "rows"), CASES)
def test_a_value_xero_invents_tomorrow_is_kept(endpoint, rows):
    enums = {
        "Status",
        "Type",
        "ContactStatus",
        "AddressType",
        "PhoneType",
        "LineAmountTypes",
        "TaxType",
        "PaymentType",
        "Class",
        "Version",
    }
    good = richest(rows)
    # Inside a document only the contact's id and name are read.
    for path in [path for path in paths(good) if path[-1] in enums and path[0] != "Contact"]:
        bad = with_wrong(good, path, "ULTRA")
        found = decode(endpoint, envelope(endpoint.envelope_key, [bad]))
        assert found.broken == [], path
        assert "ULTRA" in repr(found.records[0]), path
