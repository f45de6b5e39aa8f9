"""A process of its own whose threads all need a token at once: `python -m tests.sync.token_user FAMILY THREADS`.

It says "ready", waits for a line, and ends with a line of JSON: a digest of each token that a thread was given.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading

import django


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    django.setup()
    from django.db import connections

    from counterfoil.sync.tokens import StoredTokens

    family, count = int(sys.argv[1]), int(sys.argv[2])
    got: list[str] = []
    start = threading.Barrier(count)

    def take() -> None:
        start.wait()
        try:
            got.append(hashlib.sha256(StoredTokens(family).access_token().encode()).hexdigest())
        except Exception as error:  # noqa: BLE001  # the test reads what went wrong
            got.append(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(count)]
    say("ready")
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(json.dumps(got))


if __name__ == "__main__":
    main()
