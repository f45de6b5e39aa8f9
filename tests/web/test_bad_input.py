"""Bad input of every kind, and the sentence that a person then reads on the screen they are looking at.

Real pages over the real engine and a stand-in that misbehaves. docs/reference/bad-input.md lists each case with its
test; what is stored and what is not is proved in tests/sync.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from counterfoil.accounts.models import Membership, OperatingCompany
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox.seeds import load
from counterfoil.sync.models import Connection, SetAside
from tests.sync.spoiled import body_of, spoil
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db

XERO = "/settings/integration/xero/"
ASIDE = f"{XERO}set-aside/"
CALLBACK = "/integration/xero/callback"
INVOICES = r"/Invoices\?"
STORED = "Everything read so far is stored"


@dataclass
class Person:
    """An administrator at a browser."""

    browser: Client
    here: World

    def reads(self, path: str) -> str:
        """The words of a page, as a person sees them."""
        answer = self.browser.get(path, follow=True)
        assert answer.status_code == 200
        body = answer.content.decode().split("<body")[1]
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))

    def goes_to_xero(self) -> str:
        return str(self.browser.post(f"{XERO}connect")["Location"])

    def comes_back(self, params: dict[str, str]) -> str:
        """From the consent page; what the page then says."""
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return self.reads(f"{CALLBACK}?{query}")

    def connects(self) -> str:
        return self.comes_back(self.here.consent(self.goes_to_xero()))


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=12, contacts=8, items=14), limits=False) as running:
        yield running


@pytest.fixture
def ada(here: World) -> Person:
    browser = Client(HTTP_HOST="localhost:8000")
    browser.force_login(here.user)
    return Person(browser, here)


@pytest.fixture
def connected(ada: Person) -> Person:
    assert "Connected to" in ada.connects()
    return ada


class TestConnecting:
    """Whatever goes wrong on the way to Xero and back is one sentence on the Xero page, and nothing is stored."""

    @pytest.fixture(autouse=True)
    def nothing_is_stored(self, ada: Person) -> Iterator[None]:
        yield
        assert (
            not Connection.objects.filter(state="connected")
            .exclude(operating_company__name="Trading")
            .exists()
        )

    @pytest.mark.rule("CN-9")
    def test_a_wrong_client_id(self, ada: Person) -> None:
        """Xero's own page refuses one that it does not know; one with another secret comes as far as the exchange."""
        back = ada.here.consent(ada.goes_to_xero())
        ada.here.arm("client_rejected", path="connect/token", count=0)
        said = ada.comes_back(back)
        assert "Xero does not know this client id and secret; check them in the settings" in said
        assert "Nothing was stored" in said

    @pytest.mark.rule("CN-9")
    def test_denied_consent(self, ada: Person) -> None:
        said = ada.comes_back(ada.here.consent(ada.goes_to_xero(), action="cancel"))
        assert "because access was not allowed on Xero's page" in said

    @pytest.mark.rule("CN-9")
    def test_a_replayed_state(self, ada: Person) -> None:
        back = ada.here.consent(ada.goes_to_xero())
        assert "Connected to" in ada.comes_back(back)
        assert "used already" in ada.comes_back(back)

    @pytest.mark.rule("CN-9")
    def test_an_expired_code(self, ada: Person) -> None:
        back = ada.here.consent(ada.goes_to_xero())
        ada.here.server.world.clock.advance(6 * 60)
        assert "expired" in ada.comes_back(back)

    @pytest.mark.rule("CN-4")
    def test_an_organisation_that_is_connected_elsewhere(self, connected: Person) -> None:
        second = OperatingCompany.objects.create(name="Second Ltd", slug="second")
        Membership.objects.create(user=connected.here.user, operating_company=second, role="administrator")
        connected.browser.post("/company/", {"company": second.pk})
        assert "is connected to Trading already" in connected.connects()


class TestAnswers:
    """What comes instead of Xero's JSON: the Xero page says that it waits, and that nothing is lost."""

    @pytest.mark.rule("TK-3")
    def test_revoked_access(self, connected: Person) -> None:
        connected.here.sync()
        connected.here.arm("403_tenant", path="api.xro", count=0)
        connected.here.sync_all()
        said = connected.reads(XERO)
        assert "Reconnect" in said
        assert "Nothing in the CRM is lost" in said
        assert "Reconnect" in connected.reads("/customers/")

    @pytest.mark.rule("SY-10", "SY-3")
    @pytest.mark.parametrize(
        "fault", ["xml_answer", "html_200", "html_502", "503_maintenance", "503_offline", "cut_body"]
    )
    def test_something_else_than_json(self, connected: Person, fault: str) -> None:
        connected.here.arm(fault, path=INVOICES, count=0)
        connected.here.sync()
        said = connected.reads(XERO)
        assert STORED in said
        assert "tried again by itself" in said

    @pytest.mark.rule("SY-7")
    def test_a_429_without_anything_in_it(self, connected: Person) -> None:
        connected.here.arm("429_bare", path=INVOICES, count=0)
        run = connected.here.sync()
        said = connected.reads(XERO)
        assert run.state == "waiting"
        assert "Xero asks to slow down" in said
        assert STORED in said

    @pytest.mark.rule("SY-3")
    def test_a_503_in_the_middle_of_a_stream(self, connected: Person) -> None:
        connected.here.arm("503_offline", path=INVOICES, nth=2, count=0)
        connected.here.sync(page_size=5)
        assert 0 < connected.here.invoices_stored() < connected.here.invoices_there()
        assert STORED in connected.reads(XERO)
        connected.here.server.edge.faults.clear()
        connected.here.sync(page_size=5)
        assert connected.here.invoices_stored() == connected.here.invoices_there()


class TestRecords:
    """What is in the records: shown as it is, or set aside with its reason."""

    def first_invoice_with(self, ada: Person, **change: Any) -> SalesOrderHeader:
        key = spoil(ada.here, "Invoices", change, times=0)
        assert ada.here.sync().state == "done"
        assert not SetAside.objects.exists()
        return SalesOrderHeader.objects.get(external_id=key)

    @pytest.mark.rule("SY-10")
    @pytest.mark.parametrize(
        ("collection", "change", "said"),
        [
            ("Invoices", {"LineAmountTypes": "QUANTUM"}, "LineAmountTypes: is 'QUANTUM', which this version"),
            ("PurchaseOrders", {"LineAmountTypes": "QUANTUM"}, "LineAmountTypes: is 'QUANTUM'"),
            ("Currencies", {"Code": "EURO"}, "is 'EURO'; a currency is three letters"),
        ],
        ids=["invoice", "purchase order", "currency"],
    )
    def test_an_unknown_value_is_named_where_it_is_set_aside(
        self, connected: Person, collection: str, change: dict[str, Any], said: str
    ) -> None:
        spoil(connected.here, collection, change, times=0)
        connected.here.sync()
        page = connected.reads(ASIDE)
        assert said in page
        assert "Try again" in page

    @pytest.mark.rule("IN-2")
    def test_an_unknown_status_is_shown_on_the_invoice(self, connected: Person) -> None:
        header = self.first_invoice_with(connected, Status="QUANTUM")
        assert "Unknown status" in connected.reads(f"/invoices/{header.pk}/")

    @pytest.mark.rule("SY-10")
    def test_a_description_of_ten_megabytes_is_cut_on_the_page_and_says_so(self, connected: Person) -> None:
        page = body_of(connected.here, "/Invoices?page=1&pageSize=1000&unitdp=4")
        page["Invoices"][0]["LineItems"][0]["Description"] = "d" * 10_000_000
        connected.here.arm("custom", path=INVOICES, params={"body": page})
        connected.here.sync()
        header = SalesOrderHeader.objects.get(external_id=page["Invoices"][0]["InvoiceID"])
        answer = connected.browser.get(f"/invoices/{header.pk}/")
        assert len(answer.content) < 500_000
        assert "Show all 10,000,000 characters" in answer.content.decode()

    @pytest.mark.rule("SY-10")
    def test_a_name_that_is_a_script_is_only_a_name(self, connected: Person) -> None:
        page = body_of(connected.here, "/Contacts?page=1&pageSize=1000&includeArchived=true")
        target = next(c for c in page["Contacts"] if c["ContactStatus"] == "ACTIVE" and c.get("IsCustomer"))
        target["Name"] = "<script>alert(1)</script>"
        connected.here.arm("custom", path=r"/Contacts\?", params={"body": json.dumps(page)})
        connected.here.sync()
        ledger = SalesLedger.objects.get(ledger_id=target["ContactID"])
        for path in ("/customers/?b2c=show", f"/customers/{ledger.pk}/"):
            shown = connected.browser.get(path).content.decode()
            assert "&lt;script&gt;alert(1)" in shown
            assert "<script>alert(1)" not in shown

    @pytest.mark.rule("IN-4")
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"Total": 0, "SubTotal": 0, "TotalTax": 0, "AmountDue": 0, "AmountPaid": 0}, "Total 0.00"),
            ({"Total": -12.5, "SubTotal": -12.5, "TotalTax": 0, "AmountDue": -12.5}, "Total -12.50"),
        ],
        ids=["zero", "negative"],
    )
    def test_zero_and_negative_amounts_are_shown_as_they_are(
        self, connected: Person, change: dict[str, Any], said: str
    ) -> None:
        header = self.first_invoice_with(connected, Status="AUTHORISED", **change)
        page = connected.reads(f"/invoices/{header.pk}/").replace("\N{MINUS SIGN}", "-")
        assert said in page
        assert header.is_paid is not bool(change["Total"])
        assert connected.browser.get("/invoices/").status_code == 200

    @pytest.mark.rule("IN-5")
    def test_a_date_before_1970(self, connected: Person) -> None:
        header = self.first_invoice_with(
            connected, Date="/Date(-2208988800000+0000)/", DateString="1900-01-01T00:00:00"
        )
        assert "1 Jan 1900" in connected.reads(f"/invoices/{header.pk}/")

    @pytest.mark.rule("TX-3", "SY-10")
    def test_a_currency_without_a_rate_is_set_aside_and_never_taken_for_one_to_one(
        self, connected: Person
    ) -> None:
        spoil(connected.here, "Invoices", {"CurrencyCode": "ZWL", "CurrencyRate": None}, times=0)
        connected.here.sync()
        assert (
            "The document is in ZWL, the home currency is USD, and Xero gave no usable exchange rate. Nothing was "
            "imported; set the rate in Xero and the next pass will bring it in."
        ) in connected.reads(ASIDE)
        assert not SalesOrderHeader.objects.filter(currency="ZWL").exists()
