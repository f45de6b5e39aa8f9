"""What may happen to one call, one step, one look: names (codes of reliability 3.1), weights, and their meaning."""

from typing import NamedTuple

MINUTE = 60_000


class Fate(NamedTuple):
    """How one sent request fares.

    `arrive_ms` None: it never reaches Xero. `work_ms`: how long Xero is at it. `commits`: whether what is asked is
    done. `spoils`: the stored answer is a 500 whatever was done. `wire`: what the client gets, after `client_ms`;
    "answer" is Xero's own, if it is there by then. `before_limits`: answered before Xero looks at the key at all.
    """

    name: str
    weight: int
    arrive_ms: int | None = 0
    late_ms: int = 0
    work_ms: int = 0
    work_more_ms: int = 0
    commits: bool = True
    spoils: bool = False
    wire: str = "answer"
    client_ms: int = 300
    again_ms: int | None = None


TIMEOUT = 65_000
FINE = Fate("fine", 0)

SEND_FATES = (
    Fate("N1 never arrives", 4, arrive_ms=None, wire="lost", client_ms=TIMEOUT),
    Fate("N2 answer lost", 6, wire="lost", client_ms=TIMEOUT),
    Fate("N3 slow at Xero", 4, work_ms=66_000, work_more_ms=240_000, wire="lost", client_ms=TIMEOUT),
    Fate("N4 reset while sending", 3, arrive_ms=None, wire="lost", client_ms=50),
    Fate("N5 reset while receiving", 5, wire="lost", client_ms=400),
    Fate("N6 cut body", 3, wire="unreadable"),
    Fate("N8 name not found", 3, arrive_ms=None, wire="not_sent", client_ms=20),
    Fate("N10 proxy page 200", 2, arrive_ms=None, wire="unreadable"),
    Fate("N10 proxy page 200 after commit", 3, wire="unreadable"),
    Fate("N11 502 after commit", 5, wire="502"),
    Fate("N11 504 before commit", 3, arrive_ms=None, wire="504"),
    Fate("N12 delivered twice", 3, again_ms=40_000),
    Fate("G1 429 minute", 5, arrive_ms=None, wire="429 minute", client_ms=40),
    Fate("G2 429 day", 3, arrive_ms=None, wire="429 day", client_ms=40),
    Fate("G3 429 concurrent, no header", 3, arrive_ms=None, wire="429", client_ms=40),
    Fate("G6 500 before commit", 4, commits=False, spoils=True),
    Fate("G7 500 after commit", 6, spoils=True),
    Fate("G8 503 offline", 3, arrive_ms=None, wire="503"),
    Fate("G9 404 as text", 1, arrive_ms=None, wire="404"),
    Fate("G10 XML answer", 2, wire="unreadable"),
    Fate("G12 key store down", 3, arrive_ms=None, wire="500"),
    Fate(
        "G13 late before the key store",
        4,
        late_ms=5 * MINUTE,
        work_more_ms=20 * MINUTE,
        wire="lost",
        client_ms=TIMEOUT,
    ),
    Fate(
        "G13 late behind the key store",
        4,
        work_ms=5 * MINUTE,
        work_more_ms=20 * MINUTE,
        wire="lost",
        client_ms=TIMEOUT,
    ),
    Fate("W12 nothing made, no error", 2, commits=False, wire="zero"),
    Fate("I9 401 expired", 4, arrive_ms=None, wire="401", client_ms=60),
    Fate("U14 403 disconnected", 1, arrive_ms=None, wire="403", client_ms=60),
)

LOOK_FATES = ("429", "500", "cut after the first page", "cut after the first page", "time-out")

# Steps at which a worker may die or be paused; the names of reliability 5.4.
CRASH_POINTS = ("K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K11", "K12", "sweep", "wire")


def cumulated(fates) -> list[int]:
    total, sums = 0, []
    for fate in fates:
        total += fate.weight
        sums.append(total)
    return sums


SEND_SUMS = cumulated(SEND_FATES)
