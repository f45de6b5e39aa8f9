"""The page that shows what a first import would bring."""

import dataclasses

import pytest

from counterfoil.sync import previews
from counterfoil.sync.models import ConnectAttempt, Preview
from tests.builders import AT
from tests.web import world
from tests.web.test_status_panel import XERO, words

pytestmark = pytest.mark.rule("SY-8")


@pytest.fixture
def held(company):
    link = world.connection(company, state="paused", state_reason=previews.HELD)
    return Preview.objects.create(connection=link, asked_at=AT)


@pytest.mark.parametrize("wanted", [True, False], ids=["looking first", "at once"])
def test_the_way_to_xero_remembers_whether_to_look_first(browser, settings, wanted):
    registered = {"xero_client_id": "an-app", "xero_client_secret": "a-secret"}
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, **registered)
    browser.post(f"{XERO}connect", {"look_first": "on"} if wanted else {})
    assert ConnectAttempt.objects.get().look_first is wanted


def test_the_guide_offers_it_until_something_was_read(browser, company):
    assert "Look first" in words(browser.get(f"{XERO}connect/"))
    world.connection(company, last_pass_at=AT)
    assert "Look first" not in words(browser.get(f"{XERO}connect/"))


def test_a_count_under_way_is_followed_and_its_result_read(browser, held):
    assert "Counting what would come in" in words(browser.get(f"{XERO}preview"))
    Preview.objects.update(state="done", reasons={"sales_ledgers": 12, "out_archived": 3})
    assert browser.get(f"{XERO}preview")["HX-Refresh"] == "true"
    page = words(browser.get(XERO))
    assert "12 become customers" in page
    assert "3 are archived in Xero" in page
    assert "Import now" in page


def test_every_page_says_that_nothing_is_imported_yet_and_where_to_look(browser, held):
    page = words(browser.get("/customers/"))
    assert "Nothing is imported from" in page
    assert "Not imported yet" in page
    assert "Look at it" in page
    assert "Resume" not in page


def test_it_is_counted_again_after_settings_have_changed(browser, held):
    Preview.objects.update(state="done", calls=7)
    browser.post(f"{XERO}preview/again")
    held.refresh_from_db()
    assert (held.state, held.calls) == ("waiting", 0)


def test_import_now_lets_the_first_pass_begin(browser, held):
    browser.post(f"{XERO}preview/import")
    held.connection.refresh_from_db()
    assert held.connection.state == "connected"
    assert held.connection.pass_wanted_at is not None
    assert "There was nothing to begin" in words(browser.post(f"{XERO}preview/import", follow=True))
