"""Serve one request: standard input holds it, standard output gets the answer.

A request is one line of JSON and what follows it; so is the answer.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from counterfoil.crm.documents.engine import confinement

Answer = tuple[dict[str, Any], bytes]


def main() -> None:
    answer = sys.stdout.buffer
    sys.stdout = io.StringIO()  # a library's chatter must not stand in the answer
    confinement.limits_set()
    work = _work(sys.argv[1])
    header, _, body = sys.stdin.buffer.read().partition(b"\n")
    request = json.loads(header, object_hook=_decimals)
    said, content = _answer(work, request, body)
    answer.write(json.dumps(said).encode() + b"\n" + content)
    answer.flush()


def _work(name: str) -> Callable[[dict[str, Any], bytes], Answer]:
    """Load what the request needs while files can still be opened."""
    if name == "words":
        from counterfoil.crm.documents.engine.words import words

        return words
    from counterfoil.crm.documents.engine.pages import pages

    return pages


def _answer(work: Callable[[dict[str, Any], bytes], Answer], request: dict[str, Any], body: bytes) -> Answer:
    try:
        return work(request, body)
    except MemoryError:
        return {"failed": "memory"}, b""
    except confinement.Refused as refused:
        return {"failed": "refused", "words": str(refused)}, b""
    except RecursionError:
        return {"failed": "depth"}, b""
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent writes it to its log
        return {"failed": "ended", "words": f"{type(error).__name__}: {error}"[:500]}, b""


def _decimals(given: dict[str, Any]) -> Any:
    return Decimal(given["decimal"]) if given.keys() == {"decimal"} else given


if __name__ == "__main__":
    main()
