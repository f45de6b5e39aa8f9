"""A pass after 100 changes, in a warm worker, beside the floor that reads the same changes (goal 8).

    python -m benchmarks changed [--invoices 10000] [--changes 100] [--rounds 5] [--database sqlite]

A person in the stand-in changes 90 invoices and 10 contacts, ten minutes after the last change, so that no
cursor's overlap reaches back to it. Floor and product then read in turn. The product does what the floor does
not: it reads the customers of changed invoices again, since their balances moved without a stamp (SY-6).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import stage
from benchmarks.sets import TURNS, Size
from benchmarks.stage import Figures, Pages, Place


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "changed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    asked = parser.parse_args(argv)
    if not 1 <= asked.rounds <= TURNS:
        parser.error(f"--rounds: from 1 to {TURNS}; each changes records that none before it changed.")
    figures: Figures = {}
    with stage.places(asked.database or stage.DATABASES) as places:
        for place in places:
            with stage.pages(Size(asked.invoices)) as source:  # fresh books: each has its own changes
                figures[place.kind] = measure(place, source, asked.changes, asked.rounds)
    stage.conclude("changed", figures)


def without_rendering(source: Pages, program: stage.Program, line: str) -> Figures:
    """One pass; the time in which the server rendered what nobody had asked before is not the reader's."""
    source.ask("reset")
    run = program.tell(line)
    run["wall"] -= source.ask("counters")["render_s"]
    return run


def measure(place: Place, source: Pages, changes: int, rounds: int) -> Figures:
    floor = stage.Program(
        [place.floor, source.url, place.floor_target(place.fresh("floor")), "--passes", str(2 + rounds)]
    )
    floor.read()
    ready = stage.connected(place, source.url)
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    crm.tell("first")
    crm.tell("later")
    floor.tell("again")
    floors, passes = [], []
    for number in range(rounds):
        source.ask(f"change?n={changes}")
        floors.append(without_rendering(source, floor, "again"))
        passes.append(without_rendering(source, crm, "later"))
        found = crm.tell("sums")["changed"]
        stage.say(
            f"{place.kind} round {number + 1}: floor {floors[-1]['wall'] * 1000:.0f} ms, "
            f"pass {passes[-1]['wall'] * 1000:.0f} ms, {passes[-1]['calls']} calls, "
            f"{passes[-1]['written']} written"
        )
        if passes[-1]["written"] < changes or found < (number + 1) * changes * 9 // 10:
            raise SystemExit(f"{passes[-1]['written']} written, {found} changed invoices found")
    floor.end()
    crm.end()
    least, spent = (
        stage.medians(floors, "wall", "cpu"),
        stage.medians(passes, "wall", "cpu", "calls", "written"),
    )
    return {
        "changed_to_floor": round(spent["wall"] / least["wall"], 3),
        "cpu_to_floor": round(spent["cpu"] / least["cpu"], 3),
        "found": f"{changes} of {changes} in each of {rounds} rounds",
        "floor": least,
        "pass": spent,
    }
