from decimal import Decimal

import pytest

from counterfoil.web.axis import axis_of, short_money
from counterfoil.web.showing import MINUS


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0], [1, 0]),
        ([13_080, 4_580], [15_000, 10_000, 5_000, 0]),
        ([100], [100, 75, 50, 25, 0]),
        ([101], [150, 100, 50, 0]),
        ([1_000_000], [1_000_000, 750_000, 500_000, 250_000, 0]),
        ([300, -100], [300, 200, 100, 0, -100]),
        ([-100], [0, -25, -50, -75, -100]),
        (["0.30"], ["0.3", "0.2", "0.1", 0]),
    ],
)
def test_the_side_of_a_chart_has_round_figures_evenly_spaced(values, ticks):
    axis = axis_of([Decimal(value) for value in values])
    assert list(axis.ticks) == [Decimal(tick) for tick in ticks]


@pytest.mark.parametrize("seed", range(50))
def test_every_value_lies_on_the_chart(seed):
    values = [Decimal((seed + 1) ** n * (-1) ** (seed * n % 3)) for n in range(1, 7)]
    axis = axis_of(values)
    assert all(0 <= axis.place(value, 200) <= 200 for value in [*values, Decimal(0)])
    assert 2 <= len(axis.ticks) <= 7


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "£0"),
        ("750", "£750"),
        ("40000", "£40k"),
        ("2500000", "£2.5m"),
        ("-1500", f"{MINUS}£1.5k"),
        ("0.5", "£0.5"),
    ],
)
def test_figures_at_its_side_are_short(amount, shown):
    assert short_money(Decimal(amount), "GBP") == shown
