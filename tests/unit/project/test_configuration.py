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
        ("COUNTERFOIL_URL", "http://localhost:99999", "such as https://crm.example.com"),
        ("COUNTERFOIL_URL", "http://[::1", "such as https://crm.example.com"),
        ("COUNTERFOIL_DATABASE_URL", "mysql://x", "sqlite:///absolute/path or postgresql://"),
        ("COUNTERFOIL_DATABASE_URL", "postgresql://", "sqlite:///absolute/path or postgresql://"),
        (
            "COUNTERFOIL_DATABASE_URL",
            "postgresql://localhost:abc/x",
            "sqlite:///absolute/path or postgresql://",
        ),
        ("COUNTERFOIL_DATABASE_URL", "sqlite:///", "sqlite:///absolute/path or postgresql://"),
        ("COUNTERFOIL_SECRET_KEY", "short", "at least 32 characters"),
        ("COUNTERFOIL_TOKEN_KEYS", "not-a-key", "not a Fernet key"),
        ("COUNTERFOIL_TOKEN_KEYS", ",", "holds no key"),
        ("COUNTERFOIL_XERO_SCOPES", "wide", "granular, broad"),
        ("COUNTERFOIL_XERO_SANDBOX", "ftp://localhost:8100", "on this machine"),
        ("COUNTERFOIL_XERO_SANDBOX", "http://[localhost", "on this machine"),
        ("COUNTERFOIL_XERO_SANDBOX", "http://xero.example.com", "on this machine"),
        ("COUNTERFOIL_MAX_CALLS_A_DAY", "many", "whole number"),
        ("COUNTERFOIL_DAY_RESERVE", "-1", "whole number"),
        ("COUNTERFOIL_DAY_RESERVE", "1000", "less than COUNTERFOIL_MAX_CALLS_A_DAY, which is 1000"),
        ("COUNTERFOIL_RATES_URL", "nonsense", "such as https://example.com/rates.xml"),
        ("COUNTERFOIL_MAIL_URL", "mail.example.com", "smtp://user:password@host:587"),
        ("COUNTERFOIL_MAIL_URL", "smtp://host:abc", "smtp://user:password@host:587"),
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


def test_a_file_that_holds_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF\xd0\xff")
    with pytest.raises(
        BadSetting, match=r"COUNTERFOIL_SECRET_KEY_FILE names .* cannot be read .it is not text"
    ):
        read(tmp_path, COUNTERFOIL_SECRET_KEY_FILE=str(tmp_path / "program"))


@pytest.mark.parametrize("slashes", ["", "/"])
def test_the_path_of_the_database_is_absolute_however_it_is_written(tmp_path: Path, slashes: str) -> None:
    found = read(tmp_path, COUNTERFOIL_DATABASE_URL=f"sqlite:///{slashes}srv/crm.sqlite3")
    assert found.database_url == "sqlite:////srv/crm.sqlite3"


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match=r"cannot be read or made .*set COUNTERFOIL_HOME to another one"):
        read(tmp_path / "file" / "home")


def test_a_key_that_was_lost_from_its_file_is_said_and_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(BadSetting, match="secret-key is empty"):
        read(tmp_path)
    assert (tmp_path / "secret-key").read_text() == ""


def test_making_the_keys_leaves_nothing_else_behind(tmp_path: Path) -> None:
    read(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"secret-key", "token-keys"}
