"""How a record comes to be in Xero exactly once, whatever is lost on the way (PU-7, reliability §5.4 and §5.5).

A creating request whose answer is lost may have been carried out, may never be, or may be in half an hour. So: **look**
whether it is there, **announce** in the database that it is about to be sent, **send** once, **judge** the answer,
**record** it, and come back later to **sweep** up what arrived too late. A restart knows from the row alone where it
stands, since the row always claims at least as much as happened.

One state machine for invoices, contacts and items. They differ in what a look shows (`pushing_invoices`,
`pushing_contacts`, `pushing_items` turn it into a Verdict) and in how long a lost request may still arrive (Policy).

    while True:
        action = next_action(push, now_ms=now)      # decides
        push = ...                                  # the driver does it, calls the function the action names,
                                                    # and commits the result where lease_token is still its own

Pure: no clock, no I/O, no randomness. `sync.push` drives it; the simulation in the tests drives the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from counterfoil.core.answers import Answer, Outcome
from counterfoil.core.intents import (
    IN_XERO,
    RESTING,
    XERO_NUMBER,
    Absent,
    Action,
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
    Reason,
    Remove,
    Renumber,
    Send,
    Taken,
    Verdict,
    Wait,
)
from counterfoil.core.retry import CALL_MS, MINUTE_MS, SECOND_MS, backoff_ms, key_usable, resend_after_ms

DAY_MS = 24 * 60 * MINUTE_MS
LEASE_MS = 5 * MINUTE_MS
# A process that was paused for longer between announcing and sending does not send any more (O6).
SEND_WITHIN_MS = 20 * SECOND_MS
LOOK_FRESH_MS = 2 * MINUTE_MS
CHECK_FRESH_MS = 10 * MINUTE_MS
# Xero's clock may differ from ours by two minutes.
LOOK_MARGIN_MS = 5 * MINUTE_MS
FIRST_LOOK_BACK_MS = DAY_MS
CLEAN_GAP_MS = MINUTE_MS
# A record may be made for up to 30 s before lists show it; twice that, to be sure.
VISIBLE_AFTER_MS = MINUTE_MS
FIRST_LOOK_MS = 5 * SECOND_MS
LOOK_GAP_MS = 10 * SECOND_MS
LONGEST_LOOK_GAP_MS = 5 * MINUTE_MS
PARTS_GAP_MS = MINUTE_MS
RESWEEP_MS = MINUTE_MS


class OutOfOrder(Exception):
    """A driver took a step that the procedure does not allow now: a bug, and nothing was sent."""


class Problem(Struct, frozen=True):
    """Why it may not be sent now. `refuse`: for good, until the order is corrected; else when a person has acted."""

    reason: Reason
    words: str = ""
    refuse: bool = False


# --- The lease -----------------------------------------------------------------------------------------------------


def is_free(push: Push, *, now_ms: int) -> bool:
    """Whether no worker holds it: released, or its holder's time has run out."""
    return push.lease_until_ms is None or push.lease_until_ms <= now_ms


def claimed(push: Push, *, owner: str, now_ms: int) -> Push:
    """Step 2. A request that its last holder announced, and said no more about, may have been sent."""
    push = replace(
        push,
        lease_owner=owner,
        lease_token=push.lease_token + 1,
        lease_until_ms=now_ms + LEASE_MS,
        checked_ms=None,
    )
    return _uncertain(push, now_ms) if push.state == "sending" else push


def released(push: Push) -> Push:
    return replace(push, lease_owner="", lease_until_ms=None)


def may_send(stored: Push, *, owner: str, token: int, now_ms: int) -> bool:
    """Step 6, asked of the row as it is stored now: is it still mine, announced just now, and is there time left?

    False: do not send; call `answered` with "not_sent" (which is refused by the store if the lease is another's).
    """
    return (
        stored.state == "sending"
        and stored.lease_owner == owner
        and stored.lease_token == token
        and (stored.lease_until_ms or 0) >= now_ms + CALL_MS
        and (stored.last_sent_ms or 0) <= now_ms <= (stored.last_sent_ms or 0) + SEND_WITHIN_MS
    )


# --- What to do next -----------------------------------------------------------------------------------------------


def look_from_ms(push: Push) -> int:
    """How far back a look must reach to show whatever was made of this push."""
    if push.first_sent_ms is None:
        return push.confirmed_ms - FIRST_LOOK_BACK_MS
    return push.first_sent_ms - LOOK_MARGIN_MS


def next_action(push: Push, *, now_ms: int) -> Action:
    """The one thing to do now. To be asked by whoever holds the lease."""
    if push.state in RESTING:
        return AskPerson(push.reason, push.candidates) if push.state == "waiting" else Done()
    if push.state in IN_XERO:
        return _next_after_sent(push, now_ms)
    if now_ms < push.not_before_ms:
        return Wait(push.not_before_ms)
    if push.state == "sending":
        return Send(push.key)
    if push.state == "blocked":
        return Freeze()
    if push.checked_ms is None or now_ms - push.checked_ms > CHECK_FRESH_MS:
        return Check()
    return _next_before_sending(push, now_ms)


def _next_before_sending(push: Push, now_ms: int) -> Action:
    if push.step_aside:
        return Renumber(push.generation + 1)
    same_key = _same_key(push, now_ms)
    if not same_key and not _is_clear(push, now_ms):
        return Look(look_from_ms(push), push.number if push.own_number or push.kind != "invoice" else "")
    if (push.lease_until_ms or 0) < now_ms + CALL_MS + SEND_WITHIN_MS:
        return Wait(now_ms)  # let go and claim again: the call could outlive the lease
    return Announce(fresh_key=not same_key, renew=push.renew)


def _next_after_sent(push: Push, now_ms: int) -> Action:
    if push.sweep_at_ms is None:
        return Done()
    if now_ms < push.sweep_at_ms:
        return Wait(push.sweep_at_ms)
    return Remove(push.twins[0]) if push.twins else Look(look_from_ms(push), "")


def _same_key(push: Push, now_ms: int) -> bool:
    return (
        push.state == "resending"
        and push.key_since_ms is not None
        and key_usable(push.key_since_ms, max(now_ms, push.not_before_ms))
    )


def _is_clear(push: Push, now_ms: int) -> bool:
    return push.clear_since_ms is not None and now_ms - push.clear_since_ms <= LOOK_FRESH_MS


# --- Before the first look -----------------------------------------------------------------------------------------


def frozen(push: Push, *, number: str = "", likeness: Likeness | None = None) -> Push:
    """The body is written down and stays as it is. `number`: "" keeps the one given when it was confirmed."""
    return replace(
        push,
        state="uncertain" if push.doubt else "ready",
        is_frozen=True,
        number=number or push.number,
        likeness=likeness,
        total=likeness.total if likeness else push.total,
    )


def still_blocked(push: Push, *, now_ms: int) -> Push:
    """Contact or items have no id yet."""
    return replace(push, not_before_ms=now_ms + PARTS_GAP_MS)


def parts_refused(push: Push, *, words: str) -> Push:
    """Contact or an item will not be made unless a person acts; `resumed` goes on."""
    return _waits(push, "parts", words=words)


def checked(push: Push, problem: Problem | None, *, now_ms: int) -> Push:
    """Step 3. A refusal counts only once it is sure that nothing sent before has arrived."""
    push = replace(push, checked_ms=now_ms)
    if problem is None:
        mended = push.refusal_reason == "preflight"
        return replace(push, refusal="", refusal_reason="") if mended else push
    if not problem.refuse:
        return _waits(push, problem.reason, words=problem.words)
    if push.state == "uncertain":  # its looks go on where they are
        return replace(push, refusal=problem.words, refusal_reason=problem.reason)
    return _refused(push, problem.reason, problem.words, now_ms)


# --- The look ------------------------------------------------------------------------------------------------------


def looked(push: Push, verdict: Verdict | None, *, started_ms: int, now_ms: int) -> Push:
    """Step 4. `verdict` None: the look does not count, being incomplete, or about something else."""
    if push.state in IN_XERO:
        return _swept(push, verdict, now_ms)
    if isinstance(verdict, Ours):
        return _adopted(push, verdict.records, now_ms)
    if isinstance(verdict, Ask) and verdict.at_once:
        return _waits(push, verdict.reason, candidates=verdict.candidates)
    if push.state == "resending":
        push = _reopened(push, at_ms=now_ms)
    push = replace(push, looks=push.looks + 1)
    if verdict is not None and _counts(push, verdict, started_ms):
        push = replace(push, clean_looks=push.clean_looks + 1, last_clean_ms=started_ms)
        if push.clean_looks >= (push.policy.clean_looks if push.doubt else 1):
            return _settled(push, verdict, started_ms)
    return replace(push, not_before_ms=_next_look_ms(push, now_ms))


def _counts(push: Push, verdict: Verdict, started_ms: int) -> bool:
    """Whether "it is not there" proves something: nothing on its way, nothing hidden, no second glance at once."""
    if push.doubt and started_ms < (push.settle_until_ms or 0):
        return False
    if push.clashed_ms is not None and started_ms < push.clashed_ms + VISIBLE_AFTER_MS:
        return isinstance(verdict, Taken)
    return push.last_clean_ms is None or started_ms >= push.last_clean_ms + CLEAN_GAP_MS


def _next_look_ms(push: Push, now_ms: int) -> int:
    """Looks grow rarer, but one falls on the end of the settling time and one on the end of the gap after it."""
    at = now_ms + backoff_ms(push.looks, first_ms=LOOK_GAP_MS, longest_ms=LONGEST_LOOK_GAP_MS)
    for moment in (push.settle_until_ms, push.last_clean_ms and push.last_clean_ms + CLEAN_GAP_MS):
        if moment is not None and now_ms < moment:
            at = min(at, moment)
    return at


def _settled(push: Push, verdict: Verdict, started_ms: int) -> Push:
    """It is certain: nothing of this push is in Xero, and nothing is on its way."""
    push = replace(
        push, state="ready", doubt=False, settle_until_ms=None, looks=0, clean_looks=0, last_clean_ms=None
    )
    if isinstance(verdict, Ask):  # before a refusal: it may be there after all
        return _waits(push, verdict.reason, candidates=verdict.candidates)
    if push.refusal_reason:
        return replace(push, state="refused", reason=push.refusal_reason, words=push.refusal)
    if isinstance(verdict, Absent) and push.clashed_ms is None:
        return replace(push, clear_since_ms=started_ms)
    # The number is somebody else's, perhaps a credit note's, which no list of invoices shows (xero-facts §4.5).
    if push.own_number:
        return replace(push, step_aside=True, clashed_ms=None)
    return _waits(push, "hidden_clash")


def renumbered(push: Push, *, number: str) -> Push:
    """Step 4c. The body is frozen anew with the next number; the old one stays where it is, untouched."""
    return replace(push, number=number, generation=push.generation + 1, step_aside=False, clear_since_ms=None)


def _adopted(push: Push, records: tuple[Found, ...], now_ms: int) -> Push:
    """Steps 4a and 4b. Of several, the one that a person has worked on is kept, else the oldest.

    One that a person removed is swept as well: what is still on its way would arrive without anybody knowing.
    """
    live = [record for record in records if record.is_live]
    if not live:
        latest = max(records, key=lambda record: record.updated_ms)
        removed = _recorded(push, latest, (), now_ms)
        return replace(removed, state="removed", reason="removed_in_xero")
    kept = min(live, key=lambda record: (record.pristine, record.updated_ms, record.id))
    return _recorded(push, kept, tuple(record for record in live if record.id != kept.id), now_ms)


# --- Sending -------------------------------------------------------------------------------------------------------


def announced(push: Push, *, key: str, now_ms: int) -> Push:
    """Step 5; to be committed before anything is sent. `key` must be new; it is not used when the old one goes again.

    Raises OutOfOrder unless `next_action` asked for it.
    """
    if not isinstance(next_action(push, now_ms=now_ms), Announce):
        raise OutOfOrder(f"A push in state {push.state} was announced without a look that allows it.")
    again = _same_key(push, now_ms)
    return replace(
        push,
        state="sending",
        key=push.key if again else key,
        key_since_ms=push.key_since_ms if again else now_ms,
        attempt=push.attempt + (not again),
        sends=push.sends + 1 if again else 1,
        renew=False,
        renewed=push.renewed and again,
        first_sent_ms=now_ms if push.first_sent_ms is None else push.first_sent_ms,
        last_sent_ms=now_ms,
        settle_until_ms=now_ms + push.policy.settle_ms,
        clear_since_ms=None,
    )


def answered(push: Push, answer: Answer, *, now_ms: int) -> Push:
    """Step 7, and step 8 when it was made. Raises OutOfOrder if nothing was announced."""
    if push.state != "sending":
        raise OutOfOrder(f"An answer came to a push in state {push.state}.")
    return _AFTER[answer.outcome](push, answer, now_ms)


def _after_made(push: Push, answer: Answer, now_ms: int) -> Push:
    return _recorded(push, answer.record, (), now_ms) if answer.record else _uncertain(push, now_ms)


def _after_unknown(push: Push, _answer: Answer, now_ms: int) -> Push:
    return _uncertain(push, now_ms)


def _after_lost(push: Push, _answer: Answer, now_ms: int) -> Push:
    """The same key brings the first answer, as long as Xero keeps it."""
    wait = resend_after_ms(push.sends)
    doubtful = replace(push, doubt=True, was_unsure=True)
    return _uncertain(push, now_ms) if wait is None else _again(doubtful, now_ms + wait, now_ms)


def _after_limited(push: Push, answer: Answer, now_ms: int) -> Push:
    return _again(push, now_ms + answer.wait_ms, now_ms)


def _after_not_sent(push: Push, _answer: Answer, now_ms: int) -> Push:
    wait = backoff_ms(push.sends, first_ms=2 * SECOND_MS, longest_ms=5 * MINUTE_MS)
    return _again(push, now_ms + wait, now_ms)


def _after_expired(push: Push, _answer: Answer, now_ms: int) -> Push:
    """Refresh once; a second 401 is not about age."""
    if push.renewed:
        return _waits(_not_made(push), "connection")
    return _again(replace(push, renew=True, renewed=True), now_ms, now_ms)


def _after_forbidden(push: Push, answer: Answer, _now_ms: int) -> Push:
    return _waits(_not_made(push), "connection", words=_text(answer))


def _after_key_conflict(push: Push, answer: Answer, _now_ms: int) -> Push:
    return _waits(push, "key_conflict", words=_text(answer))


def _after_refused(push: Push, answer: Answer, now_ms: int) -> Push:
    return _refused(push, "refused", _text(answer), now_ms)


def _after_unsupported(push: Push, answer: Answer, now_ms: int) -> Push:
    return _refused(push, "not_supported", _text(answer), now_ms)


def _after_clash(push: Push, answer: Answer, now_ms: int) -> Push:
    """Perhaps by an earlier send of our own: the look tells. Where Xero numbers, it is Xero's own trouble."""
    if push.kind == "invoice" and not push.own_number:
        return _refused(push, "refused", _text(answer), now_ms)
    clashed = replace(push, clashes=push.clashes + 1, clashed_ms=now_ms, words=_text(answer))
    return _reopened(clashed, at_ms=now_ms + FIRST_LOOK_MS)


_AFTER: dict[Outcome, Callable[[Push, Answer, int], Push]] = {
    "made": _after_made,
    "unreadable": _after_unknown,
    "failed": _after_unknown,
    "lost": _after_lost,
    "limited": _after_limited,
    "not_sent": _after_not_sent,
    "expired": _after_expired,
    "forbidden": _after_forbidden,
    "key_conflict": _after_key_conflict,
    "refused": _after_refused,
    "unsupported": _after_unsupported,
    "clash": _after_clash,
}


def _text(answer: Answer) -> str:
    return "\n".join(answer.words)


# --- Where a push stands -------------------------------------------------------------------------------------------


def _uncertain(push: Push, now_ms: int) -> Push:
    return _reopened(replace(push, doubt=True, was_unsure=True), at_ms=now_ms + FIRST_LOOK_MS)


def _not_made(push: Push) -> Push:
    """This send did nothing; an earlier one of the same key still may."""
    return push if push.doubt else replace(push, settle_until_ms=None)


def _reopened(push: Push, *, at_ms: int) -> Push:
    """Back to looking: "uncertain" while something may be on its way, else "ready"."""
    return replace(
        _not_made(push),
        state="uncertain" if push.doubt else "ready",
        not_before_ms=at_ms,
        key="",
        key_since_ms=None,
        renew=False,
        looks=0,
        clean_looks=0,
        last_clean_ms=None,
        clear_since_ms=None,
    )


def _again(push: Push, at_ms: int, now_ms: int) -> Push:
    """The same key and bytes at `at_ms`, if Xero still knows the key then; else a look and a new key."""
    if push.key_since_ms is None or not key_usable(push.key_since_ms, at_ms):
        return _reopened(push, at_ms=max(at_ms, now_ms + FIRST_LOOK_MS))
    return replace(push, state="resending", not_before_ms=at_ms)


def _refused(push: Push, reason: Reason, words: str, now_ms: int) -> Push:
    """Final at once if nothing else was sent; else only when it is certain that nothing arrived."""
    if push.doubt:
        return _reopened(replace(push, refusal=words, refusal_reason=reason), at_ms=now_ms + FIRST_LOOK_MS)
    return replace(_not_made(push), state="refused", reason=reason, words=words)


def _waits(push: Push, reason: Reason, *, words: str = "", candidates: tuple[str, ...] = ()) -> Push:
    return replace(push, state="waiting", reason=reason, words=words or push.words, candidates=candidates)


def _linked(push: Push, record: Found) -> Push:
    return replace(
        push,
        xero_id=record.id,
        xero_number=record.number,
        xero_status=record.status,
        xero_updated_ms=record.updated_ms,
        total_differs=push.total is not None and record.total is not None and record.total != push.total,
        doubt=False,
        settle_until_ms=None,
        candidates=(),
    )


def _recorded(push: Push, kept: Found, twins: tuple[Found, ...], now_ms: int) -> Push:
    sweeps = push.policy.sweeps_ms
    done = replace(
        _linked(push, kept),
        state="sent",
        reason="",
        words="",
        sent_ms=now_ms,
        sweeps=0,
        looks=0,
        sweep_at_ms=now_ms + sweeps[0] if sweeps else None,
    )
    return _with_twins(done, twins, now_ms) if twins else done


# --- The sweep -----------------------------------------------------------------------------------------------------


def _swept(push: Push, verdict: Verdict | None, now_ms: int) -> Push:
    """Step 9. What is no longer listed, or edited, is the pull's to show; here only the number of live ones counts."""
    if verdict is None:
        wait = backoff_ms(push.looks + 1, first_ms=RESWEEP_MS, longest_ms=60 * MINUTE_MS)
        return replace(push, looks=push.looks + 1, sweep_at_ms=now_ms + wait)
    live = [record for record in verdict.records if record.is_live] if isinstance(verdict, Ours) else []
    kept = next((record for record in live if record.id == push.xero_id), live[0] if live else None)
    if kept is not None:
        # The recorded one was deleted and its twin was not: a person chose between them, or it came too late.
        push = replace(_linked(push, kept), state="sent", reason="")
        twins = tuple(record for record in live if record.id != kept.id)
        if twins:
            return _with_twins(push, twins, now_ms)
    if isinstance(verdict, Ours) and verdict.alike:
        return _waits(push, "alike", candidates=verdict.alike)
    sweeps = push.policy.sweeps_ms
    done = push.sweeps + 1
    following = (push.sent_ms or 0) + sweeps[done] if done < len(sweeps) else None
    return replace(push, sweeps=done, looks=0, sweep_at_ms=following)


def _with_twins(push: Push, twins: tuple[Found, ...], now_ms: int) -> Push:
    """Only an untouched draft of our own is ours to delete; anything else is an incident for a person."""
    if all(twin.status == "DRAFT" and twin.by_us and twin.pristine for twin in twins):
        return replace(push, twins=twins, sweep_at_ms=now_ms)
    return _waits(push, "twins", candidates=tuple(twin.id for twin in twins))


def twin_removed(push: Push, *, now_ms: int) -> Push:
    """After trying, whatever came of it: another look shows what is there now."""
    wait = backoff_ms(push.looks + 1, first_ms=RESWEEP_MS, longest_ms=60 * MINUTE_MS)
    return replace(push, twins=(), looks=push.looks + 1, sweep_at_ms=now_ms + wait)


# --- What people and accidents do ----------------------------------------------------------------------------------


def restored(push: Push, *, backup_ms: int, now_ms: int) -> Push:
    """The database is as it was at `backup_ms`: whatever had not been sent then may have been since (§5.6).

    Also for an intent that is made after the restore for an order which is older than that.
    """
    push = released(push)
    if push.state in IN_XERO or push.state == "refused":
        return push
    first = backup_ms - DAY_MS
    doubtful = replace(
        push,
        doubt=True,
        was_unsure=True,
        first_sent_ms=first if push.first_sent_ms is None else min(first, push.first_sent_ms),
        settle_until_ms=max(now_ms + _settle_after_restore_ms(push), push.settle_until_ms or 0),
    )
    if push.state in {"waiting", "blocked"}:
        return doubtful
    return _reopened(doubtful, at_ms=max(now_ms, push.not_before_ms))


def _settle_after_restore_ms(push: Push) -> int:
    """Long, even with our own numbers: the restored counter may give an order another number than it was sent with."""
    return XERO_NUMBER.settle_ms if push.kind == "invoice" else push.policy.settle_ms


def resumed(push: Push, *, now_ms: int) -> Push:
    """What it waited for has come: reconnected, released, sorted out in Xero. Raises OutOfOrder if it did not wait."""
    if push.state != "waiting":
        raise OutOfOrder(f"A push in state {push.state} does not wait for anything.")
    push = replace(push, reason="", words="", candidates=(), clashed_ms=None)
    if push.xero_id:
        return replace(push, state="sent", sweep_at_ms=now_ms)
    if not push.is_frozen:
        return replace(push, state="blocked", not_before_ms=now_ms)
    return _reopened(push, at_ms=now_ms)


def chosen(push: Push, record: Found, *, now_ms: int) -> Push:
    """A person says: this is it."""
    return _recorded(push, record, (), now_ms)


def denied(push: Push, *, now_ms: int) -> Push:
    """A person says: none of these is it. They are not asked about again."""
    return resumed(replace(push, not_ours=push.not_ours + push.candidates), now_ms=now_ms)


Progress = Literal["waiting_for_parts", "queued", "sending", "checking", "in_xero", "needs_you", "over"]


def progress(push: Push) -> Progress:
    """Where it is now, in the few words a screen needs."""
    return _PROGRESS[push.state]


_PROGRESS: dict[str, Progress] = {
    "blocked": "waiting_for_parts",
    "ready": "queued",
    "sending": "sending",
    "resending": "sending",
    "uncertain": "checking",
    "sent": "in_xero",
    "removed": "over",
    "refused": "needs_you",
    "waiting": "needs_you",
}
