"""What a pass costs a warm worker when nothing has changed (goals 4 and 7).

    python -m benchmarks idle [--invoices 10000] [--passes 40] [--database sqlite]

One process reads everything, then passes an hour apart of its own clock: the five streams by their cursors,
items whole. CPU is that of the process, the median of all passes but the first two. The floor does the same
five calls, unless there is something to write, and writes five cursors. Rows are counted by table, business
and bookkeeping apart.
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
    parser.add_argument("--passes", type=int, default=40)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    asked = parser.parse_args(argv)
    figures: Figures = {}
    with (
        stage.places(asked.database or stage.DATABASES) as places,
        stage.pages(Size(asked.invoices)) as source,
    ):
        for place in places:
            figures[place.kind] = measure(place, source, asked.passes)
    stage.conclude("idle", figures)


def measure(place: Place, source: Pages, passes: int) -> Figures:
    floor = floor_idle(place, source, passes)
    ready = stage.connected(place, source.url)
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    crm.tell("first")
    # The first passes meet the stream's overlap and the items once more.
    spent = crm.tell(f"idle {min(passes, 20)}")
    # The day may begin between them, with a compare of everything and what that leaves for the next.
    rows = min((crm.tell("written") for _ in range(4)), key=lambda watched: sum(watched["rows"].values()))[
        "rows"
    ]
    crm.end()
    business = {table: count for table, count in rows.items() if table not in BOOKKEEPING and count}
    stage.say(f"{place.kind}: floor {floor['cpu_ms']:.1f} ms CPU, pass {spent['cpu_ms']:.1f} ms CPU, {rows}")
    return {
        "cpu_ms": round(spent["cpu_ms"], 2),
        "wall_ms": round(spent["wall_ms"], 2),
        "calls": spent["calls"],
        "business_rows_written": sum(business.values()),
        "bookkeeping_statements": sum(rows.values()) - sum(business.values()),
        "rows_by_table": {table: count for table, count in rows.items() if count},
        "floor": floor,
    }


def floor_idle(place: Place, source: Pages, passes: int) -> Figures:
    floor = stage.Program(
        [place.floor, source.url, place.floor_target(place.fresh("floor")), "--passes", str(passes)]
    )
    runs = [floor.read()] + [floor.tell("again") for _ in range(passes - 1)]
    floor.end()
    warm = runs[3:]
    return {"cpu_ms": round(1000 * stage.median(warm, "cpu"), 2), "calls": warm[0]["calls"]}
