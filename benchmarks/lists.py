"""Every list page at 20,000 customers and 100,000 invoices, in one process with Django's test client.

    python -m benchmarks lists [--invoices 100000] [--repeat 25] [--database sqlite]

The rows are brought in by a first sync. Each list is asked as it opens, further on, sorted by each of its
columns both ways, with each of its filters, and searched; `p95` is over all requests of a list, in
milliseconds, after one of each that does not count.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import stage
from benchmarks.sets import Size
from benchmarks.stage import Figures, Pages, Place


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "lists", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    asked = parser.parse_args(argv)
    figures: Figures = {}
    with (
        stage.places(asked.database or stage.DATABASES) as places,
        stage.pages(Size(asked.invoices)) as source,
    ):
        for place in places:
            figures[place.kind] = measure(place, source, asked.repeat)
    stage.conclude("lists", figures)


def measure(place: Place, source: Pages, repeat: int) -> Figures:
    ready = stage.connected(place, source.url)
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    crm.tell("first")
    crm.end()
    crm = stage.product(place.address("crm"), source.url, place.home)
    found = crm.tell(f"lists {repeat}")
    crm.end()
    for name, figures in found["lists"].items():
        stage.say(f"{place.kind} {name:16} {figures}")
    worst = max(found["lists"].values(), key=lambda figures: figures["p95_ms"])
    return {**found, "worst_p95_ms": worst["p95_ms"], "below_100_ms": worst["p95_ms"] < 100}
