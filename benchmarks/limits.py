"""The first sync against the stand-in itself, with Xero's limits on and a latency for each call (goal 6).

    python -m benchmarks first-sync --limits --latency 1 [--invoices 10000]

The floor is what Xero allows: max(60 s x (ceil(calls / 60) - 1), calls x latency / 5), or the time of the same
sync without limits when that is longer. No call may be answered with 429.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks import stage
from benchmarks.sets import CLIENT_ID, CLIENT_SECRET, REDIRECT, Size
from benchmarks.stage import Figures, Place

IN_FLIGHT = 5


@contextmanager
def sandbox(size: Size, latency: float, *, limits: bool) -> Iterator[str]:
    """The stand-in as `counterfoil sandbox` runs it, in a process of its own."""
    command = [
        sys.executable, "-m", "counterfoil.sandbox.server", "--port", "0", "--seed", "sized", "--tier", "core",
        "--invoices", str(size.invoices), "--contacts", str(size.contacts), "--latency", str(latency),
        "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--redirect-uri", REDIRECT,
    ]  # fmt: skip
    if not limits:
        command.append("--no-limits")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            first = server.stdout.readline()
            yield next(word for word in first.split() if word.startswith("http://"))
        finally:
            server.terminate()


def asked_of(url: str) -> Figures:
    with urllib.request.urlopen(f"{url}/control/requests?limit=5000") as answer:
        entries = [entry for entry in json.load(answer) if "/api.xro/" in entry["path"]]
    refused = sum(entry["status"] == 429 for entry in entries)
    return {"calls": len(entries), "refused": refused}


def one(place: Place, size: Size, latency: float, *, limits: bool) -> Figures:
    with sandbox(size, latency, limits=limits) as url:
        ready = stage.connected(place, url)
        paced = {"BENCH_LIMITS": "1"} if limits else {}
        crm = stage.product(place.fresh("crm", like=ready), url, place.home, **paced)
        first = crm.tell("first")
        crm.end()
        return first | {"seen": asked_of(url)}


def main(size: Size, latency: float, kinds: Sequence[str]) -> None:
    figures: Figures = {}
    with stage.places(kinds) as places:
        for place in places:
            own = one(place, size, 0.0, limits=False)
            run = one(place, size, latency, limits=True)
            calls = run["seen"]["calls"]
            allowed = max(60.0 * (math.ceil(calls / 60) - 1), calls * latency / IN_FLIGHT)
            must = 1.05 * max(allowed, own["wall"]) + 1
            stage.say(f"{place.kind}: {run['wall']:.1f} s, must be below {must:.1f} s; {run['seen']}")
            figures[place.kind] = {
                "wall": round(run["wall"], 2),
                "own_wall": round(own["wall"], 2),
                "xero_floor": round(allowed, 2),
                "must": round(must, 2),
                "to_must": round(run["wall"] / must, 3),
                **run["seen"],
                "latency": latency,
            }
    stage.conclude("first-sync --limits", figures)
