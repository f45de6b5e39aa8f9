"""Which day it is for a company's books."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils import timezone

from counterfoil.accounts.selectors import OperatingCompany


def today_of(company: OperatingCompany) -> dt.date:
    """The day in the time zone of its organisation (IN-5).

    Moments are shown in the reader's own zone; but whether an invoice is overdue, and the date of a new quote, must
    not depend on who looks.
    """
    try:
        zone = zoneinfo.ZoneInfo(company.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = zoneinfo.ZoneInfo("UTC")
    return timezone.localdate(None, zone)
