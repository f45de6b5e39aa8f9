"""`./go test [PYTEST ARGS]`: the whole suite on SQLite, then what touches a database again on PostgreSQL.

Ends with one line that adds up both: "N passed, N failed, N skipped".
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NO_TESTS_COLLECTED = 5
RUNS = {"sqlite": (), "postgresql": ("--database-tests-only",)}


def run_pytest(database: str, arguments: list[str], tally: Path) -> int:
    print(f"\n== {database} ==", flush=True)
    environment = os.environ | {
        "COUNTERFOIL_TEST_DATABASE": database,
        "COUNTERFOIL_TEST_TALLY": str(tally),
    }
    # Tests start a hundred programs; compiled once is enough.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # More than the two cores it is meant to run on, since some tests wait; by whole files, so that what a file's tests
    # share is built once; in the order that conftest.py gives them.
    spread = ("-n", "4", "--dist", "loadscope", "--no-loadscope-reorder", "--durations", "25")
    command = [sys.executable, "-m", "pytest", *spread, *RUNS[database], *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    codes = {}
    with tempfile.TemporaryDirectory(prefix="counterfoil-tally-") as folder:
        for database in RUNS:
            tally = Path(folder) / f"{database}.json"
            codes[database] = run_pytest(database, arguments, tally)
            if codes[database] not in {0, 1, NO_TESTS_COLLECTED} and not tally.exists():
                return codes[database]
            for outcome, number in json.loads(tally.read_text()).items() if tally.exists() else ():
                counts[outcome] += number
    print("\n" + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    if set(codes.values()) == {NO_TESTS_COLLECTED}:
        return NO_TESTS_COLLECTED
    return max(code for code in codes.values() if code != NO_TESTS_COLLECTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
