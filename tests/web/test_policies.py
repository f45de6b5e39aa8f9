"""The ladder of permissions, climbed on every route there is."""

from typing import NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from counterfoil.accounts.models import Role
from counterfoil.accounts.roles import PERMISSIONS
from counterfoil.web.policy import OPEN, SIGNED_IN
from tests import builders
from tests.web import world


class Route(NamedTuple):
    name: str
    policy: str
    keys: tuple[str, ...]


def routes() -> list[Route]:
    found = []
    for pattern in get_resolver("counterfoil.web.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        policy = getattr(pattern.callback, "policy", "")
        found.append(Route(pattern.name or "", policy, tuple(pattern.pattern.converters)))
    return found


ROUTES = routes()
GUARDED = [route for route in ROUTES if route.policy in PERMISSIONS]
OF_RECORDS = [route for route in GUARDED if "pk" in route.keys]


def named(route: Route) -> str:
    return route.name


def records(company) -> dict[str, int]:
    """One record of each kind, by how the names of the routes that show it begin."""
    ledger = world.customer(company, f"Alder of {company.name}")
    supplier = builders.purchase_ledger(company, f"Supplies of {company.name}")
    return {
        "customer": ledger.pk,
        "customer-file": world.file(ledger).pk,
        "supplier": supplier.pk,
        "member": world.member(company, "sales", email=f"new@{company.name}.example").memberships.get().pk,
        "person": world.contact(ledger.division).pk,
        "product": world.product(company, f"TAB-{company.pk}").pk,
        "invoice": world.document(ledger, f"INV-{company.pk}").pk,
        "credit": world.document(ledger, f"CN-{company.pk}", "-10", kind="C").pk,
        "purchase": world.purchase_order(supplier, f"PO-{company.pk}").pk,
        "quote": world.quote(ledger, world.member(company, email=f"rep@{company.name}.example")).pk,
        "quote-template-": world.quote_template(company).pk,
        "tax": world.tax_combination(company).pk,
        "xero": world.set_aside(world.connection(company), f"Reason at {company.name}").pk,
    }


def address(route: Route, pk: int = 0) -> str:
    values = {"pk": pk, "stream": "invoices", "who": "MQ", "token": "none"}
    return reverse(route.name, kwargs={key: values[key] for key in route.keys})


def ask(client: Client, route: Route, pk: int = 0) -> int:
    """The status of the route, by POST where it does not take GET."""
    status = client.get(address(route, pk)).status_code
    return client.post(address(route, pk)).status_code if status == 405 else status


def own(route: Route, of: dict[str, int]) -> int:
    if "pk" not in route.keys:
        return 0
    return of[max((one for one in of if route.name.startswith(one)), key=len)]


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_view_declares_who_may_open_it(route):
    assert route.policy in {*PERMISSIONS, OPEN, SIGNED_IN}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.policy != OPEN], ids=named)
def test_a_stranger_is_sent_to_sign_in(route, company):
    client = Client()
    of = own(route, records(company))
    answer = client.get(address(route, of))
    answer = client.post(address(route, of)) if answer.status_code == 405 else answer
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


@pytest.mark.rule("CN-1")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_role_opens_what_the_table_of_roles_grants_and_nothing_else(route, role, company):
    of = own(route, records(company))
    status = ask(world.browser_of(world.member(company, role)), route, of)
    if role in PERMISSIONS[route.policy]:
        assert status in {200, 302, 400}
    else:
        assert status == 403


@pytest.mark.parametrize("route", OF_RECORDS, ids=named)
def test_a_record_of_another_operating_company_is_not_found(route, company, other_company):
    foreign = own(route, records(other_company))
    assert ask(world.browser_of(world.member(company)), route, foreign) == 404


@pytest.mark.parametrize("route", OF_RECORDS, ids=named)
@pytest.mark.parametrize("pk", [0, 987_654_321, 10**30])
def test_an_id_that_nothing_has_is_not_found(route, pk, company):
    assert ask(world.browser_of(world.member(company)), route, pk) == 404


def test_somebody_without_a_company_reads_whom_to_ask(company):
    answer = world.browser_of(world.person()).get("/customers/")
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.content.decode()


def test_a_refusal_says_which_roles_may(company):
    answer = world.browser_of(world.member(company, "sales")).get(reverse("xero"))
    assert "This page is for: Administrator." in answer.content.decode()
