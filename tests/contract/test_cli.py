"""The terminal's commands as an operator types them, and what their exit status says."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

COMMANDS = {
    "demo": "Start a stand-in Xero and the CRM beside it, ready to click through.",
    "serve": "Serve the CRM and keep it in step with Xero.",
    "worker": "Keep the CRM in step with Xero without serving pages; any number may run.",
    "sandbox": "Run the stand-in Xero alone (see `counterfoil sandbox --help`).",
    "sync": "Read from Xero, with progress in the terminal.",
    "status": "Say how the link to Xero stands, per operating company. Exit status 1 when one is red.",
    "verify": "Compare the CRM with Xero. Exit status 0: they agree, 1: they differ, 2: could not compare.",
    "repair": "Read again just what the last comparison found to differ. Exit status as `verify`.",
    "rotate-keys": "Give the stored tokens a new key, in two steps; says what to do between them.",
    "createadmin": "Make an administrator and, when it is new, their operating company.",
}


def commands(home: Path):
    """The program, of an installation in this folder."""

    def command(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
        clean.pop("DJANGO_SETTINGS_MODULE", None)
        clean |= {"COUNTERFOIL_HOME": str(home), "COUNTERFOIL_RATES_URL": ""} | environ
        return subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            check=False,
            capture_output=True,
            text=True,
            env=clean,
            timeout=240,
        )

    return command


@pytest.fixture
def run(tmp_path: Path):
    return commands(tmp_path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory):
    """An installation in which nothing was ever made."""
    return commands(tmp_path_factory.mktemp("installation"))


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
        (
            {"COUNTERFOIL_DATABASE_URL": f"sqlite:///{__file__}"},
            "database cannot be opened (file is not a database)",
        ),
        ({"COUNTERFOIL_HOME": f"{__file__}/home"}, "set COUNTERFOIL_HOME to another one"),
    ],
    ids=["bad setting", "no database", "another file", "no home"],
)
def test_a_start_that_cannot_be_is_one_sentence_without_a_traceback(run, environ, says) -> None:
    tried = run("status", **environ)
    assert tried.returncode == 1
    assert says in tried.stderr
    assert "Traceback" not in tried.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["serve", "--port", "65536"], "'--port'"),
        (
            ["serve", "--host", "nowhere.invalid", "--port", "0"],
            "nowhere.invalid is no address of this machine",
        ),
        (["demo", "--port", "65536"], "'--port'"),
        (["demo", "--port", "0", "--home", f"{__file__}/home"], "cannot be made"),
        (["sandbox", "--port", "65536"], "'65536' is no port"),
        (["sandbox", "--invoices", "-4"], "'-4' is no number of records"),
    ],
    ids=["port", "host", "demo's port", "demo's home", "stand-in's port", "stand-in's records"],
)
def test_what_cannot_be_is_refused_in_words_before_anything_starts(run, words: list[str], says: str) -> None:
    tried = run(*words, COLUMNS="160", TERM="dumb")
    assert tried.returncode in (1, 2)
    assert says in tried.stderr
    assert "Traceback" not in tried.stderr


def test_the_stand_in_explains_its_options(run) -> None:
    shown = run("sandbox", "--help")
    assert shown.returncode == 0
    assert "--recorded" in shown.stdout


def test_help_lists_every_command_with_one_line(run) -> None:
    shown = run("--help", COLUMNS="160", TERM="dumb")
    assert shown.returncode == 0
    listed = dict(re.findall(r"^\W{0,3}([a-z][a-z-]+) {2,}(\S.*?) *\W?$", shown.stdout, re.MULTILINE))
    assert {name: line.strip() for name, line in listed.items()} == COMMANDS


@pytest.mark.parametrize("command", ["verify", "repair"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "for programs"])
def test_nothing_is_compared_where_nothing_is_connected(empty, command: str, form: tuple[str, ...]) -> None:
    tried = empty(command, *form)
    assert (tried.returncode, tried.stdout) == (2, "")
    assert "nothing to compare. Connect one in System Settings" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_the_status_of_nothing_is_not_red(empty) -> None:
    shown = empty("status")
    assert shown.returncode == 0
    assert "No operating company yet" in shown.stdout
    assert json.loads(empty("status", "--json").stdout) == []


def test_keys_are_rotated_in_two_steps_that_say_what_is_next(run, tmp_path) -> None:
    first = run("rotate-keys")
    assert first.returncode == 1, first.stderr
    assert "Restart Counterfoil everywhere" in first.stdout
    assert len((tmp_path / "token-keys").read_text().split(",")) == 2
    second = run("rotate-keys")
    assert second.returncode == 0, second.stderr
    assert "The older keys were taken out" in second.stdout
    assert "," not in (tmp_path / "token-keys").read_text()


def test_programs_that_start_at_once_on_an_empty_installation_all_start(tmp_path):
    """As `serve` and its workers do when one starts them together."""
    command = commands(tmp_path / "home")
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: command("status"), range(4)))
    assert [one.stderr for one in ended if one.returncode or "Traceback" in one.stderr] == []
