"""Saved views as the pages offer them."""

import re

import pytest

from counterfoil.accounts.models import SavedView
from tests.web import world

VIEWS = "/customers/views"


@pytest.fixture
def sam(company):
    return world.browser_of(world.member(company, "sales"))


def save(client, name: str = "Overdue", query: str = "status=overdue", **given):
    return client.post(f"{VIEWS}?{query}", {"act": "save", "name": name, **given})


def tabs(client, address: str = "/customers/") -> list[str]:
    page = client.get(address).content.decode()
    row = re.search(r'<nav id="list-views".*?</nav>', page, re.DOTALL)[0]
    return [re.sub(r"<[^>]*>", "", tab).strip() for tab in re.findall(r"<a .*?</a>", row)]


def act(client, what: str, view: SavedView, query: str = "", **given):
    return client.post(f"{VIEWS}?{query}", {"act": what, "view": view.pk, **given}, follow=True)


def test_search_filters_order_and_columns_come_back_under_the_name(sam, company):
    world.customer(company, "Alder", account_number="C1", balance_overdue=5)
    world.customer(company, "Birch", account_number="C2")
    answer = save(sam, query="q=a&status=overdue&sort=-balance&columns=name,code&page=3")
    view = SavedView.objects.get()
    assert view.parameters == "q=a&status=overdue&sort=-balance&columns=name,code"
    assert answer["Location"] == f"/customers/?{view.parameters}&view={view.pk}"
    page = sam.get(answer["Location"]).content.decode()
    assert "Alder" in page
    assert "Birch" not in page
    assert tabs(sam) == ["All customers", "Overdue"]


def test_what_cannot_be_asked_of_a_list_is_not_kept(sam):
    save(sam, query="status=nonsense&evil=<script>&columns=password&sort=secret")
    assert SavedView.objects.get().parameters == ""


def test_a_view_that_was_changed_says_so_and_can_be_replaced(sam):
    save(sam)
    view = SavedView.objects.get()
    assert tabs(sam, f"/customers/?status=stop&view={view.pk}") == ["All customers", "Overduechanged"]
    act(sam, "replace", view, f"status=stop&view={view.pk}")
    assert tabs(sam, f"/customers/?status=stop&view={view.pk}") == ["All customers", "Overdue"]


def test_a_view_is_renamed_shared_and_deleted(sam, browser):
    save(sam)
    view = SavedView.objects.get()
    act(sam, "change", view, name="Late payers", shared="1")
    assert tabs(browser) == ["All customers", "Late payers, shared"]
    assert "No record was touched" in act(sam, "delete", view).content.decode()
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("what", ["change", "replace", "delete", "first"])
def test_a_colleagues_own_view_is_as_good_as_not_there(sam, browser, what):
    save(sam)
    view = SavedView.objects.get()
    answer = act(browser, what, view, name="Mine now")
    assert "not there any more" in answer.content.decode()
    assert SavedView.objects.get().name == "Overdue"
    page = browser.get(f"/customers/?view={view.pk}").content.decode()
    assert f"view={view.pk}" not in page.split("<main")[1]


def test_another_companys_view_is_as_good_as_not_there(sam, other_company):
    save(sam, shared="1")
    stranger = world.browser_of(world.member(other_company, email="eve@example.com"))
    act(stranger, "delete", SavedView.objects.get())
    assert SavedView.objects.exists()
    assert tabs(stranger) == []


def test_sharing_is_not_offered_to_somebody_who_only_reads(company):
    reader = world.browser_of(world.member(company, "read_only"))
    assert 'name="shared"' not in reader.get("/customers/").content.decode()
    save(reader, shared="1")
    assert not SavedView.objects.exists()


def test_a_list_opens_with_the_view_one_likes_first_and_everything_is_one_click_away(sam):
    save(sam)
    view = SavedView.objects.get()
    act(sam, "first", view)
    assert sam.get("/customers/")["Location"] == f"/customers/?status=overdue&view={view.pk}"
    page = sam.get("/customers/?view=all")
    assert page.status_code == 200
    assert 'href="?view=all" aria-current="page"' in page.content.decode()
    act(sam, "not-first", view)
    assert sam.get("/customers/").status_code == 200


def test_a_refusal_says_why_and_leaves_the_list_as_it_was(sam):
    save(sam)
    answer = save(sam)
    assert answer["Location"] == "/customers/?status=overdue"
    assert "already" in sam.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("view", ["", "x", "0", "9" * 30])
def test_a_view_that_nobody_has_is_refused(sam, view):
    answer = sam.post(VIEWS, {"act": "delete", "view": view}, follow=True)
    assert "not there any more" in answer.content.decode()
