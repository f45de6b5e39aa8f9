import pytest

from counterfoil.core.matching import Stored, match_lines

A, B, C = Stored(11, 0, "a"), Stored(12, 1, "b"), Stored(13, 2, "c")


@pytest.mark.rule("IN-1")
@pytest.mark.parametrize(
    ("stored", "came", "rows", "gone"),
    [
        ([A, B, C], ["a", "b", "c"], [A, B, C], []),
        ([C, A, B], ["a", "b", "c"], [A, B, C], []),
        ([A, B, C], ["c", "a", "b"], [C, A, B], []),
        ([A, B, C], ["b"], [B], [A, C]),
        ([A], ["x", "a", "y"], [None, A, None], []),
        ([], ["a"], [None], []),
        ([A], [], [], [A]),
        ([A], ["a", "a"], [A, None], []),
    ],
    ids=[
        "same",
        "stored in any order",
        "moved",
        "some gone",
        "some new",
        "all new",
        "all gone",
        "one id twice",
    ],
)
def test_lines_are_themselves_by_their_id(stored, came, rows, gone):
    match = match_lines(stored, came)
    assert match.rows == rows
    assert sorted(match.gone) == sorted(gone)


def test_lines_without_an_id_are_themselves_by_their_place():
    first, second, third = Stored(1, 0, ""), Stored(2, 1, ""), Stored(3, 2, "c")
    match = match_lines([second, third, first], ["c", "", ""])
    assert match.rows == [third, first, second]
    assert match_lines([first, second], [""]).gone == [second]
