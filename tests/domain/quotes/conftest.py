import pytest

from tests.builders import operating_company
from tests.domain.quotes.stage import Shop


@pytest.fixture
def company(db):
    return operating_company()


@pytest.fixture
def shop(company):
    return Shop(company)
