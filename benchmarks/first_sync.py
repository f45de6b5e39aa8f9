"""The first sync and a full pass over unchanged data, beside the floor of the same run (goals 1 to 5, 9, 11).

    python -m benchmarks first-sync [--invoices 10000] [--large 100000] [--rounds 3] [--database sqlite]

Rounds are interleaved: floor, product, floor, product. `wall` is that of the pass, `process` that of the whole
process, interpreter and imports included, for both. With --large the whole is done again for a larger set and
compared (goals 2 and 3).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal

import msgspec

from benchmarks import stage
from benchmarks.floor import STREAMS, Reader
from benchmarks.sets import Size
from benchmarks.stage import Figures, Pages, Place

REFERENCES = 4  # tax rates, currencies, accounts, branding themes


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "first-sync", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=0, metavar="INVOICES", help="compare with this size")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=stage.DATABASES, action="append")
    parser.add_argument(
        "--limits", action="store_true", help="against the real stand-in with Xero's limits on"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="with --limits: of each call")
    return parser.parse_args(argv)


def truth(url: str) -> Figures:
    """What the pages hold, added up exactly and apart from everything that is measured."""
    reader = Reader(url)
    found: Figures = {}
    for path, query, _, _ in STREAMS:
        name = {"CreditNotes": "credit_notes", "PurchaseOrders": "purchase_orders"}.get(path, path.lower())
        rows = [row for page in _plain_pages(reader, path, query) for row in page]
        found[name] = len(rows)
        if "LineItems" in rows[0]:
            lines = [line for row in rows for line in row["LineItems"]]
            found[f"{name}_total"] = sum(row["Total"] for row in rows)
            found[f"{name}_lines"] = len(lines)
            found[f"{name}_lines_amount"] = sum(row["SubTotal"] for row in rows)
    return {k: str(v.normalize()) if isinstance(v, Decimal) else v for k, v in found.items()}


def _plain_pages(reader: Reader, path: str, query: str):
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    page, count = 1, 1
    while page <= count:
        asked = "" if path == "Items" else f"&page={page}&pageSize=1000"
        content = decode(reader.get(f"{path}?{query}{asked}".replace("?&", "?"), None))
        count = content.get("pagination", {}).get("pageCount", 1)
        yield [_exact(row) for row in content[path]]
        page += 1


def _exact(row: Figures) -> Figures:
    return {k: Decimal(v) if isinstance(v, int) and k in ("Total", "SubTotal") else v for k, v in row.items()}


def one_round(place: Place, source: Pages, ready: str) -> tuple[Figures, Figures, Figures, Figures]:
    """(floor, first sync, full pass, what the CRM holds)."""
    floor = stage.Program([place.floor, source.url, place.floor_target(place.fresh("floor"))])
    least = floor.read()
    least["process"] = floor.end()
    crm = stage.product(place.fresh("crm", like=ready), source.url, place.home)
    first = crm.tell("first")
    first["process"] = crm.end()
    crm = stage.product(place.address("crm"), source.url, place.home)
    full = crm.tell("full")
    holds = crm.tell("sums")
    crm.end()
    return least, first, full, holds


def measure(place: Place, sources: Sequence[Pages], rounds: int) -> Figures:
    """By size. The sizes take turns in each round, so that a machine that slows down slows each of them."""
    ready = {one.size: stage.connected(place, one.url, f"connected_{one.size.invoices}") for one in sources}
    expected = {one.size: truth(one.url) for one in sources}
    runs: dict[Size, list[tuple[Figures, ...]]] = {one.size: [] for one in sources}
    for number in range(rounds):
        for source in sources:
            run = one_round(place, source, ready[source.size])
            _say_round(place, source, number, run)
            _same_sums(expected[source.size], run[-1])
            runs[source.size].append(run)
    return {str(size.invoices): summed_up(size, found) for size, found in runs.items()}


def _say_round(place: Place, source: Pages, number: int, run: tuple[Figures, ...]) -> None:
    least, first, full, _ = run
    stage.say(
        f"{place.kind} {source.size.invoices} round {number + 1}: floor {least['wall']:.2f} s "
        f"(cpu {least['cpu']:.2f}), first {first['wall']:.2f} s (cpu {first['cpu']:.2f}, peak "
        f"+{first['peak_mb'] - first['idle_mb']:.0f} MB), full {full['wall']:.2f} s"
    )


def _same_sums(expected: Figures, holds: Figures) -> None:
    wrong = {k: (v, holds.get(k)) for k, v in expected.items() if holds.get(k) != v}
    if wrong:
        raise SystemExit(f"The CRM does not hold what Xero sent: {wrong}")


def summed_up(size: Size, runs: Sequence[tuple[Figures, ...]]) -> Figures:
    floors, firsts, fulls = ([run[i] for run in runs] for i in range(3))
    for run in (*firsts, *fulls):
        run["above_idle_mb"] = run["peak_mb"] - run["idle_mb"]
    floor = stage.medians(floors, "wall", "cpu", "process", "peak_mb", "calls", "bytes")
    first = stage.medians(firsts, "wall", "cpu", "process", "idle_mb", "peak_mb", "above_idle_mb")
    first |= stage.medians(firsts, "calls", "bytes", "written")
    full = stage.medians(fulls, "wall", "cpu", "above_idle_mb", "calls", "written")
    return {
        "records": floors[0]["records"],
        "first_to_floor": ratio(first["wall"], floor["wall"]),
        "process_to_floor_process": ratio(first["process"], floor["process"]),
        "full_to_first": ratio(full["wall"], first["wall"]),
        "full_rows_written": full["written"],
        "calls": first["calls"],
        "calls_formula": size.calls() + REFERENCES,
        "calls_at_connect": 2,
        "bytes_to_floor": ratio(first["bytes"], floor["bytes"]),
        "sums_exact": True,
        "floor": floor,
        "first": first,
        "full": full,
    }


def ratio(one: float, other: float) -> float:
    return round(one / other, 3)


def compared(small: Figures, large: Figures) -> Figures:
    times = large["records"] / small["records"]
    return {
        "times_the_records": round(times, 2),
        "wall_large_to_small": ratio(large["first"]["wall"], small["first"]["wall"]),
        "floor_large_to_small": ratio(large["floor"]["wall"], small["floor"]["wall"]),
        "peak_large_to_small": ratio(large["first"]["above_idle_mb"], small["first"]["above_idle_mb"]),
        "peak_process_large_to_small": ratio(large["first"]["peak_mb"], small["first"]["peak_mb"]),
    }


def main(argv: Sequence[str]) -> None:
    asked = arguments(argv)
    if asked.limits:
        from benchmarks import limits

        limits.main(Size(asked.invoices), asked.latency, asked.database or stage.DATABASES[:1])
        return
    figures: dict[str, Figures] = {}
    sizes = [Size(asked.invoices)] + ([Size(asked.large)] if asked.large else [])
    with ExitStack() as stack:
        places = stack.enter_context(stage.places(asked.database or stage.DATABASES))
        sources = [stack.enter_context(stage.pages(size)) for size in sizes]
        for place in places:
            figures[place.kind] = measure(place, sources, asked.rounds)
    for found in figures.values():
        if asked.large:
            found["scaling"] = compared(*found.values())
    stage.say(json.dumps(figures, indent=1))
    stage.conclude("first-sync", figures)
