"""What the documentation names exists: settings, commands, rooms of the engine."""

import re
from pathlib import Path

import pytest

from counterfoil.cli import app
from counterfoil.project.configuration import SETTINGS


@pytest.fixture
def pages(repository: Path) -> list[Path]:
    return [*repository.glob("*.md"), *repository.glob("docs/**/*.md")]


def commands_named(text: str) -> list[str]:
    """What follows the program's name in code: in a line of its own, or between backticks."""
    return re.findall(r"(?:^ *|`)(?:\./go )?counterfoil ([a-z][a-z-]*)", text, re.MULTILINE)


def test_every_setting_that_the_documentation_names_exists(pages: list[Path]) -> None:
    known = {setting.name for setting in SETTINGS}
    known |= {f"{name}_FILE" for name in known}
    named = {
        (page.name, name) for page in pages for name in re.findall(r"COUNTERFOIL_[A-Z_]+", page.read_text())
    }
    assert len({name for _, name in named}) > 15
    unknown = {(page, name) for page, name in named if name not in known}
    assert {(page, name) for page, name in unknown if not name.startswith("COUNTERFOIL_TEST_")} == set()


def test_every_command_that_the_documentation_names_exists(pages: list[Path]) -> None:
    known = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    named = {(page.name, name) for page in pages for name in commands_named(page.read_text())}
    assert {name for _, name in named} >= {"verify", "worker", "rotate-keys"}
    assert {(page, name) for page, name in named if name not in known} == set()


def test_every_room_of_the_engine_on_the_map_is_there(repository: Path) -> None:
    text = (repository / "ARCHITECTURE.md").read_text()
    table = text.partition("## The rooms of the engine")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([a-z_*]+)`", row)} - {"sync"}
    assert len(named) > 50
    engine = repository / "src/counterfoil/sync"
    assert {name for name in named if not list(engine.glob(f"{name}.py"))} == set()
