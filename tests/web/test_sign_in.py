import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from counterfoil.accounts.models import SignInFailure, User
from counterfoil.accounts.services import FAILURES_ALLOWED, SetUpRefused, first_administrator_create
from tests.builders import AT
from tests.web import world

FIRST_RUN = {
    "name": "Ada Okafor",
    "email": "ada@example.com",
    "password": world.PASSWORD,
    "company_name": "Northwind Ltd",
    "home_currency": "gbp",
    "home_country": "GB",
}


def sign_in(client: Client, email: str = "ada@example.com", password: str = world.PASSWORD, **more):
    return client.post("/sign-in/", {"email": email, "password": password, **more})


def test_the_right_password_opens_the_page_one_wanted(db):
    world.person()
    answer = sign_in(Client(), next="/invoices/")
    assert (answer.status_code, answer["Location"]) == (302, "/invoices/")


def test_an_address_elsewhere_is_not_followed(db):
    world.person()
    assert sign_in(Client(), next="https://evil.example/")["Location"] == "/"


def test_the_e_mail_address_knows_no_capitals(db):
    world.person()
    assert sign_in(Client(), email=" ADA@Example.com ").status_code == 302


def test_unknown_people_and_wrong_passwords_get_the_same_answer(db):
    world.person()
    wrong = sign_in(Client(), password="wrong").context["problem"]
    unknown = sign_in(Client(), email="nobody@example.com").context["problem"]
    assert wrong == unknown
    assert "do not match" in wrong


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_five_failures_stop_further_tries_for_a_while(db, email):
    world.person()
    client = Client()
    for _ in range(FAILURES_ALLOWED):
        sign_in(client, email=email, password="wrong")
    answer = sign_in(client, email=email)
    assert answer.status_code == 403
    assert "wait 15 minutes" in answer.context["problem"]


def test_after_a_quarter_of_an_hour_one_may_try_again(db):
    world.person()
    client = Client()
    for _ in range(FAILURES_ALLOWED):
        sign_in(client, password="wrong")
    SignInFailure.objects.update(at=timezone.now() - dt.timedelta(minutes=15, seconds=1))
    assert sign_in(client).status_code == 302


def test_failures_from_one_place_do_not_lock_out_another(db):
    world.person()
    for _ in range(FAILURES_ALLOWED):
        Client(REMOTE_ADDR="203.0.113.7").post("/sign-in/", {"email": "ada@example.com", "password": "x"})
    assert sign_in(Client()).status_code == 302


def test_the_table_of_failures_names_nobody(db):
    world.person()
    sign_in(Client(), password="wrong")
    assert "@" not in SignInFailure.objects.get().who


def test_a_person_who_left_cannot_sign_in(db):
    world.person(is_active=False)
    assert sign_in(Client()).status_code == 403


def test_signing_out_ends_the_session(browser):
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/customers/").status_code == 302


def test_signing_out_by_a_link_does_nothing(browser):
    assert browser.get("/sign-out/").status_code == 405
    assert browser.get("/customers/").status_code == 200


def test_the_first_visit_makes_the_first_administrator(db):
    client = Client()
    assert client.get("/sign-in/")["Location"] == "/first-run/"
    assert client.post("/first-run/", FIRST_RUN)["Location"] == "/"
    user = User.objects.get()
    membership = user.memberships.get()
    assert (membership.role, membership.operating_company.home_currency) == ("administrator", "GBP")
    assert client.get("/customers/").status_code == 200


def test_setting_up_works_once(db):
    world.person()
    assert Client().get("/first-run/")["Location"] == "/sign-in/"
    with pytest.raises(SetUpRefused, match="already"):
        first_administrator_create(**FIRST_RUN, at=AT)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("password", "short", "too short"),
        ("home_currency", "ZZZ", "not a currency code"),
        ("email", "ada", "valid email"),
    ],
)
def test_what_is_wrong_in_the_first_form_is_said_beside_it(db, field, value, said):
    answer = Client().post("/first-run/", FIRST_RUN | {field: value})
    assert said in str(answer.context["form"].errors[field])
    assert not User.objects.exists()
