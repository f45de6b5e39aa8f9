"""The terminal's commands as an operator types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def run(tmp_path: Path):
    def command(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
        clean.pop("DJANGO_SETTINGS_MODULE", None)
        clean |= {"COUNTERFOIL_HOME": str(tmp_path), "COUNTERFOIL_RATES_URL": ""} | environ
        return subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            check=False,
            capture_output=True,
            text=True,
            env=clean,
            timeout=60,
        )

    return command


def test_an_administrator_is_made_and_the_status_tells_that_nothing_is_connected(run) -> None:
    made = run(
        "createadmin",
        "--email",
        "Ada@Example.com",
        "--company",
        "Tarn Trading",
        "--name",
        "Ada",
        CREATEADMIN_PASSWORD="a-long-enough-one",
    )
    assert made.returncode == 0, made.stderr
    assert "ada@example.com administers Tarn Trading." in made.stdout.lower().replace(
        "tarn trading", "Tarn Trading"
    )
    shown = run("status", "--json")
    assert shown.returncode == 0
    (company,) = json.loads(shown.stdout)
    assert (company["operating_company"], company["light"]) == ("Tarn Trading", "grey")


def test_a_weak_password_makes_nothing_and_says_why(run) -> None:
    made = run("createadmin", "--email", "ada@example.com", "--company", "Tarn", CREATEADMIN_PASSWORD="short")
    assert made.returncode == 1
    assert "Nothing was made" in made.stderr
    assert "No operating company yet" in run("status").stdout


def test_sync_without_a_connection_says_what_to_do(run) -> None:
    tried = run("sync", "--once")
    assert tried.returncode == 2
    assert "Connect one in System Settings" in tried.stdout


def test_sync_wants_once_or_watch(run) -> None:
    assert "Say either --once or --watch." in run("sync").stderr


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"COUNTERFOIL_URL": "nonsense"}, "COUNTERFOIL_URL"),
        ({"COUNTERFOIL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database cannot be opened"),
    ],
    ids=["bad setting", "no database"],
)
def test_a_start_that_cannot_be_is_one_sentence_without_a_traceback(run, environ, says) -> None:
    tried = run("status", **environ)
    assert tried.returncode == 1
    assert says in tried.stderr
    assert "Traceback" not in tried.stderr


def test_the_stand_in_explains_its_options(run) -> None:
    shown = run("sandbox", "--help")
    assert shown.returncode == 0
    assert "--recorded" in shown.stdout
