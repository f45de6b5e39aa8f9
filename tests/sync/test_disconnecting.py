"""Disconnecting: list, then revoke, then forget; what Xero did not confirm stays for a person, data stays for all (TK-4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.sync import disconnecting, work
from counterfoil.sync.models import TokenFamily
from tests.sync.picture import picture
from tests.sync.world import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.failure("A19")]


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


def ways(here: World) -> list[tuple[str, str]]:
    entries = here.server.edge.journal.entries(limit=5000)
    return [(entry["method"], entry["path"].split("/")[1]) for entry in entries if "connect" in entry["path"]]


@pytest.mark.rule("TK-4", "TK-5")
def test_the_connection_is_removed_then_the_permission_then_the_keys_and_no_data(here: World) -> None:
    before = picture()
    here.forget_calls()
    assert here.disconnect() == []
    assert ways(here) == [("DELETE", "connections"), ("POST", "connect")]
    assert not TokenFamily.objects.exists()
    assert here.connection.unfinished == []
    assert picture() == before


@pytest.mark.rule("TK-4", "TK-5")
@pytest.mark.parametrize(
    ("path", "said"),
    [("^/connections/", "connection was removed"), ("revocation", "permission was ended")],
    ids=["removing", "revoking"],
)
def test_what_xero_did_not_confirm_is_kept_until_somebody_has_looked_after_it(
    here: World, path: str, said: str
) -> None:
    before = picture()
    here.arm("token_500", path=path, count=0)
    (problem,) = here.disconnect()
    assert said in problem
    assert here.connection.state == "disconnected"
    assert here.connection.unfinished == [problem]
    assert not TokenFamily.objects.exists()
    assert picture() == before
    disconnecting.finished(here.connection, actor=here.user, at=work.now())
    disconnecting.finished(here.connection, actor=here.user, at=work.now())
    assert here.connection.unfinished == []
    entry = AuditEntry.objects.get(action="connection.finished")
    assert entry.detail == {"problems": [problem]}


@pytest.mark.rule("TK-4")
def test_an_organisation_that_is_gone_from_xero_already_leaves_nothing_to_do(here: World) -> None:
    here.arm("404_text", path="^/connections/", count=0)
    assert here.disconnect() == []


@pytest.mark.rule("TK-4", "TK-5")
def test_connecting_again_ends_what_was_left_to_do(here: World) -> None:
    here.arm("token_500", path="revocation", count=0)
    assert here.disconnect()
    here.connect()
    assert here.connection.unfinished == []
