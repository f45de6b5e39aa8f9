"""`./go soak push --seeds N [--start S] [--jobs J] [--ledger]`: the long simulations; the last line is JSON.

The figures go to docs/reference/soak-ledger.jsonl only when asked for with --ledger.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.soak import push_seeds
from tests.soak.push_faults import CRASH_POINTS, SEND_FATES
from tests.soak.xero_truth import COINS

REPOSITORY = Path(__file__).parents[2]
LEDGER = REPOSITORY / "docs" / "reference" / "soak-ledger.jsonl"
CHUNK = 1000
OFTEN_ENOUGH = 100
NIGHT = 100_000
FIGURES = ("seeds", "duplicates", "lost", "trespasses", "money_off", "etiquette", "incidents")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def run_chunk(start: int, seeds: int) -> tuple[Counter, Counter, list[str]]:
    sums, fired, failed = push_seeds.tally(range(start, start + seeds))
    return sums, fired, [push_seeds.told(seed, outcome) for seed, outcome in failed]


def run_push(arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    sums, fired, failed = Counter(dict.fromkeys(FIGURES, 0)), Counter(), []
    end = arguments.start + arguments.seeds
    chunks = [(start, min(CHUNK, end - start)) for start in range(arguments.start, end, CHUNK)]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for some_sums, some_fired, some_failed in pool.map(run_chunk, *zip(*chunks, strict=True)):
            sums.update(some_sums)
            fired.update(some_fired)
            failed += some_failed
    for name, times in sorted(fired.items()):
        say(f"{times:>10}  {name}")
    for text in failed[:5]:
        say(text)
    seldom = rare(fired) if sums["seeds"] >= NIGHT else []
    if seldom:
        say(f"Fired fewer than {OFTEN_ENOUGH} times, so nothing is shown about: {', '.join(seldom)}")
    seconds = time.monotonic() - begun
    figures = dict(sums) | {"failed_seeds": len(failed), "seconds": round(seconds, 1)}
    if arguments.ledger:
        enter("push", arguments, figures)
    say(json.dumps(figures))
    return 1 if failed or seldom else 0


def rare(fired: Counter) -> list[str]:
    names = [fate.name for fate in SEND_FATES] + [f"coin {coin}" for coin in COINS]
    names += [f"kill {point}" for point in CRASH_POINTS] + [f"pause {point}" for point in CRASH_POINTS]
    return [name for name in names if fired[name] < OFTEN_ENOUGH]


def enter(layer: str, arguments: argparse.Namespace, figures: dict) -> None:
    """One line per run: runs of one commit and layer add up, a change of the code starts them anew."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    line = {
        "layer": layer,
        "commit": done.stdout.strip() or None,
        "first_seed": arguments.start,
        "last_seed": arguments.start + arguments.seeds - 1,
        **figures,
    }
    LEDGER.parent.mkdir(parents=True, exist_ok=True)
    with LEDGER.open("a") as ledger:
        ledger.write(json.dumps(line) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./go soak", description=__doc__)
    layers = parser.add_subparsers(required=True)
    push = layers.add_parser("push", help="the push state machines in a world where everything goes wrong")
    push.add_argument("--seeds", type=int, default=20_000)
    push.add_argument("--start", type=int, default=0)
    push.add_argument("--jobs", type=int, default=2)
    push.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    push.set_defaults(run=run_push)
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error("--seeds must be at least 1")
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
