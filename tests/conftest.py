"""Sets the stage before Django loads: which database, where files go. Then the fixtures that every folder shares.

COUNTERFOIL_TEST_DATABASE chooses sqlite (the default) or postgresql; `./go test` runs both.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest

from tests import postgresql
from tests.contract import openapi

DATABASE = os.environ.get("COUNTERFOIL_TEST_DATABASE", "sqlite")
TOUCHES_DATABASE = {"domain", "sync", "web"}
TESTS = Path(__file__).parent
# The files that take longest. A run begins with them: whichever came last would keep it waiting all alone.
LONG = {
    "sync/test_killed_anywhere",
    "sync/test_walks",
    "sync/test_quarter",
    "contract/test_cli",
    "sync/test_stopping",
    "sync/test_killed",
    "sync/test_workers",
    "soak/test_pull_seeds",
    "soak/test_push_seeds",
    "unit/test_pulling",
    "sync/test_trouble",
    "contract/test_demo",
    "contract/test_ending",
    "sync/push/test_zombies",
    "sync/push/test_kills",
    "sync/push/test_database_killed",
    "sync/test_tokens_at_once",
}
assert all((TESTS / f"{name}.py").exists() for name in LONG), "LONG names a file that has gone"

# Workers of xdist are children of the first process and find its server's address in their environment.
is_first_process = "PYTEST_XDIST_WORKER" not in os.environ
server: postgresql.Server | None = None
workplace = tempfile.TemporaryDirectory(prefix="counterfoil-tests-")


def start_database() -> str:
    global server  # noqa: PLW0603  # pytest's hooks have no other place that lives as long as the run
    if DATABASE == "sqlite":
        return f"sqlite:///{workplace.name}/counterfoil.sqlite3"
    if DATABASE == "postgresql":
        server = postgresql.start()
        return server.url("counterfoil")
    raise pytest.UsageError(f"COUNTERFOIL_TEST_DATABASE is {DATABASE!r}; it may be sqlite or postgresql.")


def prepare_environment() -> None:
    """A run depends on nothing that whoever starts it has set for a Counterfoil of their own."""
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        if not name.startswith("COUNTERFOIL_TEST_"):
            del os.environ[name]
    if is_first_process:
        os.environ["COUNTERFOIL_TEST_DATABASE_URL"] = start_database()
    (Path(workplace.name) / "static").mkdir(exist_ok=True)  # where a served installation collects its styles
    os.environ |= {
        "COUNTERFOIL_DATABASE_URL": os.environ["COUNTERFOIL_TEST_DATABASE_URL"],
        "COUNTERFOIL_HOME": workplace.name,
        "COUNTERFOIL_RATES_URL": "",  # the bundled history of rates only
        "DJANGO_SETTINGS_MODULE": "counterfoil.project.settings",
    }


def refuse_early_settings() -> None:
    """Settings that a plugin or a shell loaded before now would name another database than this run's."""
    from django.conf import settings

    wanted = "sqlite3" if DATABASE == "sqlite" else "postgresql"
    if not settings.DATABASES["default"]["ENGINE"].endswith(wanted):
        raise pytest.UsageError(
            f"Django's settings were loaded before the tests chose {DATABASE}. Unset DJANGO_SETTINGS_MODULE and run again."
        )


def prepare_django() -> Exception | None:
    """Load the settings and the models; what went wrong is told only to tests that need them.

    Here and not left to pytest-django, which would load the settings before this file could choose a database, and
    the models that a folder's conftest names before the registry is ready.
    """
    try:
        django.setup()
    except Exception as error:  # noqa: BLE001  # whatever it is, tests of pure code can run without
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return error
    return None


# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("counterfoil", deadline=None)
hypothesis.settings.load_profile("counterfoil")

prepare_environment()
django_failure = prepare_django()
configuration: Any = None
if django_failure is None:
    from django.conf import settings as _loaded

    refuse_early_settings()
    configuration = _loaded.CONFIGURATION
if is_first_process:
    # Workers inherit this environment. With this name in it, pytest-django would load their settings before they have
    # a folder of their own, and processes that their tests start would then find other keys than they have.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-tests-only",
        action="store_true",
        help="leave out what would do the same on every database: unit, contract, architecture, browser",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if TOUCHES_DATABASE & set(item.path.relative_to(TESTS).parts[:1]):
            item.add_marker(pytest.mark.database)
    if django_failure and any(item.get_closest_marker("database") for item in items):
        raise pytest.UsageError(f"Django could not be set up: {django_failure}") from django_failure
    if config.getoption("--database-tests-only"):
        left_out = [item for item in items if not item.get_closest_marker("database")]
        items[:] = [item for item in items if item.get_closest_marker("database")]
        config.hook.pytest_deselected(items=left_out)
    items.sort(key=lambda item: item.path.relative_to(TESTS).with_suffix("").as_posix() not in LONG)


def pytest_report_header() -> list[str]:
    failure = [f"Django could not be set up: {django_failure!r}"] if django_failure else []
    return [f"database: {DATABASE}", *failure]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell `./go test` how many passed and failed, for its one line that adds up the runs."""
    tally = os.environ.get("COUNTERFOIL_TEST_TALLY")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not (tally and is_first_process and reporter):
        return
    kinds = {"passed": ("passed", "xfailed"), "failed": ("failed", "error"), "skipped": ("skipped",)}
    counts = {kind: sum(len(reporter.stats.get(word, ())) for word in words) for kind, words in kinds.items()}
    Path(tally).write_text(json.dumps(counts))


def pytest_unconfigure() -> None:
    if server is not None:
        server.stop()
    workplace.cleanup()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite a file per worker, as in production: in memory there is no WAL and no second process."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.postgresql" and DATABASE == "sqlite":
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest) -> None:
    """Hashing that is slow on purpose protects nobody here, and each test with a user would pay for it."""
    if request.node.get_closest_marker("database"):
        hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        request.getfixturevalue("settings").PASSWORD_HASHERS = hashers


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the working tree."""
    return TESTS.parent


@pytest.fixture(autouse=True)
def _configuration_stays() -> Iterator[None]:
    """A test that takes a configuration of its own leaves none behind, in whatever order its fixtures end."""
    _configuration_put_back()
    yield
    _configuration_put_back()


def _configuration_put_back() -> None:
    from django.conf import settings

    if settings.CONFIGURATION is not configuration:
        from counterfoil.sync import wiring

        settings.CONFIGURATION = configuration
        wiring.forget()


@pytest.fixture(autouse=True)
def answers_of_the_stand_in_fit_xeros_description() -> Iterator[None]:
    """Every answer any test gets from a stand-in in its process, where the description is at hand."""
    if not openapi.DESCRIPTION.exists():
        yield
        return
    with openapi.every_answer_held() as told:
        yield
    assert not told, "\n\n".join(dict.fromkeys(told))
