"""Three days of the simulated quarter; `./go soak quarter` runs all ninety (reliability O1, O3, O7, P1, P2, P9, P10)."""

from __future__ import annotations

import pytest

from tests.soak.quarter import A_DAY, quarter

pytestmark = pytest.mark.django_db


@pytest.mark.rule("SY-7", "SY-11", "TK-1", "TK-2", "TK-3", "TK-5", "TK-6")
@pytest.mark.failure("A3", "O3", "O7", "R9")
def test_days_of_work_outages_revocation_and_a_reset_end_in_step_within_the_smallest_plan() -> None:
    told = quarter(3)
    assert told["wrong"] == []
    assert (told["troubles_told"], told["alarms"], told["all_clears"]) == (4, 4, 4)
    assert told["differences"] == 0
    assert told["calls_a_day_max"] <= A_DAY
    assert told["orders"] > 5
    assert told["edits"] > 50
