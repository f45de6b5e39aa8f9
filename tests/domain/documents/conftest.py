import pytest

from counterfoil.crm.documents import rendering
from tests.builders import operating_company
from tests.domain.quotes.stage import Shop


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """As in tests/unit/documents: how long a busy machine keeps a child waiting proves nothing."""
    monkeypatch.setattr(rendering, "TIME_S", 120)


@pytest.fixture
def company(db):
    return operating_company(home_country="GB")


@pytest.fixture
def shop(company):
    return Shop(company)
