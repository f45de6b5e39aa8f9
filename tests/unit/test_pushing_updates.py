import pytest

from counterfoil.core.answers import Answer
from counterfoil.core.pushing_updates import (
    MOST_HOPS,
    MOST_WRITES,
    Remote,
    Update,
    merged,
    read,
    unread,
    written,
)

NOW = 1_800_000_000_000
SAME = Remote(id="c1", updated_ms=7, differs=True)


def update(**given) -> Update:
    return Update(xero_id="c1", seen_ms=7, **given)


@pytest.mark.rule("PU-2")
@pytest.mark.parametrize(
    ("remote", "state"),
    [
        (None, "gone"),
        (SAME, "write"),
        (Remote(id="c1", updated_ms=7, differs=False), "done"),
        (Remote(id="c1", updated_ms=8, differs=True), "merge"),
        (Remote(id="c1", updated_ms=8, differs=False), "done"),
        (Remote(id="c1", updated_ms=7, differs=True, is_archived=True), "archived"),
    ],
    ids=[
        "deleted",
        "as last seen",
        "already so",
        "changed in Xero",
        "changed in Xero to the same",
        "archived",
    ],
)
def test_what_was_read_decides(remote, state):
    assert read(update(), remote, now_ms=NOW).state == state


def test_what_changed_in_xero_is_merged_before_it_is_written():
    push = read(update(), Remote(id="c1", updated_ms=8, differs=True), now_ms=NOW)
    assert merged(push, still_differs=True).state == "write"
    assert merged(push, still_differs=False).state == "done"


def test_merged_contacts_are_followed_and_a_circle_ends():
    push = update()
    for hop in range(MOST_HOPS):
        push = read(
            push, Remote(id=push.xero_id, updated_ms=7, differs=True, merged_into=f"c{hop}"), now_ms=NOW
        )
        assert (push.state, push.xero_id) == ("read", f"c{hop}")
    assert (
        read(push, Remote(id="c", updated_ms=7, differs=True, merged_into="c1"), now_ms=NOW).state
        == "waiting"
    )


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("made", "done"),
        ("lost", "read"),
        ("failed", "read"),
        ("unreadable", "read"),
        ("limited", "read"),
        ("expired", "read"),
        ("forbidden", "waiting"),
        ("refused", "refused"),
        ("clash", "refused"),
        ("unsupported", "read"),
    ],
)
def test_an_unclear_answer_is_cleared_up_by_reading(answer, state):
    assert written(update(state="write"), Answer(answer), now_ms=NOW).state == state


def test_it_gives_up_asking_after_some_unclear_answers():
    push = update()
    for _ in range(MOST_WRITES + 1):
        push = written(push, Answer("lost"), now_ms=NOW)
    assert push.state == "waiting"
    assert "no clear answer" in push.words


def test_a_read_that_fails_is_tried_later_and_later():
    first = unread(update(), now_ms=NOW)
    second = unread(first, now_ms=NOW)
    assert NOW < first.not_before_ms < second.not_before_ms
