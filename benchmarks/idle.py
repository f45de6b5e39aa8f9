"""What a pass costs a warm worker when nothing has changed (goals 4 and 7).

    python -m benchmarks idle [--invoices 10000] [--passes 20] [--rounds 3] [--database sqlite]

One process reads everything, then passes an hour apart of its own clock: the five streams by their cursors,
items whole. CPU is that of the process: in each round the median of all passes but the first two, and of the
rounds, between which the floor takes its turn, the median again. The floor does the same five calls, unless
there is something to write, and writes five cursors. Rows are counted by table, business and bookkeeping apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import stage
from benchmarks.sets import Size
from benchmarks.stage import Figures, Pages, Place

# Where a pass keeps how it stands; everything else is business.
BOOKKEEPING = ("sync_connection", "sync_pass", "sync_streamstate", "sync_callday", "sync_tokenfamily")


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "idle", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=10_000)
    parser.add_argument("--passes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    asked = parser.parse_args(argv)
    figures: Figures = {}
    with (
        stage.places(asked.database or stage.DATABASES) as places,
        stage.pages(Size(asked.invoices)) as source,
    ):
        for place in places:
            figures[place.kind] = measure(place, source, asked.passes, asked.rounds)
    stage.conclude("idle", figures)


def measure(place: Place, source: Pages, passes: int, rounds: int) -> Figures:
    floor = Floor(place, source)
    ready = stage.connected(place, source.url)
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    crm.tell("first")
    floors, runs = [], []
    for _ in range(rounds):
        floors.append(floor.idle(passes))
        runs.append(crm.tell(f"idle {passes}"))
    # The day may begin between them, with a compare of everything and what that leaves for the next.
    rows = min((crm.tell("written") for _ in range(4)), key=lambda watched: sum(watched["rows"].values()))[
        "rows"
    ]
    crm.end()
    floor.end()
    business = {table: count for table, count in rows.items() if table not in BOOKKEEPING and count}
    spent, least = stage.median(runs, "cpu_ms"), stage.median(floors, "cpu_ms")
    stage.say(f"{place.kind}: floor {least:.1f} ms CPU, pass {spent:.1f} ms CPU, {rows}")
    return {
        "cpu_ms": round(spent, 2),
        "cpu_ms_of_rounds": [round(run["cpu_ms"], 2) for run in runs],
        "cpu_ratio": round(spent / least, 2),
        "wall_ms": round(stage.median(runs, "wall_ms"), 2),
        "calls": runs[-1]["calls"],
        "business_rows_written": sum(business.values()),
        "bookkeeping_statements": sum(rows.values()) - sum(business.values()),
        "rows_by_table": {table: count for table, count in rows.items() if count},
        "floor": {
            "cpu_ms": round(least, 2),
            "cpu_ms_of_rounds": [round(run["cpu_ms"], 2) for run in floors],
            "calls": floors[-1]["calls"],
        },
    }


class Floor:
    """The floor's program, which has read everything once."""

    def __init__(self, place: Place, source: Pages) -> None:
        passes = str(10**6)  # it ends when nobody asks any more
        arguments = [place.floor, source.url, place.floor_target(place.fresh("floor")), "--passes", passes]
        self._program = stage.Program(arguments)
        self._program.read()

    def idle(self, passes: int) -> Figures:
        warm = [self._program.tell("again") for _ in range(passes)][2:]
        return {"cpu_ms": 1000 * stage.median(warm, "cpu"), "calls": warm[0]["calls"]}

    def end(self) -> None:
        self._program.end()
