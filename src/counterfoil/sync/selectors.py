"""How the link to Xero stands, for the screens and the terminal (ST-1, ST-2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.periods import YearEnd
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync import causes, quiet, standing, wiring
from counterfoil.sync.models import (
    AppKind,
    CallDay,
    Connection,
    ConnectionRole,
    ConnectionState,
    Errand,
    Link,
    Pass,
    PassState,
    PushIntent,
    SetAside,
    StreamState,
)
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.streams import BY_KEY, CONTACTS, IN_ORDER
from counterfoil.sync.xero_apps import app_chosen, scopes_asked, scopes_needed
from counterfoil.xero import scopes

LIVE = (ConnectionState.CONNECTED, ConnectionState.WAITING)
GREEN, AMBER, RED, GREY = "green", "amber", "red", "grey"
# So many passes that Xero stopped one after the other are no passing trouble any more.
FAILING_AFTER = 3

_DEEP_LINKS = {
    "contacts": "https://go.xero.com/app/{short}/contacts/contact/{id}",
    "invoices": "https://go.xero.com/app/{short}/invoicing/view/{id}",
}
# A record of a connection that is not read from is known as of the time that follows these words, and no longer in step.
_OUT_OF_TOUCH: dict[str, tuple[str, str]] = {
    ConnectionState.WAITING: ("paused", "Xero does not answer, as of"),
    ConnectionState.PAUSED: ("paused", "Sync paused, as of"),
    ConnectionState.RECONNECT: ("lost", "Connection to Xero lost, as of"),
    ConnectionState.DISCONNECTED: ("lost", "Xero disconnected, as of"),
}


@dataclass(frozen=True)
class StageRow:
    stream: str
    label: str
    done: int
    total: int | None
    written: int
    set_aside: int
    state: str
    problem: str

    @property
    def percent(self) -> int:
        if self.state == "done":
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


# A page is read and stored in seconds; a slow answer with its retries takes a minute.
SILENT_AFTER = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class PassProgress:
    """A pass as people watch it. `rate`: records a second; `seconds_left` None: nobody can know yet."""

    id: int
    stage: int
    stages: int
    rows: list[StageRow]
    done: int
    rate: float
    seconds_left: int | None
    calls: int
    wire_bytes: int
    is_first: bool
    state: str
    problem: str
    started_at: dt.datetime
    beat_at: dt.datetime
    ended_at: dt.datetime | None
    resumes_at: dt.datetime | None

    def is_silent(self, at: dt.datetime) -> bool:
        """Whether it runs by the table but no worker has said so for a while: the worker was killed, or cannot write."""
        return self.state == "running" and at - self.beat_at > SILENT_AFTER


@dataclass(frozen=True)
class StreamRow:
    stream: str
    label: str
    read: int
    written: int
    set_aside: int
    last_success_at: dt.datetime | None
    last_data_at: dt.datetime | None
    cursor_at: dt.datetime | None
    problem: str


@dataclass(frozen=True)
class IntegrationStatus:
    light: str
    light_reason: str
    connection: Connection | None
    running: PassProgress | None = None
    last_pass: PassProgress | None = None
    next_pass_at: dt.datetime | None = None
    last_pass_at: dt.datetime | None = None
    last_data_at: dt.datetime | None = None
    streams: list[StreamRow] = field(default_factory=list)
    set_aside: int = 0
    calls_today: int = 0
    bytes_month: int = 0
    needed_scopes: list[str] = field(default_factory=list)
    granted_scopes: list[str] = field(default_factory=list)
    missing_scopes: list[str] = field(default_factory=list)
    next_step: str = ""


@dataclass(frozen=True)
class Chip:
    """A record's own state: `step` in step, `aside` set aside, `lost` and `paused` known as of `at`, `none` not from Xero."""

    state: str
    text: str
    at: dt.datetime | None = None


def connection_of(company: OperatingCompany) -> Connection | None:
    """The company's primary connection, or the one it had last."""
    return (
        Connection.objects.of(company)
        .filter(role=ConnectionRole.PRIMARY)
        .select_related("operating_company__import_settings")
        .order_by("-connected_at")
        .first()
    )


def year_end_of(company: OperatingCompany) -> YearEnd | None:
    """The day the financial year of its organisation ends on; None while that is not known."""
    connection = connection_of(company)
    if connection is None or not connection.year_end_month or not connection.year_end_day:
        return None
    return connection.year_end_month, connection.year_end_day


def secondary_of(company: OperatingCompany) -> Connection | None:
    """The company's Secondary connection (CN-5), or the one it had last."""
    rows = Connection.objects.of(company).filter(role=ConnectionRole.SECONDARY)
    return rows.select_related("operating_company").order_by("-connected_at").first()


# Every page asks it, for the light beside the company's name.
_ALL_OF_A_COMPANY = PreparedQuery(
    lambda company: (
        Connection.objects.of(company)
        .select_related("operating_company__import_settings")
        .order_by("connected_at")
    )
)


def connections_now(company: OperatingCompany) -> tuple[Connection | None, Connection | None]:
    """Primary and Secondary as `connection_of` and `secondary_of` have them, in one question."""
    latest: dict[str, Connection] = {row.role: row for row in _ALL_OF_A_COMPANY.rows(company.pk)}
    return latest.get(ConnectionRole.PRIMARY), latest.get(ConnectionRole.SECONDARY)


def scopes_in_words(way: str, apps_scopes: str) -> list[str]:
    """What an app is asked to allow, as people would say it (CN-3)."""
    return scopes.plain_words(scopes_asked(way, apps_scopes))


def light_of(connection: Connection | None, minutes: int, at: dt.datetime) -> tuple[str, str]:
    """ST-2: red is failing or disconnected, amber late or items waiting, green neither; and why.

    Green also means that the last good pass is younger than two intervals. Grey: nothing was ever connected.
    """
    if connection is None:
        return GREY, "Not connected to Xero."
    if connection.state == ConnectionState.DISCONNECTED:
        return RED, f"Disconnected from {connection.organisation_name}. All data stays here."
    if connection.state == ConnectionState.RECONNECT:
        return RED, connection.state_reason
    if connection.state == ConnectionState.PAUSED:
        return AMBER, connection.state_reason
    if connection.sending_cause:
        return RED, f"Nothing can be sent. {causes.sending_barred(connection)} Reading goes on."
    if connection.state == ConnectionState.WAITING:
        is_failing = int(connection.limits.get("failures", 0)) >= FAILING_AFTER
        return RED if is_failing else AMBER, connection.state_reason
    if connection.last_pass_at is None:
        return AMBER, "The first sync is under way."
    if at - connection.last_pass_at > 2 * dt.timedelta(minutes=minutes):
        return AMBER, "The last good sync is older than two intervals."
    waiting = _what_waits(connection, at - 2 * dt.timedelta(minutes=minutes))
    return (AMBER, waiting) if waiting else (GREEN, f"In step with {connection.organisation_name}.")


def _what_waits(connection: Connection, since: dt.datetime) -> str:
    """What keeps a connection that is read in time from being green, "" if nothing does: one question."""
    stopped = StreamState.objects.filter(connection=OuterRef("pk")).exclude(problem="").order_by("pk")
    facts = Connection.objects.filter(pk=connection.pk).annotate(
        stream=Subquery(stopped.values("stream")[:1]),
        problem=Subquery(stopped.values("problem")[:1]),
        aside=Exists(SetAside.objects.filter(connection=OuterRef("pk"), dismissed_at=None)),
    )
    names = ["stream", "problem", "aside"]
    if connection.role == ConnectionRole.PRIMARY:
        mine = Q(operating_company=connection.operating_company_id)
        late = Q(updated_at__lt=since)
        intents, errands = PushIntent.objects.filter(mine), Errand.objects.filter(mine)
        facts = facts.annotate(
            refused=Exists(intents.filter(standing.GROUPS["needs_you"])),
            refused_change=Exists(errands.filter(standing.ERRAND_GROUPS["needs_you"])),
            late=Exists(intents.filter(standing.GROUPS["moving"], late)),
            late_change=Exists(errands.filter(standing.ERRAND_GROUPS["moving"], late)),
        )
        names += ["refused", "refused_change", "late", "late_change"]
    stream, problem, aside, *outbox = facts.values_list(*names).get()
    if stream:
        return f"{BY_KEY[stream].label}: {problem}"
    if any(outbox[:2]):
        return "In step, but something in the outbox needs somebody."
    if aside:
        return "In step, but some records were set aside and need a look."
    return "Something has waited to be sent for longer than two intervals." if any(outbox[2:]) else ""


def light(company: OperatingCompany, at: dt.datetime) -> tuple[str, str]:
    """The light in the top bar: cheap enough for every page."""
    return light_of(connection_of(company), import_settings_of(company).pass_minutes, at)


def integration_status(company: OperatingCompany, at: dt.datetime) -> IntegrationStatus:
    """Everything the status panel shows."""
    connection = connection_of(company)
    minutes = import_settings_of(company).pass_minutes
    colour, reason = light_of(connection, minutes, at)
    chosen = app_chosen(company)
    asked = scopes_asked(AppKind.WEB, chosen.scopes) if chosen else scopes_needed(None)
    needed = scopes_needed(connection.tokens) if connection and connection.tokens else asked
    if connection is None:
        return IntegrationStatus(colour, reason, None, needed_scopes=scopes.plain_words(needed))
    granted = connection.scopes.split()
    missing = scopes.granted_missing(granted, needed)
    passes = list(passes_recent(connection, 1))
    latest = pass_progress(passes[0]) if passes else None
    running = latest if latest and latest.state in (PassState.RUNNING, PassState.WAITING) else None
    today, month = calls_of(connection, at)
    return IntegrationStatus(
        light=colour,
        light_reason=reason,
        connection=connection,
        running=running,
        last_pass=latest,
        next_pass_at=connection.next_pass_at,
        last_pass_at=connection.last_pass_at,
        last_data_at=connection.last_data_at,
        streams=stream_rows(connection),
        set_aside=set_aside_list(connection).count(),
        calls_today=today,
        bytes_month=month,
        needed_scopes=scopes.plain_words(needed),
        granted_scopes=scopes.plain_words(sorted(granted)),
        missing_scopes=scopes.plain_words(sorted(missing)),
        next_step=_next_step(connection),
    )


def _next_step(connection: Connection) -> str:
    """What to do about a connection that has to be made again or takes nothing, and what waits for it (TK-2)."""
    if connection.state == ConnectionState.RECONNECT:
        said = causes.next_step(connection)
    elif connection.sending_cause and connection.state in LIVE:
        said = causes.sending_next_step(connection)
    else:
        return ""
    return f"{said} {standing.waiting_words(connection.operating_company)}".strip()


def stream_rows(connection: Connection) -> list[StreamRow]:
    """A row per stream in the order of a pass."""
    states = {state.stream: state for state in StreamState.objects.filter(connection=connection)}
    aside = dict(
        SetAside.objects.filter(connection=connection, dismissed_at=None)
        .values("stream")
        .annotate(number=Count("pk"))
        .values_list("stream", "number")
    )
    rows = []
    for stream in IN_ORDER:
        state = states.get(stream.key) or StreamState(stream=stream.key)
        cursor = state.cursor_ms
        rows.append(
            StreamRow(
                stream=stream.key,
                label=stream.label,
                read=state.read,
                written=state.written,
                set_aside=aside.get(stream.key, 0),
                last_success_at=quiet.success_at(connection, state),
                last_data_at=state.last_data_at,
                cursor_at=None if cursor is None else dt.datetime.fromtimestamp(cursor / 1000, dt.UTC),
                problem=state.problem,
            )
        )
    return rows


def pass_progress(run: Pass) -> PassProgress:
    """A pass as people watch it."""
    rows = [StageRow(**row) for row in run.progress]
    done = sum(row.done for row in rows)
    seconds = max(((run.ended_at or run.beat_at) - run.started_at).total_seconds(), 0.001)
    rate = done / seconds
    finished = sum(row.state in ("done", "failed") for row in rows)
    return PassProgress(
        id=run.pk,
        stage=min(finished + 1, len(rows)),
        stages=len(rows),
        rows=rows,
        done=done,
        rate=rate,
        seconds_left=_seconds_left(rows, rate),
        calls=run.calls,
        wire_bytes=run.wire_bytes,
        is_first=run.is_first,
        state=run.state,
        problem=run.problem,
        started_at=run.started_at,
        beat_at=run.beat_at,
        ended_at=run.ended_at,
        resumes_at=run.resumes_at,
    )


def passes_recent(connection: Connection, limit: int = 20) -> QuerySet[Pass]:
    return Pass.objects.filter(connection=connection).order_by("-started_at")[:limit]


def set_aside_list(connection: Connection) -> QuerySet[SetAside]:
    """What could not be taken in and nobody has dismissed."""
    return connection.set_aside.filter(dismissed_at=None).order_by("stream", "-last_at")


def set_aside_of(company: OperatingCompany, pk: int) -> SetAside | None:
    """One set-aside record of this company, with its connection."""
    rows = SetAside.objects.filter(connection__operating_company=company, pk=pk)
    return rows.select_related("connection", "connection__operating_company").first()


def skipped_contacts(connection: Connection) -> QuerySet[Link]:
    """Contacts that Xero has and the CRM rightly leaves out, with the reason in `outcome`."""
    return (
        Link.objects.filter(connection=connection, stream=CONTACTS.key).exclude(outcome="").order_by("label")
    )


def open_in_xero(connection: Connection | None, kind: str, external_id: str) -> str:
    """The record's page in Xero, or nothing where Xero has no such page (xero-facts 4.2, 4.5)."""
    form = _DEEP_LINKS.get(kind)
    if connection is None or form is None or not connection.short_code or not external_id:
        return ""
    if sandbox := wiring.configuration().xero_sandbox:
        return f"{sandbox}/face/{connection.tenant_id}/{kind}/{external_id}"
    return form.format(short=connection.short_code, id=external_id)


def sync_chip(connection: Connection | None, stream: str, external_id: str | None) -> Chip:
    """Whether one record is in step with Xero."""
    if connection is None or not external_id:
        return Chip("none", "Only in the CRM")
    aside = SetAside.objects.filter(connection=connection, stream=stream, xero_id=external_id).first()
    if aside:
        return Chip("aside", "Set aside", aside.last_at)
    link = Link.objects.filter(connection=connection, stream=stream, xero_id=external_id).first()
    if link is None:
        return Chip("none", "Not in Xero (any more)")
    state = StreamState.objects.filter(connection=connection, stream=stream).first()
    since = _later(quiet.success_at(connection, state) if state else None, link.updated_ms)
    if connection.state in _OUT_OF_TOUCH:
        return Chip(*_OUT_OF_TOUCH[connection.state], since)
    if state is not None and state.problem:
        return Chip("lost", f"{BY_KEY[stream].label} cannot be read, as of", since)
    return Chip("step", "In step", since)


def _later(success: dt.datetime | None, updated_ms: int) -> dt.datetime:
    """A record that was sent, or read by itself, since the last pass over its stream is newer than that pass."""
    updated = dt.datetime.fromtimestamp(updated_ms / 1000, dt.UTC)
    return updated if success is None else max(success, updated)


def _seconds_left(rows: list[StageRow], rate: float) -> int | None:
    """What is left at this pass's own rate, of the stages whose size is known; None while none is."""
    left = [row for row in rows if row.state not in ("done", "failed")]
    sized = [row.total - row.done for row in left if row.total is not None]
    if not left:
        return 0
    return round(sum(sized) / rate) if sized and rate > 0 else None


def calls_of(connection: Connection, at: dt.datetime) -> tuple[int, int]:
    """Calls today, and bytes read this month."""
    today = CallDay.objects.filter(connection=connection, on=at.date()).first()
    month = CallDay.objects.filter(connection=connection, on__gte=at.date().replace(day=1))
    return (today.calls if today else 0), month.aggregate(sum=Sum("wire_bytes"))["sum"] or 0
