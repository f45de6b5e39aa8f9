import pytest

from tests.builders import operating_company


@pytest.fixture
def company(db):
    return operating_company()
