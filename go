#!/bin/sh
# Everything one does with Counterfoil, from a fresh clone and with nothing but Python 3.11 or newer.
# It makes its own environment in .boot/ (git ignores it; delete it and the next call makes it anew).
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
boot=$root/.boot
python=$boot/venv/bin/python

usage() {
    cat <<'END'
./go demo [ARGS]         a stand-in Xero, the CRM and a first sync to watch in the browser; --help tells more
./go test [PYTEST ARGS]  every test, on SQLite and on PostgreSQL, with a real browser
./go lint                ruff, import-linter and mypy --strict
./go bench NAME [ARGS]   a benchmark, side by side with its floor; ends with one line of JSON
./go soak [ARGS]         the long simulation of syncing under faults; webhooks: a hundred thousand bodies
./go docs                write the generated reference pages again
./go counterfoil [ARGS]  the program itself: serve, worker, status, verify, createadmin, ...
END
}

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Prints the first Python that will do, and fails when there is none.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

stop_without_python() {
    if command -v python3 >/dev/null; then
        found="found only $(python3 --version 2>&1)"
    else
        found="found no python3"
    fi
    stop "Counterfoil needs Python 3.11 or newer, and $found here. Nothing was changed.
Install one (Debian 12: apt-get install python3 python3-venv; macOS: brew install python@3.13,
or the installer from python.org), or install uv, which brings its own Python. Then run this again."
}

# Debian ships Python without the part that makes environments.
ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    command -v apt-get >/dev/null || stop "$1 cannot make environments: its modules venv and ensurepip are missing.
Install them from where this Python came from, or install uv. Then run this again."
    [ "$(id -u)" -eq 0 ] || stop "Debian keeps the part of Python that makes environments in a package of its own.
Nothing was changed. Run this, then try again:  sudo apt-get install python3-venv"
    say "Installing Debian's python3-venv ..."
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
}

make_venv_with_uv() { uv venv --quiet --clear --python '>=3.11' "$boot/venv"; }

make_venv_with_python() {
    base=$(find_python) || stop_without_python
    ensure_venv_module "$base"
    "$base" -m venv --clear "$boot/venv"
}

ensure_venv() {
    # A system upgrade can take away the Python that an environment stands on; such a one is made anew.
    "$python" -c '' 2>/dev/null && return
    rm -f "$boot/main.installed" "$boot/dev.installed"
    if command -v uv >/dev/null && make_venv_with_uv; then return; fi
    make_venv_with_python
}

install_with_uv() { uv pip install --quiet --python "$python" --require-hashes --requirement "$1"; }

install_with_pip() {
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        ensure_venv_module "$python"
        "$python" -m ensurepip >/dev/null
    fi
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 --require-hashes --requirement "$1"
}

install_pins() {
    if command -v uv >/dev/null; then
        if install_with_uv "$1"; then return; fi
        # uv goes by certificates and settings of its own: behind a company's proxy pip may get through where it cannot.
        say "uv could not install the packages; trying with pip ..."
    fi
    install_with_pip "$1"
}

checksum() { cksum <"$root/requirements/$1.txt"; }

is_installed() { [ "$(cat "$boot/$1.installed" 2>/dev/null)" = "$(checksum "$1")" ] && "$python" -c '' 2>/dev/null; }

# Two calls at the same moment must not build one environment twice over each other. A lock whose holder is
# gone (killed, power cut) is taken over.
lock() {
    mkdir -p "$boot"
    waiting=
    until mkdir "$boot/lock" 2>/dev/null; do
        holder=$(cat "$boot/lock/pid" 2>/dev/null || echo)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm -rf "$boot/lock"
            continue
        fi
        [ -n "$waiting" ] || say "Another ./go prepares the environment; waiting for it. (If none does, delete .boot/lock.)"
        waiting=1
        sleep 1
    done
    echo $$ >"$boot/lock/pid"
    trap 'rm -rf "$boot/lock"' EXIT
    trap 'exit 130' INT TERM
}

unlock() {
    rm -rf "$boot/lock"
    trap - EXIT INT TERM
}

# ensure_environment main|dev: dev holds all of main as well.
ensure_environment() {
    is_installed "$1" && return
    if [ "$1" = main ] && is_installed dev; then return; fi
    lock
    if is_installed "$1"; then unlock; return; fi
    say "Preparing the environment for this in .boot/ (only the first time, and when requirements change) ..."
    ensure_venv
    install_pins "$root/requirements/$1.txt"
    checksum "$1" >"$boot/$1.installed"
    unlock
}

run() {
    # The package is not installed but found on the path: nothing to build, and an edit is there at once.
    PYTHONPATH=$root/src${PYTHONPATH:+:$PYTHONPATH}
    export PYTHONPATH
    exec "$python" "$@"
}

check() {
    say "-- $1"
    shift
    "$python" "$@" || failed=1
}

# All checks run, so that one call shows everything there is to mend.
lint() {
    PYTHONPATH=$root/src
    # mypy's Django plugin loads the settings, which keep their keys in a home; not in the user's own.
    COUNTERFOIL_HOME=$boot/lint
    export PYTHONPATH COUNTERFOIL_HOME
    failed=0
    check "ruff check" -m ruff check --quiet .
    check "ruff format" -m ruff format --quiet --check .
    check "import-linter" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo
    check "mypy --strict" -m mypy
    exit $failed
}

command=${1:-help}
[ $# -eq 0 ] || shift

case $command in
    demo | counterfoil)
        ensure_environment main
        ;;
    test | lint | bench | soak | docs)
        ensure_environment dev
        cd "$root"
        ;;
esac

case $command in
    demo) run -m counterfoil demo "$@" ;;
    counterfoil) run -m counterfoil "$@" ;;
    test) run -m tests "$@" ;;
    lint) lint ;;
    bench) run -m benchmarks "$@" ;;
    soak) run -m tests.soak "$@" ;;
    docs) run docs/generate.py "$@" ;;
    help | --help | -h) usage ;;
    *)
        usage >&2
        stop "There is no ./go $command."
        ;;
esac
