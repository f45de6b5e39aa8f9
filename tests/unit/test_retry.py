import pytest

from counterfoil.core.retry import CALL_MS, KEY_USABLE_MS, backoff_ms, key_usable, resend_after_ms


@pytest.mark.parametrize(
    ("at", "usable"),
    [(0, True), (KEY_USABLE_MS - CALL_MS - 1, True), (KEY_USABLE_MS - CALL_MS, False), (-1, False)],
)
def test_a_key_goes_again_only_if_the_call_ends_while_xero_knows_it(at, usable):
    assert key_usable(1_000_000, 1_000_000 + at) is usable


def test_the_same_key_goes_at_most_four_times():
    assert [resend_after_ms(sends) for sends in range(6)] == [None, 2000, 8000, 30_000, None, None]


@pytest.mark.parametrize(("times", "wait"), [(0, 10), (1, 10), (2, 20), (4, 80), (5, 100), (9999, 100)])
def test_waits_double_up_to_the_longest(times, wait):
    assert backoff_ms(times, first_ms=10, longest_ms=100) == wait
