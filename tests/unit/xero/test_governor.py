import threading
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from counterfoil.xero.errors import RateLimited
from counterfoil.xero.governor import Governor

MIDDAY = 20_000 * 86_400.0 + 43_200


@dataclass
class Time:
    """A clock that sleeping moves."""

    s: float = 0.0

    def wall(self) -> float:
        return MIDDAY + self.s

    def monotonic(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds


def governor(time: Time, **options) -> Governor:
    return Governor(wall=time.wall, monotonic=time.monotonic, sleep=time.sleep, jitter=lambda: 0.5, **options)


def call(gate: Governor, *, status=200, priority="background", max_wait_s=90.0, **headers):
    with gate.slot(priority, max_wait_s=max_wait_s) as slot:
        slot.seen(status, {name.replace("_", "-"): str(value) for name, value in headers.items()})


def test_an_ordinary_call_does_not_wait():
    time = Time()
    gate = governor(time)

    for left in range(59, 0, -1):
        call(gate, x_minlimit_remaining=left)

    assert time.s == 0.0


def test_the_call_after_the_last_of_a_minute_waits_for_the_next_minute():
    time = Time()
    gate = governor(time)
    for left in range(59, -1, -1):
        call(gate, x_minlimit_remaining=left)

    call(gate, x_minlimit_remaining=59)

    assert 60 <= time.s < 61


def test_a_refusal_for_the_minute_is_waited_for_as_long_as_it_says():
    time = Time()
    gate = governor(time)
    call(gate, status=429, x_rate_limit_problem="Minute", retry_after=22, x_minlimit_remaining=0)

    call(gate)

    assert 22 <= time.s < 23


@pytest.mark.failure("R3")
def test_a_refusal_for_too_many_at_once_is_waited_for_a_second_or_two():
    time = Time()
    gate = governor(time)
    call(gate, status=429, x_rate_limit_problem="concurrent", x_minlimit_remaining=40)

    call(gate)

    assert 1 <= time.s <= 2


def test_the_apps_minute_closes_the_gate_for_a_minute():
    time = Time()
    gate = governor(time)
    call(gate, x_appminlimit_remaining=0)

    call(gate)

    assert time.s == 60


@pytest.mark.failure("R2")
def test_a_used_up_day_is_told_at_once_to_everybody_and_never_slept_through():
    time = Time()
    gate = governor(time)
    call(gate, status=429, x_rate_limit_problem="day", retry_after=80_000)

    for priority in ("user", "background"):
        with pytest.raises(RateLimited) as raised:
            call(gate, priority=priority)
        assert (raised.value.kind, raised.value.retry_after_s) == ("day", 80_000)
    assert time.s == 0

    time.s = 80_000
    call(gate)


def test_the_last_calls_of_a_day_are_kept_for_people():
    time = Time()
    gate = governor(time, day_reserve=100)
    call(gate, x_daylimit_remaining=100)

    with pytest.raises(RateLimited) as raised:
        call(gate)
    call(gate, priority="user", x_daylimit_remaining=99)

    assert raised.value.kind == "day"
    assert time.s == 0


def test_background_work_looks_once_an_hour_whether_a_new_day_has_begun():
    time = Time()
    gate = governor(time)
    call(gate, x_daylimit_remaining=5)
    with pytest.raises(RateLimited) as raised:
        call(gate)

    time.s += raised.value.retry_after_s
    call(gate, x_daylimit_remaining=1000)
    call(gate, x_daylimit_remaining=999)


def test_a_wait_longer_than_the_caller_can_bear_is_told_instead():
    time = Time()
    gate = governor(time)
    call(gate, status=429, x_rate_limit_problem="minute", retry_after=40)

    with pytest.raises(RateLimited) as raised:
        call(gate, max_wait_s=5)

    assert raised.value.kind == "minute"
    assert 40 <= raised.value.retry_after_s < 41
    assert time.s == 0


def test_a_call_that_failed_on_the_way_gives_its_place_back():
    gate = governor(Time(), max_in_flight=1)
    for _ in range(3):
        with suppress(OSError), gate.slot(max_wait_s=0):
            raise OSError

    assert gate.snapshot().in_flight == 0
    assert gate.snapshot().calls_today == 3


@pytest.mark.parametrize("junk", ["", "many", "-1", "1.5", "9" * 30, "٣"])
def test_strange_figures_are_as_good_as_none(junk):
    gate = governor(Time())
    call(gate, x_minlimit_remaining=junk, x_daylimit_remaining=junk, x_appminlimit_remaining=junk)

    call(gate)

    assert (gate.snapshot().minute_left, gate.snapshot().day_left) == (None, None)


def test_a_snapshot_tells_what_is_used_and_left():
    time = Time()
    gate = governor(time)
    call(gate, x_minlimit_remaining=41, x_daylimit_remaining=4539)

    seen = gate.snapshot()

    assert (seen.calls_this_minute, seen.minute_left, seen.calls_today, seen.day_left) == (1, 41, 1, 4539)
    assert (seen.in_flight, seen.closed_until, seen.closed_by) == (0, None, None)


def test_calls_today_begin_again_at_midnight_utc():
    time = Time()
    gate = governor(time)
    call(gate)
    time.s = 43_200

    assert gate.snapshot().calls_today == 0


@pytest.mark.parametrize(("problem", "retry_after"), [("minute", 30), ("day", 40_000)])
def test_what_is_closed_stays_closed_over_a_restart(problem, retry_after):
    time = Time()
    before = governor(time)
    call(before, status=429, x_rate_limit_problem=problem, retry_after=retry_after, x_daylimit_remaining=700)
    kept = before.snapshot()
    time.s += 10

    after = governor(time)
    after.resume(kept)

    with pytest.raises(RateLimited) as raised:
        call(after, max_wait_s=5)
    assert raised.value.kind == problem
    assert raised.value.retry_after_s == pytest.approx(retry_after - 10, abs=1)
    assert (after.snapshot().calls_today, after.snapshot().day_left) == (1, 700)


def test_what_has_run_out_since_is_not_resumed():
    time = Time()
    before = governor(time)
    call(before, status=429, x_rate_limit_problem="minute", retry_after=30)
    kept = before.snapshot()
    time.s += 86_400

    after = governor(time)
    after.resume(replace(kept))
    call(after)

    assert time.s == 86_400
    assert after.snapshot().calls_today == 1


@pytest.mark.failure("R3")
def test_twenty_threads_are_four_at_a_time_and_really_four():
    gate = Governor()
    call(gate, x_minlimit_remaining=59)
    four_inside = threading.Barrier(4)
    lock, inside, most, done = threading.Lock(), 0, 0, 0

    def work():
        nonlocal inside, most, done
        with gate.slot() as slot:
            with lock:
                inside += 1
                most = max(most, inside)
            four_inside.wait(timeout=20)
            with lock:
                inside -= 1
                done += 1
            slot.seen(200, {"x-minlimit-remaining": "30"})

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert (most, done) == (4, 20)


@pytest.mark.failure("R12")
def test_an_import_that_has_used_up_the_minute_keeps_a_persons_calls_for_the_rest_of_it_alone():
    time = Time()
    gate = governor(time)
    for left in range(59, -1, -1):
        call(gate, x_minlimit_remaining=left)
        time.s += 0.1
    asked_at = time.s

    # An order that needs everything: a customer, a product, looks and sends (R9).
    for left in range(59, 53, -1):
        call(gate, priority="user", max_wait_s=70.0, x_minlimit_remaining=left)

    assert time.s - asked_at < 60


@pytest.mark.failure("R12")
def test_a_person_goes_before_background_work_that_waited_longer():
    gate = Governor(max_in_flight=1)
    order: list[str] = []
    waiting = {"background": threading.Event(), "user": threading.Event()}

    def work(priority):
        waiting[priority].set()
        with gate.slot(priority):
            order.append(priority)

    gate.acquire()
    threads = {
        priority: threading.Thread(target=work, args=(priority,)) for priority in ("background", "user")
    }
    for priority, thread in threads.items():
        thread.start()
        assert waiting[priority].wait(10)
    while gate._users_waiting == 0:  # the person's call is in the queue
        threading.Event().wait(0.001)
    gate.release({"x-minlimit-remaining": "30"})
    for thread in threads.values():
        thread.join(timeout=10)

    assert order == ["user", "background"]
