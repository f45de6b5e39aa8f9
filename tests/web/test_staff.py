"""Users, their roles and passwords, and operating companies: what an Administrator does on the pages for it."""

import pytest
from django.test import Client
from django.urls import reverse

from counterfoil.accounts.administrators import administrator_create
from counterfoil.accounts.models import Membership, OperatingCompany, Role, User
from counterfoil.accounts.roles import EFFECTS
from counterfoil.changes.models import AuditEntry
from tests.web import world

NEW = "four words in a row"


def add(browser, email="sam@example.com", role="sales", name="Sam Rivers"):
    return browser.post(reverse("member-add"), {"email": email, "name": name, "role": role})


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def member_of(company, email) -> Membership:
    return Membership.objects.get(operating_company=company, user__email=email)


class TestUsers:
    @pytest.mark.parametrize("role", Role.values)
    def test_an_administrator_adds_somebody_in_any_role_who_chooses_a_password_and_is_in(
        self, browser, company, role
    ):
        link = add(browser, role=role).context["link"]
        assert member_of(company, "sam@example.com").role == role
        theirs = Client()
        answer = theirs.post(link.removeprefix("http://testserver"), {"password": NEW})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        page = theirs.get("/customers/").content.decode()
        assert f"GBP · {Role(role).label}" in page
        again = Client().post("/sign-in/", {"email": "sam@example.com", "password": NEW})
        assert again.status_code == 302

    def test_the_page_lists_everybody_and_says_what_each_role_may_do(self, browser, company):
        world.member(company, "accounts")
        page = browser.get(reverse("members")).content.decode()
        assert "accounts@example.com" in page
        assert all(effect in page for effect in EFFECTS.values())

    def test_somebody_with_an_account_keeps_name_and_password_and_works_in_both(
        self, browser, company, other_company
    ):
        theirs = world.member(other_company, "accounts")
        answer = add(browser, email="ACCOUNTS@example.com", name="Another", role="read_only")
        assert answer.status_code == 302
        theirs.refresh_from_db()
        assert theirs.name == "Accounts"
        assert theirs.check_password(world.PASSWORD)
        assert {one.role for one in theirs.memberships.all()} == {"accounts", "read_only"}

    def test_somebody_who_works_here_is_not_added_twice(self, browser, company):
        world.member(company, "sales")
        answer = add(browser, email="sales@example.com")
        assert answer.status_code == 400
        assert "works in Northwind already" in answer.content.decode()

    @pytest.mark.parametrize("given", [{"email": "no address"}, {"role": "king"}])
    def test_what_cannot_be_is_refused_and_nobody_is_made(self, browser, given):
        before = User.objects.count()
        assert add(browser, **given).status_code == 400
        assert User.objects.count() == before

    def test_another_role_counts_from_the_next_page_on(self, browser, company):
        sam = world.member(company, "sales")
        theirs = world.browser_of(sam)
        assert theirs.get(reverse("xero")).status_code == 403
        row = sam.memberships.get()
        browser.post(reverse("member-role", args=[row.pk]), {"role": "administrator"})
        assert theirs.get(reverse("xero")).status_code == 200
        entry = AuditEntry.objects.get(action="member.role")
        assert entry.detail == {"role": ["Sales", "Administrator"]}
        assert str(sam) in browser.get(reverse("settings-log")).content.decode()

    def test_who_was_removed_comes_in_no_more_and_what_they_made_stays(self, browser, company):
        sam = world.member(company, "sales")
        quote = world.quote(world.customer(company), sam)
        theirs = world.browser_of(sam)
        browser.post(reverse("member-remove", args=[sam.memberships.get().pk]))
        assert theirs.get("/customers/").status_code == 403
        quote.refresh_from_db()
        assert User.objects.filter(pk=sam.pk).exists()

    @pytest.mark.parametrize("name", ["member-role", "member-remove"])
    def test_the_last_administrator_cannot_give_the_role_away(self, company, name):
        ada = world.member(company)
        browser, row = world.browser_of(ada), ada.memberships.get()
        answer = browser.post(reverse(name, args=[row.pk]), {"role": "sales"}, follow=True)
        assert "only Administrator here. Nothing was changed." in said(answer)
        row.refresh_from_db()
        assert row.role == "administrator"

    def test_one_of_two_administrators_can(self, company):
        ada, eve = world.member(company), world.member(company, email="eve@example.com")
        world.browser_of(ada).post(reverse("member-remove", args=[ada.memberships.get().pk]))
        assert [one.user for one in company.memberships.all()] == [eve]


class TestLinks:
    def link(self, browser, user) -> str:
        answer = browser.post(reverse("member-link", args=[user.memberships.first().pk]))
        return str(answer.context["link"]).removeprefix("http://testserver")

    def test_a_forgotten_password_is_replaced_and_the_link_works_once(self, browser, company):
        sam = world.member(company, "sales")
        link = self.link(browser, sam)
        assert Client().post(link, {"password": NEW}).status_code == 302
        sam.refresh_from_db()
        assert sam.check_password(NEW)
        again = Client().post(link, {"password": "another four words here"})
        assert again.status_code == 404
        assert "This link no longer works" in again.content.decode()
        sam.refresh_from_db()
        assert sam.check_password(NEW)

    def test_a_link_is_of_no_use_after_three_days(self, browser, company, settings):
        link = self.link(browser, world.member(company, "sales"))
        settings.PASSWORD_RESET_TIMEOUT = -1
        assert Client().get(link).status_code == 404

    @pytest.mark.parametrize("who", ["MQ", "x", "999", "4pyT"])
    def test_an_invented_link_is_of_no_use(self, company, who):
        world.member(company)
        assert Client().get(reverse("welcome", args=[who, "abc-def"])).status_code == 404

    def test_a_link_ends_when_somebody_elses_company_lets_the_person_in(
        self, browser, company, other_company
    ):
        link = add(browser).context["link"].removeprefix("http://testserver")
        add(world.browser_of(world.member(other_company, email="eve@example.com")))
        assert Client().post(link, {"password": NEW}).status_code == 404
        assert not User.objects.get(email="sam@example.com").has_usable_password()

    def test_a_weak_password_is_refused_and_the_link_stays_good(self, browser, company):
        link = self.link(browser, world.member(company, "sales"))
        answer = Client().post(link, {"password": "short"})
        assert "at least 12" in answer.content.decode()
        assert Client().post(link, {"password": NEW}).status_code == 302

    def test_nobody_makes_a_link_to_somebody_elses_company(self, company, other_company):
        browser = world.browser_of(world.member(company))
        sam = world.member(company, "sales")
        Membership.objects.create(user=sam, operating_company=other_company, role="administrator")
        row = sam.memberships.get(operating_company=company)
        answer = browser.post(reverse("member-link", args=[row.pk]), follow=True)
        assert "not yours to renew" in said(answer)
        assert not answer.context.get("link")


class TestOnesOwnPassword:
    def test_it_is_changed_here_and_ends_other_sessions(self, company):
        ada = world.member(company)
        here, there = Client(), Client()
        for one in (here, there):
            one.post("/sign-in/", {"email": ada.email, "password": world.PASSWORD})
        here.post(reverse("password"), {"old": world.PASSWORD, "password": NEW})
        assert here.get("/customers/").status_code == 200
        assert there.get("/customers/").status_code == 302
        ada.refresh_from_db()
        assert ada.check_password(NEW)

    @pytest.mark.parametrize(
        ("old", "new", "why"),
        [("wrong", NEW, "current password is not right"), (world.PASSWORD, "short", "at least 12")],
    )
    def test_a_wrong_old_or_a_weak_new_one_changes_nothing(self, company, old, new, why):
        ada = world.member(company)
        answer = world.browser_of(ada).post(reverse("password"), {"old": old, "password": new})
        assert (answer.status_code, why in answer.content.decode()) == (400, True)
        ada.refresh_from_db()
        assert ada.check_password(world.PASSWORD)


class TestOperatingCompanies:
    def test_another_one_is_added_gets_a_colour_of_its_own_and_is_switched_to(self, browser, company):
        browser.post(reverse("company-add"), {"new_name": "Southwind"})
        made = OperatingCompany.objects.get(name="Southwind")
        assert made.colour != company.colour
        page = browser.get("/customers/").content.decode()
        assert f'fill="{made.colour}"' in page
        assert {one.operating_company for one in Membership.objects.all()} == {company, made}

    @pytest.mark.parametrize("name", ["", "Northwind", "x" * 201])
    def test_a_name_that_is_taken_or_none_is_refused(self, browser, company, name):
        assert browser.post(reverse("company-add"), {"new_name": name}).status_code == 400
        assert OperatingCompany.objects.count() == 1

    def test_name_and_colour_are_changed_and_the_trail_says_from_what(self, browser, company):
        before = company.colour
        browser.post(reverse("company-settings"), {"name": "Westwind", "colour": "#6f4bb2"})
        company.refresh_from_db()
        assert (company.name, company.colour) == ("Westwind", "#6f4bb2")
        entry = AuditEntry.objects.get(action="company.changed")
        assert entry.detail == {"name": ["Northwind", "Westwind"], "colour": [before, "#6f4bb2"]}

    def test_a_colour_that_is_not_offered_is_refused(self, browser, company):
        browser.post(reverse("company-settings"), {"name": "Westwind", "colour": 'red"/>'})
        company.refresh_from_db()
        assert company.name == "Northwind"

    def test_names_that_are_written_alike_in_an_address_do_not_clash(self, db):
        for number, name in enumerate(("Acme", "Acme!", "株式会社", "有限会社")):
            administrator_create(email=f"a{number}@example.com", company=name, name="", password=NEW)
        companies = OperatingCompany.objects.all()
        assert len({one.slug for one in companies}) == 4
        assert len({one.colour for one in companies}) == 4
