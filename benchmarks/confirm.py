"""What a click on Confirm costs: the whole request in one process, checks, snapshot and intent to push included.

    python -m benchmarks confirm [--lines 200] [--orders 15] [--database sqlite]

Quotes of many lines are made after a first sync; then each is opened and confirmed through Django's test client. No call
to Xero is part of it: the push is another process's work.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import stage
from benchmarks.sets import Size
from benchmarks.stage import Figures, Pages, Place


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "confirm", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--orders", type=int, default=15)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    asked = parser.parse_args(argv)
    figures: Figures = {"lines": asked.lines}
    with (
        stage.places(asked.database or stage.DATABASES) as places,
        stage.pages(Size(2_500)) as source,
    ):
        for place in places:
            figures[place.kind] = measure(place, source, asked.orders, asked.lines)
    stage.conclude("confirm", figures)


def measure(place: Place, source: Pages, orders: int, lines: int) -> Figures:
    ready = stage.connected(place, source.url)
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    crm.tell("first")
    found = crm.tell(f"confirm {orders} {lines}")
    crm.end()
    stage.say(f"{place.kind}: median {found['median_ms']:.0f} ms, longest {found['max_ms']:.0f} ms")
    return {name: round(value, 1) for name, value in found.items()} | {"below_150_ms": found["max_ms"] < 150}
