"""The operator's figures as Prometheus reads them (text format 0.0.4).

Written by hand: everything is counted in the database when it is asked for, so that any number of processes tell the
same; a client library would count in each process by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from counterfoil.sync.operating import STATES, Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LIGHTS = ("green", "amber", "red", "grey")


@dataclass(frozen=True)
class Metric:
    """`value` None: nothing is known yet, and nothing is said."""

    name: str
    kind: str
    help: str
    value: Callable[[Figures], float | None]


METRICS = (
    Metric("last_pass_age_seconds", "gauge", "Since the last good pass.", lambda f: f.last_pass_age_s),
    Metric("pass_interval_seconds", "gauge", "Wanted between two passes.", lambda f: f.pass_minutes * 60),
    Metric("xero_calls_today", "gauge", "Calls to Xero this UTC day.", lambda f: f.calls_today),
    Metric(
        "xero_calls_left_today", "gauge", "Calls that Xero still allows today.", lambda f: f.calls_left_today
    ),
    Metric(
        "xero_bytes_this_month", "gauge", "Bytes read from Xero this month.", lambda f: f.bytes_this_month
    ),
    Metric("set_aside_records", "gauge", "Records that could not be taken in.", lambda f: f.set_aside),
    Metric("outbox_waiting", "gauge", "On its way to Xero.", lambda f: f.outbox_waiting),
    Metric(
        "outbox_refused", "gauge", "Refused, or in need of somebody's decision.", lambda f: f.outbox_refused
    ),
    Metric("webhook_events_total", "counter", "Webhook events acted on.", lambda f: f.webhook_events),
    Metric("webhook_events_waiting", "gauge", "Webhook events not read yet.", lambda f: f.webhook_waiting),
    Metric(
        "webhook_lag_seconds",
        "gauge",
        "From told to read; of the oldest that waits, or else of the last.",
        lambda f: f.webhook_lag_s,
    ),
    Metric("webhook_gaps_total", "counter", "Changes that only polling found.", lambda f: f.webhook_gaps),
)


def exposition(rows: Iterable[Figures]) -> str:
    """One sample for each connection and metric, and which of its states each is in."""
    rows = list(rows)
    lines = [line for metric in METRICS for line in _metric(metric, rows)]
    lines += _one_of("connection_state", "1 for the state it is in.", STATES, rows, lambda f: f.state)
    lines += _one_of("light", "1 for the light that the status panel shows.", LIGHTS, rows, lambda f: f.light)
    return "\n".join(lines) + "\n"


def _metric(metric: Metric, rows: Iterable[Figures]) -> Iterator[str]:
    name = f"counterfoil_{metric.name}"
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for row in rows:
        value = metric.value(row)
        if value is not None:
            yield f"{name}{{{_labels(row)}}} {value}"


def _one_of(
    name: str, words: str, choices: Iterable[str], rows: Iterable[Figures], now: Callable[[Figures], str]
) -> Iterator[str]:
    name = f"counterfoil_{name}"
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    for row in rows:
        for choice in choices:
            yield f'{name}{{{_labels(row)},is="{choice}"}} {int(now(row) == choice)}'


def _labels(row: Figures) -> str:
    given = {"company": row.operating_company, "organisation": row.organisation, "role": row.role}
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in given.items())


def _escaped(text: str) -> str:
    """As the text format wants it; a line break inside a name must not become a line of its own."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
