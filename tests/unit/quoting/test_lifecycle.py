import pytest

from counterfoil.core.lifecycle import NAMES, OPEN, ORDERED, Act, Stage, acts_of, next_stage


@pytest.mark.rule("PU-4")
def test_the_way_from_draft_to_invoice():
    stage = Stage.DRAFT
    for act in (Act.SEND, Act.WIN, Act.CONFIRM, Act.MADE, Act.LINKED):
        stage = next_stage(stage, act)
    assert stage == Stage.INVOICED


def test_a_quote_can_be_confirmed_from_every_open_stage_and_from_no_other():
    assert {stage for stage in Stage if next_stage(stage, Act.CONFIRM)} == OPEN


def test_an_order_is_neither_edited_nor_lost():
    for stage in ORDERED:
        assert not acts_of(stage) & {Act.EDIT, Act.NOTE, Act.LOSE, Act.SEND, Act.WIN, Act.REVISE}


@pytest.mark.rule("PU-9")
def test_only_orders_with_an_invoice_are_amended():
    assert {stage for stage in Stage if next_stage(stage, Act.AMEND)} == {Stage.CONFIRMED, Stage.INVOICED}


def test_a_lost_quote_comes_back_only_as_a_revision():
    assert acts_of(Stage.LOST) == {Act.REVISE}


def test_every_stage_has_a_name():
    assert set(NAMES) == set(Stage)
