import html
import re

import pytest

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sync.models import (
    ConnectAttempt,
    Connection,
    ImportSettings,
    Link,
    Pass,
    StreamState,
)
from tests.builders import AT
from tests.web import world

XERO = "/settings/integration/xero/"
SETTINGS = {
    "ledger_label": "name",
    "b2c_mode": "automatic",
    "b2c_pattern": "",
    "missing_records": "active",
    "include_suppliers": "on",
    "include_b2c": "on",
    "default_account_manager": "",
    "default_role_code": "",
    "default_company_type": "customer",
    "currency_import": "on",
    "pass_minutes": "5",
}


def words(answer) -> str:
    body = answer.content.decode().split("</aside>")[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


@pytest.fixture
def app(settings):
    """An installation with a registered Xero app."""
    import dataclasses

    registered = {"xero_client_id": "an-app", "xero_client_secret": "a-secret"}
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, **registered)


class TestConnecting:
    @pytest.mark.rule("CN-7")
    def test_without_a_client_id_the_page_says_so_before_leaving(self, browser):
        answer = browser.post(f"{XERO}connect", follow=True)
        assert "No Xero client id is entered" in words(answer)
        assert not ConnectAttempt.objects.exists()

    @pytest.mark.rule("CN-2")
    def test_connect_leads_to_the_consent_page_with_a_fresh_state(self, browser, app):
        first = browser.post(f"{XERO}connect")["Location"]
        second = browser.post(f"{XERO}connect")["Location"]
        assert first.startswith("https://login.xero.com/identity/connect/authorize?")
        assert "code_challenge_method=S256" in first
        assert first != second

    @pytest.mark.rule("CN-9")
    @pytest.mark.parametrize(
        ("params", "said"),
        [
            ({"state": "not-ours", "code": "x"}, "does not belong to a connection you started"),
            ({}, "does not belong to a connection you started"),
        ],
    )
    def test_a_foreign_answer_is_one_plain_sentence_on_the_page(self, browser, app, params, said):
        page = words(browser.get("/integration/xero/callback", params, follow=True))
        assert said in page
        assert "Nothing was stored" in page
        assert not Connection.objects.exists()

    @pytest.mark.rule("CN-9")
    def test_a_denied_consent_comes_back_with_a_sentence_and_only_once(self, browser, app):
        browser.post(f"{XERO}connect")
        params = {"state": ConnectAttempt.objects.get().state, "error": "access_denied"}
        denied = words(browser.get("/integration/xero/callback", params, follow=True))
        assert "access was not allowed on Xero's page" in denied
        replayed = words(browser.get("/integration/xero/callback", params, follow=True))
        assert "or it was used already" in replayed

    @pytest.mark.rule("CN-4")
    def test_of_several_organisations_one_is_chosen(self, browser):
        session = browser.session
        choices = [{"tenant_id": "t1", "name": "Alder"}, {"tenant_id": "t2", "name": "Birch"}]
        session["xero_choice"] = {"state": "s", "choices": choices}
        session.save()
        page = words(browser.get(f"{XERO}choose/"))
        assert "Alder" in page
        assert "Birch" in page
        refused = browser.post(f"{XERO}choose/", {"tenant_id": "t1"}, follow=True)
        assert "Nothing was stored" in words(refused)

    def test_there_is_nothing_to_choose_without_a_consent(self, browser):
        assert browser.get(f"{XERO}choose/")["Location"] == XERO


class TestStatus:
    @pytest.mark.rule("ST-1")
    def test_shows_organisation_person_clocks_streams_and_passes(self, browser, company):
        link = world.connection(company, last_pass_at=AT, last_data_at=AT)
        StreamState.objects.create(connection=link, stream="invoices", read=1234, written=56)
        world.running_pass(link, state="done", ended_at=AT)
        page = words(browser.get(XERO))
        for said in ("Northwind in Xero", "STANDARD", "Ada Okafor", "1,234", "Recent passes", "Last ran"):
            assert said in page

    @pytest.mark.rule("CN-3")
    def test_permissions_that_are_missing_are_said_in_words(self, browser, company):
        world.connection(company)
        page = words(browser.get(XERO))
        assert "Missing permissions" in page
        assert "read and change invoices" in page

    @pytest.mark.rule("SY-3")
    def test_a_first_sync_is_followed_stage_by_stage(self, browser, company):
        world.running_pass(world.connection(company))
        page = browser.get(XERO)
        assert "First sync Stage 2 of 3" in words(page)
        assert "52 records · 5 a second" in words(page)
        assert "40 / 120" in words(page)
        assert 'hx-trigger="every 1s"' in page.content.decode()

    @pytest.mark.rule("SY-3")
    def test_progress_can_be_followed_without_scripts(self, browser, company):
        world.running_pass(world.connection(company))
        assert '<noscript><meta http-equiv="refresh"' in browser.get(XERO).content.decode()

    def test_the_page_is_shown_afresh_when_a_pass_has_ended(self, browser, company):
        run = world.running_pass(world.connection(company, last_pass_at=AT))
        assert "HX-Refresh" not in browser.get(f"{XERO}progress?was=running")
        Pass.objects.filter(pk=run.pk).update(state="done")
        assert browser.get(f"{XERO}progress?was=running")["HX-Refresh"] == "true"

    @pytest.mark.rule("SY-5")
    def test_sync_now_asks_for_a_pass(self, browser, company):
        link = world.connection(company, last_pass_at=AT)
        browser.post(f"{XERO}sync")
        link.refresh_from_db()
        assert link.pass_wanted_at is not None

    @pytest.mark.rule("SY-9")
    def test_one_stream_is_read_again_from_the_beginning(self, browser, company):
        link = world.connection(company)
        for stream in ("invoices", "contacts"):
            StreamState.objects.create(connection=link, stream=stream, cursor_ms=5)
        browser.post(f"{XERO}streams/invoices/reread")
        left = dict(StreamState.objects.values_list("stream", "cursor_ms"))
        assert left == {"invoices": None, "contacts": 5}
        assert browser.post(f"{XERO}streams/no-such/reread").status_code == 404

    @pytest.mark.rule("SY-10")
    def test_what_was_set_aside_is_listed_with_reason_and_record_and_tried_again(self, browser, company):
        link = world.connection(company)
        item = world.set_aside(link, raw='{"Total": "12.50"}')
        page = words(browser.get(f"{XERO}set-aside/"))
        assert "The currency XAU has no rate." in page
        assert '{"Total": "12.50"}' in page
        answer = browser.post(f"{XERO}set-aside/{item.pk}/retry", follow=True)
        assert "tried again with the next pass" in words(answer)

    @pytest.mark.rule("CU-4")
    def test_contacts_that_stay_out_are_listed_with_the_reason(self, browser, company):
        link = world.connection(company)
        for outcome in ("archived", "unflagged"):
            values = {"xero_id": outcome, "fingerprint": "", "updated_ms": 1, "label": f"The {outcome}"}
            Link.objects.create(connection=link, stream="contacts", outcome=outcome, **values)
        page = words(browser.get(f"{XERO}left-out/"))
        assert "The archived Archived in Xero" in page
        assert "The unflagged Neither customer nor supplier" in page

    @pytest.mark.rule("TK-4", "TK-5")
    def test_disconnecting_says_what_stays_and_keeps_it(self, browser, company):
        link = world.connection(company)
        ledger = world.customer(company)
        assert "Stays: every customer, product and document" in words(browser.get(XERO))
        answer = browser.post(f"{XERO}disconnect", follow=True)
        assert "All data stays here" in words(answer)
        link.refresh_from_db()
        assert link.state == "disconnected"
        assert browser.get(f"/customers/{ledger.pk}/").status_code == 200

    @pytest.mark.rule("TK-2")
    def test_a_connection_that_needs_somebody_shows_on_every_page_of_administrators_only(self, company):
        world.connection(company, state="reconnect", state_reason="Xero no longer accepts the key.")
        said = "Xero has to be connected again"
        for role, expected in (("administrator", True), ("sales", False)):
            page = words(world.browser_of(world.member(company, role)).get("/customers/"))
            assert (said in page) is expected


class TestImportSettings:
    def save(self, browser, **given):
        """Both steps: what it changes was seen, then it is saved."""
        return browser.post(f"{XERO}settings/", SETTINGS | given | {"confirmed": "1"}, follow=True)

    @pytest.mark.rule("IS-1")
    def test_another_label_is_there_at_once(self, browser, company):
        world.customer(company, "Alder Foods", account_number="A-17")
        self.save(browser, ledger_label="account_number")
        assert OperatingCompany.objects.get(pk=company.pk).ledger_label == "account_number"
        assert "A-17 Alder Foods" in words(browser.get("/customers/"))

    @pytest.mark.rule("IS-2", "IS-3", "IS-4", "IS-5")
    def test_every_setting_is_kept(self, browser, company):
        sam = world.member(company, "sales")
        answer = self.save(
            browser,
            b2c_mode="manual",
            b2c_pattern="^mr ",
            missing_records="none",
            default_account_manager=sam.pk,
            default_role_code="Buyer",
            default_company_type="reseller",
            street_fallback="on",
            import_unflagged="on",
            pass_minutes="7",
        )
        assert "were saved" in words(answer)
        kept = ImportSettings.objects.get(operating_company=company)
        assert (kept.b2c_mode, kept.b2c_pattern, kept.missing_records) == ("manual", "^mr ", "none")
        assert (kept.default_account_manager, kept.default_role_code) == (sam, "Buyer")
        assert (kept.street_fallback, kept.import_unflagged, kept.pass_minutes) == (True, True, 7)

    @pytest.mark.rule("IS-2")
    def test_a_pattern_that_cannot_be_read_is_refused_with_its_place(self, browser, company):
        answer = self.save(browser, b2c_pattern="ab(c")
        assert answer.status_code == 400
        assert "cannot be read at character 3" in words(answer)
        assert not ImportSettings.objects.exists()

    @pytest.mark.rule("IS-2")
    def test_the_tester_shows_which_customers_a_pattern_hits(self, browser, company):
        for name in ("Mr Adams", "Alder Foods", "Mr Bell"):
            world.customer(company, name)
        page = words(browser.get(f"{XERO}settings/b2c-hits", {"b2c_pattern": "^mr "}))
        assert "2 of the current customers match: Mr Adams, Mr Bell." in page
        assert "cannot be read" in words(browser.get(f"{XERO}settings/b2c-hits", {"b2c_pattern": "("}))

    def test_somebody_of_another_company_is_no_default_account_manager(self, browser, company, other_company):
        stranger = world.member(other_company, "sales")
        assert self.save(browser, default_account_manager=stranger.pk).status_code == 400
