"""The daily look at the reference rates (TX-3): the bundled history first, the feed where it can be reached."""

from __future__ import annotations

import datetime as dt
import logging

import httpx2

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.finance import rates
from counterfoil.crm.finance.models import Currency
from counterfoil.sync import wiring

log = logging.getLogger(__name__)

EVERY = dt.timedelta(hours=6)
LARGEST_FEED = 20_000_000


def refresh_if_due(at: dt.datetime) -> None:
    """Refresh when the last look is older than six hours; a feed that cannot be reached is only noted."""
    url = wiring.configuration().rates_url
    checked = rates.rates_state().checked_at
    if url and (checked is None or at - checked >= EVERY):
        rates.reference_rates_refresh(lambda: fetch(url), at=at)


def bundled_ensure(company: OperatingCompany, *, at: dt.datetime) -> None:
    """Load the bundled history of currencies that a company trades in and that have none yet."""
    rates.history_ensure(set(Currency.objects.of(company).values_list("code", flat=True)), at=at)


def fetch(url: str) -> bytes:
    """The feed's bytes. Raises OSError with a plain reason."""
    try:
        with httpx2.stream("GET", url, timeout=20, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise OSError(f"the service answered with status {answer.status_code}")
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > LARGEST_FEED:
                    raise OSError("the service's answer is too large")
            return bytes(body)
    except httpx2.TransportError as error:
        raise OSError(f"the service cannot be reached ({type(error).__name__})") from error
