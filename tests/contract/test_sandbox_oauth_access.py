"""What a token may do: connections, organisations, permissions, and the bodies of refusals."""

from collections.abc import Iterator

import pytest

from tests.contract.edge_builders import SISTER, TENANT, Caller, organisation, server


@pytest.fixture
def caller() -> Iterator[Caller]:
    seeds = (organisation(users=("Ada", "Ben")), organisation(SISTER, name="Sister Ltd", users=("Ada",)))
    with server(*seeds) as running:
        yield Caller(running)


def test_connections_are_a_bare_list_with_zoneless_times(caller: Caller) -> None:
    caller.connect()
    (link,) = caller.call("GET", "/connections").json
    assert link["tenantId"] == TENANT
    assert link["tenantName"] == "Paper & Co"
    assert link["tenantType"] == "ORGANISATION"
    assert link["id"] != link["tenantId"]
    assert link["createdDateUtc"].startswith("2026-11-21T12:00:00.")
    assert len(link["createdDateUtc"].partition(".")[2]) == 7


def test_second_consent_adds_an_organisation_and_can_be_told_apart(caller: Caller) -> None:
    caller.connect()
    caller.connect(tenant=SISTER)
    links = caller.call("GET", "/connections").json
    assert [link["tenantId"] for link in links] == [TENANT, SISTER]
    event = links[1]["authEventId"]
    assert caller.call("GET", f"/connections?authEventId={event}").json == [links[1]]


def test_reconnecting_keeps_the_connection_and_moves_its_stamp(caller: Caller) -> None:
    caller.connect()
    before = caller.call("GET", "/connections").json[0]
    caller.running.world.clock.advance(3600)
    caller.connect()
    after = caller.call("GET", "/connections").json[0]
    assert (after["id"], after["createdDateUtc"]) == (before["id"], before["createdDateUtc"])
    assert after["updatedDateUtc"] > before["updatedDateUtc"]
    assert after["authEventId"] != before["authEventId"]


def test_deleting_a_connection_leaves_the_others(caller: Caller) -> None:
    caller.connect()
    caller.connect(tenant=SISTER)
    first = caller.call("GET", "/connections").json[0]
    assert caller.call("DELETE", f"/connections/{first['id']}").status == 204
    assert caller.call("DELETE", f"/connections/{first['id']}").status == 404
    assert caller.get("Contacts").status == 200
    assert caller.get("Contacts", xero_tenant_id=TENANT).status == 403


def test_tenant_id_is_no_connection_id(caller: Caller) -> None:
    caller.connect()
    assert caller.call("DELETE", f"/connections/{TENANT}").status == 404


def test_one_person_does_not_see_or_end_the_connections_of_another(caller: Caller) -> None:
    caller.connect(who="Ada")
    link = caller.call("GET", "/connections").json[0]
    caller.connect(who="Ben")
    assert caller.call("GET", "/connections").json[0]["id"] != link["id"]
    assert caller.call("DELETE", f"/connections/{link['id']}").status == 404


def test_expired_token_is_401_and_says_when(caller: Caller) -> None:
    caller.connect()
    caller.running.world.clock.advance(1800)
    answer = caller.get("Contacts")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer error=invalid_token"
    assert answer.json["Detail"] == "TokenExpired: token expired at 11/21/2026 12:30:00"
    assert answer.json["Instance"] == answer.headers["xero-correlation-id"]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer made.up.token", "Basic abc"])
def test_unknown_token_is_401(caller: Caller, header: str) -> None:
    caller.connect()
    for path in ("/connections", "/api.xro/2.0/Contacts"):
        answer = caller.call("GET", path, authorization=header)
        assert answer.status == 401
        assert answer.json["Title"] == "Unauthorized"
        assert answer.json["Detail"] == "AuthenticationUnsuccessful"


@pytest.mark.parametrize("tenant", ["", SISTER, "99999999-9999-4999-8999-999999999999"])
def test_organisation_that_is_not_connected_is_403(caller: Caller, tenant: str) -> None:
    caller.connect()
    answer = caller.get("Contacts", xero_tenant_id=tenant)
    assert answer.status == 403
    assert (answer.json["Title"], answer.json["Detail"]) == ("Forbidden", "AuthenticationUnsuccessful")
    assert "x-appminlimit-remaining" in answer.headers


def test_person_who_left_the_organisation_is_403_but_stays_listed(caller: Caller) -> None:
    tokens = caller.connect()
    caller.control("people/remove", {"user": "ada@example.org", "tenant": TENANT})
    assert caller.get("Contacts").status == 403
    assert [link["tenantId"] for link in caller.call("GET", "/connections").json] == [TENANT]
    assert caller.refresh(tokens["refresh_token"]).status == 200
    caller.control("people/admit", {"user": "ada@example.org", "tenant": TENANT})
    assert caller.get("Contacts").status == 200


def test_organisation_that_disconnected_the_app_is_403_while_refresh_works(caller: Caller) -> None:
    tokens = caller.connect()
    assert caller.control("disconnect", {"tenant": TENANT}).json == {"disconnected": 1}
    assert caller.get("Contacts").status == 403
    assert caller.refresh(tokens["refresh_token"]).status == 200
    assert caller.call("GET", "/connections").json == []


def test_missing_permission_is_401_with_the_misspelt_header(caller: Caller) -> None:
    caller.connect(scope="accounting.contacts.read")
    assert caller.get("Contacts").status == 200
    for answer in (caller.put("Contacts", {}), caller.get("Organisation"), caller.get("Invoices")):
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "insufficent_scope"
        assert answer.json["Detail"] == "AuthorizationUnsuccessful"


def test_missing_permission_may_be_403_instead(caller: Caller) -> None:
    caller.control("switches", {"missing_scope_status": 403})
    caller.connect(scope="accounting.contacts.read")
    assert caller.get("Organisation").status == 403


def test_unknown_addresses_are_501_and_logged(caller: Caller) -> None:
    caller.connect()
    assert caller.get("Wishes").status == 501
    assert caller.call("GET", "/somewhere/else").status == 501
    paths = [entry["path"] for entry in caller.control("requests").json if entry["status"] == 501]
    assert paths == ["/api.xro/2.0/Wishes", "/somewhere/else"]


@pytest.mark.parametrize("status", [401, 403])
def test_answer_after_a_revocation_is_unknown_and_can_be_chosen(caller: Caller, status: int) -> None:
    caller.control("switches", {"revoked_status": status})
    tokens = caller.connect()
    caller.identity("revocation", {"token": tokens["refresh_token"]})
    assert caller.get("Contacts").status == status
