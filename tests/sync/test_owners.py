"""Leases of workers that have ended: a restart goes on at once where that is certain, and takes nothing where it is not."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.sync import owners, work
from counterfoil.sync.leases import LEASE, lease_take
from counterfoil.sync.models import Connection
from counterfoil.sync.owners import is_gone, owner_name
from tests.builders import AT, operating_company

HERE, STARTED, PID = owner_name().rsplit(":", 2)
KNOWS_MORE = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system does not tell when a process started"
)


def connection_held_by(owner: str, until: dt.datetime) -> Connection:
    row: Connection = Connection.objects.create(
        operating_company=operating_company("Northwind"),
        role="primary",
        state="connected",
        state_since=AT,
        connected_at=AT,
        tenant_id="a-tenant",
        organisation_name="Northwind Ltd",
        lease_owner=owner,
        lease_until=until,
        lease_token=3,
    )
    return row


@pytest.fixture
def ended() -> int:
    """The id of a process that has ended and was waited for."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def remains() -> Iterator[int]:
    """The id of a process that has ended and that nobody has waited for yet."""
    process = subprocess.Popen(["true"])
    state = Path(f"/proc/{process.pid}/stat")
    while state.read_text().rpartition(")")[2].split()[0] != "Z":
        pass  # it ends in a moment
    yield process.pid
    process.wait()


@KNOWS_MORE
@pytest.mark.failure("O6", "O10")
def test_a_predecessor_with_the_same_name_and_id_is_not_me() -> None:
    """A container that is restarted: the same host name, and process id 1 again."""
    assert int(PID) == os.getpid()
    assert not is_gone(owner_name())
    assert is_gone(f"{HERE}:{int(STARTED) - 1}:{PID}")


@pytest.mark.failure("O6")
@pytest.mark.parametrize("kind", ["ended", pytest.param("remains", marks=KNOWS_MORE)])
def test_a_process_of_this_machine_that_has_ended_is_gone(kind: str, request: pytest.FixtureRequest) -> None:
    assert is_gone(f"{HERE}:{STARTED}:{request.getfixturevalue(kind)}")


@pytest.mark.failure("O6")
def test_of_a_process_elsewhere_nothing_is_known_not_even_with_this_hosts_name(ended: int) -> None:
    """Two containers of one name have their own process ids: 1 here says nothing of 1 there."""
    host, scope = HERE.rsplit(":", 1)
    other = f"{int(scope, 16) ^ 1:08x}"
    for owner in (
        f"{host}:{other}:{STARTED}:{ended}",
        f"elsewhere:{scope}:1:{ended}",
        f"{host}:{ended}",
        "nobody",
        "",
    ):
        assert not is_gone(owner)


def test_the_name_of_a_holder_fits_its_column_whatever_the_host_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 64)
    owners._here.cache_clear()
    try:
        longest = Connection._meta.get_field("lease_owner").max_length
        assert len(owner_name()) + len("9999999999") <= longest
        assert not is_gone(owner_name())
    finally:
        owners._here.cache_clear()


@pytest.mark.django_db
@pytest.mark.failure("O6", "O10")
def test_a_restart_frees_what_its_predecessor_held_at_once() -> None:
    row = connection_held_by(f"{HERE}:{int(STARTED) - 1}:{PID}", AT + LEASE)
    assert lease_take(row.pk, owner=owner_name(), at=AT) is None
    work.left_behind_clear()
    assert lease_take(row.pk, owner=owner_name(), at=AT) is not None


@pytest.mark.django_db
@pytest.mark.failure("O6")
def test_the_lease_of_a_worker_elsewhere_is_taken_when_its_time_is_over_and_not_before(ended: int) -> None:
    row = connection_held_by(f"{HERE.rsplit(':', 1)[0]}:00000000:{STARTED}:{ended}", AT + LEASE)
    work.left_behind_clear()
    assert lease_take(row.pk, owner=owner_name(), at=AT + LEASE) is None
    lease = lease_take(row.pk, owner=owner_name(), at=AT + LEASE + dt.timedelta(seconds=1))
    assert lease is not None
    assert lease.token == 4
