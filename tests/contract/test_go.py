"""`./go` makes its environment with what the machine has, and says what is missing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MACHINE = "/usr/bin:/bin"


@pytest.fixture
def clone(repository: Path, tmp_path: Path) -> Path:
    """A clone with a program of one line and nothing to install, so that no test needs a network."""
    shutil.copy(repository / "go", tmp_path / "go")
    (tmp_path / "requirements").mkdir()
    for name in ("main", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("")
    (tmp_path / "src" / "counterfoil").mkdir(parents=True)
    (tmp_path / "src" / "counterfoil" / "__main__.py").write_text("import sys\nprint('ran', *sys.argv[1:])\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    return tmp_path


def go(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", clone / "go", *words],
        check=False,
        capture_output=True,
        text=True,
        env={"HOME": str(clone), "PATH": f"{clone}/bin:{MACHINE}", "PIP_NO_INDEX": "1"},
        timeout=120,
    )


def program(clone: Path, name: str, text: str) -> None:
    file = clone / "bin" / name
    file.unlink(missing_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_where_uv_cannot_install_pip_does(clone: Path) -> None:
    program(clone, "uv", "echo 'uv: invalid peer certificate' >&2; exit 2")
    first = go(clone, "counterfoil", "status", "--json")
    assert (first.returncode, first.stdout) == (0, "ran status --json\n"), first.stderr
    assert "uv could not install the packages; trying with pip" in first.stderr
    again = go(clone, "counterfoil", "status")
    assert (again.stdout, again.stderr) == ("ran status\n", "")


def test_without_a_python_that_is_new_enough_it_says_what_to_install(clone: Path) -> None:
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"):
        program(clone, name, 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    tried = go(clone, "demo")
    assert tried.returncode == 1
    assert (
        "needs Python 3.11 or newer, and found only Python 3.9.2 here. Nothing was changed." in tried.stderr
    )


def test_a_lock_whose_holder_is_gone_is_taken_over(clone: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    lock = clone / ".boot" / "lock"
    lock.mkdir(parents=True)
    (lock / "pid").write_text(f"{ended.pid}\n")
    assert go(clone, "counterfoil").stdout == "ran\n"
    assert not lock.exists()


def test_a_word_that_it_does_not_know_starts_nothing(clone: Path) -> None:
    tried = go(clone, "dmeo")
    assert (tried.returncode, (clone / ".boot").exists()) == (1, False)
    assert tried.stderr.rstrip().endswith("There is no ./go dmeo.")
    assert go(clone).stdout == go(clone, "--help").stdout != ""
