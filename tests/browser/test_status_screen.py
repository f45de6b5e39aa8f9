"""The panel of the connection as an administrator sees it: everything at once, paused, and its sub-pages."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from counterfoil.sync import previews
from counterfoil.sync.models import (
    CallDay,
    Connection,
    Errand,
    Incident,
    IncidentKind,
    Preview,
    StreamState,
)
from counterfoil.sync.verify_models import Difference, Verification
from tests.browser.pages import look, sign_in
from tests.browser.test_screens import XERO, company
from tests.builders import AT, guid
from tests.web import world

__all__ = ["company"]
STREAMS = {"contacts": 8_412, "items": 512, "invoices": 21_303, "credit_notes": 388}


@pytest.fixture
def busy(company):
    """A connection with something of everything that the panel tells."""
    now = dt.datetime.now(dt.UTC)
    ago = lambda **span: now - dt.timedelta(**span)  # noqa: E731
    link = world.connection(
        company,
        last_pass_at=ago(minutes=2),
        last_data_at=ago(minutes=47),
        next_pass_at=now + dt.timedelta(minutes=3),
        limits={"day_left": 3_766, "minute_left": 52, "seen_at": now.isoformat()},
    )
    for stream, read in STREAMS.items():
        StreamState.objects.create(
            connection=link,
            stream=stream,
            read=read,
            written=read - 7,
            last_success_at=ago(minutes=2),
            cursor_ms=int(ago(minutes=47).timestamp() * 1000),
        )
    CallDay.objects.create(connection=link, on=now.date(), calls=1_234, wire_bytes=48_300_000)
    for number in range(6):
        world.running_pass(
            link,
            state="done",
            is_first=False,
            started_at=ago(minutes=5 * number + 3),
            ended_at=ago(minutes=5 * number + 2),
        )
    for name in (
        "Alder Foods Ltd",
        "Birch Press",
        "Cedar Cycles & Sons with a name that goes on for quite a while",
    ):
        change(company, name, "Email address must be valid.", ago(hours=2))
    change(company, "Dale Ltd", "Something that nobody here has ever heard of.", ago(hours=5))
    sides = {"phone": {"local": "1", "remote": "2"}, "credit_limit": {"local": "3", "remote": "4"}}
    change(company, "Elm Joinery", "", ago(hours=1), state="conflict", conflict=sides)
    for number in (1, 2, 3):
        world.set_aside(link, f"The date of line {number} is not one.", xero_id=guid(f"invoice {number}"))
    world.set_aside(link)
    Incident.objects.create(
        operating_company=company,
        connection=link,
        kind=IncidentKind.PUSHES,
        reason="Four changes were refused by Xero in the last day.",
        opened_at=ago(hours=5),
    )
    compared(link, ago(minutes=9))
    return link


def compared(link, at: dt.datetime) -> None:
    """A comparison that found something of each kind."""
    streams = [
        {"stream": key, "compared": read, "newer": 2, "differences": 3} for key, read in STREAMS.items()
    ]
    found = Verification.objects.create(
        connection=link, asked_at=at, ended_at=at, state="done", streams=streams, calls=37
    )
    totals = {"field": "total", "ours": "10.01", "theirs": "10.00"}
    for name, given in {
        "INV-0042": totals,
        "INV-0043": totals | {"stream": "credit_notes", "theirs": "1,234,567.89"},
        "INV-0051": {"side": "xero"},
        "PO-0007 of a supplier whose number goes on for quite a while": {
            "side": "here",
            "stream": "purchase_orders",
            "wins": "person",
        },
        "Alder Foods Ltd": {"stream": "contacts", "field": "email", "ours": "a@b.example", "theirs": ""},
    }.items():
        made = {"stream": "invoices", "side": "both", "wins": "xero", "label": name} | given
        Difference.objects.create(verification=found, xero_id=guid(name), **made)


def change(company, name: str, said: str, at: dt.datetime, **given):
    """A change of a customer on its way to Xero that needs somebody."""
    ledger = world.customer(company, name)
    values = {"kind": "contact", "key": str(ledger.pk), "state": "refused", "update": {}, "words": said}
    times = {"created_at": at, "updated_at": at}
    return Errand.objects.create(operating_company=company, ledger=ledger, **(values | times | given))


@pytest.mark.rule("ST-1", "ST-2")
@pytest.mark.parametrize("place", ["", "history/", "set-aside/", "verify/"])
def test_the_panel_is_sound_in_each_width_and_theme(page, live_server, busy, picture, place):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}{XERO}{place}", picture) == []


@pytest.mark.rule("ST-1")
def test_pause_and_resume_from_the_panel(page, live_server, busy, picture):
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}{XERO}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_label("How the connection stands")).to_contain_text("Paused by")
    assert look(page, f"{live_server.url}{XERO}", picture) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert Connection.objects.get(pk=busy.pk).state == "connected"


@pytest.mark.rule("SY-8")
def test_what_would_come_in_is_sound_in_each_width_and_theme(page, live_server, company, picture):
    link = world.connection(company, state="paused", state_reason=previews.HELD, state_since=AT)
    reasons = {"sales_ledgers": 8_001, "purchase_ledgers": 411, "companies": 7_890, "consumers": 640}
    reasons |= {
        "street_only": 12,
        "duplicate_names": 6,
        "out_archived": 322,
        "out_unflagged": 57,
        "refused": 1,
    }
    streams = [
        {"stream": key, "label": label, "found": found, "created": found - out, "refused": out}
        for key, label, found, out in (
            ("contacts", "Customers and suppliers", 8_412, 0),
            ("items", "Products and stock", 512, 1),
            ("invoices", "Invoices", 21_303, 0),
        )
    ]
    Preview.objects.create(
        connection=link,
        state="done",
        asked_at=AT,
        calls=37,
        streams=streams,
        reasons=reasons,
        names={"duplicate_names": ["alder foods", "birch press"], "refused": ["Products and stock: no code"]},
    )
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}{XERO}", picture) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("The import begins in a moment")).to_be_visible()
    assert Connection.objects.get(pk=link.pk).state == "connected"
