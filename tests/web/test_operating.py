"""What an operator's machines may ask: is it up, is it ready, and how does each connection stand (ST-2)."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from counterfoil.sync.models import Connection
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
def test_the_status_tells_of_every_connection(company, other_company):
    good, lost = world.connection(company), world.connection(other_company)
    before = timezone.now() - dt.timedelta(minutes=2)
    Connection.objects.filter(pk=good.pk).update(last_pass_at=before, limits={"day_left": 4321})
    Connection.objects.filter(pk=lost.pk).update(state="reconnect", state_reason="Withdrawn.")
    world.set_aside(lost, "A reason")
    first, second = ask("operator-status").json()["connections"]
    assert (first["operating_company"], first["light"], first["calls_left_today"]) == (
        "Northwind",
        "green",
        4321,
    )
    assert 120 <= first["last_pass_age_s"] < 180
    assert (second["operating_company"], second["light"], second["reason"]) == (
        "Harbour",
        "red",
        "Withdrawn.",
    )
    assert (second["set_aside"], second["outbox_waiting"], second["outbox_refused"]) == (1, 0, 0)


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
