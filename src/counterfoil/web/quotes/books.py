from __future__ import annotations

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.quotes.services import BooksFacts
from counterfoil.sync.selectors import connection_of


def books_of(company: OperatingCompany) -> BooksFacts:
    """What the checks before confirming know of the connected organisation."""
    connection = connection_of(company)
    return BooksFacts(is_connected=connection is not None and connection.state in ("connected", "waiting"))
