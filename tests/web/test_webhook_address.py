"""The address that Xero posts to: signature first, nothing kept of anything else, an empty answer (WH-1)."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from counterfoil.sync import webhooks
from counterfoil.sync.models import TokenFamily, XeroApp
from counterfoil.sync.sealing import seal
from counterfoil.sync.webhook_models import WebhookApp, WebhookDelivery, WebhookEvent
from tests.web import world

pytestmark = pytest.mark.django_db

KEY = "the-key"
TENANT, CONTACT = "3f1c1f8e-8d2f-4b0a-9a6c-0e7d3c5b1a11", "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"


@pytest.fixture(autouse=True)
def configured(settings):
    settings.CONFIGURATION = replace(
        settings.CONFIGURATION, xero_client_id="our-app", xero_client_secret="s", xero_webhook_key=KEY
    )


def signed(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def post(body: bytes, signature: str | None = None, **headers):
    given = {"x-xero-signature": signed(body) if signature is None else signature} | headers
    return Client(enforce_csrf_checks=True).post(
        reverse("xero-webhook"), body, content_type="application/json; charset=utf-8", headers=given
    )


def told(**changes) -> dict:
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{CONTACT}",
        "resourceId": CONTACT,
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        "eventCategory": "CONTACT",
        "eventType": "UPDATE",
        "eventDateUtc": "2026-11-20T09:00:00.123",
    } | changes


def payload(*events) -> bytes:
    return json.dumps(
        {"events": events, "firstEventSequence": 1, "lastEventSequence": 9, "entropy": "Q"}
    ).encode()


@pytest.mark.rule("WH-1")
def test_a_signed_delivery_is_recorded_and_answered_with_nothing():
    answer = post(payload(told(), told(eventCategory="Invoice", eventType="Create")))
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})
    webhooks.unfold()
    rows = set(
        WebhookEvent.objects.values_list("client_id", "tenant_id", "category", "event_type", "handled_at")
    )
    assert rows == {
        ("our-app", TENANT, "CONTACT", "UPDATE", None),
        ("our-app", TENANT, "INVOICE", "CREATE", None),
    }


@pytest.mark.rule("WH-1")
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "not base64 at all",
        signed(b"another body"),
        signed(payload(told()), "another key"),
        signed(payload(told()))[:-2] + "A=",
        signed(payload(told())) + "=",
        signed(payload(told())).rstrip("="),
        "é",
        "A" * 10_000,
    ],
    ids=["empty", "prose", "other-body", "other-key", "one-off", "longer", "unpadded", "not-ascii", "10-kb"],
)
def test_a_wrong_signature_is_refused_and_leaves_nothing(signature):
    answer = post(payload(told()), signature)
    assert (answer.status_code, answer.content, answer.cookies) == (401, b"", {})
    assert not WebhookDelivery.objects.exists()
    assert not WebhookApp.objects.exists()


@pytest.mark.rule("WH-1")
@pytest.mark.parametrize(
    "body",
    [
        b'{"events":[ ],"entropy":"caf\\u00e9"}',
        b'{\r\n"events": []\r\n}\r\n',
        '{"events":[],"entropy":"Ærø"}'.encode(),
    ],
    ids=["escapes", "crlf", "utf-8"],
)
def test_the_signature_is_taken_over_the_bytes_as_they_came(body):
    assert post(body).status_code == 200
    assert post(body + b" ", signed(body)).status_code == 401


@pytest.mark.rule("WH-1")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"events":7}',
        b'{"events":{}}',
        b"\xff\xfe",
        b"[" * 5000,
        b'\xef\xbb\xbf{"events":[]}',
    ],
    ids=["empty", "list", "null", "without", "number", "object", "not-text", "deep", "byte-order-mark"],
)
def test_a_signed_body_that_is_no_delivery_is_called_malformed(body):
    assert post(body).status_code == 400
    assert not WebhookDelivery.objects.exists()


@pytest.mark.rule("WH-1")
@pytest.mark.parametrize(
    "poison",
    [
        7,
        None,
        "event",
        [],
        {},
        told(resourceId="../../connections"),
        told(tenantId=5),
        told(eventDateUtc="yesterday"),
        told(eventCategory="x" * 500),
        told(eventType="\0"),
    ],
)
def test_an_entry_that_is_no_event_costs_its_neighbours_nothing(poison):
    assert post(payload(poison, told())).status_code == 200
    webhooks.unfold()
    assert WebhookEvent.objects.get().resource_id == CONTACT


@pytest.mark.rule("WH-1")
def test_a_delivery_of_a_thousand_events_is_recorded_as_one_row(django_assert_num_queries):
    events = [told(resourceId=CONTACT[:-4] + f"{number:04x}") for number in range(1000)]
    body = payload(*events, *events[:50])
    with django_assert_num_queries(4):  # the keys, and one insert between the ends of its transaction
        assert post(body).status_code == 200
    assert WebhookDelivery.objects.count() == 1
    webhooks.unfold()
    assert WebhookEvent.objects.count() == 1000
    assert not WebhookDelivery.objects.exists()


@pytest.mark.rule("WH-1")
def test_a_body_that_is_too_large_is_not_even_read():
    assert post(b" " * (webhooks.MAX_BODY + 1)).status_code == 413


@pytest.mark.rule("WH-1")
def test_nothing_is_believed_without_a_key(settings):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="")
    assert post(payload(told())).status_code == 401
    assert post(payload(told()), signed(payload(told()), "")).status_code == 401


@pytest.mark.rule("WH-2")
def test_a_delivery_that_is_repeated_is_recorded_once():
    for _ in range(3):
        assert post(payload(told(), told())).status_code == 200
    webhooks.unfold()
    assert WebhookEvent.objects.count() == 1
    assert not WebhookDelivery.objects.exists()


@pytest.mark.rule("WH-1")
def test_only_posting_is_answered():
    assert Client().get(reverse("xero-webhook")).status_code == 405


@pytest.mark.rule("WH-1", "TK-7")
def test_an_administrator_enters_the_key_and_it_is_kept_sealed(settings, browser, company):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="")
    assert browser.post(reverse("xero-webhooks"), {"key": "entered-here"}).status_code == 302
    stored = WebhookApp.objects.get()
    assert b"entered-here" not in bytes(stored.key_sealed)
    page = browser.get(reverse("xero-webhooks")).content.decode()
    assert "A key is stored" in page
    assert "entered-here" not in page
    assert post(payload(told()), signed(payload(told()), "entered-here")).status_code == 200


@pytest.mark.rule("WH-1")
def test_the_key_of_an_app_for_all_companies_is_for_who_administers_all_of_them(
    settings, browser, other_company
):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="")
    answer = browser.post(reverse("xero-webhooks"), {"key": "entered-here"})
    assert answer.status_code == 400
    assert "administers all of them" in answer.content.decode()
    assert not WebhookApp.objects.exists()


@pytest.mark.rule("WH-1")
@pytest.mark.parametrize("known_by", ["its own app", "the app for all", "a connection"])
def test_nobody_changes_the_key_of_another_companys_app_by_entering_its_client_id(
    settings, browser, company, other_company, known_by
):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="", xero_client_id="")
    now = timezone.now()
    app = {"client_id": "theirs", "secret_sealed": seal("s"), "saved_at": now}
    if known_by == "a connection":
        tokens = TokenFamily.objects.create(
            client_id="theirs", access_sealed=b"", refresh_sealed=b"", expires_at=now, refreshed_at=now
        )
        world.connection(other_company, tokens=tokens)
    else:
        XeroApp.objects.create(operating_company=other_company if known_by == "its own app" else None, **app)
    WebhookApp.objects.create(client_id="theirs", key_sealed=seal("their-key"), key_set_at=now)
    XeroApp.objects.create(operating_company=company, **app)
    for key in ("mine", ""):
        assert browser.post(reverse("xero-webhooks"), {"key": key}).status_code == 400
    assert [one.key for one in webhooks.signing_keys()] == ["their-key"]


@pytest.mark.rule("WH-1")
def test_a_key_with_a_space_in_it_is_refused(settings, browser):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="")
    assert browser.post(reverse("xero-webhooks"), {"key": "two words"}).status_code == 400
    assert not WebhookApp.objects.exists()


@pytest.mark.rule("WH-1", "ST-2")
def test_the_page_shows_the_address_and_that_the_environment_has_the_key(browser, company):
    world.connection(company)
    page = browser.get(reverse("xero-webhooks")).content.decode()
    assert "/integration/xero/webhook" in page
    assert "COUNTERFOIL_XERO_WEBHOOK_KEY" in page
    assert KEY not in page
