"""A worker of the simulation: takes one row, does what `next_action` says, commits each step under its lease.

It is what `sync.push` is in production, with the database and the network replaced by the world's. A `yield` is a point
at which the world may kill it, pause it, or let time pass; its name is that of reliability 5.4.
"""

from counterfoil.core import pushing
from counterfoil.core.answers import Answer, judge
from counterfoil.core.intents import (
    Announce,
    AskPerson,
    Check,
    Done,
    Freeze,
    Look,
    Remove,
    Renumber,
    Send,
    Wait,
)

# A driver holds its lease over waits shorter than this one; else another order has the worker.
SHORT_WAIT = 10_000


def work(world, ident, me):
    """One lease on one row, from claim to release. Ends early when the lease turns out to be another's."""
    push = world.claim(ident, me)
    if push is None:
        return
    token = push.lease_token
    yield "K3", 0
    while True:
        action = pushing.next_action(push, now_ms=world.now)
        if isinstance(action, Wait) and 0 < action.until_ms - world.now <= SHORT_WAIT:
            yield "K8", action.until_ms - world.now
            continue
        if isinstance(action, Wait | Done | AskPerson):
            world.save(ident, pushing.released(push), me, token)
            return
        if isinstance(action, Send):
            push = yield from send(world, ident, push, me, token)
        else:
            push = yield from STEPS[type(action)](world, ident, push, action)
        if push is None:
            return
        was_sent = push.sent_ms is not None and world.rows[ident].sent_ms is None
        if was_sent and (yield from stalls(world, push)):
            return
        if was_sent and world.logs_before_commit:
            world.audit(ident, push)
            yield "K11", 0
        if not world.save(ident, push, me, token):
            return
        yield AFTER[type(action)], 0
        if was_sent and not world.logs_before_commit:
            world.audit(ident, push)


def freeze(world, ident, push, action):
    yield "K4", 0
    return world.freeze(ident, push)


def check(world, ident, push, action):
    yield "K4", 20
    return pushing.checked(push, world.problem(push), now_ms=world.now)


def look(world, ident, push, action):
    started, read = world.look(push)
    yield "K5", 250 if started == world.now else 0
    return pushing.looked(push, world.verdict(push, read), started_ms=started, now_ms=world.now)


def renumber(world, ident, push, action):
    yield "K7", 0
    return world.renumber(ident, push)


def announce(world, ident, push, action):
    """Announced with the time at which it was decided: a pause from here on makes `may_send` say no."""
    announced = pushing.announced(push, key=world.fresh_key(), now_ms=world.now)
    yield "K8", 60 if action.renew else 0
    return announced


def remove(world, ident, push, action):
    yield "sweep", 0
    world.remove(push, action.twin)
    return pushing.twin_removed(push, now_ms=world.now)


def send(world, ident, push, me, token):
    """Steps 6 and 7. The lease is checked on the row as stored, right before the request leaves."""
    if not world.may_send(ident, me, token):
        return pushing.answered(push, Answer("not_sent"), now_ms=world.now)
    body = world.body_to_send(
        ident, push
    )  # read with the lease, so a worker that wakes up late has the old bytes
    yield "wire", 0
    call = world.send(ident, push, body)
    yield "K10", call.client_ms
    answer = judge(call.reply())
    world.count("answer " + answer.outcome)
    judged = world.after_answer(push, answer)
    yield "K11", 0
    return judged


def stalls(world, push):
    """Step 8: the database refuses; evidence is written, and the commit tried until the lease ends. True: given up."""
    while world.database_refuses():
        world.evidence += 1
        if world.now + 5000 >= push.lease_until_ms:
            return True
        yield "K11", 5000
    return False


STEPS = {Freeze: freeze, Check: check, Look: look, Renumber: renumber, Announce: announce, Remove: remove}
AFTER = {
    Freeze: "K4",
    Check: "K4",
    Look: "K6",
    Renumber: "K7",
    Announce: "K9",
    Remove: "sweep",
    Send: "K12",
}
