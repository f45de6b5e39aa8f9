"""Things that go wrong on purpose, by name, armed through the control plane (reliability 3.1).

A fault is armed with what it matches (method, path, organisation), from which matching call on, and for how
many calls. What each does, and at which stage, is in ``fault_kinds.KINDS``.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from counterfoil.sandbox.call import Call, Delivery, Reply
from counterfoil.sandbox.fault_kinds import KINDS, Kind

Later = Callable[[float, Callable[[], object]], None]
_SLICE_S = 0.05


@dataclass(slots=True)
class Armed:
    """A fault waiting for its call. ``nth`` is 1 for the first matching call; ``count`` 0 means for ever."""

    id: int
    name: str
    method: str = ""
    path: str = ""
    tenant: str = ""
    nth: int = 1
    count: int = 1
    params: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    @property
    def kind(self) -> Kind:
        """The row of the table."""
        return KINDS[self.name]

    def fits(self, call: Call) -> bool:
        """Whether this call is one of those meant."""
        if self.method and call.method != self.method.upper():
            return False
        if self.tenant and call.headers.get("xero-tenant-id", "").lower() != self.tenant.lower():
            return False
        return re.search(self.path, f"{call.path}?{call.query}", re.IGNORECASE) is not None


class Faults:
    """The armed faults, in the order in which they were armed; the first that fits and is due fires."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._next_id = 1
        self.stopping = threading.Event()

    def arm(self, name: str, **match: Any) -> Armed:
        """Arm a fault. Raises ValueError for an unknown name, a wrong field or a broken path pattern."""
        if name not in KINDS:
            raise ValueError(f"There is no fault {name!r}. Known: {', '.join(sorted(KINDS))}.")
        try:
            re.compile(match.get("path", ""))
            _checked(match)
            with self._lock:
                armed = Armed(self._next_id, name, **match)
                self._next_id += 1
                self._armed.append(armed)
        except (re.error, TypeError) as wrong:
            raise ValueError(f"The fault cannot be armed: {wrong}") from wrong
        return armed

    def clear(self, fault_id: int | None = None) -> int:
        """Disarm one fault or all; return how many there were."""
        with self._lock:
            kept = [armed for armed in self._armed if fault_id is not None and armed.id != fault_id]
            gone = len(self._armed) - len(kept)
            self._armed = kept
            return gone

    def shown(self) -> list[dict[str, Any]]:
        """What is armed, with how often it was seen and has fired."""
        return [asdict(armed) for armed in self._armed]

    def pick(self, call: Call) -> Armed | None:
        """The fault for this call, if any; it counts as fired. Every fault that fits counts the call."""
        if not self._armed:
            return None
        with self._lock:
            chosen: Armed | None = None
            for armed in self._armed:
                if not armed.fits(call) or (armed.name == "idempotency_down" and not _keyed(call)):
                    continue
                armed.seen += 1
                due = armed.seen >= armed.nth and (armed.count == 0 or armed.fired < armed.count)
                if due and chosen is None:
                    armed.fired += 1
                    chosen = armed
            return chosen

    def front(self, armed: Armed | None) -> Reply | None:
        """The answer when nothing is to be processed."""
        if armed is None or armed.kind.stage != "front":
            return None
        if armed.name == "never_arrives":
            return Reply(504, delivery=Delivery("never"))
        if armed.name == "reset_before":
            return Reply(504, delivery=Delivery("reset"))
        assert armed.kind.reply is not None
        return armed.kind.reply(armed.params)

    def changed(self, armed: Armed | None, call: Call) -> Call:
        """The call as it reaches the application; waits here for ``slow_before``."""
        if armed is None or armed.kind.stage != "call":
            return call
        if armed.name == "slow_before":
            self._wait(float(armed.params.get("seconds", 30)))
            return call
        return replace(call, headers={**call.headers, "accept": "*/*"})

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.stopping.wait(_SLICE_S):
            pass

    def around(self, armed: Armed | None, serve: Callable[[], Reply], *, later: Later) -> Reply:
        """Serve, or fail as the application would; ``later`` runs something on the world's clock."""
        if armed is None or armed.kind.stage != "inside":
            return serve()
        if armed.name == "duplicate_delivery":
            serve()
            return serve()
        if armed.name == "500_after_commit":
            serve()
        if armed.name == "commit_late":
            later(float(armed.params.get("seconds", 600)), serve)
        assert armed.kind.reply is not None
        return armed.kind.reply(armed.params)

    def after(self, armed: Armed | None, reply: Reply) -> Reply:
        """The answer as it leaves."""
        if armed is None or armed.kind.stage not in ("after", "delivery"):
            return reply
        if armed.kind.reply is not None:
            other = armed.kind.reply(armed.params)
            other.sent = reply.sent
            return other
        return replace(reply, delivery=_delivery(armed))


def _checked(match: dict[str, Any]) -> None:
    """Raise TypeError for a value that would only fail at a later call, which may be anybody's."""
    kinds = {"method": str, "path": str, "tenant": str, "nth": int, "count": int, "params": dict}
    for name in kinds.keys() & match.keys():
        if type(match[name]) is not kinds[name]:
            raise TypeError(f"{name} must be of type {kinds[name].__name__}, not {match[name]!r}")


def _keyed(call: Call) -> bool:
    return "idempotency-key" in call.headers


def _delivery(armed: Armed) -> Delivery:
    if armed.name == "drip":
        return Delivery("drip", bytes_per_s=float(armed.params.get("bytes_per_s", 1)))
    if armed.name == "slow_answer":
        return Delivery("whole", delay_s=float(armed.params.get("seconds", 30)))
    kinds = {
        "answer_lost": "reset",
        "answer_never": "never",
        "reset_midway": "reset_midway",
        "cut_body": "cut",
    }
    return Delivery(kinds[armed.name])
