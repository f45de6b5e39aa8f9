"""First pages asked for together: in one thread, no more at once than Xero allows, and one's trouble is one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from counterfoil.xero import endpoints, wire
from counterfoil.xero.client import Ask, Page
from counterfoil.xero.errors import BadAnswer, Forbidden, TemporarilyUnavailable
from tests.contract.client_builders import Connected, connected, small

ASKS = [Ask(one) for one in endpoints.ALL]
THIRD = endpoints.ALL[2]


@pytest.fixture
def books() -> Iterator[Connected]:
    with connected(small(), limits=False) as running:
        yield running


def broken_down_at(books: Connected, fault: str) -> list[object]:
    books.arm(fault, path=f"/{THIRD.path}")
    return list(books.client().pages(ASKS))


@pytest.mark.rule("SY-7")
@pytest.mark.failure("R3")
def test_each_is_answered_as_if_it_were_asked_alone_and_none_is_refused() -> None:
    with connected(small(), limits=True) as books:
        client = books.client(max_wait_s=0.0)
        together = client.pages(ASKS)
        statuses = [call["status"] for call in books.calls()]
        alone = [client.page(one) for one in endpoints.ALL]
    assert statuses == [200] * len(ASKS)
    found = [page.records for page in together if isinstance(page, Page)]
    assert found == [page.records for page in alone]


@pytest.mark.parametrize(
    "fault", ["html_502", "500_before_commit", "reset_midway", "cut_body", "never_arrives"]
)
def test_what_breaks_is_left_to_be_asked_alone_and_so_is_what_came_after_it(
    books: Connected, fault: str
) -> None:
    with books.hurried() if fault == "never_arrives" else nullcontext():
        first, second, *others = broken_down_at(books, fault)
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    assert others == [None] * len(others)
    assert books.pauses == []
    assert books.client().page(THIRD).records


def test_nothing_is_sent_once_the_minute_is_used_up(books: Connected) -> None:
    assert broken_down_at(books, "429_minute")[2] is None
    books.server.edge.journal.clear()
    assert books.client().pages(ASKS) == [None] * len(ASKS)
    assert books.calls() == []


def test_a_refusal_stands_in_its_place_and_the_others_are_answered(books: Connected) -> None:
    answers = broken_down_at(books, "403_tenant")
    assert isinstance(answers.pop(2), Forbidden)
    assert all(isinstance(one, Page) for one in answers)


def test_an_answer_nobody_understands_stands_in_its_place(books: Connected) -> None:
    books.arm("custom", path=f"/{THIRD.path}", params={"status": 418, "body": {}})
    answers = books.client().pages(ASKS)
    assert isinstance(answers.pop(2), BadAnswer)
    assert all(isinstance(one, Page) for one in answers)


def test_an_answer_larger_than_any_page_stands_in_its_place(
    books: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST_BODY", 20_000)  # the accounts alone are larger
    answers = books.client().pages(ASKS)
    assert isinstance(answers.pop(2), BadAnswer)
    assert all(isinstance(one, Page) for one in answers)


@pytest.mark.rule("TK-1")
@pytest.mark.failure("A4")
def test_a_rejected_token_is_refreshed_once_before_anything_is_asked_again(books: Connected) -> None:
    assert broken_down_at(books, "401_expired")[2] is None
    assert books.tokens.refreshes == 1
    assert books.client().page(THIRD).records
    assert books.tokens.refreshes == 1


def test_a_refresh_that_fails_is_the_answer(books: Connected) -> None:
    books.arm("token_500", path="connect/token", count=0)
    answers = broken_down_at(books, "401_expired")
    assert isinstance(answers[2], TemporarilyUnavailable)


def test_a_connection_whose_answer_was_not_read_is_not_used_again(books: Connected) -> None:
    """Else the next question would be given the answer to the last one."""
    broken_down_at(books, "html_502")
    client = books.client()
    for one in endpoints.ALL:
        page = client.page(one)
        assert page.broken == []
        assert {type(record) for record in page.records} == {one.record}
