"""Contacts that stay out: counted and listed with the reason, for as long as it holds."""

from __future__ import annotations

import pytest

from counterfoil.sandbox import actions
from counterfoil.sync.models import Link
from tests.sync.spoiled import spoil
from tests.sync.world import world

pytestmark = pytest.mark.django_db


@pytest.mark.rule("CU-4", "SY-4")
def test_a_newer_stamp_alone_does_not_take_a_contact_off_the_list() -> None:
    with world(limits=False) as here:
        here.connect()
        key = actions.contact_add(here.organisation, Name="Nobody's Yet")
        here.sync()
        link = Link.objects.get(stream="contacts", xero_id=key)
        assert (link.outcome, link.label) == ("unflagged", "Nobody's Yet")
        later = link.updated_ms + 60_000
        spoil(here, "Contacts", {"UpdatedDateUTC": f"/Date({later}+0000)/"}, key=key)
        here.sync_all()
        link.refresh_from_db()
        assert (link.outcome, link.label, link.updated_ms) == ("unflagged", "Nobody's Yet", later)
