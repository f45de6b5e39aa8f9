"""The way to Xero's consent page and back: one organisation, or one plain sentence and nothing stored (CN)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models.signals import pre_save

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sandbox.seeds import load
from counterfoil.sync import connections, work
from counterfoil.sync.models import Connection, TokenFamily
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


def nothing_stored() -> bool:
    return not Connection.objects.exists() and not TokenFamily.objects.exists()


@pytest.mark.rule("CN-2", "CN-3", "CN-10")
def test_connecting_keeps_what_the_organisation_is_and_who_allowed_it(here: World) -> None:
    connection = here.connect()
    organisation = here.store.organisation
    assert connection.state == "connected"
    assert connection.organisation_name == organisation["Name"]
    assert connection.base_currency == organisation["BaseCurrency"]
    assert connection.country == organisation["CountryCode"]
    assert connection.plan_class == organisation["Class"]
    assert connection.authorised_by
    assert connection.connected_by == here.user
    assert "offline_access" in connection.scopes
    assert {row["key"] for row in connection.prerequisites} == {
        "organisation",
        "multicurrency",
        "role",
        "scopes",
    }
    assert all(row["ok"] for row in connection.prerequisites)
    assert work.connections_due(work.now()) == [connection.pk]


@pytest.mark.rule("CN-9")
def test_denied_consent(here: World) -> None:
    outcome = here.finish(here.consent(here.begin(), action="cancel"))
    assert "not allowed" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-9")
@pytest.mark.parametrize("error", ["invalid_scope", "unauthorized_client", "server_error"])
def test_an_error_from_the_consent_page_is_one_sentence(here: World, error: str) -> None:
    state = here.consent(here.begin(), action="cancel")["state"]
    outcome = here.finish({"error": error, "state": state})
    assert "Nothing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-9", "CN-2")
@pytest.mark.failure("A16")
def test_an_answer_is_taken_once(here: World) -> None:
    back = here.consent(here.begin())
    assert here.finish(back).connection
    again = here.finish(back)
    assert again.connection is None
    assert "used already" in again.problem
    assert TokenFamily.objects.count() == 1


@pytest.mark.rule("CN-9", "CN-2")
@pytest.mark.parametrize("foreign", ["state", "session", "user", "none"])
@pytest.mark.failure("A16")
def test_an_answer_that_is_not_ours_is_refused_before_xero_is_asked(here: World, foreign: str) -> None:
    back = here.consent(here.begin())
    here.forget_calls()
    changes: dict[str, object] = {}
    if foreign == "session":
        changes["session_key"] = "another session"
    elif foreign == "user":
        changes["user"] = here.another_user()
    elif foreign == "state":
        back["state"] = "made-up"
    else:
        del back["state"]
    outcome = here.finish(back, **changes)
    assert "does not belong" in outcome.problem
    assert here.calls("/connect/token") == []
    assert nothing_stored()


@pytest.mark.rule("CN-9")
@pytest.mark.failure("A18")
def test_an_answer_without_a_code(here: World) -> None:
    back = here.consent(here.begin())
    assert "no permission" in here.finish({"state": back["state"]}).problem
    assert nothing_stored()


@pytest.mark.rule("CN-9")
def test_a_code_that_has_expired(here: World) -> None:
    back = here.consent(here.begin())
    here.server.world.clock.advance(6 * 60)
    assert "expired" in here.finish(back).problem
    assert nothing_stored()


@pytest.mark.rule("CN-9")
def test_an_attempt_older_than_ten_minutes(here: World) -> None:
    back = here.consent(here.begin())
    here.forget_calls()
    assert "longer than Xero allows" in here.finish(back, at=later(minutes=11)).problem
    assert here.calls("/connect/token") == []
    assert nothing_stored()


@pytest.mark.rule("CN-9")
@pytest.mark.parametrize("fault", ["client_rejected", "token_html", "token_500", "reset_before"])
def test_a_sign_in_service_in_trouble_or_a_wrong_secret(here: World, fault: str) -> None:
    back = here.consent(here.begin())
    here.arm(fault, path="connect/token", count=0)
    outcome = here.finish(back)
    assert outcome.problem
    assert "othing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-9")
def test_an_organisation_that_cannot_be_read_yet_leaves_nothing(here: World) -> None:
    back = here.consent(here.begin())
    here.arm("503_offline", path="Organisation", count=0)
    assert here.finish(back).problem
    assert nothing_stored()


@pytest.mark.rule("CN-9")
@pytest.mark.parametrize("has_other", [False, True], ids=["alone", "beside a connection of the same person"])
def test_a_choice_that_nobody_makes_leaves_no_tokens_after_its_ten_minutes(
    here: World, has_other: bool
) -> None:
    if has_other:
        here.connect(role="secondary")
    tenant = next(iter(here.server.world.organisations))
    back = here.consent(here.begin())
    [there] = here.connections_body([tenant])
    elsewhere = "00000000-0000-4000-8000-000000000001"
    body = [there, there | {"id": elsewhere, "tenantId": elsewhere, "tenantName": "Another"}]
    here.arm("custom", path="^/connections", count=0, params={"body": body})
    outcome = here.finish(back)
    assert len(outcome.choices) == 2
    connections.attempts_forget(work.now())
    assert TokenFamily.objects.count() == 1
    connections.attempts_forget(later(minutes=11))
    assert TokenFamily.objects.count() == has_other
    assert here.choose(outcome, tenant_id=tenant).problem == connections.FOREIGN_STATE


@pytest.mark.rule("CN-9")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("403_tenant", "Standard or Adviser role"),
        ("401_scope", "all of it"),
        ("429_day", "connect again later"),
    ],
)
@pytest.mark.parametrize("is_chosen", [False, True], ids=["one organisation", "a choice"])
def test_an_organisation_that_lets_nobody_look_says_why_and_leaves_nothing(
    here: World, fault: str, said: str, is_chosen: bool
) -> None:
    back = here.consent(here.begin())
    here.arm(fault, path="Organisation", count=0)
    if is_chosen:
        tenant = next(iter(here.server.world.organisations))
        [there] = here.connections_body([tenant])
        elsewhere = "00000000-0000-4000-8000-000000000001"
        body = [there, there | {"id": elsewhere, "tenantId": elsewhere, "tenantName": "Another"}]
        here.arm("custom", path="^/connections", count=0, params={"body": body})
        outcome = here.choose(here.finish(back), tenant_id=tenant)
    else:
        outcome = here.finish(back)
    assert said in outcome.problem
    assert "nothing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-9", "SY-7")
def test_an_organisation_that_others_are_asking_just_now_is_not_called_out_of_order(here: World) -> None:
    back = here.consent(here.begin())
    here.arm("429_minute", path="Organisation", count=0, params={"retry_after": 300})
    outcome = here.finish(back)
    assert "others are using them" in outcome.problem
    assert "nothing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-4")
@pytest.mark.failure("C5")
def test_an_organisation_that_two_companies_connect_at_the_same_moment_is_one_companys(here: World) -> None:
    other = OperatingCompany.objects.create(name="Second Ltd")

    def overtaken(instance: Connection, **given: object) -> None:
        if instance.operating_company_id == here.company.pk:
            pre_save.disconnect(overtaken, sender=Connection)
            Connection.objects.create(
                operating_company=other,
                role="primary",
                state="connected",
                state_since=work.now(),
                connected_at=work.now(),
                tenant_id=instance.tenant_id,
                organisation_name=instance.organisation_name,
            )

    pre_save.connect(overtaken, sender=Connection)
    outcome = here.finish(here.consent(here.begin()))
    assert "at the very same moment. Nothing was stored" in outcome.problem
    assert not TokenFamily.objects.exists()


@pytest.mark.rule("CN-4")
@pytest.mark.failure("C5")
def test_an_organisation_connected_elsewhere_is_refused_with_the_name_of_the_holder(here: World) -> None:
    here.connect()
    other = OperatingCompany.objects.create(name="Second Ltd")
    outcome = here.finish(here.consent(here.begin(company=other)))
    assert here.company.name in outcome.problem
    assert Connection.objects.count() == TokenFamily.objects.count() == 1


@pytest.mark.rule("CN-4")
def test_a_connected_company_is_not_connected_again(here: World) -> None:
    here.connect()
    with pytest.raises(connections.ConnectRefused, match="already"):
        here.begin()


@pytest.mark.rule("CN-4")
@pytest.mark.failure("A9")
def test_several_organisations_are_a_choice_and_none_is_taken_by_itself() -> None:
    seeds = [*load("global", invoices=2, contacts=3, items=1), *load("uk", invoices=2)]
    with world(seeds, limits=False) as here:
        first, second = list(here.server.world.organisations)[:2]
        here.admit_everywhere()
        here.finish(here.consent(here.begin(), tenant=first))
        Connection.objects.all().delete()
        TokenFamily.objects.all().delete()
        url = here.begin()
        here.arm("custom", path="/connections", params={"body": here.connections_body([first, second])})
        outcome = here.finish(here.consent(url, tenant=second))
        assert outcome.connection is None
        assert {choice["tenant_id"] for choice in outcome.choices} == {first, second}
        assert not Connection.objects.exists()
        assert here.choose(outcome, tenant_id="made-up").problem
        chosen = here.choose(outcome, tenant_id=second)
        assert chosen.connection is not None
        assert chosen.connection.tenant_id == second
