"""The handlers of the control plane: one small function per row of ``control.ROUTES``."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from counterfoil.sandbox import actions, switches, wire
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.call import Call
from counterfoil.sandbox.errors import NotFoundError, ValidationError
from counterfoil.sandbox.oauth import stamp
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sandbox.webhooks import CATEGORIES
from counterfoil.sandbox.world import Organisation

if TYPE_CHECKING:
    from counterfoil.sandbox.edge import Edge


class NotThere(Exception):
    """What the call names does not exist; the message says what."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One control call. ``place`` is what stood at the place holder of its path."""

    edge: Edge
    call: Call
    place: str
    body: dict[str, Any]

    def need(self, name: str) -> Any:
        """A field that must be there. Raises ValueError."""
        if name not in self.body:
            raise ValueError(f"The field {name!r} is missing.")
        return self.body[name]

    def organisation(self) -> Organisation:
        """The organisation that ``tenant`` names, by id or name; the only one when it is left out."""
        wanted, all_of_them = self.body.get("tenant"), self.edge.world.organisations
        if wanted is None and len(all_of_them) == 1:
            return next(iter(all_of_them.values()))
        for tenant, organisation in all_of_them.items():
            if wanted in (tenant, organisation.name):
                return organisation
        raise NotThere(f"There is no organisation {wanted!r}.")


# Clock


def clock_show(ask: Ask) -> dict[str, str]:
    return {"now": ask.edge.world.clock.now().isoformat()}


def clock_change(ask: Ask) -> dict[str, str]:
    clock = ask.edge.world.clock
    if ask.body.get("freeze"):
        clock.freeze()
    if ask.body.get("run"):
        clock.run()
    if "set" in ask.body:
        when = datetime.fromisoformat(str(ask.body["set"]))
        if when.tzinfo is None:
            raise ValueError("The time needs an offset, e.g. 2026-11-21T12:00:00Z.")
        clock.set(when)
    if "advance" in ask.body:
        clock.advance(float(ask.body["advance"]))
    return clock_show(ask)


# Organisations and seeds

_STREAMS = (
    "contacts",
    "contact_groups",
    "items",
    "invoices",
    "credit_notes",
    "purchase_orders",
    "payments",
    "accounts",
    "tax_rates",
    "currencies",
    "branding_themes",
    "tracking_categories",
)


def counts(organisation: Organisation) -> dict[str, int]:
    """How many records of each stream a client that reads everything should end up with.

    Documents are counted together and again by type, e.g. ``invoices_ACCREC``.
    """
    store = organisation.store
    found = {name: len(getattr(store, name)) for name in _STREAMS}
    for name, collection in (("invoices", store.invoices), ("credit_notes", store.credit_notes)):
        place = collection.fields["type"]
        types = Counter(str(row.facts[place]) for row in collection.rows.values())
        found |= {f"{name}_{kind}": count for kind, count in sorted(types.items())}
    return found


def organisations(ask: Ask) -> list[dict[str, Any]]:
    links = ask.edge.authority.connections_all()
    return [
        {
            "tenant": tenant,
            "name": organisation.name,
            "short_code": organisation.store.organisation.get("ShortCode"),
            "connections": sum(link.tenant_id == tenant for link in links),
            "counts": counts(organisation),
        }
        for tenant, organisation in ask.edge.world.organisations.items()
    ]


def invoices_list(ask: Ask) -> list[dict[str, Any]]:
    """Documents as the API gives them; an amount is text, so that no digit is lost on the way."""
    given = ask.call.parameters()
    place = Ask(ask.edge, ask.call, "", {"tenant": given.get("tenant")})
    rows = place.organisation().store.invoices.ordered()
    documents = [document_form.record(INVOICE, row) for row in rows]
    wanted = [one for one in documents if given.get("link", "") in (one.get("Url") or "")]
    found: list[dict[str, Any]] = json.loads(wire.encode(wanted), parse_float=str)
    return found


def organisations_load(ask: Ask) -> list[dict[str, Any]]:
    for data in ask.edge.seeded(**ask.body):
        ask.edge.organisation_add(data)
    return organisations(ask)


def reset(ask: Ask) -> list[dict[str, Any]]:
    ask.edge.start_again(**ask.body)
    return organisations(ask)


def demo_reset(ask: Ask) -> dict[str, str]:
    old = ask.organisation()
    return {"old_tenant": old.tenant_id, "tenant": ask.edge.demo_reset(old).tenant_id}


# Faults are in ``control``; the request log


def requests_list(ask: Ask) -> list[dict[str, Any]]:
    given = ask.call.parameters()
    return ask.edge.journal.entries(
        since=int(given.get("since", 0)), limit=int(given.get("limit", 200)), noted=given.get("noted") == "1"
    )


def requests_counters(ask: Ask) -> dict[str, Any]:
    edge = ask.edge
    return edge.journal.counters() | {
        "in_flight": list(edge.limits.shown()),
        "in_flight_max": max((int(str(row["in_flight_max"])) for row in edge.limits.shown()), default=0),
        "idempotency_replays": edge.idempotency.replays,
        "idempotency_mismatches": edge.idempotency.mismatches,
        "dead_refresh_uses": edge.authority.dead_refresh_uses,
    }


def requests_clear(ask: Ask) -> dict[str, bool]:
    ask.edge.journal.clear()
    return {"cleared": True}


# Switches, limits, apps


def switches_show(ask: Ask) -> dict[str, Any]:
    return switches.as_values(ask.edge.world.switches) | switches.as_values(ask.edge.switches)


def switches_change(ask: Ask) -> dict[str, Any]:
    known = switches.change(ask.edge.world.switches, ask.body) | switches.change(ask.edge.switches, ask.body)
    if unknown := ask.body.keys() - known:
        raise ValueError(f"There is no switch {', '.join(sorted(unknown))}.")
    return switches_show(ask)


def limits_show(ask: Ask) -> dict[str, Any]:
    edge = ask.edge
    return {"enabled": edge.limits.enabled, "latency": edge.latency_s, "counters": list(edge.limits.shown())}


def limits_change(ask: Ask) -> dict[str, Any]:
    edge = ask.edge
    edge.limits.enabled = bool(ask.body.get("enabled", edge.limits.enabled))
    edge.latency_s = max(0.0, float(ask.body.get("latency", edge.latency_s)))
    if ask.body.get("reset"):
        edge.limits.reset()
    if (spent := ask.body.get("use_up")) is not None:
        edge.limits.use_up(now=edge.world.clock.now(), **spent)
    return limits_show(ask)


def apps_list(ask: Ask) -> list[dict[str, Any]]:
    return [{k: v for k, v in asdict(app).items() if k != "secret"} for app in ask.edge.apps.values()]


def app_register(ask: Ask) -> list[dict[str, Any]]:
    given = dict(ask.body)
    given["redirect_uris"] = tuple(given.get("redirect_uris", ()))
    given.setdefault("secret", "")
    app = RegisteredApp(**given)
    ask.edge.apps[app.client_id] = app
    return apps_list(ask)


# People, consents, connections


def people_list(ask: Ask) -> list[dict[str, Any]]:
    return [asdict(person) | {"name": person.name} for person in ask.edge.people]


def person_remove(ask: Ask) -> dict[str, bool]:
    if not ask.edge.people.remove(str(ask.need("user")), ask.organisation().tenant_id):
        raise NotThere(f"{ask.body['user']} is not in that organisation.")
    return {"removed": True}


def person_admit(ask: Ask) -> dict[str, bool]:
    person = ask.edge.people.find(str(ask.need("user")))
    if person is None:
        raise NotThere(f"Nobody called {ask.body['user']!r} may sign in here.")
    person.organisations[ask.organisation().tenant_id] = str(ask.body.get("role", "STANDARD"))
    return {"admitted": True}


def connections_list(ask: Ask) -> list[dict[str, Any]]:
    return [
        asdict(link) | {"created_at": stamp(link.created_at), "updated_at": stamp(link.updated_at)}
        for link in ask.edge.authority.connections_all()
    ]


def connection_remove(ask: Ask) -> dict[str, bool]:
    if not ask.edge.authority.disconnect(ask.place.lower()):
        raise NotThere(f"There is no connection {ask.place}.")
    return {"disconnected": True}


def tenant_disconnect(ask: Ask) -> dict[str, int]:
    tenant = ask.organisation().tenant_id
    return {"disconnected": ask.edge.authority.disconnect_tenant(tenant, client_id=ask.body.get("client_id"))}


def consent_revoke(ask: Ask) -> dict[str, bool]:
    person = ask.edge.people.find(str(ask.need("user")))
    if person is None:
        raise NotThere(f"Nobody called {ask.body['user']!r} may sign in here.")
    ask.edge.authority.forget(person.user_id, str(ask.need("client_id")))
    return {"revoked": True}


# What people do in Xero


def _actions() -> dict[str, Callable[..., str]]:
    found = inspect.getmembers(actions, inspect.isfunction)
    return {
        name: action
        for name, action in found
        if not name.startswith("_") and next(iter(inspect.signature(action).parameters), "") == "organisation"
    }


def actions_list(_ask: Ask) -> dict[str, str]:
    return {name: inspect.getdoc(action) or "" for name, action in _actions().items()}


def action_run(ask: Ask) -> dict[str, str]:
    action = _actions().get(ask.place)
    if action is None:
        raise NotThere(f"There is no action {ask.place!r}; see GET /control/actions.")
    # Numbers become exact here, as they do in a body of the API.
    given = dict(wire.decode(ask.call.body)) if ask.call.body else {}
    given.pop("tenant", None)
    try:
        return {"id": action(ask.organisation(), **given)}
    except ValidationError as refused:
        raise ValueError(" ".join(refused.messages)) from refused
    except NotFoundError as missing:
        raise NotThere(str(missing)) from missing


# Webhooks


def webhooks_list(ask: Ask) -> list[dict[str, Any]]:
    return [held.shown() for held in ask.edge.webhooks.subscriptions.values()]


def webhook_subscribe(ask: Ask) -> dict[str, Any]:
    categories: Iterable[str] = ask.body.get("categories", CATEGORIES)
    client_id = str(ask.need("client_id"))
    if client_id not in ask.edge.apps:
        raise NotThere(f"There is no app {client_id!r}.")
    ask.edge.webhooks.subscribe(
        client_id, str(ask.need("url")), str(ask.need("key")), tuple(str(name) for name in categories)
    )
    ask.edge.webhooks.prove_intent(client_id)
    return ask.edge.webhooks.subscriptions[client_id].shown()


def webhook_intent(ask: Ask) -> dict[str, Any]:
    client_id = str(ask.need("client_id"))
    if client_id not in ask.edge.webhooks.subscriptions:
        raise NotThere(f"The app {client_id!r} has no webhook.")
    ask.edge.webhooks.prove_intent(client_id)
    return ask.edge.webhooks.subscriptions[client_id].shown()


def webhooks_deliver(ask: Ask) -> dict[str, int]:
    return {"events": ask.edge.webhooks.deliver()}


def webhook_remove(ask: Ask) -> dict[str, bool]:
    if not ask.edge.webhooks.unsubscribe(ask.place):
        raise NotThere(f"The app {ask.place!r} has no webhook.")
    return {"removed": True}
