"""What needs somebody, put together by cause, so that many are put right at once (ST-1, PU-8, SY-10).

A cause is a kind of thing and a sentence without the names, numbers and ids in it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db.models import Count, QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sync import sentences
from counterfoil.sync.models import Connection, Errand, PushIntent, SetAside
from counterfoil.sync.outbox import push_of
from counterfoil.sync.selectors import set_aside_list
from counterfoil.sync.standing import ERRAND_GROUPS, GROUPS, choices_of
from counterfoil.sync.streams import BY_KEY

# So many are looked at; what is beyond shows up as soon as some of these are settled.
MOST = 2_000
EXAMPLES = 3
_STREAM_OF = {"contact": "contacts", "item": "items", "invoice": "invoices", "amend": "invoices"}
_OWN = re.compile(r"\u201c[^\u201d]*\u201d|\"[^\"]*\"|\b[\w.:/+-]*\d[\w.:/+-]*")


@dataclass(frozen=True)
class Example:
    """One of a cause, with what its page is found by."""

    ref: str
    name: str
    quote_id: int | None
    ledger_id: int | None
    product_id: int | None


@dataclass
class PushCause:
    """Pushes that wait for a person for one reason. `words`: what Xero said of the first."""

    key: str
    kind: str
    sentence: str
    words: str
    field: str
    may_retry: bool
    may_skip: bool
    refs: list[str] = dataclasses.field(default_factory=list)
    examples: list[Example] = dataclasses.field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.refs)


@dataclass
class AsideCause:
    """Records set aside for one reason."""

    key: str
    stream: str
    label: str
    sentence: str
    count: int = 0
    reasons: list[str] = dataclasses.field(default_factory=list)


@dataclass
class Sent:
    """What went to Xero of one stream, and what could not."""

    sent: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Conflict:
    """A customer or product that was changed on both sides, and in which fields."""

    name: str
    ledger_id: int | None
    product_id: int | None
    fields: list[str]


def push_causes(company: OperatingCompany) -> list[PushCause]:
    """What the outbox cannot send, by cause, the most frequent first. Conflicts are not among them."""
    found: dict[str, PushCause] = {}
    for cause, one in (*_intents(company), *_changes(company)):
        kept = found.setdefault(cause.key, cause)
        kept.refs.append(one.ref)
        kept.may_retry &= cause.may_retry
        kept.may_skip &= cause.may_skip
        if len(kept.examples) < EXAMPLES:
            kept.examples.append(one)
    return sorted(found.values(), key=lambda cause: -cause.count)


def push_cause_of(company: OperatingCompany, key: str) -> PushCause | None:
    """The cause with this key, as it stands now."""
    return next((cause for cause in push_causes(company) if cause.key == key), None)


def conflicts(company: OperatingCompany, most: int = 50) -> list[Conflict]:
    """What was changed on both sides and waits for a choice, the latest first."""
    rows = Errand.objects.of(company).filter(state="conflict", skipped_at=None)
    rows = rows.select_related("ledger", "product", "quote").order_by("-updated_at")[:most]
    return [
        Conflict(
            sentences.name_of(row),
            row.ledger_id,
            row.product_id,
            [name.replace("_", " ") for name in row.conflict],
        )
        for row in rows
    ]


def sent_by_stream(company: OperatingCompany) -> dict[str, Sent]:
    """Pushes by the stream that brings them back; streams that nothing is sent to are not in it."""
    found = {stream: Sent() for stream in _STREAM_OF.values()}
    for model, groups in ((PushIntent, GROUPS), (Errand, ERRAND_GROUPS)):
        rows = model.objects.of(company).order_by().values_list("kind")
        for name, group in (("sent", "in_xero"), ("failed", "needs_you")):
            for kind, number in rows.filter(groups[group]).annotate(Count("pk")):
                if one := found.get(_STREAM_OF.get(kind, "")):
                    setattr(one, name, getattr(one, name) + number)
    return found


def aside_causes(connection: Connection) -> list[AsideCause]:
    """What was set aside, by cause, the most frequent first."""
    counted = set_aside_list(connection).order_by().values_list("stream", "reason").annotate(Count("pk"))
    found: dict[str, AsideCause] = {}
    for stream, reason, number in counted.order_by("stream", "reason"):
        key = _key(stream, reason)
        label = BY_KEY[stream].label if stream in BY_KEY else stream
        cause = found.setdefault(key, AsideCause(key, stream, label, reason))
        cause.count += number
        cause.reasons.append(reason)
    return sorted(found.values(), key=lambda cause: -cause.count)


def aside_of_cause(connection: Connection, cause: AsideCause) -> QuerySet[SetAside]:
    """The records of a cause."""
    return set_aside_list(connection).filter(stream=cause.stream, reason__in=cause.reasons)


def _intents(company: OperatingCompany) -> Iterator[tuple[PushCause, Example]]:
    for row in _rows(PushIntent.objects.of(company).filter(GROUPS["needs_you"])):
        push = push_of(row)
        words = push.words if push.reason == "refused" else ""
        choices = choices_of(row, push)
        yield _cause(row, sentences.cause_of_push(push), words, choices), _example("intent", row)


def _changes(company: OperatingCompany) -> Iterator[tuple[PushCause, Example]]:
    for row in _rows(Errand.objects.of(company).filter(ERRAND_GROUPS["needs_you"]).exclude(state="conflict")):
        yield (
            _cause(row, sentences.of_errand(row), row.words, ("retry", "skip")),
            _example("errand", row),
        )


def _rows(rows: QuerySet[Any]) -> Iterable[Any]:
    return rows.select_related("quote", "ledger", "product").order_by("-updated_at")[:MOST]


def _cause(row: Any, sentence: str, words: str, choices: tuple[str, ...]) -> PushCause:
    # Xero's own words tell causes apart only where no sentence of ours explains them.
    told = "" if sentences.explained(words)[0] else words
    return PushCause(
        key=_key(row.kind, sentence, told),
        kind=row.kind,
        sentence=sentence,
        words=words,
        field=sentences.explained(words)[1],
        may_retry="retry" in choices,
        may_skip="skip" in choices,
    )


def _example(kind: str, row: Any) -> Example:
    name = sentences.name_of(row)
    return Example(f"{kind}:{row.pk}", name, row.quote_id, row.ledger_id, row.product_id)


def _key(*parts: str) -> str:
    general = "\n".join(_OWN.sub("…", part) for part in parts)
    return blake2b(general.encode("utf-8", "replace"), digest_size=8).hexdigest()
