"""The control plane: clock, organisations, log, switches, people."""

import asyncio
import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from counterfoil.sandbox import control
from counterfoil.sandbox.app import SandboxApp
from counterfoil.sandbox.call import Call
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.server import CannotStart, SandboxServer, from_arguments
from tests.contract.edge_builders import NOON, SISTER, TENANT, Caller, contact, organisation, server


def books() -> list[SeedData]:
    return [organisation(), organisation(SISTER, name="Sister Ltd", contacts=5)]


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server(*books()) as running:
        yield Caller(running)


def test_index_lists_every_route(caller: Caller) -> None:
    lines = caller.control("").json
    assert len(lines) == len(control.ROUTES)
    assert any(line.startswith("POST /control/clock ") for line in lines)


def test_clock_is_set_moved_and_frozen(caller: Caller) -> None:
    assert caller.control("clock", {"set": "2027-01-01T00:00:00Z"}).json["now"] == "2027-01-01T00:00:00+00:00"
    assert caller.control("clock", {"advance": 90.5}).json["now"] == "2027-01-01T00:01:30.500000+00:00"
    caller.control("clock", {"run": True})
    moving = [caller.control("clock").json["now"] for _ in range(2)]
    assert moving[0] < moving[1]
    caller.control("clock", {"freeze": True})
    standing = [caller.control("clock").json["now"] for _ in range(2)]
    assert standing[0] == standing[1]


def test_time_without_an_offset_is_refused(caller: Caller) -> None:
    assert "offset" in caller.control("clock", {"set": "2027-01-01T00:00:00"}).json["error"]


@pytest.mark.parametrize(
    "wrong",
    [{"set": "9999-12-31T23:59:59Z"}, {"set": "1900-01-01T00:00:00Z"}, {"advance": 1e30}, {"advance": 1e11}],
)
@pytest.mark.parametrize("moving", [True, False])
def test_time_beyond_reason_is_refused_and_the_clock_goes_on(
    caller: Caller, wrong: dict[str, object], moving: bool
) -> None:
    caller.control("clock", {"run": True} if moving else {"freeze": True})
    answer = caller.control("clock", wrong)
    assert (answer.status, "clock can" in answer.json["error"]) == (400, True)
    assert caller.control("clock").json["now"].startswith("2026-11-21T12:")


@pytest.mark.parametrize("wrong", [{"tier": "gold"}, {"kind": "desktop"}, {"scope_style": "fine"}])
def test_app_that_cannot_be_is_refused(caller: Caller, wrong: dict[str, str]) -> None:
    answer = caller.control("apps", {"client_id": "new", "secret": "s3"} | wrong)
    assert (answer.status, "is not one of" in answer.json["error"]) == (400, True)
    assert [app["client_id"] for app in caller.control("apps").json] == ["shop"]


def test_organisations_are_listed_with_their_counts(caller: Caller) -> None:
    first, second = caller.control("organisations").json
    assert (first["tenant"], first["name"], first["counts"]["contacts"]) == (TENANT, "Paper & Co", 3)
    assert (second["counts"]["contacts"], second["counts"]["invoices"]) == (5, 0)


def test_documents_are_counted_by_type_too(caller: Caller) -> None:
    caller.control("organisations", {"seed": "uk", "invoices": 60})
    counts = caller.control("organisations").json[-1]["counts"]
    assert counts["invoices"] == counts["invoices_ACCREC"] + counts["invoices_ACCPAY"] > 0


def test_answers_of_the_api_show_the_time_of_the_world(caller: Caller) -> None:
    assert caller.call("GET", "/connections").headers["date"] == "Sat, 21 Nov 2026 12:00:00 GMT"


def test_log_shows_each_call_without_secrets(caller: Caller) -> None:
    caller.connect()
    caller.call("GET", "/somewhere?code=abc&x=1")
    caller.put("Contacts", {"Contacts": [{"Name": "Zoe"}]})
    entries = caller.control("requests").json
    assert [entry["path"] for entry in entries][-2:] == ["/somewhere", "/api.xro/2.0/Contacts"]
    assert entries[-2]["query"] == "code=…&x=1"
    last = entries[-1]
    assert (last["app"], last["tenant"], last["status"], last["method"]) == ("shop", TENANT, 200, "PUT")
    assert last["bytes_in"] == len(b'{"Contacts": [{"Name": "Zoe"}]}')
    assert last["bytes_out"] > 0
    assert caller.control(f"requests?since={last['seq'] - 1}").json == [last]


def test_counters_join_calls_that_differ_in_ids_only(caller: Caller) -> None:
    caller.connect()
    for number in (1, 2):
        caller.get(f"Contacts/aaaaaaaa-0000-4000-8000-{number:012d}")
    counters = caller.control("requests/counters").json
    assert counters["calls"]["GET /api.xro/2.0/Contacts/{id}"] == 2
    caller.control("requests", method="DELETE")
    assert caller.control("requests/counters").json["calls"] == {}


@pytest.mark.parametrize(
    ("method", "resource", "headers", "note"),
    [
        ("GET", "Items", {}, "no-unitdp"),
        ("GET", "Contacts", {"accept_encoding": "gzip"}, "unpaged-list"),
        ("GET", "Contacts?page=1", {"accept": "*/*"}, "no-accept-json"),
        ("GET", "Contacts?page=1", {}, "no-gzip"),
        ("GET", "Contacts?page=1&per_page=5", {}, "unknown-parameter"),
        ("GET", "Contacts?page=1", {"xero_tenant_id": SISTER}, "foreign-tenant"),
        ("POST", "Contacts", {"idempotency_key": "k"}, "post-without-id"),
        ("PUT", "Contacts", {}, "no-idempotency-key"),
    ],
)
def test_bad_manners_are_noted(
    caller: Caller, method: str, resource: str, headers: dict[str, str], note: str
) -> None:
    caller.connect()
    if method == "GET":
        caller.get(resource, **headers)
    else:
        caller.put(resource, {"Contacts": [{"Name": "Zoe"}]}, method=method, **headers)
    (entry,) = caller.control("requests?noted=1").json
    assert note in [text.partition(":")[0] for text in entry["notes"]]
    assert caller.control("requests/counters").json["notes"][note] == 1


def test_documents_that_edit_their_contact_and_updates_that_replace_people_are_noted(caller: Caller) -> None:
    caller.connect()
    key = "aaaaaaaa-0000-4000-8000-000000000001"
    draft = {"Type": "ACCREC", "Contact": {"ContactID": key, "Name": "Other"}}
    caller.put("Invoices?unitdp=4", {"Invoices": [draft]}, idempotency_key="a")
    people = {"ContactID": key, "ContactPersons": []}
    caller.put("Contacts", {"Contacts": [people]}, method="POST", idempotency_key="b")
    assert caller.control("requests/counters").json["notes"] == {
        "contact-in-document": 1,
        "contact-persons": 1,
    }


def test_mistake_of_the_stand_in_is_loud_logged_and_no_end(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caller.connect()
    store = caller.running.world.organisations[TENANT].store
    with monkeypatch.context() as broken:
        broken.setattr(store, "contacts", None)
        assert caller.get("Contacts").status == 500
    assert "The stand-in failed at GET /api.xro/2.0/Contacts" in caplog.text
    assert caller.control("requests/counters").json["notes"]["stand-in-failed"] == 1
    assert caller.get("Contacts").status == 200
    assert caller.control("limits").json["counters"][0]["in_flight"] == 0


def test_good_manners_are_not_noted(caller: Caller) -> None:
    caller.connect()
    caller.get("Contacts?page=1&pageSize=1000&includeArchived=true", accept_encoding="gzip")
    caller.get("Items?unitdp=4", accept_encoding="gzip")
    caller.put("Contacts", {"Contacts": [{"Name": "Zoe"}]}, idempotency_key="k")
    assert caller.control("requests?noted=1").json == []


def test_calling_before_retry_after_is_noted(caller: Caller) -> None:
    caller.connect()
    caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, "minute": 60}})
    caller.get("Contacts?page=1", accept_encoding="gzip")
    caller.get("Contacts?page=1", accept_encoding="gzip")
    assert caller.control("requests/counters").json["notes"] == {"before-retry-after": 1}


def test_switches_are_changed_by_name_and_kind(caller: Caller) -> None:
    assert caller.control("switches").json["grace_minutes"] == 30
    assert caller.control("switches", {"grace_minutes": 5, "gzip": False}).json["gzip"] is False
    assert caller.control("switches", {"nonsense": True}).status == 400
    assert caller.control("switches", {"grace_minutes": "long"}).status == 400


def test_consent_can_be_taken_back(caller: Caller) -> None:
    tokens = caller.connect()
    caller.control("consents/revoke", {"user": "ada@example.org", "client_id": "shop"})
    assert caller.get("Contacts").status == 403
    assert caller.refresh(tokens["refresh_token"]).json == {"error": "invalid_grant"}


def test_one_connection_can_be_cut(caller: Caller) -> None:
    caller.connect()
    (link,) = caller.control("connections").json
    assert caller.control(f"connections/{link['id']}", method="DELETE").status == 200
    assert caller.control(f"connections/{link['id']}", method="DELETE").status == 404


def test_app_can_be_registered_and_its_secret_is_not_shown(caller: Caller) -> None:
    apps = caller.control("apps", {"client_id": "new", "secret": "s3", "name": "New"}).json
    assert [app["client_id"] for app in apps] == ["shop", "new"]
    assert all("secret" not in app for app in apps)


def test_demo_reset_keeps_ids_and_changes_the_tenant() -> None:
    with SandboxServer(books, apps=[Caller(server()).app]) as running:
        caller = Caller(running)
        caller.connect()
        before = [one["ContactID"] for one in caller.get("Contacts").json["Contacts"]]
        answer = caller.control("demo-reset", {"tenant": "Paper & Co"}).json
        assert answer["old_tenant"] == TENANT
        assert answer["tenant"] != TENANT
        assert caller.get("Contacts").status == 403
        assert caller.call("GET", "/connections").json == []
        caller.connect(tenant=answer["tenant"])
        assert [one["ContactID"] for one in caller.get("Contacts").json["Contacts"]] == before


def test_reset_starts_again() -> None:
    with SandboxServer(books, apps=[Caller(server()).app]) as running:
        caller = Caller(running)
        caller.connect()
        caller.put("Contacts", {"Contacts": [{"Name": "Zoe"}]})
        caller.control("faults", {"name": "503_offline"})
        listed = caller.control("reset", {}).json
        assert [one["counts"]["contacts"] for one in listed] == [3, 5]
        assert [one["connections"] for one in listed] == [0, 0]
        assert caller.control("faults").json == []


def test_reset_needs_seeds_that_can_be_read_again(caller: Caller) -> None:
    assert "cannot be read again" in caller.control("reset", {}).json["error"]
    listed = caller.control("reset", {"seed": "uk", "invoices": 60}).json
    assert listed[0]["counts"]["invoices"] >= 60


@pytest.mark.parametrize(("path", "value", "status"), [("nothing", None, 404), ("demo-reset", None, 405)])
def test_wrong_control_calls_say_so(caller: Caller, path: str, value: object, status: int) -> None:
    assert caller.control(path, value).status == status


def test_unknown_organisation_is_named(caller: Caller) -> None:
    answer = caller.control("disconnect", {"tenant": "Nobody"})
    assert (answer.status, answer.json["error"]) == (404, "There is no organisation 'Nobody'.")


def test_control_plane_is_for_this_machine_only(caller: Caller) -> None:
    edge = caller.running.edge
    assert control.serve(edge, Call("GET", "/control/clock"), near=False).status == 403
    page = Call("GET", "/control/clock", headers={"origin": "https://evil.example"})
    assert control.serve(edge, page, near=True).status == 403
    own = Call("GET", "/control/clock", headers={"origin": "http://localhost:8000"})
    assert control.serve(edge, own, near=True).status == 200


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("", 403)]
)
def test_control_plane_looks_at_the_callers_address(caller: Caller, address: str, status: int) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/control/clock", "query_string": b""}
    scope["headers"], scope["client"] = [], (address, 1) if address else None
    app = SandboxApp(caller.running.edge)
    # In a thread: where browser tests ran in this process before, a loop is running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    app.close()
    assert sent[0]["status"] == status


def test_big_answers_are_zipped_when_asked_and_remembered() -> None:
    with server(organisation(contacts=900)) as running:
        caller = Caller(running)
        caller.connect()
        plain = caller.get("Contacts")
        zipped = [caller.get("Contacts", accept_encoding="gzip") for _ in range(2)]
    assert "content-encoding" not in plain.headers
    for answer in zipped:
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.body) < len(plain.body) / 4
        assert (
            gzip.decompress(answer.body).partition(b'"Contacts"')[2] == plain.body.partition(b'"Contacts"')[2]
        )


def test_command_line_makes_the_server_it_asks_for(tmp_path: Path) -> None:
    given = ["--port", "0", "--invoices", "60", "--no-limits", "--tier", "core", "--client-id", "mine"]
    running = from_arguments([*given, "--redirect-uri", "https://crm.example/back"])
    app = running.edge.apps["mine"]
    assert (app.tier, app.redirect_uris) == ("core", ("https://crm.example/back",))
    assert not running.edge.limits.enabled
    with pytest.raises(ValueError, match="cannot be registered"):
        from_arguments(["--redirect-uri", "http://127.0.0.1/back"])


def test_counting_contacts_asks_for_books_of_that_size() -> None:
    running = from_arguments(["--port", "0", "--invoices", "30", "--contacts", "20"])
    (books,) = running.world.organisations.values()
    assert (len(books.store.invoices), len(books.store.contacts)) == (30, 20)
    with pytest.raises(ValueError, match="contacts and items of the uk seed are fixed"):
        from_arguments(["--port", "0", "--seed", "uk", "--contacts", "20"])


def test_port_that_is_taken_is_said(caller: Caller) -> None:
    port = int(caller.running.url.rpartition(":")[2])
    with pytest.raises(CannotStart, match=f"Port {port} is taken"):
        SandboxServer(port=port).start()
    assert caller.running.world.clock.now() >= NOON


def test_people_act_in_xero_with_more_rights_than_the_api(caller: Caller) -> None:
    key = "aaaaaaaa-0000-4000-8000-000000000001"
    for action in ("contact_archive", "contact_restore"):
        answer = caller.control(f"actions/{action}", {"tenant": TENANT, "key": key})
        assert (answer.status, answer.json) == (200, {"id": key})
    made = caller.control("actions/contact_add", {"tenant": TENANT, "Name": "Zoe"}).json["id"]
    caller.connect()
    assert caller.get(f"Contacts/{made}").json["Contacts"][0]["Name"] == "Zoe"
    assert "contact_merge" in caller.control("actions").json


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("contact_add", {"Name": "Customer 1"}, 400),
        ("contact_archive", {}, 400),
        ("item_delete", {"key": "00000000-0000-4000-8000-000000000000"}, 404),
        ("nonsense", {}, 404),
        ("_changed", {}, 404),
    ],
)
def test_action_that_cannot_be_done_says_why(
    caller: Caller, action: str, body: dict[str, str], status: int
) -> None:
    answer = caller.control(f"actions/{action}", {"tenant": TENANT} | body)
    assert answer.status == status
    assert answer.json["error"]


def test_invoices_are_shown_in_full_with_every_digit_of_their_amounts(caller: Caller) -> None:
    line = {"Description": "Wire", "Quantity": 700, "UnitAmount": 0.1648}
    made = {"Contact": {"ContactID": contact(1)["ContactID"]}, "LineItems": [line]}
    given = {"tenant": TENANT, "Type": "ACCREC", "Url": "https://crm.example/x/1"}
    key = caller.control("actions/invoice_add", given | made).json["id"]
    (shown,) = caller.control(f"invoices?tenant={TENANT}&link=example/x").json
    assert (shown["InvoiceID"], shown["SubTotal"]) == (key, "115.36")
    assert shown["LineItems"][0]["UnitAmount"] == "0.1648"
    assert caller.control(f"invoices?tenant={TENANT}&link=example/y").json == []
    assert "no organisation" in caller.control("invoices").json["error"]
