"""`counterfoil verify` and `repair`, as a script sees them: what is printed, and the exit status (SY-11)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.project.verifying import repair_in_terminal, verify_in_terminal
from counterfoil.sandbox.seeds import load
from counterfoil.sync.models import Connection
from counterfoil.sync.verify_models import Verification
from tests.sync.picture import picture
from tests.sync.world import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SY-11")]


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=6, contacts=6, items=3), limits=False) as running:
        running.connect()
        running.sync()
        yield running


def spoil() -> SalesLedger:
    ledger = SalesLedger.objects.exclude(ledger_id=None).earliest("pk")
    SalesLedger.objects.filter(pk=ledger.pk).update(email="wrong@example.com")
    return ledger


def test_0_they_agree_1_they_differ_and_0_again_once_repaired(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_in_terminal(as_json=False, most=100) == 0
    assert "The CRM and Xero agree." in capsys.readouterr().out
    ledger = spoil()
    assert verify_in_terminal(as_json=False, most=100) == 1
    said = capsys.readouterr().out
    assert f"{ledger.name}: E-mail is wrong@example.com here and {ledger.email} in Xero" in said
    assert "Repair with: counterfoil repair" in said
    assert repair_in_terminal(as_json=False, most=100) == 0
    ledger.refresh_from_db()
    assert ledger.email != "wrong@example.com"


def test_programs_get_each_difference_with_both_values_and_who_should_win(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = spoil()
    assert verify_in_terminal(as_json=True, most=1) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["state"], told["problem"]) == ("done", "")
    assert told["differences"] == [
        {
            "stream": "contacts",
            "id": ledger.ledger_id,
            "name": ledger.name,
            "side": "both",
            "part": "",
            "field": "email",
            "crm": "wrong@example.com",
            "xero": ledger.email,
            "wins": "xero",
        }
    ]


def test_2_xero_could_not_be_asked(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.arm("html_502", path="/api.xro/2.0/Items", count=0)
    assert verify_in_terminal(as_json=False, most=100) == 2
    assert "Not finished." in capsys.readouterr().out


@pytest.mark.parametrize("state", ["paused", "reconnect"])
def test_2_an_organisation_that_cannot_be_read_is_not_passed_over(
    here: World, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Connection.objects.update(state=state, state_reason="Not for now.")
    for command in (verify_in_terminal, repair_in_terminal):
        assert command(as_json=False, most=100) == 2
        assert "Not compared. Not for now." in capsys.readouterr().out
    assert verify_in_terminal(as_json=True, most=100) == 2
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["state"], told["problem"]) == ("not compared", "Not for now.")


@pytest.mark.rule("CN-5")
def test_a_secondary_is_neither_compared_nor_repaired_into_the_crm(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    Connection.objects.update(role="secondary")
    before = picture()
    assert verify_in_terminal(as_json=False, most=100) == 2
    assert repair_in_terminal(as_json=False, most=100) == 2
    assert "nothing to compare" in capsys.readouterr().err
    assert not Verification.objects.exists()
    assert picture() == before
