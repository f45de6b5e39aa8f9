"""Planted bugs: each is one of the mistakes that other links to Xero have made (reliability 5.7), and must be caught.

A mutant changes the procedure or its driver while it is entered; everything else stays as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from unittest.mock import patch

from msgspec.structs import replace

from counterfoil.core import intents, pushing, pushing_invoices
from counterfoil.core.intents import Absent, Policy
from tests.soak import push_world
from tests.soak.push_seeds import Rates, SeededWorld


class Hostile(SeededWorld):
    """Only the worst of moods, for long: so a mistake shows within a few hundred seeds."""

    moods = (Rates(0.8, 0.2, 0.05, 0.02, 0.8, 0.05), Rates(0.6, 0.8, 0.05, 0.02, 0.8, 0.05))
    long_storms = 1.0


class PostsInstead(Hostile):
    verb = "POST"


class LibraryRepeats(Hostile):
    """The HTTP library sends a request again by itself."""

    wire_sends = 2


class TokenUnchecked(Hostile):
    def is_mine(self, row, me, token):
        return True

    def may_send(self, ident, me, token):
        return ident in self.rows


class LogsFirst(Hostile):
    logs_before_commit = True


class RandomMark(Hostile):
    def mark(self, order, revision):
        return f"mark-{self.random.getrandbits(60)}"


class RebuildsBody(Hostile):
    """The body is made from today's prices each time it is sent."""

    def body_to_send(self, ident, push):
        body = self.bodies[ident]
        if push.kind != "invoice" or push.sends + push.attempt < 3:
            return body
        return body._replace(total=body.total + Decimal((self.now - push_world.START) // 60_000) / 100)


class SendsAcrossOrganisations(Hostile):
    """No pre-flight, and the request goes to whatever is connected now."""

    def problem(self, push):
        return None

    def send(self, ident, push, body):
        if push.epoch != self.epoch:
            self.violations.append(f"{ident} was sent to {self.epoch}")
        return super().send(ident, push, body)


def _straight_to_ready(push, now_ms):
    return replace(pushing._reopened(push, at_ms=now_ms), clear_since_ms=now_ms)


def _no_look_after_500(push, answer, now_ms):
    return _straight_to_ready(push, now_ms)


def _counts_always(push, verdict, started_ms):
    return True


def _forgets_that_it_sent(push, *, owner, now_ms):
    push = replace(push, lease_owner=owner, lease_token=push.lease_token + 1,
                   lease_until_ms=now_ms + pushing.LEASE_MS, checked_ms=None)  # fmt: skip
    return pushing._reopened(replace(push, doubt=False), at_ms=now_ms) if push.state == "sending" else push


def _partial_is_enough(push, shown):
    return _real_invoice_verdict(push, replace(shown, complete=True))


def _refuses_while_in_doubt(push, reason, words, now_ms):
    return replace(push, state="refused", reason=reason, words=words, settle_until_ms=None)


def _clash_is_a_refusal(push, answer, now_ms):
    return pushing._refused(push, "refused", pushing._text(answer), now_ms)


def _same_key_for_ever(key_since_ms, at_ms):
    return True


def _looks_since_the_last_send(push):
    return push.last_sent_ms or push.confirmed_ms


def _forgets_the_backup(push, *, backup_ms, now_ms):
    return pushing.released(push)


def _overlooks_what_looks_alike(push, shown):
    verdict = _real_invoice_verdict(push, shown)
    if isinstance(verdict, intents.Ask) and verdict.reason == "alike":
        return Absent()
    return verdict


_real_invoice_verdict = pushing_invoices.invoice_verdict
NO_SETTLING = Policy(settle_ms=0, clean_looks=1, sweeps_ms=intents.SWEEPS_MS)
NO_SWEEPS = Policy(settle_ms=15 * 60_000, clean_looks=2, sweeps_ms=())


def _verdict(function) -> list:
    return [patch.object(push_world, "invoice_verdict", function)]


def _since(function) -> list:
    return [patch.object(module, "look_from_ms", function) for module in (pushing, pushing_invoices)]


def _core(name: str, function) -> list:
    return [patch.object(pushing, name, function)]


def _after(outcome: str, function) -> list:
    return [patch.dict(pushing._AFTER, {outcome: function})]


def _policies(own: Policy, xero: Policy) -> list:
    return [patch.object(intents, "OWN_NUMBER", own), patch.object(intents, "XERO_NUMBER", xero)]


MUTANTS: dict[str, Callable[[], tuple[list, type[SeededWorld]]]] = {
    "no look after 500": lambda: (_after("failed", _no_look_after_500), Hostile),
    "key reused after expiry": lambda: (_core("key_usable", _same_key_for_ever), Hostile),
    "body rebuilt on retry": lambda: ([], RebuildsBody),
    "POST instead of PUT": lambda: ([], PostsInstead),
    "library retries on": lambda: ([], LibraryRepeats),
    "settle removed": lambda: (_policies(NO_SETTLING, NO_SETTLING), Hostile),
    "lease token not checked": lambda: ([], TokenUnchecked),
    "log before commit": lambda: ([], LogsFirst),
    "marker random instead of derived": lambda: ([], RandomMark),
    "partial list treated as not found": lambda: (_verdict(_partial_is_enough), Hostile),
    "every look counts, however early": lambda: (_core("_counts", _counts_always), Hostile),
    "a restart forgets what it announced": lambda: (_core("claimed", _forgets_that_it_sent), Hostile),
    "refused while an earlier send is in doubt": lambda: (
        _core("_refused", _refuses_while_in_doubt),
        Hostile,
    ),
    "a taken number is a refusal": lambda: (_after("clash", _clash_is_a_refusal), Hostile),
    "a look that begins too late": lambda: (_since(_looks_since_the_last_send), Hostile),
    "a restored backup is taken for the truth": lambda: (_core("restored", _forgets_the_backup), Hostile),
    "an invoice without its mark is overlooked": lambda: (_verdict(_overlooks_what_looks_alike), Hostile),
    "never swept": lambda: (_policies(NO_SWEEPS, NO_SWEEPS), Hostile),
    "sent to whatever is connected": lambda: ([], SendsAcrossOrganisations),
}


@contextmanager
def planted(name: str) -> Iterator[type[SeededWorld]]:
    patches, world = MUTANTS[name]()
    with ExitStack() as stack:
        for each in patches:
            stack.enter_context(each)
        yield world
