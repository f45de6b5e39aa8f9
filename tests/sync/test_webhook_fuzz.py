"""A few hundred of the bodies that `./go soak webhooks` posts by the hundred thousand."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from tests.soak import webhook_fuzz
from tests.sync.listening import listening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address() -> Iterator[str]:
    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(
        before, xero_client_id="fuzzed", xero_client_secret="s", xero_webhook_key=webhook_fuzz.KEY
    )
    with listening() as there:
        yield there
    settings.CONFIGURATION = before


@pytest.mark.rule("WH-1")
@pytest.mark.failure("H2", "H4", "H14")
def test_whatever_is_posted_is_answered_rightly_and_only_signed_events_are_kept(address: str) -> None:
    figures = webhook_fuzz.post_all(address, 400, seed=1)
    assert figures.wrong == []
    assert figures.statuses.keys() <= webhook_fuzz.ALLOWED
    kept, forged = webhook_fuzz.what_is_kept()
    assert forged == 0
    assert figures.kept <= kept
