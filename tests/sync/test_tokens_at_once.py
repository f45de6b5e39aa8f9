"""Many processes that need a token at once, and processes killed while they rotate it (TK-1; reliability A1, P7)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.sync import tokens, work
from counterfoil.sync.crashing import VARIABLE
from counterfoil.sync.models import TokenFamily
from tests.sync.test_killed import environment
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
PROCESSES, THREADS = 4, 8


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        yield running


def user(here: World, threads: int, **variables: str) -> subprocess.Popen[str]:
    family = TokenFamily.objects.get().pk
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.token_user", str(family), str(threads)],
        cwd=ROOT,
        env=environment(here) | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    return child


def refreshes(here: World) -> list[int]:
    return [entry["status"] for entry in here.calls("/connect/token")]


@pytest.mark.rule("TK-1")
@pytest.mark.parametrize("same_pair", [True, False], ids=["grace-same-pair", "grace-new-pair"])
@pytest.mark.failure("A1")
def test_eight_threads_of_four_processes_refresh_once(here: World, same_pair: bool) -> None:
    here.server.world.switches.refresh_grace_same_pair = same_pair
    here.forget_calls()
    TokenFamily.objects.update(expires_at=work.now())
    users = [user(here, THREADS) for _ in range(PROCESSES)]
    given = [json.loads(child.communicate("go\n")[0]) for child in users]
    assert [len(some) for some in given] == [THREADS] * PROCESSES
    assert len({one for some in given for one in some}) == 1
    assert refreshes(here) == [200]
    assert here.sync().state == "done"


@pytest.mark.rule("TK-1")
@pytest.mark.parametrize("same_pair", [True, False], ids=["grace-same-pair", "grace-new-pair"])
@pytest.mark.parametrize(
    ("point", "sent"),
    [("T1", 0), ("T2", 0), ("T3", 1), ("T4", 1), ("T5", 1), ("T6", 1)],
)
def test_killed_while_rotating_the_next_worker_goes_on(
    here: World, point: str, sent: int, same_pair: bool
) -> None:
    here.server.world.switches.refresh_grace_same_pair = same_pair
    here.forget_calls()
    TokenFamily.objects.update(expires_at=work.now())
    child = user(here, 1, **{VARIABLE: point})
    child.communicate("go\n")
    assert child.returncode == -signal.SIGKILL, f"it did not come to {point}"
    assert refreshes(here) == [200] * sent
    TokenFamily.objects.update(refresh_claimed_until=None)  # as its claim runs out after 45 seconds
    assert tokens.StoredTokens(TokenFamily.objects.get().pk).access_token()
    # Only an answer that died with its process is asked for again, within the grace; no other token is sent twice.
    lost = point in ("T3", "T4")
    assert refreshes(here) == [200] * (2 if lost else 1)
    assert here.sync().state == "done"
    assert here.connection.state == "connected"
