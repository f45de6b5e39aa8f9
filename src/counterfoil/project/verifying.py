"""`counterfoil verify` and `counterfoil repair` in the terminal."""

from __future__ import annotations

import json
import sys

from counterfoil.sync import verify_report, verify_work, verifying, work
from counterfoil.sync.models import Connection
from counterfoil.sync.verify_models import Verification
from counterfoil.sync.work import READABLE

AGREE, DIFFER, NOT_COMPARED = 0, 1, 2


def verify_in_terminal(*, as_json: bool, most: int) -> int:
    """Compare every connected organisation and say each difference. 0: none, 1: some, 2: could not compare."""
    work.leases_of_the_dead_release()
    found = [_verify(connection) for connection in _connected()]
    return _told(found, as_json=as_json, most=most)


def repair_in_terminal(*, as_json: bool, most: int) -> int:
    """Repair what the last comparison of each organisation found, comparing first where there is none."""
    work.leases_of_the_dead_release()
    found = []
    for connection in _connected():
        last = verify_report.last_verification(connection)
        if last is None or last.state != "done":
            last = _verify(connection)
        if last.state == "done" and verify_report.open_differences(last).exists():
            verify_work.repair_request(last, at=work.now())
            last = verify_work.verify_run(last.pk)
        found.append(last)
    return _told(found, as_json=as_json, most=most)


def _connected() -> list[Connection]:
    rows = Connection.objects.filter(state__in=READABLE).select_related("operating_company")
    return list(rows.order_by("pk"))


def _verify(connection: Connection) -> Verification:
    wanted = verifying.verify_request(connection, actor=None, at=work.now())
    return verify_work.verify_run(wanted.pk)


def _told(found: list[Verification], *, as_json: bool, most: int) -> int:
    if not found:
        print(
            "No operating company is connected to Xero, so there is nothing to compare. Connect one in System "
            "Settings → Integration.",
            file=sys.stderr,
        )
        return NOT_COMPARED
    if as_json:
        print(json.dumps([_as_data(one) for one in found], default=str))
    else:
        for one in found:
            _print(one, most)
    if any(one.state != "done" or one.problem for one in found):
        return NOT_COMPARED
    return DIFFER if any(verify_report.open_differences(one).exists() for one in found) else AGREE


def _print(one: Verification, most: int) -> None:
    connection = one.connection
    print(f"{connection.operating_company.name} · {connection.organisation_name}")
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
