"""Clients that other people wrote work against the stand-in: what it serves is not only what we expect."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.edge_builders import TENANT, Caller, server


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server() as running:
        caller = Caller(running)
        caller.connect()
        yield caller


def test_official_sdk_reads_and_writes(caller: Caller) -> None:
    from xero_python.accounting import AccountingApi, Contact, Contacts
    from xero_python.api_client import ApiClient
    from xero_python.api_client.configuration import Configuration
    from xero_python.api_client.oauth2 import OAuth2Token
    from xero_python.identity import IdentityApi

    held: dict[str, Any] = {"access_token": caller.token, "expires_in": 1800, "token_type": "Bearer"}
    held |= {"scope": ["accounting.contacts"], "refresh_token": "x", "expires_at": 4_000_000_000}
    client = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id="shop", client_secret="word")),
        oauth2_token_getter=lambda: held,
        oauth2_token_saver=held.update,
    )
    identity = IdentityApi(client, base_url=caller.running.url)
    assert [link.tenant_id for link in identity.get_connections()] == [TENANT]
    books = AccountingApi(client, base_url=f"{caller.running.url}/api.xro/2.0")
    made = books.create_contacts(TENANT, Contacts(contacts=[Contact(name="Zoe")]), idempotency_key="k")
    assert made.contacts[0].name == "Zoe"
    assert len(books.get_contacts(TENANT).contacts) == 4
