"""The panel that an administrator only glances at."""

import datetime as dt
import html
import re

import pytest

from counterfoil.accounts.models import User
from counterfoil.changes.models import AuditEntry
from counterfoil.sync import selectors
from counterfoil.sync.models import CallDay, Errand, PushIntent, SetAside
from tests import builders
from tests.builders import AT
from tests.web import world

XERO = "/settings/integration/xero/"
SOON = AT + dt.timedelta(minutes=5)


def words(answer) -> str:
    body = answer.content.decode().split("</aside>")[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


def refused(company, name: str, said: str, **given):
    """A change of a customer that Xero did not take."""
    ledger = world.customer(company, name)
    values = {"kind": "contact", "key": str(ledger.pk), "state": "refused", "update": {}, "words": said}
    times = {"created_at": AT, "updated_at": AT}
    return Errand.objects.create(operating_company=company, ledger=ledger, **(values | times | given))


@pytest.mark.rule("ST-2")
class TestLight:
    @pytest.mark.parametrize(
        ("given", "colour", "said"),
        [
            ({"last_pass_at": AT}, "green", "In step with"),
            ({"last_pass_at": AT - dt.timedelta(minutes=6)}, "amber", "older than two intervals"),
            ({"last_pass_at": None}, "amber", "first sync"),
            ({"state": "paused", "state_reason": "Paused by Ada."}, "amber", "Paused by Ada"),
            (
                {"state": "waiting", "state_reason": "No answer.", "limits": {"failures": 1}},
                "amber",
                "No answer",
            ),
            (
                {"state": "waiting", "state_reason": "No answer.", "limits": {"failures": 3}},
                "red",
                "No answer",
            ),
            ({"state": "reconnect", "state_reason": "Ended."}, "red", "Ended"),
            ({"state": "disconnected"}, "red", "Disconnected from"),
        ],
        ids=["in step", "late", "first", "paused", "one failure", "failing", "reconnect", "disconnected"],
    )
    def test_by_the_state_of_the_connection(self, company, given, colour, said):
        link = world.connection(company, **given)
        assert selectors.light_of(link, 5, SOON)[0] == colour
        assert said in selectors.light_of(link, 5, SOON)[1]

    def test_is_amber_while_something_needs_somebody_and_green_again_after(self, company):
        link = world.connection(company, last_pass_at=AT)
        row = refused(company, "Alder Foods", "No.")
        assert selectors.light_of(link, 5, SOON) == (
            "amber",
            "In step, but something in the outbox needs somebody.",
        )
        row.delete()
        item = world.set_aside(link)
        assert selectors.light_of(link, 5, SOON)[0] == "amber"
        SetAside.objects.filter(pk=item.pk).update(dismissed_at=AT)
        assert selectors.light_of(link, 5, SOON)[0] == "green"

    def test_is_amber_when_something_waits_to_be_sent_for_two_intervals(self, company):
        link = world.connection(company, last_pass_at=AT + dt.timedelta(minutes=60))
        refused(company, "Alder Foods", "", state="read")
        assert selectors.light_of(link, 5, AT + dt.timedelta(minutes=9))[0] == "green"
        assert selectors.light_of(link, 5, AT + dt.timedelta(minutes=61))[0] == "amber"


class TestCauses:
    @pytest.mark.rule("ST-1", "PU-8")
    def test_refusals_of_one_cause_are_one_line_and_retried_together(self, browser, company):
        world.connection(company, last_pass_at=AT)
        for name in ("Alder Foods", "Birch Ltd"):
            refused(company, name, "Email address must be valid.")
        refused(company, "Cedar plc", "Account code '999' is not a valid code.")
        page = words(browser.get(XERO))
        assert "Customer × 2" in page
        assert "The e-mail address is not valid for Xero." in page
        keys = re.findall(r'name="cause" value="(\w+)"', browser.get(XERO).content.decode())
        browser.post(f"{XERO}causes/decide", {"cause": keys[0], "choice": "retry"})
        assert set(Errand.objects.values_list("ledger__name", "state")) == {
            ("Alder Foods", "read"),
            ("Birch Ltd", "read"),
            ("Cedar plc", "refused"),
        }

    @pytest.mark.rule("PU-8")
    def test_a_cause_is_skipped_only_with_a_reason(self, browser, company):
        world.connection(company, last_pass_at=AT)
        row = refused(company, "Alder Foods", "Email address must be valid.")
        key = re.findall(r'name="cause" value="(\w+)"', browser.get(XERO).content.decode())[0]
        browser.post(f"{XERO}causes/decide", {"cause": key, "choice": "skip", "given": " "})
        row.refresh_from_db()
        assert row.skipped_at is None
        browser.post(f"{XERO}causes/decide", {"cause": key, "choice": "skip", "given": "No such address"})
        row.refresh_from_db()
        assert row.skipped_reason == "No such address"

    @pytest.mark.rule("ST-1")
    def test_a_conflict_leads_to_the_customers_sync_tab(self, browser, company):
        world.connection(company, last_pass_at=AT)
        row = refused(
            company, "Alder Foods", "", state="conflict", conflict={"phone": {"local": "1", "remote": "2"}}
        )
        page = browser.get(XERO)
        assert "Changed on both sides" in words(page)
        assert f"/customers/{row.ledger_id}/?tab=sync" in page.content.decode()

    def test_another_companys_causes_are_not_shown(self, browser, company, other_company):
        world.connection(company, last_pass_at=AT)
        refused(other_company, "Hidden Ltd", "Email address must be valid.")
        assert "Hidden Ltd" not in words(browser.get(XERO))
        assert not PushIntent.objects.exists()


class TestMeters:
    @pytest.mark.rule("ST-2", "SY-7")
    def test_calls_of_today_and_of_this_minute_and_bytes_of_the_month_are_shown(self, browser, company, noon):
        limits = {"day_left": 3_766, "minute_left": 48, "seen_at": noon.isoformat()}
        link = world.connection(company, last_pass_at=noon, limits=limits)
        CallDay.objects.create(connection=link, on=noon.date(), calls=1_234, wire_bytes=3_000_000)
        page = words(browser.get(XERO))
        assert "1,234 used, 3,766 left" in page
        assert "12 used, 48 left" in page
        assert "Read this month 3.0 MB with 1,234 calls, today 3.0 MB" in page

    @pytest.mark.rule("ST-2")
    def test_what_xero_said_yesterday_is_no_longer_shown(self, browser, company):
        old = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        limits = {"day_left": 3, "minute_left": 1, "seen_at": old.isoformat()}
        world.connection(company, last_pass_at=old, limits=limits)
        page = words(browser.get(XERO))
        assert "0 used, 60 left" in page
        assert "0 used, 3 left" not in page


class TestPausing:
    @pytest.mark.rule("ST-1")
    def test_pausing_is_said_on_every_page_and_in_the_log(self, browser, company):
        link = world.connection(company, last_pass_at=AT)
        browser.post(f"{XERO}pause")
        link.refresh_from_db()
        assert link.state == "paused"
        assert "Paused by" in words(browser.get(XERO))
        assert "is paused" in words(browser.get("/customers/"))
        assert AuditEntry.objects.filter(action="connection.paused").count() == 1
        browser.post(f"{XERO}resume")
        link.refresh_from_db()
        assert (link.state, link.pass_wanted_at is not None) == ("connected", True)
        assert "is paused" not in words(browser.get("/customers/"))

    def test_a_connection_that_needs_reconnecting_is_not_paused(self, browser, company):
        link = world.connection(company, state="reconnect", state_reason="Ended.")
        browser.post(f"{XERO}pause")
        link.refresh_from_db()
        assert link.state == "reconnect"


@pytest.mark.rule("SY-5", "SY-9", "SY-10")
@pytest.mark.parametrize(
    ("state", "when"),
    [
        ("connected", "in a moment"),
        ("paused", "once the connection is resumed"),
        ("reconnect", "once Xero is connected again"),
    ],
)
def test_whoever_asks_for_a_pass_is_told_when_it_begins(browser, company, state, when):
    link = world.connection(company, state=state, last_pass_at=AT)
    item = world.set_aside(link)
    key = re.findall(r'name="cause" value="(\w+)"', browser.get(f"{XERO}set-aside/").content.decode())[0]
    for address, given in (
        ("sync", {}),
        ("streams/items/reread", {}),
        (f"set-aside/{item.pk}/retry", {}),
        ("set-aside/decide", {"cause": key, "choice": "retry"}),
    ):
        assert f"{when}." in words(browser.post(f"{XERO}{address}", given, follow=True)), address


class TestHistory:
    @pytest.mark.rule("ST-2")
    def test_passes_are_found_by_problem_day_and_result(self, browser, company):
        link = world.connection(company, last_pass_at=AT)
        world.running_pass(link, state="done", ended_at=AT, is_first=True)
        later = AT + dt.timedelta(days=1)
        world.running_pass(
            link,
            state="failed",
            started_at=later,
            ended_at=later,
            is_first=False,
            problem="Xero is out of order.",
        )
        assert "1–2 of 2" in words(browser.get(f"{XERO}history/"))
        for query in ("q=out+of+order", "result=failed", f"q={later:%Y-%m-%d}"):
            assert "1–1 of 1" in words(browser.get(f"{XERO}history/?{query}"))
            assert "Xero is out of order." in words(browser.get(f"{XERO}history/?{query}"))
        export = b"".join(browser.get(f"{XERO}history/passes.csv?result=first").streaming_content).decode()
        assert len(export.splitlines()) == 2
        assert "Records read" in export

    @pytest.mark.rule("ST-2")
    def test_a_day_is_one_of_the_reader(self, browser, company):
        User.objects.update(time_zone="Pacific/Auckland")
        evening = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
        world.running_pass(
            world.connection(company), state="done", is_first=False, started_at=evening, ended_at=evening
        )
        assert "23 Nov 2026, 09:00" in words(browser.get(f"{XERO}history/?q=2026-11-23"))
        assert "None meets this search" in words(browser.get(f"{XERO}history/?q=2026-11-22"))

    def test_a_problem_that_looks_like_a_formula_is_harmless_in_a_spreadsheet(self, browser, company):
        world.running_pass(world.connection(company), state="failed", ended_at=AT, problem="=cmd()")
        export = b"".join(browser.get(f"{XERO}history/passes.csv").streaming_content).decode()
        assert "'=cmd()" in export


@pytest.mark.rule("SY-10")
class TestSetAside:
    def test_a_cause_is_tried_again_or_dismissed_as_a_whole(self, browser, company):
        link = world.connection(company, last_pass_at=AT)
        for number in (1, 2):
            world.set_aside(
                link, f"The date of line {number} is not one.", xero_id=builders.guid(f"i{number}")
            )
        world.set_aside(link, "The currency XAU has no rate.")
        page = browser.get(f"{XERO}set-aside/")
        assert "Invoices × 2" in words(page)
        key = re.findall(r'name="cause" value="(\w+)"', page.content.decode())[0]
        assert "1–2 of 2" in words(browser.get(f"{XERO}set-aside/?cause={key}"))
        browser.post(f"{XERO}set-aside/decide", {"cause": key, "choice": "retry"})
        assert SetAside.objects.filter(retry_wanted=True).count() == 2
        browser.post(f"{XERO}set-aside/decide", {"cause": key, "choice": "dismiss", "reason": ""})
        assert not SetAside.objects.exclude(dismissed_at=None).exists()
        browser.post(f"{XERO}set-aside/decide", {"cause": key, "choice": "dismiss", "reason": "Test data"})
        assert SetAside.objects.exclude(dismissed_at=None).count() == 2
        entry = AuditEntry.objects.get(action="sync.set_aside_dismissed")
        assert "Test data" in entry.summary
        assert len(entry.detail["records"]) == 2

    def test_one_is_dismissed_and_is_gone_from_list_and_count(self, browser, company):
        item = world.set_aside(world.connection(company, last_pass_at=AT))
        browser.post(f"{XERO}set-aside/{item.pk}/dismiss", {"reason": "Known"})
        assert "Nothing is set aside" in words(browser.get(f"{XERO}set-aside/"))
        assert browser.get("/settings/log/").status_code == 200
