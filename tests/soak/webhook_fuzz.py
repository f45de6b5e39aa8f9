"""Everything that could be posted to the webhook's address, over real HTTP: what is answered, how fast, what is kept.

The same seed makes the same bodies. A delivery that is not signed with the key carries `FORGED` as its organisation, so
that whatever is kept of one can be seen at the end.
"""

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

KEY = "the-fuzzed-key"
GENUINE, FORGED = "3f1c1f8e-8d2f-4b0a-9a6c-0e7d3c5b1a11", "0bad0bad-0bad-4bad-8bad-0bad0bad0bad"
ALLOWED = {200, 400, 401, 413}
CAP = 512 * 1024
SLOW_MS = 50.0
WORDS = ("CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "SUBSCRIPTION", "contact", "Invoice", "NEW_ONE")


@dataclass
class Delivery:
    """`wanted`: the statuses that are right. `kept`: ids of the events that must be stored."""

    kind: str
    body: bytes
    signature: str
    wanted: frozenset[int]
    kept: tuple[str, ...] = ()


@dataclass
class Figures:
    bodies: int = 0
    statuses: Counter = field(default_factory=Counter)
    kinds: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    times_ms: list[float] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def add(self, delivery: Delivery, status: int, answer: bytes, cookie: str | None, ms: float) -> None:
        self.bodies += 1
        self.statuses[status] += 1
        self.kinds[delivery.kind] += 1
        self.times_ms.append(ms)
        self.slowest = max(self.slowest, (ms, delivery.kind))
        if status == 200:
            self.kept.update(delivery.kept)
        if status not in delivery.wanted or answer or cookie:
            self.wrong.append(
                f"{delivery.kind}: {status} {answer[:80]!r} {cookie or ''} for {delivery.body[:200]!r}"
            )

    def told(self) -> dict[str, Any]:
        times = sorted(self.times_ms)
        return {
            "bodies": self.bodies,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "wrong": len(self.wrong),
            "median_ms": round(times[len(times) // 2], 2),
            "p99_ms": round(times[int(len(times) * 0.99)], 2),
            "max_ms": round(times[-1], 2),
            "slowest": self.slowest[1],
            "slower_than_50_ms": sum(ms >= SLOW_MS for ms in times),
        }


def signed(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Bodies:
    """Deliveries, made of one seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._kinds = (
            (30, self._good),
            (12, self._mixed),
            (10, self._intent),
            (12, self._json),
            (8, self._bytes),
            (10, self._damaged),
            (3, self._odd),
            (30, self._forged),
            (0.05, self._many),
            (0.2, self._large),
        )

    def __iter__(self) -> Iterator[Delivery]:
        weights, makers = zip(*self._kinds, strict=True)
        while True:
            yield self._dice.choices(makers, weights)[0]()

    def event(self, tenant: str = GENUINE) -> dict[str, Any]:
        dice = self._dice
        stamp = f"2026-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}T{dice.randint(0, 23):02d}:00:00"
        return {
            "resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/x",
            "resourceId": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
            "eventCategory": dice.choice(WORDS),
            "eventType": dice.choice(("CREATE", "UPDATE", "Update")),
            "eventDateUtc": dice.choice((stamp, f"{stamp}.{dice.randint(0, 999):03d}", f"{stamp}Z")),
        }

    def _payload(self, events: Any) -> bytes:
        value = {"events": events, "firstEventSequence": 1, "lastEventSequence": 2, "entropy": "QWERTY"}
        return json.dumps(value, ensure_ascii=self._dice.random() < 0.5).encode()

    def _good(self) -> Delivery:
        events = [self.event() for _ in range(self._dice.randint(1, 12))]
        body = self._payload(events)
        return Delivery("good", body, signed(body), frozenset({200}), tuple(e["resourceId"] for e in events))

    def _mixed(self) -> Delivery:
        """Events among what is none, and some twice."""
        events = [self.event() for _ in range(self._dice.randint(1, 5))]
        entries = [*events, *events[:2], *(self._value(2) for _ in range(self._dice.randint(1, 6)))]
        self._dice.shuffle(entries)
        body = self._payload(entries)
        return Delivery("mixed", body, signed(body), frozenset({200}), tuple(e["resourceId"] for e in events))

    def _intent(self) -> Delivery:
        body = self._payload([])
        return Delivery("intent", body, signed(body), frozenset({200}))

    def _json(self) -> Delivery:
        """Any JSON, most of it nothing like a delivery."""
        value = self._value(4)
        if self._dice.random() < 0.5:
            value = {"events": value}
        body = json.dumps(value).encode()
        return Delivery("json", body, signed(body), frozenset({200, 400}))

    def _bytes(self) -> Delivery:
        body = self._dice.randbytes(self._dice.randint(0, 2000))
        return Delivery("bytes", body, signed(body), frozenset({400}))

    def _damaged(self) -> Delivery:
        """A delivery with some bytes changed, cut or repeated, and signed after that."""
        body = bytearray(self._payload([self.event() for _ in range(3)]))
        for _ in range(self._dice.randint(1, 6)):
            place = self._dice.randrange(len(body))
            body[place : place + self._dice.randint(0, 3)] = self._dice.randbytes(self._dice.randint(0, 3))
        return Delivery("damaged", bytes(body), signed(bytes(body)), frozenset({200, 400}))

    def _odd(self) -> Delivery:
        good = self._payload([self.event()])
        body = self._dice.choice(
            (
                gzip.compress(good, mtime=0),
                b"\xef\xbb\xbf" + good,
                good.decode().encode("utf-16"),
                b"[" * 50_000,
                b'{"events":' * 10_000,
                b'{"events":[' + b"9" * 20_000 + b"]}",
                b'{"events":[' + b"1e999999,-0.0," * 500 + b"0]}",
                b'{"events":["' + b"\\ud800" * 500 + b'"]}',
            )
        )
        return Delivery("odd", body, signed(body), frozenset({200, 400}))

    def _forged(self) -> Delivery:
        body = self._payload([self.event(FORGED) for _ in range(self._dice.randint(1, 6))])
        right = signed(body)
        place = self._dice.randrange(len(right) - 2)
        other = "A" if right[place] != "A" else "B"
        signature = self._dice.choice(
            (
                "",
                signed(body, "another key"),
                signed(body + b" "),
                right[:place] + other + right[place + 1 :],
                right[:-1],
                right + "=",
                hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest(),
                "".join(self._dice.choices("ABCxyz019+/=", k=self._dice.randint(1, 10_000))),
                "\xe9\xff" * self._dice.randint(1, 20),
            )
        )
        return Delivery("forged", body, signature, frozenset({401}))

    def _many(self) -> Delivery:
        """As many entries as fit below the limit: nothing like events, one event again and again, or all different."""
        entry = self._dice.choice(("{}", "0", json.dumps(self.event()), ""))
        if entry:
            entries = [entry] * (500_000 // (len(entry) + 1))
        else:
            entries = [json.dumps(self.event()) for _ in range(1_250)]
        body = b'{"events":[' + ",".join(entries).encode() + b"]}"
        return Delivery("many", body, signed(body), frozenset({200, 400}))

    def _large(self) -> Delivery:
        body = b" " * (CAP + self._dice.randint(1, 5))
        return Delivery("large", body, signed(body), frozenset({413}))

    def _value(self, depth: int) -> Any:
        dice = self._dice
        simple = (None, True, 0, -1, 1e308, 2**70, "", "events", "\0", "Ærø \U0001f9fe", GENUINE)
        shape = dice.random()
        if depth == 0 or shape < 0.4:
            return dice.choice(simple)
        if shape < 0.6:
            return [self._value(depth - 1) for _ in range(dice.randint(0, 5))]
        if shape < 0.8:
            names = ("events", "resourceId", "tenantId", "x", "eventDateUtc", "data")
            return {dice.choice(names): self._value(depth - 1) for _ in range(dice.randint(0, 5))}
        broken = self.event()
        broken[dice.choice(list(broken))] = self._value(depth - 1)
        return broken


class Timed:
    """A WSGI application with a watch beside it: the processor's time, which other programs cannot lengthen."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.cpu_ms: list[float] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        began = time.thread_time()
        answer = self._application(environ, start_response)
        self.cpu_ms.append((time.thread_time() - began) * 1000)
        return answer


def post_all(url: str, count: int, seed: int) -> Figures:
    """Post `count` bodies one after the other."""
    parts, figures = urlsplit(url), Figures()
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    for _, delivery in zip(range(count), Bodies(seed), strict=False):
        headers = {"Content-Type": "application/json", "x-xero-signature": delivery.signature}
        began = time.perf_counter()
        link.request("POST", parts.path, delivery.body, headers)
        answer = link.getresponse()
        body, ms = answer.read(), (time.perf_counter() - began) * 1000
        figures.add(delivery, answer.status, body, answer.headers.get("set-cookie"), ms)
    link.close()
    return figures


def what_is_kept() -> tuple[set[str], int]:
    """The ids of all stored events, and how many of them nobody signed."""
    from counterfoil.sync import webhooks
    from counterfoil.sync.webhook_models import WebhookEvent

    webhooks.unfold()
    forged = WebhookEvent.objects.filter(tenant_id=FORGED).count()
    return set(WebhookEvent.objects.values_list("resource_id", flat=True)), forged
