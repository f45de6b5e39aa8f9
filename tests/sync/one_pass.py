"""A process of its own that runs one pass and may be killed at any moment: `python -m tests.sync.one_pass ID SIZE`."""

from __future__ import annotations

import sys

import django


def main() -> None:
    django.setup()
    from counterfoil.sync import work

    work.left_behind_clear()
    run = work.pass_run(int(sys.argv[1]), page_size=int(sys.argv[2]))
    if run is None or run.state != "done":
        raise SystemExit(f"not done: {run and (run.state, run.problem)}")


if __name__ == "__main__":
    main()
