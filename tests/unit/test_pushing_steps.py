"""Single steps of the push procedure (reliability 5.4); whole histories are in tests/soak."""

from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from counterfoil.core import pushing
from counterfoil.core.answers import Answer
from counterfoil.core.intents import (
    Absent,
    Announce,
    Ask,
    AskPerson,
    Check,
    Done,
    Found,
    Freeze,
    Likeness,
    Look,
    Ours,
    Push,
    Remove,
    Renumber,
    Send,
    Taken,
    Wait,
)
from counterfoil.core.pushing import Problem
from counterfoil.core.retry import HOUR_MS, MINUTE_MS

NOW = 1_800_000_000_000
LIKE = Likeness(contact="c", date="2026-11-21", currency="GBP", total=Decimal("11.44"), lines=2)
DRAFT = Found(id="i1", status="DRAFT", marker="m", updated_ms=5, total=LIKE.total, by_us=True, pristine=True)


def confirmed(*, own_number=True, kind="invoice") -> Push:
    return Push(kind=kind, order="o", revision=1, epoch="e", marker="m", confirmed_ms=NOW, own_number=own_number,
                number="CRM-1" if own_number else "")  # fmt: skip


def ready(**given) -> Push:
    push = pushing.claimed(pushing.frozen(confirmed(**given), likeness=LIKE), owner="me", now_ms=NOW)
    return pushing.checked(push, None, now_ms=NOW)


def clear(**given) -> Push:
    return pushing.looked(ready(**given), Absent(), started_ms=NOW, now_ms=NOW)


def sending(**given) -> Push:
    return pushing.announced(clear(**given), key="k1", now_ms=NOW)


def uncertain(**given) -> Push:
    return pushing.answered(sending(**given), Answer("failed"), now_ms=NOW)


def sent(**given) -> Push:
    return pushing.answered(sending(**given), Answer("made", record=DRAFT), now_ms=NOW)


def settled(push: Push, verdict) -> Push:
    """Two looks after the settling time, a minute apart."""
    first = (push.settle_until_ms or NOW) + 1
    push = pushing.looked(push, verdict, started_ms=first, now_ms=first)
    return pushing.looked(push, verdict, started_ms=first + MINUTE_MS, now_ms=first + MINUTE_MS)


@pytest.mark.rule("PU-7")
@pytest.mark.parametrize(
    ("push", "action"),
    [
        (confirmed(), Freeze()),
        (pushing.frozen(confirmed()), Check()),
        (ready(), Look(NOW - pushing.DAY_MS, "CRM-1")),
        (ready(own_number=False), Look(NOW - pushing.DAY_MS, "")),
        (clear(), Announce(fresh_key=True)),
        (replace(clear(), lease_until_ms=NOW + MINUTE_MS), Wait(NOW)),
        (sending(), Send("k1")),
        (uncertain(), Wait(NOW + pushing.FIRST_LOOK_MS)),
        (pushing.looked(ready(), Taken(), started_ms=NOW, now_ms=NOW), Renumber(1)),
        (sent(), Wait(NOW + HOUR_MS)),
        (replace(sent(), sweep_at_ms=None), Done()),
        (pushing.answered(sending(), Answer("forbidden"), now_ms=NOW), AskPerson("connection")),
        (pushing.answered(sending(), Answer("refused"), now_ms=NOW), Done()),
    ],
)
def test_the_next_step_is_known_from_the_row(push, action):
    assert pushing.next_action(push, now_ms=NOW) == action


def test_a_row_can_be_stored_and_read_again():
    push = replace(sent(), twins=(DRAFT,), total=Decimal("0.10"))
    assert msgspec.json.decode(msgspec.json.encode(push), type=Push) == push


@pytest.mark.rule("PU-7")
def test_nothing_is_announced_without_a_look():
    with pytest.raises(pushing.OutOfOrder):
        pushing.announced(ready(), key="k1", now_ms=NOW)


def test_a_look_grows_old():
    assert isinstance(pushing.next_action(clear(), now_ms=NOW + pushing.LOOK_FRESH_MS), Announce)
    assert isinstance(pushing.next_action(clear(), now_ms=NOW + pushing.LOOK_FRESH_MS + 1), Look)


@pytest.mark.rule("PU-7")
def test_who_takes_over_an_announced_push_takes_it_for_sent():
    taken = pushing.claimed(sending(), owner="another", now_ms=NOW + pushing.LEASE_MS)
    assert (taken.state, taken.doubt, taken.lease_token) == ("uncertain", True, 2)


@pytest.mark.parametrize(
    ("changes", "later"),
    [({"lease_owner": "another"}, 0), ({"lease_token": 2}, 0), ({"lease_until_ms": NOW + 64_000}, 0),
     ({"state": "uncertain"}, 0), ({}, pushing.SEND_WITHIN_MS + 1)],
    ids=["another's lease", "a later lease", "no time left", "no longer announced", "paused too long"],
)  # fmt: skip
def test_what_was_announced_is_not_sent_any_more(changes, later):
    assert pushing.may_send(sending(), owner="me", token=1, now_ms=NOW)
    row = replace(sending(), **changes)
    assert not pushing.may_send(row, owner="me", token=1, now_ms=NOW + later)


@pytest.mark.parametrize(("own_number", "minutes"), [(True, 15), (False, 60)])
def test_a_lost_invoice_is_sent_anew_only_after_settling_and_two_clean_looks(own_number, minutes):
    push = uncertain(own_number=own_number)
    settle = NOW + minutes * MINUTE_MS
    assert push.settle_until_ms == settle
    early = pushing.looked(push, Absent(), started_ms=settle - 1, now_ms=settle - 1)
    once = pushing.looked(early, Absent(), started_ms=settle, now_ms=settle)
    soon = pushing.looked(once, Absent(), started_ms=settle + 59_999, now_ms=settle + 59_999)
    twice = pushing.looked(soon, Absent(), started_ms=settle + 60_000, now_ms=settle + 60_000)
    assert [each.state for each in (early, once, soon, twice)] == ["uncertain"] * 3 + ["ready"]
    assert twice.clear_since_ms == settle + 60_000


def test_a_look_that_does_not_count_proves_nothing():
    push = uncertain()
    late = (push.settle_until_ms or 0) + HOUR_MS
    for minute in range(10):
        push = pushing.looked(
            push, None, started_ms=late + minute * MINUTE_MS, now_ms=late + minute * MINUTE_MS
        )
    assert (push.state, push.clean_looks) == ("uncertain", 0)


def test_a_lost_answer_is_asked_for_with_the_same_key_and_then_looked_for():
    push, now, waits = sending(), NOW, []
    while push.state != "uncertain":
        push = pushing.answered(push, Answer("lost"), now_ms=now)
        waits.append(push.not_before_ms - now)
        if push.state == "resending":
            now = push.not_before_ms
            push = pushing.announced(push, key="another", now_ms=now)
            assert push.key == "k1"
    assert waits == [2000, 8000, 30_000, pushing.FIRST_LOOK_MS]


def test_a_limit_keeps_the_key_only_as_long_as_xero_does():
    soon = pushing.answered(sending(), Answer("limited", wait_ms=60_000), now_ms=NOW)
    late = pushing.answered(sending(), Answer("limited", wait_ms=HOUR_MS), now_ms=NOW)
    assert (soon.state, soon.key, soon.not_before_ms) == ("resending", "k1", NOW + 60_000)
    assert (late.state, late.key, late.not_before_ms, late.doubt) == ("ready", "", NOW + HOUR_MS, False)


def test_an_expired_token_is_refreshed_once():
    push = pushing.answered(sending(), Answer("expired"), now_ms=NOW)
    assert pushing.next_action(push, now_ms=NOW) == Announce(fresh_key=False, renew=True)
    again = pushing.announced(push, key="-", now_ms=NOW)
    assert pushing.answered(again, Answer("expired"), now_ms=NOW).reason == "connection"


@pytest.mark.rule("PU-8")
def test_a_refusal_is_final_with_the_words_of_xero():
    push = pushing.answered(sending(), Answer("refused", words=("No such account.",)), now_ms=NOW)
    assert (push.state, push.words, push.settle_until_ms) == ("refused", "No such account.", None)


@pytest.mark.rule("PU-7")
def test_a_refusal_waits_until_an_earlier_send_is_surely_lost():
    lost = pushing.answered(sending(), Answer("lost"), now_ms=NOW)
    again = pushing.announced(lost, key="-", now_ms=lost.not_before_ms)
    push = pushing.answered(again, Answer("refused", words=("No.",)), now_ms=NOW + 3000)
    assert push.state == "uncertain"
    assert pushing.looked(push, Ours((DRAFT,)), started_ms=NOW, now_ms=NOW).state == "sent"
    assert settled(push, Ask("alike", ("i9",))).reason == "alike"
    assert settled(push, Absent()).state == "refused"


@pytest.mark.parametrize(("first", "renumbers"), [("ready", True), ("uncertain", False)])
def test_it_steps_aside_for_a_foreign_number_at_once_only_if_nothing_was_sent(first, renumbers):
    push = {"ready": ready, "uncertain": uncertain}[first]()
    push = pushing.looked(push, Taken(), started_ms=NOW, now_ms=NOW)
    assert push.step_aside is renumbers


def test_after_stepping_aside_it_looks_for_the_new_number():
    push = pushing.renumbered(pushing.looked(ready(), Taken(), started_ms=NOW, now_ms=NOW), number="CRM-2")
    assert pushing.next_action(push, now_ms=NOW) == Look(NOW - pushing.DAY_MS, "CRM-2")


def test_a_number_that_no_list_shows_is_left_to_whoever_has_it():
    push = pushing.answered(sending(), Answer("clash", words=("Invoice # must be unique.",)), now_ms=NOW)
    soon = pushing.looked(push, Absent(), started_ms=NOW + 30_000, now_ms=NOW + 30_000)
    later = pushing.looked(soon, Absent(), started_ms=NOW + 60_000, now_ms=NOW + 60_000)
    assert (soon.step_aside, later.step_aside) == (False, True)


@pytest.mark.rule("PU-7")
@pytest.mark.parametrize("status", ["DELETED", "VOIDED"])
def test_what_a_person_removed_is_not_made_again(status):
    push = pushing.looked(uncertain(), Ours((replace(DRAFT, status=status),)), started_ms=NOW, now_ms=NOW)
    assert (push.state, push.xero_id, push.reason) == ("removed", "i1", "removed_in_xero")
    for later in (HOUR_MS, 24 * HOUR_MS):
        assert isinstance(pushing.next_action(push, now_ms=NOW + later), Look)
        push = pushing.looked(push, Absent(), started_ms=NOW + later, now_ms=NOW + later)
    assert (push.state, push.due_ms) == ("removed", None)


def test_what_arrives_after_a_person_removed_its_like_is_known_here():
    gone = replace(DRAFT, status="DELETED")
    push = pushing.looked(uncertain(), Ours((gone,)), started_ms=NOW, now_ms=NOW)
    late = replace(DRAFT, id="i2")
    push = pushing.looked(push, Ours((gone, late)), started_ms=NOW + HOUR_MS, now_ms=NOW + HOUR_MS)
    assert (push.state, push.xero_id, push.reason) == ("sent", "i2", "")


def test_of_two_the_one_a_person_worked_on_is_kept():
    approved = Found(id="i2", status="AUTHORISED", marker="m", updated_ms=9, by_us=True)
    push = pushing.looked(uncertain(), Ours((DRAFT, approved)), started_ms=NOW, now_ms=NOW)
    assert push.xero_id == "i2"
    assert pushing.next_action(push, now_ms=NOW) == Remove(DRAFT)


@pytest.mark.parametrize(
    "twin",
    [replace(DRAFT, id="i2", pristine=False), replace(DRAFT, id="i2", status="AUTHORISED"),
     replace(DRAFT, id="i2", by_us=False)],
    ids=["edited", "approved", "of another app"],
)  # fmt: skip
def test_a_twin_that_is_not_ours_to_delete_is_shown_to_a_person(twin):
    push = pushing.looked(sent(), Ours((DRAFT, twin)), started_ms=NOW, now_ms=NOW + HOUR_MS)
    assert (push.state, push.reason, push.candidates, push.xero_id) == ("waiting", "twins", ("i2",), "i1")


def test_a_second_one_without_a_link_is_shown_to_a_person_and_asked_about_once():
    push = pushing.looked(sent(), Ours((DRAFT,), ("i9",)), started_ms=NOW, now_ms=NOW + HOUR_MS)
    assert (push.state, push.reason, push.candidates, push.xero_id) == ("waiting", "alike", ("i9",), "i1")
    push = pushing.denied(push, now_ms=NOW + HOUR_MS)
    assert (push.state, push.not_ours, push.sweep_at_ms) == ("sent", ("i9",), NOW + HOUR_MS)


def test_it_is_swept_after_an_hour_and_after_a_day_and_then_done():
    push = sent()
    for later in (HOUR_MS, 24 * HOUR_MS):
        assert pushing.next_action(push, now_ms=NOW + later) == Look(NOW - 5 * MINUTE_MS, "")
        push = pushing.looked(push, Ours((DRAFT,)), started_ms=NOW + later, now_ms=NOW + later)
    assert pushing.next_action(push, now_ms=NOW + 48 * HOUR_MS) == Done()


@pytest.mark.rule("IN-7")
def test_a_penny_off_is_flagged():
    record = replace(DRAFT, total=LIKE.total + Decimal("0.01"))
    assert pushing.answered(sending(), Answer("made", record=record), now_ms=NOW).total_differs
    assert not sent().total_differs


@pytest.mark.parametrize("state", ["blocked", "ready", "sending", "uncertain"])
def test_a_restored_backup_trusts_nothing_that_was_not_yet_sent(state):
    given = {"blocked": confirmed, "ready": ready, "sending": sending, "uncertain": uncertain}[state]()
    push = pushing.restored(given, backup_ms=NOW - HOUR_MS, now_ms=NOW)
    assert push.doubt
    assert pushing.look_from_ms(push) <= NOW - HOUR_MS - pushing.DAY_MS
    assert (push.settle_until_ms or 0) >= NOW + HOUR_MS
    assert push.lease_until_ms is None


def test_another_organisation_stops_it_and_coming_back_lets_it_go_on():
    push = pushing.checked(ready(), Problem("other_organisation"), now_ms=NOW)
    assert (push.state, push.reason) == ("waiting", "other_organisation")
    assert pushing.resumed(push, now_ms=NOW).state == "ready"


def test_what_a_person_says_is_not_it_is_not_asked_about_again():
    push = pushing.denied(settled(uncertain(), Ask("alike", ("i9",))), now_ms=NOW)
    assert (push.state, push.not_ours) == ("ready", ("i9",))
