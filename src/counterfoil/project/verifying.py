"""`counterfoil verify` and `counterfoil repair` in the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection

from counterfoil.sync import verify_report, verify_work, verifying, work
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState
from counterfoil.sync.verify_models import Verification
from counterfoil.sync.work import READABLE

AGREE, DIFFER, NOT_COMPARED = 0, 1, 2
# Connected, and not to be read now.
BARRED = (ConnectionState.RECONNECT, ConnectionState.PAUSED)


def verify_in_terminal(*, as_json: bool, most: int) -> int:
    """Compare every connected organisation and say each difference. 0: none, 1: some, 2: could not compare.

    A Secondary is not compared: the CRM does not say what it says (CN-5).
    """
    work.left_behind_clear()
    found = [_verify(connection) for connection in _primaries(READABLE)]
    return _told(found, as_json=as_json, most=most)


def repair_in_terminal(*, as_json: bool, most: int) -> int:
    """Repair what the last comparison of each organisation found, comparing first where there is none."""
    work.left_behind_clear()
    found = []
    for connection in _primaries(READABLE):
        last = verify_report.last_verification(connection)
        if last is None or last.state != "done":
            last = _verify(connection)
        if last.state == "done" and verify_report.open_differences(last).exists():
            verify_work.repair_request(last, at=work.now())
            last = verify_work.verify_run(last.pk)
        found.append(last)
    return _told(found, as_json=as_json, most=most)


def _primaries(states: Collection[str]) -> list[Connection]:
    rows = Connection.objects.filter(state__in=states, role=ConnectionRole.PRIMARY)
    return list(rows.select_related("operating_company").order_by("pk"))


def _verify(connection: Connection) -> Verification:
    wanted = verifying.verify_request(connection, actor=None, at=work.now())
    return verify_work.verify_run(wanted.pk)


def _told(found: list[Verification], *, as_json: bool, most: int) -> int:
    barred = _primaries(BARRED)
    if not found and not barred:
        print(
            "No operating company is connected to Xero, so there is nothing to compare. Connect one in System "
            "Settings → Integration.",
            file=sys.stderr,
        )
        return NOT_COMPARED
    if as_json:
        told = [_as_data(one) for one in found] + [_barred_as_data(one) for one in barred]
        print(json.dumps(told, default=str))
    else:
        for one in found:
            _print(one, most)
        for connection in barred:
            print(f"{_head(connection)}\n  Not compared. {connection.state_reason}")
    if barred or any(one.state != "done" or one.problem for one in found):
        return NOT_COMPARED
    return DIFFER if any(verify_report.open_differences(one).exists() for one in found) else AGREE


def _print(one: Verification, most: int) -> None:
    print(_head(one.connection))
    for row in verify_report.stream_reports(one):
        later = f", {row.newer} more with the next pass" if row.newer else ""
        print(f"  {row.label:<26}{row.compared:>9,} compared {row.open:>7,} differ{later}")
    left = verify_report.open_differences(one)
    for difference in left[:most]:
        print(f"  {verify_report.stream_label(difference)}: {verify_report.sentence(difference)}")
    if (more := left.count() - most) > 0:
        print(f"  … and {more:,} more: ask for them with --most, or --json.")
    if one.state != "done" or one.problem:
        print(
            f"  Not finished. {one.problem or 'Another worker reads this organisation now; try again soon.'}"
        )
    else:
        print("  The CRM and Xero agree." if not left.exists() else "  Repair with: counterfoil repair")


def _head(connection: Connection) -> str:
    return f"{connection.operating_company.name} · {connection.organisation_name}"


def _barred_as_data(connection: Connection) -> dict[str, object]:
    return {
        "operating_company": connection.operating_company.name,
        "organisation": connection.organisation_name,
        "state": "not compared",
        "problem": connection.state_reason,
    }


def _as_data(one: Verification) -> dict[str, object]:
    return {
        "operating_company": one.connection.operating_company.name,
        "organisation": one.connection.organisation_name,
        "state": one.state,
        "problem": one.problem,
        "calls": one.calls,
        "streams": one.streams,
        "differences": [
            {
                "stream": d.stream,
                "id": d.xero_id,
                "name": d.label,
                "side": d.side,
                "part": d.part,
                "field": d.field,
                "crm": d.ours,
                "xero": d.theirs,
                "wins": d.wins,
            }
            for d in verify_report.open_differences(one)
        ],
    }
