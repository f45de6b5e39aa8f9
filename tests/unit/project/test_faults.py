"""A fault that comes again and again does not fill the log."""

import logging

import pytest

from counterfoil.project.faults import AGAIN_AFTER_S, MOST, Faults


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def met(faults: Faults, words: str) -> None:
    try:
        raise ConnectionError(words)
    except ConnectionError as error:
        faults.tell(error)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_same_fault_is_written_once_with_its_trace_and_again_after_a_while(clock, caplog) -> None:
    faults = Faults("The runner", clock)
    for _ in range(5):
        met(faults, "the database is gone")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "ConnectionError: the database is gone" in caplog.text
    assert "in met" in caplog.text
    clock.now = AGAIN_AFTER_S
    met(faults, "the database is gone")
    met(faults, "the database is gone")
    assert [record.message for record in caplog.records] == [
        "The runner met a fault and goes on.",
        "The runner met a fault and goes on, 4 times since this was last written.",
    ]


def test_another_fault_is_written_at_once(clock, caplog) -> None:
    faults = Faults("The runner", clock)
    met(faults, "the database is gone")
    met(faults, "the disk is full")
    assert len(caplog.records) == 2


def test_faults_with_ever_new_words_are_not_kept_without_end(clock, caplog) -> None:
    faults = Faults("The runner", clock)
    for number in range(MOST + 1):
        met(faults, f"record {number}")
    met(faults, "record 0")
    assert len(caplog.records) == MOST + 2
