import pytest

from tests.domain.quotes.stage import Shop
from tests.web import world
from tests.web.quotes.reading import Pages


@pytest.fixture
def shop(company):
    return Shop(company)


@pytest.fixture
def pages(shop):
    """The rep's browser."""
    return Pages(world.browser_of(shop.rep))
