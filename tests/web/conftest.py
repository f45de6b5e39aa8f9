import pytest
from django.utils import timezone

from tests import builders
from tests.web import world


@pytest.fixture
def company(db):
    return builders.operating_company("Northwind", home_currency="GBP", home_country="GB")


@pytest.fixture
def other_company(db):
    return builders.operating_company("Harbour", colour="#a14f2f")


@pytest.fixture
def browser(company):
    """An administrator of `company`, signed in."""
    return world.browser_of(world.member(company))


@pytest.fixture
def noon(monkeypatch):
    """For the pages it is noon of this day, and stays so."""
    moment = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return moment
