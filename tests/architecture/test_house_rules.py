"""The rules of style that a machine can check, over every committed file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

LONGEST_FILE = 600
LONG_FUNCTION = 50
LONG_FUNCTIONS_ALLOWED_PERCENT = 3

# Spelt so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js.org", "deb.debian" + ".org")
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:wor" + r"k|opt/c" + r"f|root|home/\w+|Users/\w+)/[\w.]")
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----"),
    "a JSON web token": re.compile(r"\beyJ" + r"[\w-]{20,}\.eyJ" + r"[\w-]{20,}\."),
    "a cloud access key": re.compile(r"\bAKIA" + r"[0-9A-Z]{16}\b"),
    "a token of a code host": re.compile(r"\bgh[pousr]_" + r"[A-Za-z0-9]{30,}\b"),
}
VENDORED = "/static/vendor/"


def committed_files(repository: Path) -> list[Path]:
    """What git has or would take; a tree without git (an unpacked archive) has nothing to check."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    files = [repository / name for name in done.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and VENDORED not in file.as_posix()]


@pytest.fixture(scope="module")
def texts(repository: Path) -> dict[str, str]:
    files = committed_files(repository)
    if not files:
        pytest.skip("not a git working tree")
    readable = {}
    for file in files:
        data = file.read_bytes()
        if b"\0" not in data[:8000]:
            readable[file.relative_to(repository).as_posix()] = data.decode("utf-8", errors="replace")
    return readable


@pytest.fixture(scope="module")
def modules(texts: dict[str, str]) -> dict[str, ast.Module]:
    # A file that a colleague is half way through writing is ruff's to report.
    return {name: ast.parse(text) for name, text in texts.items() if re.match(r"src/.*\.py$", name)}


def test_no_file_names_a_package_registry(texts: dict[str, str]):
    assert [f"{name}: {host}" for name, text in texts.items() for host in REGISTRIES if host in text] == []


def test_no_file_holds_a_path_of_one_machine(texts: dict[str, str]):
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_no_file_holds_a_secret(texts: dict[str, str]):
    found = [
        f"{name} holds {kind}"
        for name, text in texts.items()
        for kind, secret in SECRETS.items()
        if secret.search(text)
    ]
    assert found == []


def test_no_source_file_has_grown_too_long(texts: dict[str, str]):
    lengths = {
        name: text.count("\n") for name, text in texts.items() if re.match(r"src/.*\.(py|html|css|js)$", name)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_few_functions_are_long(modules: dict[str, ast.Module]):
    functions = list(functions_of(modules))
    long = [f"{name}: {lines} lines" for name, lines in functions if lines > LONG_FUNCTION]
    assert len(long) * 100 <= len(functions) * LONG_FUNCTIONS_ALLOWED_PERCENT, "\n".join(long)


def functions_of(modules: dict[str, ast.Module]) -> Iterator[tuple[str, int]]:
    for name, module in modules.items():
        if "/migrations/" in name:
            continue
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{name}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_module_is_named_for_what_is_left_over(texts: dict[str, str]):
    leftovers = {"utils.py", "util.py", "helpers.py", "manager.py", "common.py", "misc.py"}
    assert [name for name in texts if name.startswith("src/") and Path(name).name in leftovers] == []


@pytest.mark.parametrize("pins", ["main", "dev"])
def test_pins_carry_hashes_and_name_no_index(texts: dict[str, str], pins: str):
    lines = texts[f"requirements/{pins}.txt"].splitlines()
    pinned = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert pinned
    assert all(re.match(r"[a-z0-9.-]+==\S+", lines[number]) for number in pinned)
    assert all(lines[number + 1].strip().startswith("--hash=sha256:") for number in pinned)
    assert [line for line in lines if "index-url" in line or "find-links" in line or "://" in line] == []


def test_tests_run_with_every_package_that_the_product_runs_with(texts: dict[str, str]):
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9.-]+==[^\s;]+)", texts[f"requirements/{name}.txt"], re.MULTILINE))

    assert pins("main") - pins("dev") == set()
