import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def known_rules(repository: Path) -> set[str]:
    groups = tomllib.loads((repository / "docs/reference/rules.toml").read_text())
    return {rule for group in groups.values() for rule in group if rule != "title"}


def test_generated_pages_are_current(repository: Path):
    done = subprocess.run(
        [sys.executable, repository / "docs/generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(repository / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_that_a_test_names_exists(request: pytest.FixtureRequest, repository: Path):
    # Of the tests of this run, marks made by code included, which the page's generator cannot see.
    named = {
        rule for item in request.session.items for mark in item.iter_markers("rule") for rule in mark.args
    }
    assert named - known_rules(repository) == set()


def test_every_known_failure_has_a_test_or_a_reason(request: pytest.FixtureRequest, repository: Path):
    groups = tomllib.loads((repository / "docs/reference/failures.toml").read_text())
    reasons = groups.pop("reasons")
    known = {one for group in groups.values() for one in group if one != "title"}
    files = (repository / "tests").rglob("test_*.py")
    marked = set()
    for text in (file.read_text() for file in files):
        for ids in re.findall(r"mark\.failure\(([^)]*)\)", text):
            marked |= set(re.findall(r"[A-Z]\d+", ids))
    assert known - marked - set(reasons) == set()
    assert (marked | set(reasons)) - known == set()
    of_this_run = {
        one for item in request.session.items for mark in item.iter_markers("failure") for one in mark.args
    }
    assert of_this_run - known == set()


def test_every_link_in_the_documentation_leads_somewhere(repository: Path):
    pages = [*repository.glob("*.md"), *repository.glob("docs/**/*.md")]
    broken = [
        f"{page.relative_to(repository)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_test_that_the_page_of_bad_input_names_exists(repository: Path):
    named = re.findall(
        r"`(tests/[\w/.]+)::([\w:]+)`", (repository / "docs/reference/bad-input.md").read_text()
    )
    assert len(named) > 25
    missing = []
    for file, path in named:
        text = (repository / file).read_text()
        *classes, test = path.split("::")
        if f"def {test}(" not in text or any(f"class {one}:" not in text for one in classes):
            missing.append(f"{file}::{path}")
    assert missing == []
