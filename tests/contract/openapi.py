"""Holds answers against Xero's published API description, when it lies beside the repository.

The description is read strictly: a property it does not know is an error, a GUID must look like one, a calendar date
must be midnight. Where real recordings differ from it (xero-facts 0.2), the difference is written down below, so that
nothing else passes for the same reason.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from counterfoil.sandbox.resources import Request, Response, router
from counterfoil.sandbox.world import Organisation, World

DESCRIPTION = Path(__file__).parents[3] / "shared" / "xero-openapi" / "xero_accounting.yaml"
needs_description = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="Xero's API description is not beside the repository"
)

GUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
STAMP = r"^/Date\(-?\d+([+-]\d{4})?\)/$"
MIDNIGHT = r"^/Date\((0|-?\d+00000)\+0000\)/$"
DAY_STRING = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT00:00:00$"}
TEXT, FLAG, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
ROWS = {"type": "array", "items": {"type": "object"}}
CHECKED = {
    "HasErrors": FLAG,
    "HasValidationErrors": FLAG,
    "ValidationErrors": ROWS,
    "StatusAttributeString": TEXT,
    "Warnings": ROWS,
}

ENVELOPE = {
    "Id": {"type": "string", "pattern": GUID},
    "Status": TEXT,
    "ProviderName": TEXT,
    "DateTimeUTC": {"type": "string", "pattern": STAMP},
}

# Fields that real answers carry and the description leaves out.
LIVE_FIELDS: dict[str, dict[str, Any]] = {
    "Organisation": {"TaxNumberName": TEXT},
    "Contact": CHECKED | {"SkypeUserName": TEXT},
    "ContactGroup": CHECKED,
    "Account": CHECKED,
    "Item": CHECKED,
    "Invoice": CHECKED
    | {
        "DateString": DAY_STRING,
        "DueDateString": DAY_STRING,
        "InvoicePaymentServices": ROWS,
        "SentToEmailAddress": TEXT,
        "DiscountEnteredAsPercent": FLAG,
    },
    "CreditNote": CHECKED
    | {
        "Attachments": ROWS,
        "ID": {"type": "string", "pattern": GUID},
        "DateString": DAY_STRING,
        "DueDateString": DAY_STRING,
    },
    "PurchaseOrder": CHECKED
    | {
        "Attachments": ROWS,
        "Type": {"type": "string", "enum": ["PURCHASEORDER"]},
        "IsDiscounted": FLAG,
        "DateString": DAY_STRING,
        "DeliveryDateString": DAY_STRING,
        "ExpectedArrivalDateString": DAY_STRING,
    },
    "LineItem": CHECKED
    | {
        "DiscountEnteredAsPercent": FLAG,
        "AccountID": {"type": "string", "pattern": GUID},
        "ItemID": {"type": "string", "pattern": GUID},
    },
    "Payment": CHECKED,
    "Allocation": CHECKED,
    "HistoryRecord": {"DateUTCString": TEXT, "ValidationErrors": ROWS},
    "TrackingOption": CHECKED | {"IsDeleted": FLAG, "IsArchived": FLAG, "IsActive": FLAG},
    "TrackingCategory": CHECKED,
    "LineItemTracking": {"Options": ROWS},
}
# Closed lists in the description that are open in life: users make tax types, editions come and go.
OPEN_LISTS = [("TaxType",), ("Organisation", "Version"), ("Organisation", "Class")]
# Allocation.Date is marked required, yet embedded allocations may lack it.
NOT_REQUIRED = {"Allocation": ["Date"]}


# An element of a refusal is what was sent, with the reasons added: only these are Xero's own.
REFUSED = "Element"
REASONS = "ValidationErrors"
# Served by Xero under both names, described under one.
ALIASES = {"organisations": "organisation"}


class _Loader(yaml.CSafeLoader):
    """Leaves timestamps as the text they are: examples would otherwise become datetimes."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        DESCRIPTION.read_text(encoding="utf-8"), _Loader
    )  # safe: a CSafeLoader
    schemas = loaded["components"]["schemas"]
    for name, fields in LIVE_FIELDS.items():
        if name in schemas:
            schemas[name]["properties"] = fields | schemas[name]["properties"]
    for name, keys in NOT_REQUIRED.items():
        schemas[name]["required"] = [key for key in schemas[name]["required"] if key not in keys]
    for path in OPEN_LISTS:
        target = schemas[path[0]] if len(path) == 1 else schemas[path[0]]["properties"][path[1]]
        target.pop("enum", None)
    _tighten(schemas)
    schemas[REFUSED] = {"type": "object", "properties": {REASONS: schemas[REFUSED]["properties"][REASONS]}}
    return loaded


def _tighten(node: Any) -> None:
    """Replace formats that a validator ignores by patterns, and close every object with named properties."""
    if isinstance(node, list):
        for inner in node:
            _tighten(inner)
        return
    if not isinstance(node, dict):
        return
    if node.get("type") == "string" and "enum" not in node:
        if node.get("x-is-msdate"):
            node["pattern"] = MIDNIGHT
        elif node.get("x-is-msdate-time"):
            node["pattern"] = STAMP
        elif node.get("format") == "uuid":
            node["pattern"] = GUID
    if isinstance(node.get("properties"), dict) and node.get("type", "object") == "object":
        node["additionalProperties"] = False
    for inner in node.values():
        _tighten(inner)


@cache
def _operation(method: str, path: str) -> dict[str, Any]:
    """What the description says of this call; of several paths that fit, the one with the fewest placeholders."""
    paths = description()["paths"]
    fitting = [t for t in sorted(paths, key=lambda template: template.count("{")) if _fits(t, path)]
    assert fitting, f"The description has no path for {path}."
    for template in fitting:
        if method.lower() in paths[template]:
            found: dict[str, Any] = paths[template][method.lower()]
            return found
    raise AssertionError(f"The description has no {method} {path}.")


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path, re.IGNORECASE) is not None


@cache
def _validator(schema_name: str) -> jsonschema_rs.Draft7Validator:
    root = {
        "components": description()["components"],
        "allOf": [{"$ref": f"#/components/schemas/{schema_name}"}],
    }
    schema = root["components"]["schemas"][schema_name]
    schema["properties"] = ENVELOPE | schema["properties"]
    return jsonschema_rs.Draft7Validator(root)


def _schema_name(method: str, path: str, status: int) -> str | None:
    operation = _operation(method, path)
    answer = operation["responses"].get(str(status))
    if answer is None and status == 400:
        return "Error"  # described for writes only, and sent for a clause that cannot be read too (xero-facts 3.8)
    assert answer is not None, f"The description has no answer {status} to {method} {path}."
    if "$ref" in answer:
        answer = description()["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    content = answer.get("content", {}).get("application/json")
    return content["schema"]["$ref"].rsplit("/", 1)[-1] if content else None


def _without_echoes(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without the elements that were refused: these say what was sent (xero-facts 3.10)."""
    for name, elements in answer.items():
        if isinstance(elements, list):
            answer[name] = [element for element in elements if not _refused(element)]
    return answer


def _refused(element: Any) -> bool:
    return isinstance(element, dict) and element.get("StatusAttributeString") == "ERROR"


def assert_answer_fits(method: str, path: str, status: int, body: bytes | str) -> None:
    """Fail unless the answer is what the description says of this call; at most ten differences are named.

    Statuses the description never mentions (401, 403, 404, 412, 429, 5xx) are not its business and pass.
    """
    if status not in (200, 204, 400):
        return
    path = path.partition("?")[0].removeprefix("/api.xro/2.0").strip("/")
    path = "/" + ALIASES.get(path.lower(), path)
    schema_name = _schema_name(method, path, status)
    if schema_name is None or status == 204:
        assert not body, f"{method} {path} answers {status} with a body."
        return
    answer = _without_echoes(json.loads(body))
    found = _validator(schema_name).iter_errors(answer)
    told = [
        f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for error, _ in zip(found, range(10), strict=False)
    ]
    assert not told, f"{method} {path} {status} differs from {schema_name}:\n" + "\n".join(told)


@contextmanager
def every_answer_held() -> Iterator[list[str]]:
    """Hold each JSON answer of every stand-in of this process against the description; gives what differs.

    Answers are looked at where they are made, so it does not matter who asks and over what.
    """
    real, told = router.serve, list[str]()

    def serve(world: World, organisation: Organisation, request: Request) -> Response:
        response = real(world, organisation, request)
        if response.content_type.startswith("application/json"):
            try:
                assert_answer_fits(request.method, request.path, response.status, response.body)
            except AssertionError as differs:
                told.append(str(differs))
        return response

    router.serve = serve
    try:
        yield told
    finally:
        router.serve = real
