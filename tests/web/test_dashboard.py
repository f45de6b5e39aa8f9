import datetime as dt
import html
import re
from decimal import Decimal

import pytest

from counterfoil.core.lifecycle import Stage
from counterfoil.web.showing import MINUS, amount_text
from tests import builders
from tests.builders import AT, guid
from tests.web import world
from tests.web.world import TODAY

LATER = TODAY + dt.timedelta(days=90)


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    """The day is 20 November 2026."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)


def quote(ledger, by, **given):
    """A quote as it stands at some stage; worth 100.00."""
    made = world.quote(ledger, by)
    values = {"home_total": Decimal(100), "total": Decimal(100), "valid_until": LATER} | given
    type(made).objects.filter(pk=made.pk).update(**values)
    return made


def sold(ledger, on, total="100.00", **given):
    return world.document(ledger, f"INV-{ledger.pk}-{on}-{total}", total, date=on, **given)


def regular(company, name, *days_ago, total="300.00"):
    """A customer with an invoice so many days ago, each."""
    ledger = world.customer(company, name)
    for ago in days_ago:
        sold(ledger, TODAY - dt.timedelta(days=ago), total)
    return ledger


@pytest.fixture
def rep(company):
    return world.member(company, "sales")


@pytest.fixture
def full(company, rep):
    """Something behind each figure, of the rep and of others."""
    other = world.member(company, "administrator", "grace@example.com")
    late = {"balance_outstanding": Decimal(90), "balance_overdue": Decimal("40.50")}
    ledger = world.customer(company, "Alder Foods", **late)
    world.customer(company, "Grace Adams", b2c="b2c", **late)
    world.customer(company, "Stopped", on_stop=True, stopped_by_user=True)
    world.customer(company, "Archived", on_stop=True, is_archived=True)
    world.customer(company, "Homeless", division=None)
    for by, stages in ((rep, ("draft", "sent", "won", "won")), (other, ("draft", "won", "lost", "invoiced"))):
        for stage in stages:
            quote(ledger, by, stage=stage)
        quote(ledger, by, valid_until=TODAY, home_total=Decimal("70.25"))
        quote(ledger, by, stage="sent", valid_until=TODAY - dt.timedelta(days=1))
        for push in ("waiting", "checking", "refused", "refused", "skipped"):
            quote(ledger, by, stage="waiting", push_state=push)
    quote(ledger, rep, stage="draft", push_state="refused")  # reopened since
    regular(company, "Gone", 70, 100, 130)
    sold(regular(company, "Less", 70, 100, 130), TODAY - dt.timedelta(days=5), "10.00")
    for on in (TODAY, dt.date(2026, 10, 31), dt.date(2025, 11, 1), dt.date(2025, 10, 31)):
        sold(ledger, on)
    sold(ledger, TODAY, "50.00", state="voided", status="VOIDED", is_reported=False)
    sold(ledger, TODAY, "60.00", state="pending", status="DRAFT")
    sold(ledger, TODAY, "30.00", currency="EUR", rate=Decimal("1.5"))
    world.document(ledger, "CN-1", "-25.00", kind="C", date=TODAY)
    return ledger


def page_of(user, **given):
    return world.browser_of(user).get("/", given)


def figures_of(answer):
    """Every figure with a list: what it is, how many, worth what (None where that is not said), and the address."""
    given = answer.context
    for name, one in given["quotes"].items():
        yield name, one.count, None if name.startswith("my_") else one.total, one.address
    for stage in [*given["stages"], given["ordered"]]:
        yield stage.name, stage.figure.count, stage.figure.total, stage.figure.address
    for name, one in given["customers"].items():
        yield name, one.count, one.total if name == "overdue" else None, one.address
    for name in ("quiet", "less"):
        yield name, given[name].count, None, given[name].address
    for ask in given["asks"]:
        yield ask.words, ask.count, None, ask.address
    for bar in given["bars"]:
        month = bar.month
        yield f"invoices of {bar.name}", month.invoices, month.invoiced, bar.invoices
        yield f"credits of {bar.name}", month.credits, month.credited, bar.credits


class TestEachFigureOpensTheListBehindIt:
    @pytest.mark.rule("RP-1", "IN-2", "CR-1", "CR-2")
    @pytest.mark.parametrize("mine", [{}, {"owner": "me"}])
    @pytest.mark.parametrize("role", ["administrator", "sales"])
    def test_which_has_so_many_records_and_adds_up_to_it(self, company, rep, full, role, mine):
        user = rep if role == "sales" else world.member(company, role)
        answer, browser = page_of(user, **mine), world.browser_of(user)
        checked = 0
        for name, count, worth, address in figures_of(answer):
            behind = browser.get(address)
            assert behind.context["page"].total == count, name
            if worth:
                assert amount_text(worth, "GBP") in foot(behind), name
                checked += 1
        assert checked > 10

    def test_and_each_list_is_linked_on_the_page(self, rep, full):
        answer = page_of(rep)
        linked = {html.unescape(one) for one in re.findall(r'href="([^"]*)"', answer.content.decode())}
        said = [
            (name, address)
            for name, count, _, address in figures_of(answer)
            if count and not name.startswith("my_")
        ]
        assert [name for name, address in said if address not in linked] == []

    def test_none_is_zero_here(self, rep, full):
        shown = {name: count for name, count, *_ in figures_of(page_of(rep))}
        months = ("invoices of", "credits of")
        assert [name for name, count in shown.items() if not count and not name.startswith(months)] == []


def foot(answer) -> str:
    cells = answer.content.decode().split('<tfoot role="rowgroup">')[1].split("</tfoot")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", cells).split())


class TestQuotesAndOrders:
    def test_are_counted_where_somebody_still_has_to_decide(self, company, rep, full):
        found = {name: count for name, count, *_ in figures_of(page_of(rep))}
        assert {name: found[name] for name in ("Draft", "Sent", "Won", "Waiting to be confirmed")} == {
            "Draft": 5,
            "Sent": 3,
            "Won": 3,
            "Waiting to be confirmed": 10,
        }
        assert (found["pipeline"], found["sending"], found["refused"]) == (11, 4, 4)

    def test_ones_own_pipeline_is_one_click_away(self, rep, full):
        found = {name: count for name, count, *_ in figures_of(page_of(rep, owner="me"))}
        assert (found["pipeline"], found["Won"], found["won"], found["refused"]) == (7, 2, 3, 4)


class TestWhatWaitsForSomebody:
    def asks(self, user) -> dict[str, int]:
        return {ask.words: ask.count for ask in page_of(user).context["asks"]}

    def test_a_rep_is_told_of_their_own(self, rep, full):
        assert self.asks(rep) == {
            "of your orders were refused by Xero": 2,
            "of your quotes are won and to be confirmed": 2,
            "of your quotes is valid for a week or less": 1,
            "of your open quotes is not valid any more": 1,
            "customer has no company yet": 1,
        }

    def test_accounts_of_every_refused_order_and_of_no_quotes(self, company, full):
        assert self.asks(world.member(company, "accounts")) == {
            "orders were refused by Xero": 4,
            "customer has no company yet": 1,
        }

    def test_a_reader_of_nothing(self, company, full):
        answer = page_of(world.member(company, "read_only"))
        assert answer.context["asks"] == []
        assert "Nothing waits for you." in answer.content.decode()
        assert "New quote" not in answer.content.decode()


class TestSales:
    @pytest.mark.rule("RP-1", "CR-1", "IN-3")
    def test_are_approved_invoices_less_credits_in_home_currency(self, rep, full):
        now = page_of(rep).context["now"].month
        assert (now.invoices, now.invoiced) == (3, Decimal(130))  # 100, 10, and 30 euros at 1.5
        assert (now.credits, now.credited, now.net) == (1, Decimal(-25), Decimal(105))

    def test_an_unfinished_month_is_held_against_the_same_days_of_others(self, company, rep):
        ledger = world.customer(company)
        for on, total in (
            (TODAY, "150.00"),
            (dt.date(2026, 10, 20), "100.00"),
            (dt.date(2026, 10, 21), "900.00"),
            (dt.date(2025, 11, 20), "200.00"),
            (dt.date(2025, 11, 30), "1.00"),
        ):
            sold(ledger, on, total)
        last, year = page_of(rep).context["held"]
        assert (last.bar.month.net, last.bar.month.so_far, last.percent) == (1000, 100, 50)
        assert (year.bar.month.net, year.bar.month.so_far, year.percent) == (201, 200, -25)
        said = " ".join(re.sub(r"<[^>]*>", " ", page_of(rep).content.decode()).split())
        assert "October 2026 £1,000.00 £100.00 by the 20th: now 50% more" in said

    def test_a_month_without_sales_is_held_against_nothing(self, company, rep):
        sold(world.customer(company), TODAY)
        assert [one.percent for one in page_of(rep).context["held"]] == [None, None]

    def test_a_month_of_more_credits_than_sales_hangs_below_the_line(self, company, rep):
        ledger = world.customer(company)
        sold(ledger, dt.date(2026, 10, 5), "300.00")
        world.document(ledger, "CN-1", "-100.00", kind="C", date=TODAY)
        answer = page_of(rep)
        october, november = answer.context["bars"][-2:]
        zero = float(answer.context["zero"])
        assert (round(october.y + october.height), november.y) == (round(zero), zero)
        assert november.height > 0
        assert f"{MINUS}£100" in "".join(answer.context["ticks"])

    def test_the_table_has_every_month_of_the_chart(self, company, rep):
        sold(world.customer(company), TODAY)
        page = page_of(rep).content.decode()
        table = page.split("chart-table")[1].split("</details>")[0]
        assert len(re.findall(r'<th scope="row">', table)) == page.count('<rect class="bar') == 13


class TestRecentActivity:
    def texts(self, user) -> list[str]:
        return [line["one"].text for line in page_of(user).context["activity"]]

    def test_tells_what_was_done_to_customers_quotes_and_products_newest_first(self, company, rep):
        from counterfoil.crm.customers.services import note_add, sales_ledger_stop

        ledger = world.customer(company, "Alder Foods")
        made = world.quote(ledger, rep)
        note_add(ledger, "Rang about tables", rep, AT + dt.timedelta(hours=1))
        sales_ledger_stop(ledger, "Disputes", rep, AT + dt.timedelta(hours=2))
        answer = page_of(rep)
        assert self.texts(rep) == [
            "Alder Foods was put on stop: Disputes",
            "Rang about tables",
            f"{made.number} was made for Alder Foods.",
        ]
        page = answer.content.decode()
        assert f'<a href="/quotes/{made.pk}/">' in page
        assert f'<a href="/customers/{ledger.pk}/">Rang about tables</a>' in page

    def test_does_not_tell_of_settings_nor_of_other_companies(self, company, other_company, rep):
        from counterfoil.changes.services import audit_record

        said = {"actor": rep, "summary": "Secret", "subject": f"company:{company.pk}"}
        audit_record(company, at=AT, action="quotes.settings", **said)
        audit_record(company, at=AT, action="connection.connected", **said)
        world.quote(world.customer(other_company), rep)
        assert self.texts(rep) == []

    def test_what_is_gone_is_told_without_a_way_to_it(self, company, rep):
        made = world.quote(world.customer(company), rep)
        key = made.pk
        type(made).objects.filter(pk=key).delete()
        page = page_of(rep).content.decode()
        assert "was made for" in page
        assert f"/quotes/{key}/" not in page


@pytest.mark.rule("TK-5")
def test_nothing_of_another_company_counts(other_company, company, full):
    user = world.member(other_company, "administrator", "theirs@example.com")
    world.customer(other_company, "Only theirs")
    answer = page_of(user)
    assert [name for name, count, *_ in figures_of(answer) if count] == []
    assert answer.context["slipping"] == []


class TestEmpty:
    def page(self, company, role):
        return page_of(world.member(company, role)).content.decode()

    def test_an_administrator_is_led_to_xero(self, company):
        page = self.page(company, "administrator")
        assert "Connect Xero" in page
        assert 'href="/settings/integration/xero/"' in page
        assert "Make your first quote" in page

    def test_a_rep_to_a_quote(self, company):
        page = self.page(company, "sales")
        assert "Connect Xero" not in page
        assert "An Administrator connects Xero" in page
        assert '<a class="btn btn-primary" href="/quotes/new/">' in page

    def test_others_are_told_what_will_be_here(self, company):
        page = self.page(company, "read_only")
        assert "An Administrator connects Xero" in page
        assert "Make your first quote" not in page

    def test_while_the_first_sync_runs_it_can_be_watched(self, company):
        world.connection(company)
        assert "Watch it arrive" in self.page(company, "administrator")

    def test_with_customers_alone_each_part_says_what_will_be_there(self, company):
        world.customer(company)
        page = self.page(company, "sales")
        assert "Nothing was invoiced in the last 13 months" in page
        assert "Nothing waits for you." in page
        assert "Nobody: all who buy regularly still do." in page


def test_costs_as_many_queries_whatever_there_is(company, rep, full, django_assert_num_queries):
    browser = world.browser_of(rep)
    browser.get("/")
    with django_assert_num_queries(QUERIES):
        browser.get("/")
    for name in range(5):
        regular(company, f"Gone {name}", 70, 100, 130)
        quote(full, rep, stage=Stage.WON)
    with django_assert_num_queries(QUERIES):
        browser.get("/")


QUERIES = 14


class TestTheWayThere:
    def test_one_lands_on_it_after_signing_in(self, company, client):
        world.member(company, email="ada@example.com")
        given = {"email": "ada@example.com", "password": world.PASSWORD}
        answer = client.post("/sign-in/", given, follow=True)
        assert answer.redirect_chain[-1][0] == "/"
        assert "<h1>Dashboard</h1>" in answer.content.decode()

    @pytest.mark.parametrize(
        ("address", "marked"), [("/", True), ("/customers/", False), ("/search/", False)]
    )
    def test_the_side_bar_marks_it_there_alone(self, browser, address, marked):
        page = browser.get(address).content.decode()
        assert ('<a class="side-link" href="/" aria-current="page">' in page) == marked

    def test_the_search_finds_it(self, browser):
        page = browser.get("/search/", {"q": "dashboard"}, headers={"HX-Request": "true"}).content.decode()
        assert '<a class="found" href="/"' in page


def test_names_that_are_markup_are_shown_as_they_are(company, rep):
    name = "<script>alert(1)</script>"
    ledger = regular(company, name, 70, 100, 130)
    builders.sales_ledger(company, "plain", ledger_id=guid("plain"))
    world.quote(ledger, rep)
    page = page_of(rep).content.decode()
    assert name not in page
    assert html.escape(name) in page
