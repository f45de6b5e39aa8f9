"""Tokens at rest and in passing: sealed, rotatable, and nowhere to be read."""

import logging
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection as database

from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.sync.tokens import StoredTokens
from tests.sync.world import world

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


@pytest.mark.rule("TK-7")
def test_an_older_key_still_opens_and_a_foreign_one_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    def keys(*given: str) -> None:
        monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, token_keys=given))

    keys(old)
    sealed = seal("a-refresh-token")
    keys(new, old)
    assert unseal(sealed) == "a-refresh-token"
    keys(new)
    with pytest.raises(SealBroken, match="Restore the key, or connect to Xero again"):
        unseal(sealed)
