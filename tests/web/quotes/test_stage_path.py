"""The line of stages above a quote ticks off what has happened, and nothing else."""

from __future__ import annotations

import html
import re

import pytest

from counterfoil.crm.quotes.services import quote_lose, quote_revise, quote_send, quote_win
from tests.builders import AT

pytestmark = pytest.mark.django_db


def path(answer) -> list[tuple[str, str, bool]]:
    """State, words and whether there is a tick, step by step."""
    told = answer.content.decode().split('id="q-path"')[1].split("</ol>")[0]
    steps = re.findall(r'<li class="is-(\w+)".*?</li>', told)
    texts = re.findall(r"<li .*?</li>", told)
    words = [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in texts]
    return [(state, word, "<svg" in text) for state, word, text in zip(steps, words, texts, strict=True)]


def test_a_quote_confirmed_straight_from_draft_was_neither_sent_nor_won(shop, pages):
    quote = shop.quote()
    shop.confirm(quote)
    assert path(pages.page(quote))[:4] == [
        ("done", "Draft , done", True),
        ("skipped", "Sent Skipped", False),
        ("skipped", "Won Skipped", False),
        ("now", "Waiting to be confirmed", False),
    ]


def test_what_happened_on_the_way_is_ticked(shop, pages):
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=AT)
    quote_win(quote, actor=shop.rep, at=AT)
    shop.confirm(quote)
    assert [(state, tick) for state, _, tick in path(pages.page(quote))][:3] == [("done", True)] * 3


def test_a_quote_won_without_being_sent_says_so(shop, pages):
    quote = shop.quote()
    quote_win(quote, actor=shop.rep, at=AT)
    assert [state for state, _, _ in path(pages.page(quote))][:4] == ["done", "skipped", "now", "next"]


def test_a_revised_quote_is_a_draft_with_everything_before_it(shop, pages):
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=AT)
    quote_revise(quote, actor=shop.rep, at=AT)
    assert [state for state, _, _ in path(pages.page(quote))] == ["now", *["next"] * 5]


def test_a_lost_quote_shows_how_far_it_came(shop, pages):
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=AT)
    quote_lose(quote, "Too dear", actor=shop.rep, at=AT)
    assert [word for _, word, _ in path(pages.page(quote))] == [
        "Draft , done",
        "Sent , done",
        "Lost Too dear",
    ]
