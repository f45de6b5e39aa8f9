"""Random walks over the real engine (reliability 3.4, layer L2); `./go soak walks` takes more of them."""

from __future__ import annotations

import pytest

from tests.soak.walks import walk

pytestmark = pytest.mark.django_db

SEEDS = 20


@pytest.mark.rule("SY-4", "SY-6", "SY-12", "TK-5", "WH-2")
@pytest.mark.failure("P2", "P18")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_in_whatever_order_crm_and_xero_agree_at_the_end(seed: int) -> None:
    assert walk(seed).wrong == []
