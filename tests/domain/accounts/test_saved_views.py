"""Who meets, changes and shares which saved view of a list."""

import pytest

from counterfoil.accounts import saved_views
from counterfoil.accounts.models import Membership, SavedView
from counterfoil.accounts.saved_views import ViewRefused
from tests import builders
from tests.builders import AT
from tests.web import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return builders.operating_company("Northwind")


def joined(company, role: str = "sales", email: str = "") -> Membership:
    return Membership.objects.get(user=world.member(company, role, email))


def saved(by: Membership, name: str = "Overdue", *, shared: bool = False, **given) -> SavedView:
    values = {"list_name": "customers", "parameters": "status=overdue", "at": AT} | given
    return saved_views.view_save(by, name=name, shared=shared, **values)


def names(who: Membership, of: str = "customers") -> list[str]:
    return [view.name for view in saved_views.views_of(who, of)]


def test_ones_own_views_come_first_by_name_then_those_of_others(company):
    sam, mei = joined(company), joined(company, "accounts")
    saved(mei, "Alpha", shared=True)
    saved(sam, "beta")
    saved(sam, "Area", shared=True)
    assert names(sam) == ["Area", "beta", "Alpha"]
    assert names(mei) == ["Alpha", "Area"]


def test_a_view_belongs_to_one_list(company):
    sam = joined(company)
    view = saved(sam)
    assert names(sam, "invoices") == []
    assert saved_views.view_of(sam, "invoices", view.pk) is None


@pytest.mark.parametrize("shared", [False, True])
def test_another_operating_companys_views_are_never_met(company, shared):
    """Not even one's own: the same person works in both."""
    sam = joined(company)
    elsewhere = Membership.objects.create(
        user=sam.user, operating_company=builders.operating_company("Harbour"), role="administrator"
    )
    view = saved(sam, shared=shared)
    assert names(elsewhere) == []
    assert saved_views.view_of(elsewhere, "customers", view.pk) is None


def test_a_colleagues_own_view_is_not_met_even_by_an_administrator(company):
    view = saved(joined(company))
    assert saved_views.view_of(joined(company, "administrator"), "customers", view.pk) is None


@pytest.mark.parametrize(
    ("role", "may"), [("administrator", True), ("accounts", False), ("sales", False), ("read_only", False)]
)
def test_a_shared_view_is_changed_by_its_owner_and_by_administrators(company, role, may):
    view = saved(joined(company, email="owner@example.com"), shared=True)
    other = joined(company, role)
    acts = (
        lambda: saved_views.view_replace(view, other, "status=stop"),
        lambda: saved_views.view_change(view, other, name="Stopped", shared=True),
        lambda: saved_views.view_delete(view, other),
    )
    for act in acts:
        if may:
            act()
        else:
            with pytest.raises(ViewRefused, match="ask an Administrator"):
                act()
    assert SavedView.objects.exists() is not may


def test_somebody_who_only_reads_keeps_views_but_shares_none(company):
    reader = joined(company, "read_only")
    view = saved(reader)
    with pytest.raises(ViewRefused, match="Administrator, Sales, Accounts"):
        saved_views.view_change(view, reader, name="Overdue", shared=True)
    with pytest.raises(ViewRefused, match="Administrator, Sales, Accounts"):
        saved(reader, "Another", shared=True)
    assert names(reader) == ["Overdue"]


@pytest.mark.parametrize("name", ["overdue", " OVERDUE "])
def test_a_name_is_given_once_for_each_person_and_list(company, name):
    sam = joined(company)
    saved(sam)
    with pytest.raises(ViewRefused, match="already"):
        saved(sam, name)
    saved(sam, name, list_name="invoices")
    saved(joined(company, "accounts"), name)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_needs_a_name_that_fits(company, name):
    with pytest.raises(ViewRefused):
        saved(joined(company), name)


def test_nobody_fills_the_row_of_views(company):
    sam = joined(company)
    for number in range(saved_views.VIEWS_AT_MOST):
        saved(sam, f"View {number}")
    with pytest.raises(ViewRefused, match="Delete one first"):
        saved(sam, "One more")


class TestOpening:
    def test_a_list_opens_with_one_view_for_each_person(self, company):
        sam, mei = joined(company), joined(company, "accounts")
        first, second = saved(sam, "First", shared=True), saved(sam, "Second")
        for view in (first, second):
            saved_views.view_open_first(view, sam, wanted=True)
        saved_views.view_open_first(first, mei, wanted=True)
        assert [view.opens for view in saved_views.views_of(sam, "customers")] == [False, True]
        assert [view.opens for view in saved_views.views_of(mei, "customers")] == [True]
        saved_views.view_open_first(second, sam, wanted=False)
        assert [view.opens for view in saved_views.views_of(sam, "customers")] == [False, False]

    def test_a_view_that_is_no_longer_shared_opens_nobody_elses_list(self, company):
        sam, mei = joined(company), joined(company, "accounts")
        view = saved(sam, shared=True)
        for who in (sam, mei):
            saved_views.view_open_first(view, who, wanted=True)
        saved_views.view_change(view, sam, name="Overdue", shared=False)
        assert list(view.first_for.all()) == [sam.user]


def test_reading_them_is_one_question(company, django_assert_num_queries):
    sam = joined(company)
    for name in "abc":
        saved(sam, name)
    with django_assert_num_queries(1):
        assert [f"{view.owner}" for view in saved_views.views_of(sam, "customers")] == ["Sales"] * 3
