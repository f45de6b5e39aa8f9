"""The page of alerts: who is told, a test, what is open, what was sent; and what an ended connection says everywhere."""

import dataclasses
import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from counterfoil.changes.models import AuditEntry
from counterfoil.sync import watching
from counterfoil.sync.alert_models import AlertDelivery, AlertSettings, Incident
from counterfoil.sync.models import Cause, Connection, StreamState
from tests.sync.test_alerts import NOON, connected
from tests.web import world
from tests.web.test_integration_pages import XERO, words

ALERTS = f"{XERO}alerts/"
FORM = {
    "recipients": "ops@example.com\n\nada@example.com\nops@example.com",
    "webhook_url": "",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "set_aside_most": "5",
}


@pytest.fixture
def connection(company):
    return connected(company)


@pytest.mark.rule("TK-2")
def test_who_is_told_is_saved_shown_and_in_the_trail(browser, company):
    page = words(browser.post(ALERTS, FORM, follow=True))
    assert "The settings were saved" in page
    stored = AlertSettings.objects.get(operating_company=company)
    assert stored.recipients == ["ops@example.com", "ada@example.com"]
    assert (stored.quiet_from, stored.set_aside_most) == (dt.time(22), 5)
    assert "recipients" in AuditEntry.objects.get(action="integration.alerts").detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipients": "nobody"}, "is no e-mail address"),
        ({"recipients": "\n".join(f"a{n}@example.com" for n in range(11))}, "at most 10"),
        ({"quiet_until": ""}, "both ends"),
        ({"webhook_url": "http://alerts.example.com"}, "Only https"),
        ({"webhook_url": "https://10.0.0.1/"}, "public addresses only"),
        ({"set_aside_most": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(browser, company, change, said):
    answer = browser.post(ALERTS, FORM | change)
    assert answer.status_code == 400
    assert said in words(answer)
    assert not AlertSettings.objects.exclude(recipients=[]).exists()


@pytest.mark.rule("TK-7")
def test_the_secret_of_a_webhook_is_shown_once_and_kept_sealed(browser, company):
    page = browser.post(ALERTS, FORM | {"webhook_url": "https://alerts.example.com/x"}).content.decode()
    secret = page.split('data-copy="')[1].split('"')[0]
    assert len(secret) > 30
    stored = AlertSettings.objects.get()
    assert secret.encode() not in bytes(stored.secret_sealed)
    assert secret not in browser.get(ALERTS).content.decode()
    assert secret not in str(list(AuditEntry.objects.values()))
    renewed = browser.post(reverse("xero-alerts-secret")).content.decode()
    assert "data-copy" in renewed
    assert secret not in renewed


@pytest.mark.rule("TK-2")
def test_a_test_goes_to_every_address_and_says_how_it_ended(browser, company, settings):
    assert "enter an address first" in words(browser.post(reverse("xero-alerts-test"), follow=True))
    browser.post(ALERTS, FORM)
    page = words(browser.post(reverse("xero-alerts-test"), follow=True))
    assert "The test was sent to ops@example.com" in page
    assert sorted(message.to[0] for message in mail.outbox) == ["ada@example.com", "ops@example.com"]
    settings.EMAIL_BACKEND = "tests.sync.mute.EmailBackend"
    page = words(browser.post(reverse("xero-alerts-test"), follow=True))
    assert "did not reach ops@example.com" in page
    row = AlertDelivery.objects.filter(sent_at=None).first()
    page = words(browser.post(reverse("xero-alerts-retry"), {"message": row.pk}, follow=True))
    assert "tried again in a moment" in page


def test_a_message_of_another_company_is_not_tried_again(browser, other_company):
    row = AlertDelivery.objects.create(
        operating_company=other_company,
        uuid="3f1c1f8e-8d2f-4b0a-9a6c-0e7d3c5b1a11",
        occasion="test",
        channel="email",
        target="x@example.com",
        made_at=NOON,
        problem="It did not leave",
        attempts=8,
    )
    page = words(browser.post(reverse("xero-alerts-retry"), {"message": row.pk}, follow=True))
    assert "There is no such message" in page
    assert AlertDelivery.objects.get().due_at is None
    assert "x@example.com" not in page


@pytest.mark.rule("TK-6")
def test_opening_a_page_notices_the_silence_although_nothing_runs(browser, connection):
    watching.glances_forget()
    Connection.objects.update(last_pass_at=NOON - dt.timedelta(days=300))
    browser.get("/customers/")
    assert Incident.objects.get().kind == "silence"
    page = words(browser.get(ALERTS))
    assert "1 incident is open" in page
    assert "no worker seems to run" in page
    watching.glances_forget()


@pytest.mark.rule("TK-6")
def test_a_probe_notices_it_too(client, connection):
    watching.glances_forget()
    Connection.objects.update(last_pass_at=NOON - dt.timedelta(days=300))
    assert client.get(reverse("readyz")).status_code == 200
    assert Incident.objects.get().kind == "silence"
    watching.glances_forget()


@pytest.mark.rule("TK-6")
def test_the_operators_figures_notice_it_too(client, connection, settings):
    watching.glances_forget()
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, operator_token="t" * 20)
    Connection.objects.update(last_pass_at=NOON - dt.timedelta(days=300))
    answer = client.get(reverse("operator-status"), headers={"authorization": f"Bearer {'t' * 20}"})
    assert answer.status_code == 200
    assert Incident.objects.get().kind == "silence"
    watching.glances_forget()


@pytest.mark.rule("TK-2", "TK-3")
@pytest.mark.parametrize("cause", [*Cause.values, ""])
def test_an_ended_connection_says_since_when_why_and_what_to_do_to_administrators_only(
    browser, connection, cause
):
    Connection.objects.update(
        state="reconnect", state_cause=cause, state_reason="It ended. Nothing in the CRM is lost."
    )
    world.running_pass(connection, state="failed", problem="It ended.", ended_at=NOON)
    StreamState.objects.create(connection=connection, stream="invoices", problem="Of one stream.")
    banner = words(browser.get("/customers/"))
    assert "since 20 Nov 2026, 12:00" in banner
    assert "Nothing in the CRM is lost" in banner
    page = words(browser.get(XERO))
    assert "What to do:" in page
    assert "Of one stream." not in page  # it is about all of them, and said once
    sales = world.browser_of(world.member(connection.operating_company, "sales"))
    assert "Xero has to be connected again" not in words(sales.get("/customers/"))


@pytest.mark.rule("CN-10", "TK-3")
@pytest.mark.parametrize(
    ("cause", "todo"), [("role", "the Standard or Adviser role in Xero"), ("scope", "all of it")]
)
def test_a_connection_that_may_only_read_says_since_when_why_and_what_to_do(browser, connection, cause, todo):
    Connection.objects.update(sending_cause=cause, sending_since=NOON)
    banner = words(browser.get("/customers/"))
    assert "Nothing can be sent to Xero, since 20 Nov 2026, 12:00." in banner
    page = browser.get(XERO)
    assert "Nothing can be sent to Xero, since" not in words(page)  # the page itself says it
    for said in (banner, words(page)):
        assert "Reading goes on." in said
        assert "Cannot send" in said
    assert todo in words(page)
    assert "Connect to Xero again" in words(page)
    assert b'name="renew"' in page.content


@pytest.mark.rule("TK-4")
def test_what_is_left_to_do_in_xero_is_shown_until_it_is_done(browser, connection):
    Connection.objects.update(state="disconnected", unfinished=["Xero did not confirm it <b>x</b>."])
    assert "something is left to do in Xero" in words(browser.get("/customers/"))
    assert "Xero did not confirm it" in words(browser.get(XERO))
    page = words(browser.post(reverse("xero-unfinished"), follow=True))
    assert "Left to do in Xero" not in page
    assert Connection.objects.get().unfinished == []
