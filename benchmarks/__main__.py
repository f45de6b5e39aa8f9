"""Benchmarks by name: `./go bench NAME ARGUMENTS`. Each ends with one line of JSON."""

from __future__ import annotations

import importlib
import sys

NAMES = {
    "first-sync": "the first sync and a full pass beside the floor; --limits for Xero's own pace",
    "idle": "what a pass costs that finds nothing changed",
    "changed": "a pass after 100 changes beside the floor",
    "lists": "list pages at 20,000 customers and 100,000 invoices",
    "confirm": "what a click on Confirm costs with 200 lines, without the network",
    "push-backlog": "how fast 1,000 confirmed orders become invoices, and in how many calls",
    "apply-pages": "one page between its records and its rows",
}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print("usage: ./go bench NAME [ARGUMENTS]\n")
        print("\n".join(f"  {name:12} {says}" for name, says in NAMES.items()))
        return 2
    name, *rest = sys.argv[1:]
    program = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    if name == "apply-pages":
        sys.argv = [name, *rest]
        program.main()
    else:
        program.main(rest)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
