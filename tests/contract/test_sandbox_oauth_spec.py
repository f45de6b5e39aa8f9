"""The identity and webhook answers against Xero's own description of them, where that is at hand."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from counterfoil.sandbox.webhooks import CATEGORIES, event_of, payload
from tests.contract.edge_builders import NOON, TENANT, Caller, server

SPECS = Path(__file__).parents[3] / "shared" / "xero-openapi"

pytestmark = pytest.mark.skipif(
    not SPECS.exists(), reason="Xero's OpenAPI files are not beside the repository"
)


def schema(file: str, name: str) -> Any:
    """One schema with what it refers to. Times without a zone are Xero's habit, so formats go unchecked."""
    components = _without_examples(yaml.safe_load((SPECS / file).read_text())["components"])
    whole = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=False)


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_examples(part) for key, part in value.items() if key != "example"}
    return [_without_examples(part) for part in value] if isinstance(value, list) else value


def test_connections_are_as_described() -> None:
    with server() as running:
        caller = Caller(running)
        caller.connect()
        (link,) = caller.call("GET", "/connections").json
    described = schema("xero-identity.yaml", "Connection")
    described.validate(link)
    assert not described.is_valid(link | {"id": 5})


def test_webhook_bodies_are_as_described() -> None:
    described = schema("xero-webhooks.yaml", "WebhookEvent")
    for category in CATEGORIES[:3]:
        event = event_of(
            TENANT, category, TENANT, "CREATE", {"Type": "ACCRECCREDIT", "Status": "DRAFT"}, NOON
        )
        described.validate(json.loads(payload([event], (1, 1), "A" * 20)))
        assert not described.is_valid(json.loads(payload([event | {"eventType": "Made"}], (1, 1), "A" * 20)))
