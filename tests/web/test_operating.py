"""What an operator's machines may ask: is it up, is it ready, and how does each connection stand (ST-2)."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from counterfoil.sync.models import Connection, Errand
from tests.web import world

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-some-length"
PRIVATE = ["operator-status", "metrics"]


@pytest.fixture(autouse=True)
def configured(settings):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, operator_token=TOKEN)


def ask(name: str, token: str = TOKEN):
    return Client().get(reverse(name), headers={"Authorization": f"Bearer {token}"})


def test_a_process_that_runs_is_healthy_and_sets_no_cookie():
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"ok\n", {})


def test_a_database_as_this_version_needs_it_is_ready():
    assert Client().get("/readyz").status_code == 200


def test_a_migration_that_is_not_applied_makes_it_unready():
    MigrationRecorder.Migration.objects.filter(app="sync").delete()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert b"not applied" in answer.content


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "é"])
def test_figures_over_all_companies_are_only_for_the_operators_token(name, token):
    assert ask(name, token).status_code == 401


@pytest.mark.parametrize("name", PRIVATE)
def test_not_even_an_administrators_session_opens_them(name, browser):
    assert browser.get(reverse(name)).status_code == 401


@pytest.mark.parametrize("name", PRIVATE)
def test_without_a_token_in_the_settings_they_do_not_exist(name, settings):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, operator_token="")
    assert ask(name, "").status_code == 404


@pytest.mark.rule("ST-2")
def test_the_status_tells_of_every_connection(company, other_company, noon):
    good, lost = world.connection(company), world.connection(other_company)
    before = noon - dt.timedelta(minutes=2)
    said = {"day_left": 4321, "seen_at": before.isoformat()}
    Connection.objects.filter(pk=good.pk).update(last_pass_at=before, limits=said)
    Connection.objects.filter(pk=lost.pk).update(state="reconnect", state_reason="Withdrawn.")
    world.set_aside(lost, "A reason")
    first, second = ask("operator-status").json()["connections"]
    assert (first["operating_company"], first["light"], first["calls_left_today"]) == (
        "Northwind",
        "green",
        4321,
    )
    assert first["last_pass_age_s"] == 120
    assert (second["operating_company"], second["light"], second["reason"]) == (
        "Harbour",
        "red",
        "Withdrawn.",
    )
    assert (second["set_aside"], second["outbox_waiting"], second["outbox_refused"]) == (1, 0, 0)


@pytest.mark.rule("ST-2", "SY-7")
def test_what_xero_said_yesterday_is_no_figure_of_today(company):
    old = timezone.now() - dt.timedelta(days=1)
    world.connection(company, limits={"day_left": 7, "seen_at": old.isoformat()})
    assert ask("operator-status").json()["connections"][0]["calls_left_today"] is None
    assert "counterfoil_xero_calls_left_today{" not in ask("metrics").content.decode()


@pytest.mark.rule("ST-2", "CN-5")
def test_the_outbox_is_told_with_the_primary_and_not_again_with_the_secondary(company):
    world.connection(company)
    world.connection(company, role="secondary", tenant_id="another")
    ledger = world.customer(company)
    times = {"created_at": timezone.now(), "updated_at": timezone.now()}
    given = {"kind": "contact", "key": "1", "state": "refused", "update": {}, "ledger": ledger}
    Errand.objects.create(operating_company=company, **given, **times)
    rows = {row["role"]: row["outbox_refused"] for row in ask("operator-status").json()["connections"]}
    assert rows == {"primary": 1, "secondary": 0}


@pytest.mark.rule("ST-2")
@pytest.mark.parametrize("state", ["choosing", "connected", "waiting", "reconnect", "paused"])
def test_a_connection_is_in_exactly_one_state_of_the_metrics(company, state):
    world.connection(company, state=state)
    lines = ask("metrics").content.decode().splitlines()
    shown = [line for line in lines if line.startswith("counterfoil_connection_state{")]
    assert [line for line in shown if line.endswith(" 1")] == [
        line for line in shown if f'is="{state}"' in line
    ]


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_probe_may_ask_for_the_head_alone(address):
    assert Client().head(address).status_code == 200


SAMPLE = re.compile(r'(counterfoil_\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)+)\} (-?[\d.]+(?:e[+-]?\d+)?)')


@pytest.mark.rule("ST-2")
def test_prometheus_can_read_the_metrics_whatever_a_company_is_called(company):
    company.name = 'North"wind\\\nLtd {a="b"} 1'
    company.save()
    world.connection(company)
    answer = ask("metrics")
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.content.decode().splitlines()
    samples = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(samples), lines
    values = {(one[1], one[2].rpartition(",")[2]): one[3] for one in samples if one}
    assert values["counterfoil_connection_state", 'is="connected"'] == "1"
    assert values["counterfoil_connection_state", 'is="reconnect"'] == "0"
    declared = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {one[1] for one in samples if one} <= declared
