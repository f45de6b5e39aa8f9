"""The terminal shows a first sync as the page does: stage, records, rate, time left, calls."""

import pytest

from counterfoil.project.terminal import Bars
from tests.web import world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SY-3")]


def test_a_first_sync_is_followed_in_the_terminal_stage_by_stage(company, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    run = world.running_pass(world.connection(company))
    with Bars() as bars:
        bars.show(run.connection_id)
    head, *stages = (line.strip() for line in capsys.readouterr().out.strip().splitlines())
    assert head == "Stage 2 of 3 · 52 records · 5 a second · 15 s left · 3 calls"
    assert [line.split("  ")[-1].strip() for line in stages] == ["12 / 12", "40 / 120", "0 / ?"]
    done, running, waiting = (line.count("━") for line in stages)
    assert done > running > waiting == 0
