"""The 28-day reset of a demo company: the same person connects what came in its place (reliability O3)."""

from __future__ import annotations

import pytest

from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox.seeds import load
from counterfoil.sync.models import Connection, TokenFamily
from tests.sync.world import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("CN-6", "TK-3", "TK-5")
@pytest.mark.failure("O3")
def test_after_a_reset_the_same_person_connects_the_new_company_without_disconnecting_the_old_one() -> None:
    with world(lambda: load("global", invoices=6, contacts=5, items=2), limits=False) as here:
        here.connect()
        here.sync()
        documents = SalesOrderHeader.objects.count()
        former = here.connection
        here.server.edge.demo_reset(here.organisation)
        here.sync_all()
        assert Connection.objects.get().state == "reconnect"
        connected = here.switch(here.organisation.tenant_id)
        former.refresh_from_db()
        assert (former.state, former.tokens) == ("disconnected", None)
        assert Connection.objects.get(pk=connected.pk).tokens == TokenFamily.objects.get()
        assert here.sync().state == "done"
        assert SalesOrderHeader.objects.count() >= documents > 0
