"""The guide to connecting, the app that is entered there, and what is asked before another organisation (CN)."""

import dataclasses

import pytest
from cryptography.fernet import Fernet

from counterfoil.accounts.models import Membership
from counterfoil.changes.models import AuditEntry
from counterfoil.sync.models import ConnectAttempt, Connection, XeroApp
from tests.web import world
from tests.web.test_integration_pages import XERO, words

GUIDE = f"{XERO}connect/"
APP = {"client_id": "0123456789ABCDEF", "client_secret": "a-secret-of-ours", "scopes": "granular"}


@pytest.fixture
def configuration(settings):
    """The installation's settings, to be changed for one test."""

    def change(**values):
        settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, **values)

    return change


def said(answer) -> str:
    assert answer.status_code in (200, 400)
    return words(answer)


@pytest.mark.rule("CN-7")
def test_the_guide_names_app_type_address_permissions_and_limits(browser):
    page = said(browser.get(GUIDE))
    assert "choose the type Web app" in page
    assert "http://localhost:8000/integration/xero/callback" in page
    assert "plain http only for localhost" in page
    assert "two apps that Xero has not certified" in page
    assert "read and change contacts" in page
    assert "offline_access" in page


@pytest.mark.rule("CN-7")
@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://crm.example.com", True),
        ("http://localhost:8000", True),
        ("http://crm.example.com", False),
        ("http://127.0.0.1:8000", False),
        ("http://192.168.1.20", False),
    ],
)
def test_an_address_that_xero_would_not_take_is_said_and_nobody_is_sent_there(
    browser, configuration, url, fits
):
    configuration(url=url, xero_client_id="an-app", xero_client_secret="x")
    page = said(browser.get(GUIDE))
    assert ("Xero will accept this address" in page) is fits
    answer = browser.post(f"{XERO}connect")
    assert answer["Location"].startswith("https://login.xero.com/") is fits
    assert ConnectAttempt.objects.exists() is fits


@pytest.mark.rule("CN-7", "TK-7")
def test_an_app_is_entered_sealed_and_used_and_its_secret_is_never_shown(browser, company):
    answer = browser.post(GUIDE, APP, follow=True)
    assert "The app was saved" in said(answer)
    row = XeroApp.objects.get()
    assert row.operating_company == company
    assert APP["client_secret"].encode() not in bytes(row.secret_sealed)
    assert APP["client_secret"] not in browser.get(GUIDE).content.decode()
    assert f"client_id={APP['client_id']}" in browser.post(f"{XERO}connect")["Location"]
    entry = AuditEntry.objects.get(action="integration.app")
    assert entry.detail["client_id"] == ["", APP["client_id"]]
    assert APP["client_secret"] not in str(entry.detail)


@pytest.mark.rule("CN-7")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"client_id": ""}, "The client id is empty"),
        ({"client_id": "two words"}, "holds a space"),
        ({"client_id": "https://developer.xero.com"}, "made of letters and digits"),
        ({"client_id": "ada@example.com"}, "made of letters and digits"),
        ({"client_secret": ""}, "The client secret is empty"),
        ({"client_secret": "0123456789ABCDEF"}, "is the client id again"),
    ],
)
def test_what_cannot_be_an_app_is_refused_at_once_with_what_to_do(browser, wrong, sentence):
    answer = browser.post(GUIDE, APP | wrong)
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert not XeroApp.objects.exists()


@pytest.mark.rule("CN-7")
def test_the_environment_wins_over_what_was_entered(browser, configuration):
    browser.post(GUIDE, APP)
    configuration(xero_client_id="of-the-operator", xero_client_secret="x")
    page = said(browser.get(GUIDE))
    assert "of-the-operator" in page
    assert "cannot be changed here" in page
    assert "client_id=of-the-operator" in browser.post(f"{XERO}connect")["Location"]


@pytest.mark.rule("CN-7")
def test_an_app_for_all_companies_is_entered_only_by_who_administers_all(browser, company, other_company):
    page = words(browser.post(GUIDE, APP | {"for_all": "on"}, follow=True))
    assert "The app was saved" in page
    assert XeroApp.objects.get().operating_company == company
    user = Membership.objects.get(operating_company=company).user
    Membership.objects.create(user=user, operating_company=other_company, role="administrator")
    browser.post(GUIDE, APP | {"for_all": "on", "client_id": "FORALL0123456789"})
    assert XeroApp.objects.get(operating_company=None).client_id == "FORALL0123456789"


@pytest.mark.rule("CN-1", "CN-7")
def test_the_app_of_one_company_is_neither_seen_nor_used_by_another(browser, other_company):
    browser.post(GUIDE, APP)
    stranger = world.browser_of(world.member(other_company, email="stranger@harbour.example"))
    assert APP["client_id"] not in stranger.get(GUIDE).content.decode()
    answer = stranger.post(f"{XERO}connect", follow=True)
    assert "No Xero client id is entered" in words(answer)


@pytest.mark.rule("CN-1")
@pytest.mark.parametrize("role", ["sales", "accounts", "read_only"])
def test_only_administrators_reach_the_guide_and_the_settings(company, role):
    browser = world.browser_of(world.member(company, role))
    for address in (
        GUIDE,
        XERO,
        f"{XERO}settings/",
        "/settings/",
        "/settings/log/",
        "/settings/integration/",
    ):
        assert browser.get(address).status_code == 403
    assert "Integration" not in words(browser.get("/customers/"))


@pytest.mark.rule("CN-1")
def test_administrators_of_another_company_find_nothing(browser, company, other_company):
    item = world.set_aside(world.connection(company))
    stranger = world.browser_of(world.member(other_company, email="stranger@harbour.example"))
    assert stranger.post(f"{XERO}set-aside/{item.pk}/retry").status_code == 404
    assert stranger.post(f"{XERO}disconnect").status_code == 404
    assert stranger.post(f"{XERO}sync", {"role": "secondary"}).status_code == 404
    assert "Northwind in Xero" not in words(stranger.get(XERO))


@pytest.mark.rule("CN-8")
def test_the_second_way_names_its_permissions_and_needs_no_address(browser):
    page = said(browser.get(f"{GUIDE}?way=custom"))
    assert "Custom connection" in page
    assert "accounting.contacts" in page
    assert "offline_access" not in page
    assert "/integration/xero/callback" not in page


@pytest.mark.rule("CN-8", "CN-7")
def test_a_malformed_custom_connection_is_refused_on_its_page(browser):
    answer = browser.post(
        GUIDE, {"way": "custom", "client_id": "a b", "client_secret": "x", "scopes": "granular"}
    )
    assert answer.status_code == 400
    assert "holds a space" in words(answer)


@pytest.mark.rule("CN-6")
def test_another_organisation_is_asked_for_by_name_and_what_it_means_is_said(browser):
    session = browser.session
    switch = {"tenant_id": "t2", "name": "Birch Ltd", "former": "Alder Ltd"}
    session["xero_choice"] = {"state": "s", "switch": switch, "mistyped": True}
    session.save()
    page = said(browser.get(f"{XERO}choose/"))
    for sentence in ("was connected to Alder Ltd", "All settings and mappings stay", "That is not its name"):
        assert sentence in page


@pytest.mark.rule("CN-3")
def test_permissions_that_are_missing_can_be_allowed_while_connected(browser, company, configuration):
    configuration(xero_client_id="an-app", xero_client_secret="x")
    world.connection(company)
    assert "Allow them in Xero" in said(browser.get(XERO))
    assert "login.xero.com" not in browser.post(f"{XERO}connect")["Location"]
    assert "login.xero.com" in browser.post(f"{XERO}connect", {"renew": "1"})["Location"]


@pytest.mark.rule("CN-10")
def test_what_is_missing_is_said_with_its_effect(browser, company):
    text = "The Xero plan has no multi-currency: orders in other currencies cannot become Xero invoices."
    world.connection(company, prerequisites=[{"key": "multicurrency", "ok": False, "text": text}])
    assert text in said(browser.get(XERO))


@pytest.mark.rule("CN-6", "ST-1")
def test_a_demo_company_is_marked_on_every_page_until_it_is_disconnected(browser, company):
    link = world.connection(company, is_demo=True)
    for address in ("/customers/", "/settings/integration/", XERO):
        assert "demo company" in browser.get(address).content.decode().lower()
    Connection.objects.filter(pk=link.pk).update(state="disconnected")
    assert "demo company" not in browser.get("/customers/").content.decode().lower()


@pytest.mark.rule("CN-5")
def test_a_secondary_is_shown_with_what_it_does_and_disconnected_alone(browser, company):
    first = world.connection(company)
    second = world.connection(company, role="secondary", tenant_id="second", organisation_name="Second books")
    page = said(browser.get(XERO))
    assert "Second books" in page
    assert "Makes no record, is sent nothing" in page
    browser.post(f"{XERO}disconnect", {"role": "secondary"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("connected", "disconnected")


@pytest.mark.rule("TK-2", "CN-5")
@pytest.mark.parametrize("is_alone", [True, False])
def test_a_secondary_that_has_to_be_connected_again_says_so_on_every_page(browser, company, is_alone):
    if not is_alone:
        world.connection(company)
    ended = {"state": "reconnect", "state_reason": "Xero has ended its permission."}
    world.connection(company, role="secondary", tenant_id="second", organisation_name="Second books", **ended)
    page = said(browser.get("/customers/"))
    assert "The second organisation, Second books, has to be connected again" in page
    assert "Xero has ended its permission." in page
    assert ("Reconnect Xero" in page) is is_alone


@pytest.mark.rule("CN-7", "TK-7")
def test_a_secret_whose_key_is_lost_is_asked_for_again_and_no_page_breaks(browser, configuration):
    browser.post(GUIDE, APP)
    configuration(token_keys=(Fernet.generate_key().decode(),))
    for address in (GUIDE, XERO):
        assert browser.get(address).status_code == 200
    assert "Enter the secret of the Xero app again" in words(browser.post(f"{XERO}connect", follow=True))
    browser.post(GUIDE, APP)
    assert "login.xero.com" in browser.post(f"{XERO}connect")["Location"]
