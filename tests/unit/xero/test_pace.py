"""The pace against a server with fixed windows, simulated call by call on a clock of its own."""

import heapq
import random
from dataclasses import dataclass, field

import pytest

from counterfoil.xero.pace import Pace

EVERY_WORKER_BUSY = 4


@dataclass
class FixedWindows:
    """60 calls a minute as Xero counts them; `began` None lets the first call begin the window."""

    began: float | None = None
    used: int = 0
    refused: int = 0
    served: list[float] = field(default_factory=list)

    def left_after_call(self, at: float) -> int:
        if self.began is None or at >= self.began + 60:
            begin_now = self.began is None
            self.began = at if begin_now else self.began + 60 * ((at - self.began) // 60)
            self.used = 0
        if self.used >= 60:
            self.refused += 1
            return 0
        self.used += 1
        self.served.append(at)
        return 60 - self.used


def run(
    pace: Pace, server: FixedWindows, *, calls: int, seed: int, tells: bool = True, start: float = 0.0
) -> float:
    """Four workers make `calls` calls as fast as the pace allows; returns when the last answer came."""
    dice = random.Random(seed)
    now, sent, events = start, 0, []
    while sent < calls or events:
        wait_s = pace.wait_s(now) if sent < calls else None
        if wait_s == 0.0:
            pace.start()
            sent += 1
            heapq.heappush(events, (now + dice.uniform(0, 0.2), sent, None))
        elif wait_s is not None and (not events or events[0][0] > now + wait_s):
            now += wait_s
        else:
            now, number, answer = heapq.heappop(events)
            if answer is None:
                left = server.left_after_call(now) if tells else (server.left_after_call(now), None)[1]
                heapq.heappush(events, (now + dice.uniform(0, 0.5), number, (left,)))
            else:
                pace.finish(now, answer[0])
    return now


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("tells", [True, False])
def test_no_call_is_ever_refused_whenever_the_window_began(seed, tells):
    began = None if seed % 4 == 0 else random.Random(seed).uniform(-60, 0)
    server = FixedWindows(began=began)

    run(Pace(), server, calls=600, seed=seed, tells=tells)

    assert server.refused == 0
    assert len(server.served) == 600


@pytest.mark.parametrize("already_used", [1, 30, 55, 59])
@pytest.mark.parametrize("began", [-1.0, -30.0, -59.5])
def test_calls_made_before_we_started_are_allowed_for(already_used, began):
    server = FixedWindows(began=began, used=already_used)

    run(Pace(), server, calls=200, seed=already_used)

    assert server.refused == 0


def test_ten_minutes_of_work_take_little_more_than_ten_minutes():
    server = FixedWindows()

    ended = run(Pace(), server, calls=600, seed=1)

    assert ended < 10 * 61


def test_a_burst_of_less_than_a_minutes_calls_is_not_slowed():
    unlimited, limited = FixedWindows(), FixedWindows()

    freely = run(Pace(limit=10_000), unlimited, calls=59, seed=7, tells=False)
    paced = run(Pace(), limited, calls=59, seed=7, tells=False)

    assert paced == freely


def test_a_burst_waits_for_the_first_answer_only():
    pace = Pace()
    pace.start()
    assert pace.wait_s(0.0) is None

    pace.finish(0.1, 59)

    started = 0
    while pace.wait_s(0.1) == 0.0:
        pace.start()
        started += 1
    assert started == EVERY_WORKER_BUSY


def test_when_another_process_uses_the_minute_up_we_wait_until_its_window_is_over():
    pace = Pace()
    pace.start()
    pace.finish(10.0, 0)

    assert 59.0 < pace.wait_s(10.0) < 61.0
    assert pace.wait_s(71.0) == 0.0


def test_a_named_end_of_the_window_is_taken_at_its_word():
    pace = Pace()
    for second in range(60):
        pace.start()
        pace.finish(float(second) / 10, 59 - second)
    pace.window_ends(28.0)

    assert pace.wait_s(6.0) == 22.0
    assert pace.wait_s(28.0) == 0.0


def test_answers_that_overtake_each_other_do_not_free_calls_that_are_gone():
    pace = Pace()
    pace.start()
    pace.finish(0.0, 3)
    for _ in range(3):
        pace.start()
    pace.finish(0.1, 0)
    pace.finish(0.1, 2)
    pace.finish(0.1, 1)

    assert pace.wait_s(0.2) > 50
