"""Somebody is told when the link to Xero needs it: once, at the right hour, also when no worker runs, and when it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import AuditEntry
from counterfoil.sync import alert_settings, telling, watching
from counterfoil.sync.alert_models import AlertDelivery, Incident
from counterfoil.sync.incidents import incidents_open
from counterfoil.sync.models import Connection, Pass, SetAside
from tests.builders import operating_company
from tests.waiting import wait_until
from tests.web.world import person

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
ADDRESS = "ops@example.com"


@pytest.fixture
def company() -> OperatingCompany:
    made: OperatingCompany = operating_company("Northwind", time_zone="Europe/London")
    return made


@pytest.fixture
def connection(company: OperatingCompany) -> Connection:
    return connected(company)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    watching.glances_forget()
    yield
    watching.glances_forget()


def connected(company: OperatingCompany, **given: Any) -> Connection:
    values: dict[str, Any] = {
        "role": "primary",
        "state": "connected",
        "state_since": NOON,
        "tenant_id": f"tenant-{company.pk}",
        "organisation_name": "Northwind Ltd",
        "connected_at": NOON - dt.timedelta(days=3),
        "last_pass_at": NOON,
    }
    return Connection.objects.create(operating_company=company, **(values | given))


def told_to(company: OperatingCompany, *, by: str = "ada@example.com", **given: Any) -> None:
    values = {"recipients": [ADDRESS]} | given
    alert_settings.alert_settings_save(company, values, actor=person(by), at=NOON)


def look(at: dt.datetime) -> None:
    """What the watching thread does."""
    watching.watch(at)
    telling.deliver_due(at)


def kinds(company: OperatingCompany) -> list[str]:
    return [one.kind for one in incidents_open(company)]


def lost(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        state="reconnect", state_cause="removed", state_reason="Xero no longer lists it.", state_since=NOON
    )


@pytest.mark.rule("TK-2")
def test_an_ended_connection_is_told_once_by_mail_and_its_end_too(connection: Connection) -> None:
    company = connection.operating_company
    told_to(company)
    lost(connection)
    for minutes in range(5):
        look(NOON + dt.timedelta(minutes=minutes))
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert mail.outbox[0].subject == "Northwind and Xero: reconnect needed"
    assert "choose Northwind Ltd" in mail.outbox[0].body
    assert "/settings/integration/xero/" in mail.outbox[0].body
    incident = Incident.objects.get()
    assert (incident.kind, incident.opened_at, incident.told_at) == ("reconnect", NOON, NOON)
    later = NOON + dt.timedelta(minutes=6)
    Connection.objects.update(state="connected", last_pass_at=later)
    look(later)
    look(later)
    assert [message.subject for message in mail.outbox[1:]] == ["Northwind and Xero: over: reconnect needed"]
    assert Incident.objects.get().closed_at == later


@pytest.mark.rule("TK-6")
@pytest.mark.parametrize(
    ("minutes", "rings"), [(9, False), (10, False), (11, True)], ids=["late", "twice", "silent"]
)
def test_silence_for_twice_the_interval_rings_although_no_worker_runs(
    connection: Connection, minutes: int, rings: bool
) -> None:
    told_to(connection.operating_company)
    look(NOON + dt.timedelta(minutes=minutes))
    assert (kinds(connection.operating_company) == ["silence"]) is rings
    assert len(mail.outbox) == int(rings)
    if rings:
        assert "no worker seems to run" in mail.outbox[0].body


@pytest.mark.rule("TK-6")
def test_silence_rings_whatever_the_cause_and_ends_with_a_good_pass(connection: Connection) -> None:
    company = connection.operating_company
    told_to(company)
    Connection.objects.update(state="waiting", state_reason="Xero cannot be reached.")
    look(NOON + dt.timedelta(hours=1))
    assert "Xero cannot be reached." in mail.outbox[0].body
    Connection.objects.update(state="connected", last_pass_at=NOON + dt.timedelta(hours=2))
    look(NOON + dt.timedelta(hours=2))
    assert kinds(company) == []
    assert len(mail.outbox) == 2


@pytest.mark.rule("TK-6")
def test_a_long_pass_that_moves_on_is_no_silence_and_one_that_stopped_is(connection: Connection) -> None:
    at = NOON + dt.timedelta(hours=1)
    run = Pass.objects.create(connection=connection, state="running", started_at=NOON, beat_at=at)
    look(at)
    assert kinds(connection.operating_company) == []
    Pass.objects.filter(pk=run.pk).update(beat_at=at - dt.timedelta(minutes=11))
    look(at)
    assert kinds(connection.operating_company) == ["silence"]


@pytest.mark.rule("TK-6")
def test_what_ended_the_connection_is_not_told_again_as_silence(connection: Connection) -> None:
    told_to(connection.operating_company)
    lost(connection)
    look(NOON + dt.timedelta(hours=5))
    assert kinds(connection.operating_company) == ["reconnect"]
    Connection.objects.update(state="connected")
    look(NOON + dt.timedelta(hours=5))
    assert kinds(connection.operating_company) == ["silence"]


def test_a_used_up_day_and_many_records_set_aside_are_told(connection: Connection) -> None:
    company = connection.operating_company
    told_to(company, set_aside_most=2)
    Connection.objects.update(limits={"day_over": True})
    for number in range(3):
        SetAside.objects.create(
            connection=connection,
            stream="contacts",
            xero_id=str(number),
            reason="No name",
            raw="{}",
            first_at=NOON,
            last_at=NOON,
        )
    look(NOON + dt.timedelta(minutes=20))
    assert set(kinds(company)) == {"day_limit", "set_aside"}
    look(NOON + dt.timedelta(days=2))
    assert "set_aside" not in kinds(company)


@pytest.mark.rule("TK-2")
def test_in_quiet_hours_nothing_leaves_and_what_is_over_by_then_is_not_told(connection: Connection) -> None:
    company = connection.operating_company
    told_to(company, quiet_from=dt.time(22), quiet_until=dt.time(7))
    night = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC)
    morning = dt.datetime(2026, 11, 21, 7, 0, tzinfo=dt.UTC)
    Connection.objects.update(last_pass_at=night)
    lost(connection)
    look(night)
    assert mail.outbox == []
    assert AlertDelivery.objects.get().due_at == morning
    Connection.objects.update(state="connected")
    look(night + dt.timedelta(minutes=5))
    lost(connection)
    look(night + dt.timedelta(minutes=10))
    look(morning)
    assert [message.subject for message in mail.outbox] == ["Northwind and Xero: reconnect needed"]
    assert AlertDelivery.objects.filter(problem=telling.OVER).count() == 1


@pytest.mark.rule("TK-2")
def test_whoever_is_taken_off_is_told_nothing_more_not_even_that_it_is_over(
    connection: Connection, settings: Any
) -> None:
    company = connection.operating_company
    gone, new = "gone@example.com", "new@example.com"
    told_to(company, recipients=[ADDRESS, gone])
    lost(connection)
    look(NOON)
    assert sorted(one for message in mail.outbox for one in message.to) == [gone, ADDRESS]
    mail.outbox.clear()
    told_to(company, recipients=[ADDRESS, new], by="ben@example.com")
    Connection.objects.update(state="connected")
    look(NOON + dt.timedelta(minutes=5))
    assert [(message.to, "over:" in message.subject) for message in mail.outbox] == [([ADDRESS], True)]


@pytest.mark.rule("TK-2")
def test_a_message_that_is_still_on_its_way_does_not_reach_an_address_that_was_taken_off(
    connection: Connection, settings: Any
) -> None:
    company = connection.operating_company
    told_to(company, recipients=[ADDRESS, "gone@example.com"])
    lost(connection)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.sync.mute.EmailBackend"
    look(NOON)
    settings.EMAIL_BACKEND = working
    told_to(company, by="ben@example.com")
    for minutes in range(1, 120, 20):
        look(NOON + dt.timedelta(minutes=minutes))
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    row = AlertDelivery.objects.get(target="gone@example.com")
    assert (row.sent_at, row.due_at, row.problem) == (None, None, telling.TAKEN_OFF)


@pytest.mark.rule("TK-2")
def test_each_company_is_told_of_its_own_alone(connection: Connection) -> None:
    other = operating_company("Harbour")
    connected(other)
    told_to(connection.operating_company)
    alert_settings.alert_settings_save(
        other, {"recipients": ["harbour@example.com"]}, actor=person("ben@example.com"), at=NOON
    )
    lost(connection)
    look(NOON)
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert incidents_open(other) == []


@pytest.mark.rule("TK-2")
def test_a_mail_that_does_not_leave_is_kept_tried_again_and_shown(
    connection: Connection, settings: Any
) -> None:
    told_to(connection.operating_company)
    lost(connection)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.sync.mute.EmailBackend"
    look(NOON)
    row = AlertDelivery.objects.get()
    assert (row.attempts, row.sent_at, row.due_at) == (1, None, NOON + dt.timedelta(minutes=1))
    assert row.problem == "It did not leave: ConnectionRefusedError"
    look(NOON)
    assert AlertDelivery.objects.get().attempts == 1
    settings.EMAIL_BACKEND = working
    look(NOON + dt.timedelta(minutes=1))
    row = AlertDelivery.objects.get()
    assert (row.attempts, row.problem, row.due_at) == (2, "", None)
    assert len(mail.outbox) == 1


@pytest.mark.rule("TK-2")
def test_a_message_is_given_up_after_eight_tries_and_a_person_can_try_it_once_more(
    connection: Connection, settings: Any
) -> None:
    company = connection.operating_company
    told_to(company)
    lost(connection)
    settings.EMAIL_BACKEND = "tests.sync.mute.EmailBackend"
    for hours in range(12):
        look(NOON + dt.timedelta(hours=2 * hours))
    row = AlertDelivery.objects.get()
    assert (row.attempts, row.due_at) == (8, None)
    assert alert_settings.delivery_retry(company, row.pk, at=NOON)
    assert not alert_settings.delivery_retry(operating_company("Harbour"), row.pk, at=NOON)
    assert AlertDelivery.objects.get().due_at == NOON


@pytest.mark.rule("TK-6")
def test_the_thread_of_the_server_rings_by_itself(transactional_db: None) -> None:
    from counterfoil.project.watch import Watch

    company = operating_company("Northwind")
    connected(company, last_pass_at=NOON - dt.timedelta(days=400))
    with Watch():
        wait_until(lambda: bool(incidents_open(company)))
    assert kinds(company) == ["silence"]


def test_changes_are_in_the_trail_without_the_secret(company: OperatingCompany) -> None:
    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(before, alerts_inside=True)
    try:
        secret = alert_settings.alert_settings_save(
            company, {"webhook_url": "http://127.0.0.1:1/x"}, actor=person(), at=NOON
        )
    finally:
        settings.CONFIGURATION = before
    entry = AuditEntry.objects.get(action="integration.alerts")
    assert entry.detail == {"webhook_url": ["", "http://127.0.0.1:1/x"]}
    assert len(secret) > 30
