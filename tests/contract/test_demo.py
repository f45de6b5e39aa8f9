"""The demo's unattended check: the real pages, the real consent, every count compared."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"


def check(*words: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "counterfoil", "demo", "--headless-check", "--port", "0"]
    ran = subprocess.run(
        [*command, "--sandbox-port", "0", *words],
        check=False,
        capture_output=True,
        text=True,
        env=clean,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return json.loads(ran.stdout.strip().splitlines()[-1])


@pytest.mark.rule("SY-1", "SY-5", "CN-2", "PU-4", "PU-5", "IN-6")
def test_the_whole_journey_ends_with_every_count_and_every_penny_equal_to_the_stand_ins_own() -> None:
    result = check()
    assert result["ok"] is True
    assert result["imported"]["invoices"] == 600
    assert result["imported"]["set_aside"] == 0
    assert result["webhook"]["events"] >= 1
    home, foreign = result["orders"]
    assert (home["currency"], foreign["currency"] != "GBP") == ("GBP", True)
    for order in (home, foreign):
        assert (order["lines"], order["invoices_in_xero"], order["differences"]) == (6, 1, [])
        assert order["click_to_number_seconds"] > 0


def test_a_recorded_organisation_is_imported_with_nothing_set_aside(tmp_path: Path) -> None:
    folder = RECORDED
    if not folder.is_dir():
        # Without the recordings, an organisation with as little in it still walks the same way.
        folder = tmp_path
        (folder / "organisation.json").write_text(
            json.dumps(
                {
                    "Organisations": [
                        {
                            "OrganisationID": "5f0c1f9e-5c1c-4b5a-9b1a-0d5a3f7b6c11",
                            "Name": "Small Ltd",
                            "BaseCurrency": "USD",
                            "CountryCode": "US",
                            "ShortCode": "!sM4ll",
                        }
                    ]
                }
            )
        )
    result = check("--recorded", str(folder))
    assert result["differences"] == {}
    assert result["imported"]["set_aside"] == 0


def test_a_folder_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "counterfoil", "demo", "--recorded", str(tmp_path / "none")]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert "Nothing was started" in ran.stderr
