import pytest

from counterfoil.crm.documents import rendering


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A machine that runs all tests at once may keep a child waiting; its processor time stays bounded."""
    monkeypatch.setattr(rendering, "TIME_S", 120)
