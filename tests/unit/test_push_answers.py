"""The table of answers (reliability 5.4), row by row."""

from decimal import Decimal

import pytest

from counterfoil.core.answers import Reply, judge
from counterfoil.core.intents import Found

ZERO = "00000000-0000-0000-0000-000000000000"
MADE = Found(id="f7", status="DRAFT", total=Decimal("11.44"))


@pytest.mark.rule("PU-7")
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(status=200, record=MADE, echo_is_right=True), "made"),
        (Reply(status=200, record=MADE, echo_is_right=False), "unreadable"),
        (Reply(status=200), "unreadable"),
        (Reply(status=200, record=Found(id=ZERO, status="DRAFT"), echo_is_right=True), "unreadable"),
        (Reply(status=200, record=MADE, echo_is_right=True, errors=("No such account.",)), "refused"),
        (Reply(status=400, errors=("A validation exception occurred",)), "refused"),
        (Reply(status=400), "unreadable"),
        (Reply(status=200, errors=("Invoice # must be unique.",)), "clash"),
        (
            Reply(status=400, errors=("The contact name A & B is already assigned to another contact.",)),
            "clash",
        ),
        (
            Reply(
                status=400, errors=("The contact number crm-1 is already assigned to another contact. It",)
            ),
            "clash",
        ),
        (Reply(status=400, errors=("Price List Item with Code 'abc' already exists",)), "clash"),
        (Reply(status=400, errors=("Idempotency Key: k is used with a different request.",)), "key_conflict"),
        (Reply(status=401, expired=True), "expired"),
        (Reply(status=401), "forbidden"),
        (Reply(status=403), "forbidden"),
        (Reply(status=404), "unsupported"),
        (Reply(status=405), "unsupported"),
        (Reply(status=412), "unsupported"),
        (Reply(status=413), "unsupported"),
        (Reply(status=415), "unsupported"),
        (Reply(status=429), "limited"),
        (Reply(), "lost"),
        (Reply(status=408), "lost"),
        (Reply(status=502), "lost"),
        (Reply(status=503), "lost"),
        (Reply(status=504), "lost"),
        (Reply(status=500), "failed"),
        (Reply(status=301), "failed"),
        (Reply(left=False), "not_sent"),
    ],
)
def test_an_answer_means_one_thing(reply, outcome):
    assert judge(reply).outcome == outcome


def test_the_words_of_xero_are_kept_word_for_word():
    assert judge(Reply(status=200, errors=("First.", "Second."))).words == ("First.", "Second.")


@pytest.mark.parametrize(("asked", "waited"), [(None, 2000), (40_000, 40_000), (-5, 0), (10**12, 86_400_000)])
def test_a_limit_is_waited_out_for_a_day_at_most(asked, waited):
    assert judge(Reply(status=429, wait_ms=asked)).wait_ms == waited
