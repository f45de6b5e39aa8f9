"""`./go soak push --seeds N [--start S] [--jobs J] [--ledger]`: the long simulations; the last line is JSON.
`./go soak pull --seeds N [--start S] [--jobs J] [--ledger]`: a stream that moves while it is read.
`./go soak walks --runs N [--start S] [--ledger]`: random walks over the real engine and its database.
`./go soak quarter [--days N] [--seed S] [--ledger]`: ninety days of a company on Xero's smallest plan.
`./go soak webhooks --bodies N [--start SEED] [--ledger]`: whatever may be posted to the webhook's address.

The figures go to docs/reference/soak-ledger.jsonl only when asked for with --ledger; soak-ledger.md says what they mean.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.soak import pull_seeds, push_seeds, webhook_fuzz
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
    sys.stdout.flush()


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
        enter("push", arguments.start, arguments.start + arguments.seeds - 1, figures)
    say(json.dumps(figures))
    return 1 if failed or seldom else 0


def run_webhooks(arguments: argparse.Namespace) -> int:
    """A server of its own with an empty SQLite database, and one client that posts as fast as it is answered."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="counterfoil-webhooks-") as home:
        figures, cpu_ms, kept, forged = post_to_a_server(home, arguments.bodies, arguments.start)
    for text in figures.wrong[:5]:
        say(text)
    for kind, times in sorted(figures.kinds.items()):
        say(f"{times:>10}  {kind}")
    lost = len(figures.kept - kept)
    told = figures.told() | {"stored": len(kept), "stored_of_forged": forged, "lost": lost}
    told["cpu_max_ms"] = round(max(cpu_ms), 2)
    told["cpu_over_50_ms"] = sum(ms >= webhook_fuzz.SLOW_MS for ms in cpu_ms)
    told["seconds"] = round(time.monotonic() - begun, 1)
    if arguments.ledger:
        enter("webhooks", arguments.start, arguments.start, told)
    say(json.dumps(told))
    return 1 if figures.wrong or forged or lost else 0


def run_pull(arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    end = arguments.start + arguments.seeds
    chunks = [range(start, min(start + CHUNK, end)) for start in range(arguments.start, end, CHUNK)]
    sums: Counter = Counter(pull_seeds.Tally().told())
    failed: list[int] = []
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for some in pool.map(pull_seeds.tally, chunks):
            sums.update(some.told())
            failed += some.failed
    for seed in failed[:5]:
        say(f"seed {seed}: a change was lost, or a cursor passed one")
    figures = dict(sums) | {"seconds": round(time.monotonic() - begun, 1)}
    if arguments.ledger:
        enter("pull", arguments.start, end - 1, figures)
    say(json.dumps(figures))
    return 1 if failed else 0


def run_quarter(arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    with own_database():
        from tests.soak.quarter import quarter

        told = quarter(arguments.days, seed=arguments.seed, tell=say)
    for text in told.pop("wrong"):
        say(text)
        told["failures"] = told.get("failures", 0) + 1
    told |= {"failures": told.get("failures", 0), "seconds": round(time.monotonic() - begun, 1)}
    if arguments.ledger:
        enter("quarter", arguments.seed, arguments.seed, told)
    say(json.dumps(told))
    return 1 if told["failures"] else 0


def run_walks(arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    did: Counter = Counter()
    failed = []
    with own_database():
        from django.db import transaction

        from tests.soak.walks import walk

        for seed in range(arguments.start, arguments.start + arguments.runs):
            with transaction.atomic():
                found = walk(seed)
                transaction.set_rollback(True)
            did.update(found.did)
            failed += [f"seed {seed}: {text}" for text in found.wrong]
    for text in failed[:10]:
        say(text)
    figures = {"runs": arguments.runs, "failures": len(failed), **did}
    figures["seconds"] = round(time.monotonic() - begun, 1)
    if arguments.ledger:
        enter("walks", arguments.start, arguments.start + arguments.runs - 1, figures)
    say(json.dumps(figures))
    return 1 if failed else 0


@contextmanager
def own_database() -> Iterator[None]:
    """Django with an empty SQLite database in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-soak-") as home:
        for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
            del os.environ[name]
        os.environ |= {"COUNTERFOIL_HOME": home, "COUNTERFOIL_RATES_URL": ""}
        # Django's settings read the environment when they are first imported.
        from counterfoil.project.start import django_start

        django_start()
        logging.disable(logging.ERROR)
        yield


def post_to_a_server(
    home: str, bodies: int, seed: int
) -> tuple[webhook_fuzz.Figures, list[float], set[str], int]:
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        del os.environ[name]
    os.environ |= {
        "COUNTERFOIL_HOME": home,
        "COUNTERFOIL_XERO_CLIENT_ID": "fuzzed",
        "COUNTERFOIL_XERO_WEBHOOK_KEY": webhook_fuzz.KEY,
    }
    # Django's settings read the environment when they are first imported.
    from counterfoil.project.start import django_start

    django_start()
    logging.disable(logging.WARNING)
    from counterfoil.project import serving
    from counterfoil.sync.webhooks import PATH

    timed = webhook_fuzz.Timed(serving.application)
    serving.application = timed
    with serving.WebServer(host="127.0.0.1", port=0) as web:
        address = f"http://127.0.0.1:{web.port}{PATH}"
        webhook_fuzz.post_all(address, 1, seed)  # the first request of a process imports every view
        timed.cpu_ms.clear()
        figures = webhook_fuzz.post_all(address, bodies, seed)
    return figures, timed.cpu_ms, *webhook_fuzz.what_is_kept()


def rare(fired: Counter) -> list[str]:
    names = [fate.name for fate in SEND_FATES] + [f"coin {coin}" for coin in COINS]
    names += [f"kill {point}" for point in CRASH_POINTS] + [f"pause {point}" for point in CRASH_POINTS]
    return [name for name in names if fired[name] < OFTEN_ENOUGH]


def enter(layer: str, first_seed: int, last_seed: int, figures: dict) -> None:
    """One line per run: runs of one commit and layer add up, a change of the code starts them anew."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    line = {
        "layer": layer,
        "commit": done.stdout.strip() or None,
        "first_seed": first_seed,
        "last_seed": last_seed,
        **figures,
    }
    LEDGER.parent.mkdir(parents=True, exist_ok=True)
    with LEDGER.open("a") as ledger:
        ledger.write(json.dumps(line) + "\n")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(prog="./go soak", description=__doc__)
    layers = parser.add_subparsers(required=True)
    push = layers.add_parser("push", help="the push state machines in a world where everything goes wrong")
    push.add_argument("--seeds", type=positive, default=20_000)
    push.add_argument("--start", type=int, default=0)
    push.add_argument("--jobs", type=int, default=2)
    push.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    push.set_defaults(run=run_push)
    webhooks = layers.add_parser(
        "webhooks", help="random bodies, signed and not, posted to the webhook's address"
    )
    webhooks.add_argument("--bodies", type=positive, default=100_000)
    webhooks.add_argument("--start", type=int, default=0, help="the seed of all bodies")
    webhooks.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    webhooks.set_defaults(run=run_webhooks)
    pull = layers.add_parser("pull", help="a stream of Xero that moves while it is read")
    pull.add_argument("--seeds", type=positive, default=100_000)
    pull.add_argument("--start", type=int, default=0)
    pull.add_argument("--jobs", type=positive, default=os.cpu_count())
    pull.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    pull.set_defaults(run=run_pull)
    walks = layers.add_parser("walks", help="random walks over the real engine and its database")
    walks.add_argument("--runs", type=positive, default=300)
    walks.add_argument("--start", type=int, default=0)
    walks.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    walks.set_defaults(run=run_walks)
    quarter = layers.add_parser("quarter", help="the whole engine for ninety days of a company")
    quarter.add_argument("--days", type=float, default=90)
    quarter.add_argument("--seed", type=int, default=1)
    quarter.add_argument("--ledger", action="store_true", help="append the figures to the ledger")
    quarter.set_defaults(run=run_quarter)
    arguments = parser.parse_args()
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
