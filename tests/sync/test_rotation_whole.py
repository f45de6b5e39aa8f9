"""What a refresh answers is stored whole, and never the pair from before it (A6); how many organisations an app may have (A22)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import httpx2
import pytest

from counterfoil.sync.models import ConnectAttempt, Connection, TokenFamily
from counterfoil.sync.sealing import unseal
from counterfoil.sync.tokens import StoredTokens
from tests.sync.world import CLIENT_ID, World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


@pytest.mark.rule("TK-1")
@pytest.mark.failure("A6")
def test_after_each_refresh_the_stored_pair_is_another_one_and_the_one_that_xero_gave(here: World) -> None:
    here.connect()
    source = StoredTokens(TokenFamily.objects.get().pk)
    pairs = []
    for _ in range(4):
        family = TokenFamily.objects.get()
        pairs.append((unseal(family.access_sealed), unseal(family.refresh_sealed)))
        there = here.server.edge.authority._families[pairs[-1][1]]
        assert (there.last_answer["access_token"], there.current) == pairs[-1]
        assert source.refreshed_after(pairs[-1][0]) not in {access for access, _ in pairs}
    assert len({access for access, _ in pairs}) == len({refresh for _, refresh in pairs}) == 4


@pytest.mark.rule("CN-9")
@pytest.mark.failure("A22")
def test_an_app_that_may_connect_no_more_organisations_is_told_so_by_xero_and_nothing_is_stored(
    here: World,
) -> None:
    authority, app = here.server.edge.authority, here.server.edge.apps[CLIENT_ID]
    app.tier = "starter"
    for number in range(5):
        authority._connect(app, "somebody-else", f"organisation-{number}", "an-event")
    address = here.begin()
    person = next(iter(here.server.edge.people))
    form = {"user": person.user_id, "tenant": next(iter(person.organisations)), "action": "allow"}
    page = httpx2.post(
        address, content=urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    # Nobody is sent back: the attempt lapses.
    assert "location" not in page.headers
    assert "limit of connected organisations" in page.text
    assert not Connection.objects.exists()
    assert not TokenFamily.objects.exists()
    assert ConnectAttempt.objects.get().used_at is None
    # With room again the way is open.
    authority.disconnect_tenant("organisation-0")
    assert here.connect().state == "connected"
