"""Configuration comes from the environment alone, and each mistake gets a sentence that names the variable."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from counterfoil.project.configuration import SETTINGS, BadSetting, configuration_read


def read(home: Path, **environ: str):
    return configuration_read({"COUNTERFOIL_HOME": str(home), **environ})


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path}/counterfoil.sqlite3"
    assert found.url == "http://localhost:8000"
    assert found.debug is False


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert first.token_keys == second.token_keys
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "token-keys").stat().st_mode) == 0o600


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "client-secret").write_text("from-a-file\n")
    found = read(tmp_path, COUNTERFOIL_XERO_CLIENT_SECRET_FILE=str(tmp_path / "client-secret"))
    assert found.xero_client_secret == "from-a-file"


def test_several_token_keys_may_be_given_the_first_one_seals(tmp_path: Path) -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert read(tmp_path, COUNTERFOIL_TOKEN_KEYS=f"{new}, {old}").token_keys == (new, old)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("COUNTERFOIL_URL", "crm.example.com", "such as https://crm.example.com"),
        ("COUNTERFOIL_URL", "https://crm.example.com/path", "without a path"),
        ("COUNTERFOIL_DATABASE_URL", "mysql://x", "sqlite:/// or postgresql://"),
        ("COUNTERFOIL_SECRET_KEY", "short", "at least 32 characters"),
        ("COUNTERFOIL_TOKEN_KEYS", "not-a-key", "not a Fernet key"),
        ("COUNTERFOIL_XERO_SCOPES", "wide", "granular, broad"),
        ("COUNTERFOIL_XERO_SANDBOX", "http://xero.example.com", "on this machine"),
        ("COUNTERFOIL_MAX_CALLS_A_DAY", "many", "whole number"),
        ("COUNTERFOIL_DAY_RESERVE", "-1", "whole number"),
        ("COUNTERFOIL_MAIL_URL", "mail.example.com", "smtp://user:password@host:587"),
        ("COUNTERFOIL_DEBUG", "yes", "0, 1"),
        ("COUNTERFOIL_HOMES", "/tmp", "not a setting of Counterfoil"),
        ("COUNTERFOIL_SECRET_KEY_FILE", "/does/not/exist", "cannot be read"),
    ],
)
def test_a_bad_setting_gets_a_sentence_that_names_it(
    tmp_path: Path, name: str, value: str, says: str
) -> None:
    with pytest.raises(BadSetting) as raised:
        read(tmp_path, **{name: value})
    assert name in str(raised.value)
    assert says in str(raised.value)


def test_each_setting_is_explained() -> None:
    assert all(setting.help.strip() for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_the_server_answers_to_its_own_name_and_to_extra_ones_only(tmp_path: Path) -> None:
    found = read(tmp_path, COUNTERFOIL_URL="https://crm.example.com", COUNTERFOIL_HOSTS="crm.lan, other")
    assert found.hosts == ("crm.example.com", "crm.lan", "other")
