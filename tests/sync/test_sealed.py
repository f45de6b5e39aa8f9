"""Tokens at rest and in passing: sealed, rotatable, and nowhere to be read."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.db import connection as database
from django.test import Client

from counterfoil.project.rotating import rotate_keys
from counterfoil.sync import work
from counterfoil.sync.models import TokenFamily
from counterfoil.sync.resealing import SEALED, secrets_reseal
from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.sync.tokens import StoredTokens
from tests.sync.world import SECRET, world

pytestmark = pytest.mark.django_db


def everything_stored() -> str:
    """Every value of every table, as text."""
    with database.cursor() as cursor:
        kept = []
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            kept += [
                bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                for row in cursor.fetchall()
                for value in row
            ]
    return "\n".join(kept)


@pytest.mark.rule("TK-7")
def test_no_table_and_no_log_line_holds_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with world() as here:
        family = here.connect().tokens
        here.sync()
        secrets = [StoredTokens(family.pk).access_token(), unseal(family.refresh_sealed)]
        stored = everything_stored()
    assert here.company.name in stored
    for secret in secrets:
        assert len(secret) > 20
        assert secret not in stored
        assert secret not in caplog.text


FAULTS = ["403_tenant", "401_unknown", "401_scope", "html_502", "cut_body", "429_day", "404_text"]
PAGES = ["/settings/integration/xero/", "/settings/integration/xero/alerts/", "/settings/log/", "/customers/"]


@pytest.mark.rule("TK-7")
@pytest.mark.failure("A21")
@pytest.mark.parametrize("fault", [*FAULTS, "refresh_rejected", "client_rejected", "token_html"])
def test_a_fault_shows_no_secret_in_logs_tables_pages_and_exports(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """P13: the canaries are the secret of the app, both tokens of the connection, and whatever followed them."""
    caplog.set_level(logging.DEBUG)
    with world() as here:
        family = here.connect().tokens
        canaries = {SECRET, unseal(family.access_sealed), unseal(family.refresh_sealed)}
        here.sync()
        if fault in FAULTS:
            here.arm(fault, path="api.xro", count=0)
        else:
            TokenFamily.objects.update(expires_at=work.now())
            here.arm(fault, path="connect/token", count=0)
        run = here.sync_all()
        assert run.state in {"failed", "waiting"}
        family.refresh_from_db()
        canaries |= {unseal(family.access_sealed), unseal(family.refresh_sealed)}
        browser = Client()
        browser.force_login(here.user)
        shown = "".join(browser.get(page).content.decode() for page in PAGES)
        shown += b"".join(browser.get("/customers/export.csv").getvalue().splitlines()).decode()
        shown += "".join(here.disconnect())
        stored = everything_stored()
    assert here.company.name in stored
    assert "Xero" in shown
    for canary in canaries:
        assert len(canary) > 10
        for place in (stored, shown, caplog.text):
            assert canary not in place


@pytest.mark.rule("TK-7")
def test_an_older_key_still_opens_and_a_foreign_one_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    keys(monkeypatch, old)
    sealed = seal("a-refresh-token")
    keys(monkeypatch, new, old)
    assert unseal(sealed) == "a-refresh-token"
    keys(monkeypatch, new)
    with pytest.raises(SealBroken, match="Restore the key, or connect to Xero again"):
        unseal(sealed)


def keys(monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, token_keys=given))


@pytest.mark.rule("TK-7")
def test_every_sealed_column_is_sealed_anew_when_keys_rotate() -> None:
    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name.endswith("_sealed")
    }
    assert columns == set(SEALED)


@pytest.mark.rule("TK-7")
def test_after_resealing_the_older_key_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(monkeypatch, old)
    with world() as here:
        here.connect()
        keys(monkeypatch, new, old)
        assert here.sync().state == "done"
        first, second = secrets_reseal(), secrets_reseal()
        assert first.done >= 2
        assert (second.done, second.broken) == (0, 0)
        keys(monkeypatch, new)
        assert here.sync().state == "done"


@pytest.mark.rule("TK-7", "TK-2")
@pytest.mark.failure("O12")
def test_a_lost_key_ends_in_reconnect_and_not_in_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    with world() as here:
        here.connect()
        here.sync()
        keys(monkeypatch, Fernet.generate_key().decode())
        assert secrets_reseal().broken >= 2
        run = here.sync()
        assert (run.state, here.connection.state) == ("failed", "reconnect")
        assert "COUNTERFOIL_TOKEN_KEYS" in run.problem


@pytest.mark.rule("TK-7")
@pytest.mark.failure("O12")
def test_rotating_takes_two_steps_and_leaves_one_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COUNTERFOIL_TOKEN_KEYS", raising=False)
    old, kept = Fernet.generate_key().decode(), tmp_path / "token-keys"
    kept.write_text(old)
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, home=tmp_path))
    keys(monkeypatch, old)
    with world() as here:
        here.connect()
        assert rotate_keys() == 1
        assert "Restart Counterfoil everywhere" in capsys.readouterr().out
        both = tuple(kept.read_text().split(","))
        assert both[1:] == (old,)
        assert here.sync().state == "done"  # a process that has not been restarted
        keys(monkeypatch, *both)
        assert rotate_keys() == 0
        assert kept.read_text() == both[0]
        keys(monkeypatch, both[0])
        assert here.sync().state == "done"
