import pytest

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
