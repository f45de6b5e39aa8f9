"""Every setting of an installation, read from the environment and checked at start.

Each is also read from a file when `<NAME>_FILE` names one (for container secrets). The table is
the documentation: docs/reference/settings.md is generated from it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit


class BadSetting(Exception):
    """A setting is missing or unusable; the text is a sentence for the operator."""


@dataclass(frozen=True)
class Setting:
    """One environment variable. `default` None means: worked out at start, as `help` says."""

    name: str
    default: str | None
    help: str
    secret: bool = False


SETTINGS = (
    Setting(
        "COUNTERFOIL_HOME",
        None,
        "Folder for the embedded database, the stored keys and uploads. Default: ~/.counterfoil",
    ),
    Setting(
        "COUNTERFOIL_DATABASE_URL",
        None,
        "sqlite:///absolute/path or postgresql://user:password@host:port/name. "
        "Default: counterfoil.sqlite3 in COUNTERFOIL_HOME",
        secret=True,
    ),
    Setting(
        "COUNTERFOIL_SECRET_KEY",
        None,
        "Signs sessions, at least 32 characters. Default: made on first start and kept in COUNTERFOIL_HOME",
        secret=True,
    ),
    Setting(
        "COUNTERFOIL_TOKEN_KEYS",
        None,
        "Keys that seal Xero tokens at rest: Fernet keys separated by commas, the first one seals, all "
        "open. Default: made on first start and kept in COUNTERFOIL_HOME",
        secret=True,
    ),
    Setting(
        "COUNTERFOIL_URL",
        "http://localhost:8000",
        "The address people open. Xero's redirect address is this plus /integration/xero/callback",
    ),
    Setting(
        "COUNTERFOIL_HOSTS",
        "",
        "Further host names the server answers to, separated by commas",
    ),
    Setting("COUNTERFOIL_XERO_CLIENT_ID", "", "Client id of your own Xero app"),
    Setting("COUNTERFOIL_XERO_CLIENT_SECRET", "", "Client secret of your own Xero app", secret=True),
    Setting(
        "COUNTERFOIL_XERO_SCOPES",
        "granular",
        "granular (apps made since 2 March 2026) or broad (older apps)",
    ),
    Setting(
        "COUNTERFOIL_XERO_SANDBOX",
        "",
        "Address of a stand-in Xero on this machine, e.g. http://localhost:8100. Empty: the real Xero",
    ),
    Setting(
        "COUNTERFOIL_XERO_WEBHOOK_KEY",
        "",
        "Signing key of your Xero app's webhook, whose delivery address is COUNTERFOIL_URL plus "
        "/integration/xero/webhook. Empty: the key that was set on the integration page, if any",
        secret=True,
    ),
    Setting(
        "COUNTERFOIL_REFUSE_DEMO",
        "0",
        "1 on an installation with real books: a demo company of Xero is never connected",
    ),
    Setting("COUNTERFOIL_MAX_CALLS_A_DAY", "1000", "Calls a day your Xero plan allows: 1000 or 5000"),
    Setting(
        "COUNTERFOIL_DAY_RESERVE",
        "100",
        "Calls a day that background work leaves for people's own actions",
    ),
    Setting(
        "COUNTERFOIL_RATES_URL",
        "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml",
        "Where the daily reference rates come from. Empty: only the bundled history",
    ),
    Setting(
        "COUNTERFOIL_MAIL_URL",
        "",
        "How mail leaves: smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465, or "
        "file:///folder. Empty: mail is written to the terminal",
        secret=True,
    ),
    Setting(
        "COUNTERFOIL_ALERTS_INSIDE",
        "0",
        "1 lets alert webhooks go to addresses of your own network, and by plain http to this machine. 0: only to "
        "public https addresses",
    ),
    Setting("COUNTERFOIL_MAIL_FROM", "counterfoil@localhost", "The sender of mail"),
    Setting(
        "COUNTERFOIL_OPERATOR_TOKEN",
        "",
        "Opens /status.json and /metrics, which tell of all operating companies, to who sends it as a bearer token; "
        "at least 20 characters. Empty: neither exists",
        secret=True,
    ),
    Setting("COUNTERFOIL_DEBUG", "0", "1 shows error details in pages. Never on a real installation"),
)


@dataclass(frozen=True)
class Configuration:
    home: Path
    database_url: str
    secret_key: str
    token_keys: tuple[str, ...]
    url: str
    hosts: tuple[str, ...]
    xero_client_id: str
    xero_client_secret: str
    xero_scopes: str
    xero_sandbox: str
    refuse_demo: bool
    xero_webhook_key: str
    max_calls_a_day: int
    day_reserve: int
    rates_url: str
    mail_url: str
    mail_from: str
    alerts_inside: bool
    operator_token: str
    debug: bool


def configuration_read(environ: Mapping[str, str] | None = None) -> Configuration:
    """Read and check all settings. Raises BadSetting with a sentence that names the variable."""
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    home = _home(environ)
    url = _url(environ, "COUNTERFOIL_URL")
    return Configuration(
        home=home,
        database_url=_database_url(environ, home),
        secret_key=_secret_key(environ, home),
        token_keys=_token_keys(environ, home),
        url=url,
        hosts=_hosts(environ, url),
        xero_client_id=_value(environ, "COUNTERFOIL_XERO_CLIENT_ID").strip(),
        xero_client_secret=_value(environ, "COUNTERFOIL_XERO_CLIENT_SECRET").strip(),
        xero_scopes=_one_of(environ, "COUNTERFOIL_XERO_SCOPES", ("granular", "broad")),
        xero_sandbox=_sandbox(environ),
        refuse_demo=_one_of(environ, "COUNTERFOIL_REFUSE_DEMO", ("0", "1")) == "1",
        xero_webhook_key=_value(environ, "COUNTERFOIL_XERO_WEBHOOK_KEY").strip(),
        max_calls_a_day=_number(environ, "COUNTERFOIL_MAX_CALLS_A_DAY", 100, 1_000_000),
        day_reserve=_day_reserve(environ),
        rates_url=_rates_url(environ),
        mail_url=_mail_url(environ),
        mail_from=_value(environ, "COUNTERFOIL_MAIL_FROM").strip(),
        alerts_inside=_one_of(environ, "COUNTERFOIL_ALERTS_INSIDE", ("0", "1")) == "1",
        operator_token=_operator_token(environ),
        debug=_one_of(environ, "COUNTERFOIL_DEBUG", ("0", "1")) == "1",
    )


def _value(environ: Mapping[str, str], name: str) -> str:
    if name in environ:
        return environ[name]
    if file := environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise BadSetting(
                f"{name}_FILE names {file}, which cannot be read ({reason}). "
                "Nothing was started. Correct the path or unset the variable."
            ) from error
    return next(setting.default or "" for setting in SETTINGS if setting.name == name)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {setting.name for setting in SETTINGS}
    for name in environ:
        ours = name.startswith("COUNTERFOIL_") and not name.startswith("COUNTERFOIL_TEST_")
        if ours and name.removesuffix("_FILE") not in known:
            raise BadSetting(
                f"{name} is not a setting of Counterfoil. Nothing was started. "
                "Check the spelling against docs/reference/settings.md, or unset it."
            )


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = _value(environ, name).strip().lower()
    if value not in allowed:
        raise BadSetting(f"{name} is {value!r} but must be one of: {', '.join(allowed)}.")
    return value


def _number(environ: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = _value(environ, name).strip()
    if not text.isdecimal() or not least <= int(text) <= most:
        raise BadSetting(f"{name} is {text!r} but must be a whole number from {least} to {most}.")
    return int(text)


def _day_reserve(environ: Mapping[str, str]) -> int:
    reserve = _number(environ, "COUNTERFOIL_DAY_RESERVE", 0, 100_000)
    most = _value(environ, "COUNTERFOIL_MAX_CALLS_A_DAY").strip()
    if most.isdecimal() and reserve >= int(most):
        raise BadSetting(
            f"COUNTERFOIL_DAY_RESERVE is {reserve} but must be less than COUNTERFOIL_MAX_CALLS_A_DAY, which is {most}: "
            "nothing would be left for reading. Nothing was started."
        )
    return reserve


def _home(environ: Mapping[str, str]) -> Path:
    named = _value(environ, "COUNTERFOIL_HOME")
    try:
        return Path(named or "~/.counterfoil").expanduser().absolute()
    except RuntimeError as error:  # whoever runs this has no home
        raise BadSetting(
            "COUNTERFOIL_HOME must name a folder: the user who starts this has no home."
        ) from error


def _parts(url: str) -> SplitResult:
    """The parts of an address; of one that cannot be read, such as with an impossible port, empty ones."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _url(environ: Mapping[str, str], name: str) -> str:
    url = _value(environ, name).strip().rstrip("/")
    parts = _parts(url)
    more = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not parts.hostname or more:
        raise BadSetting(
            f"{name} is {url!r} but must be an address such as https://crm.example.com, without a path."
        )
    return url


def _hosts(environ: Mapping[str, str], url: str) -> tuple[str, ...]:
    own = urlsplit(url).hostname or "localhost"
    more = [host.strip() for host in _value(environ, "COUNTERFOIL_HOSTS").split(",") if host.strip()]
    local = ["localhost", "127.0.0.1", "[::1]"] if own in ("localhost", "127.0.0.1") else []
    return tuple(dict.fromkeys([own, *local, *more]))


def _sandbox(environ: Mapping[str, str]) -> str:
    """Only loopback: tokens must never travel to a host that an environment variable names."""
    url = _value(environ, "COUNTERFOIL_XERO_SANDBOX").strip().rstrip("/")
    parts = _parts(url)
    if url and (
        parts.scheme not in ("http", "https") or parts.hostname not in ("localhost", "127.0.0.1", "::1")
    ):
        raise BadSetting(
            f"COUNTERFOIL_XERO_SANDBOX is {url!r} but must be an address on this machine "
            "(http://localhost:PORT). Leave it empty to use the real Xero."
        )
    return url


def _rates_url(environ: Mapping[str, str]) -> str:
    url = _value(environ, "COUNTERFOIL_RATES_URL").strip()
    parts = _parts(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise BadSetting(
            f"COUNTERFOIL_RATES_URL is {url!r} but must be an address such as https://example.com/rates.xml. "
            "Leave it empty to use only the bundled history."
        )
    return url


def _mail_url(environ: Mapping[str, str]) -> str:
    url = _value(environ, "COUNTERFOIL_MAIL_URL").strip()
    parts = _parts(url)
    known = parts.scheme in ("smtp", "smtps") and parts.hostname
    if url and not known and not (parts.scheme == "file" and parts.path):
        raise BadSetting(
            "COUNTERFOIL_MAIL_URL must look like smtp://user:password@host:587, smtps://… or file:///folder. "
            "Nothing was started."
        )
    return url


def _database_url(environ: Mapping[str, str], home: Path) -> str:
    url = _value(environ, "COUNTERFOIL_DATABASE_URL").strip()
    if not url:
        return f"sqlite:///{home / 'counterfoil.sqlite3'}"
    if url.startswith("sqlite:///"):
        # With three slashes or four: a path that depended on where it is started would be another database each time.
        file = url.removeprefix("sqlite:///").lstrip("/")
        usable, url = bool(file), f"sqlite:////{file}"
    else:
        parts = _parts(url)
        usable = parts.scheme == "postgresql" and len(parts.path) > 1
    if not usable:
        raise BadSetting(
            "COUNTERFOIL_DATABASE_URL must look like sqlite:///absolute/path or "
            "postgresql://user:password@host:port/name. Nothing was started."
        )
    return url


def _secret_key(environ: Mapping[str, str], home: Path) -> str:
    key = _value(environ, "COUNTERFOIL_SECRET_KEY")
    if key and len(key) < 32:
        raise BadSetting("COUNTERFOIL_SECRET_KEY must have at least 32 characters.")
    return key or _kept(home / "secret-key", lambda: secrets.token_urlsafe(48))


def _operator_token(environ: Mapping[str, str]) -> str:
    token = _value(environ, "COUNTERFOIL_OPERATOR_TOKEN").strip()
    if token and len(token) < 20:
        raise BadSetting(
            "COUNTERFOIL_OPERATOR_TOKEN must have at least 20 characters. Nothing was started. "
            "Make one with: openssl rand -hex 24"
        )
    return token


def _token_keys(environ: Mapping[str, str], home: Path) -> tuple[str, ...]:
    from cryptography.fernet import Fernet

    text = _value(environ, "COUNTERFOIL_TOKEN_KEYS") or _kept(
        home / "token-keys", lambda: Fernet.generate_key().decode()
    )
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise BadSetting(
                "COUNTERFOIL_TOKEN_KEYS holds something that is not a Fernet key (32 url-safe "
                "base64 bytes). Stored Xero tokens are untouched. Correct it and start again."
            ) from error
    if not keys:
        raise BadSetting(
            "COUNTERFOIL_TOKEN_KEYS holds no key. Stored Xero tokens are untouched. Correct it and start again."
        )
    return keys


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The secret in `path`, made on first use, readable by its owner only."""
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep(path, make())
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadSetting(
            f"{path} cannot be read or made ({reason}). Nothing was started. Let this user write to the folder, "
            "or set COUNTERFOIL_HOME to another one."
        ) from error
    if not kept:
        raise BadSetting(
            f"{path} is empty. Nothing was started. Put its copy back, or remove it to have a new one made."
        )
    return kept


def _keep(path: Path, value: str) -> None:
    """Write it whole or not at all; whoever was first is the one whose value counts."""
    handle, written = tempfile.mkstemp(prefix=f"{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(value)
        try:
            os.link(written, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            Path(written).replace(path)
    finally:
        Path(written).unlink(missing_ok=True)
